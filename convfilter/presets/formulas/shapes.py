"""Weights that are areas and lengths: box, disk, motion; and what all formulas' weights have in common.

Rational weights are exact. All others are computed in float64 by `math`, rounded to multiples of
2⁻⁴⁰, and what rounding takes from Σ is given back to the tap in the middle: Σ is exact, and the last
bit of a machine's exp or cos is hardly ever seen.

Lengths are in pixels, angles in degrees. x points right and y down, so that positive angles turn
clockwise on the screen.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import asin, ceil, cos, floor, hypot, pi, prod, radians, sin, sqrt
from typing import NamedTuple

UNIT = 2**40  # weights that are no fractions of their own are counted in 1/UNIT
LARGEST_SIDE = 1001
MOST_WEIGHTS = LARGEST_SIDE**2

Size = tuple[int, int]  # height, width


class Weights(NamedTuple):
    """Weights of 2 or 4 levels, row-major; what is meant is numbers ÷ divisor."""

    numbers: list[Fraction]
    shape: tuple[int, ...]
    divisor: Fraction = Fraction(1)


def box(size: Size) -> Weights:
    """The mean of height × width pixels: ones ÷ (h·w).

    Source: R. C. Gonzalez, R. E. Woods, Digital Image Processing, 4th ed., 2018, section 3.5.

    >>> box((1, 2))
    Weights(numbers=[Fraction(1, 1), Fraction(1, 1)], shape=(1, 2), divisor=Fraction(2, 1))
    """
    return Weights([Fraction(1)] * prod(size), size, Fraction(prod(size)))


def disk(radius: Fraction) -> Weights:
    """A lens out of focus: the area of the circle inside each pixel ÷ πr²; Σ = 1.

    The circle of `radius` pixels lies around the centre of the middle pixel, in the least odd square
    that covers it.

    Source: R. L. Lagendijk, J. Biemond, Basic methods for image restoration and identification, in
    Handbook of Image and Video Processing, 2000 (uniform out-of-focus blur).

    >>> [round(float(weight), 3) for weight in disk(Fraction(1)).numbers[:5]]
    [0.025, 0.145, 0.025, 0.145, 0.318]
    """
    reach = max(0, ceil(radius - Fraction(1, 2)))
    r = float(radius)
    scale = UNIT / (pi * r * r)
    quarter = [[0] * (reach + 1) for _ in range(reach + 1)]
    for y in range(reach + 1):
        for x in range(y + 1):
            quarter[y][x] = quarter[x][y] = round(_area_in_pixel(x, y, r) * scale)
    side = 2 * reach + 1
    return in_units(with_sum(UNIT, from_quarter(quarter)), (side, side))


def motion(length: Fraction, angle: Fraction) -> Weights:
    """A camera that moved: the length of the segment inside each pixel ÷ its whole length; Σ = 1.

    The segment of `length` pixels at `angle` degrees lies around the centre of the middle pixel, in
    the least odd rectangle that covers it. Exact at multiples of 90°.

    Source: R. L. Lagendijk, J. Biemond, Basic methods for image restoration and identification, in
    Handbook of Image and Video Processing, 2000 (linear motion blur).

    >>> [str(weight) for weight in motion(Fraction(4), Fraction(0)).numbers]
    ['1/2', '1', '1', '1', '1/2']
    >>> motion(Fraction(9), Fraction(30)).shape
    (5, 9)
    """
    if angle % 90 == 0:
        return _straight_motion(length, upright=angle % 180 == 90)
    across, down = cos_and_sin(angle)
    shares = _shares(float(length) / 2, abs(across), abs(down))
    reach_y, reach_x = (max(0, *(place[axis] for place in shares)) for axis in (0, 1))
    size = 2 * reach_y + 1, 2 * reach_x + 1
    numbers = [0] * prod(size)
    for (y, x), share in shares.items():
        place = y * size[1] + (x if across * down > 0 else -x)
        numbers[prod(size) // 2 + place] = numbers[prod(size) // 2 - place] = share
    return in_units(with_sum(UNIT, numbers), size)


def cos_and_sin(angle: Fraction) -> tuple[float, float]:
    """Of degrees: exact at multiples of 90, equal at 45, and mirrored about both.

    >>> cos_and_sin(Fraction(90)), cos_and_sin(Fraction(200))[1]
    ((-0.0, 1.0), -0.3420201433256687)
    """
    quarters, rest = divmod(angle % 360, 90)
    small = radians(float(min(rest, 90 - rest)))
    long, short = (sqrt(0.5), sqrt(0.5)) if rest == 45 else (cos(small), sin(small))
    c, s = (long, short) if rest <= 45 else (short, long)
    return ((c, s), (-s, c), (-c, -s), (s, -c))[quarters]


def from_quarter(quarter: list[list[int]]) -> list[int]:
    """Weights by their distances |y| and |x| from the middle → all of them, row-major.

    >>> from_quarter([[5, 2, 1]])
    [1, 2, 5, 2, 1]
    """
    rows = [row[:0:-1] + row for row in quarter]
    return [number for row in rows[:0:-1] + rows for number in row]


def with_sum(total: int, numbers: list[int]) -> list[int]:
    """The same list, with its middle changed so that Σ is `total`.

    >>> with_sum(10, [1, 2, 4])
    [1, 5, 4]
    """
    numbers[len(numbers) // 2] += total - sum(numbers)
    return numbers


def in_units(numbers: list[int], shape: tuple[int, ...]) -> Weights:
    """Whole numbers of units as fractions; equal ones are made once."""
    known = {number: Fraction(number, UNIT) for number in set(numbers)}
    return Weights([known[number] for number in numbers], shape)


def _straight_motion(length: Fraction, *, upright: bool) -> Weights:
    """Along a row or a column: pixels that lie wholly inside, and a share of one at either end."""
    reach = ceil((length - 1) / 2)
    if reach <= 0:
        return Weights([Fraction(1)], (1, 1))
    share = (length + 1) / 2 - reach
    numbers = [share, *[Fraction(1)] * (2 * reach - 1), share]
    return Weights(numbers, (len(numbers), 1) if upright else (1, len(numbers)), length)


def _shares(half: float, across: float, down: float) -> dict[Size, int]:
    """The pixels (y, x) that one half of a segment runs through, and its share in each, in units.

    half          the half's length
    across, down  its direction, both > 0

    Shares that round to 0 are left out.
    """
    cuts = {0.0, half}
    for step in (across, down):
        edges = ((i + 0.5) / step for i in range(floor(half * step + 0.5)))
        cuts.update(edge for edge in edges if edge < half)
    lengths: dict[Size, float] = {}
    for start, end in pairwise(sorted(cuts)):
        middle = (start + end) / 2
        place = floor(middle * down + 0.5), floor(middle * across + 0.5)
        lengths[place] = lengths.get(place, 0.0) + (end - start)
    shares = {place: round(length / (2 * half) * UNIT) for place, length in lengths.items()}
    return {place: share for place, share in shares.items() if share}


def _area_in_pixel(x: int, y: int, r: float) -> float:
    """The area inside the pixel at (x, y), both ≥ 0, of the circle of radius r around 0."""
    left, right, top, bottom = x - 0.5, x + 0.5, y - 0.5, y + 0.5
    if hypot(right, bottom) <= r:
        return 1.0
    if hypot(max(left, 0.0), max(top, 0.0)) >= r:
        return 0.0
    lower = _area_to(right, bottom, r) - _area_to(left, bottom, r)
    upper = _area_to(right, top, r) - _area_to(left, top, r)
    return lower - upper


def _area_to(x: float, y: float, r: float) -> float:
    """The circle's area between both axes and (x, y); negative where x·y is."""
    sign = -1.0 if (x < 0) != (y < 0) else 1.0
    x, y = min(abs(x), r), min(abs(y), r)
    if x * x + y * y <= r * r:
        return sign * x * y
    higher = sqrt(r * r - y * y)  # up to there the circle is higher than y
    return sign * (higher * y + _area_under(x, r) - _area_under(higher, r))


def _area_under(x: float, r: float) -> float:
    """∫₀ˣ √(r² − t²) dt."""
    return (x * sqrt(r * r - x * x) + r * r * asin(x / r)) / 2
