"""The definition, in plain loops: the judge of every other file here. Slow, and meant to be read.

    Y[y, x] = bias + scale·Σ_c Σ_i Σ_j K[c][i][j] · Xp[y·s + i·d][x·s + j·d][c]

Numbers are Python's: whole numbers and fractions are exact, floats are float64. The border's pixels
come from np.pad, by definition; sizes from the size formula.
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite, isnan, nan
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.arithmetic import FULL_RANGE, full_range, resolve_biases
from convfilter.core.kernel import Kernel
from convfilter.core.problem import Problem, make_problem
from convfilter.core.resize import enlarge
from convfilter.core.spec import make_spec

PAD_MODES = ("edge", "reflect", "symmetric", "wrap")


def correlate(
    image: ArrayLike, weights: Kernel | ArrayLike, bias: Any = None, **options: Any
) -> NDArray[Any]:
    """The same as convfilter.correlate, pixel by pixel; `plan`, `threads` and `exact` say nothing.

    >>> correlate([[1, 2, 4], [4, 7, 3]], [[1, 0], [0, 2]]).tolist()
    [[15.0, 8.0]]
    """
    for name in ("plan", "threads", "exact", "out"):
        options.pop(name, None)
    options.setdefault("range_policy", "float")
    problem = make_problem(image, weights, make_spec(bias=bias, **options))
    sums = exact_results(problem)
    shape = problem.result_shape
    levels = [pixel_of(y, problem, sums) for y in sums]
    return np.array(levels, object).reshape(shape).astype(problem.pixel)


def convolve(
    image: ArrayLike, weights: Kernel | ArrayLike, bias: Any = None, **options: Any
) -> NDArray[Any]:
    """Correlate with the kernel turned by 180°.

    >>> convolve([[1, 2, 4]], [[1, 0, 3]]).tolist()
    [[7.0]]
    """
    return correlate(image, weights, bias, flip=True, **options)


def exact_results(problem: Problem) -> list[Any]:
    """Every Y in row-major order: fractions for exact kernels on whole numbers, else floats."""
    image, kernel, spec = problem.image, problem.kernel, problem.spec
    padded = _padded(problem).tolist()
    exact = kernel.numerators is not None and image.dtype.kind in "iu"
    maps = _maps(kernel, exact=exact)
    bias = kernel.bias if spec.bias is None else spec.bias
    biases = resolve_biases(bias, kernel.maps, image.dtype)
    scale: Any = spec.scale if exact else float(spec.scale)
    height, width = problem.geometry.out
    results = []
    for y in range(height):
        for x in range(width):
            for plane in range(problem.planes):
                index = plane if problem.full_depth else 0
                channels = range(problem.channels) if problem.full_depth else [plane]
                total = _window_sum(padded, maps[index], channels, y, x, problem)
                b = biases[index] if exact else float(biases[index])
                results.append(total * scale / (kernel.denominator if exact else 1) + b)
    return results


def pixel_of(y: Any, problem: Problem, results: list[Any]) -> Any:
    """One Y after range policy, rounding and saturation."""
    policy, dtype = problem.policy, problem.pixel
    if policy == "rescale":
        finite = [r for r in results if isfinite(r)]
        low, high = full_range(dtype)
        span = max(finite, default=0) - min(finite, default=0)
        if isfinite(y):
            y = low if span == 0 else low + (y - min(finite)) * (high - low) / span
    if policy == "abs":
        y = abs(y)
    if policy == "offset":
        y = y + (problem.shift if isinstance(y, Fraction) else float(problem.shift))
    if dtype.kind == "f":
        return _float_of(y, dtype)
    low, high = FULL_RANGE[dtype.name]
    if isnan(y):
        return 0
    return int(min(max(y, low), high)) if not isfinite(y) else min(max(round(y), low), high)


def _window_sum(
    padded: list[Any], kernel: list[Any], channels: Any, y: int, x: int, problem: Problem
) -> Any:
    rows, columns = problem.geometry.rows, problem.geometry.columns
    total: Any = 0
    for plane, channel in zip(kernel, channels, strict=False):
        for i, weights in enumerate(plane):
            row = padded[y * rows.stride + i * rows.dilation]
            for j, weight in enumerate(weights):
                if weight != 0:
                    total += weight * row[x * columns.stride + j * columns.dilation][channel]
    return total


def _padded(problem: Problem) -> NDArray[Any]:
    image, geometry = problem.image, problem.geometry
    top, bottom, left, right = geometry.padding
    kind = problem.spec.border.kind
    if kind == "resize":
        if not any(geometry.padding):
            return image
        return enlarge(image, geometry.rows.padded, geometry.columns.padded)
    sides = ((top, bottom), (left, right), (0, 0))
    if kind not in PAD_MODES:
        return np.pad(image, sides, constant_values=problem.constant)
    # np.pad refuses to reflect a single pixel over nothing but itself: an axis of one repeats it
    for axis, side in enumerate(sides):
        mode = "edge" if image.shape[axis] == 1 else kind
        one_axis = [(0, 0)] * axis + [side] + [(0, 0)] * (2 - axis)
        image = np.pad(image, one_axis, mode)  # type: ignore[call-overload]
    return image


def _maps(kernel: Kernel, *, exact: bool) -> list[Any]:
    """Weights as [map][channel][row][column]: numerators for exact sums, else values."""
    values: NDArray[Any] = kernel.values
    if exact and kernel.numerators is not None:
        values = kernel.numerators
    while values.ndim < 4:
        values = values[np.newaxis]
    nested: list[Any] = values.tolist()
    return nested


def _float_of(y: Any, dtype: np.dtype[Any]) -> Any:
    """A number rounded once to a float type: fractions through their exact value."""
    if not isinstance(y, Fraction) or dtype == np.float64:
        return dtype.type(float(y))
    near = dtype.type(float(y))
    neighbours = [np.nextafter(near, dtype.type(side)) for side in (-np.inf, np.inf)]
    best = min([near, *neighbours], key=lambda c: (abs(Fraction(float(c)) - y), _is_odd(c)))
    return best if best != 0 or not isnan(float(y)) else dtype.type(nan)


def _is_odd(number: Any) -> int:
    return int(np.float32(number).view(np.int32)) & 1
