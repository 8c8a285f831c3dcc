"""A file, or standard input, opened as a Pillow image: its header is read, its pixels are not."""

from __future__ import annotations

import io
import logging
import os
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from convfilter.errors import PictureError
from convfilter.images.formats import BY_NAME, ELSEWHERE, FORMATS, suffix_of
from convfilter.images.metadata.png_chunks import forget_texts

# `Image.open` tries only these: nothing that starts another program. TGA files say nowhere what they
# are, and much that is none could be one: only the suffix tells. --max-pixels is our limit.
OPENED = tuple(form.name for form in FORMATS if not form.pillow and form.name != "TGA")
Image.MAX_IMAGE_PIXELS = None
# What it has to say of odd files it says by logging, which without a listener goes to standard error.
logging.getLogger("PIL").addHandler(logging.NullHandler())
NPY_MAGIC = b"\x93NUMPY"


def open_image(path: str, content: bytes) -> Image.Image:
    """Opened, not loaded yet; raises PictureError.

    content  of standard input, which the path '-' stands for
    """
    label = label_of(path)
    formats = [*OPENED, "TGA"] if suffix_of(path) in BY_NAME["TGA"].suffixes else OPENED
    source: str | BinaryIO = path if path != "-" else io.BytesIO(content)
    try:
        image = Image.open(source, formats=formats)
    except UnidentifiedImageError:
        raise PictureError(_unknown(path, content)) from None
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


def is_npy(path: str, content: bytes) -> bool:
    """Whether it is an array, not a picture's file: by its suffix, or of standard input by its start."""
    if path == "-":
        return content.startswith(NPY_MAGIC)
    return suffix_of(path) == ".npy"


def label_of(path: str) -> str:
    """How messages call it."""
    return "standard input" if path == "-" else path


def standard_input() -> bytes:
    """All of it."""
    # Not sys.stdin: its lock, held by a waiting thread, would break the interpreter's exit.
    with open(0, "rb", buffering=0, closefd=False) as stream:
        return stream.readall()


def _unknown(path: str, content: bytes) -> str:
    label = label_of(path)
    if path == "-" and not content:
        return f"{label}: empty"
    if path != "-" and not os.path.getsize(path):
        return f"{label}: the file is empty"
    if way := ELSEWHERE.get(suffix_of(path)):
        return f"{label}: {suffix_of(path)[1:].upper()} is not read here: {way}"
    return f"{label}: no picture of a kind read here ({', '.join(OPENED)}, TGA, NPY)"


def damaged(label: str, error: BaseException) -> PictureError:
    """What to say when a decoder fails."""
    reason = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.errno:
        reason = os.strerror(error.errno)
    return PictureError(f"{label}: damaged or cut off: {' '.join(reason.split())}")
