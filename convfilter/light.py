"""Linear light: what sRGB's levels stand for, and back, so that filters average light and not levels.

    level / top = e   light = e / 12.92                       e ≤ 0.04045
                      light = ((e + 0.055) / 1.055)^2.4       above
    light       → e   e = 12.92 · light                       light ≤ 0.0031308
                      e = 1.055 · light^(1/2.4) − 0.055       above

Source: IEC 61966-2-1:1999, section 4.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.arithmetic import FULL_RANGE, name_of
from convfilter.core.border import Border
from convfilter.core.kernel import Amount, Kernel
from convfilter.core.problem import border_constant
from convfilter.core.spec import Spec
from convfilter.core.stages import Steps
from convfilter.errors import OptionError
from convfilter.threads import in_bands

LEVELS = ("uint8", "uint16")
STRAIGHT, OFFSET, POWER = 12.92, 0.055, 2.4
# Where the curve leaves its straight piece: in levels, and in light.
LAST_STRAIGHT_LEVEL, LAST_STRAIGHT_LIGHT = 0.04045, 0.0031308
# Numbers done at once: from 2**15 on, what is worked out for them lies in fresh pages each time (0.4 s
# for 12 Mpx RGB, not 0.12).
BAND_NUMBERS = 2**13
# A float32's upper half says where between 0 and 1 it lies; the upper half of 1.
PIECES = 0x3F80


class Encoded(NamedTuple):
    """Pixels, and what became of the light that they can't show.

    below, above  samples whose rounded level lay outside, as in finish.Statistics
    nonfinite     samples that are NaN, which becomes 0, or infinite
    """

    pixels: NDArray[Any]
    below: int
    above: int
    nonfinite: int


def to_linear(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """The light of every pixel, from a table.

    pixels   any shape of 2 or 3 dimensions, uint8 or uint16
    returns  the same shape, float32, 0 … 1

    >>> to_linear(np.array([[0, 10, 128, 255]], np.uint8)).round(4).tolist()
    [[0.0, 0.003000000026077032, 0.2159000039100647, 1.0]]
    """
    table = _light_of_levels(name_of(pixels.dtype))
    light = np.empty(pixels.shape, np.float32)

    def decode(rows: slice) -> None:
        table.take(pixels[rows], out=light[rows], mode="clip")  # other modes copy once more

    in_bands(len(pixels), pixels.size, BAND_NUMBERS, decode)
    return light


def from_linear(
    values: NDArray[Any], dtype: np.dtype[Any], out: NDArray[Any] | None = None
) -> Encoded:
    """Light as levels of the curve, rounded to the nearest and cut to what pixels can hold.

    level = round(top · e(light)), half to even; e goes on straight below 0, and by its power above 1

    values   2 or 3 dimensions, float32 or float64, 1 for white
    dtype    uint8 or uint16
    out      where to write, of the values' shape and that dtype
    returns  what the float64 curve gives, wherever that is further than 1e-9 of a level from a tie

    Every level's own light gives that level again.

    >>> light = np.array([[-0.5, 0.5, 1.5, np.nan]])
    >>> from_linear(light, np.dtype(np.uint8))
    Encoded(pixels=array([[  0, 188, 255,   0]], dtype=uint8), below=1, above=1, nonfinite=1)
    """
    pixels = np.empty(values.shape, dtype) if out is None else out
    curve = _curve(name_of(dtype), name_of(values.dtype))
    counts: list[tuple[int, int, int]] = []

    def encode(rows: slice) -> None:
        within, cut = _within(values[rows], curve)
        counts.append(cut)
        _to_levels(within, curve, pixels[rows])

    in_bands(len(values), values.size, BAND_NUMBERS, encode)
    below, above, nonfinite = (sum(each) for each in zip(*counts, strict=True))
    return Encoded(pixels, below, above, nonfinite)


def linear_steps(steps: Steps, dtype: np.dtype[Any]) -> Steps:
    """The same steps for the light of a picture: floats of 0 … 1 in place of its levels.

    A bias is an amount of light: b levels are the share b / top, percentages stay (and `offset` adds
    half). A border's constant is a pixel: V, or a percentage rounded to a pixel, is decoded by the curve.

    dtype  of the picture, uint8 or uint16, of light: CMYK are inks

    Raises OptionError for other dtypes, a direction, and a constant that is no pixel of the dtype.

    >>> from convfilter.core.kernel import make_kernel
    >>> from convfilter.core.spec import make_spec
    >>> step = make_kernel([[1]]), make_spec(bias="51,10%", border="constant:255")
    >>> ((_, spec),) = linear_steps((step,), np.dtype(np.uint8))
    >>> [str(amount) for amount in spec.bias], str(spec.border)
    (['0.2', '10%'], 'constant:1')
    """
    if dtype.kind == "f":
        raise OptionError(
            "linear: floating-point numbers are taken to be linear already; leave --linear out"
        )
    if name_of(dtype) not in LEVELS:
        raise OptionError(
            f"linear: the curve is one of 8-bit and 16-bit levels, not of {name_of(dtype)}; "
            "leave --linear out"
        )
    if steps[-1][0].combine == "angle":
        raise OptionError("linear: an angle is no light; leave --linear out")
    return tuple((kernel, _linear_spec(kernel, spec, dtype)) for kernel, spec in steps)


def _linear_spec(kernel: Kernel, spec: Spec, dtype: np.dtype[Any]) -> Spec:
    amounts = spec.bias_of(kernel)
    if any(amount.value and not amount.percent for amount in amounts):
        spec = spec._replace(bias=tuple(_share(amount, dtype) for amount in amounts))
    if spec.border.kind != "constant":
        return spec
    level = int(border_constant(spec.border, dtype))
    light = float(_light_of_levels(name_of(dtype))[level])
    return spec._replace(border=Border("constant", Fraction(light)))


def _share(amount: Amount, dtype: np.dtype[Any]) -> Amount:
    top = FULL_RANGE[name_of(dtype)][1]
    return amount if amount.percent else Amount(amount.value / top)


def _decoded(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The light of levels 0 … 1, and of what lies beyond."""
    powers = ((np.maximum(shares, 0) + OFFSET) / (1 + OFFSET)) ** POWER
    return np.where(shares <= LAST_STRAIGHT_LEVEL, shares / STRAIGHT, powers)


def _encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The levels, 0 … 1, of light, and of what lies beyond."""
    powers = (1 + OFFSET) * np.maximum(light, 0) ** (1 / POWER) - OFFSET
    return np.where(light <= LAST_STRAIGHT_LIGHT, light * STRAIGHT, powers)


@lru_cache(maxsize=2)
def _light_of_levels(name: str) -> NDArray[np.float32]:
    top = FULL_RANGE[name][1]
    return _decoded(np.arange(top + 1) / top).astype(np.float32)


class _Curve(NamedTuple):
    """Tables for levels of a dtype from light of a float type.

    A straight line for each upper half of a float32 gives a level that is right or one too low: the
    curve bends by at most 0.13 of 65535 levels on such a piece. Whether it is too low, the least light
    of the next level says. So results are exact, and the same on every processor.

    slope, start  float32, one a piece: levels = start + slope · light, rounded down
    least         one a level: the least light of the next one; infinity behind the last
    low, high     light beyond which the rounded level is none
    """

    slope: NDArray[np.float32]
    start: NDArray[np.float32]
    least: NDArray[Any]
    low: float
    high: float


@lru_cache(maxsize=4)
def _curve(levels: str, floats: str) -> _Curve:
    top = FULL_RANGE[levels][1]
    ends = (np.arange(PIECES + 1, dtype=np.uint32) << 16).view(np.float32).astype(np.float64)
    at_ends = _encoded(ends) * top
    slope = np.append(np.diff(at_ends) / np.diff(ends), 0.0)
    ties = _decoded((np.arange(-1, top + 1) + 0.5) / top)
    least = np.append(ties[1:-1], np.inf).astype(floats)
    if floats == "float32":  # upwards: the least float32 that lies there
        least = np.where(least < np.append(ties[1:-1], np.inf), np.nextafter(least, 2.0), least)
    return _Curve(
        slope.astype(np.float32),
        (at_ends - slope * ends).astype(np.float32),
        least.astype(floats),
        float(ties[0]),
        float(ties[-1]),
    )


def _within(values: NDArray[Any], curve: _Curve) -> tuple[NDArray[Any], tuple[int, int, int]]:
    """Light cut to 0 … 1, and how many samples were below, above, not finite."""
    least, greatest = float(values.min()), float(values.max())  # NaN if there is one
    if least >= 0 and greatest <= 1:
        return values, (0, 0, 0)
    cut = (
        int((values < curve.low).sum()),
        int((values > curve.high).sum()),
        int(values.size - np.isfinite(values).sum()),
    )
    inside = np.clip(values, 0, 1)
    return (np.nan_to_num(inside, copy=False) if cut[2] else inside), cut


def _to_levels(light: NDArray[Any], curve: _Curve, pixels: NDArray[Any]) -> None:
    """The levels of light 0 … 1.

    12 Mpx RGB on two cores: 0.13 s. A power in float32 takes as long and misses one level of 65536 in
    fifty; in float64 it takes 0.15 s with AVX-512 and 0.4 s without; searching the ties 2.1 s.
    """
    near = light.astype(np.float32)
    near += 0  # −0 becomes 0, whose sign says nothing about a piece
    piece = (near.view(np.uint32) >> 16).astype(np.intp)
    about = curve.slope.take(piece, mode="clip")
    about *= near
    about += curve.start.take(piece, mode="clip")
    level = about.astype(np.intp)
    low = light >= curve.least.take(level, mode="clip")
    np.add(level, low, out=pixels, casting="unsafe")
