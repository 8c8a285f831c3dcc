"""How a picture is to be read."""

from __future__ import annotations

from typing import NamedTuple

MAX_PIXELS = 500_000_000


class Wanted(NamedTuple):
    """How a picture is to be read.

    max_pixels       more, also of all frames together, are refused before they are decoded
    frame            only this one, counted from 0; None: all
    bits             8 or 16: whole numbers are taken with so many bits a sample; 0: as they are
    layout           of a .npy: "hwc", its axes are (height, width, channels) whatever they look like;
                     "hwca", and the last channel is alpha
    allow_truncated  what is missing of a damaged file is filled, and said
    enough_px        so many rows and columns are enough: a JPEG may be decoded smaller, never below; 0: all
    """

    max_pixels: int = MAX_PIXELS
    frame: int | None = None
    bits: int = 0
    layout: str = ""
    allow_truncated: bool = False
    enough_px: int = 0
