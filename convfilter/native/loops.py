"""The inner loops of convolution: one loop a combination of number types, written out as plain Python.

`Loop` names a combination, `source_of` writes its function. All have the same parameters, so that
one caller serves all:

    image          source numbers; the elements `row_offset[r] + tap_column[k] + x` are read
    row_offset     where each padded row starts, in elements from `image` (any sign: a row of border
                   constants lies elsewhere)
    row_step       padded rows from one output row to the next: the stride
    tap_row        padded rows below the window's top, one a tap
    tap_column     elements right of the window's left edge, one a tap
    weight         one a tap
    tap_count      a multiple of 8 (loops of up to nine taps know their number)
    output         the first number to write; output_stride numbers on lies the next row
    width, height  numbers in a row, rows
    finish         how a sum becomes a pixel: WHOLE_FINISH or FLOAT_FINISH, in that order
    divisor        whole-number sums are divided by it
    extremes       least and greatest sum so far, read and written
    counts         pixels cut below, cut above, not finite, so far; read and written
    scratch        3·CHUNK numbers

Up to nine taps: sums stay in registers and each pixel is written once, finished. More: eight taps a
pass over CHUNK sums that stay in the L1 cache, which are finished there before the next chunk.

A loop only indexes pointers: no slices, no allocation, nothing that can raise, so that its object
code needs no symbol from outside. This module imports nothing heavy: a test runs every loop
uncompiled, on flat numpy arrays, with numpy's scalar types in place of the compiler's.
"""

from __future__ import annotations

from typing import NamedTuple

PARAMETERS = {
    "image": "source*",
    "row_offset": "int64*",
    "row_step": "int64",
    "tap_row": "int64*",
    "tap_column": "int64*",
    "weight": "sum*",
    "tap_count": "int64",
    "output": "pixel*",
    "output_stride": "int64",
    "width": "int64",
    "height": "int64",
    "finish": "sum*",
    "divisor": "float64",
    "extremes": "sum*",
    "counts": "int64*",
    "scratch": "sum*",
}

# start: what sums begin with · mirror: −1 makes a sum its absolute value, 1 leaves it ·
# shift: the policy's offset. (A constant start would become a call of memset.)
WHOLE_FINISH = ("start", "mirror", "shift", "low", "high")
FLOAT_FINISH = ("start", "scale", "bias", "mirror", "shift", "low", "high")

# 2048 sums of 4 bytes leave most of a 32 KiB L1 cache to the source rows, and so few pixels can't
# overflow an int16 counter.
CHUNK = 2048
MOST_TAPS_AT_ONCE = 9
TAPS_PER_PASS = 8

# Adding and taking away 1.5·2^(bits of the mantissa) rounds half to even without a library call.
ROUNDER = {"float32": 12582912.0, "float64": 6755399441055744.0}

# Whole-number sums, clamped already. `rational`: one float division is enough, because a quotient
# that is no tie lies at least 1/(2·divisor) from one, above the rounding error as long as
# |sum| < 2²² (float32) or 2⁵¹ (float64), and ties are exact.
WHOLE_PIXEL = {
    "whole": "Pixel(s)",
    "rational": "Pixel(Int32(Real(Real(Real(s) / Real(divisor)) + ROUND) - ROUND))",
    "quotient": "Pixel(Real(s) / Real(divisor))",
}
FLOAT_PIXEL = {
    "rounded": "Pixel(Int32(Sum(Sum(y + ROUND) - ROUND)))",
    "value": "Pixel(y)",
}


class Loop(NamedTuple):
    """One loop: what it reads, adds in and writes, and how a sum becomes a pixel.

    taps    1 … 9, or 0 for passes of eight
    source, sum, pixel  number types by numpy's names
    kind    a key of WHOLE_PIXEL (whole-number sums) or FLOAT_PIXEL (float sums)
    """

    taps: int
    source: str
    sum: str
    pixel: str
    kind: str

    @property
    def name(self) -> str:
        """For files and messages: taps5-uint8-int16-uint8-whole."""
        taps = f"taps{self.taps}" if self.taps else "passes"
        return f"{taps}-{self.source}-{self.sum}-{self.pixel}-{self.kind}"

    @property
    def float_sum(self) -> bool:
        """Whether sums are floats."""
        return self.sum.startswith("float")

    @property
    def real(self) -> str:
        """The float type that sums are divided in.

        float32 holds every int16 sum; whoever asks for a float32 quotient of int32 sums has made
        sure that they fit.
        """
        small = self.sum in ("int16", "float32")
        return "float32" if small or (self.sum, self.pixel) == ("int32", "float32") else "float64"

    @property
    def fused(self) -> bool:
        """Whether a product and a sum may be one operation.

        Never in float64: its order and its roundings define `--exact`.
        """
        return self.sum != "float64"


def source_of(loop: Loop) -> str:
    """The loop as the text of a Python function named `loop`.

    Free names: Source, Sum, Pixel, Real, Int32 (types to call) and ROUND (a Real).
    """
    numbers = range(loop.taps or TAPS_PER_PASS)
    finish = FLOAT_FINISH if loop.float_sum else WHOLE_FINISH
    outer = [f"{name} = finish[{i}]" for i, name in enumerate(finish)]
    body = _passes(loop) if loop.taps == 0 else _finished(loop, f"s = {_products(loop, 'start')}")
    if loop.taps:
        outer += [f"w{k} = weight[{k}]" for k in numbers]
    row = _tap_starts(numbers, "tap_row[{k}]", "tap_column[{k}]") if loop.taps else []
    counter = "Int32(0)" if loop.float_sum else "Sum(0)"
    lines = [
        f"def loop({', '.join(PARAMETERS)}):",
        *_indent(1, outer),
        *_indent(1, _open_extremes(loop)),
        "    cut_below = cut_above = not_finite = 0",
        "    for y in range(height):",
        "        r = y * row_step",
        "        out = y * output_stride",
        *_indent(2, row),
        f"        for chunk in range((width + {CHUNK - 1}) // {CHUNK}):",
        f"            first = chunk * {CHUNK}",
        f"            last = first + {CHUNK} if first + {CHUNK} < width else width",
        f"            below = above = odd = {counter}",
        *_indent(3, body),
        "            cut_below += below",
        "            cut_above += above",
        "            not_finite += odd",
        *_indent(1, _close_extremes(loop)),
        "    counts[0] += cut_below",
        "    counts[1] += cut_above",
        "    counts[2] += not_finite",
    ]
    return "\n".join(lines) + "\n"


def _indent(levels: int, lines: list[str]) -> list[str]:
    return ["    " * levels + line for line in lines]


def _over_chunk(body: list[str]) -> list[str]:
    return ["for x in range(first, last):", *_indent(1, ["lane = x - first", *body])]


def _tap_starts(numbers: range, row: str, column: str) -> list[str]:
    return [f"a{k} = row_offset[r + {row.format(k=k)}] + {column.format(k=k)}" for k in numbers]


def _products(loop: Loop, start: str) -> str:
    """The sum of the products and `start`.

    float64 goes strictly from left to right, the order that defines `--exact`. The others add the
    products first, which keeps the float32 error of n taps below (8 + n/8)·2⁻²⁴·Σ|w·x|.
    """
    numbers = range(loop.taps or TAPS_PER_PASS)
    products = " + ".join(f"Sum(w{k} * Sum(image[a{k} + x]))" for k in numbers)
    return f"Sum({start} + {products})" if loop.sum == "float64" else f"Sum({start} + ({products}))"


def _passes(loop: Loop) -> list[str]:
    numbers = range(TAPS_PER_PASS)
    return [
        "for lane in range(last - first):",
        "    scratch[lane] = start",
        f"for p in range(tap_count // {TAPS_PER_PASS}):",
        f"    k = p * {TAPS_PER_PASS}",
        *_indent(1, [f"w{k} = weight[k + {k}]" for k in numbers]),
        *_indent(1, _tap_starts(numbers, "tap_row[k + {k}]", "tap_column[k + {k}]")),
        *_indent(1, _over_chunk([f"scratch[lane] = {_products(loop, 'scratch[lane]')}"])),
        *_finished(loop, "s = scratch[lane]"),
    ]


def _finished(loop: Loop, sum_line: str) -> list[str]:
    """The loop over a chunk that finishes its sums.

    Whole sums have two: most policies neither mirror nor shift, and three operations less of some
    thirty are 6 % of the time (3×3 on 12 Mpx).
    """
    if loop.float_sum:
        return _over_chunk([sum_line, *_settle_float(loop)])
    plain = _over_chunk([sum_line, *_settle_whole(loop, fold=False)])
    folded = _over_chunk([sum_line, *_settle_whole(loop, fold=True)])
    condition = "if mirror == Sum(1) and shift == Sum(0):"
    return [condition, *_indent(1, plain), "else:", *_indent(1, folded)]


def _settle_whole(loop: Loop, *, fold: bool) -> list[str]:
    """From the sum s to output[out + x], with the statistics."""
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
        f"output[out + x] = {WHOLE_PIXEL[loop.kind]}",
    ]


def _settle_float(loop: Loop) -> list[str]:
    # The compiler makes no vector reduction of a float minimum unless NaN is ruled out, so the
    # extremes are kept lane by lane (measured: 19 ms instead of 192 for 3×3 on 12 Mpx).
    least, greatest = f"scratch[{CHUNK} + lane]", f"scratch[{2 * CHUNK} + lane]"
    clamp = [
        "below = Int32(below + Int32(y < low))",
        "above = Int32(above + Int32(y > high))",
        "y = low if y < low else y",
        "y = high if y > high else y",
        "y = y if y == y else Sum(0)",
    ]
    return [
        "y = Sum(Sum(s * scale) + bias)",
        "finite = Sum(y - y) == Sum(0)",
        f"{least} = y if finite & (y < {least}) else {least}",
        f"{greatest} = y if finite & (y > {greatest}) else {greatest}",
        "odd = Int32(odd + Int32(not finite))",
        "m = Sum(y * mirror)",
        "y = Sum((m if m > y else y) + shift)",
        *(clamp if loop.kind == "rounded" else []),
        f"output[out + x] = {FLOAT_PIXEL[loop.kind]}",
    ]


def _open_extremes(loop: Loop) -> list[str]:
    if not loop.float_sum:
        return ["least = extremes[0]", "greatest = extremes[1]"]
    return [
        f"for lane in range({CHUNK}):",
        f"    scratch[{CHUNK} + lane] = extremes[0]",
        f"    scratch[{2 * CHUNK} + lane] = extremes[1]",
    ]


def _close_extremes(loop: Loop) -> list[str]:
    if not loop.float_sum:
        return ["extremes[0] = least", "extremes[1] = greatest"]
    return [
        f"for lane in range({CHUNK}):",
        f"    s = scratch[{CHUNK} + lane]",
        "    extremes[0] = s if s < extremes[0] else extremes[0]",
        f"    s = scratch[{2 * CHUNK} + lane]",
        "    extremes[1] = s if s > extremes[1] else extremes[1]",
    ]
