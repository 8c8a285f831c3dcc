"""From sums to pixels: range policy, rounding half to even, saturation, statistics.

A compiled loop does it in the same pass where it can (`fused_finish`); numpy does it here for the
rest (`settle`). Both follow the same order: Σ, scale, bias, policy, round, saturate, once.
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite, isnan, nan, nextafter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.arithmetic import FULL_RANGE, Arithmetic, full_range, name_of
from convfilter.core.kernel import Kernel
from convfilter.core.rational import first_sum_reaching, float_quotient, round_quotient
from convfilter.errors import OptionError
from convfilter.native.loops import Loop

OFFSET = {"uint8": 128, "uint16": 32768}
INT64 = np.iinfo(np.int64)
BAND_NUMBERS = 2**20


class Statistics(NamedTuple):
    """What the range policy met. Y is the result before the policy.

    least, greatest  of the finite Y; NaN where there is none
    below, above     samples that saturation cut
    nonfinite        samples of Y that are NaN or infinite
    samples          all samples
    """

    least: float = nan
    greatest: float = nan
    below: int = 0
    above: int = 0
    nonfinite: int = 0
    samples: int = 0


class Finish(NamedTuple):
    """The last step of a compiled loop.

    kind        how a sum becomes a pixel, a key of native.loops' tables
    policy      the range policy, or "raw": sums as they are
    pixel       dtype that is written
    parameters  one row a map, in the order that the loop expects
    """

    kind: str
    policy: str
    pixel: np.dtype[Any]
    parameters: tuple[tuple[float, ...], ...]


def resolve_policy(requested: str, kernel: Kernel, *, biased: bool) -> str:
    """The policy behind `auto`: the kernel's own, else abs for Σ = 0 without bias, else clip.

    A composite's is clip: magnitudes and angles have no sign, and the largest response keeps its own.
    """
    if requested != "auto":
        return requested
    if kernel.range_policy != "auto":
        return kernel.range_policy
    return "abs" if kernel.zero_sum and not biased and not kernel.members else "clip"


def policy_of(policy: str, index: int) -> str:
    """The policy of one map; a bank's policies may stand side by side, with commas."""
    words = policy.split(",")
    return words[index if len(words) > 1 else 0]


def policy_shift(policy: str, dtype: np.dtype[Any]) -> Fraction:
    """What `offset` adds to every Y: the middle of the range; 0 where no map has that policy."""
    if "offset" not in policy.split(","):
        return Fraction(0)
    if dtype.kind == "i":
        raise OptionError(
            f"range: offset moves 0 to the middle of the range, where {name_of(dtype)} has it already; "
            "use clip"
        )
    return Fraction(OFFSET[name_of(dtype)]) if dtype.kind == "u" else Fraction(1, 2)


def fused_finish(
    arithmetic: Arithmetic, policy: str, shift: Fraction, pixel: np.dtype[Any]
) -> Finish | None:
    """The finish a loop does in its own pass, or None where numpy has to `settle` raw sums."""
    if policy == "raw":
        return raw_finish(arithmetic)
    if policy == "rescale":
        return None
    if arithmetic.whole:
        return _fused_whole(arithmetic, policy, int(shift), pixel)
    low, high = -np.inf, np.inf
    if name_of(pixel) in FULL_RANGE:
        low, high = _float_limits(pixel, arithmetic.sum)
    kind = "rounded" if name_of(pixel) in FULL_RANGE else "value"
    parameters = tuple(
        (0.0, arithmetic.scale, b, mirror, float(shift) if moved else 0.0, low, high)
        for b, (mirror, moved) in zip(arithmetic.biases, _by_map(arithmetic, policy), strict=True)
    )
    return Finish(kind, policy, pixel, parameters)


def _by_map(arithmetic: Arithmetic, policy: str) -> list[tuple[int, bool]]:
    """For each map −1 where negative sums are mirrored, else 1; and whether sums are shifted."""
    words = [policy_of(policy, index) for index in range(len(arithmetic.biases))]
    return [(-1 if word == "abs" else 1, word == "offset") for word in words]


def raw_finish(arithmetic: Arithmetic) -> Finish:
    """Sums as they are: whole sums with their bias, or float Y."""
    dtype = np.dtype(arithmetic.sum)
    if arithmetic.whole:
        limits = np.iinfo(arithmetic.sum)
        low, high = int(limits.min), int(limits.max)
        return Finish("whole", "raw", dtype, tuple((b, 1, 0, low, high) for b in arithmetic.biases))
    rows = tuple((0.0, arithmetic.scale, b, 1.0, 0.0, -np.inf, np.inf) for b in arithmetic.biases)
    return Finish("value", "raw", dtype, rows)


def _fused_whole(
    arithmetic: Arithmetic, policy: str, shift: int, pixel: np.dtype[Any]
) -> Finish | None:
    divisor = arithmetic.divisor
    limits = np.iinfo(arithmetic.sum)
    least, greatest = int(limits.min), int(limits.max)
    if pixel.kind == "f":
        if not _rounds_once(arithmetic, pixel):
            return None
        kind = "quotient"
    else:
        low, high = FULL_RANGE[name_of(pixel)]
        least = max(least, first_sum_reaching(low, divisor))
        greatest = min(greatest, first_sum_reaching(high + 1, divisor) - 1)
        exact = 2**22 if arithmetic.sum == "int16" else 2**51
        largest = max(-least, greatest)
        if divisor == 1:
            kind = "whole"
        elif _has_shift(arithmetic, largest):
            kind = "shifted"
        elif arithmetic.sum == "int16" and _has_multiplier(divisor, low, greatest):
            kind = "scaled"
        elif _has_reciprocal(divisor, largest, max(-low, high), 24) and arithmetic.sum != "int64":
            kind = "reciprocal"
        elif _has_reciprocal(divisor, largest, max(-low, high), 53) and arithmetic.sum != "int16":
            kind = "reciprocal64"
        elif largest < exact:
            kind = "rational"
        else:
            return None
    rows = tuple(
        (b, mirror, shift * divisor if moved else 0, least, greatest)
        for b, (mirror, moved) in zip(arithmetic.biases, _by_map(arithmetic, policy), strict=True)
    )
    return Finish(kind, policy, pixel, rows)


def quotient_facts(kind: str, divisor: int) -> dict[str, int]:
    """How a loop of that kind divides (native.finishing.quotient)."""
    power = divisor.bit_length() - 1
    if kind == "shifted":
        return {"power": power, "half_divisor": divisor // 2 - 1}
    if kind == "scaled":
        factor = -(-(1 << (16 + power)) // divisor)
        return {"power": power, "half_divisor": divisor // 2, "factor": factor}
    return {}


def _has_shift(arithmetic: Arithmetic, largest: int) -> bool:
    """Whether a shift divides: a power of two, and room for the half that is added."""
    divisor = arithmetic.divisor
    if arithmetic.sum == "int64" or divisor & (divisor - 1):
        return False
    return largest + divisor // 2 <= np.iinfo(arithmetic.sum).max


def _has_multiplier(divisor: int, low: int, greatest: int) -> bool:
    """Whether a product of 16-bit numbers divides sums of low·divisor … greatest exactly."""
    if divisor % 2 == 0 or low < 0:
        return False
    facts, most = quotient_facts("scaled", divisor), greatest + divisor // 2
    whole = 1 << (16 + facts["power"])
    error = facts["factor"] * divisor - whole
    return facts["factor"] < 2**16 and most < 2**15 and most * error < whole


def _has_reciprocal(divisor: int, largest: int, top: int, digits: int) -> bool:
    """Whether fl(s · fl(1/divisor)) rounds to the same pixel as s/divisor, |s| ≤ largest.

    In floats of so many binary digits (24, 53) the product is off by at most 2^(1 − digits)·(top + ½),
    and a quotient by an odd divisor lies at least 1/(2·divisor) from the next tie; a power of two
    only scales.
    """
    if largest >= 2**digits:
        return False
    power_of_two = divisor & (divisor - 1) == 0
    return power_of_two or (divisor % 2 == 1 and divisor * (top + 1) < 2 ** (digits - 2))


def _rounds_once(arithmetic: Arithmetic, pixel: np.dtype[Any]) -> bool:
    """Whether the loop's float division of a whole sum gives the correctly rounded float.

    A power of two only scales; any other divisor needs both numbers exact in the type that divides.
    """
    largest = max(-arithmetic.bounds[0], arithmetic.bounds[1])
    power_of_two = arithmetic.divisor & (arithmetic.divisor - 1) == 0
    real = Loop("", "", "", arithmetic.sum, name_of(pixel), "quotient").real
    digits = 24 if real == "float32" else 53
    exact = max(largest, arithmetic.divisor) <= 2**digits
    if real == name_of(pixel):
        return exact or power_of_two
    return power_of_two and largest <= 2**digits


def _float_limits(pixel: np.dtype[Any], sums: str) -> tuple[float, float]:
    """The least and greatest float of type `sums` that round to a pixel of the type."""
    low, high = FULL_RANGE[
        name_of(pixel)
    ]  # low is even: its tie rounds to it; high is odd: its not
    if sums == "float32":
        return low - 0.5, float(np.nextafter(np.float32(high + 0.5), np.float32(0)))
    return low - 0.5, nextafter(high + 0.5, 0.0)


def settle(
    sums: NDArray[Any],
    arithmetic: Arithmetic,
    policy: str,
    shift: Fraction,
    pixel: np.dtype[Any],
    ends: Statistics | None = None,
) -> tuple[NDArray[Any], Statistics]:
    """Raw sums (see `raw_finish`) of all maps → finished pixels and statistics, in numpy.

    sums  (H', W', planes); done in bands of rows, so that the wide numbers in between stay few
    ends  what `rescale` stretches, where these are not all
    """
    if "," in policy:
        return _settle_maps(sums, arithmetic, policy, shift, pixel)
    shift = shift if policy == "offset" else Fraction(0)
    if policy == "raw":
        return sums.astype(pixel), extremes(sums, arithmetic.divisor)
    if not arithmetic.whole:
        return settle_results(sums, policy, float(shift), pixel, ends)
    facts = extremes(sums, arithmetic.divisor)
    least, greatest = int(sums.min()), int(sums.max())
    if ends is not None:
        least = round(ends.least * arithmetic.divisor)
        greatest = round(ends.greatest * arithmetic.divisor)
    pixels = np.empty(sums.shape, pixel)
    for band in _bands(sums):
        wide = sums[band].astype(np.int64)
        if policy == "rescale":
            low, high = full_range(pixel)
            pixels[band] = _rescale_whole(wide, least, greatest, low, high)
            continue
        wide = np.abs(wide) if policy == "abs" else wide + int(shift) * arithmetic.divisor
        if pixel.kind == "f":
            pixels[band] = float_quotient(wide, arithmetic.divisor, pixel)
        else:
            levels = round_quotient(wide, arithmetic.divisor)
            pixels[band], facts = _saturate(levels, pixel, facts)
    return pixels, facts


def _settle_planes(
    results: NDArray[Any], policy: str, shift: float, pixel: np.dtype[Any]
) -> tuple[NDArray[Any], Statistics]:
    """`settle_results` where each plane has a policy of its own."""
    planes = [
        settle_results(results[:, :, index : index + 1], word, shift, pixel)
        for index, word in enumerate(policy.split(","))
    ]
    return np.concatenate([plane for plane, _ in planes], axis=2), merge([f for _, f in planes])


def _settle_maps(
    sums: NDArray[Any], arithmetic: Arithmetic, policy: str, shift: Fraction, pixel: np.dtype[Any]
) -> tuple[NDArray[Any], Statistics]:
    """`settle` where each map has a policy of its own."""
    planes = [
        settle(sums[:, :, index : index + 1], arithmetic, word, shift, pixel)
        for index, word in enumerate(policy.split(","))
    ]
    return np.concatenate([plane for plane, _ in planes], axis=2), merge([f for _, f in planes])


def settle_results(
    results: NDArray[Any],
    policy: str,
    shift: float,
    pixel: np.dtype[Any],
    whole: Statistics | None = None,
) -> tuple[NDArray[Any], Statistics]:
    """Results Y in floats → finished pixels and statistics.

    whole  the statistics of all results, where these are a part: `rescale` goes by them
    """
    if "," in policy:
        return _settle_planes(results, policy, shift, pixel)
    shift = shift if policy == "offset" else 0.0
    facts = extremes(results, 1)
    pixels = np.empty(results.shape, pixel)
    for band in _bands(results):
        y = results[band]
        if policy == "rescale":
            y = _rescale_float(y, whole or facts, pixel)
        elif policy == "abs":
            y = np.abs(y)
        y = y + y.dtype.type(shift) if shift else y
        if pixel.kind == "f":
            pixels[band] = y
        else:
            levels = np.nan_to_num(np.rint(y), posinf=np.inf, neginf=-np.inf)
            pixels[band], facts = _saturate(levels, pixel, facts)
    return pixels, facts


def _bands(array: NDArray[Any]) -> list[slice]:
    """Rows of about a million numbers at once."""
    rows = max(1, BAND_NUMBERS * array.shape[0] // array.size)
    return [slice(y, y + rows) for y in range(0, array.shape[0], rows)]


def extremes(array: NDArray[Any], divisor: int) -> Statistics:
    """Least and greatest of the finite numbers, and how many are not."""
    with np.errstate(invalid="ignore"):
        least, greatest = float(array.min()) / divisor, float(array.max()) / divisor
    if isfinite(least) and isfinite(greatest):
        return Statistics(least, greatest, samples=array.size)
    finite = array[np.isfinite(array)]
    return Statistics(
        float(finite.min()) / divisor if finite.size else nan,
        float(finite.max()) / divisor if finite.size else nan,
        nonfinite=array.size - finite.size,
        samples=array.size,
    )


def _rescale_whole(
    sums: NDArray[np.int64], least: int, greatest: int, low: int, high: int
) -> NDArray[Any]:
    if least == greatest:
        return np.full(sums.shape, low)
    span, top = greatest - least, high - low
    if span * top > INT64.max:  # Python's whole numbers: slow, and right
        levels = [(s - least) * top for s in sums.ravel().tolist()]
        exact = [low + round(Fraction(level, span)) for level in levels]
        return np.array(exact, np.int64).reshape(sums.shape)
    return low + round_quotient((sums - least) * top, span)


def _rescale_float(results: NDArray[Any], facts: Statistics, pixel: np.dtype[Any]) -> NDArray[Any]:
    """From the least to the greatest over the full range; halved first, for spans beyond float64."""
    low, high = full_range(pixel)
    if not facts.greatest > facts.least:
        return np.where(np.isfinite(results), float(low), results)
    least, greatest = facts.least / 2, facts.greatest / 2
    shares: NDArray[Any] = (results.astype(np.float64) / 2 - least) / (greatest - least)
    return low + shares * (high - low)


def _saturate(
    levels: NDArray[Any], pixel: np.dtype[Any], facts: Statistics
) -> tuple[NDArray[Any], Statistics]:
    """Levels cut to the pixel's range, and the facts with the cut ones counted."""
    low, high = FULL_RANGE[name_of(pixel)]
    below, above = int((levels < low).sum()), int((levels > high).sum())
    facts = facts._replace(below=facts.below + below, above=facts.above + above)
    return np.clip(levels, low, high).astype(pixel), facts


def merge(parts: list[Statistics]) -> Statistics:
    """The statistics of a result from those of its pieces."""
    least = [part.least for part in parts if not isnan(part.least)]
    greatest = [part.greatest for part in parts if not isnan(part.greatest)]
    return Statistics(
        min(least, default=nan),
        max(greatest, default=nan),
        sum(part.below for part in parts),
        sum(part.above for part in parts),
        sum(part.nonfinite for part in parts),
        sum(part.samples for part in parts),
    )
