"""Kinds of pixels: those that are filtered, and what becomes of every mode that Pillow opens. One table."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np


class Mode(NamedTuple):
    """A kind of pixels as it is filtered and written.

    name      as reports and JSON say it: Pillow's word, with ;16 or ;F where Pillow has none
    words     the same for people
    dtype     numpy's, of colours and alpha alike
    channels  colours of a pixel, alpha not counted; 0: any number
    alpha     whether it has transparency
    deep      whether only the extra `deep` reads and writes it in picture files
    """

    name: str
    words: str
    dtype: str
    channels: int
    alpha: bool = False
    deep: bool = False


MODES = {
    mode.name: mode
    for mode in (
        Mode("L", "grey", "uint8", 1),
        Mode("LA", "grey with transparency", "uint8", 1, alpha=True),
        Mode("RGB", "colour", "uint8", 3),
        Mode("RGBA", "colour with transparency", "uint8", 3, alpha=True),
        Mode("CMYK", "colour as four inks", "uint8", 4),
        Mode("I;16", "16-bit grey", "uint16", 1),
        Mode("LA;16", "16-bit grey with transparency", "uint16", 1, alpha=True, deep=True),
        Mode("RGB;16", "16-bit colour", "uint16", 3, deep=True),
        Mode("RGBA;16", "16-bit colour with transparency", "uint16", 3, alpha=True, deep=True),
        Mode("I", "grey of 32-bit whole numbers", "int32", 1),
        Mode("F", "grey of floating-point numbers", "float32", 1),
        Mode("LA;F", "floating-point grey with transparency", "float32", 1, alpha=True, deep=True),
        Mode("RGB;F", "colour of floating-point numbers", "float32", 3, deep=True),
        Mode("RGBA;F", "floating-point colour with transparency", "float32", 3, True, True),
        Mode("N", "numbers that no picture format here holds", "", 0),
    )
}

# A mode that Pillow opens → the one it is filtered as. Where both differ in name, the report says
# so, but for the byte orders of 16-bit grey.
TAKEN_AS = {
    "1": "L",
    "L": "L",
    "LA": "LA",
    "La": "LA",
    "P": "RGB",
    "PA": "RGBA",
    "RGB": "RGB",
    "RGBX": "RGB",
    "RGBA": "RGBA",
    "RGBa": "RGBA",
    "CMYK": "CMYK",
    "YCbCr": "RGB",
    "LAB": "RGB",
    "HSV": "RGB",
    "I;16": "I;16",
    "I;16L": "I;16",
    "I;16B": "I;16",
    "I;16N": "I;16",
    "I": "I",
    "F": "F",
}
DEEP_GREY = ("I;16", "I;16L", "I;16B", "I;16N")
# With one transparent colour, or a palette that has some.
WITH_TRANSPARENCY = {"1": "LA", "L": "LA", "P": "RGBA", "RGB": "RGBA"}

_BY_KIND = {(mode.dtype, mode.channels, mode.alpha): mode.name for mode in MODES.values()}


@cache
def dtype_name(dtype: np.dtype[Any]) -> str:
    """dtype.name, which numpy works out anew each time: a picture asks for it a dozen times."""
    return dtype.name


def mode_of(shape: tuple[int, ...], dtype: str, *, has_alpha: bool, cmyk: bool = False) -> str:
    """The kind of pixels of an array, (H, W) or (H, W, channels) with alpha not among them.

    cmyk  whether four channels are inks; else they are numbers like any others

    >>> mode_of((4, 5, 3), "uint16", has_alpha=True), mode_of((4, 5, 4), "uint8", has_alpha=False)
    ('RGBA;16', 'N')
    """
    channels = 1 if len(shape) == 2 else shape[2]
    if channels == 4 and not cmyk:
        return "N"
    return name_of(Mode("", "", dtype, channels, has_alpha))


def name_of(kind: Mode) -> str:
    """The name of a kind by its numbers, colours and alpha; N where it has none of its own."""
    return _BY_KIND.get((kind.dtype, kind.channels, kind.alpha), "N")
