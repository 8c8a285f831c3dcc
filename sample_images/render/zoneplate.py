"""Rings whose frequency grows from zero in the centre to the limit at the edge."""

import numpy as np
from PIL import Image

from .common import grid, to_bytes

SIZE = 512


def render() -> Image.Image:
    """Render the zone plate.

    The phase is pi r^2 / SIZE, so the rings advance by 2 pi r / SIZE per pixel: half a
    cycle per pixel, the highest frequency a grid can hold, at the middle of each edge.
    """
    y, x = grid(SIZE, SIZE)
    square = (y - SIZE / 2) ** 2 + (x - SIZE / 2) ** 2
    return Image.fromarray(to_bytes(0.5 + 0.5 * np.cos(np.pi * square / SIZE)))
