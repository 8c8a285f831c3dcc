"""Decoded image → Picture: promoted to a kind that can be filtered, never narrowed without a word."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.decode import DEEP_GREY, PROMOTED, Decoded
from convfilter.images.memory import pixels_of
from convfilter.images.picture import Picture


def to_picture(decoded: Decoded, *, gray: bool) -> Picture:
    """The pixels and alpha of a decoded image.

    gray  colour becomes Rec. 601 luma, as Pillow's convert("L")

    Raises PictureError for numbers that no pixel type here holds.
    """
    image, notes = _promoted(decoded.image)
    pixels: Any
    if image.mode in DEEP_GREY:
        alpha, pixels = None, _deep_grey(image, decoded.path)
    else:
        pixels, alpha = _colours_and_alpha(image)
        if gray and pixels.ndim == 3:
            pixels = pixels_of(image.convert("L"))
    return Picture(pixels, alpha, decoded.metadata, decoded.format, notes)


def _colours_and_alpha(image: Image.Image) -> tuple[Any, Any]:
    """Grey (H, W) or colours (H, W, 3), and alpha (H, W) or None, in the image's own memory if possible."""
    pixels = pixels_of(image)
    if not image.mode.endswith("A"):
        return pixels, None
    colours = pixels[:, :, 0] if image.mode == "LA" else pixels[:, :, :3]
    return colours, pixels[:, :, -1]


def _promoted(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """An image of a kind that can be filtered, and what was done to it."""
    if "transparency" in image.info and image.mode in ("L", "RGB", "P", "1"):
        mode = {"1": "LA", "L": "LA"}.get(image.mode, "RGBA")
        note = f"mode {image.mode} with a transparent colour was promoted to {mode}"
        return image.convert(mode), (note,)
    if image.mode in PROMOTED:
        mode = PROMOTED[image.mode]
        return image.convert(mode), (f"mode {image.mode} was promoted to {mode}",)
    return image, ()


def _deep_grey(image: Image.Image, path: str) -> Any:
    pixels = pixels_of(image)
    if pixels.dtype.kind != "u":
        if pixels.min() < 0 or pixels.max() > 65535:
            raise PictureError(f"{path}: 32-bit grey beyond 0…65535 is not filtered so far")
        pixels = pixels.astype(np.uint16)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
