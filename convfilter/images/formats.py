"""What each file format can hold: our own table, never what Pillow would quietly make of it."""

from __future__ import annotations

import os
from typing import NamedTuple

from convfilter.images.modes import MODES


class Format(NamedTuple):
    """A file format.

    name      Pillow's name too unless `pillow` says another; "NPY" for numpy arrays
    suffixes  the first is the usual one
    modes     the kinds of pixels it holds, names of `modes.MODES`; those that are `deep` there need
              the extra
    keeps     which of exif, icc, xmp, iptc, dpi, texts, comment it holds
    frames    "animation", "pages", or "" where it holds one picture
    lossless  whether pixels come back as they were; GIF's do while 256 colours are enough
    most_side  the most pixels in a row or column; 0: more than any picture has
    """

    name: str
    suffixes: tuple[str, ...]
    modes: tuple[str, ...]
    keeps: tuple[str, ...] = ()
    frames: str = ""
    lossless: bool = True
    pillow: str = ""
    most_side: int = 0

    @property
    def writer(self) -> str:
        """Pillow's name."""
        return self.pillow or self.name


_PLAIN = ("L", "LA", "RGB", "RGBA")
_DEEP = ("LA;16", "RGB;16", "RGBA;16")
_FLOATS = ("LA;F", "RGB;F", "RGBA;F")

FORMATS = (
    Format(
        "JPEG",
        (".jpg", ".jpeg", ".jpe", ".jfif"),
        ("L", "RGB", "CMYK"),
        ("exif", "icc", "xmp", "iptc", "dpi", "comment"),
        lossless=False,
        most_side=65500,
    ),
    Format(
        "PNG",
        (".png", ".apng"),
        (*_PLAIN, "I;16", *_DEEP),
        ("exif", "icc", "xmp", "dpi", "texts"),
        "animation",
    ),
    Format(
        "TIFF",
        (".tif", ".tiff"),
        (*_PLAIN, "CMYK", "I;16", "I", "F", *_DEEP, *_FLOATS),
        ("exif", "icc", "xmp", "iptc", "dpi"),
        "pages",
    ),
    Format(
        "WEBP",
        (".webp",),
        ("RGB", "RGBA"),
        ("exif", "icc", "xmp"),
        "animation",
        lossless=False,
        most_side=16383,
    ),
    Format(
        "AVIF",
        (".avif",),
        ("L", "RGB", "RGBA"),
        ("exif", "icc", "xmp"),
        "animation",
        lossless=False,
        most_side=32768,
    ),
    Format("GIF", (".gif",), _PLAIN, ("comment",), "animation", most_side=65535),
    Format("BMP", (".bmp",), ("L", "RGB"), ("dpi",)),
    Format("PPM", (".ppm", ".pnm"), ("L", "RGB", "I;16")),
    Format("PGM", (".pgm",), ("L", "I;16"), pillow="PPM"),
    Format("PBM", (".pbm",), (), pillow="PPM"),
    Format("PFM", (".pfm",), ("F",), pillow="PPM"),
    Format("TGA", (".tga", ".icb", ".vda", ".vst"), _PLAIN, most_side=65535),
    Format("JPEG2000", (".jp2", ".j2k", ".j2c", ".jpx", ".jpf"), (*_PLAIN, "I;16"), ("comment",)),
)
NPY = Format("NPY", (".npy",), tuple(MODES))
# A folder, and no file: it stands in none of the tables of files.
ZARR = Format("ZARR", (".zarr",), tuple(MODES))
# What holds any numbers, and nothing else.
ARRAYS = (NPY, ZARR)

PNG_LEVEL = 1

BY_NAME = {form.name: form for form in (*FORMATS, NPY)}
BY_SUFFIX = {suffix: form for form in (*FORMATS, NPY) for suffix in form.suffixes}
PICTURE_SUFFIXES = (*BY_SUFFIX, ".heic")

# Formats that people have and we don't read, with a way that works.
ELSEWHERE = {
    ".heic": "convert it to JPEG or PNG first, e.g. with heif-convert",
    ".heif": "convert it to JPEG or PNG first, e.g. with heif-convert",
    ".jxl": "convert it to PNG first, with djxl",
    ".psd": "save it as TIFF or PNG first",
    ".xcf": "save it as TIFF or PNG first",
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
    if word.lstrip(".") == "zarr":
        return ZARR
    return BY_NAME.get(word.upper()) or BY_SUFFIX.get("." + word.lstrip("."))


def holders(mode: str) -> list[str]:
    """Usual suffixes of the formats that hold a kind of pixels."""
    return [form.suffixes[0] for form in BY_NAME.values() if stored_mode(form, mode) == mode]


def stored_mode(form: Format, mode: str) -> str | None:
    """The mode in which a format takes pixels of a kind without loss; None if it can't.

    >>> stored_mode(BY_NAME["WEBP"], "L"), stored_mode(BY_NAME["JPEG"], "RGBA")
    ('RGB', None)
    """
    if mode in form.modes:
        return mode
    wider = {"L": "RGB", "LA": "RGBA"}.get(mode)
    return wider if wider in form.modes else None
