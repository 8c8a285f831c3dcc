"""What each file format can hold: our own table, never what Pillow would quietly make of it."""

from __future__ import annotations

import os
from typing import NamedTuple


class Format(NamedTuple):
    """A file format.

    name      Pillow's name too unless `pillow` says another; "NPY" for numpy arrays
    suffixes  the first is the usual one
    modes     the kinds of pixels it holds: L, LA, RGB, RGBA, I;16 (16-bit grey), F (other
              numbers), N (other numbers of 8-bit maps)
    exif, icc, dpi  whether it holds them
    """

    name: str
    suffixes: tuple[str, ...]
    modes: tuple[str, ...]
    exif: bool = False
    icc: bool = False
    dpi: bool = False
    pillow: str = ""

    @property
    def writer(self) -> str:
        """Pillow's name."""
        return self.pillow or self.name


FORMATS = (
    Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), ("L", "RGB"), exif=True, icc=True, dpi=True),
    Format("PNG", (".png",), ("L", "LA", "RGB", "RGBA", "I;16"), exif=True, icc=True, dpi=True),
    Format("TIFF", (".tif", ".tiff"), ("L", "LA", "RGB", "RGBA", "I;16"), True, True, True),
    Format("WEBP", (".webp",), ("RGB", "RGBA"), exif=True, icc=True),
    Format("BMP", (".bmp",), ("L", "RGB"), dpi=True),
    Format("PPM", (".ppm", ".pnm"), ("L", "RGB", "I;16")),
    Format("PGM", (".pgm",), ("L", "I;16"), pillow="PPM"),
)
NPY = Format("NPY", (".npy",), ("L", "LA", "RGB", "RGBA", "I;16", "F", "N"))

PNG_LEVEL = 1

BY_NAME = {form.name: form for form in (*FORMATS, NPY)}
BY_SUFFIX = {suffix: form for form in (*FORMATS, NPY) for suffix in form.suffixes}
PICTURE_SUFFIXES = (*BY_SUFFIX, ".gif", ".avif", ".heic", ".jp2", ".tga")

MODE_NAMES = {
    "L": "grey",
    "LA": "grey with transparency",
    "RGB": "colour",
    "RGBA": "colour with transparency",
    "I;16": "16-bit grey",
    "F": "floating-point numbers",
    "N": "another number of maps than 1 and 3",
}

# Formats that people have and we don't read, with a way that works.
ELSEWHERE = {
    ".heic": "convert it to JPEG or PNG first, e.g. with heif-convert",
    ".heif": "convert it to JPEG or PNG first, e.g. with heif-convert",
    ".cr2": "develop the raw file to TIFF first, e.g. with darktable-cli",
    ".nef": "develop the raw file to TIFF first, e.g. with darktable-cli",
    ".arw": "develop the raw file to TIFF first, e.g. with darktable-cli",
    ".dng": "develop the raw file to TIFF first, e.g. with darktable-cli",
    ".svg": "draw it to PNG first, e.g. with rsvg-convert",
    ".pdf": "draw its pages to PNG first, e.g. with pdftoppm -png",
    ".eps": "draw it to PNG first, e.g. with gs",
}


def suffix_of(path: str) -> str:
    """The suffix in lower case, with its dot."""
    return os.path.splitext(path)[1].lower()


def format_named(word: str) -> Format | None:
    """The format of a name or suffix as typed behind --format: png, .JPG, TIFF."""
    word = word.strip().lower()
    return BY_NAME.get(word.upper()) or BY_SUFFIX.get("." + word.lstrip("."))


def holders(mode: str) -> list[str]:
    """Usual suffixes of the formats that hold a kind of pixels."""
    return [form.suffixes[0] for form in BY_NAME.values() if mode in form.modes]


def stored_mode(form: Format, mode: str) -> str | None:
    """The mode in which a format takes pixels of a kind without loss; None if it can't.

    >>> stored_mode(BY_NAME["WEBP"], "L"), stored_mode(BY_NAME["JPEG"], "RGBA")
    ('RGB', None)
    """
    if mode in form.modes:
        return mode
    wider = {"L": "RGB", "LA": "RGBA"}.get(mode)
    return wider if wider in form.modes else None
