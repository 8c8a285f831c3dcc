"""Whole frames → an animated WebP: Pillow writes each as a WebP, whose data is taken over here.

Pillow's own way to save several (libwebp's) joins frames that are alike, keeps parts of one for the
next even where they only resemble each other, and needs all in memory at once. Here each frame
replaces what was there. Source: WebP container specification, "Extended File Format".
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image

from convfilter.images.frames.box_times import riff_chunks
from convfilter.images.frames.changes import Box, changed_boxes
from convfilter.images.frames.composite import KEEP

OF_PIXELS = (b"ALPH", b"VP8 ", b"VP8L")
OF_FILE = ("icc_profile", "exif", "xmp")
NO_BLENDING, CLEARED = 2, 1
ANIMATED, HAS_XMP, HAS_EXIF, HAS_ALPHA, HAS_ICC = 0x02, 0x04, 0x08, 0x10, 0x20


def write_webp(
    images: Sequence[Image.Image],
    milliseconds: Sequence[int],
    plays: int,
    disposals: Sequence[int],
    options: dict[str, Any],
    file: BinaryIO,
) -> None:
    """Writes frames of one size and mode, RGB or RGBA.

    disposals  GIF's numbers, for frames without alpha; with it each stays until replaced
    options    Pillow's for WebP

    Only what changed is written of each.
    """
    has_alpha = images[0].mode.endswith("A")
    stays = [has_alpha or disposal <= KEEP for disposal in disposals]
    boxes = changed_boxes(images, stays, even=True)
    of_pixels = {name: value for name, value in options.items() if name not in OF_FILE}
    frames = b""
    for image, box, duration, kept in zip(images, boxes, milliseconds, stays, strict=True):
        data = _data_of(image.crop(box), of_pixels)
        flags = NO_BLENDING | (0 if kept else CLEARED)
        frames += _chunk(b"ANMF", _place(box) + _three(duration) + bytes([flags]) + data)
    body = b"WEBP" + _head(images[0].size, has_alpha, options)
    body += _chunk(b"ANIM", struct.pack("<IH", 0, plays)) + frames + _tail(options)
    file.write(_chunk(b"RIFF", body))


def _head(size: tuple[int, int], has_alpha: bool, options: dict[str, Any]) -> bytes:
    icc = options.get("icc_profile") or b""
    flags = ANIMATED | (HAS_ALPHA if has_alpha else 0) | (HAS_ICC if icc else 0)
    flags |= (HAS_EXIF if options.get("exif") else 0) | (HAS_XMP if options.get("xmp") else 0)
    width, height = size
    head = _chunk(b"VP8X", bytes([flags, 0, 0, 0]) + _three(width - 1) + _three(height - 1))
    return head + (_chunk(b"ICCP", icc) if icc else b"")


def _tail(options: dict[str, Any]) -> bytes:
    exif, xmp = options.get("exif") or b"", options.get("xmp") or b""
    if isinstance(exif, Image.Exif):
        exif = exif.tobytes()
    xmp = xmp.encode() if isinstance(xmp, str) else xmp
    exif = exif.removeprefix(b"Exif\0\0")
    return (_chunk(b"EXIF", exif) if exif else b"") + (_chunk(b"XMP ", xmp) if xmp else b"")


def _data_of(image: Image.Image, options: dict[str, Any]) -> bytes:
    """The chunks of an image as WebP that hold its pixels."""
    written = BytesIO()
    image.save(written, "WEBP", **options)
    content = written.getvalue()
    pieces = riff_chunks(content)
    return b"".join(content[start - 8 : end] for name, start, end in pieces if name in OF_PIXELS)


def _place(box: Box) -> bytes:
    left, upper, right, lower = box
    return b"".join(map(_three, (left // 2, upper // 2, right - left - 1, lower - upper - 1)))


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
