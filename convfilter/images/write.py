"""Picture → file: all of it or nothing. A temporary file beside the target, then a rename."""

from __future__ import annotations

import errno
import io
import os
import shlex
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.decode import TIFF_COMPRESSIONS
from convfilter.images.formats import (
    BY_SUFFIX,
    MODE_NAMES,
    PNG_LEVEL,
    Format,
    holders,
    stored_mode,
    suffix_of,
)
from convfilter.images.jpeg import save_jpeg
from convfilter.images.picture import Picture
from convfilter.signals import written_aside

JPEG_QUALITY = 92
# benchmarks/png_levels.py: looking for runs only (Z_RLE) makes photographs and their edges as small as
# level 6 does, in less time than level 1 as zlib has it, and drawings no larger than that.
PNG_RUNS = 3
ICC_KINDS = {b"GRAY": ("L", "LA", "I;16"), b"RGB ": ("RGB", "RGBA")}
# Saving imports Pillow's usual formats, 4 ms; here it happens while a picture is still being decoded.
Image.preinit()


class Target(NamedTuple):
    """Where and how to write.

    path       a file, or '-' for standard output
    quality    of JPEG and WebP, 1 … 100
    compress   of PNG, 0 … 9, and of TIFF, 0 or not; None for the usual
    strip      leaves EXIF, ICC and DPI out
    overwrite  replaces a file that exists
    threads    cores that may encode
    """

    path: str
    format: Format
    quality: int = JPEG_QUALITY
    compress: int | None = None
    strip: bool = False
    overwrite: bool = False
    threads: int = 1


def check_target(target: Target) -> None:
    """Refuses what would fail after the work: raises PictureError."""
    if target.path == "-":
        return
    if os.path.isdir(target.path):
        raise PictureError(
            f"{target.path}: is a folder; end it with / to put the default name there"
        )
    if os.path.lexists(target.path) and not target.overwrite and not _is_device(target.path):
        raise PictureError(
            f"{target.path} exists already: -f (--overwrite) replaces it, -o NAME writes elsewhere"
        )
    folder = os.path.dirname(os.path.realpath(target.path))
    if not os.path.isdir(folder):
        raise PictureError(
            f"{target.path}: there is no folder {folder}; create it with: mkdir -p {shlex.quote(folder)}"
        )
    if not os.access(folder, os.W_OK) and not _is_device(target.path):
        raise PictureError(f"{target.path}: the folder can't be written to")


def check_holds(form: Format, mode: str, path: str) -> None:
    """Raises PictureError when a format can't hold a kind of pixels, naming those that can."""
    if stored_mode(form, mode) is None:
        way = f"; use {', '.join(holders(mode))}"
        if mode.endswith("A"):
            way += ", or --alpha drop"
        raise PictureError(f"{path}: {form.name} can't hold {MODE_NAMES[mode]}{way}")


def write_picture(picture: Picture, target: Target) -> list[str]:
    """Writes the picture; returns notes on what the format could not hold.

    Raises PictureError; then the target is as it was and nothing is left beside it.
    """
    options, notes = _options(picture, target)
    if suffix_of(target.path) in set(BY_SUFFIX) - set(target.format.suffixes):
        notes.append(f"the file holds {target.format.name}, which its suffix does not say")
    if target.path == "-":
        sys.stdout.buffer.write(_in_memory(picture, target, options))
        sys.stdout.buffer.flush()
        return notes
    try:
        with _replacing(target) as file:
            if isinstance(file, _Checked):
                _encode_into(picture, target, options, file)
            else:
                file.write(_in_memory(picture, target, options))
    except OSError as error:
        raise _not_written(target, error) from None
    return notes


class _Checked(io.BufferedRandom):
    """A file without a descriptor: to one that has it Pillow writes itself, and overlooks short writes."""

    def fileno(self) -> int:
        raise io.UnsupportedOperation


def _in_memory(picture: Picture, target: Target, options: dict[str, Any]) -> memoryview:
    """The encoded bytes: for what can't be written piece by piece, or only once."""
    buffer = io.BytesIO()
    _encode_into(picture, target, options, buffer)
    return buffer.getbuffer()


def _encode_into(picture: Picture, target: Target, options: dict[str, Any], file: BinaryIO) -> None:
    try:
        _encode(picture, target, options, file)
    except OSError as error:
        raise _not_written(target, error) from None
    except (ValueError, SyntaxError, KeyError) as error:
        raise PictureError(f"{_label(target)}: {target.format.name}: {error}") from None


def _not_written(target: Target, error: OSError) -> PictureError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return PictureError(f"{_label(target)}: could not be written: {reason}")


def _label(target: Target) -> str:
    return "standard output" if target.path == "-" else target.path


def _encode(picture: Picture, target: Target, options: dict[str, Any], file: BinaryIO) -> None:
    if target.format.name == "NPY":
        pixels = picture.pixels
        if picture.alpha is not None:
            pixels = np.dstack([pixels, picture.alpha])
        np.save(file, pixels, allow_pickle=False)
        return
    image = _image(picture, target.format)
    if target.format.name == "JPEG":
        save_jpeg(image, file, options, target.threads)
    else:
        image.save(file, target.format.writer, **options)


def _image(picture: Picture, form: Format) -> Image.Image:
    image = picture.image or _copied(picture)
    mode = stored_mode(form, picture.mode)
    return image if mode in (None, image.mode) else image.convert(mode)


def _copied(picture: Picture) -> Image.Image:
    """For pixels that are no image's own."""
    pixels = picture.pixels
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    image = Image.fromarray(pixels)
    if picture.alpha is not None:
        image.putalpha(Image.fromarray(picture.alpha))
    return image


def _options(picture: Picture, target: Target) -> tuple[dict[str, Any], list[str]]:
    form, metadata = target.format, picture.metadata
    options: dict[str, Any] = {}
    notes: list[str] = []
    if form.name in ("JPEG", "WEBP"):
        options["quality"] = target.quality
    if form.name == "JPEG" and metadata.sampling >= 0 and picture.pixels.ndim == 3:
        options["subsampling"] = metadata.sampling
    options |= _compression(target, metadata.compression, notes)
    if form.name == "WEBP" and picture.mode in ("L", "LA"):
        notes.append("WebP holds no grey: written as RGB with three equal channels")
    if target.strip:
        return options, notes
    kept = {"exif": metadata.exif, "icc_profile": _fitting_icc(picture, notes), "dpi": metadata.dpi}
    holds = {"exif": form.exif, "icc_profile": form.icc, "dpi": form.dpi}
    lost = [name for name, value in kept.items() if value and not holds[name] and name != "dpi"]
    if lost and form.name != "NPY":
        names = " and ".join({"exif": "EXIF", "icc_profile": "the ICC profile"}[n] for n in lost)
        notes.append(f"{form.name} can't hold {names}: dropped")
    return options | {n: v for n, v in kept.items() if v and holds[n]}, notes


def _compression(target: Target, of_source: str, notes: list[str]) -> dict[str, Any]:
    """Pillow's options for PNG and TIFF; a note where a level was asked for in vain."""
    name, level = target.format.name, target.compress
    if name == "PNG":
        level = PNG_LEVEL if level is None else level
        return {"compress_level": level} | ({"compress_type": PNG_RUNS} if level == 1 else {})
    if name == "TIFF" and level is not None:
        if level > 1:
            notes.append("TIFF is compressed or not: Deflate has one level here")
        return {"compression": "tiff_adobe_deflate" if level else "raw"}
    if name == "TIFF" and of_source in TIFF_COMPRESSIONS:
        return {"compression": of_source}
    if level is not None:
        way = "; --quality is what it has" if name in ("JPEG", "WEBP") else ""
        notes.append(f"{name} has no levels of compression: --compress did nothing{way}")
    return {}


def _fitting_icc(picture: Picture, notes: list[str]) -> bytes:
    """The profile, unless it is for another kind of colour than the pixels'."""
    icc = picture.metadata.icc
    if icc and picture.mode not in ICC_KINDS.get(icc[16:20], ()):
        notes.append(f"the ICC profile is for another kind of colour than {picture.mode}: dropped")
        return b""
    return icc


@contextmanager
def _replacing(target: Target) -> Iterator[BinaryIO]:
    """A file that takes the target's name when all went well, and is gone when not.

    Links are followed: the file that the name leads to is replaced, with its permissions. Without
    `overwrite` a file that appeared in the meantime is not touched.
    """
    path = os.path.realpath(target.path)
    if _is_device(path):
        with open(path, "wb") as device:
            yield device
        return
    aside = os.path.join(
        os.path.dirname(path), f".{os.path.basename(path)[:50]}.{os.urandom(4).hex()}.part"
    )
    with written_aside(aside):
        descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with _Checked(io.FileIO(descriptor, "w+b")) as file:
            with suppress(OSError):
                os.chmod(aside, stat.S_IMODE(os.stat(path).st_mode))
            yield file
        if target.overwrite:
            os.replace(aside, path)
        else:
            _claim(aside, path)


def _claim(aside: str, path: str) -> None:
    """Gives the name to the file if nobody else has it."""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise PictureError(f"{path} appeared meanwhile: -f (--overwrite) replaces it") from None
    except OSError as error:
        if error.errno not in (
            errno.EPERM,
            errno.ENOTSUP,
            errno.ENOSYS,
            errno.EMLINK,
            errno.EACCES,
        ):
            raise
        os.replace(aside, path)  # a file system without hard links


def _is_device(path: str) -> bool:
    with suppress(OSError):
        mode = os.stat(path).st_mode
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return False
