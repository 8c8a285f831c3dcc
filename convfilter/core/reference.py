"""The definition, in plain loops: the judge of every other file here. Slow, and meant to be read.

    Y[y, x] = bias + scale·Σ_c Σ_i Σ_j K[c][i][j] · Xp[y·s + i·d][x·s + j·d][c]

Numbers are Python's: whole numbers and fractions are exact, floats are float64. The border's pixels
come from np.pad, by definition; sizes from the size formula.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import atan2, degrees, isfinite, isnan, nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.arithmetic import FULL_RANGE, float_result, full_range, resolve_biases
from convfilter.core.composite import TURN_LEVELS
from convfilter.core.finish import policy_of, policy_shift
from convfilter.core.kernel import Amount, Kernel, make_kernel
from convfilter.core.problem import Problem, check_image, make_problem
from convfilter.core.resize import enlarge
from convfilter.core.spec import Spec, make_spec
from convfilter.core.stages import Steps, chain_policy, in_picture_units

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
    kernel = weights if isinstance(weights, Kernel) else make_kernel(weights)
    return run_steps(image, ((kernel, make_spec(bias=bias, **options)),))


def run_steps(image: ArrayLike, steps: Steps) -> NDArray[Any]:
    """Kernels in turn, composites too, each with its spec: between the steps float64, never rounded."""
    pixels = check_image(image)
    picture, gray = pixels.dtype, pixels.ndim == 2
    policy = chain_policy(steps)
    results: list[Any] = []
    shape: tuple[int, ...] = ()
    for number, (kernel, given) in enumerate(steps):
        spec = in_picture_units(kernel, given, picture)
        problems = [
            make_problem(pixels, member, spec._replace(range_policy="float", bias=own))
            for member, own in _members(kernel, spec)
        ]
        results = [exact_results(problem) for problem in problems]
        results = _combined(results, kernel, [b.value for b in spec.bias or ()], problems[0].planes)
        shape = problems[0].result_shape
        gray = len(shape) == 2
        if number < len(steps) - 1:
            pixels = np.array([float(y) for y in results]).reshape(shape)
    pixel = float_result(picture) if policy == "float" else picture
    if steps[-1][0].combine == "angle" and policy != "float":
        levels = [
            round(y / 360 * TURN_LEVELS[pixel.name]) % TURN_LEVELS[pixel.name] for y in results
        ]
    else:
        planes = 1 if gray else shape[2]
        levels = [
            pixel_of(y, policy_of(policy, n % planes), pixel, results)
            for n, y in enumerate(results)
        ]
    return np.array(levels, object).reshape(shape).astype(pixel)


def _members(kernel: Kernel, spec: Spec) -> list[tuple[Kernel, Any]]:
    """A composite's kernels, without bias, or the kernel itself."""
    return [(member, (Amount(),)) for member in kernel.members] or [(kernel, spec.bias)]


def _combined(
    results: list[list[Any]], kernel: Kernel, biases: list[Fraction], planes: int
) -> list[Any]:
    if not kernel.members:
        return results[0]
    ways: dict[str, Callable[[Any], Any]] = {
        "magnitude": lambda ys: sqrt(float(sum(y * y for y in ys))),
        "sum-abs": lambda ys: sum(map(abs, ys)),
        "max": max,
        "angle": lambda ys: degrees(atan2(float(ys[1]) + 0.0, float(ys[0]) + 0.0)),
    }
    way = ways[kernel.combine]
    each = [way(ys) for ys in zip(*results, strict=True)]
    if kernel.combine == "angle":
        return each
    several = len(biases) > 1
    return [y + biases[n % planes if several else 0] for n, y in enumerate(each)]


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
    biases = resolve_biases(spec.bias_of(kernel), kernel.maps, image.dtype)
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


def pixel_of(y: Any, policy: str, dtype: np.dtype[Any], results: list[Any]) -> Any:
    """One Y after range policy, rounding and saturation."""
    if policy == "rescale":
        finite = [r for r in results if isfinite(r)]
        low, high = full_range(dtype)
        span = max(finite, default=0) - min(finite, default=0)
        if isfinite(y):
            y = low if span == 0 else low + (y - min(finite)) * (high - low) / span
    if policy == "abs":
        y = abs(y)
    if policy == "offset":
        shift = policy_shift(policy, dtype)
        y = y + (shift if isinstance(y, Fraction) else float(shift))
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
