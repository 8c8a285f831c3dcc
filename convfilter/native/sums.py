"""The text that adds up: one way a form of loop, from lines to sums of a row."""

from __future__ import annotations

from convfilter.native.finishing import finished_chunk, finished_row
from convfilter.native.loops import (
    CHUNK,
    ROWS_AT_ONCE,
    SLACK,
    TAPS_A_BLOCK,
    Loop,
    indent,
    tile_width,
)

# The arc tangent in degrees is q·P(q²) on [0, 1], within 1.1·10⁻⁵ in float32 (Chebyshev fit).
ARC = (
    57.295772552490234,
    -19.097806930541992,
    11.441529273986816,
    -8.030911445617676,
    5.675775527954102,
    -3.401484251022339,
    1.3846206665039062,
    -0.26750099658966064,
)


def sums_of(loop: Loop) -> list[str]:
    """What a loop does in each step, once its lines are ready."""
    if loop.taps:
        return _few(loop)
    return {"many1": _many, "many4": _many, "terms": _terms, "box": _box}[loop.form](loop)


def _few(loop: Loop) -> list[str]:
    """All products of a pixel at once; it is finished in the same breath."""
    numbers = range(loop.taps)
    row, column = "top + tap_row[{k}]", f"tap_column[part * {loop.taps} + {{k}}]"
    in_place = [f"a{{k}} = row_offset[{row}] + {column}".format(k=k) for k in numbers]
    in_lines = [f"a{{k}} = ({row}) % ring * line_length + {column}".format(k=k) for k in numbers]
    ends = "segments[3 * part]", "segments[3 * part + 1]"
    body = finished_chunk(loop, _combined(loop) if loop.combine else [_total(loop)])
    where = ["read = lines", *in_lines]
    if loop.line == loop.source:
        where = [
            "if segments[3 * part + 2]:",
            *indent(1, ["read = image", *in_place]),
            "else:",
            *indent(1, where),
        ]
    return [
        *(f"w{k} = weight[{k}]" for k in range(loop.kernels * loop.taps)),
        "for part in range(segment_count):",
        *indent(1, where),
        *indent(1, finished_row(loop, "head", "0", body, ends)),
    ]


def _total(loop: Loop) -> str:
    """The sum s of one kernel."""
    products = " + ".join(f"Sum(w{k} * Sum(read[a{k} + x]))" for k in range(loop.taps))
    # float64 goes strictly from left to right, the order that defines `--exact`.
    total = f"start + {products}" if loop.sum == "float64" else f"start + ({products})"
    return f"s = Sum({total})"


def _combined(loop: Loop) -> list[str]:
    """The sums of several kernels over the same numbers, and s that is made of them."""
    kernels, places = range(loop.kernels), range(loop.taps)
    lines = [f"v{k} = Acc(read[a{k} + x])" for k in places]
    for m in kernels:
        products = " + ".join(f"Acc(w{m * loop.taps + k} * v{k})" for k in places)
        lines.append(f"s{m} = Acc({products})")
    if loop.combine == "magnitude":
        lines += [f"r{m} = Sum(s{m})" for m in kernels]
        squares = " + ".join(f"Sum(r{m} * r{m})" for m in kernels)
        return [*lines, f"s = Sum(Root(Sum({squares})) + start)"]
    if loop.combine == "angle":
        return [*lines, *_angle(loop)]
    if loop.combine == "sumabs":
        for m in kernels:
            lines += [f"m{m} = Acc(-s{m})", f"s{m} = m{m} if m{m} > s{m} else s{m}"]
        return [*lines, f"s = Sum(start + {' + '.join(f'Sum(s{m})' for m in kernels)})"]
    lines += [f"s0 = s{m} if s{m} > s0 else s0" for m in kernels[1:]]
    return [*lines, "s = Sum(start + Sum(s0))"]


def _angle(loop: Loop) -> list[str]:
    """The direction of (s0 across, s1 down) in degrees, in (−180, 180]; of nothing 0.

    The arc tangent of the smaller over the larger, q·P(q²), then turned into its octant. Sums that
    are not finite give NaN.
    """
    polynomial = f"Sum({ARC[-1]})"
    for coefficient in ARC[-2::-1]:
        polynomial = f"Sum(Sum({polynomial} * t) + Sum({coefficient}))"
    return [
        "across = Sum(s0)",
        "down = Sum(s1)",
        "wide = -across if across < Sum(0) else across",
        "tall = -down if down < Sum(0) else down",
        "large = tall if tall > wide else wide",
        "small = wide if tall > wide else tall",
        "q = Sum(small / (large if large > Sum(0) else Sum(1)))",
        "t = Sum(q * q)",
        f"d = Sum(q * {polynomial})",
        "d = Sum(Sum(90) - d) if tall > wide else d",
        "d = Sum(Sum(180) - d) if across < Sum(0) else d",
        "d = -d if down < Sum(0) else d",
        *([] if loop.finite else ["d = Sum(d + Sum(Sum(across - across) + Sum(down - down)))"]),
        "s = Sum(d + start)",
    ]


def _tiles(
    loop: Loop,
    rows: int,
    *,
    span: str,
    numbers: str,
    place: str,
    weight: str,
    count: str,
    into: str,
    row_length: str,
) -> list[str]:
    """Sums over any number of taps, in tiles that stay in registers.

    span        numbers to make, from the first on
    numbers     the array that is read, at `place` (an expression in t) + x
    weight      of tap t for row {r}, an expression
    count       taps, at least one
    into        where the sums go in scratch; `row_length` on lies the next row's
    """
    width, each, tile = tile_width(loop, rows), range(rows), f"tile_{rows}"
    at = f"{into} + r * {row_length} + x + lane"
    # float64 goes strictly from left to right, the order that defines `--exact`.
    few = TAPS_A_BLOCK if loop.acc != "float64" else 2**40

    def products(sign: str) -> list[str]:
        lanes = [f"{tile}[{r * width} + lane]" for r in each]
        before = [f"{lane} + " if sign == "+" else "" for lane in lanes]
        return [
            f"a = {place} + x",
            *(f"w{r} = {weight.format(r=r)}" for r in each),
            f"for lane in range({width}):",
            f"    v = {numbers}[a + lane]",
            *(f"    {lanes[r]} = Acc({before[r]}Acc(w{r} * v))" for r in each),
        ]

    return [
        f"for block in range(({count} + {few - 1}) // {few}):",
        f"    t = block * {few}",
        f"    tap_end = t + {few} if t + {few} < {count} else {count}",
        f"    for part in range(({span} + {width - 1}) // {width}):",
        f"        x = part * {width}",
        f"        t = block * {few}",
        *indent(2, products("")),
        f"        for t in range(block * {few} + 1, tap_end):",
        *indent(3, products("+")),
        f"        for r in range({rows}):",
        "            if block == 0:",
        f"                for lane in range({width}):",
        f"                    scratch[{at}] = {tile}[r * {width} + lane]",
        "            else:",
        f"                for lane in range({width}):",
        f"                    scratch[{at}] = Acc(scratch[{at}] + {tile}[r * {width} + lane])",
    ]


def _group(body: list[str]) -> list[str]:
    """For every group: where its taps are in the ring now, then its sums."""
    return [
        "for g in range(group_count):",
        "    group_row = groups[3 * g]",
        "    group_map = groups[3 * g + 1]",
        "    group_weight = groups[3 * g + 2]",
        "    for t in range(tap_count):",
        "        a = (top + group_row * row_step + tap_row[t]) % ring",
        "        at[t] = a * line_length + tap_column[t]",
        *indent(1, body),
    ]


def _each_row(loop: Loop, body: list[str]) -> list[str]:
    """For every row or map of the group that exists."""
    return [
        f"for k in range({loop.rows_at_once}):",
        "    row = head + group_row + k * next_row",
        "    plane = group_map + k * next_map",
        "    if row < height and plane < maps:",
        *indent(2, body),
    ]


def _many(loop: Loop) -> list[str]:
    """Any number of taps, in tiles.

    Four rows of the result that read the same lines, or four maps, share each number that is
    loaded: loads, not products, are what limits one row alone.
    """
    rows = loop.rows_at_once
    length = f"((width + {CHUNK - 1}) // {CHUNK} * {CHUNK} + {SLACK})"
    tiles = _tiles(
        loop,
        rows,
        span="width",
        numbers="lines",
        place="at[t]",
        weight=f"weight[group_weight + t * {rows} + {{r}}]",
        count="tap_count",
        into="0",
        row_length=length,
    )
    sum_line = f"s = Sum(Sum(scratch[k * {length} + x]) + start)"
    finished = finished_row(loop, "row", "plane", finished_chunk(loop, [sum_line]))
    return _group([*tiles, *_each_row(loop, finished)])


def _terms(loop: Loop) -> list[str]:
    """Separable products: four rows of vertical sums for each term, then across, row by row."""
    length = f"(line_length + {SLACK})"
    first = f"{CHUNK + SLACK}"
    down = _tiles(
        loop,
        ROWS_AT_ONCE,
        span="line_length",
        numbers="lines",
        place="at[t]",
        weight=f"weight[(term * tap_count + t) * {ROWS_AT_ONCE} + {{r}}]",
        count="tap_count",
        into=f"{first} + term * {ROWS_AT_ONCE} * {length}",
        row_length=length,
    )
    across = _tiles(
        loop,
        1,
        span="(last - first)",
        numbers="scratch",
        place=f"{first} + k * {length} + across_place[t] + first",
        weight="across_weight[t]",
        count="across_count",
        into="0",
        row_length="0",
    )
    finish = finished_chunk(loop, ["s = Sum(Sum(scratch[lane]) + start)"])
    return _group(
        [
            "for term in range(terms):",
            *indent(1, down),
            *_each_row(loop, finished_row(loop, "row", "plane", [*across, *finish])),
        ]
    )


def _box(loop: Loop) -> list[str]:
    """Running sums down the columns, and running sums of those along the row.

    scratch  line_length sums of columns, then a chunk's running sums
    """
    running, sums = f"line_length + {SLACK} + {CHUNK}", f"line_length + {SLACK}"
    return [
        "if head == 0:",
        "    for i in range(line_length):",
        "        scratch[i] = Acc(lines[i])",
        "    for r in range(1, window):",
        "        new = r % ring * line_length",
        "        for i in range(line_length):",
        "            scratch[i] = Acc(scratch[i] + Acc(lines[new + i]))",
        "else:",
        "    for q in range(row_step):",
        "        old = (top - row_step + q) % ring * line_length",
        "        new = (top - row_step + q + window) % ring * line_length",
        "        for i in range(line_length):",
        "            gained = Acc(Acc(lines[new + i]) - Acc(lines[old + i]))",
        "            scratch[i] = Acc(scratch[i] + gained)",
        "reach = box_step * box_count",
        *finished_row(
            loop,
            "head",
            "0",
            [
                "begin = first // pixel_group * box_stride + first % pixel_group",
                "length = (last - first) // pixel_group * box_stride + pixel_group + reach",
                # Four columns a turn: one addition, not four, waits for the one before.
                "for c in range(box_step):",
                "    total = Acc(0)",
                "    for turn in range((length - c + 4 * box_step - 1) // (4 * box_step)):",
                "        i = c + 4 * box_step * turn",
                "        b0 = scratch[begin + i]",
                "        b1 = Acc(b0 + scratch[begin + i + box_step])",
                "        b2 = Acc(b1 + scratch[begin + i + 2 * box_step])",
                "        b3 = Acc(b2 + scratch[begin + i + 3 * box_step])",
                f"        scratch[{running} + i] = total",
                f"        scratch[{running} + i + box_step] = Acc(total + b0)",
                f"        scratch[{running} + i + 2 * box_step] = Acc(total + b1)",
                f"        scratch[{running} + i + 3 * box_step] = Acc(total + b2)",
                "        total = Acc(total + b3)",
                "if box_stride == pixel_group:",
                "    for i in range(last - first):",
                f"        a = {running} + i",
                f"        scratch[{sums} + i] = Acc(scratch[a + reach] - scratch[a])",
                "else:",
                "    for c in range(pixel_group):",
                "        for i in range((last - first) // pixel_group):",
                f"            a = {running} + i * box_stride + c",
                f"            b = {sums} + i * pixel_group + c",
                "            scratch[b] = Acc(scratch[a + reach] - scratch[a])",
                *finished_chunk(
                    loop, [f"s = Sum(start + Sum(weight[0] * scratch[{sums} + lane]))"]
                ),
            ],
        ),
    ]
