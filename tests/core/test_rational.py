"""Exact numbers, against Python's fractions."""

import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest

from convfilter.core.rational import (
    as_fraction,
    common_denominator,
    decimals,
    first_sum_reaching,
    float_quotient,
    read_decimal,
    round_quotient,
    scale_whole,
)

DIVISORS = [1, 2, 3, 6, 7, 9, 16, 25, 256, 1000, 999_999_937, 10**9]
LARGEST = 2**63 - 1


def _nearest(exact, dtype):
    """The float nearest to a fraction, ties to the even one, by comparing neighbours."""
    near = dtype(float(exact))
    below, above = np.nextafter(near, dtype(-np.inf)), np.nextafter(near, dtype(np.inf))
    bits = {4: np.int32, 8: np.int64}[near.itemsize]
    return min(
        (below, near, above),
        key=lambda c: (abs(Fraction(float(c)) - exact), int(c.view(bits)) & 1),
    )


# ── reading ──


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", Fraction(3)),
        ("-0.1", Fraction(-1, 10)),
        ("−0.1", Fraction(-1, 10)),
        ("+.5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("1e-3", Fraction(1, 1000)),
        ("1E+2", Fraction(100)),
        ("1/9", Fraction(1, 9)),
        ("-1.5/4.5", Fraction(-1, 3)),
        ("1/-2", Fraction(-1, 2)),
    ],
)
def test_numbers_as_written(text, value):
    assert read_decimal(text) == value


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "nan", "inf", "0x1", "1_000", "1/0", "1/", "/2", "1/2/3", "e5", ".", "1,5"],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r"is no number|divides by zero"):
        read_decimal(text)


@pytest.mark.parametrize(
    "value", [0.1, np.float32(0.1), np.float16(0.1), "0.1", Fraction(1, 10), "1/10"]
)
def test_a_tenth_is_a_tenth(value):
    assert as_fraction(value) == Fraction(1, 10)


@pytest.mark.parametrize("value", [float("nan"), np.inf, None, 1j, [1], "a"])
def test_values_that_are_no_number_are_refused(value):
    with pytest.raises(ValueError, match=r"is no number|is not finite"):
        as_fraction(value)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_decimals_are_what_repr_prints(dtype):
    digits = random.Random(1)
    for places in range(1, 7):
        array = np.array([digits.randint(-999, 999) / 10**places for _ in range(200)], dtype)
        numerators, denominator = decimals(array)
        for number, numerator in zip(array, numerators.tolist(), strict=True):
            assert Fraction(numerator, denominator) == Fraction(str(number))


def test_decimals_have_the_least_denominator():
    assert decimals(np.array([0.5, 1.5]))[1] == 2
    assert decimals(np.array([0.5, 0.2]))[1] == 10
    assert decimals(np.array([4.0, 8.0]))[0].tolist() == [4, 8]
    assert decimals(np.array([0.0]))[1] == 1


@pytest.mark.parametrize(
    "array", [[1 / 3], [0.5, 1e-10], [2.0**63], [2.0**60, 0.1], [0.1234567891]]
)
def test_what_has_no_short_decimal_has_none(array):
    assert decimals(np.array(array)) is None


@pytest.mark.parametrize(
    ("number", "numerator"), [(5e6 + 0.5, 10_000_001), (-(2.0**40) - 0.5, -(2**41) - 1)]
)
def test_large_numbers_with_few_places_have_a_short_decimal(number, numerator):
    numerators, denominator = decimals(np.array([number]))
    assert (numerators.tolist(), denominator) == ([numerator], 2)


def test_whole_numbers_are_taken_as_they_are():
    assert decimals(np.array([2**62, -(2**62)]))[0].tolist() == [2**62, -(2**62)]
    assert decimals(np.array([True, False]))[0].tolist() == [1, 0]
    assert decimals(np.array([2**63], np.uint64)) is None


def test_common_denominators():
    assert common_denominator([Fraction(1, 9), Fraction(-1, 6), Fraction(2)]) == ([2, -3, 36], 18)


# ── scaling ──


def test_scale_whole_is_multiplication_of_fractions():
    numbers = random.Random(2)
    for _ in range(300):
        numerators = [numbers.randint(-50, 50) for _ in range(4)]
        factor, denominator = numbers.randint(-30, 30), numbers.randint(1, 60)
        scaled, below = scale_whole(np.array([numerators]), [factor], denominator)
        got = [Fraction(n, below) for n in scaled.ravel().tolist()]
        assert got == [Fraction(n * factor, denominator) for n in numerators]
        assert math.gcd(below, *scaled.ravel().tolist()) == 1


def test_scale_whole_takes_one_factor_a_map():
    numerators = np.arange(1, 9).reshape(2, 1, 2, 2)
    scaled, denominator = scale_whole(numerators, [3, 5], 15)
    assert denominator == 15
    assert scaled.tolist() == [[[[3, 6], [9, 12]]], [[[25, 30], [35, 40]]]]


def test_scale_whole_stops_at_a_billion_and_at_int64():
    assert scale_whole(np.array([[1]]), [1], 10**9) is not None
    assert scale_whole(np.array([[1]]), [1], 10**9 + 1) is None
    assert scale_whole(np.array([[3]]), [1], 3 * 10**9)[0].tolist() == [[1]]
    assert scale_whole(np.array([[1]]), [LARGEST], 1)[0].tolist() == [[LARGEST]]
    assert scale_whole(np.array([[2]]), [2**62], 1) is None
    assert scale_whole(np.array([[-(2**62)]]), [2], 1) is None


# ── quotients ──


def test_round_quotient_of_all_small_numbers():
    sums = np.arange(-120, 121)
    for divisor in range(1, 41):
        expected = [round(Fraction(s, divisor)) for s in sums.tolist()]
        assert round_quotient(sums, divisor).tolist() == expected, divisor


@pytest.mark.parametrize("divisor", DIVISORS)
def test_round_quotient_up_to_the_ends_of_int64(divisor):
    near = [0, 1, 2**31, 2**52, 2**53, 2**62, LARGEST - divisor, LARGEST]
    sums = [sign * (n - d) for n in near for d in (0, 1, divisor // 2) for sign in (1, -1)]
    sums += [-(2**63), -(2**63) + 1]
    expected = [round(Fraction(s, divisor)) for s in sums]
    assert round_quotient(np.array(sums, np.int64), divisor).tolist() == expected


def _sums_near_float32_midpoints(divisor):
    """Whole numbers whose quotient lies on, just below or just above the middle of two float32."""
    numbers = random.Random(divisor)
    sums = []
    for _ in range(400):
        middle = Fraction(2 * numbers.randint(2**23, 2**24 - 1) + 1, 2**25)
        for power in (0, 3, 10, 24, 30):
            place = middle * 2**power * divisor
            sums += [s for s in (math.floor(place), math.ceil(place)) if s <= LARGEST]
    return sums + [-s for s in sums[:200]]


def _sums_beside_float64_midpoints(divisor):
    """Sums s with s·2²¹ = m·divisor ± 1, m odd of 54 bits: 2⁻⁸⁴ of s ÷ divisor from a middle."""
    sums = []
    for side in (1, -1):
        remainder = -side * pow(divisor, -1, 2**21) % 2**21
        for number in range(20):
            middle = remainder + (2**32 + 12345 * number) * 2**21
            assert 2**53 < middle < 2**54
            total, rest = divmod(middle * divisor + side, 2**21)
            assert rest == 0
            sums.append(total)
    return sums


@pytest.mark.parametrize("divisor", [999_999_937, 512_000_001])
def test_float64_quotients_beside_a_middle_know_their_side(divisor):
    sums = _sums_beside_float64_midpoints(divisor)
    got = float_quotient(np.array(sums, np.int64), divisor, np.dtype(np.float64))
    assert got.tolist() == [total / divisor for total in sums]  # Python's is rounded once


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("divisor", DIVISORS)
def test_float_quotient_is_rounded_once(dtype, divisor):
    numbers = random.Random(divisor)
    sums = [numbers.randint(-(2**bits), 2**bits) for bits in range(1, 63) for _ in range(4)]
    sums += [0, 1, -1, 2**53, 2**53 + 1, 2**53 + 3, -(2**53) - 1, 2**62 + 1, LARGEST, -LARGEST]
    sums += _sums_near_float32_midpoints(divisor)
    got = float_quotient(np.array(sums, np.int64), divisor, np.dtype(dtype))
    assert got.dtype == dtype
    for total, quotient in zip(sums, got, strict=True):
        assert quotient == _nearest(Fraction(total, divisor), dtype), (total, divisor)


def test_float_quotient_of_a_picture_keeps_its_shape():
    sums = np.array([[1, 2**60], [3, 2**60]])
    assert float_quotient(sums, 3, np.dtype(np.float32)).shape == (2, 2)


def test_first_sum_reaching_by_trying_all():
    for pixel, divisor in itertools.product(range(-12, 13), range(1, 33)):
        sums = range(divisor * (pixel - 1) - 1, divisor * (pixel + 1) + 1)
        expected = next(s for s in sums if round(Fraction(s, divisor)) >= pixel)
        assert first_sum_reaching(pixel, divisor) == expected, (pixel, divisor)


@pytest.mark.parametrize("pixel", [0, 255, 256, 65535, 65536, -32768, 32768, -(2**31), 2**31])
@pytest.mark.parametrize("divisor", DIVISORS)
def test_first_sum_reaching_the_limits_of_every_dtype(pixel, divisor):
    first = first_sum_reaching(pixel, divisor)
    assert round(Fraction(first, divisor)) >= pixel
    assert round(Fraction(first - 1, divisor)) < pixel
