"""Taps as lists, and those that four sums share."""

import numpy as np
import pytest
from pictures import noise

from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec
from convfilter.core.taps import adds_in, four_rows, make_taps, next_row, row_groups, shared


def problem_of(weights, dtype="uint8", channels=1, **options):
    return make_problem(noise((20, 20, channels), dtype), np.array(weights), make_spec(**options))


def test_taps_are_the_weights_that_are_not_0_in_row_major_order():
    taps = make_taps(problem_of([[0, 2, 0], [3, 0, -1]]), 0)
    assert taps.channel.tolist() == [0, 0, 0]
    assert taps.row.tolist() == [0, 1, 1]
    assert taps.column.tolist() == [1, 0, 2]
    assert taps.weight.tolist() == [2, 3, -1]


def test_taps_of_a_map_go_channel_by_channel():
    bank = np.zeros((2, 2, 1, 2), int)
    bank[1] = [[[0, 5]], [[7, 0]]]
    problem = problem_of(bank, channels=2)
    assert make_taps(problem, 0).weight.tolist() == []
    assert make_taps(problem, 1).channel.tolist() == [0, 1]
    assert make_taps(problem, 1).column.tolist() == [1, 0]
    assert make_taps(problem, 1).weight.tolist() == [5, 7]


def test_lists_that_share_places_have_a_weight_of_0_where_one_has_no_tap():
    first = make_taps(problem_of([[1, 2], [0, 3]]), 0)
    second = make_taps(problem_of([[0, 4], [5, 0]]), 0)
    both = shared([first, second])
    places = list(zip(both.row.tolist(), both.column.tolist(), strict=True))
    assert places == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert both.weight.tolist() == [[1, 0, 0, 0], [2, 4, 0, 0], [0, 5, 0, 0], [3, 0, 0, 0]]


def test_places_can_be_listed_in_any_case():
    first = make_taps(problem_of([[1, 0], [0, 0]]), 0)
    every = make_taps(problem_of([[9, 9], [0, 9]]), 0)
    both = shared([first], every)
    assert list(zip(both.row.tolist(), both.column.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (1, 1),
    ]
    assert both.weight.tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_four_rows_read_the_lines_between_them_together():
    problem = problem_of([[1], [2]])
    four = four_rows(problem, make_taps(problem, 0))
    # lines     0  1  2  3  4        row 0: 1 2, row 1: one line lower, …
    assert four.row.tolist() == [0, 1, 2, 3, 4]
    assert four.weight.tolist() == [
        [1, 0, 0, 0],
        [2, 1, 0, 0],
        [0, 2, 1, 0],
        [0, 0, 2, 1],
        [0, 0, 0, 2],
    ]


def test_four_rows_with_a_stride_start_further_apart():
    problem = problem_of([[1], [2]], stride=(3, 1))
    four = four_rows(problem, make_taps(problem, 0))
    assert four.row.tolist() == [0, 1, 3, 4, 6, 7, 9, 10]
    assert four.weight[2:4].tolist() == [[0, 1, 0, 0], [0, 2, 0, 0]]


@pytest.mark.parametrize(
    ("options", "apart"),
    [({}, 1), ({"dilation": (3, 1)}, 3), ({"dilation": (3, 1), "stride": (2, 1)}, 1)],
)
def test_with_a_dilation_the_four_rows_are_those_that_read_the_same_lines(options, apart):
    problem = problem_of([[1], [2]], **options)
    assert next_row(problem) == apart
    # between the four lie others: together they make up all rows, each once
    rows = sorted(row + k * apart for row, _, _ in row_groups(problem).tolist() for k in range(4))
    assert rows == list(range(4 * apart))
    if apart == 3:
        assert four_rows(problem, make_taps(problem, 0)).row.tolist() == [0, 3, 6, 9, 12]


@pytest.mark.parametrize(
    ("dtype", "weights", "added_in"),
    [
        ("uint8", [[1, 2]], "int16"),
        ("uint8", [[65793, 0]], "float32"),  # 255·65793 = 2²⁴ − 1
        ("uint8", [[65793, 1]], "int32"),
        ("uint8", [[60000, -5793]], "float32"),
        ("uint8", [[60000, -5794]], "int32"),
        ("uint16", [[256]], "float32"),  # 65535·256 = 2²⁴ − 256
        ("uint16", [[257]], "int32"),
        ("int16", [[511]], "float32"),
        ("int16", [[-512]], "int32"),  # −32768·512 = −2²⁴
        ("int32", [[1]], "int64"),
        ("uint8", [[np.pi]], "float32"),
        ("float64", [[1]], "float64"),
    ],
)
def test_products_are_added_in_floats_where_that_is_exact(dtype, weights, added_in):
    assert adds_in(problem_of(weights, dtype)) == added_in
