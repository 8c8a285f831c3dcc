"""The size formula: how many windows fit, and what none of them reaches."""

import itertools

import pytest

import convfilter
from convfilter.core.geometry import Axis, Padding, make_geometry
from convfilter.errors import ShapeError


def _axis(size, kernel, stride=1, dilation=1, before=0, after=0):
    return Axis(size, kernel, stride, dilation, before, after)


def _window_starts(axis):
    """Places of the padded axis where a window begins and still fits, counted one by one."""
    taps = [axis.dilation * k for k in range(axis.kernel)]
    length = axis.before + axis.size + axis.after
    return [start for start in range(0, length, axis.stride) if start + taps[-1] < length]


def _all_axes():
    sides = [(0, 0), (1, 1), (0, 2), (3, 1)]
    for size, kernel, stride, dilation, (before, after) in itertools.product(
        range(1, 8), range(1, 8), range(1, 5), range(1, 4), sides
    ):
        yield Axis(size, kernel, stride, dilation, before, after)


def test_the_output_has_one_pixel_for_each_window_that_fits():
    counted = 0
    for axis in _all_axes():
        starts = _window_starts(axis)
        assert max(axis.out, 0) == len(starts), axis
        counted += len(starts)
    assert counted > 1000


def test_unused_pixels_lie_behind_the_last_window():
    for axis in _all_axes():
        if starts := _window_starts(axis):
            last_pixel_read = starts[-1] + axis.dilation * (axis.kernel - 1)
            assert axis.unused == axis.size + axis.before + axis.after - 1 - last_pixel_read, axis


def test_formula_text_carries_the_numbers():
    assert _axis(459, 3, stride=2).formula == "⌊(459 + 0 + 0 − 1·(3−1) − 1) / 2⌋ + 1 = 229"
    assert (
        _axis(612, 3, stride=2, dilation=4, before=1, after=2).formula
        == "⌊(612 + 1 + 2 − 4·(3−1) − 1) / 2⌋ + 1 = 304"
    )


def test_one_column_of_the_flower_is_not_reached():
    assert _axis(459, 3, stride=2).unused == 0
    assert _axis(612, 3, stride=2).unused == 1


@pytest.mark.parametrize(
    ("mode", "reach", "expected"),
    [
        ("valid", 4, (0, 0)),
        ("same", 4, (2, 2)),
        ("same", 3, (1, 2)),
        ("same-lower", 4, (2, 2)),
        ("same-lower", 3, (2, 1)),
        ("same", 0, (0, 0)),
        ("full", 3, (3, 3)),
    ],
)
def test_padding_around_an_axis(mode, reach, expected):
    assert Padding(mode).around(0, reach) == expected
    assert Padding(mode).around(1, reach) == expected


def test_pixels_go_top_bottom_left_right():
    padding = Padding("pixels", (1, 2, 3, 4))
    assert padding.around(0, 99) == (1, 2)
    assert padding.around(1, 99) == (3, 4)


@pytest.mark.parametrize("mode", ["same", "same-lower"])
def test_same_gives_the_size_divided_by_the_stride_rounded_up(mode):
    for size, kernel, stride, dilation in itertools.product(
        range(1, 12), range(1, 8), range(1, 5), range(1, 4)
    ):
        shape = convfilter.output_shape(
            (size, 5), (kernel, 1), stride=(stride, 1), dilation=(dilation, 1), padding=mode
        )
        assert shape == (-(-size // stride), 5)


def test_full_has_every_window_that_touches_the_picture():
    assert convfilter.output_shape((4, 6), (3, 2), padding="full") == (6, 7)
    assert convfilter.output_shape((4, 6), (3, 2), padding="full", dilation=2) == (8, 8)


def test_pairs_are_height_then_width():
    shape = convfilter.output_shape(
        (20, 30), (3, 5), stride=(2, 3), dilation=(4, 1), padding=(0, 1)
    )
    assert shape == ((20 - 4 * 2 - 1) // 2 + 1, (30 + 2 - 4 - 1) // 3 + 1) == (6, 10)


def test_four_paddings_are_top_bottom_left_right():
    assert convfilter.output_shape((4, 4), (1, 1), padding=(1, 2, 3, 5)) == (7, 12)


@pytest.mark.parametrize(
    ("image", "kernel", "expected"),
    [
        ((9, 8), (3, 3), (7, 6)),
        ((9, 8, 3), (3, 3), (7, 6, 3)),
        ((9, 8, 4), (3, 3), (7, 6, 4)),
        ((9, 8, 3), (3, 3, 3), (7, 6)),
        ((9, 8), (1, 3, 3), (7, 6)),
        ((9, 8, 3), (5, 3, 2, 4), (8, 5, 5)),
        ((9, 8), (1, 1, 9, 8), (1, 1, 1)),
    ],
)
def test_levels_of_the_weights_decide_what_follows_height_and_width(image, kernel, expected):
    assert convfilter.output_shape(image, kernel) == expected


def test_geometry_tells_padding_in_reading_order():
    geometry = make_geometry((6, 7), (4, 2), (1, 1), (1, 3), Padding("same"))
    assert geometry.padding == (1, 2, 1, 2)
    assert geometry.out == (6, 7)


def test_a_kernel_larger_than_the_picture_is_refused_with_both_sizes():
    with pytest.raises(ShapeError, match=r"would be empty: .* 9×5 .* 3×20"):
        convfilter.output_shape((3, 20), (5, 3), dilation=(2, 2))


def test_an_empty_picture_is_refused():
    with pytest.raises(ShapeError, match=r"empty \(0×4\)"):
        convfilter.output_shape((0, 4), (1, 1), padding=3)


@pytest.mark.parametrize(("image", "kernel"), [((5,), (3, 3)), ((5, 5), (3,)), ((5, 5), (1,) * 5)])
def test_wrong_levels_are_refused(image, kernel):
    with pytest.raises(ShapeError, match="2 or 3 dimensions, a kernel 2 to 4"):
        convfilter.output_shape(image, kernel)


def test_an_empty_kernel_is_refused():
    with pytest.raises(ShapeError, match=r"kernel is empty \(shape 3×0\)"):
        convfilter.output_shape((5, 5), (3, 0))


def test_a_bank_for_other_channels_has_no_shape():
    with pytest.raises(ShapeError, match="depth 3"):
        convfilter.output_shape((32, 32, 4), (16, 3, 3, 3))
