"""Whole frames → a GIF. Pillow compresses the pixels; what lies around them is written here.

Pillow's own way to save several joins frames that are alike, and leaves the pixels of one shining
through the clear ones of the next. Source: GIF89a, 17 … 27.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

from PIL import GifImagePlugin, Image

from convfilter.images.frames.changes import changed_boxes, changed_only
from convfilter.images.frames.composite import CLEAR, KEEP
from convfilter.images.frames.palette import Indexed, has_clear, palette_notes, to_indexed

HAS_TABLE, EIGHT_BITS = 0x80, 0x70
BLOCK_BYTES = 255


def write_gif(
    images: Sequence[Image.Image],
    centiseconds: Sequence[int],
    plays: int,
    disposals: Sequence[int],
    comment: bytes,
    file: BinaryIO,
) -> list[str]:
    """Writes frames of one size, L, LA, RGB or RGBA; returns notes.

    plays      1 … 65536, 0 for ever
    disposals  GIF's numbers, for frames that are all opaque; else each is cleared before the next

    Each frame has its own colours; of opaque frames only what changed is written.
    """
    is_clear = any(has_clear(image) for image in images)
    if is_clear:
        disposals = [CLEAR] * len(images)
        boxes = [(0, 0, *image.size) for image in images]
    else:
        if len(images) > 1:
            disposals = [disposal or KEEP for disposal in disposals]
        boxes = changed_boxes(images, [disposal <= KEEP for disposal in disposals])
    global_table: bytes | None = None
    frames: list[Indexed] = []
    for number, (image, box) in enumerate(zip(images, boxes, strict=True)):
        piece = image.crop(box)
        if number and not is_clear and disposals[number - 1] <= KEEP:
            piece = changed_only(images[number - 1].crop(box), piece)
        frame = to_indexed(piece, spare=is_clear)
        if global_table is None:
            global_table = frame.table
            file.write(_head(image.size, frame, plays, comment))
        _write_frame(frame, box, centiseconds[number], disposals[number], global_table, file)
        frames.append(frame._replace(image=image))
    file.write(b";")
    return palette_notes(frames)


def _head(size: tuple[int, int], frame: Indexed, plays: int, comment: bytes) -> bytes:
    bits, table = _padded(frame.table)
    head = struct.pack(
        "<6sHHBBB", b"GIF89a", *size, HAS_TABLE | EIGHT_BITS | bits - 1, frame.transparent or 0, 0
    )
    head += table
    if plays != 1:
        head += b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", max(plays - 1, 0), 0)
    if comment:
        pieces = [comment[n : n + BLOCK_BYTES] for n in range(0, len(comment), BLOCK_BYTES)]
        head += b"!\xfe" + b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"
    return head


def _write_frame(
    frame: Indexed,
    box: tuple[int, int, int, int],
    centiseconds: int,
    disposal: int,
    global_table: bytes,
    file: BinaryIO,
) -> None:
    if centiseconds or disposal or frame.transparent is not None:
        flags = disposal << 2 | (frame.transparent is not None)
        file.write(
            struct.pack("<3sBHBB", b"!\xf9\x04", flags, centiseconds, frame.transparent or 0, 0)
        )
    left, upper, right, lower = box
    flags, table = 0, b""
    if frame.table != global_table:
        bits, table = _padded(frame.table)
        flags = HAS_TABLE | bits - 1
    file.write(
        struct.pack("<cHHHHB", b",", left, upper, right - left, lower - upper, flags) + table
    )
    file.write(_compressed(frame.image))


def _compressed(image: Image.Image) -> bytes:
    """The pixels, from how many bits the first codes have to the empty block behind them."""
    descriptor_bytes = 10
    return b"".join(GifImagePlugin.getdata(image))[descriptor_bytes:]


def _padded(table: bytes) -> tuple[int, bytes]:
    """How many bits its numbers have, and a table of as many colours as those bits can tell."""
    bits = max(1, (len(table) // 3 - 1).bit_length())
    return bits, table.ljust(3 << bits, b"\0")
