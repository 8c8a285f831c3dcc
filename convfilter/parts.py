"""Filtering a part of a picture: a region's pixels, as if the whole had been filtered, from few of it.

Each step is asked for what the next one reads, back to the picture. There each axis is cut, and what
lies beyond its ends becomes padding in pixels, which the border's rule fills: the cut's edge is the
picture's own wherever anything is padded. For `zero`, `constant` and `edge` that is all. The other
borders bring pixels from elsewhere, which have to be there:

    wrap, with nothing    results repeat as the picture does: such steps pad nothing, and only the
    but wrap before it    picture is gathered, as far beyond its ends as it takes
    reflect, symmetric    what is mirrored lies in the cut, unless the padding is lopsided and the region
                          small. Then the cut grows, which zeros around the kernel do: it reads more,
                          and what more is padded meets weights of zero
    wrap after others     likewise: the cut grows to the whole axis

Whole-number sums, sums that are added up strictly (`exact`), and whatever the same algorithm does
directly, are bit for bit those of the whole picture. Where a float kernel's cut is planned in another
way, or summed up in pieces (running sums, Fourier tiles), both are right within its algorithm's error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.alpha import AlphaResult, is_opaque, run_with_alpha
from convfilter.core.conv import outline_steps
from convfilter.core.execute import Done
from convfilter.core.finish import Statistics
from convfilter.core.geometry import Axis, Geometry, Padding
from convfilter.core.kernel import Kernel, shape_text
from convfilter.core.spec import Spec
from convfilter.core.stages import Steps
from convfilter.errors import OptionError, ShapeError

# Weights, zeros among them, of a kernel that takes in the whole picture: 24 MB.
MOST_FRAMED = 2**20
ROWS_FIRST = re.compile(r"([-+]?\d{1,9}),([-+]?\d{1,9}),(\d{1,9}),(\d{1,9})", re.ASCII)
MAGICK = re.compile(r"(\d{1,9})[xX×](\d{1,9})([-+]\d{1,9})([-+]\d{1,9})", re.ASCII)


class Region(NamedTuple):
    """Rows [top, top + height) and columns [left, left + width) of a picture."""

    top: int
    left: int
    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.top},{self.left},{self.height},{self.width}"

    @property
    def slices(self) -> tuple[slice, slice]:
        """What to index a picture with."""
        rows = slice(self.top, self.top + self.height)
        return rows, slice(self.left, self.left + self.width)


def parse_region(text: str) -> Region:
    """TOP,LEFT,HEIGHT,WIDTH or ImageMagick's WIDTHxHEIGHT+LEFT+TOP, in pixels.

    Raises OptionError.

    >>> parse_region("10,20,30,40")
    Region(top=10, left=20, height=30, width=40)
    >>> parse_region("40×30+20+10")
    Region(top=10, left=20, height=30, width=40)
    """
    packed = "".join(text.split()).replace("−", "-").replace("+-", "-")
    rows_first, magick = ROWS_FIRST.fullmatch(packed), MAGICK.fullmatch(packed)
    if rows_first:
        top, left, height, width = map(int, rows_first.groups())
    elif magick:
        width, height, left, top = map(int, magick.groups())
    else:
        percent = "; percentages are not understood" if "%" in text else ""
        raise OptionError(
            f"region: {text!r}: whole numbers as TOP,LEFT,HEIGHT,WIDTH (0,0,100,200 are 100 rows and 200 "
            f"columns at the top left) or as ImageMagick's WxH+X+Y (200x100+0+0){percent}"
        )
    region = Region(top, left, height, width)
    if min(height, width) < 1:
        raise OptionError(f"region: {text!r} has no pixels: HEIGHT and WIDTH are at least 1")
    if min(top, left) < 0:
        raise OptionError(
            f"region: {text!r} begins outside the picture, where there is nothing to filter; begin at 0 "
            "and make it that much smaller"
        )
    return region


def check_region(region: Region, height: int, width: int) -> tuple[Region, tuple[str, ...]]:
    """The region as far as it lies in a picture of a size, and a note if that isn't all of it.

    It is cut, as ImageMagick does: a region may be written for many pictures.

    Raises OptionError where it lies outside altogether.

    >>> check_region(Region(2, 1, 9, 3), 5, 4)[0]
    Region(top=2, left=1, height=3, width=3)
    """
    if region.top >= height or region.left >= width:
        raise OptionError(
            f"region: {region} begins at row {region.top}, column {region.left}, but the picture has "
            f"{height}×{width} pixels: rows 0 … {height - 1}, columns 0 … {width - 1}"
        )
    inside = region._replace(
        height=min(region.height, height - region.top), width=min(region.width, width - region.left)
    )
    note = f"the region {region} was cut to {inside}: the picture has {height}×{width} pixels"
    return inside, (note,) if inside != region else ()


def run_region(
    pixels: NDArray[Any],
    alpha: NDArray[Any] | None,
    steps: Steps,
    modes: tuple[str, ...],
    region: Region,
    ends: Statistics | None = None,
) -> AlphaResult:
    """What `run_with_alpha` would make of the whole picture, of a region only.

    pixels, alpha, steps, modes, ends  as there
    region   as far as it lies in the picture (`check_region`)
    returns  pixels and alpha of the region's shape; the statistics, and so `rescale`, are the region's;
             steps and geometries are told as of the whole picture

    Reads what the region depends on, and of an alpha that is opaque there all of it: only a picture that
    is opaque everywhere is one without alpha.

    Raises OptionError and ShapeError for results of another size or kind than the picture, the border
    `resize`, `wrap` after other borders in a large picture's corner, and what `run_with_alpha` raises.
    """
    region, _ = check_region(region, *pixels.shape[:2])
    geometries = _geometries(pixels, alpha, steps, modes)
    kinds = [spec.border.kind for _, spec in steps]
    rows = _cut([each.rows for each in geometries], kinds, region.top, region.height)
    columns = _cut([each.columns for each in geometries], kinds, region.left, region.width)
    local = tuple(
        _local_step(*step, *pads)
        for step, *pads in zip(steps, rows.pads, columns.pads, strict=True)
    )
    part = _taken(pixels, rows, columns)
    seen = None if alpha is None else _taken(alpha, rows, columns)
    opaque = None
    if seen is not None and alpha is not None and is_opaque(seen):  # the rest decides, then
        opaque = is_opaque(alpha)
    done = run_with_alpha(part, seen, local, modes, ends=ends, opaque=opaque)
    told = tuple(
        Done(*step, geometry, each.plan, (*geometry.out, *each.shape[2:]))
        for each, step, geometry in zip(done.result.steps, steps, geometries, strict=True)
    )
    return done._replace(result=done.result._replace(geometry=geometries[-1], steps=told))


def _geometries(
    pixels: NDArray[Any], alpha: NDArray[Any] | None, steps: Steps, modes: tuple[str, ...]
) -> tuple[Geometry, ...]:
    """Of every step on the whole picture; raises what `run_region` raises."""
    made = outline_steps(pixels.shape, pixels.dtype, steps)
    for number, (step, geometry) in enumerate(zip(steps, made.geometries, strict=True), 1):
        kernel, spec = step
        where = f"step {number}, {kernel.name}: " if len(steps) > 1 else ""
        if spec.border.kind == "resize":
            raise OptionError(
                f"region: {where}the border resize enlarges the whole picture, of which a part has "
                "no result of its own; use another border"
            )
        if spec.stride != (1, 1) or geometry.out != pixels.shape[:2]:
            mode, around = spec.padding
            how, instead = f"padding {around if mode == 'pixels' else mode}", "use --padding same"
            if spec.stride != (1, 1):
                how, instead = f"stride {shape_text(spec.stride)}", "leave the stride out"
            raise ShapeError(
                f"region: {where}{how} makes the result {shape_text(geometry.out)}: a region needs "
                f"the picture's own size {shape_text(pixels.shape[:2])}: {instead}"
            )
    if made.shape != pixels.shape or made.pixel != pixels.dtype:
        raise OptionError(
            f"region: the result has {shape_text(made.shape)} numbers of {made.pixel}, the picture "
            f"{shape_text(pixels.shape)} of {pixels.dtype}: a region needs the picture's own kind; use a "
            "kernel that is laid on each channel by itself, and another range than float"
        )
    if alpha is not None and "drop" in modes:
        raise OptionError(
            "region: the result has no alpha, but the rest of the picture has; use --alpha keep"
        )
    return made.geometries


class _Pad(NamedTuple):
    """Pixels before and after one axis of what a step reads, and zeros at both ends of its kernel."""

    before: int = 0
    after: int = 0
    zeros: int = 0


class _Cut(NamedTuple):
    """What is read of one axis of the picture, one run after the other, and what each step pads then."""

    runs: tuple[slice, ...]
    pads: tuple[_Pad, ...]


def _cut(axes: Sequence[Axis], kinds: Sequence[str], start: int, count: int) -> _Cut:
    """What the results [start, start + count) of the last step need, by the rules at the top."""
    size, stop = axes[0].size, start + count
    pads: list[_Pad] = []
    for number in reversed(range(len(axes))):
        axis, kind = axes[number], kinds[number]
        start, stop = start - axis.before, stop + axis.after
        if set(kinds[: number + 1]) == {"wrap"}:
            pads.append(_Pad())
            continue
        zeros = -(-_missing(size, kind, start, stop) // axis.dilation)
        first, last = start - zeros * axis.dilation, stop + zeros * axis.dilation
        start, stop = max(first, 0), min(last, size)
        pads.append(_Pad(start - first, last - stop, zeros))
    runs = []
    while start < stop:
        first = start % size
        runs.append(slice(first, min(first + stop - start, size)))
        start += runs[-1].stop - first
    return _Cut(tuple(runs), tuple(reversed(pads)))


def _missing(size: int, kind: str, start: int, stop: int) -> int:
    """By how many pixels [start, stop) has to grow at both ends to hold what it finds beyond an axis."""
    if kind == "wrap":
        return max(start, size - stop, 0) if start < 0 or stop > size else 0
    if kind not in ("reflect", "symmetric"):
        return 0
    own = 1 if kind == "reflect" else 0  # the pixel at the edge is not mirrored
    last = min(size, own - start) if start < 0 else 0
    first = max(0, 2 * size - own - stop) if stop > size else size
    return max(0, last - min(stop, size), max(start, 0) - first)


def _taken(array: NDArray[Any], rows: _Cut, columns: _Cut) -> NDArray[Any]:
    """The pixels at rows × columns: a view, or a copy where there are several runs."""
    if len(rows.runs) == len(columns.runs) == 1:
        part: NDArray[Any] = array[rows.runs[0], columns.runs[0]]
        return part
    lines = [np.concatenate([array[y, x] for x in columns.runs], axis=1) for y in rows.runs]
    return np.concatenate(lines)


def _local_step(kernel: Kernel, spec: Spec, rows: _Pad, columns: _Pad) -> tuple[Kernel, Spec]:
    """A step that pads in pixels, with zeros around its kernel if need be."""
    pixels = (rows.before, rows.after, columns.before, columns.after)
    spec = spec._replace(padding=Padding("pixels", pixels))
    if not (rows.zeros or columns.zeros):
        return kernel, spec
    framed = (kernel.size[0] + 2 * rows.zeros) * (kernel.size[1] + 2 * columns.zeros)
    if framed > MOST_FRAMED and spec.border.kind == "wrap":
        raise OptionError(
            f"region: {kernel.name} reads the picture's other end, because its border is wrap, where an "
            "earlier step's is not: use one border for all, or a region further from the corner"
        )
    kernel = kernel.normalized(spec.normalize)
    kernel = kernel.flipped() if spec.flip else kernel
    plan = spec.plan if spec.plan == "direct" else "auto"
    spec = spec._replace(normalize="none", flip=False, plan=plan)
    return _framed(kernel, rows.zeros, columns.zeros), spec


def _framed(kernel: Kernel, rows: int, columns: int) -> Kernel:
    """The kernel with rows and columns of zeros on all four sides: the same sums."""

    def frame(array: NDArray[Any]) -> NDArray[Any]:
        levels = ((0, 0),) * (array.ndim - 2)
        framed = np.pad(array, (*levels, (rows, rows), (columns, columns)))
        framed.flags.writeable = False
        return framed

    return replace(
        kernel,
        weights=frame(kernel.weights),
        values=frame(kernel.values),
        numerators=None if kernel.numerators is None else frame(kernel.numerators),
        members=tuple(_framed(member, rows, columns) for member in kernel.members),
    )
