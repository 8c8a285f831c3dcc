"""Float kernels: how far from exact sums they may be, and `exact`, the same everywhere."""

import math
from fractions import Fraction

import numpy as np
import pytest
from pictures import assert_alike, noise

import convfilter
from convfilter.core.kernel import make_kernel


def _gaussian(sigma, size):
    middle = (size - 1) / 2
    bell = [math.exp(-((k - middle) ** 2) / (2 * sigma**2)) for k in range(size)]
    weights = np.outer(bell, bell)
    return weights / weights.sum()


THIRD = np.array([[1 / 3, -1 / 7, 0], [0, 1 / 11, -2 / 3]])
UNSHARP = np.eye(7)[3][:, np.newaxis] * np.eye(7)[3] * 2.0 - _gaussian(1.3, 7)
WEDGE = np.random.default_rng(5).normal(size=(5, 5)) / 7
ALTERNATING = (-1.0) ** np.indices((6, 6)).sum(axis=0) / 3
KERNELS = [THIRD, UNSHARP, WEDGE, ALTERNATING, _gaussian(2, 13)]
MANY = [np.full((32, 32), 1 / 3), np.full((33, 33), 1 / 3), _gaussian(9, 35)]


def _pictures(dtype, height, width):
    limits = (-1000, 1000) if dtype.startswith("float") else None
    low, high = limits or (np.iinfo(dtype).min, np.iinfo(dtype).max)
    board = np.indices((height, width)).sum(axis=0) % 2 == 1
    return [
        np.full((height, width), high, dtype),
        np.full((height, width), low, dtype),
        np.where(board, high, low).astype(dtype),
        noise((height, width), dtype),
    ]


def _exact_sums(image, kernel):
    """(Σ, Σ|w·x|) of every window of a valid correlation, in fractions of the kernel's values."""
    values = [[Fraction(v) for v in row] for row in kernel.values.tolist()]
    pixels = [[Fraction(v) for v in row] for row in image.tolist()]
    height, width = (image.shape[a] - kernel.size[a] + 1 for a in (0, 1))
    for y in range(height):
        for x in range(width):
            products = [
                weight * pixels[y + i][x + j]
                for i, row in enumerate(values)
                for j, weight in enumerate(row)
            ]
            yield (y, x), sum(products), sum(map(abs, products))


def _check(image, weights, share, share_of_products):
    kernel = make_kernel(weights)
    assert not kernel.exact
    got = convfilter.correlate(image, kernel)
    largest = Fraction(float(np.abs(image.astype(np.float64)).max()))
    size = sum(Fraction(abs(v)) for v in kernel.values.ravel().tolist())
    for place, exact, products in _exact_sums(image, kernel):
        error = abs(Fraction(float(got[place])) - exact)
        assert error <= share * size * largest, (place, float(error))
        assert error <= share_of_products * products, (place, float(error))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
@pytest.mark.parametrize("weights", KERNELS, ids=lambda w: f"{w.shape[0]}x{w.shape[1]}")
def test_float32_sums_keep_their_bound(weights, dtype):
    taps = int(np.count_nonzero(weights))
    for image in _pictures(dtype, weights.shape[0] + 2, weights.shape[1] + 2):
        _check(image, weights, Fraction(1, 10**5), (10 + Fraction(taps, 8)) / 2**24)


@pytest.mark.parametrize("dtype", ["int32", "float64"])
@pytest.mark.parametrize("weights", KERNELS, ids=lambda w: f"{w.shape[0]}x{w.shape[1]}")
def test_float64_sums_keep_their_bound(weights, dtype):
    taps = int(np.count_nonzero(weights))
    for image in _pictures(dtype, weights.shape[0] + 1, weights.shape[1] + 1):
        _check(image, weights, Fraction(1, 10**12), Fraction(taps + 2, 2**53))


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("weights", MANY, ids=lambda w: f"{w.size}-taps")
def test_a_thousand_taps_keep_the_bound_too(weights, dtype):
    share = Fraction(1, 10**12) if dtype == "float64" else Fraction(1, 10**5)
    for image in _pictures(dtype, *weights.shape):
        _check(image, weights, share, 1)


def test_a_huge_number_among_ones_harms_only_the_windows_that_hold_it():
    for dtype, digits in (("float32", 24), ("float64", 53)):
        image = np.ones((9, 9), dtype)
        image[4, 4] = 1e30
        kernel = make_kernel(THIRD)
        got = convfilter.correlate(image, kernel)
        for place, exact, products in _exact_sums(image, kernel):
            error = abs(Fraction(float(got[place])) - exact)
            assert error <= Fraction(11, 2**digits) * products, (dtype, place)


def test_a_weight_beyond_float32_leaves_zeros_alone():
    for dtype in ("uint8", "float32"):
        image = np.zeros((2, 2), dtype)
        assert convfilter.correlate(image, [[1e39]]).tolist() == [[0, 0], [0, 0]]


# ── pixels ──


def _levels_off(dtype, weights, rows=300, columns=400):
    """How far pixels are from those of float64 sums, on noise: (greatest, share that differs)."""
    image = noise((rows, columns), dtype)
    got = convfilter.correlate(image, weights, range_policy="clip").astype(np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.float64), weights.shape)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    want = np.rint(np.einsum("yxij,ij->yx", windows, weights)).clip(low, high).astype(np.int64)
    off = np.abs(got - want)
    return off.max(), np.count_nonzero(off) / off.size


@pytest.mark.parametrize("weights", KERNELS, ids=lambda w: f"{w.shape[0]}x{w.shape[1]}")
def test_8_bit_pixels_differ_by_one_level_in_ten_thousand_pixels(weights):
    greatest, share = _levels_off("uint8", weights)
    assert greatest <= 1
    assert share <= 1e-4


@pytest.mark.parametrize("dtype", ["uint16", "int16"])
@pytest.mark.parametrize("weights", KERNELS, ids=lambda w: f"{w.shape[0]}x{w.shape[1]}")
def test_16_bit_pixels_differ_by_one_level_in_three_of_a_hundred(weights, dtype):
    greatest, share = _levels_off(dtype, weights)
    assert greatest <= 1
    assert share <= 0.03


def test_a_flat_picture_stays_flat_under_a_normalized_float_kernel():
    for level in (0, 1, 100, 254, 255):
        image = np.full((20, 20), level, np.uint8)
        got = convfilter.correlate(
            image, _gaussian(2, 13), padding="same", border="edge", range_policy="clip"
        )
        assert (got == level).all()


# ── exact: float64, row-major, nothing fused or reordered ──


def _row_major(image, weights, scale, bias):
    """Plain Python floats are float64, and nobody reorders them."""
    pixels = image.tolist()
    taps = [(i, j, w) for i, row in enumerate(weights.tolist()) for j, w in enumerate(row) if w]
    height, width = (image.shape[a] - weights.shape[a] + 1 for a in (0, 1))
    result = []
    for y in range(height):
        for x in range(width):
            total = 0.0
            for i, j, weight in taps:
                total += weight * float(pixels[y + i][x + j])
            result.append(total * scale + bias)
    return np.array(result).reshape(height, width)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("weights", KERNELS, ids=lambda w: f"{w.shape[0]}x{w.shape[1]}")
def test_exact_is_float64_in_row_major_order_bit_for_bit(weights, dtype):
    image = (
        noise((weights.shape[0] + 3, 70), dtype) / 3 if "float" in dtype else noise((20, 70), dtype)
    )
    image = image.astype(dtype)
    for scale, bias in ((1.0, 0.0), (0.1, 7.3)):
        want = _row_major(image, weights, scale, bias)
        got = convfilter.correlate(image, weights, scale=scale, bias=bias, exact=True)
        assert_alike(got, want.astype(got.dtype))
        if "int" in dtype:
            low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
            pixels = np.rint(want).clip(low, high).astype(dtype)
            options = {"scale": scale, "bias": bias, "exact": True, "range_policy": "clip"}
            assert_alike(convfilter.correlate(image, weights, **options), pixels)


def test_exact_sums_channels_one_after_the_other():
    cube = np.random.default_rng(3).normal(size=(3, 3, 3))
    image = noise((5, 40, 3), "float64") / 7
    want = np.zeros((3, 38))
    for channel in range(3):
        for i in range(3):
            for j in range(3):
                want = want + cube[channel, i, j] * image[i : i + 3, j : j + 38, channel]
    assert_alike(convfilter.correlate(image, cube, exact=True), want)


def test_exact_leaves_exact_kernels_as_they_are():
    image = noise((8, 8))
    box = make_kernel(np.ones((3, 3)), divisor=9)
    assert_alike(convfilter.correlate(image, box, exact=True), convfilter.correlate(image, box))
    assert convfilter.choose_plan(image, box, exact=True).sums == "int16"
    assert convfilter.choose_plan(image, THIRD, exact=True).sums == "float64"
    assert convfilter.choose_plan(image, THIRD).sums == "float32"


def test_sums_that_leave_float32_on_the_way_come_back():
    image = np.array([[1e38, 1e38]], np.float32)
    assert convfilter.correlate(image, [[10.5, -10.5]]).tolist() == [[0.0]]


def test_a_float32_weight_is_shown_and_used_as_the_decimal_it_prints_as():
    kernel = make_kernel(np.array([[0.1, 0.7]], np.float32))
    assert kernel.weights.tolist() == kernel.values.tolist() == [[0.1, 0.7]]
