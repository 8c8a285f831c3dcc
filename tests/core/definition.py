"""The definition once more, in whole numbers and windows, quick enough for a sweep.

It shares no code with convfilter: borders are np.pad of an axis's places, windows are a view of
the padded picture (row y·s + i·d), a sum is np.einsum in int64 or float64, and what follows is
arithmetic of whole numbers over one denominator. Only `resize` takes convfilter's own enlargement,
which test_border.py checks by itself. test_sweep.py also asks convfilter.reference.
"""

import math
from functools import cache
from math import lcm
from typing import NamedTuple

import numpy as np

from convfilter.core.resize import enlarge

RANGE = {
    "uint8": (0, 255),
    "uint16": (0, 65535),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "float32": (0, 1),
    "float64": (0, 1),
}
MIDDLE = {"uint8": 128, "uint16": 32768, "float32": 0.5, "float64": 0.5}
WIDE = ("int32", "float64")


class Case(NamedTuple):
    """One convolution; weights are whole numbers over `divisor`, bias is whole."""

    image: np.ndarray  # (H, W) or (H, W, C)
    weights: np.ndarray  # int64, 2, 3 or 4 levels
    divisor: int = 1
    stride: tuple = (1, 1)
    dilation: tuple = (1, 1)
    padding: object = "valid"
    border: str = "zero"
    flip: bool = False
    normalize: str = "none"
    scale: int = 1
    bias: int = 0
    policy: str = "float"

    @property
    def options(self):
        """Keywords of convfilter.correlate."""
        return {
            "stride": self.stride,
            "dilation": self.dilation,
            "padding": self.padding,
            "border": self.border,
            "flip": self.flip,
            "normalize": self.normalize,
            "scale": self.scale,
            "bias": self.bias,
            "range_policy": self.policy,
        }


def result(case):
    """Pixels, and for float images a bound of the error: 0 for whole numbers."""
    image = case.image if case.image.ndim == 3 else case.image[:, :, np.newaxis]
    weights = case.weights[..., ::-1, ::-1] if case.flip else case.weights
    sums = window_sums(image, weights, case)
    name = image.dtype.name
    if name.startswith("float"):
        pixels, bound = _float_pixels(sums, image, weights, case, name)
    else:
        numerators, denominator = _quotients(sums, weights, case)
        pixels, bound = _whole_pixels(numerators, denominator, weights, case, name), 0
    flat = case.image.ndim == 2 and case.weights.ndim < 4
    return (pixels[:, :, 0] if flat or case.weights.ndim == 3 else pixels), bound


def window_sums(image, weights, case):
    """Σ of products, (H', W', C or maps), int64 for whole pixels, else float64."""
    wide = np.float64 if image.dtype.kind == "f" else np.int64
    rows, columns = (_sides(case, axis, weights.shape[axis - 2]) for axis in (0, 1))
    padded = _padded(image, rows, columns, case.border)
    windows = _windows(padded, weights.shape[-2:], case.stride, case.dilation)
    if weights.ndim == 2:
        return np.einsum("yxijc,ij->yxc", windows, weights, dtype=wide, casting="same_kind")
    bank = weights if weights.ndim == 4 else weights[np.newaxis]
    return np.einsum("yxijc,ocij->yxo", windows, bank, dtype=wide, casting="same_kind")


def is_empty(size, kernel, dilation, padding):
    """Whether not one window fits, by the padded size."""
    case = Case(None, None, dilation=dilation, padding=padding)
    for axis in (0, 1):
        before, after = _sides(case, axis, kernel[axis])
        if size[axis] + before + after <= dilation[axis] * (kernel[axis] - 1):
            return True
    return False


def _sides(case, axis, kernel):
    reach = case.dilation[axis] * (kernel - 1)
    if case.padding == "valid":
        return 0, 0
    if case.padding == "same":
        return reach // 2, reach - reach // 2
    if case.padding == "same-lower":
        return reach - reach // 2, reach // 2
    if case.padding == "full":
        return reach, reach
    return case.padding[2 * axis : 2 * axis + 2]


@cache
def _places(size, sides, border):
    return np.pad(np.arange(size), sides, "edge" if size == 1 else border)


def _padded(image, rows, columns, border):
    height, width, channels = image.shape
    if border == "resize":
        if not any((*rows, *columns)):
            return image
        return enlarge(image, height + sum(rows), width + sum(columns))
    if border in ("edge", "reflect", "symmetric", "wrap"):
        across = image[:, _places(width, columns, border)]
        return np.ascontiguousarray(across[_places(height, rows, border)])
    constant = 0 if border == "zero" else int(border.partition(":")[2])
    shape = (height + sum(rows), width + sum(columns), channels)
    padded = np.full(shape, constant, image.dtype)
    padded[rows[0] : rows[0] + height, columns[0] : columns[0] + width] = image
    return padded


def _windows(padded, kernel, stride, dilation):
    """A view: windows[y, x, i, j] is padded[y·stride + i·dilation, x·stride + j·dilation]."""
    row, column, sample = padded.strides
    shape = [(padded.shape[a] - dilation[a] * (kernel[a] - 1) - 1) // stride[a] + 1 for a in (0, 1)]
    steps = (row * stride[0], column * stride[1], row * dilation[0], column * dilation[1], sample)
    return np.ndarray((*shape, *kernel, padded.shape[2]), padded.dtype, padded, 0, steps)


def _divisors(weights, case):
    """What the sums are divided by, as whole numbers, one a map or one for all."""
    if case.normalize == "none":
        return [case.divisor]
    if case.normalize == "size":
        return [case.divisor * math.prod(weights.shape[-3:])]
    maps = weights if weights.ndim == 4 else weights[np.newaxis]
    return [int((each if case.normalize == "sum" else np.abs(each)).sum()) for each in maps]


def _quotients(sums, weights, case):
    """Y as whole numbers over one denominator."""
    divisors = _divisors(weights, case)
    denominator = lcm(*divisors)
    factors = np.array([case.scale * denominator // d for d in divisors])
    return sums * factors + case.bias * denominator, denominator


def _policy(weights, case):
    if case.policy != "auto":
        return case.policy
    maps = weights if weights.ndim == 4 else weights[np.newaxis]
    return "clip" if case.bias or any(each.sum() for each in maps) else "abs"


def _whole_pixels(numerators, denominator, weights, case, name):
    policy = _policy(weights, case)
    if policy == "float":
        return (numerators / denominator).astype(np.float64 if name in WIDE else np.float32)
    low, high = RANGE[name]
    if policy == "rescale":
        # Python's whole numbers: 2³² levels of int32 times its sums are more than int64 holds
        numerators = numerators.astype(object)
        least, span = numerators.min(), numerators.max() - numerators.min()
        if span == 0:
            return np.full(numerators.shape, low, name)
        levels = low * span + (numerators - least) * (high - low)
        return _half_to_even(levels, span).astype(name)
    if policy == "abs":
        numerators = np.abs(numerators)
    if policy == "offset":
        numerators = numerators + MIDDLE[name] * denominator
    return np.clip(_half_to_even(numerators, denominator), low, high).astype(name)


def _half_to_even(numerators, denominator):
    quotient = numerators // denominator
    twice = 2 * (numerators - quotient * denominator)
    return quotient + ((twice > denominator) | ((twice == denominator) & (quotient % 2 == 1)))


def _float_pixels(sums, image, weights, case, name):
    divisors = np.array(_divisors(weights, case), np.float64)
    results = sums / divisors * case.scale + case.bias
    size = np.abs(weights).sum() / divisors.min() * abs(case.scale)
    largest = max(float(np.abs(image).max()), _constant_of(case.border))
    share, last = (1e-5, 2.0**-23) if name == "float32" else (1e-12, 2.0**-52)
    bound = share * size * largest + last * (abs(case.bias) + 1)
    policy = _policy(weights, case)
    if policy == "rescale":
        least, span = results.min(), np.ptp(results)
        results = (results - least) / span if span else np.zeros(results.shape)
        bound = 2 * bound / span + last if span else 0
    if policy == "abs":
        results = np.abs(results)
    if policy == "offset":
        results = results + 0.5
    return results.astype(name), bound


def _constant_of(border):
    return float(border.partition(":")[2] or 0)
