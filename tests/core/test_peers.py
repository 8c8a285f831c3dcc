"""The same numbers as SciPy, OpenCV and PyTorch, on a photograph, for every border they have."""

import importlib.util

import cv2
import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from pictures import assert_alike, assert_close, assert_same

import convfilter

pytest.importorskip("skimage", reason="its photograph is needed")

SCIPY_BORDERS = {
    "reflect": "symmetric",
    "constant": "constant:9",
    "nearest": "edge",
    "mirror": "reflect",
    "wrap": "wrap",
}
CV_BORDERS = {
    cv2.BORDER_CONSTANT: "zero",
    cv2.BORDER_REPLICATE: "edge",
    cv2.BORDER_REFLECT: "symmetric",
    cv2.BORDER_REFLECT_101: "reflect",
}

WHOLE = {
    "2x2": [[1, 2], [-3, 4]],
    "2x5": [[1, 0, -2, 3, 1], [2, 2, 0, -1, 4]],
    "3x3": [[0, -1, 2], [-1, 5, -1], [3, -1, 0]],
    "4x1": [[1], [-2], [3], [4]],
    "4x4": (np.arange(16).reshape(4, 4) % 7 - 3).tolist(),
    "5x3": (np.arange(15).reshape(5, 3) % 5 - 2).tolist(),
    "1x6": [[3, 1, -4, 1, 5, -9]],
}
FLOATS = np.random.default_rng(8).normal(size=(5, 4)) / 5
kernels = pytest.mark.parametrize("weights", WHOLE.values(), ids=WHOLE.keys())


@pytest.fixture(scope="module")
def photograph():
    """A part of the astronaut that comes with scikit-image: 100×120×3, face and flag."""
    from skimage import data

    return np.ascontiguousarray(data.astronaut()[30:130, 150:270])


@pytest.fixture(scope="module")
def grey(photograph):
    return np.ascontiguousarray(photograph[:, :, 1])


# ── scipy.ndimage ──


@kernels
@pytest.mark.parametrize("mode", SCIPY_BORDERS)
def test_ndimage_correlate_is_same_lower(mode, weights, grey):
    theirs = scipy.ndimage.correlate(grey.astype(np.float64), np.array(weights), mode=mode, cval=9)
    options = {"padding": "same-lower", "border": SCIPY_BORDERS[mode]}
    assert_same(convfilter.correlate(grey, weights, **options), theirs)
    wide = convfilter.correlate(grey.astype(np.float64), weights, **options)
    assert_alike(wide, theirs)


@kernels
@pytest.mark.parametrize("mode", SCIPY_BORDERS)
def test_ndimage_convolve_is_flip_and_same(mode, weights, grey):
    theirs = scipy.ndimage.convolve(grey.astype(np.float64), np.array(weights), mode=mode, cval=9)
    ours = convfilter.convolve(grey, weights, padding="same", border=SCIPY_BORDERS[mode])
    assert_same(ours, theirs)


@pytest.mark.parametrize("mode", SCIPY_BORDERS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_ndimage_with_a_float_kernel(dtype, mode, grey):
    image = grey.astype(dtype) * (257 if dtype == "uint16" else 1)
    theirs = scipy.ndimage.correlate(image.astype(np.float64), FLOATS, mode=mode, cval=9)
    ours = convfilter.correlate(image, FLOATS, padding="same-lower", border=SCIPY_BORDERS[mode])
    share = 1e-12 if dtype == "float64" else 1e-5
    assert_close(ours, theirs, share * np.abs(FLOATS).sum() * float(image.max()))


def test_ndimage_per_channel(photograph):
    weights = np.array(WHOLE["5x3"])
    theirs = scipy.ndimage.correlate(photograph.astype(np.int64), weights[:, :, np.newaxis])
    ours = convfilter.correlate(photograph, weights, padding="same", border="symmetric")
    assert_same(ours, theirs)


# ── scipy.signal ──


@kernels
@pytest.mark.parametrize("mode", ["valid", "full"])
def test_convolve2d(mode, weights, grey):
    theirs = scipy.signal.convolve2d(grey.astype(np.int64), weights, mode)
    assert_same(convfilter.convolve(grey, weights, padding=mode), theirs)


@kernels
def test_signal_convolve_same_is_flip_and_same_lower(weights, grey):
    theirs = scipy.signal.convolve2d(grey.astype(np.int64), weights, "same")
    assert_same(convfilter.convolve(grey, weights, padding="same-lower"), theirs)


@kernels
@pytest.mark.parametrize(("boundary", "border"), [("fill", "constant:5"), ("wrap", "wrap")])
def test_convolve2d_with_borders(boundary, border, weights, grey):
    theirs = scipy.signal.convolve2d(grey.astype(np.int64), weights, "full", boundary, 5)
    assert_same(convfilter.convolve(grey, weights, padding="full", border=border), theirs)


# ── OpenCV ──


@kernels
@pytest.mark.parametrize("border", CV_BORDERS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_filter2d_in_pixels(dtype, border, weights, photograph):
    image = photograph.astype(dtype) * (200 if dtype == "uint16" else 1)
    theirs = cv2.filter2D(image, -1, np.array(weights, np.float32), borderType=border)
    options = {"padding": "same-lower", "border": CV_BORDERS[border], "range_policy": "clip"}
    assert_alike(convfilter.correlate(image, weights, **options), theirs)


@pytest.mark.parametrize("border", CV_BORDERS)
def test_filter2d_rounds_ties_to_even_too(border, grey):
    halves = np.array([[0.5, 0, 0], [0, 0.25, 0], [0, 0, -0.25]])
    theirs = cv2.filter2D(grey, -1, halves, borderType=border)
    options = {"padding": "same", "border": CV_BORDERS[border], "range_policy": "clip"}
    assert_alike(convfilter.correlate(grey, halves, **options), theirs)


@kernels
@pytest.mark.parametrize("border", CV_BORDERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_filter2d_in_floats(dtype, border, weights, photograph):
    image = photograph.astype(dtype)
    theirs = cv2.filter2D(image, -1, np.array(weights, dtype), borderType=border)
    ours = convfilter.correlate(image, weights, padding="same-lower", border=CV_BORDERS[border])
    assert_alike(ours, theirs)


@pytest.mark.parametrize("border", CV_BORDERS)
def test_filter2d_with_a_float_kernel(border, photograph):
    image = photograph.astype(np.float32)
    theirs = cv2.filter2D(image, -1, FLOATS, borderType=border)
    ours = convfilter.correlate(image, FLOATS, padding="same-lower", border=CV_BORDERS[border])
    assert_close(ours, theirs, 2e-5 * np.abs(FLOATS).sum() * 255)


def test_copy_make_border_wraps_alike(grey):
    theirs = cv2.copyMakeBorder(grey, 3, 4, 5, 6, cv2.BORDER_WRAP)
    ours = convfilter.correlate(grey, [[1]], padding=(3, 4, 5, 6), border="wrap")
    assert_same(ours, theirs)


# ── PyTorch ──


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.parametrize("stride", [1, (2, 3)])
@pytest.mark.parametrize("dilation", [1, (3, 2)])
@pytest.mark.parametrize("padding", [0, 1, (2, 5)])
def test_conv2d(padding, dilation, stride, photograph):
    import torch

    bank = (np.arange(4 * 3 * 3 * 2).reshape(4, 3, 3, 2) % 9 - 4).astype(np.float32)
    bias = np.array([1, -2, 0.5, 40], np.float32)
    image = photograph.astype(np.float32)
    theirs = torch.nn.functional.conv2d(
        torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))[np.newaxis]),
        torch.from_numpy(bank),
        torch.from_numpy(bias),
        stride=stride,
        padding=padding,
        dilation=dilation,
    )
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    ours = convfilter.correlate(image, bank, bias, **options)
    assert_alike(ours, theirs.numpy()[0].transpose(1, 2, 0))


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.filterwarnings("ignore:Using padding=.same.")  # PyTorch on even kernels: it copies
@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_conv2d_same_puts_the_odd_pixel_behind(size, grey):
    import torch

    weights = (np.arange(size * size).reshape(size, size) % 5 - 2).astype(np.float32)
    theirs = torch.nn.functional.conv2d(
        torch.from_numpy(grey.astype(np.float32))[None, None],
        torch.from_numpy(weights)[None, None],
        padding="same",
    )
    ours = convfilter.correlate(grey.astype(np.float32), weights, padding="same")
    assert_alike(ours, theirs.numpy()[0, 0])
