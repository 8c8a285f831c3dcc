"""One pixel with everything it is made of: it ends in the number that the program writes."""

from fractions import Fraction

import numpy as np
import pytest
from pictures import noise, picture
from trace_cases import Tally, judge

import convfilter
from convfilter import native
from convfilter.errors import OptionError
from convfilter.presets.load import load_kernel

X = picture("1 2 4 2 1; 4 7 3 2 1; 4 5 2 3 1; 2 1 7 8 4; 3 2 4 7 8")
K = [[1, 0, 1], [0, 2, 1], [1, 0, 1]]


@pytest.fixture
def no_loops(monkeypatch):
    """Loops are judged elsewhere; here they would only take time to be compiled."""
    monkeypatch.setattr(native, "find", lambda _: None)


def only(trace):
    """The sum of the only step, plane and kernel."""
    return trace.steps[0].planes[0].sums[0]


def test_the_course_s_first_window():
    trace = convfilter.trace_pixel(X, K, at=(0, 0))
    assert only(trace).numbers == (((1, 2, 4), (4, 7, 3), (4, 5, 2)),)
    assert only(trace).weights == (((1, 0, 1), (0, 2, 1), (1, 0, 1)),)
    assert only(trace).products == (((1, 0, 4), (0, 14, 3), (4, 0, 2)),)
    assert only(trace).total == 28
    assert trace.values == (28.0,)


@pytest.mark.parametrize(("at", "ninths"), [((0, 0), 28), ((2, 1), 39), ((1, 1), 25)])
def test_the_course_s_ninths_are_fractions(at, ninths):
    trace = convfilter.trace_pixel(X, K, at=at, normalize="size")
    assert only(trace).weights[0][1] == (0, Fraction(2, 9), Fraction(1, 9))
    assert trace.steps[0].planes[0].result == Fraction(ninths, 9)


def test_the_course_s_table_turned():
    expected = picture("29 25 15; 30 27 23; 17 32 38").tolist()
    for row in range(3):
        for column in range(3):
            trace = convfilter.trace_pixel(X, K, at=(row, column), flip=True)
            assert only(trace).weights == (((1, 0, 1), (1, 2, 0), (1, 0, 1)),)
            assert trace.values == (expected[row][column],)


def test_the_middle_is_traced_unless_told():
    assert convfilter.trace_pixel(X, K).at == (1, 1)
    assert convfilter.trace_pixel(noise((9, 12)), [[1]]).at == (4, 6)


def test_the_window_says_what_lies_outside_and_what_is_read_there():
    window = (
        convfilter.trace_pixel(X, K, at=(0, 4), padding="same", border="reflect").steps[0].window
    )
    assert (window.rows, window.columns) == ((-1, 0, 1), (3, 4, 5))
    assert (window.from_rows, window.from_columns) == ((1, 0, 1), (3, 4, 3))
    assert window.outside == 5
    assert [window.is_outside(0, 0), window.is_outside(1, 1), window.is_outside(2, 2)] == [
        True,
        False,
        True,
    ]


def test_the_constant_has_no_place():
    trace = convfilter.trace_pixel(X, K, at=(0, 0), padding=1, border=("constant", 9))
    window = trace.steps[0].window
    assert (window.from_rows, window.from_columns) == ((-1, 0, 1), (-1, 0, 1))
    assert window.constant == 9
    assert only(trace).numbers == (((9, 9, 9), (9, 1, 2), (9, 4, 7)),)


def test_stride_and_dilation_show_in_the_places():
    image = noise((20, 20))
    trace = convfilter.trace_pixel(
        image, [[1, 2, 3]] * 2, at=(3, 2), stride=(2, 3), dilation=(4, 2)
    )
    window = trace.steps[0].window
    assert (window.rows, window.columns) == ((6, 10), (6, 8, 10))


def test_the_enlarged_picture_has_its_own_places():
    trace = convfilter.trace_pixel(X, K, at=(0, 0), padding="same", border="resize")
    window = trace.steps[0].window
    assert (window.enlarged, window.source, window.outside) == (True, (7, 7), 0)
    want = convfilter.correlate(X, K, padding="same", border="resize")[0, 0]
    assert trace.values == (want,)


def test_scale_bias_range_rounding_and_saturation_are_told_apart():
    image = picture("100 200")
    trace = convfilter.trace_pixel(image, [[1, 1]], (0, 0), "50%", scale="1/3", range_policy="clip")
    plane, settled = trace.steps[0].planes[0], trace.settled[0]
    assert (plane.sums[0].total, plane.scale, plane.bias) == (300, Fraction(1, 3), Fraction(255, 2))
    assert plane.result == settled.moved == Fraction(455, 2)
    assert (settled.rounded, settled.value) == (228, 228)  # half to even
    trace = convfilter.trace_pixel(image, [[-1, -1]], range_policy="offset")
    assert [trace.settled[0].moved, trace.settled[0].value] == [-172, 0]


def test_rescale_knows_the_ends_of_the_whole_result():
    image = picture("0 10 20 40")
    trace = convfilter.trace_pixel(image, [[1]], at=(0, 1), range_policy="rescale")
    assert trace.settled[0].ends == (0, 40)
    assert trace.settled[0].moved == Fraction(255, 4)
    assert trace.values == (64,)


def test_a_nan_counts_only_under_a_tap():
    image = np.array([[1, np.nan, 3]], np.float32)
    trace = convfilter.trace_pixel(image, [[1, 0, 1]])
    assert only(trace).products == (((1.0, 0, 3.0),),)
    assert trace.values == (4.0,)
    assert np.isnan(convfilter.trace_pixel(image, [[1, 1, 1]]).values[0])


def test_all_channels_of_full_depth_are_one_sum():
    image = noise((5, 5, 3))
    kernel = np.arange(12).reshape(3, 2, 2)
    trace = convfilter.trace_pixel(image, kernel, at=(1, 2))
    products = only(trace).products
    assert [sum(map(sum, channel)) for channel in products] == [
        int((kernel[c] * image[1:3, 2:4, c].astype(int)).sum()) for c in range(3)
    ]
    assert only(trace).total == sum(sum(map(sum, channel)) for channel in products)


def test_a_composite_shows_each_member_s_sum():
    trace = convfilter.trace_pixel(X, load_kernel("sobel"), at=(0, 0), range_policy="clip")
    plane = trace.steps[0].planes[0]
    assert [each.name for each in plane.sums] == ["sobel-x", "sobel-y"]
    across, down = (each.total for each in plane.sums)
    assert plane.result == (across**2 + down**2) ** 0.5
    assert plane.combine == "magnitude"


def test_a_direction_becomes_a_level_of_a_full_turn():
    falling = np.tile(np.array([200, 150, 100], np.uint8), (3, 1))
    trace = convfilter.trace_pixel(falling, load_kernel("sobel-angle"), range_policy="clip")
    assert trace.steps[0].planes[0].result == 180.0
    assert trace.values == (128,)


def test_each_number_of_a_later_window_can_be_traced_itself():
    image = noise((12, 13))
    trace = convfilter.trace_pixel(image, "gaussian-3 then sobel-x:stride=2", at=(2, 3))
    last = trace.steps[1]
    for i, row in enumerate(last.window.rows):
        for j, column in enumerate(last.window.columns):
            alone = convfilter.trace_pixel(image, "gaussian-3", at=(row, column))
            assert alone.values == (last.planes[0].sums[0].numbers[0][i][j],)
    middle = last.window.rows[1], last.window.columns[1]
    assert trace.steps[0].at == middle
    assert float(trace.steps[0].planes[0].result) == last.planes[0].sums[0].numbers[0][1][1]


@pytest.mark.parametrize("exact", [False, True])
def test_a_later_window_holds_float64_where_the_chain_is_exact(exact):
    image = noise((5, 5))
    trace = convfilter.trace_pixel(image, "box-3 then laplacian", exact=exact)
    sums = sum(image[i : i + 3, j : j + 3].astype(int) for i in range(3) for j in range(3))
    kept = (sums / 9).astype(np.float64 if exact else np.float32)
    assert trace.steps[1].planes[0].sums[0].numbers == (tuple(map(tuple, kept.tolist())),)
    made = convfilter.apply_kernels(image, "box-3 then laplacian", exact=exact).item()
    assert abs(trace.values[0] - made) <= (0 if exact else 1e-4)


def test_the_step_before_is_traced_inside_what_it_makes():
    trace = convfilter.trace_pixel(X, "[[1]] then 1 1 1 1 1", at=(0, 0), padding="full")
    assert trace.steps[0].at == (0, 0)


def test_a_place_outside_is_refused_with_the_size():
    with pytest.raises(
        OptionError, match=r"^at: row 3, column 0 is outside the result, which has 3×3"
    ):
        convfilter.trace_pixel(X, K, at=(3, 0))
    with pytest.raises(OptionError, match=r"rows 0 … 2, columns 0 … 2$"):
        convfilter.trace_pixel(X, K, at=(0, -1))


def test_row_and_column_that_were_swapped_are_told():
    with pytest.raises(OptionError, match=r"7,2 is inside: the row comes first, then the column"):
        convfilter.trace_pixel(noise((9, 5)), [[1]], at=(2, 7))


def test_lists_of_numbers_are_weights_and_lists_of_kernels_are_in_turn():
    assert len(convfilter.trace_pixel(X, [[1, 2], [3, 4]]).steps) == 1
    assert len(convfilter.trace_pixel(X, ["box-3", ([[1, 2]], {"stride": 2})]).steps) == 2


@pytest.mark.usefixtures("no_loops")
def test_traces_end_in_the_pixels_that_are_written():
    tally = Tally()
    for seed in range(450):
        judge(seed, tally)
    assert tally.pixels >= 1500
    assert tally.exact >= 500
    assert tally.off_by_one <= 0.002 * tally.numbers


@pytest.mark.slow
@pytest.mark.usefixtures("no_loops")
def test_ten_thousand_traces_end_in_the_pixels_that_are_written():
    tally, seed = Tally(), 450
    while tally.pixels < 10_000:
        judge(seed, tally)
        seed += 1
    assert tally.exact >= 3000
    assert tally.off_by_one <= 0.001 * tally.numbers


def test_compiled_loops_give_the_same_numbers():
    image = noise((30, 40, 3), seed=4)
    for spec in ("sharpen", "gaussian-5", "sobel", "unsharp then sobel-x"):
        for policy in ("auto", "float"):
            made = convfilter.apply_kernels(
                image, spec, padding="same", border="edge", range_policy=policy
            )
            for at in ((0, 0), (29, 7), (11, 39)):
                trace = convfilter.trace_pixel(
                    image, spec, at, padding="same", border="edge", range_policy=policy
                )
                bound = 1e-3 if policy == "float" else 0
                assert np.abs(np.array(trace.values) - made[at]).max() <= bound
