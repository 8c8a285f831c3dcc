"""Composites: several kernels of one size, whose sums become one number.

    magnitude   √Σ S²             sum-abs   Σ |S|            max   the largest signed S
    angle       atan2(S_y, S_x) in degrees, y down, of two kernels: along x, along y

S are sums with their scale; bias, range policy and rounding come after, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.arithmetic import Arithmetic, name_of
from convfilter.core.finish import Statistics, settle_results
from convfilter.core.kernel import Kernel, shape_text, turned_ring
from convfilter.core.words import COMBINATIONS
from convfilter.errors import OptionError, ShapeError

# Levels of a full turn.
TURN_LEVELS = {"uint8": 256, "uint16": 65536}


def make_composite(members: Sequence[Kernel], combine: str, **fields: Any) -> Kernel:
    """A kernel of kernels.

    members  at least two, of one shape, without bias and no composites; exactly two for `angle`
    combine  magnitude, sum-abs, max or angle
    fields   name, description, source, aliases, tags, bias, range_policy, file

    Raises ShapeError, OptionError.
    """
    if combine not in COMBINATIONS:
        raise OptionError(f"combine: {combine!r} is none of {', '.join(COMBINATIONS)}")
    if len(members) < 2 or (combine == "angle" and len(members) != 2):
        need = "exactly 2" if combine == "angle" else "at least 2"
        raise OptionError(f"{combine} is made of {need} kernels, here are {len(members)}")
    shapes = {member.shape for member in members}
    if len(shapes) > 1:
        sizes = ", ".join(f"{member.name} {shape_text(member.shape)}" for member in members)
        raise ShapeError(f"the kernels of a composite have one size, these have several: {sizes}")
    for member in members:
        if member.members or any(amount.value for amount in member.bias):
            what = "a composite itself" if member.members else "has a bias of its own"
            raise OptionError(f"{member.name} can't be part of a composite: it is {what}")
    weights, values = (
        np.stack([getattr(member, name) for member in members]) for name in ("weights", "values")
    )
    weights.flags.writeable = values.flags.writeable = False
    return Kernel(weights, values, None, members=tuple(members), combine=combine, **fields)


def rotations(kernel: Kernel, count: int) -> list[Kernel]:
    """A square kernel of odd size and its turns, 360° / count each, counter-clockwise.

    A turn by 45° moves every ring of weights on by an eighth of its length: R. Kirsch, Computer
    determination of the constituent structure of biological images, 1971.

    Raises ShapeError for other kernels.
    """
    height, width = kernel.size
    if kernel.depth is not None or height != width or height % 2 == 0:
        raise ShapeError(
            f"rotations turn a square kernel of odd size, {kernel.name} is {shape_text(kernel.shape)}"
        )
    eighths = 8 // count
    return [kernel.rearranged(turned_ring(height, turn * eighths)) for turn in range(count)]


def combined(
    sums: Sequence[NDArray[Any]], arithmetics: Sequence[Arithmetic], how: str, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """The results of a composite before its bias, in floats.

    sums   of each member, of one shape, raw: whole numbers over their arithmetic's divisor, or floats
    dtype  float32 or float64, of the work and the result
    """
    results = [_result(each, a, dtype) for each, a in zip(sums, arithmetics, strict=True)]
    total, others = results[0], results[1:]
    if how == "angle":
        across, down = total, others[0]
        # −0 counts as 0: the direction of a falling edge is 180°, never −180°
        turned: NDArray[Any] = np.degrees(np.arctan2(down + 0.0, across + 0.0, dtype=dtype))
        return turned
    if how == "max":
        for other in others:
            np.maximum(total, other, out=total)
        return total
    if how == "sum-abs":
        np.abs(total, out=total)
        for other in others:
            total += np.abs(other, out=other)
        return total
    np.square(total, out=total)
    for other in others:
        total += np.square(other, out=other)
    np.sqrt(total, out=total)
    return total


def _result(sums: NDArray[Any], arithmetic: Arithmetic, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Y of one member, in an array that may be written to."""
    y = sums.astype(dtype)
    if arithmetic.whole and arithmetic.divisor != 1:
        y /= arithmetic.divisor
    return y


def finish_angle(
    degrees: NDArray[Any], policy: str, pixel: np.dtype[Any]
) -> tuple[NDArray[Any], Statistics]:
    """Angles in (−180°, 180°] → levels of a full turn, round(θ / 360 · N) mod N, or as they are."""
    if policy == "float":
        return settle_results(degrees, policy, 0.0, pixel)
    levels = TURN_LEVELS[name_of(pixel)]
    _, facts = settle_results(degrees, "float", 0.0, np.dtype(degrees.dtype))
    turns = np.nan_to_num(np.rint(degrees.astype(np.float64) * (levels / 360)))
    return (turns.astype(np.int64) % levels).astype(pixel), facts


def check_angle(policy: str, pixel: np.dtype[Any], *, biased: bool, scaled: bool) -> None:
    """Raises OptionError for what makes no sense of a direction."""
    if biased or scaled:
        raise OptionError(f"{'bias' if biased else 'scale'}: a direction takes none")
    if policy not in ("clip", "float"):
        raise OptionError(
            f"range: {policy} makes no sense of a direction; use clip (a full turn over all levels) "
            "or float (degrees)"
        )
    if policy == "clip" and name_of(pixel) not in TURN_LEVELS:
        raise OptionError(
            f"range: a direction has levels in {' and '.join(TURN_LEVELS)} pictures, not in "
            f"{name_of(pixel)}; --range float gives degrees"
        )


def largest_reach(kernel: Kernel, scale: Fraction) -> float:
    """How many times its largest pixel a kernel's result can be, at most."""
    members = kernel.members or (kernel,)
    sizes = [float(np.abs(member.values).sum()) for member in members]
    return max(sizes) * len(members) * abs(float(scale))
