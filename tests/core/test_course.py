"""The course's own numbers, every one written out."""

import importlib.util

import numpy as np
import pytest
from pictures import assert_alike, assert_same, picture

import convfilter

X = picture("1 2 4 2 1; 4 7 3 2 1; 4 5 2 3 1; 2 1 7 8 4; 3 2 4 7 8")
K = [[1, 0, 1], [0, 2, 1], [1, 0, 1]]

AS_WRITTEN = picture("28 20 13; 28 25 22; 22 39 35", np.float32)
TURNED = picture("29 25 15; 30 27 23; 17 32 38", np.float32)


def test_the_first_window_is_28():
    assert 1 * 1 + 4 * 1 + 7 * 2 + 3 * 1 + 4 * 1 + 2 * 1 == 28
    assert convfilter.correlate(X, K)[0, 0] == 28


def test_as_written():
    assert_alike(convfilter.correlate(X, K), AS_WRITTEN)


def test_as_written_in_pixels():
    assert_alike(convfilter.correlate(X, K, range_policy="clip"), AS_WRITTEN.astype(np.uint8))


def test_turned():
    assert_alike(convfilter.convolve(X, K), TURNED)


def test_turned_is_the_kernel_turned_by_hand():
    assert_alike(convfilter.correlate(X, [[1, 0, 1], [1, 2, 0], [1, 0, 1]]), TURNED)


def test_the_reference_gives_both():
    assert_alike(convfilter.reference.correlate(X, K), AS_WRITTEN)
    assert_alike(convfilter.reference.convolve(X, K), TURNED)


def test_normalize_size_divides_by_nine():
    result = convfilter.correlate(X, K, normalize="size")
    assert_alike(result, AS_WRITTEN / np.float32(9))
    assert result[0, 0] == np.float32(28 / 9)
    assert result[2, 1] == np.float32(39 / 9)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_every_small_dtype_gives_the_same_numbers(dtype):
    assert_alike(convfilter.correlate(X.astype(dtype), K), AS_WRITTEN)


@pytest.mark.parametrize("dtype", ["int32", "float64"])
def test_wide_dtypes_give_them_in_float64(dtype):
    assert_alike(convfilter.correlate(X.astype(dtype), K), AS_WRITTEN.astype(np.float64))


@pytest.mark.parametrize(
    ("kernel", "options", "expected"),
    [
        ((5, 5), {}, (455, 608)),
        ((3, 3), {}, (457, 610)),
        ((5, 5), {"padding": 2}, (459, 612)),
        ((5, 5), {"padding": 2, "stride": 2}, (230, 306)),
        ((3, 3), {"stride": 2}, (229, 305)),
    ],
)
def test_shapes_of_the_grey_flower(kernel, options, expected):
    assert convfilter.output_shape((459, 612), kernel, **options) == expected
    flower = np.zeros((459, 612), np.uint8)
    assert convfilter.correlate(flower, np.ones(kernel), **options).shape == expected


def test_a_bank_of_16_kernels_on_a_colour_picture_keeps_its_size():
    assert convfilter.output_shape((32, 32, 3), (16, 3, 3, 3), padding=1) == (32, 32, 16)


def _colour_picture():
    y, x, channel = np.indices((32, 32, 3))
    return ((3 * y + 5 * x + 7 * channel) % 11).astype(np.float32)


def _bank():
    index, channel, row, column = np.indices((16, 3, 3, 3))
    return ((index + 2 * channel + 3 * row + 5 * column) % 7 - 3).astype(np.float32)


def test_numbers_of_that_bank():
    result = convfilter.correlate(_colour_picture(), _bank(), bias=list(range(16)), padding=1)
    assert result.shape == (32, 32, 16)
    # The corner of map 0 sees rows 0, 1 and columns 0, 1 through the taps [1:, 1:]:
    # channel 0   0·-2 + 5·3 + 3·1 + 8·-1    = 10      kernel rows  -2 3 /  1 -1
    # channel 1   7·0 + 1·-2 + 10·3 + 4·1    = 32                    0 -2 /  3 1
    # channel 2   3·2 + 8·0 + 6·-2 + 0·3     = -6                    2 0 / -2 3
    assert result[0, 0, 0] == 10 + 32 - 6
    assert_same(result[::31, ::31, 15], [[1, -3], [-15, 28]])


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_the_bank_is_conv2d_of_pytorch():
    import torch

    image, bank, bias = _colour_picture(), _bank(), np.arange(16, dtype=np.float32)
    planes = torch.from_numpy(image.transpose(2, 0, 1)[np.newaxis])
    theirs = torch.nn.functional.conv2d(
        planes, torch.from_numpy(bank), torch.from_numpy(bias), padding=1
    )
    ours = convfilter.correlate(image, bank, bias=list(range(16)), padding=1)
    assert_alike(ours, theirs.numpy()[0].transpose(1, 2, 0))
