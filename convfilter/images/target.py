"""Where a picture goes, and what is refused before any work."""

from __future__ import annotations

import os
import shlex
import stat
from contextlib import suppress
from itertools import combinations
from typing import Any, NamedTuple

from convfilter.errors import PictureError
from convfilter.images.formats import (
    ARRAYS,
    BY_NAME,
    FORMATS,
    ZARR,
    Format,
    holders,
    stored_mode,
)
from convfilter.images.modes import MODES, name_of
from convfilter.images.remote import exists, is_url
from convfilter.images.zarr_marks import kind_of

QUALITY = 92
WITH_QUALITY, WITH_COMPRESSION = ("JPEG", "WEBP", "AVIF"), ("PNG", "TIFF")


class Target(NamedTuple):
    """Where and how to write.

    path         a file, or '-' for standard output
    quality      of JPEG, WebP and AVIF, 1 … 100
    keep_tables  JPEG with the quantization tables of its source, if it has some, instead
    compress     of PNG, 0 … 9, and of TIFF, 0 or not; None for the usual
    strip        leaves everything out but the pixels
    overwrite    replaces a file that exists
    threads      cores that may encode
    fsync        waits until the disk has it: an old or a new file even after a power failure
    """

    path: str
    format: Format
    quality: int = QUALITY
    keep_tables: bool = False
    compress: int | None = None
    strip: bool = False
    overwrite: bool = False
    threads: int = 1
    fsync: bool = False

    @property
    def label(self) -> str:
        """How messages call it."""
        return "standard output" if self.path == "-" else self.path


def in_vain(target: Target) -> list[str]:
    """What was asked for and its format knows nothing of, as sentences."""
    name, notes = target.format.name, list[str]()
    if name not in WITH_QUALITY and (target.keep_tables or target.quality != QUALITY):
        notes.append(f"{name} has no levels of quality: --quality did nothing")
    if name not in WITH_COMPRESSION and target.compress is not None:
        way = "; --quality is what it has" if name in WITH_QUALITY else ""
        notes.append(f"{name} has no levels of compression: --compress did nothing{way}")
    return notes


def check_target(target: Target) -> None:
    """Refuses what would fail after the work: raises PictureError."""
    if target.path == "-":
        if target.format is ZARR:
            raise PictureError("a Zarr array is a folder, which no pipe takes: name one with -o")
        return
    if is_url(target.path):
        _check_url(target)
        return
    _check_name(target)
    folder = os.path.dirname(os.path.realpath(target.path))
    if not os.path.isdir(folder):
        raise PictureError(
            f"{target.path}: there is no folder {folder}; create it with: mkdir -p {shlex.quote(folder)}"
        )
    if not os.access(folder, os.W_OK) and not is_device(target.path):
        raise PictureError(f"{target.path}: the folder can't be written to")


def _check_url(target: Target) -> None:
    if target.format is ZARR:
        raise PictureError(f"{target.path}: Zarr arrays are written into folders, not to URLs")
    if not target.overwrite and exists(target.path):
        raise PictureError(_exists(target.path))


def _check_name(target: Target) -> None:
    """What is there already must be a file, or an array where one is written, and may be replaced."""
    if os.path.isdir(target.path) and target.format is not ZARR:
        raise PictureError(
            f"{target.path}: is a folder; end it with / to put the default name there"
        )
    if os.path.lexists(target.path) and not target.overwrite and not is_device(target.path):
        raise PictureError(_exists(target.path))
    there = os.path.lexists(target.path)
    if there and target.format is ZARR and kind_of(target.path) != "array":
        raise PictureError(
            f"{target.path}: something else than a Zarr array, which -f does not replace; name another "
            "with -o"
        )


def _exists(path: str) -> str:
    return f"{path} exists already: -f (--overwrite) replaces it, -o NAME writes elsewhere"


def check_holds(form: Format, mode: str, path: str, *, numbers: bool = False) -> None:
    """Raises PictureError when a format can't hold a kind of pixels, naming what helps.

    numbers  whether results were asked for as they are: no pixels then
    """
    if stored_mode(form, mode) is not None:
        return
    ways = [f"use {', '.join(holders(mode))}"]
    ways += ["leave --range float out"] if numbers else _options_for(form, mode)
    if mode == "N" and not numbers:
        ways.append("--bits 8 for whole numbers of one or three channels")
    said = ", or ".join(ways)
    raise PictureError(f"{path}: {form.name} can't hold {MODES[mode].words}; {said}")


def _options_for(form: Format, mode: str) -> list[str]:
    """The fewest options that make pixels of a kind into some that a format holds. None if none do."""
    kind = MODES[mode]
    changes: dict[str, dict[str, Any]] = {
        "--bits 8": {"dtype": "uint8"} if kind.dtype not in ("uint8", "") else {},
        "--bits 16": {"dtype": "uint16"} if kind.dtype in ("int32", "float32") else {},
        "--alpha drop": {"alpha": False} if kind.alpha else {},
        "--gray": {"channels": 1} if kind.channels > 1 else {},
    }
    useful = [option for option, change in changes.items() if change]
    for count in range(1, len(useful) + 1):
        found = []
        for options in combinations(useful, count):
            changed = kind
            for option in options:
                changed = changed._replace(**changes[option])
            if stored_mode(form, name_of(changed)) is not None:
                found.append(" ".join(options))
        if found:
            if kind.dtype == "float32" and "--bits 8" in found:
                found.append("--range rescale")
            return found
    return []


def check_side(form: Format, mode: str, shape: tuple[int, ...], path: str) -> None:
    """Raises PictureError when a format holds no picture of so many rows or columns.

    shape  of the result, (H, W) or (H, W, channels)
    """
    if form.most_side and max(shape[:2]) > form.most_side:
        able = [
            other.suffixes[0]
            for other in BY_NAME.values()
            if stored_mode(other, mode) and not other.most_side
        ]
        raise PictureError(
            f"{path}: {form.name} holds at most {form.most_side} rows and columns, the result has "
            f"{shape[0]}×{shape[1]}; use {', '.join(able)}"
        )


def check_extra(form: Format, mode: str, path: str) -> None:
    """Raises PictureError when the extra that writes a kind of pixels is not installed."""
    if not MODES[mode].deep or form in ARRAYS:
        return
    from convfilter.images.deep import extra as deep

    if not deep.available():
        raise PictureError(
            f"{path}: {MODES[mode].words} is written with the extra: pip install "
            "'convfilter[deep]'; --bits 8 writes 8 bits, .npy holds it too"
        )


def check_frames(form: Format, count: int, path: str, mode: str = "") -> None:
    """Raises PictureError when a format holds one picture and there are several.

    mode  of the frames, once it is known
    """
    if count > 1 and mode and MODES[mode].deep and form.frames == "animation":
        raise PictureError(
            f"{path}: {form.name} holds no frames of {MODES[mode].words}; use .tif, or --bits 8"
        )
    if count > 1 and not form.frames:
        able = ", ".join(other.suffixes[0] for other in FORMATS if other.frames)
        raise PictureError(
            f"{path}: {form.name} holds one picture, not {count} frames; use {able}, or --frame N "
            "for one of them, counted from 0"
        )


def is_device(path: str) -> bool:
    """Whether something is there that is neither a file nor a folder."""
    with suppress(OSError):
        mode = os.stat(path).st_mode
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return False
