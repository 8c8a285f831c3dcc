"""One result Y, or some, on the way to a number of a pixel: as core/finish.py and composite.py do with arrays."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import atan2, degrees, isfinite, isnan, sqrt
from typing import Any

import numpy as np

from convfilter.core.arithmetic import FULL_RANGE, full_range, name_of
from convfilter.core.composite import TURN_LEVELS
from convfilter.core.rational import float_quotient
from convfilter.core.traced import Number, Settled


def combined_number(combine: str, results: list[Any]) -> Number:
    """The results of a composite's members as one, before its bias."""
    if combine == "magnitude":
        return sqrt(float(total_of(y * y for y in results)))
    if combine == "sum-abs":
        return total_of(abs(y) for y in results)
    if combine == "max":
        greatest: Number = max(results)
        return greatest
    return degrees(atan2(float(results[1]) + 0.0, float(results[0]) + 0.0))


def total_of(numbers: Iterable[Number]) -> Number:
    """Their sum, one after the other."""
    total: Number = 0
    for number in numbers:
        total += number
    return plain(total)


def settled_number(
    y: Number,
    policy: str,
    pixel: np.dtype[Any],
    *,
    shift: Number,
    ends: tuple[Number, Number] | None,
    hidden: bool,
) -> Settled:
    """Range policy, rounding, saturation of one Y.

    policy  also "angle": degrees become levels of a full turn
    hidden  the pixel can't be seen, and is the source's: only rounded
    """
    if policy == "angle":
        levels = TURN_LEVELS[name_of(pixel)]
        moved: Number = y / 360 * levels
        rounded = round(moved)
        return Settled("clip", None, moved, rounded, rounded % levels)
    moved = y if hidden else _moved(y, policy, pixel, shift, ends)
    if pixel.kind == "f":
        return Settled(policy, ends, moved, None, _as_float(moved, pixel))
    low, high = FULL_RANGE[name_of(pixel)]
    if isnan(moved):
        return Settled(policy, ends, moved, None, 0)
    if not isfinite(moved):
        return Settled(policy, ends, moved, None, high if moved > 0 else low)
    rounded = round(moved)
    return Settled(policy, ends, moved, rounded, min(max(rounded, low), high))


def _moved(
    y: Any, policy: str, pixel: np.dtype[Any], shift: Any, ends: tuple[Number, Number] | None
) -> Number:
    moved: Number = y
    if policy == "abs":
        moved = abs(y)
    elif policy == "offset":
        moved = plain(y + (shift if isinstance(y, (int, Fraction)) else float(shift)))
    elif policy == "rescale" and ends is not None and isfinite(y):
        moved = _stretched(y, pixel, *ends)
    return moved


def _stretched(y: Any, pixel: np.dtype[Any], least: Any, greatest: Any) -> Number:
    """From the least to the greatest over the full range; floats halved first, as in core/finish.py."""
    low, high = full_range(pixel)
    if not greatest > least:
        return low
    if isinstance(y, float) or isinstance(least, float):
        share = (float(y) / 2 - float(least) / 2) / (float(greatest) / 2 - float(least) / 2)
        return low + share * (high - low)
    return plain(low + Fraction(y - least) * (high - low) / (greatest - least))


def _as_float(y: Number, dtype: np.dtype[Any]) -> float:
    """A number rounded once to a float type."""
    if isinstance(y, (int, Fraction)):
        return float(float_quotient(np.array([y.numerator]), y.denominator, dtype)[0])
    with np.errstate(over="ignore"):
        return float(dtype.type(y))


def plain(number: Number) -> Number:
    """A fraction that is whole as a whole number."""
    return number.numerator if isinstance(number, Fraction) and number.denominator == 1 else number
