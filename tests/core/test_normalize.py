"""Normalize divides the values once more; and when their sum counts as zero."""

from fractions import Fraction

import pytest

from convfilter.core.kernel import make_kernel
from convfilter.errors import OptionError

STEPS = [[1, 2, 3], [4, 5, 6]]


def _fractions(kernel):
    return [Fraction(n, kernel.denominator) for n in kernel.numerators.ravel().tolist()]


def test_normalize_none_is_the_kernel_itself():
    kernel = make_kernel(STEPS)
    assert kernel.normalized("none") is kernel


@pytest.mark.parametrize(("how", "divisor"), [("sum", 9), ("abs-sum", 21), ("size", 6)])
def test_normalize_divides_a_plain_kernel(how, divisor):
    kernel = make_kernel([[1, 2, -3], [4, -1, 6]]) if how == "sum" else make_kernel(STEPS)
    assert kernel.normalized(how).values[1, 2] == 6 / divisor
    assert _fractions(kernel.normalized(how))[5] == Fraction(6, divisor)


def test_normalize_sum_of_full_depth_goes_over_all_channels():
    kernel = make_kernel([[[1, 2]], [[3, 4]], [[5, -5]]])
    assert _fractions(kernel.normalized("sum"))[:2] == [Fraction(1, 10), Fraction(2, 10)]
    assert _fractions(kernel.normalized("abs-sum"))[:2] == [Fraction(1, 20), Fraction(2, 20)]
    assert _fractions(kernel.normalized("size"))[:2] == [Fraction(1, 6), Fraction(2, 6)]


def test_normalize_of_a_bank_takes_each_map_by_itself():
    kernel = make_kernel([[[[1, 3]], [[0, 0]]], [[[-1, 2]], [[3, 1]]]])
    assert _fractions(kernel.normalized("sum")) == [
        *(Fraction(n, 4) for n in (1, 3, 0, 0)),
        *(Fraction(n, 5) for n in (-1, 2, 3, 1)),
    ]
    assert _fractions(kernel.normalized("abs-sum"))[4:] == [Fraction(n, 7) for n in (-1, 2, 3, 1)]


def test_normalize_works_on_values_not_on_weights():
    kernel = make_kernel([[1, 3]], divisor=2).normalized("sum")
    assert _fractions(kernel) == [Fraction(1, 4), Fraction(3, 4)]


def test_normalize_sum_of_a_float_kernel():
    kernel = make_kernel([[1 / 3, 1 / 7]]).normalized("sum")
    assert not kernel.exact
    assert abs(kernel.values.sum() - 1) < 1e-15


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([[1, -1]], "is 0;"),
        ([[0.1, 0.2, -0.3]], "is 0;"),
        ([[1 / 3, -1 / 7, 1 / 7 - 1 / 3]], "is 0;"),
        ([[1, -3]], "is -2;"),
        ([[[1]], [[-1]]], "is 0;"),
        ([[[[1]]], [[[-2]]]], "of map 1 is -2;"),
    ],
)
def test_normalize_sum_refuses_zero_and_negative_with_the_reason(weights, said):
    with pytest.raises(OptionError) as caught:
        make_kernel(weights).normalized("sum")
    assert said in str(caught.value)
    assert "abs-sum" in str(caught.value)


def test_normalize_abs_sum_of_nothing_is_refused():
    with pytest.raises(OptionError, match="abs-sum: all values of the kernel are 0"):
        make_kernel([[0, 0]]).normalized("abs-sum")


# ── sums ──


@pytest.mark.parametrize(
    ("weights", "zero"),
    [
        ([[1, -1]], True),
        ([[0.1, 0.2, -0.3]], True),
        ([[1, -1.000000001]], False),
        ([[1 / 3, -1 / 3 - 1e-11]], True),
        ([[1 / 3, -1 / 3 - 1e-8]], False),
        ([[[1]], [[-1]]], True),
        ([[[[1, -1]]], [[[2, -2]]]], True),
        ([[[[1, -1]]], [[[2, -1]]]], False),
        ([[0]], True),
    ],
)
def test_when_the_sum_counts_as_zero(weights, zero):
    assert make_kernel(weights).zero_sum is zero


def test_sums_of_each_map():
    kernel = make_kernel([[[[1, -3]]], [[[0.5, 0.25]]]])
    assert kernel.map_sums == [-2, Fraction(3, 4)]
    assert kernel.map_abs_sums == [4, Fraction(3, 4)]
