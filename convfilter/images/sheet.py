"""Maps of a bank as a picture: side by side on one sheet, or each a page."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Between maps, in pixels: as wide as shows, as narrow as leaves the maps' grid easy to compute.
SEPARATOR = 1


def as_sheet(maps: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """Maps row by row on one sheet, and how they lie, as a sentence.

    maps  (H, W, N) uint8, uint16, int32 or float32, N ≥ 1

    The sheet has ceil(√N) columns: (rows·(H + 1) − 1, columns·(W + 1) − 1) of the same dtype. Lines of
    one pixel are between maps, in white, as are places without a map: black and mid-grey are what
    most maps are made of. White is 255, and of other dtypes the largest number in any of the maps, so
    that viewers that stretch what they show do not see the lines' range instead of the maps'.

    >>> import numpy as np
    >>> sheet, said = as_sheet(np.uint8([[[1, 2, 3], [4, 5, 6]]]))
    >>> sheet.tolist(), said
    ([[1, 4, 255, 2, 5], [255, 255, 255, 255, 255], [3, 6, 255, 255, 255]], '3 maps as a sheet of 2×2, row by row')
    """
    height, width, count = maps.shape
    columns = math.isqrt(count - 1) + 1
    rows = -(-count // columns)
    across, down = width + SEPARATOR, height + SEPARATOR
    sheet = np.full(
        (rows * down - SEPARATOR, columns * across - SEPARATOR), _white(maps), maps.dtype
    )
    for number in range(count):
        row, column = divmod(number, columns)
        upper, left = row * down, column * across
        sheet[upper : upper + height, left : left + width] = maps[:, :, number]
    return sheet, f"{count} maps as a sheet of {rows}×{columns}, row by row"


def as_pages(maps: NDArray[Any]) -> list[NDArray[Any]]:
    """Each map by itself, (H, W) without gaps in memory, in order.

    maps  (H, W, N)
    """
    return list(np.ascontiguousarray(np.moveaxis(maps, 2, 0)))


def _white(maps: NDArray[Any]) -> Any:
    if maps.dtype == np.uint8:
        return 255
    if maps.dtype.kind != "f":
        return maps.max()
    finite = maps[np.isfinite(maps)]
    return finite.max() if finite.size else 0
