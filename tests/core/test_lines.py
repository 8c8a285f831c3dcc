"""What a line holds: small pictures of numbers that can be checked by eye."""

import numpy as np
from loop_lines import line_text

from convfilter.core.lines import interior, make_edge_lines, make_lines, no_lines
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec
from convfilter.native.loops import ABSENT

ROW = np.arange(1, 9, dtype=np.uint8)[np.newaxis]  # 1 … 8
COLOUR = np.array([[[11, 12, 13], [21, 22, 23], [31, 32, 33], [41, 42, 43]]], np.uint8)
THREE = np.ones((1, 3))
DEEP = np.ones((3, 1, 2))


def lines_for(image, weights, distances, **options):
    problem = make_problem(image, weights, make_spec(**options))
    return problem, make_lines(problem, np.array(distances))


def test_a_line_is_the_row_as_it_is():
    problem, lines = lines_for(ROW, THREE, [0, 1, 2])
    assert line_text(problem, lines) == "1 2 3 4 5 6 7 8"


def test_the_border_lies_at_both_ends():
    for border, text in {
        "edge": "1 1 1 2 3 4 5 6 7 8 8 8",
        "reflect": "3 2 1 2 3 4 5 6 7 8 7 6",
        "symmetric": "2 1 1 2 3 4 5 6 7 8 8 7",
        "wrap": "7 8 1 2 3 4 5 6 7 8 1 2",
        "zero": "0 0 1 2 3 4 5 6 7 8 0 0",
        "constant:5": "5 5 1 2 3 4 5 6 7 8 5 5",
    }.items():
        problem, lines = lines_for(ROW, THREE, [0, 1, 2], padding=(0, 0, 2, 2), border=border)
        assert line_text(problem, lines) == text, border


def test_a_stride_of_two_puts_every_second_pixel_side_by_side():
    problem, lines = lines_for(ROW, THREE, [0, 1, 2], stride=(1, 2))
    # outputs 0, 1, 2 read 1 3 5 under the first tap, 2 4 6 under the second, 3 5 7 under the third
    assert line_text(problem, lines) == "1 3 5 7 | 2 4 6 8"
    channel = np.zeros(3, np.int64)
    assert lines.place(channel, np.array([0, 1, 2])).tolist() == [0, 4, 1]


def test_phases_that_no_tap_reads_are_left_out():
    problem, lines = lines_for(ROW, [[1, 0, 1]], [0, 2], stride=(1, 2), padding=(0, 0, 1, 1))
    assert line_text(problem, lines) == "0 2 4 6 8"
    problem, lines = lines_for(ROW, [[0, 1, 0]], [1], stride=(1, 2), padding=(0, 0, 1, 1))
    assert line_text(problem, lines).split()[:4] == ["1", "3", "5", "7"]


def test_a_stride_of_three_has_three_phases():
    problem, lines = lines_for(ROW, [[1, 1, 1, 1]], [0, 1, 2, 3], stride=(1, 3), border="edge")
    # two outputs: 1 2 3 4 and 4 5 6 7; what lies beyond the picture is nobody's
    assert line_text(problem, lines).split("|")[0].split()[:3] == ["1", "4", "7"]
    assert line_text(problem, lines).split("|")[1].split()[:2] == ["2", "5"]
    assert line_text(problem, lines).split("|")[2].split()[:2] == ["3", "6"]


def test_a_dilation_only_moves_places():
    problem, lines = lines_for(ROW, THREE, [0, 2, 4], dilation=(1, 2))
    assert line_text(problem, lines) == "1 2 3 4 5 6 7 8"
    assert lines.place(np.zeros(3, np.int64), np.array([0, 2, 4])).tolist() == [0, 2, 4]


def test_channels_that_stay_apart_lie_as_in_the_picture():
    problem, lines = lines_for(COLOUR, THREE, [0, 1, 2], padding=(0, 0, 1, 0), border="wrap")
    assert line_text(problem, lines) == "41 42 43 11 12 13 21 22 23 31 32 33 41 42 43"
    assert lines.place(np.zeros(2, np.int64), np.array([0, 2])).tolist() == [0, 6]


def test_channels_that_are_summed_lie_by_themselves():
    problem, lines = lines_for(COLOUR, DEEP, [0, 1])
    assert line_text(problem, lines) == "11 21 31 41 | 12 22 32 42 | 13 23 33 43"
    assert lines.place(np.array([0, 1, 2]), np.array([1, 0, 1])).tolist() == [1, 4, 9]


def test_channels_that_are_summed_have_their_phases_too():
    problem, lines = lines_for(COLOUR, DEEP, [0, 1], stride=(1, 2))
    assert line_text(problem, lines) == "11 31 | 21 41 | 12 32 | 22 42 | 13 33 | 23 43"


def test_pixels_of_other_memory_layouts_come_in_the_same_order():
    want = line_text(*lines_for(COLOUR, THREE, [0, 1, 2]))
    planes = np.ascontiguousarray(COLOUR.transpose(2, 0, 1)).transpose(1, 2, 0)
    assert line_text(*lines_for(planes, THREE, [0, 1, 2])) == want
    wider = np.zeros((1, 8, 4), np.uint8)
    wider[:, ::2, :3] = COLOUR
    assert line_text(*lines_for(wider[:, ::2, :3], THREE, [0, 1, 2])) == want
    assert line_text(*lines_for(COLOUR[:, ::-1], THREE, [0, 1, 2])).startswith("41 42 43 31")


def test_rows_beyond_the_picture_are_other_rows_or_absent():
    image = np.zeros((3, 8), np.uint8)
    for border, rows in {"edge": [0, 0, 1, 2, 2], "wrap": [2, 0, 1, 2, 0]}.items():
        _, lines = lines_for(image, np.ones((3, 3)), [0], padding=(1, 1, 0, 0), border=border)
        assert (lines.row_offset // 8).tolist() == rows
    _, lines = lines_for(image, np.ones((3, 3)), [0], padding=(1, 1, 0, 0))
    assert lines.row_offset.tolist() == [ABSENT, 0, 8, 16, ABSENT]


def test_pixels_in_their_own_order_whatever_the_stride():
    problem = make_problem(ROW, THREE, make_spec(stride=(1, 2)))
    lines = make_lines(problem, np.zeros(1, np.int64), natural=True)
    assert line_text(problem, lines) == "1 2 3 4 5 6 7"  # the last window ends at 7


def test_edge_lines_hold_what_the_windows_at_the_edges_read():
    image = np.arange(1, 21, dtype=np.uint8)[np.newaxis]
    problem = make_problem(image, THREE, make_spec(padding=(0, 0, 1, 1), border="edge"))
    assert interior(problem) == (1, 19)
    lines, parts = make_edge_lines(problem)
    assert line_text(problem, lines) == "1 1 2 19 20 20"
    # output 0 finds its window at 0, output 19 at 3
    assert [(begin, end, begin + place) for begin, end, place in parts] == [(0, 1, 0), (19, 20, 3)]


def test_where_the_image_is_read_in_place_there_are_only_rows_of_constants():
    problem = make_problem(ROW, THREE, make_spec(padding=(1, 0, 0, 0), border="constant:9"))
    lines = no_lines(problem)
    assert lines.length == 0
    assert lines.row_offset.tolist() == [ABSENT, 0]
    assert lines.constants.tolist() == [9] * 8
