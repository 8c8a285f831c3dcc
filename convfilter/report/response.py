"""The frequency response of a kernel: as a small picture in words, as a large one in a file."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.kernel import Kernel
from convfilter.core.properties import frequency_response
from convfilter.errors import OptionError, PictureError
from convfilter.report.heat import picture_lines
from convfilter.report.terminal import draws

SMALL, LARGE = 25, 512  # frequencies a side: odd, from −½ to ½; even, as a picture file
# Grids on which the largest gain is looked for: two frequencies a pixel of the kernel find its peak.
LEAST_GRID, MOST_GRID = 256, 2048
PEAKS, ROUNDS = 4, 12
ALIKE = 1e-9  # gains this near, as a share, count as the same


class Gain(NamedTuple):
    """How much flat areas are amplified, and the pattern that is amplified most.

    down, across  its frequency in cycles a pixel, from 0 to ½
    """

    flat: float
    largest: float
    down: float
    across: float


def gain_of(values: NDArray[Any]) -> Gain:
    """The gains of (kh, kw) values: found on a grid of frequencies, then nearer and nearer.

    Of several frequencies with the largest gain the one with the least part down, then across.

    >>> gain_of(np.array([[-1, 2, -1]]))
    Gain(flat=0.0, largest=4.0, down=0.0, across=0.5)
    """
    unit = float(np.abs(values).max()) or 1.0  # sums of huge weights stay finite
    shares = values / unit
    side = min(MOST_GRID, max(LEAST_GRID, 1 << (2 * max(values.shape) - 1).bit_length()))
    response = frequency_response(shares, side)
    flat = float(response[side // 2, side // 2])
    peaks = [_nearer(shares, y, x, 1 / side) for y, x in _peaks(response)]
    largest = max(gain for gain, _, _ in peaks)
    near = [(abs(y), abs(x)) for gain, y, x in peaks if gain >= largest * (1 - ALIKE)]
    return Gain(flat * unit, largest * unit, *min(near))


def _peaks(response: NDArray[np.float64]) -> list[tuple[float, float]]:
    """The frequencies of the highest points that no neighbour exceeds; of f and −f only one."""
    side = len(response)
    around = response
    for axis in (0, 1):
        beside = np.maximum(np.roll(around, 1, axis), np.roll(around, -1, axis))
        around = np.maximum(around, beside)
    y, x = np.nonzero(response >= around * (1 - ALIKE))
    y, x = y - side // 2, x - side // 2
    half = (y < 0) | (y == 0) & (x <= 0)
    y, x = y[half], x[half]
    gains = response[y + side // 2, x + side // 2]
    steps = np.rint(gains / (gains.max() * ALIKE or 1.0))
    order = np.lexsort((np.abs(x), np.abs(y), -steps))[:PEAKS]
    return [(float(y[k]) / side, float(x[k]) / side) for k in order.tolist()]


def _nearer(values: NDArray[Any], y: float, x: float, step: float) -> tuple[float, float, float]:
    """The gain at the top of a peak, and where that is; `step` is how far away it may be."""
    gain = 0.0
    for _ in range(ROUNDS):
        offsets = np.linspace(-step, step, 9)
        down, across = y + offsets, x + offsets
        found = response_at(values, down, across)
        gain = float(found.max())
        if found[4, 4] < gain * (1 - ALIKE):
            row, column = np.unravel_index(found.argmax(), found.shape)
            y, x = float(down[row]), float(across[column])
        step /= 2
    return gain, y - round(y), x - round(x)


def response_at(
    values: NDArray[Any], down: NDArray[np.float64], across: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`frequency_response` at any frequencies: (h,) down and (w,) across give (h, w) gains."""
    rows = np.exp(-2j * np.pi * np.outer(down, np.arange(values.shape[0])))
    columns = np.exp(-2j * np.pi * np.outer(np.arange(values.shape[1]), across))
    gains: NDArray[np.float64] = np.abs(rows @ values @ columns)
    return gains


def gain_words(values: NDArray[Any]) -> str:
    """How much flat areas and the most amplified pattern change.

    >>> gain_words(np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]))
    '1 on flat areas, at most 9 (a pattern of 2 pixels down and 2 across)'
    """
    gain = gain_of(values)
    flat, largest = f"{gain.flat:.4g}", f"{gain.largest:.4g}"
    if flat == largest:
        return f"{flat} on flat areas, which is the most"
    return f"{flat} on flat areas, at most {largest} ({_pattern(gain.down, gain.across)})"


def _pattern(y: float, x: float) -> str:
    """A frequency, in cycles a pixel, by its period."""
    ways = ((y, "down"), (x, "across"))
    words = [f"{1 / f:.3g} pixels {way}" for f, way in ways if f > ALIKE]
    return (
        f"a pattern of {' and '.join(words).replace(' pixels across', ' across', len(words) - 1)}"
    )


def response_lines(values: NDArray[Any]) -> list[str]:
    """A small picture, flat areas in the middle, patterns of 2 pixels at all four rims."""
    frequencies = np.linspace(-0.5, 0.5, SMALL)
    rows = response_at(values, frequencies, frequencies)
    return picture_lines(rows, colour=draws(sys.stdout))


def write_png(kernel: Kernel, path: str, *, overwrite: bool) -> None:
    """The response as a grey PNG of 512×512, white for the largest; members of a composite side by side.

    Raises OptionError for kernels of several channels, PictureError where it can't be written.
    """
    import os

    from convfilter.images.formats import BY_NAME, suffix_of
    from convfilter.images.picture import Picture
    from convfilter.images.target import Target, check_target
    from convfilter.images.write import write_picture

    if kernel.depth is not None:
        raise OptionError(
            "--png: kernels over several channels have a response for each, and no picture"
        )
    if suffix_of(path) != ".png":
        raise OptionError(f"--png: {path!r} does not end with .png")
    if os.path.exists(path) and not os.path.isdir(path) and not overwrite:
        raise PictureError(
            f"{path} exists already: -f (--overwrite) replaces it, --png NAME writes elsewhere"
        )
    target = Target(path, BY_NAME["PNG"], overwrite=overwrite)
    check_target(target)
    responses = [frequency_response(k.values, LARGE) for k in kernel.members or (kernel,)]
    sheet = np.concatenate(responses, axis=1)
    levels = np.rint(sheet * (255 / (sheet.max() or 1.0))).astype(np.uint8)
    write_picture(Picture(levels), target)
