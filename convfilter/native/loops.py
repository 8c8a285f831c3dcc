"""The inner loops of convolution: one loop a combination of number types, written out as plain Python.

`Loop` names a combination, `source_of` writes its function. All have the same parameters, so that
one caller serves all:

    image          source numbers
    row_offset     where each padded row's source starts, in elements from `image`; ABSENT for a
                   row of border constants
    constants      a line of what the border holds where it has no source
    runs           (to, to_step, from, from_step, count, beside) each: what of a source row goes where in
                   a line; beside: how many numbers lie side by side in both
    edges          (to, from) each: single numbers of the border that repeat the image
    lines          room for the lines
    tap_row        padded rows below the window's top, one a tap
    tap_column     place in a line (in place: in the image's row) for output 0, one a tap; few: one a
                   tap and segment
    weight         one a tap; `many4` and `terms`: four a tap, one for each row or map; several
                   kernels at once: all of the first, then of the second …
    across_place   `terms`: places in the rows of vertical sums;  across_weight: their weights
    segments       few: (begin, end, 1 where the image is read in place) each, of a row of the result
    groups         (row, map, first weight) each: what is summed up together from the same lines
    facts          FACTS, whole numbers
    row_count      padded rows of this band
    height         rows of the result in this band
    output         the first number to write
    finish         how a sum becomes a pixel: WHOLE_FINISH or FLOAT_FINISH, in that order, a map
    divisor        whole-number sums are divided by it
    extremes       least and greatest sum so far, read and written
    counts         pixels cut below, cut above, not finite, so far; read and written
    at             room for tap_count places
    lanes          room for 2·CHUNK numbers
    scratch        room for sums
    spare          room for CHUNK pixels

A band of the result is made row by row. Each padded source row becomes a *line* once: its pixels
with the border's at both ends, rearranged so that neighbouring outputs read neighbouring numbers
(a line for each phase of a horizontal stride, for each channel that is summed over), in the type
that is added in. The lines lie in a ring that stays in the cache, so memory is read once and in
order, and the sums know no border, stride or channel: only places in lines.

A loop only indexes pointers: no slices, no allocation, nothing that can raise, so that its object
code needs no symbol from outside. These modules import nothing heavy: a test runs every loop
uncompiled, on flat numpy arrays, with numpy's scalar types in place of the compiler's.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PARAMETERS = {
    "image": "source*",
    "row_offset": "int64*",
    "constants": "source*",
    "runs": "int64*",
    "edges": "int64*",
    "lines": "line*",
    "tap_row": "int64*",
    "tap_column": "int64*",
    "weight": "acc*",
    "across_place": "int64*",
    "across_weight": "acc*",
    "segments": "int64*",
    "groups": "int64*",
    "facts": "int64*",
    "row_count": "int64",
    "height": "int64",
    "output": "pixel*",
    "finish": "sum*",
    "divisor": "float64",
    "extremes": "sum*",
    "counts": "int64*",
    "at": "int64*",
    "lanes": "sum*",
    "scratch": "acc*",
    "spare": "pixel*",
}

# row_step: the stride · window: padded rows that one step reads · ring: lines kept · rows_a_step:
# result rows in one step · next_row, next_map: from one of the four sums to the next · width:
# samples a row of the result · pixel_group, pixel_step: samples together, and from one such group
# to the next · terms: separable products · box_step, box_count, box_stride: samples from one column
# of a window to the next, columns, samples from one window to the next · power, half_divisor,
# factor: how to divide (finishing.quotient)
FACTS = (
    "row_step",
    "window",
    "ring",
    "run_count",
    "edge_count",
    "line_length",
    "tap_count",
    "across_count",
    "segment_count",
    "group_count",
    "rows_a_step",
    "next_row",
    "next_map",
    "maps",
    "width",
    "output_stride",
    "pixel_group",
    "pixel_step",
    "terms",
    "box_step",
    "box_count",
    "box_stride",
    "power",
    "half_divisor",
    "factor",
)

# start: what sums begin with · mirror: −1 makes a sum its absolute value, 1 leaves it ·
# shift: the policy's offset. (A constant start would become a call of memset.)
WHOLE_FINISH = ("start", "mirror", "shift", "low", "high")
FLOAT_FINISH = ("start", "scale", "bias", "mirror", "shift", "low", "high")

ABSENT = -(2**62)
# 1920 sums of 4 bytes leave most of a 32 KiB L1 cache to the lines, so few pixels can't overflow an
# int16 counter, whole vectors make it up, and so do 1, 2, 3, 4, 5 or 6 channels.
CHUNK = 1920
# A chunk's statistics cost as much as a thousand numbers; whole sums of few taps need no room for
# theirs, so there a chunk is as long as an int16 counter allows.
LONG_CHUNK = 16 * CHUNK
MOST_TAPS_AT_ONCE = 9
ROWS_AT_ONCE = 4
# Products added one after the other before they join the others: the float32 error of n taps stays
# below (64 + n/64)·2⁻²⁴.
TAPS_A_BLOCK = 64
# Tiles of sums that stay in registers: four rows of two AVX-512 registers each, or one long row.
TILE_BYTES = {4: 128, 1: 256}
# The compiler unrolls a shorter row before it looks for vectors, and finds none.
LEAST_ROW = 64
SLACK = 512  # elements that a tile may read and write beyond the end

# How the sums of several kernels become one in a loop.
COMBINED = ("magnitude", "sumabs", "max", "angle")

ITEM_BYTES = {"int16": 2, "int32": 4, "int64": 8, "float32": 4, "float64": 8}
# Adding and taking away 1.5·2^(bits of the mantissa) rounds half to even without a library call.
ROUNDER = {"float32": 12582912.0, "float64": 6755399441055744.0}


class Loop(NamedTuple):
    """One loop: how it adds up, what it reads, adds in and writes, and how a sum becomes a pixel.

    form    few1 … few9: so many taps, kept in registers and finished at once ·
            magnitude2x8, sumabs2x8, max8x8, angle2x8 …: so many kernels on so many places, their sums made one ·
            many1, many4: any number of taps, for one or four rows or maps at once ·
            terms: separable products · box: running sums
    source  what the image holds;  acc: what products are added in;  sum: what sums become then;
            pixel: what is written. Number types by numpy's names
    kind    a key of WHOLE_PIXEL (whole-number sums) or FLOAT_PIXEL (float sums)
    """

    form: str
    source: str
    acc: str
    sum: str
    pixel: str
    kind: str

    @property
    def name(self) -> str:
        """For files and messages: few5-uint8-int16-uint8-whole."""
        sums = self.sum if self.acc == self.sum else f"{self.acc}-{self.sum}"
        return f"{self.form}-{self.source}-{sums}-{self.pixel}-{self.kind}"

    @property
    def taps(self) -> int:
        """The number of places that a loop reads whose sums stay in registers, else 0."""
        if self.form.startswith("few"):
            return int(self.form[3:])
        return int(self.form.rpartition("x")[2]) if self.combine else 0

    @property
    def combine(self) -> str:
        """How the sums of several kernels become one, else nothing."""
        return next((word for word in COMBINED if self.form.startswith(word)), "")

    @property
    def kernels(self) -> int:
        """How many kernels are summed up at once."""
        return int(self.form[len(self.combine) :].partition("x")[0]) if self.combine else 1

    @property
    def line(self) -> str:
        """What lines hold: the source's own numbers where each is read but a few times.

        Nine taps that are converted to float each time cost twice what converted ones do.
        """
        converted = "int" in self.source and "float" in self.acc
        own = self.form == "box" or (self.taps and not converted)
        return self.source if own else self.acc

    @property
    def float_sum(self) -> bool:
        """Whether sums are floats."""
        return self.sum.startswith("float")

    @property
    def finite(self) -> bool:
        """Whether every result is: float32 sums of whole numbers, kept within range by the caller."""
        return self.sum == "float32" and "int" in self.source

    @property
    def real(self) -> str:
        """The float type that sums are divided in.

        float32 holds every int16 sum; whoever asks for a float32 quotient of int32 sums, or for a
        reciprocal, has made sure that they fit.
        """
        if self.kind == "reciprocal64":
            return "float64"
        small = self.sum in ("int16", "float32") or self.kind == "reciprocal"
        return "float32" if small or (self.sum, self.pixel) == ("int32", "float32") else "float64"

    @property
    def fused(self) -> bool:
        """Whether a product and a sum may be one operation.

        Never in float64: its order and its roundings define `--exact`.
        """
        return "float64" not in (self.sum, self.acc)

    @property
    def chunk(self) -> int:
        """Numbers of a row that are finished in one go."""
        return LONG_CHUNK if self.taps and not self.float_sum else CHUNK

    @property
    def rows_at_once(self) -> int:
        """How many sums a tile makes from the same numbers."""
        return ROWS_AT_ONCE if self.form in ("many4", "terms") else 1


def tiles_of(loop: Loop) -> tuple[int, ...]:
    """The tiles that a loop uses, by their rows."""
    return {"many1": (1,), "many4": (4,), "terms": (1, 4)}.get(loop.form, ())


def tile_width(loop: Loop, rows: int) -> int:
    """Numbers of one row of a tile."""
    width = TILE_BYTES[rows] // ITEM_BYTES[loop.acc]
    return max(width, LEAST_ROW) if rows == 1 else width


def source_of(loop: Loop) -> str:
    """The loop as the text of a Python function named `loop`.

    Free names: Line, Acc, Sum, Pixel, Real, Int32, Unsigned, Wide (types to call), ROUND (a Real),
    Root (the square root), room_1 and room_4 (which make room for a tile of sums), four_pixels
    (which puts pixels of three numbers where pixels lie four apart).
    """
    from convfilter.native.finishing import close_extremes, open_extremes, quotient
    from convfilter.native.sums import sums_of

    body = [
        *indent(1, [f"tile_{rows} = room_{rows}()" for rows in tiles_of(loop)]),
        *indent(1, quotient(loop)),
        *indent(1, open_extremes(loop)),
        "    cut_below = cut_above = not_finite = 0",
        "    for r in range(ring):",
        "        line = r * line_length",
        *indent(2, _constant_line()),
        "    ready = 0",
        "    for step in range((height + rows_a_step - 1) // rows_a_step):",
        "        head = step * rows_a_step",
        "        top = head * row_step",
        *indent(2, _ready_lines()),
        *indent(2, sums_of(loop)),
        *indent(1, close_extremes(loop)),
        "    counts[0] += cut_below",
        "    counts[1] += cut_above",
        "    counts[2] += not_finite",
    ]
    words = set(re.findall(r"\w+", "\n".join(body)))
    facts = [f"{name} = facts[{i}]" for i, name in enumerate(FACTS) if name in words]
    return "\n".join([f"def loop({', '.join(PARAMETERS)}):", *indent(1, facts), *body]) + "\n"


def indent(levels: int, lines: list[str]) -> list[str]:
    """Lines of code, deeper."""
    return ["    " * levels + line for line in lines]


def _constant_line() -> list[str]:
    # Copied: a loop that fills in one number would become a call of memset.
    return ["for i in range(line_length):", "    lines[line + i] = Line(constants[i])"]


def _ready_lines() -> list[str]:
    """Every line that the step reads and the ring hasn't got yet.

    Strides of 1 and 2, and three colours of four numbers, are written out: vector code; the rest
    goes number by number.
    """
    names = ("to", "to_step", "start", "pace", "count", "beside")
    return [
        "end = top + window if top + window < row_count else row_count",
        "if ready < top:",
        "    ready = top",
        "for r in range(ready, end):",
        "    line = (r % ring) * line_length",
        f"    if row_offset[r] == {ABSENT}:",
        *indent(2, _constant_line()),
        "    else:",
        "        for q in range(run_count):",
        *indent(3, [f"{name} = runs[6 * q + {i}]" for i, name in enumerate(names)]),
        "            into = line + to",
        "            taken = row_offset[r] + start",
        "            if to_step == 1 and pace == 1:",
        "                for i in range(count):",
        "                    lines[into + i] = Line(image[taken + i])",
        "            elif to_step == 1 and pace == 2:",
        "                for i in range(count):",
        "                    lines[into + i] = Line(image[taken + 2 * i])",
        "            elif beside == 3 and to_step == 3 and pace == 4:",
        "                for i in range(count):",
        *(
            f"                    lines[into + 3 * i + {c}] = Line(image[taken + 4 * i + {c}])"
            for c in range(3)
        ),
        "            else:",
        "                for c in range(beside):",
        "                    for i in range(count):",
        "                        a = taken + i * pace + c",
        "                        lines[into + i * to_step + c] = Line(image[a])",
        "        for e in range(edge_count):",
        "            lines[line + edges[2 * e]] = Line(image[row_offset[r] + edges[2 * e + 1]])",
        "ready = end if end > ready else ready",
    ]
