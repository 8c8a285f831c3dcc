"""The border `resize`: the picture enlarged to its padded size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.arithmetic import FULL_RANGE

BAND_ROWS = 64


def enlarge(image: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Bicubic interpolation to a size, pixel centres aligned, beyond the edge the nearest pixel.

    out(y) = Σ_k c(v − k)·in(k),  v = (y + ½)·in/out − ½,  c: the cubic of Catmull and Rom (a = −½)

    image    (H, W, C)
    returns  (height, width, C) of the same dtype, computed in float64, rounded half to even

    Source: R. Keys, Cubic convolution interpolation for digital image processing, 1981.
    """
    out = np.empty((height, width, image.shape[2]), image.dtype)
    row_places, row_weights = _taps(image.shape[0], height)
    column_places, column_weights = _taps(image.shape[1], width)
    for y0 in range(0, height, BAND_ROWS):
        band = slice(y0, y0 + BAND_ROWS)
        picked = image[row_places[band]].astype(np.float64)
        rows = np.einsum("ykxc,yk->yxc", picked, row_weights[band])
        columns = np.einsum("yxkc,xk->yxc", rows[:, column_places], column_weights)
        if image.dtype.kind != "f":
            columns = np.rint(columns).clip(*FULL_RANGE[image.dtype.name])
        out[band] = columns
    return out


def _taps(size: int, new_size: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For every new place the four source places and their weights, both (new_size, 4)."""
    place = (np.arange(new_size) + 0.5) * (size / new_size) - 0.5
    first = np.floor(place).astype(np.int64)
    t = place - first
    weights = np.stack(
        [
            ((-0.5 * t + 1.0) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1.0,
            ((-1.5 * t + 2.0) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ],
        axis=1,
    )
    return (first[:, np.newaxis] + np.arange(-1, 3)).clip(0, size - 1), weights
