"""Large pictures that are as hard to pack as photographs: slopes, soft shapes, fine noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TILE = (3000, 4000)  # 12 Mpx; larger pictures are this one, mirrored at its edges
QUALITY = 92
SUBSAMPLING = 2  # 4:2:0, as cameras write
# (pixels of one grain, its strength in levels): sums to the spectrum of a photograph, about 1/f.
GRAINS = ((500, 70), (120, 40), (30, 22), (8, 12), (2, 6), (1, 4))


def photo(height: int, width: int, channels: int = 3) -> NDArray[np.uint8]:
    """(H, W, 3) or, for one channel, (H, W); always the same."""
    tile = np.stack([_plane(seed) for seed in range(channels)], axis=2)
    tile = tile if channels > 1 else tile[:, :, 0]
    if (height, width) == TILE:
        return tile
    out = np.empty((height, width, *tile.shape[2:]), np.uint8)
    for row, top in enumerate(range(0, height, TILE[0])):
        for column, left in enumerate(range(0, width, TILE[1])):
            piece = tile[:: -1 if row % 2 else 1, :: -1 if column % 2 else 1]
            place = out[top : top + TILE[0], left : left + TILE[1]]
            place[...] = piece[: place.shape[0], : place.shape[1]]
    return out


def _plane(seed: int) -> NDArray[np.uint8]:
    from PIL import Image

    # The shapes are shared by the channels, the fine grain is not: as colours are in photographs.
    shapes, grain = np.random.default_rng(1), np.random.default_rng(100 + seed)
    height, width = TILE
    down, across = np.mgrid[0 : 1 : 1j * height, 0 : 1 : 1j * width].astype(np.float32)
    plane = 90 + 60 * down + 20 * across + 10 * seed
    for pixels, strength in GRAINS:
        random = shapes if pixels > 10 else grain
        size = (height // pixels + 2, width // pixels + 2)
        coarse = Image.fromarray(random.normal(0, 1, size).astype(np.float32))
        plane += strength * np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def save_jpeg(pixels: NDArray[Any], path: Path) -> Path:
    """The picture as a camera would have written it."""
    from PIL import Image

    Image.fromarray(pixels).save(path, quality=QUALITY, subsampling=SUBSAMPLING)
    return path
