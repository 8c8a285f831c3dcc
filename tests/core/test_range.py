"""How sums become pixels: auto, clip, abs, offset, rescale, float; bias and scale; one rounding."""

import numpy as np
import pytest
from pictures import assert_alike, picture

import convfilter
from convfilter.core.conv import run
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec

RISE = [[-1, 1]]
ROW = picture("10 30 0 250")


def _pixels(image, weights, policy, **options):
    return convfilter.correlate(image, weights, range_policy=policy, **options).tolist()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("float", [[20, -30, 250]]),
        ("clip", [[20, 0, 250]]),
        ("abs", [[20, 30, 250]]),
        ("offset", [[148, 98, 255]]),
        ("rescale", [[46, 0, 255]]),  # (20 + 30)·255/280 = 45.5…
        ("auto", [[20, 30, 250]]),
    ],
)
def test_every_policy_on_one_row(policy, expected):
    assert _pixels(ROW, RISE, policy) == expected


def _policy(weights, bias=None):
    return run(ROW[:, :, np.newaxis], weights, make_spec(bias=bias)).policy


@pytest.mark.parametrize(
    ("weights", "bias", "expected"),
    [
        (RISE, None, "abs"),
        ([[0.1, 0.2, -0.3]], None, "abs"),
        ([[1 / 3, -1 / 3]], None, "abs"),
        (RISE, 10, "clip"),
        (RISE, "50%", "clip"),
        ([[1, 1]], None, "clip"),
        ([[-1, -1]], None, "clip"),
        ([[[[-1, 1]]], [[[2, -2]]]], None, "abs"),
        ([[[[-1, 1]]], [[[2, -1]]]], None, "clip"),
        ([[[[-1, 1]]], [[[2, -2]]]], [0, 1], "clip"),
        (make_kernel(RISE, range_policy="rescale"), None, "rescale"),
        (make_kernel([[2]], range_policy="abs"), 10, "abs"),
    ],
)
def test_auto_is_the_kernel_s_own_else_abs_for_zero_sums_without_bias(weights, bias, expected):
    assert _policy(weights, bias) == expected


def test_python_keeps_the_numbers_unless_asked():
    assert convfilter.correlate(ROW, RISE).tolist() == [[20, -30, 250]]
    assert convfilter.correlate(ROW, make_kernel(RISE, range_policy="abs")).tolist()[0][1] == -30


def test_sums_then_scale_then_bias_then_the_policy():
    # (−30)·2 + 10 = −50, its absolute value 50
    assert _pixels(ROW, RISE, "abs", scale=2, bias=10) == [[50, 50, 255]]


def test_scale_does_not_touch_the_bias():
    assert convfilter.correlate(ROW, [[1]], scale=0, bias=7).tolist() == [[7, 7, 7, 7]]


def test_rounding_happens_once_at_the_end():
    # 1·0.25 + 0.25 = 0.5 → 0; rounding before the bias would lose both quarters
    assert _pixels(picture("1 3 5"), [[0.25]], "clip", bias=0.25) == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("dtype", "middle"), [("uint8", 128), ("uint16", 32768), ("float32", 0.5), ("float64", 0.5)]
)
def test_offset_moves_zero_to_the_middle(dtype, middle):
    image = np.zeros((1, 2), dtype)
    got = convfilter.correlate(image, RISE, range_policy="offset")
    assert_alike(got, np.array([[middle]], dtype))


@pytest.mark.parametrize(
    ("dtype", "half"),
    [
        ("uint8", 127.5),
        ("uint16", 32767.5),
        ("int16", 16383.5),
        ("int32", 2**30 - 0.5),
        ("float32", 0.5),
        ("float64", 0.5),
    ],
)
def test_a_bias_in_percent_is_of_the_full_range(dtype, half):
    image = np.zeros((1, 1), dtype)
    assert convfilter.correlate(image, [[1]], bias="50%").tolist() == [[half]]
    assert convfilter.correlate(image, [[1]], bias="-100%").tolist() == [[-2 * half]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_are_not_clipped(dtype):
    image = np.array([[-5, 0.25, 7]], dtype)
    assert _pixels(image, [[2]], "clip") == [[-10, 0.5, 14]]
    assert _pixels(image, [[2]], "abs") == [[10, 0.5, 14]]
    assert _pixels(image, [[2]], "rescale") == [[0, 0.4375, 1]]


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        ("uint8", 0, 255),
        ("uint16", 0, 65535),
        ("int16", -32768, 32767),
        ("int32", -(2**31), 2**31 - 1),
    ],
)
def test_pixels_stop_at_the_limits_of_their_type(dtype, low, high):
    image = np.array([[low, 0, high]], dtype)
    assert _pixels(image, [[3]], "clip") == [[low, 0, high]]
    assert _pixels(image, [[-3]], "clip") == [[high if low < 0 else 0, 0, low]]
    assert _pixels(image, [[-3]], "abs") == [[high if low < 0 else 0, 0, high]]


@pytest.mark.parametrize(
    ("dtype", "kept"),
    [
        ("uint8", "float32"),
        ("uint16", "float32"),
        ("int16", "float32"),
        ("float32", "float32"),
        ("int32", "float64"),
        ("float64", "float64"),
    ],
)
def test_numbers_are_kept_in_float32_or_for_wide_images_in_float64(dtype, kept):
    image = np.ones((2, 2), dtype)
    assert convfilter.correlate(image, [[1]]).dtype == kept
    assert convfilter.correlate(image, [[1 / 3]]).dtype == kept
    assert convfilter.correlate(image, [[1]], range_policy="clip").dtype == dtype
