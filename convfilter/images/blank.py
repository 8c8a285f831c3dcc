"""A picture to be filled: its numbers are written where they will be saved from."""

from __future__ import annotations

from typing import Any

import numpy as np

from convfilter.images.memory import new
from convfilter.images.modes import dtype_name, mode_of
from convfilter.images.picture import Metadata, Picture


def blank_picture(
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    metadata: Metadata,
    *,
    has_alpha: bool,
    cmyk: bool = False,
) -> Picture:
    """A picture of that shape and dtype whose pixels and alpha are not written yet.

    shape  of the pixels, (H, W) or (H, W, channels), alpha not counted
    cmyk   whether four channels are inks
    """
    height, width = shape[:2]
    mode = mode_of(shape, dtype_name(dtype), has_alpha=has_alpha, cmyk=cmyk)
    if (made := new(mode, (width, height))) is None:
        alpha = np.empty((height, width), dtype) if has_alpha else None
        return Picture(np.empty(shape, dtype), alpha, metadata, cmyk=cmyk)
    image, memory = made
    if has_alpha:
        return Picture(memory[:, :, :3], memory[:, :, 3], metadata, image=image)
    return Picture(memory.reshape(shape), None, metadata, image=image, cmyk=cmyk)
