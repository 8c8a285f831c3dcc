"""An opened image's file once more: Pillow has closed it when the pixels are there."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image


def stream_of(image: Image.Image) -> io.IOBase | None:
    """What it was opened from, by now perhaps closed; frames of one file have the same."""
    stream = getattr(image, "_fp", None)
    return stream if isinstance(stream, io.IOBase) else None


def keep_stream(image: Image.Image) -> None:
    """Lets `stream_of` know, before the pixels are loaded, where Pillow's WebP forgets it."""
    if image.format == "WEBP" and stream_of(image) is None:
        image._fp = image.fp  # type: ignore[attr-defined]  # noqa: SLF001 - as others of Pillow's have it


@contextmanager
def reopened(image: Image.Image) -> Iterator[BinaryIO]:
    """The file from its start, or what standard input held; empty if neither is known.

    Raises OSError.
    """
    stream = stream_of(image)
    path = getattr(image, "filename", "") or getattr(stream, "name", "")
    if isinstance(path, str) and path:
        with open(path, "rb", buffering=0) as file:
            yield file
    else:
        yield io.BytesIO(stream.getvalue() if isinstance(stream, io.BytesIO) else b"")
