"""The text that turns sums into pixels, with their statistics: part of every loop."""

from __future__ import annotations

from convfilter.native.loops import CHUNK, FLOAT_FINISH, WHOLE_FINISH, Loop, indent

# Whole-number sums, clamped already. `scaled` and `shifted`: see `quotient`. `rational`: one float
# division is enough, because a quotient that is no tie lies at least 1/(2·divisor) from one, above
# the rounding error as long as |sum| < 2²² (float32) or 2⁵¹ (float64), and ties are exact.
# `reciprocal`: a product instead, six times as fast, for divisors without ties (odd) or without
# errors (powers of two); in float64 as `reciprocal64`.
WHOLE_PIXEL = {
    "whole": "Pixel(s)",
    "shifted": "Pixel((s + (half + ((s >> places) & one))) >> places)",
    "scaled": "Pixel(Unsigned(Wide(Wide(Unsigned(s + half)) * multiplier) >> Wide(16)) >> places)",
    "reciprocal": "Pixel(Int32(Real(Real(Real(s) * inverse) + ROUND) - ROUND))",
    "reciprocal64": "Pixel(Int32(Real(Real(Real(s) * inverse) + ROUND) - ROUND))",
    "rational": "Pixel(Int32(Real(Real(Real(s) / Real(divisor)) + ROUND) - ROUND))",
    "quotient": "Pixel(Real(s) / Real(divisor))",
}
FLOAT_PIXEL = {
    "rounded": "Pixel(Int32(Sum(Sum(y + ROUND) - ROUND)))",
    "value": "Pixel(y)",
}


def finish_names(loop: Loop) -> tuple[str, ...]:
    """The parameters of the finish."""
    return FLOAT_FINISH if loop.float_sum else WHOLE_FINISH


def finished_row(
    loop: Loop,
    row: str,
    plane: str,
    chunk_body: list[str],
    ends: tuple[str, str] = ("0", "width"),
) -> list[str]:
    """A row of the result, or a part of it, chunk by chunk.

    row, plane  which, as expressions
    chunk_body  lines that leave the sums of [first, last) where `finished_chunk` takes them
    ends        the first number of the part and the one behind its last
    """
    names = finish_names(loop)
    counter = "Int32(0)" if loop.float_sum else "Sum(0)"
    return [
        *(f"{name} = finish[({plane}) * {len(names)} + {i}]" for i, name in enumerate(names)),
        f"out = ({row}) * output_stride",
        "out += (" + plane + ") if maps > 1 else 0",
        f"stop = {ends[1]}",
        f"for chunk in range((stop - {ends[0]} + {loop.chunk - 1}) // {loop.chunk}):",
        f"    first = {ends[0]} + chunk * {loop.chunk}",
        f"    last = first + {loop.chunk} if first + {loop.chunk} < stop else stop",
        f"    below = above = odd = {counter}",
        "    if pixel_group == pixel_step:",
        "        target = output",
        "        into = out",
        "    else:",
        "        target = spare",
        "        into = -first",
        *indent(1, chunk_body),
        "    cut_below += below",
        "    cut_above += above",
        "    not_finite += odd",
        "    if pixel_group != pixel_step:",
        "        into = out + first // pixel_group * pixel_step",
        "        count = (last - first) // pixel_group",
        # The last pixel's fourth number is never written: it may be nobody's.
        "        fours = (count - 2) // 4 if pixel_group == 3 and pixel_step == 4 and count > 5 else 0",
        "        for i in range(fours):",
        "            four_pixels(output, into + 16 * i, spare, 12 * i)",
        "        for c in range(pixel_group):",
        "            for i in range(4 * fours, count):",
        "                output[into + i * pixel_step + c] = spare[i * pixel_group + c]",
    ]


def finished_chunk(loop: Loop, sum_lines: list[str]) -> list[str]:
    """The loop over a chunk that finishes its sums; `sum_lines` give s for x and lane = x − first.

    A few whole sums have two: most policies neither mirror nor shift, and three operations less of
    some thirty are 6 % of the time (3×3 on 12 Mpx).
    """
    settle = _settle_float if loop.float_sum else _settle_whole
    folded = _over_chunk([*sum_lines, *settle(loop, fold=True)])
    if not loop.taps or loop.float_sum:
        return folded
    plain = _over_chunk([*sum_lines, *settle(loop, fold=False)])
    condition = "if mirror == Sum(1) and shift == Sum(0):"
    return [condition, *indent(1, plain), "else:", *indent(1, folded)]


def quotient(loop: Loop) -> list[str]:
    """What dividing a whole number takes, as numbers of its type.

    shifted   s / 2ᵖ, half to even: ⌊(s + 2ᵖ⁻¹ − 1 + (⌊s / 2ᵖ⌋ mod 2)) / 2ᵖ⌋
    scaled    s / d for odd d, where no ties are: ⌊(s + (d − 1)/2) · m / 2¹⁶⁺ᵖ⌋ with
              m = ⌈2¹⁶⁺ᵖ / d⌉ < 2¹⁶; exact while the error m·d − 2¹⁶⁺ᵖ times the largest sum is below
              2¹⁶⁺ᵖ (T. Granlund, P. Montgomery, Division by invariant integers, 1994)
    """
    if loop.kind in ("reciprocal", "reciprocal64"):
        return ["inverse = Real(Real(1) / Real(divisor))"]
    if loop.kind == "shifted":
        return ["places = Sum(power)", "one = Sum(1)", "half = Sum(half_divisor)"]
    if loop.kind == "scaled":
        return [
            "places = Unsigned(power)",
            "half = Sum(half_divisor)",
            "multiplier = Wide(Unsigned(factor))",
        ]
    return []


def _over_chunk(body: list[str]) -> list[str]:
    return ["for x in range(first, last):", *indent(1, ["lane = x - first", *body])]


def _settle_whole(loop: Loop, *, fold: bool) -> list[str]:
    """From the sum s to target[into + x], with the statistics."""
    clamp = [
        "below = Sum(below + Sum(s < low))",
        "above = Sum(above + Sum(s > high))",
        "s = low if s < low else s",
        "s = high if s > high else s",
    ]
    return [
        "least = s if s < least else least",
        "greatest = s if s > greatest else greatest",
        *(["m = Sum(s * mirror)", "s = Sum((m if m > s else s) + shift)"] if fold else []),
        *(clamp if loop.kind != "quotient" else []),
        f"target[into + x] = {WHOLE_PIXEL[loop.kind]}",
    ]


def _settle_float(loop: Loop, *, fold: bool) -> list[str]:
    clamp = [
        "below = Int32(below + Int32(y < low))",
        "above = Int32(above + Int32(y > high))",
        "y = low if y < low else y",
        "y = high if y > high else y",
        *([] if loop.finite else ["y = y if y == y else Sum(0)"]),
    ]
    return [
        "y = Sum(Sum(s * scale) + bias)",
        *_lane_extremes(loop),
        *(["m = Sum(y * mirror)", "y = Sum((m if m > y else y) + shift)"] if fold else []),
        *(clamp if loop.kind == "rounded" else []),
        f"target[into + x] = {FLOAT_PIXEL[loop.kind]}",
    ]


def _lane_extremes(loop: Loop) -> list[str]:
    # The compiler makes no vector reduction of a float minimum, so the extremes are kept lane by
    # lane (measured: 19 ms instead of 192 for 3×3 on 12 Mpx).
    least, greatest = "lanes[lane]", f"lanes[{CHUNK} + lane]"
    if loop.finite:
        return [
            f"{least} = y if y < {least} else {least}",
            f"{greatest} = y if y > {greatest} else {greatest}",
        ]
    return [
        "finite = Sum(y - y) == Sum(0)",
        f"{least} = y if finite & (y < {least}) else {least}",
        f"{greatest} = y if finite & (y > {greatest}) else {greatest}",
        "odd = Int32(odd + Int32(not finite))",
    ]


def open_extremes(loop: Loop) -> list[str]:
    """Before the first row."""
    if not loop.float_sum:
        return ["least = extremes[0]", "greatest = extremes[1]"]
    return [
        f"for lane in range({CHUNK}):",
        "    lanes[lane] = extremes[0]",
        f"    lanes[{CHUNK} + lane] = extremes[1]",
    ]


def close_extremes(loop: Loop) -> list[str]:
    """After the last row."""
    if not loop.float_sum:
        return ["extremes[0] = least", "extremes[1] = greatest"]
    return [
        f"for lane in range({CHUNK}):",
        "    s = lanes[lane]",
        "    extremes[0] = s if s < extremes[0] else extremes[0]",
        f"    s = lanes[{CHUNK} + lane]",
        "    extremes[1] = s if s > extremes[1] else extremes[1]",
    ]
