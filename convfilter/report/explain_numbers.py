"""Numbers of a trace as text: whole ones as they are, fractions exactly, floats with the digits that tell something."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite, lcm
from typing import Any

from convfilter.core.kernel import plain_number
from convfilter.core.traced import Number, Table

# Signs of a fraction, and the greatest denominator that a table is written over.
LONGEST_FRACTION, LARGEST_DENOMINATOR = 12, 10**6


def text_of(number: Number, digits: int = 6) -> str:
    """A number by itself: 28, 28/9, 93.75, 0.0398173.

    >>> text_of(Fraction(28, 9)), text_of(0.1 + 0.2), text_of(-0.0)
    ('28/9', '0.3', '0')
    """
    if isinstance(number, float):
        return f"{number + 0.0:.{digits}g}" if isfinite(number) else str(number)
    text = plain_number(Fraction(number))
    return text if len(text) <= LONGEST_FRACTION else f"{float(number):.{digits}g}"


def text_with_value(number: Number) -> str:
    """A number, and what it is about where that is a fraction.

    >>> text_with_value(Fraction(28, 9)), text_with_value(Fraction(3, 4))
    ('28/9 ≈ 3.11111', '0.75')
    """
    text = text_of(number)
    return f"{text} ≈ {float(number):.6g}" if "/" in text else text


def short_text(number: Number) -> str:
    """A number in a table of results: a decimal where it would be a fraction.

    >>> short_text(Fraction(28, 9)), short_text(28)
    ('3.11111', '28')
    """
    text = text_of(number)
    return f"{float(number):.6g}" if "/" in text else text


def share_text(share: Number) -> str:
    """A share from 0 to 1 in few signs.

    >>> [share_text(share) for share in (0, 1, 0.188, 0.004)]
    ['0', '1', '0.19', '0.004']
    """
    value = float(share)
    return f"{value:.1g}" if 0 < value < 0.01 else f"{value:.2f}" if 0 < value < 1 else f"{value:g}"


def denominator_of(table: Table) -> int:
    """What a table of exact numbers can be written over in whole numbers; 0 where that is no help."""
    numbers: list[Any] = [number for plane in table for row in plane for number in row]
    if any(isinstance(number, float) for number in numbers):
        return 0
    over = lcm(*(Fraction(number).denominator for number in numbers))
    return over if over <= LARGEST_DENOMINATOR else 0


def cells(plane: tuple[tuple[Number, ...], ...], over: int) -> list[list[str]]:
    """The texts of a table's numbers; over: the denominator they are written over, 0 for none."""
    return [[cell(number, over) for number in row] for row in plane]


def cell(number: Number, over: int = 0) -> str:
    """A number in a table: whole, or with four digits."""
    scaled = number * (over or 1)
    if isinstance(scaled, Fraction) and scaled.denominator > 1:
        scaled = float(scaled)
    return text_of(scaled, 4)
