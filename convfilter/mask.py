"""Filtering through a mask: nothing happens where it is black, everything where it is white.

    out = before + (after − before) · m / full        full: 255, 65535, or 1 in floats

With alpha, what can't be seen has no say: a colour counts by m · α of the result, and by (full − m) · α
of the picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.arithmetic import FULL_RANGE, name_of
from convfilter.core.kernel import shape_text
from convfilter.errors import ShapeError
from convfilter.threads import in_bands

# Numbers done at once, that stay in the cache.
BAND_NUMBERS = 2**13


def check_mask(mask_shape: tuple[int, ...], picture_shape: tuple[int, ...], label: str) -> None:
    """Raises ShapeError unless a mask is grey and of the picture's size.

    mask_shape     (H, W); picture_shape  (H, W) or (H, W, channels)
    label          the mask's name, for the message
    """
    if len(mask_shape) != 2:
        raise ShapeError(
            f"{label}: a mask is a grey picture, this one has {mask_shape[2]} channels: convert it"
        )
    if mask_shape != picture_shape[:2]:
        raise ShapeError(
            f"{label}: the mask has {shape_text(mask_shape)} pixels, the picture "
            f"{shape_text(picture_shape[:2])}: they must have one size"
        )


def blend(
    before: NDArray[Any],
    after: NDArray[Any],
    weights: NDArray[Any],
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """From one picture to another, by a mask: before + (after − before) · m / full.

    before, after  (H, W) or (H, W, C), of one shape and dtype: uint8, uint16, int16, int32, float32,
                   float64
    weights        (H, W): m, uint8 or uint16, or floats 0 … 1 (beyond counts as the end, NaN as 0)
    out            where to write, of that shape and dtype; may be before or after

    Rounded once, half to even. Where m is 0 the result is `before`, where it is full `after`, whatever
    they are: NaN and infinity too.

    >>> before, after = np.array([[10, 10, 10]], np.uint8), np.array([[20, 20, 0]], np.uint8)
    >>> blend(before, after, np.array([[0, 255, 64]], np.uint8)).tolist()
    [[10, 20, 7]]
    """
    result = np.empty_like(before) if out is None else out
    in_bands(
        len(before),
        before.size,
        BAND_NUMBERS,
        lambda rows: _blend(before[rows], after[rows], weights[rows], result[rows]),
    )
    return result


def blend_with_alpha(
    before: tuple[NDArray[Any], NDArray[Any]],
    after: tuple[NDArray[Any], NDArray[Any]],
    weights: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """From one picture to another where both have alpha: colours and alpha of the mixture.

        α = α₀ + (α₁ − α₀)·m/full        colour = X₀ + (X₁ − X₀) · m·α₁ / ((full − m)·α₀ + m·α₁)

    before, after  colours (H, W[, C]) and alpha (H, W), each of one dtype
    weights        as for `blend`, by which goes what neither shows

    >>> hidden_green, red = np.array([[[0, 255, 0]]], np.uint8), np.array([[[255, 0, 0]]], np.uint8)
    >>> clear, half = np.array([[0]], np.uint8), np.array([[128]], np.uint8)
    >>> colour, alpha = blend_with_alpha((hidden_green, clear), (red, half), np.array([[0.25]]))
    >>> colour.tolist(), alpha.tolist()
    ([[[255, 0, 0]]], [[32]])
    """
    colours, alpha = np.empty_like(before[0]), np.empty_like(before[1])

    def work(rows: slice) -> None:
        old, new, share = before[1][rows], after[1][rows], weights[rows]
        _blend(old, new, share, alpha[rows])
        share = share if np.array_equal(old, new) else _visible_share(old, new, share)
        _blend(before[0][rows], after[0][rows], share, colours[rows])

    in_bands(len(colours), colours.size, BAND_NUMBERS, work)
    return colours, alpha


def _visible_share(
    before: NDArray[Any], after: NDArray[Any], weights: NDArray[Any]
) -> NDArray[np.float64]:
    """How much of what can be seen is of `after`, 0 … 1; the mask itself where nothing can."""
    share = _shares(weights, np.dtype(np.float64))
    share /= _full(weights)
    new = share * after
    total = new + (1 - share) * before
    np.divide(new, total, out=share, where=total > 0)
    return share


def _full(weights: NDArray[Any]) -> int:
    return FULL_RANGE.get(name_of(weights.dtype), (0, 1))[1]


def _shares(weights: NDArray[Any], real: np.dtype[Any]) -> NDArray[Any]:
    """The mask in floats, 0 … full; those it may have had are cut to that, NaN is 0."""
    share = weights.astype(real)
    if weights.dtype.kind == "f":
        np.clip(np.nan_to_num(share, copy=False), 0, 1, out=share)
    return share


def _blend(
    before: NDArray[Any], after: NDArray[Any], weights: NDArray[Any], out: NDArray[Any]
) -> None:
    """One band.

    Products and their quotients by 255 are whole enough in float32 for bytes, by 65535 in float64 for
    all: full is odd, so there are no ties, and the next one is further away than an error.
    """
    full = _full(weights)
    small = before.dtype == weights.dtype == np.uint8
    real = np.dtype(np.float32 if small else np.float64)
    share = _shares(weights, real)
    share = share[:, :, np.newaxis] if before.ndim == 3 else share
    least, greatest = share.min(), share.max()
    if greatest <= 0 or least >= full:  # most of most masks
        out[...] = before if greatest <= 0 else after
        return
    with np.errstate(invalid="ignore", over="ignore"):
        mixed = after.astype(real)
        mixed -= before
        mixed *= share
        mixed /= full
        mixed += before
        if out.dtype.kind != "f":
            np.rint(mixed, out=mixed)
        else:  # at the ends exactly what is there, NaN too
            mixed = mixed.astype(out.dtype, copy=False)
            np.copyto(mixed, before, where=share <= 0)
            np.copyto(mixed, after, where=share >= full)
    out[...] = mixed
