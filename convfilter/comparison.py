"""A picture before and after, pixel over pixel: how much has changed, and where."""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import floor, inf, log2, log10
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.alpha import is_opaque, opaque_of
from convfilter.core.kernel import shape_text
from convfilter.core.receptive import field_through
from convfilter.differences import Pair
from convfilter.errors import OptionError, PictureError
from convfilter.images.formats import BY_SUFFIX, stored_mode, suffix_of
from convfilter.images.picture import Metadata, Picture
from convfilter.images.target import Target, check_side, check_target

if TYPE_CHECKING:
    from convfilter.core.execute import Done
    from convfilter.core.geometry import Axis, Geometry
    from convfilter.core.stages import Steps
    from convfilter.filtering import Prepared
    from convfilter.job import Job

# This share of the pixels' differences is drawn no brighter than white.
USUAL = 0.99
MOST_AMPLIFIED = 2**16


class Comparison(NamedTuple):
    """How a picture differs from what it was, in its own levels.

    psnr       10·log10(peak² / mean of squares) in dB; infinite where nothing differs
    mean       of the absolute differences of all samples
    largest    of them
    amplified  times the differences are multiplied in the picture of them
    peak       the full range of 8 and 16 bits; of other numbers 1 where they lie from 0 to 1, else
               from their least to their greatest
    size       height and width of what was compared: what both pictures have
    """

    path: str
    psnr: float
    mean: float
    largest: float
    amplified: int
    peak: float
    size: tuple[int, int]


class Comparing:
    """The comparison that a job asks for, in the order in which its picture is read and written.

    Raises what `comparison_target` raises.
    """

    def __init__(self, job: Job) -> None:
        self._target = comparison_target(job)
        self._sheet: Picture | None = None

    def check(self, picture: Picture, prepared: Prepared, result: str) -> None:
        """Refuses before the work: OptionError for other channels, PictureError for the result's own name."""
        check_alike(picture.pixels.shape, prepared.made.shape)
        path = self._target.path
        if result != "-" and os.path.realpath(result) == os.path.realpath(path):
            raise PictureError(
                f"{path}: the comparison would replace the result; name another file"
            )

    def compare(self, before: Picture, after: Picture, steps: Sequence[Done]) -> Comparison:
        """The numbers; the picture of them is kept until it is written."""
        from convfilter.images.side_by_side import draw_side_by_side

        facts, panels = compare(before, after, [step.geometry for step in steps], self._target.path)
        names = "before", "after", f"difference ×{facts.amplified}"
        self._sheet = draw_side_by_side(list(zip(names, panels, strict=True)))
        check_side(self._target.format, "RGB", self._sheet.shape, self._target.label)
        return facts

    def write(self) -> None:
        """The picture, whole or not at all; raises PictureError."""
        from convfilter.images.write import write_picture

        assert self._sheet is not None  # noqa: S101 - for the type checker
        write_picture(self._sheet, self._target)


class Compared(NamedTuple):
    """The numbers, and the three pictures to be drawn: before, after, difference."""

    facts: Comparison
    panels: tuple[Picture, Picture, Picture]


def comparison_target(job: Job) -> Target:
    """Where a job's comparison goes; all that can be refused before the picture is read.

    Raises OptionError for steps whose results can't be laid over the picture, or a suffix that names
    no format, PictureError for what can't be written, or would replace the picture or its result.
    """
    _check_steps(job.steps)
    path = job.compare
    form = BY_SUFFIX.get(suffix_of(path))
    if form is None or stored_mode(form, "RGB") is None:
        raise OptionError(
            f"compare: {path!r} has no suffix of a format for colour; use .png or .jpg"
        )
    for other, what in ((job.source, "the picture itself"), (job.output, "the result")):
        if other not in ("", "-") and os.path.realpath(other) == os.path.realpath(path):
            raise PictureError(f"{path}: the comparison would replace {what}; name another file")
    target = Target(path, form, quality=job.quality, overwrite=job.overwrite, fsync=job.fsync)
    try:
        check_target(target)
    except PictureError as error:
        said = str(error).replace("-o NAME writes elsewhere", "--compare NAME writes elsewhere")
        raise PictureError(said) from None
    return target


def _check_steps(steps: Steps) -> None:
    for kernel, spec in steps:
        if spec.stride != (1, 1):
            down, across = spec.stride
            raise OptionError(
                f"compare: with a stride ({down},{across} of {kernel.name}) results stand for pixels that "
                "far apart, and don't lie over the picture's: leave --stride or --compare out"
            )
        if spec.border.kind == "resize":
            raise OptionError(
                "compare: the border resize enlarges the picture first, so that no result lies over a "
                "pixel of it: use another border, or leave --compare out"
            )


def check_alike(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    """Raises OptionError unless the pixels of both, (H, W) or (H, W, channels), have the same channels."""
    if before[2:] != after[2:]:
        said = [f"{shape[2]} channels" if shape[2:] else "1 channel" for shape in (before, after)]
        raise OptionError(
            f"compare: the picture has {said[0]} ({shape_text(before)}), the result {said[1]} "
            f"({shape_text(after)}): there is nothing to lay over each other; a kernel that is laid on "
            "each channel keeps them"
        )


def compare(before: Picture, after: Picture, geometries: Sequence[Geometry], path: str) -> Compared:
    """How `after` differs from `before` where both have pixels.

    geometries  of the steps from one to the other, without strides

    Results lie over the pixel in the middle of their window (`receptive.anchor_of`). What can be seen
    through counts twice, as seen over black and over white. Numbers that are not finite are left out.
    """
    rows = _overlap([geometry.rows for geometry in geometries])
    columns = _overlap([geometry.columns for geometry in geometries])
    parts = _cropped(before, rows[0], columns[0]), _cropped(after, rows[1], columns[1])
    low, peak = _scale(before.pixels)
    pair = Pair(*_in_levels(*parts), low, peak)
    tally = pair.tally()
    times = tally.peak_share(USUAL) or tally.largest / peak or 1.0
    amplified = _power_below(1 / times)
    height, width = parts[0].pixels.shape[:2]
    psnr = 10 * log10(peak**2 / tally.mean_square) if tally.mean_square else inf
    facts = Comparison(path, psnr, tally.mean, tally.largest, amplified, peak, (height, width))
    return Compared(facts, pair.panels(amplified))


def _power_below(times: float) -> int:
    """The largest power of two that is no larger, from 1 to 65536."""
    return int(2 ** floor(log2(min(max(times, 1.0), MOST_AMPLIFIED))))


def _overlap(axes: Sequence[Axis]) -> tuple[slice, slice]:
    """The rows or columns of the picture, and of the result, that lie over each other."""
    offset, size, out = field_through(axes)[-1].anchor, axes[0].size, axes[-1].out
    first, end = max(0, offset), min(size, offset + out)
    return slice(first, end), slice(first - offset, end - offset)


def _cropped(picture: Picture, rows: slice, columns: slice) -> Picture:
    alpha = None if picture.alpha is None else picture.alpha[rows, columns]
    if alpha is not None and is_opaque(alpha):
        alpha = None
    return Picture(picture.pixels[rows, columns], alpha, Metadata(), cmyk=picture.cmyk)


def _scale(pixels: NDArray[Any]) -> tuple[float, float]:
    """The level that is black, and how far white is from it."""
    if pixels.dtype.kind == "u":
        return 0.0, float(np.iinfo(pixels.dtype).max)
    finite = pixels[np.isfinite(pixels)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if pixels.dtype.kind == "f" and low >= 0 and high <= 1:
        return 0.0, 1.0
    return low, (high - low) or 1.0


def _in_levels(before: Picture, after: Picture) -> tuple[Picture, Picture]:
    """Both in the levels of the first; the result of floats in whole numbers, as shares of white."""
    if before.pixels.dtype.kind != "f" or after.pixels.dtype.kind == "f":
        return before, after
    top = np.float32(opaque_of(after.pixels.dtype))
    alpha = None if after.alpha is None else after.alpha / top
    return before, after._replace(pixels=after.pixels / top, alpha=alpha)
