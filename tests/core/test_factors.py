"""Kernels as sums of products of a column and a row."""

from fractions import Fraction

import numpy as np
import pytest

from convfilter.core.factors import MOST_TERMS, TOLERANCE, float_factors, whole_factors


def product_of(factors):
    return factors.u.T @ factors.v


@pytest.mark.parametrize(
    "weights",
    [
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        [[0, 0], [0, 7]],
        [[0, 0, 0], [6, -9, 0], [0, 0, 0], [-4, 6, 0]],
        [[2**40, 2**41], [-(2**40), -(2**41)]],
        [[3]],
        [[5], [0], [-10]],
    ],
)
def test_a_whole_product_is_found_and_is_exact(weights):
    weights = np.array(weights, np.int64)
    factors = whole_factors(weights)
    assert factors.terms == 1
    assert factors.u.dtype == factors.v.dtype == np.int64
    assert (product_of(factors) == weights).all()
    assert (factors.u.any(axis=0) == weights.any(axis=1)).all(), "rows of zeros stay zero"
    assert (factors.v.any(axis=0) == weights.any(axis=0)).all(), "columns of zeros stay zero"


@pytest.mark.parametrize(
    "weights",
    [
        [[0, 0], [0, 0]],
        [[1, 0], [0, 1]],
        [[0, 1], [1, 4]],
        [[2**40, 2**40], [2**40, 2**40 + 1]],  # by one in a million million
        [[10**17, 10**17 + 1], [10**17 - 1, 10**17]],  # float64 can't tell these from a product
    ],
)
def test_what_is_no_whole_product_has_no_factors(weights):
    assert whole_factors(np.array(weights, np.int64)) is None


def test_the_column_takes_what_the_row_does_not_need():
    factors = whole_factors(np.array([[0, 0], [4, 6], [2, 3]]))
    assert factors.u.tolist() == [[0, 2, 1]]
    assert factors.v.tolist() == [[2, 3]]


def every_product(seed):
    choose = np.random.default_rng(seed)
    column, row = choose.integers(-9, 10, 4), choose.integers(-9, 10, 5)
    return np.outer(column, row), column.any() and row.any()


@pytest.mark.parametrize("seed", range(40))
def test_random_products_and_their_neighbours(seed):
    weights, there = every_product(seed)
    factors = whole_factors(weights)
    assert (factors is not None) == there
    assert not there or (product_of(factors) == weights).all()
    weights[0, 0] += 1
    beside = whole_factors(weights)
    exact = [[Fraction(int(w)) for w in row] for row in weights]
    minors = {
        exact[i][j] * exact[k][n] - exact[i][n] * exact[k][j]
        for i in range(4)
        for k in range(4)
        for j in range(5)
        for n in range(5)
    }
    assert (beside is not None) == (minors == {0} and weights.any())


@pytest.mark.parametrize("sums", ["float32", "float64"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_float_kernels_have_as_many_terms_as_their_rank(rank, sums):
    choose = np.random.default_rng(rank)
    values = sum(np.outer(choose.normal(size=9), choose.normal(size=7)) for _ in range(rank))
    factors = float_factors(values, sums)
    assert factors.terms == rank
    assert factors.u.shape == (rank, 9)
    assert factors.v.shape == (rank, 7)
    assert factors.u.dtype == factors.v.dtype == np.dtype(sums)
    missed = np.abs(values - product_of(factors).astype(np.float64)).sum()
    digits = 2.0**-23 if sums == "float32" else 2.0**-52
    assert missed <= (TOLERANCE[sums] + 4 * rank * digits) * np.abs(values).sum()


def test_more_terms_than_three_are_none():
    assert float_factors(np.eye(MOST_TERMS) + 1e-3, "float32").terms == MOST_TERMS
    assert float_factors(np.eye(MOST_TERMS + 1), "float32") is None
    assert float_factors(np.random.default_rng(1).normal(size=(6, 6)), "float64") is None


def test_what_is_missed_lies_below_the_tolerance():
    bell = np.exp(-(np.arange(-4, 5) ** 2) / 5.0)
    values = np.outer(bell, bell)
    for sums, tolerance in TOLERANCE.items():
        slightly = values.copy()
        slightly[0, 0] += tolerance * values.sum() / 4
        clearly = values.copy()
        clearly[0, 0] += tolerance * values.sum() * 100
        assert float_factors(slightly, sums).terms == 1
        assert float_factors(clearly, sums).terms == 2


def test_rows_and_columns_of_zeros_stay_zero_in_every_term():
    values = np.zeros((7, 6))
    values[1:6:2, 1:5] = np.random.default_rng(2).normal(size=(3, 4))
    factors = float_factors(values, "float64")
    assert factors.terms == 3
    assert not factors.u[:, ::2].any()
    assert not factors.v[:, [0, 5]].any()


@pytest.mark.parametrize("values", [np.zeros((3, 3)), np.full((2, 2), 1e308)])
def test_no_factors_where_there_is_nothing_or_too_much(values):
    assert float_factors(values, "float64") is None
