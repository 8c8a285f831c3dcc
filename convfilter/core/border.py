"""Where a pixel outside the image comes from: one index vector an axis, for all who need to know."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CONSTANT = -1
REPEATING = ("edge", "reflect", "symmetric", "wrap")


class Border(NamedTuple):
    """The rule for pixels outside: `kind` is a word of BORDERS, `constant` without its value.

    value    of `constant`, in the picture's own units
    percent  whether value is a percentage of the full range instead
    """

    kind: str = "zero"
    value: Fraction = Fraction(0)
    percent: bool = False

    def __str__(self) -> str:
        if self.kind != "constant":
            return self.kind
        number = str(self.value if self.value.denominator == 1 else float(self.value))
        return f"constant:{number}{'%' if self.percent else ''}"


@lru_cache(maxsize=64)
def border_index(size: int, before: int, after: int, kind: str) -> NDArray[np.int64]:
    """For every coordinate of a padded axis the source coordinate, or −1 for the constant.

    Read-only: every block of a picture asks for the same ones.

    By definition np.pad(np.arange(size), (before, after), kind); padding larger than the image
    bounces or repeats again, an axis of one pixel repeats it.

    >>> border_index(4, 2, 2, "reflect").tolist()
    [2, 1, 0, 1, 2, 3, 2, 1]
    >>> border_index(2, 1, 1, "zero").tolist()
    [-1, 0, 1, -1]
    """
    place = np.arange(-before, size + after, dtype=np.int64)
    if kind == "edge" or (size == 1 and kind in REPEATING):
        place = place.clip(0, size - 1)
    elif kind == "wrap":
        place %= size
    elif kind == "symmetric":
        place %= 2 * size
        place = np.minimum(place, 2 * size - 1 - place)
    elif kind == "reflect":
        place %= 2 * (size - 1)
        place = np.minimum(place, 2 * (size - 1) - place)
    else:
        place[:before] = CONSTANT
        place[before + size :] = CONSTANT
    place.flags.writeable = False
    return place


def gather(
    image: NDArray[Any],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    constant: np.generic | float,
) -> NDArray[Any]:
    """The pixels at rows × columns as a new array; index −1 gives the constant.

    image    (H, W, C)
    returns  (len(rows), len(columns), C), C-contiguous, of the image's dtype
    """
    if len(columns) * image.shape[0] < len(rows) * image.shape[1]:  # the smaller copy first
        taken = image.take(columns, axis=1, mode="clip").take(rows, axis=0, mode="clip")
    else:
        taken = image.take(rows, axis=0, mode="clip").take(columns, axis=1, mode="clip")
    if (outside := rows == CONSTANT).any():
        taken[outside] = constant
    if (outside := columns == CONSTANT).any():
        taken[:, outside] = constant
    return taken
