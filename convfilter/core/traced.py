"""What a trace tells of one pixel: the window, the weights, every product, the sum, and what becomes of it."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from convfilter.core.geometry import Geometry
from convfilter.core.kernel import Kernel
from convfilter.core.spec import Spec

Number = int | float | Fraction
Table = tuple[tuple[tuple[Number, ...], ...], ...]  # [channel][row][column]
Place = tuple[int, int]  # row, column


class Window(NamedTuple):
    """Where the numbers under a kernel come from.

    source           (height, width) of what is read: the picture, or what the step before has made
    rows, columns    the places that the kernel's rows and columns lie on; outside: below 0, or source
                     and more
    from_rows, from_columns  the places that are read for them, by the border's rule; −1: the constant
    border           the rule, as it is typed
    constant         what is read where there is no place
    enlarged         whether `source` is the enlarged picture of the border `resize`
    """

    source: Place
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    from_rows: tuple[int, ...]
    from_columns: tuple[int, ...]
    border: str
    constant: Number = 0
    enlarged: bool = False

    def is_outside(self, row: int, column: int) -> bool:
        """Whether the border gives the number under a tap, which is counted from 0."""
        height, width = self.source
        return not (0 <= self.rows[row] < height and 0 <= self.columns[column] < width)

    @property
    def outside(self) -> int:
        """How many of its places are the border's."""
        places = [(i, j) for i in range(len(self.rows)) for j in range(len(self.columns))]
        return sum(self.is_outside(*place) for place in places)


class Sum(NamedTuple):
    """The products of one kernel with one window.

    name      of a composite's member; '' of a kernel by itself
    weights   as used: flipped, normalized, divided
    numbers   the window's
    products  of both; with transparency also with the share. 0 where there is no tap
    total     Σ of the products
    shares    how much of each number can be seen, alpha from 0 to 1, where that weighs
    """

    name: str
    weights: Table
    numbers: Table
    products: Table
    total: Number
    shares: Table | None = None


class Plane(NamedTuple):
    """One number of a step's result: of a channel, or of a map.

    sums      one, or one a member of a composite
    combine   how a composite's become one
    scale     multiplies the sum, each one of a composite
    bias      is added, in the picture's units
    result    Y
    cover     where alpha weighs: A = ΣKα / ΣK, by which the sum is divided. 0: the pixel can't be seen, and
              Y is the source's in the middle of the window
    """

    sums: tuple[Sum, ...]
    combine: str
    scale: Number
    bias: Number
    result: Number
    cover: Number | None = None


class StepTrace(NamedTuple):
    """One kernel at one place.

    at      row and column of what it makes, which has `shape`
    exact   whether its numbers are exact
    planes  one a channel or map
    """

    kernel: Kernel
    spec: Spec
    geometry: Geometry
    shape: tuple[int, ...]
    at: Place
    window: Window
    exact: bool
    planes: tuple[Plane, ...]


class Settled(NamedTuple):
    """How one Y became a number of a pixel.

    policy   clip, abs, offset, rescale or float
    ends     the least and the greatest Y of the whole result, for `rescale`
    moved    Y after the policy; of a direction its levels
    rounded  half to even; None where pixels are floats
    value    what is written
    """

    policy: str
    ends: tuple[Number, Number] | None
    moved: Number
    rounded: int | None
    value: Number


class PixelTrace(NamedTuple):
    """One pixel of a result, from the picture to the end.

    at       its row and column
    shape    of the whole result
    dtype    of its numbers, numpy's name
    steps    in turn; the last one's place is `at`
    settled  one a channel or map
    hidden   nothing of it can be seen, its alpha being 0: its colours are only rounded
    """

    at: Place
    shape: tuple[int, ...]
    dtype: str
    steps: tuple[StepTrace, ...]
    settled: tuple[Settled, ...]
    hidden: bool = False

    @property
    def values(self) -> tuple[Number, ...]:
        """What is written, one number a channel or map."""
        return tuple(each.value for each in self.settled)
