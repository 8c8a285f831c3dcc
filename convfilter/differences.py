"""Two pictures of one size: how much their samples differ, and a picture of the differences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.alpha import opaque_of
from convfilter.images.display import eight_bits
from convfilter.images.picture import Picture
from convfilter.threads import in_bands

# Samples in hand at a time on each core, and steps into which differences that are no whole numbers
# are sorted to find the usual ones.
BAND, STEPS = 2**19, 2**16
PLAIN = ("uint8", "uint16")


class Tally(NamedTuple):
    """The differences' sizes, counted.

    samples, total, squares, largest  of all finite ones
    usual    how many pixels have a largest sample of each size; the last is the peak, and beyond
    """

    samples: int
    total: float
    squares: float
    largest: float
    usual: NDArray[np.int64]

    @property
    def mean(self) -> float:
        """Of the sizes; 0 where there are none."""
        return self.total / max(self.samples, 1)

    @property
    def mean_square(self) -> float:
        """Of their squares."""
        return self.squares / max(self.samples, 1)

    def peak_share(self, share: float) -> float:
        """The size that so many of the pixels do not exceed, as a share of the peak.

        >>> Tally(4, 6, 14, 3, np.array([1, 1, 1, 1])).peak_share(0.75)
        0.6666666666666666
        """
        place = int(np.searchsorted(np.cumsum(self.usual), share * int(self.usual.sum())))
        return place / (len(self.usual) - 1)


class Pair(NamedTuple):
    """Two pictures of one size and their levels: `low` is black, `peak` further on is white."""

    before: Picture
    after: Picture
    low: float
    peak: float

    @property
    def seen_through(self) -> bool:
        """Whether one of them has alpha."""
        return self.before.alpha is not None or self.after.alpha is not None

    @property
    def plain(self) -> bool:
        """Whether the differences are whole numbers of at most 16 bits."""
        dtypes = {self.before.pixels.dtype.name, self.after.pixels.dtype.name}
        return len(dtypes) == 1 and dtypes <= set(PLAIN) and not self.seen_through

    def tally(self) -> Tally:
        """All sizes, exactly where they are whole numbers; the same on any number of cores."""
        found: dict[int, Tally] = {}

        def work(rows: slice) -> None:
            seen = self.differences(rows)
            found[rows.start] = self._counted(seen) if self.plain else self._added_up(seen)

        self._in_bands(work)
        tallies = [found[start] for start in sorted(found)]
        return Tally(
            sum(tally.samples for tally in tallies),
            sum(tally.total for tally in tallies),
            sum(tally.squares for tally in tallies),
            max(tally.largest for tally in tallies),
            reduce(np.add, [tally.usual for tally in tallies]),
        )

    def _counted(self, seen: Sequence[NDArray[Any]]) -> Tally:
        """Of whole numbers by how often there is each: a tenth of the time of adding up squares."""
        (sizes,) = seen
        bins = int(self.peak) + 1
        often = np.bincount(sizes.ravel(), minlength=bins)
        levels = np.arange(bins)
        total, squares = int(often @ levels), int(often @ (levels * levels))
        largest = int(np.flatnonzero(often)[-1])
        usual = np.bincount(_brightest(seen).ravel(), minlength=bins)
        return Tally(sizes.size, total, squares, largest, usual)

    def _added_up(self, seen: Sequence[NDArray[Any]]) -> Tally:
        known = [np.where(np.isfinite(sizes), sizes, 0) for sizes in seen]
        brightest = _brightest(known) * (STEPS / self.peak)
        steps = np.minimum(brightest, STEPS).astype(np.int64)
        return Tally(
            sum(int(np.isfinite(sizes).sum()) for sizes in seen),
            sum(float(sizes.sum()) for sizes in known),
            sum(float((sizes * sizes).sum()) for sizes in known),
            max(float(sizes.max(initial=0)) for sizes in known),
            np.bincount(steps.ravel(), minlength=STEPS + 1),
        )

    def differences(self, rows: slice) -> list[NDArray[Any]]:
        """Sizes of what has changed in some rows: over black and, of what can be seen through, over white."""
        pictures = self.before, self.after
        if self.plain:
            before, after = (picture.pixels[rows] for picture in pictures)
            return [np.maximum(before, after) - np.minimum(before, after)]
        colours = [picture.pixels[rows].astype(np.float64) for picture in pictures]
        if not self.seen_through:
            return [np.abs(colours[1] - colours[0])]
        shares = [_shares(picture, rows) for picture in pictures]
        over_black = colours[1] * shares[1] - colours[0] * shares[0]
        over_white = over_black - (shares[1] - shares[0]) * self.peak
        return [np.abs(over_black), np.abs(over_white)]

    def panels(self, amplified: int) -> tuple[Picture, Picture, Picture]:
        """Before, after, and the differences so many times as large, in 8 bits."""
        return self._panel(self.before), self._panel(self.after), self._difference(amplified)

    def _panel(self, picture: Picture) -> Picture:
        if picture.pixels.dtype == np.uint8:
            return picture
        levels = np.empty(picture.pixels.shape, np.uint8)

        def work(rows: slice) -> None:
            levels[rows] = self._eight_bits(picture.pixels[rows].astype(np.float64) - self.low)

        self._in_bands(work)
        alpha = None if picture.alpha is None else eight_bits(picture.alpha, stretched=False)
        return picture._replace(pixels=levels, alpha=alpha)

    def _difference(self, amplified: int) -> Picture:
        """Black where nothing has changed; grey of inks and maps."""
        colours = self.before.pixels.shape[2:] in ((), (3,))
        shape = self.before.pixels.shape if colours else self.before.pixels.shape[:2]
        levels = np.empty(shape, np.uint8)

        def work(rows: slice) -> None:
            seen = self.differences(rows)
            sizes = reduce(np.maximum, seen) if colours else _brightest(seen)
            if sizes.dtype == np.uint8:
                levels[rows] = np.minimum(sizes.astype(np.int32) * amplified, 255)
            else:
                levels[rows] = self._eight_bits(sizes.astype(np.float64) * amplified)

        self._in_bands(work)
        return Picture(levels)

    def _eight_bits(self, numbers: NDArray[np.float64]) -> NDArray[Any]:
        """0 as 0, the peak as 255."""
        shares = np.nan_to_num(numbers / self.peak, posinf=1, neginf=0)
        levels: NDArray[Any] = np.rint(shares.clip(0, 1) * 255)
        return levels

    def _in_bands(self, work: Any) -> None:
        pixels = self.before.pixels
        in_bands(pixels.shape[0], pixels.size, BAND, work)


def _shares(picture: Picture, rows: slice) -> NDArray[np.float64] | float:
    """How opaque pixels are, 0 … 1, to be multiplied with their colours."""
    if picture.alpha is None:
        return 1.0
    shares = picture.alpha[rows] / np.float64(opaque_of(picture.alpha.dtype))
    return shares[:, :, np.newaxis] if picture.pixels.ndim == 3 else shares


def _brightest(seen: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """(H, W) of each pixel the largest of its samples' sizes."""
    planes = []
    for sizes in seen:
        planes += [sizes] if sizes.ndim == 2 else list(np.moveaxis(sizes, 2, 0))
    return reduce(np.maximum, planes)
