"""A file, or standard input, opened as a Pillow image: its header is read, its pixels are not."""

from __future__ import annotations

import io
import logging
import os
import re
import stat
from contextlib import suppress
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from convfilter.errors import PictureError
from convfilter.images.formats import BY_NAME, ELSEWHERE, FORMATS, suffix_of
from convfilter.images.metadata.png_chunks import forget_texts
from convfilter.images.remote import is_url, read

# `Image.open` tries only these: nothing that starts another program. TGA files say nowhere what they
# are, and much that is none could be one: only the suffix tells. --max-pixels is our limit.
OPENED = tuple(form.name for form in FORMATS if not form.pillow and form.name != "TGA")
Image.MAX_IMAGE_PIXELS = None
# What it has to say of odd files it says by logging, which without a listener goes to standard error.
logging.getLogger("PIL").addHandler(logging.NullHandler())
# How files of formats read here begin.
MARKS = {
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "PNG": rb"\x89PNG",
    "JPEG": rb"\xff\xd8\xff",
    "AVIF": rb".{4}ftypavi[fs]",
    "WebP": rb"RIFF.{4}WEBP",
    "GIF": rb"GIF8",
}
PIECE_BYTES = 2**20
MOST_STREAMED = 2**30
MOST_COPIED = 2**28
LONGEST_REASON = 100
# What decoders say in Python's words, and to programmers.
PYTHON_WORDS = re.compile(r"b'|b\"|<_|0x[0-9a-f]{6}|literal for|convert string|object|argument")
NPY_MAGIC = b"\x93NUMPY"


def open_image(path: str, content: bytes) -> Image.Image:
    """Opened, not loaded yet; raises PictureError.

    content  of standard input, which the path '-' stands for
    """
    label = label_of(path)
    formats = [*OPENED, "TGA"] if suffix_of(path) in BY_NAME["TGA"].suffixes else OPENED
    source: str | BinaryIO = io.BytesIO(content) if content or path == "-" else path
    if source == path and (whole := _small_tiff(path)):
        source = io.BytesIO(whole)
    try:
        image = Image.open(source, formats=formats)
    except UnidentifiedImageError:
        raise PictureError(_unknown(path, content)) from None
    except MemoryError:
        raise PictureError(f"{label}: too large for this machine's memory") from None
    except OSError as error:
        if error.errno:
            raise PictureError(f"{label}: {os.strerror(error.errno)}") from None
        raise damaged(label, error) from None
    except Exception as error:  # noqa: BLE001 - parsers raise whatever bad bytes lead to
        raise damaged(label, error) from None
    if image.format == "TIFF":
        image.filename = ""  # Pillow maps uncompressed files into memory with the turned size
    elif image.format == "PNG":
        forget_texts(image)
    return image


def _small_tiff(path: str) -> bytes:
    """A TIFF's bytes: libtiff maps files, and is ended by a signal where one is cut shorter meanwhile."""
    with suppress(OSError), open(path, "rb") as file:
        if re.match(MARKS["TIFF"], file.read(4)) and os.path.getsize(path) <= MOST_COPIED:
            file.seek(0)
            return file.read()
    return b""


def looks_like_npy(start: bytes) -> bool:
    """Whether a file that begins so is a .npy, whatever its name."""
    return start.startswith(NPY_MAGIC)


def is_npy(path: str, content: bytes) -> bool:
    """Whether it is an array, not a picture's file: by its suffix, or of standard input by its start."""
    if content or path == "-":
        return looks_like_npy(content)
    return suffix_of(path) == ".npy"


def label_of(path: str) -> str:
    """How messages call it."""
    return "standard input" if path == "-" else path


def streamed(path: str) -> bytes:
    """All that comes from standard input ('-'), a named pipe, which can be read once, or a URL; b"" for a file.

    Raises PictureError for more than MOST_STREAMED.
    """
    # Not sys.stdin: its lock, held by a waiting thread, would break the interpreter's exit.
    if is_url(path):
        if content := read(path, MOST_STREAMED):
            return content
        raise PictureError(f"{path}: empty")
    try:
        if path == "-":
            with open(0, "rb", buffering=0, closefd=False) as stream:
                return _all_of(stream, path)
        if _is_stream(path):
            with open(path, "rb", buffering=0) as stream:
                if content := _all_of(stream, path):
                    return content
            raise PictureError(f"{path}: empty")  # to be opened again it would have no end
    except OSError as error:
        raise damaged(label_of(path), error) from None
    except MemoryError:
        raise PictureError(f"{label_of(path)}: too large for this machine's memory") from None
    return b""


def _is_stream(path: str) -> bool:
    with suppress(OSError):
        mode = os.stat(path).st_mode
        return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)
    return False


def _all_of(stream: io.RawIOBase, path: str) -> bytes:
    content = bytearray()
    while piece := stream.read(PIECE_BYTES):
        content += piece
        if len(content) > MOST_STREAMED:
            raise PictureError(
                f"{label_of(path)}: more than {MOST_STREAMED >> 20} MiB: write it to a file first"
            )
    return bytes(content)


def _unknown(path: str, content: bytes) -> str:
    label = label_of(path)
    if path == "-" and not content:
        return f"{label}: empty"
    if not content and not os.path.getsize(path):
        return f"{label}: the file is empty"
    if way := ELSEWHERE.get(suffix_of(path)):
        return f"{label}: {suffix_of(path)[1:].upper()} is not read here: {way}"
    if kind := _kind_of(path, content):
        return f"{label}: damaged or cut off, or {kind} of a kind that is not read here"
    return f"{label}: no picture of a kind read here ({', '.join(OPENED)}, TGA, NPY)"


def _kind_of(path: str, content: bytes) -> str:
    """What a file says that it is by its first bytes."""
    start = content[:12]
    if not start:
        with suppress(OSError), open(path, "rb") as file:
            start = file.read(12)
    return next((kind for kind, mark in MARKS.items() if re.match(mark, start, re.DOTALL)), "")


def damaged(label: str, error: BaseException | str) -> PictureError:
    """What to say when a decoder fails."""
    if isinstance(error, OSError) and error.errno:
        return PictureError(f"{label}: damaged or cut off: {os.strerror(error.errno)}")
    reason = " ".join(str(error).split())[:LONGEST_REASON]
    if not reason or PYTHON_WORDS.search(reason):
        reason = "what stands in it makes no sense"
    return PictureError(f"{label}: damaged or cut off: {reason}")
