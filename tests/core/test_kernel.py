"""Weights, the numbers they stand for, and what is done to them before they meet a picture."""

from fractions import Fraction

import numpy as np
import pytest
from pictures import assert_close, assert_same, picture

import convfilter
from convfilter.core.kernel import Amount, make_exact_kernel, make_kernel, shape_text

STEPS = [[1, 2, 3], [4, 5, 6]]


def _fractions(kernel):
    return [Fraction(n, kernel.denominator) for n in kernel.numerators.ravel().tolist()]


def test_two_levels_lie_on_each_channel():
    kernel = make_kernel(STEPS)
    assert (kernel.size, kernel.depth, kernel.maps) == ((2, 3), None, None)


def test_three_levels_are_channels_first():
    kernel = make_kernel([STEPS, STEPS, STEPS, STEPS])
    assert (kernel.size, kernel.depth, kernel.maps) == ((2, 3), 4, None)


def test_four_levels_are_a_bank():
    kernel = make_kernel(np.ones((5, 4, 2, 3)))
    assert (kernel.size, kernel.depth, kernel.maps) == ((2, 3), 4, 5)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_floats_count_as_the_decimals_that_they_print_as(dtype):
    kernel = make_kernel(np.array([[0.1, -0.25], [3, 0.001]], dtype))
    assert _fractions(kernel) == [Fraction(1, 10), Fraction(-1, 4), 3, Fraction(1, 1000)]
    assert kernel.denominator == 1000


def test_each_number_may_have_its_own_places():
    kernel = make_kernel([[0.5, 0.123456789, 7]])
    assert _fractions(kernel) == [Fraction(1, 2), Fraction(123456789, 10**9), 7]


@pytest.mark.parametrize("weight", [1 / 3, 1e-10, 0.1234567891, 2.0**-40, 2.0**63, 1e300])
def test_more_than_nine_places_or_too_large_make_a_float_kernel(weight):
    kernel = make_kernel([[weight, 1.0]])
    assert not kernel.exact
    assert kernel.values.tolist() == [[weight, 1.0]]


def test_values_of_a_float32_kernel_are_the_decimals_too():
    kernel = make_kernel(np.array([[0.1]], np.float32))
    assert kernel.values[0, 0] == 0.1
    thousand = np.full((1, 1), 1000.0)
    assert_close(convfilter.correlate(thousand, np.float32([[0.1]])), [[100.0]], 1e-12 * 100)


def test_a_divisor_makes_fractions():
    kernel = make_kernel(np.ones((3, 3)), divisor=9)
    assert kernel.exact
    assert _fractions(kernel) == [Fraction(1, 9)] * 9
    assert kernel.values[1, 1] == 1 / 9
    assert kernel.weights[1, 1] == 1
    assert kernel.divisor == 9


@pytest.mark.parametrize(
    ("divisor", "value"), [(0.1, 10), ("1/3", 3), (-2, Fraction(-1, 2)), (2.5, Fraction(2, 5))]
)
def test_divisors_are_exact_too(divisor, value):
    assert _fractions(make_kernel([[1]], divisor=divisor)) == [value]


def test_exact_and_divided_come_to_lowest_terms():
    kernel = make_kernel([[2, 4], [6, 8]], divisor=4)
    assert kernel.numerators.tolist() == [[1, 2], [3, 4]]
    assert kernel.denominator == 2


def test_a_divisor_beyond_a_billion_makes_a_float_kernel():
    assert make_kernel([[1]], divisor=10**9).exact
    kernel = make_kernel([[1]], divisor=10**9 + 1)
    assert not kernel.exact
    assert kernel.values[0, 0] == 1 / (10**9 + 1)


def test_numbers_as_written_stay_exact():
    thirds = [Fraction(1, 3), Fraction(-1, 6), Fraction(0), Fraction(2)]
    kernel = make_exact_kernel(thirds, (2, 2))
    assert _fractions(kernel) == thirds
    assert kernel.denominator == 6
    assert not make_exact_kernel([Fraction(1, 10**9 + 7)], (1, 1)).exact


# ── turning ──


def test_turning_by_180_degrees():
    assert make_kernel(STEPS).flipped().weights.tolist() == [[6, 5, 4], [3, 2, 1]]


def test_turning_keeps_channels_and_maps_in_their_places():
    weights = np.arange(24).reshape(2, 2, 2, 3)
    turned = make_kernel(weights).flipped()
    assert_same(turned.weights, weights[:, :, ::-1, ::-1])
    assert_same(turned.numerators, weights[:, :, ::-1, ::-1])


def test_turning_twice_is_nothing():
    kernel = make_kernel([[1, 0.5], [3, 1 / 3]])
    assert kernel.flipped().flipped() == kernel
    assert kernel.flipped() != kernel


# ── a value ──


def test_a_kernel_can_not_be_changed():
    kernel = make_kernel(STEPS, divisor=3)
    for array in (kernel.weights, kernel.values, kernel.numerators):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 9
    with pytest.raises(AttributeError):
        kernel.name = "other"


def test_a_kernel_does_not_follow_the_array_it_was_made_of():
    weights = np.array(STEPS, np.float64)
    numbers = np.array(STEPS, np.int64)
    kernels = make_kernel(weights), make_kernel(numbers)
    weights[0, 0] = numbers[0, 0] = 99
    for kernel in kernels:
        assert kernel.weights[0, 0] == kernel.values[0, 0] == kernel.numerators[0, 0] == 1


def test_equal_kernels_have_equal_hashes():
    same = [
        make_kernel(STEPS),
        make_kernel(np.array(STEPS, np.float32), name="other"),
        make_kernel(np.array(STEPS, ">i2")),
        make_kernel(np.array(STEPS) * 2, divisor=2),
        make_kernel(np.array(STEPS, order="F")),
    ]
    assert len(set(same)) == 1
    assert len({make_kernel([[0.1]]), make_kernel(np.array([[0.1]], np.float32))}) == 1


def test_zero_and_minus_zero_are_one_weight():
    assert make_kernel([[0.0, 1.0]]) == make_kernel([[-0.0, 1.0]])


def test_kernels_that_give_other_results_differ():
    different = [
        make_kernel([[1, 2]]),
        make_kernel([[2, 1]]),
        make_kernel([[1], [2]]),
        make_kernel([[[1, 2]]]),
        make_kernel([[[[1, 2]]]]),
        make_kernel([[1, 2]], divisor=3),
        make_kernel([[1, 2]], bias=(Amount(Fraction(1)),)),
        make_kernel([[1, 2]], range_policy="abs"),
        make_kernel([[1, 2 + 1e-12]]),
    ]
    assert len(set(different)) == len(different)
    assert make_kernel([[1]]) != 1


# ── what a kernel brings with it ──


def test_a_kernel_brings_its_bias_unless_another_is_given():
    kernel = make_kernel([[1]], bias=(Amount(Fraction(7)),))
    assert convfilter.correlate(picture("1 2"), kernel).tolist() == [[8, 9]]
    assert convfilter.correlate(picture("1 2"), kernel, bias=0).tolist() == [[1, 2]]


def test_a_kernel_brings_its_range_policy():
    kernel = make_kernel([[1, -1]], range_policy="offset")
    assert convfilter.correlate(picture("1 3"), kernel, range_policy="auto").tolist() == [[126]]
    assert convfilter.correlate(picture("1 3"), kernel, range_policy="clip").tolist() == [[0]]


def test_shapes_are_written_with_times_signs():
    assert shape_text((3, 5, 5)) == "3×5×5"
    assert shape_text(()) == "a single number"
