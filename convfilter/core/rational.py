"""Exact numbers: decimals as written, rounding of quotients of whole numbers.

A weight counts as the decimal it is written as. For a float that is the shortest decimal which reads
back as the same float, the one that `repr` prints: 0.1 is 1/10, not 3602879701896397/2⁵⁵.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import gcd, isfinite, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST_DENOMINATOR = 10**9
INT64_MAX = 2**63 - 1
LARGEST_NUMBER = 10**300
LONGEST_NUMBER = 400  # characters; Python itself refuses some thousands, in words of its own

NUMBER = re.compile(r"[-+−]?(\d+\.?\d*|\.\d+)(e[-+−]?\d{1,4})?", re.IGNORECASE)


def read_decimal(text: str) -> Fraction:
    """The exact value of '3', '-0.1', '1e-3', '.5' or '1/9' (also with the sign −).

    Raises ValueError for anything else, infinity, NaN and division by zero among it.

    >>> read_decimal("0.1"), read_decimal("−1/9"), read_decimal("1e-3")
    (Fraction(1, 10), Fraction(-1, 9), Fraction(1, 1000))
    """
    if len(text) > LONGEST_NUMBER:
        raise ValueError(
            f"{text[:20] + '…'!r} has {len(text):,} characters, a number has up to {LONGEST_NUMBER}"
        )
    above, slash, below = text.partition("/")
    if not NUMBER.fullmatch(above) or (slash and not NUMBER.fullmatch(below)):
        raise ValueError(f"{text!r} is no number")
    value = Fraction(above.replace("−", "-"))
    if slash:
        if (divisor := Fraction(below.replace("−", "-"))) == 0:
            raise ValueError(f"{text!r} divides by zero")
        value /= divisor
    if abs(value) > LARGEST_NUMBER:
        raise ValueError(f"{text!r} is too large")
    return value


def as_fraction(value: object) -> Fraction:
    """A Python or numpy number as the decimal it is written as; raises ValueError if not finite.

    >>> as_fraction(0.1), as_fraction(np.float32(0.1)), as_fraction(3)
    (Fraction(1, 10), Fraction(1, 10), Fraction(3, 1))
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (int, np.integer)):
        return Fraction(int(value))
    if isinstance(value, (float, np.floating)):
        if not isfinite(value):
            raise ValueError(f"{value} is not finite")
        return Fraction(str(value))
    if isinstance(value, str):
        return read_decimal(value)
    raise ValueError(f"{value!r} is no number")


def decimals(array: NDArray[Any]) -> tuple[NDArray[np.int64], int] | None:
    """Numerators and the least common denominator of the decimals that an array's floats print as.

    array    any shape, integer or floating
    returns  (int64 numerators of the same shape, denominator ≤ 10⁹), or None where that can't be
             had.

    >>> decimals(np.array([[0.5, -0.25]]))
    (array([[ 2, -1]]), 4)
    """
    if array.dtype.kind in "iub":
        if array.size and not -INT64_MAX <= int(array.min()) <= int(array.max()) <= INT64_MAX:
            return None
        return array.astype(np.int64), 1
    wide = array.astype(np.float64)
    numerators = np.rint(wide)
    open_ = numerators != wide
    if np.abs(numerators).max(initial=0) >= 2.0**63:
        return None
    # Each number counts with its own places: float32's 0.1 has one, not nine.
    places = np.zeros(array.shape, np.int64)
    for count in range(1, 10):
        if not open_.any():
            break
        candidate = np.rint(wide * 10.0**count)
        found = open_ & (np.abs(candidate) < 2.0**53)
        found &= (candidate / 10.0**count).astype(array.dtype) == array
        numerators = np.where(found, candidate, numerators)
        places[found] = count
        open_ &= ~found
    return _by_fractions(array) if open_.any() else _over_one_power(numerators, places)


def _over_one_power(
    numerators: NDArray[np.float64], places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int] | None:
    """Numerators ÷ 10^places, each with its own, over one least denominator."""
    most = int(places.max(initial=0))
    factors = 10 ** (most - places)
    if (np.abs(numerators) * factors).max(initial=0) >= 2.0**62:
        return None
    whole = numerators.astype(np.int64) * factors
    divisor = gcd(int(np.gcd.reduce(whole.ravel())), 10**most)
    return whole // divisor, 10**most // divisor


def _by_fractions(array: NDArray[Any]) -> tuple[NDArray[np.int64], int] | None:
    """Decimals of more than nine places with small denominators, as 1/4096.

    Mostly there are none, which the first number already tells.
    """
    values, denominator = [], 1
    for number in array.ravel():
        values.append(as_fraction(number))
        denominator = lcm(denominator, values[-1].denominator)
        if denominator > LARGEST_DENOMINATOR:
            return None
    numerators = [value.numerator * (denominator // value.denominator) for value in values]
    if max(map(abs, numerators)) > INT64_MAX:
        return None
    return np.array(numerators, np.int64).reshape(array.shape), denominator


def common_denominator(values: list[Fraction]) -> tuple[list[int], int]:
    """Fractions as whole numbers over their least common denominator.

    >>> common_denominator([Fraction(1, 9), Fraction(1, 6)])
    ([2, 3], 18)
    """
    denominator = lcm(*(value.denominator for value in values))
    return [value.numerator * (denominator // value.denominator) for value in values], denominator


def scale_whole(
    numerators: NDArray[np.int64], factors: list[int], denominator: int
) -> tuple[NDArray[np.int64], int] | None:
    """Numerators · factors ÷ denominator in lowest terms, one factor for all or one a map (axis 0).

    None where the denominator would exceed 10⁹ or a numerator int64.

    >>> scale_whole(np.array([[2, 4]]), [3], 12)
    (array([[1, 2]]), 2)
    """
    shared = int(np.gcd.reduce(numerators.ravel())) or 1
    largest = int(np.abs(numerators).max()) // shared
    factors = [shared * factor for factor in factors]
    divisor = gcd(denominator, *factors)
    factors = [factor // divisor for factor in factors]
    denominator //= divisor
    if denominator > LARGEST_DENOMINATOR or largest * max(map(abs, factors)) > INT64_MAX:
        return None
    if len(factors) == 1:
        return (numerators // shared) * factors[0], denominator
    column = (-1, *(1,) * (numerators.ndim - 1))
    return (numerators // shared) * np.array(factors, np.int64).reshape(column), denominator


def round_quotient(sums: NDArray[np.int64], divisor: int) -> NDArray[Any]:
    """Sums ÷ divisor, rounded half to even, in whole numbers only; divisor ≥ 1.

    >>> round_quotient(np.array([-3, -1, 1, 3, 5]), 2)
    array([-2,  0,  0,  2,  2])
    """
    if divisor == 1:
        return sums
    quotient, rest = np.divmod(sums, divisor)
    # rest > divisor - rest, written so that nothing overflows
    up = (rest > divisor - rest) | ((rest == divisor - rest) & (quotient % 2 == 1))
    rounded: NDArray[Any] = quotient + up
    return rounded


def float_quotient(sums: NDArray[np.int64], divisor: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Sums ÷ divisor as float32 or float64, rounded once, half to even; 1 ≤ divisor ≤ 2³⁰.

    One float64 division does for float64 while |sum| ≤ 2⁵³, and for float32 unless the quotient
    comes out near the middle between two float32 numbers. Those few are divided in whole numbers to
    62 bits and more, the rest kept as a sticky lowest bit, so that the one rounding is the cast's.
    """
    wide = sums / np.float64(divisor)
    large = np.abs(sums) > 2**53
    if dtype == np.float64:
        doubtful = large
    else:
        below_float32 = wide.view(np.int64) & 0x1FFFFFFF  # the 29 bits a float32 has no room for
        doubtful = large | (np.abs(below_float32 - 0x10000000) <= 2)
    result = wide.astype(dtype)
    if doubtful.any():
        hard, back = np.unique(sums[doubtful], return_inverse=True)
        result[doubtful] = _long_division(hard, divisor, dtype)[back]
    return result


def _long_division(sums: NDArray[np.int64], divisor: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    size = np.abs(sums).astype(np.uint64)
    bits = np.frexp(size.astype(np.float64))[1]
    first = np.clip(62 - bits, 0, 62).astype(np.uint64)
    quotient, rest = np.divmod(size << first, np.uint64(divisor))
    room = np.clip(62 - np.frexp(quotient.astype(np.float64))[1], 0, 33).astype(np.uint64)
    low, rest = np.divmod(rest << room, np.uint64(divisor))
    exact = ((quotient << room) + low) | (rest != 0)
    result = np.ldexp(exact.astype(dtype), -(first + room).astype(np.int32))
    signed: NDArray[Any] = np.where(sums < 0, -result, result).astype(dtype)
    return signed


def first_sum_reaching(pixel: int, divisor: int) -> int:
    """The least whole number s for which s ÷ divisor, rounded half to even, is ≥ pixel.

    >>> [first_sum_reaching(pixel, 2) for pixel in (0, 1, 2)]
    [-1, 2, 3]
    """
    numerator = divisor * (2 * pixel - 1)
    bound = -(-numerator // 2)
    tie_goes_down = numerator % 2 == 0 and pixel % 2 == 1
    return bound + 1 if tie_goes_down else bound
