"""Numbers as a picture on the terminal: blue is negative, red positive, dark is nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.report.terminal import Colour, colour_as_shown

NEGATIVE, POSITIVE = (70, 110, 220), (220, 80, 60)
RAMP = " .:-=+*#%@"


def colour_of(share: float) -> Colour:
    """The colour of a number, −1 … 1 as a share of the largest."""
    strength = 0.25 + 0.75 * abs(share) if share else 0.0
    red, green, blue = POSITIVE if share > 0 else NEGATIVE
    return colour_as_shown((round(red * strength), round(green * strength), round(blue * strength)))


def picture_lines(numbers: NDArray[Any], *, colour: bool) -> list[str]:
    """A picture of (h, w) numbers: two rows in a line of half blocks, or signs of an ASCII ramp.

    In ASCII each number is two signs wide, so that it is about square, and has no sign.
    """
    largest = float(np.abs(numbers).max()) or 1.0
    if not colour:
        steps = len(RAMP) - 1
        # To 6 places first: what lies between two signs is rounded alike on both sides of a picture.
        levels = np.rint(np.round(np.abs(numbers) / largest * steps, 6)).astype(int).tolist()
        return ["".join(2 * RAMP[level] for level in row).rstrip() for row in levels]
    import click

    shares = (numbers / largest).tolist()
    if len(shares) % 2:
        shares.append([0.0] * numbers.shape[1])
    return [
        "".join(
            click.style("▀", fg=colour_of(above), bg=colour_of(below))
            for above, below in zip(upper, lower, strict=True)
        )
        for upper, lower in zip(shares[::2], shares[1::2], strict=True)
    ]


def in_cells(numbers: NDArray[Any], most: int) -> NDArray[Any]:
    """An (h, w) array with at most `most` cells a side: of each block the number farthest from 0.

    The blocks stand about the middle, as many on one side as on the other: what is symmetric stays
    so.

    >>> in_cells(np.array([[1, -2, 3, 0, 0, 4]]), 4).tolist()
    [[1, 3, 0, 4]]
    """
    longest = max(numbers.shape)
    if longest <= most:
        return numbers
    share = (most - (most - longest) % 2) / longest
    down, across = (
        _starts(length, _alike(round(length * share), length)) for length in numbers.shape
    )
    greatest = np.maximum.reduceat(np.maximum.reduceat(numbers, down, 0), across, 1)
    least = np.minimum.reduceat(np.minimum.reduceat(numbers, down, 0), across, 1)
    return np.where(greatest >= -least, greatest, least)


def _alike(cells: int, length: int) -> int:
    """At least one cell, and an odd number of them just where the length is odd."""
    return cells - (cells - length) % 2 if cells > 1 else 2 - length % 2


def _starts(length: int, cells: int) -> list[int]:
    """Where each of the blocks of a length begins, the second half as the first in a mirror."""
    first = [block * length // cells for block in range(cells // 2 + 1)]
    second = [length - start for start in first[::-1] if start > 0 and 2 * start < length]
    return first + second
