"""In which numbers a kernel is added up: whole numbers over a divisor where that is exact, else floats."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.kernel import Amount, Kernel
from convfilter.core.rational import INT64_MAX, LARGEST_DENOMINATOR, scale_whole
from convfilter.errors import ShapeError

FULL_RANGE: dict[str, tuple[int, int]] = {
    "uint8": (0, 255),
    "uint16": (0, 65535),
    "int16": (-32768, 32767),
    "int32": (-(2**31), 2**31 - 1),
}
WIDE = ("int32", "float64")  # images whose float results are float64

LARGEST_FLOAT32_WEIGHT = 1e30


class Arithmetic(NamedTuple):
    """Weights in the type of their sums, and what turns a sum S into Y.

    Whole numbers:  Y = (S + bias) / divisor, bias being whole too, and the scale in the weights.
    Floats:         Y = scale·S + bias.

    weights  shape of the kernel's values, dtype `sum`
    sum      int16, int32, int64, float32 or float64
    biases   one a map
    bounds   whole numbers: the least and the greatest S + bias that pixels can give
    """

    weights: NDArray[Any]
    sum: str
    biases: tuple[int, ...] | tuple[float, ...]
    divisor: int = 1
    scale: float = 1.0
    bounds: tuple[int, int] = (0, 0)

    @property
    def whole(self) -> bool:
        """Whether sums are whole numbers, and so the results exact."""
        return self.sum.startswith("int")


@cache
def name_of(dtype: np.dtype[Any]) -> str:
    """dtype.name, which numpy works out anew each time (3 µs; a small picture takes 100)."""
    return dtype.name


def float_result(dtype: np.dtype[Any]) -> np.dtype[np.floating]:
    """The dtype of results that keep their numbers: float64 for int32 and float64 images."""
    return np.dtype(np.float64 if name_of(dtype) in WIDE else np.float32)


def full_range(dtype: np.dtype[Any]) -> tuple[int, int]:
    """The least and greatest pixel; 0 and 1 for floats, by convention of displays."""
    return FULL_RANGE.get(name_of(dtype), (0, 1))


def largest_pixel(dtype: np.dtype[Any]) -> int:
    """The greatest absolute value of a pixel."""
    return max(map(abs, full_range(dtype)))


def largest_partial_sum(arithmetic: Arithmetic, dtype: np.dtype[Any]) -> int:
    """What no sum of some whole-number products exceeds, on images of a dtype; without biases."""
    maps = arithmetic.weights.astype(np.int64).reshape(len(arithmetic.biases), -1)
    return int(np.abs(maps).sum(axis=1).max()) * largest_pixel(dtype)


def resolve_biases(
    bias: tuple[Amount, ...], maps: int | None, dtype: np.dtype[Any]
) -> tuple[Fraction, ...]:
    """Biases in the picture's own units, one a map; a percentage counts of the greatest pixel."""
    if len(bias) not in (0, 1, maps or 1):
        raise ShapeError(f"bias: {len(bias)} numbers for {maps or 1} maps: give one, or one a map")
    top = full_range(dtype)[1]
    values = [a.value * top / 100 if a.percent else a.value for a in bias or (Amount(),)]
    return tuple(values * (maps or 1) if len(values) == 1 else values)


def choose_arithmetic(
    kernel: Kernel,
    dtype: np.dtype[Any],
    biases: tuple[Fraction, ...],
    scale: Fraction,
    shift: int,
    *,
    exact: bool,
) -> Arithmetic:
    """The arithmetic for a kernel (flipped and normalized already) on images of one dtype.

    shift  what the range policy adds later; sums leave room for it
    exact  float kernels in float64, in row-major order
    """
    if dtype.kind in "iu" and (
        whole := _whole_arithmetic(kernel, full_range(dtype), biases, scale, shift)
    ):
        return whole
    wide = exact or _may_overflow(kernel, dtype, biases, scale) or name_of(dtype) in WIDE
    return Arithmetic(
        weights=kernel.values.astype(np.float64 if wide else np.float32),
        sum="float64" if wide else "float32",
        biases=tuple(map(float, biases)),
        scale=float(scale),
    )


def _may_overflow(
    kernel: Kernel, dtype: np.dtype[Any], biases: tuple[Fraction, ...], scale: Fraction
) -> bool:
    """Whether float32 could not hold a weight, or a result of whole-number pixels."""
    largest = float(np.abs(kernel.values).max())
    if dtype.kind == "f":
        return largest > LARGEST_FLOAT32_WEIGHT
    sums = Fraction(largest) * kernel.values.size * largest_pixel(dtype)
    result = sums * abs(scale) + max(map(abs, biases))
    return result > Fraction(LARGEST_FLOAT32_WEIGHT) * 1000


def _whole_arithmetic(
    kernel: Kernel,
    pixel_range: tuple[int, int],
    biases: tuple[Fraction, ...],
    scale: Fraction,
    shift: int,
) -> Arithmetic | None:
    if kernel.numerators is None:
        return None
    weights, divisor = kernel.numerators, kernel.denominator
    if scale != 1:
        scaled = scale_whole(weights, [scale.numerator], divisor * scale.denominator)
        if scaled is None:
            return None
        weights, divisor = scaled
    common = lcm(divisor, *(bias.denominator for bias in biases))
    factor = common // divisor
    if common > LARGEST_DENOMINATOR or _bound(weights, factor) > INT64_MAX:
        return None
    if factor > 1:
        weights = weights * factor
    starts = tuple(int(bias * common) for bias in biases)
    bounds = _bounds(weights, pixel_range, starts)
    room = max(-bounds[0], bounds[1]) + abs(shift) * common
    sums = next((name for name, top in _TOPS.items() if room <= top), None)
    if sums is None:
        return None
    if sums == "int16" and pixel_range != FULL_RANGE["uint8"]:
        sums = "int32"
    return Arithmetic(weights.astype(sums), sums, starts, common, bounds=bounds)


_TOPS = {"int16": 2**15 - 1, "int32": 2**31 - 1, "int64": 2**63 - 1}


def _bound(weights: NDArray[np.int64], factor: int) -> int:
    return int(np.abs(weights).max()) * factor * weights.size


def _bounds(
    weights: NDArray[np.int64], pixel_range: tuple[int, int], starts: tuple[int, ...]
) -> tuple[int, int]:
    """The least and greatest sum over all maps, the bias included."""
    low, high = pixel_range
    least, greatest = [], []
    maps = weights if weights.ndim == 4 else weights[np.newaxis]
    for each, start in zip(maps, starts, strict=True):
        positive, negative = int(each[each > 0].sum()), int(each[each < 0].sum())
        least.append(start + positive * low + negative * high)
        greatest.append(start + positive * high + negative * low)
    return min(least), max(greatest)
