"""A picture before and after, pixel over pixel: how much has changed, and where."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from math import floor, inf, log2, log10
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.alpha import is_opaque, opaque_of
from convfilter.core.kernel import shape_text
from convfilter.core.receptive import field_through
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

# Samples in hand at a time, and steps into which differences are sorted to find the usual ones.
BAND, STEPS = 2**20, 2**16
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
    pair = _Pair(*_in_levels(*parts), low, peak)
    facts = pair.facts(path)
    panels = pair.panel(pair.before), pair.panel(pair.after), pair.difference(facts.amplified)
    return Compared(facts, panels)


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


class _Pair(NamedTuple):
    """Two pictures of one size and their levels: `low` is black, `peak` further on is white."""

    before: Picture
    after: Picture
    low: float
    peak: float

    @property
    def _seen_through(self) -> bool:
        return self.before.alpha is not None or self.after.alpha is not None

    def facts(self, path: str) -> Comparison:
        """All numbers."""
        count, total, squares, largest = 0, 0.0, 0.0, 0.0
        usual = np.zeros(STEPS + 1, np.int64)
        for rows in self._rows():
            seen = self._differences(rows)
            for differences in seen:
                sizes = np.abs(differences).astype(np.float64)
                known = np.isfinite(sizes)
                if not known.all():
                    sizes = np.where(known, sizes, 0)
                count += int(known.sum())
                total += float(sizes.sum())
                squares += float((sizes * sizes).sum())
                largest = max(largest, float(sizes.max(initial=0)))
            steps = np.minimum(_brightest(seen) * (STEPS / self.peak), STEPS).astype(np.int64)
            usual += np.bincount(steps.ravel(), minlength=STEPS + 1)
        mean_square = squares / max(count, 1)
        psnr = 10 * log10(self.peak**2 / mean_square) if mean_square else inf
        most = int(np.searchsorted(np.cumsum(usual), USUAL * usual.sum())) / STEPS
        amplified = _power_below(1 / (most or largest / self.peak or 1.0))
        size = self.before.pixels.shape[:2]
        return Comparison(
            path, psnr, total / max(count, 1), largest, amplified, self.peak, (size[0], size[1])
        )

    def _rows(self) -> Iterator[slice]:
        """Bands of rows."""
        height = self.before.pixels.shape[0]
        tall = max(1, BAND * height // max(1, self.before.pixels.size))
        for top in range(0, height, tall):
            yield slice(top, min(top + tall, height))

    def _differences(self, rows: slice) -> list[NDArray[Any]]:
        """What has been added: over black and, of what can be seen through, over white."""
        pictures = self.before, self.after
        whole = all(picture.pixels.dtype.kind in "ui" for picture in pictures)
        number = np.int64 if whole and not self._seen_through else np.float64
        colours = [picture.pixels[rows].astype(number) for picture in pictures]
        if not self._seen_through:
            return [colours[1] - colours[0]]
        shares = [_shares(picture, rows) for picture in pictures]
        over_black = colours[1] * shares[1] - colours[0] * shares[0]
        return [over_black, over_black - (shares[1] - shares[0]) * self.peak]

    def panel(self, picture: Picture) -> Picture:
        """One of both as 8-bit levels."""
        if picture.pixels.dtype == np.uint8:
            return picture
        levels = np.empty(picture.pixels.shape, np.uint8)
        for rows in self._rows():
            levels[rows] = self._eight_bits(picture.pixels[rows].astype(np.float64) - self.low)
        return picture._replace(pixels=levels, alpha=_eight_bit_alpha(picture))

    def difference(self, amplified: int) -> Picture:
        """The differences' sizes, so many times as large, black where there is none; grey of inks and maps."""
        colours = self.before.pixels.shape[2:] in ((), (3,))
        shape = self.before.pixels.shape if colours else self.before.pixels.shape[:2]
        levels = np.empty(shape, np.uint8)
        for rows in self._rows():
            seen = self._differences(rows)
            sizes = np.max(np.abs(seen), axis=0) if colours else _brightest(seen)
            levels[rows] = self._eight_bits(sizes * amplified)
        return Picture(levels)

    def _eight_bits(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """0 as 0, the peak as 255."""
        shares = np.nan_to_num(numbers / self.peak, posinf=1, neginf=0)
        levels: NDArray[Any] = np.rint(shares.clip(0, 1) * 255)
        return levels


def _shares(picture: Picture, rows: slice) -> NDArray[np.float64] | float:
    """How opaque pixels are, 0 … 1, to be multiplied with their colours."""
    if picture.alpha is None:
        return 1.0
    shares = picture.alpha[rows] / np.float64(opaque_of(picture.alpha.dtype))
    return shares[:, :, np.newaxis] if picture.pixels.ndim == 3 else shares


def _eight_bit_alpha(picture: Picture) -> NDArray[np.uint8] | None:
    if picture.alpha is None:
        return None
    from convfilter.images.display import eight_bits

    return eight_bits(picture.alpha, stretched=False)


def _brightest(seen: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """(H, W) of each pixel the largest finite difference of its samples."""
    sizes = np.zeros(seen[0].shape[:2])
    for differences in seen:
        each = np.nan_to_num(np.abs(differences).astype(np.float64), posinf=0)
        np.maximum(sizes, each if each.ndim == 2 else each.max(axis=2), out=sizes)
    return sizes


def _power_below(times: float) -> int:
    """The largest power of two that is no larger, from 1 to 65536."""
    return int(2 ** floor(log2(min(max(times, 1.0), MOST_AMPLIFIED))))
