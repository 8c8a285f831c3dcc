"""Whole frames → an animated PNG: Pillow writes each as a PNG, whose data is taken over here.

Each frame replaces what was there (blend "source"), clear pixels included: nothing of one shines through
the next. Source: PNG, third edition, 11.3.6.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image

from convfilter.images.frames.apng_read import chunks
from convfilter.images.frames.changes import Box, changed_boxes
from convfilter.images.frames.composite import KEEP
from convfilter.images.metadata.png_chunks import SIGNATURE, chunk

# Of the options, what becomes a frame's pixels; the rest is written once.
OF_PIXELS = ("compress_level", "compress_type", "optimize", "dictionary", "bits")
MOST_MS = 65535 * 1000
SOURCE = 0


def write_apng(
    images: Sequence[Image.Image],
    durations_ms: Sequence[float],
    plays: int,
    disposals: Sequence[int],
    options: dict[str, Any],
    file: BinaryIO,
    *,
    default_image: bool = False,
) -> None:
    """Writes frames of one size and mode, any that Pillow writes as PNG.

    disposals      GIF's numbers, for frames without alpha; with it each stays until replaced
    options        Pillow's for PNG
    default_image  whether the first is no frame, only for those who show no animations

    Only what changed is written of each.
    """
    if images[0].mode.endswith("A"):
        disposals = [KEEP] * len(images)
    disposals = [disposal or KEEP for disposal in disposals]
    stays = [disposal == KEEP for disposal in disposals]
    boxes = changed_boxes(images, stays)
    if default_image and len(images) > 1:
        boxes[1] = boxes[0]
    of_pixels = {name: options[name] for name in OF_PIXELS if name in options}
    sequence = 0
    for number, (image, box) in enumerate(zip(images, boxes, strict=True)):
        before, data, behind = _pieces(image.crop(box), of_pixels if number else options)
        control = b""
        if number or not default_image:
            control = _control(sequence, box, durations_ms[number], disposals[number])
            sequence += 1
        if not number:
            count = len(images) - default_image
            file.write(SIGNATURE + before + chunk(b"acTL", struct.pack(">II", count, plays)))
            file.write(control + b"".join(chunk(b"IDAT", piece) for piece in data))
            rest = behind
            continue
        file.write(control)
        for piece in data:
            file.write(chunk(b"fdAT", struct.pack(">I", sequence), piece))
            sequence += 1
    file.write(rest)


def _pieces(image: Image.Image, options: dict[str, Any]) -> tuple[bytes, list[memoryview], bytes]:
    """Of an image as PNG: the chunks before its data, what those chunks hold, the chunks behind."""
    written = BytesIO()
    image.save(written, "PNG", **options)
    data: list[memoryview] = []
    around = [b"", b""]
    for name, content in chunks(written.getbuffer()):
        if name == b"IDAT":
            data.append(content)
        else:
            around[bool(data)] += chunk(name, content)
    return around[0], data, around[1]


def _control(sequence: int, box: Box, duration_ms: float, disposal: int) -> bytes:
    left, upper, right, lower = box
    delay = _delay(duration_ms)
    return chunk(
        b"fcTL",
        struct.pack(">5I", sequence, right - left, lower - upper, left, upper),
        struct.pack(">HHBB", *delay, disposal - KEEP, SOURCE),
    )


def _delay(duration_ms: float) -> tuple[int, int]:
    """Seconds as a fraction of two 16-bit numbers, the nearest there is.

    >>> _delay(1000 / 60), _delay(90_300)
    ((1, 60), (903, 10))
    """
    seconds = Fraction(min(duration_ms, MOST_MS)) / 1000
    limit = 65535
    nearest = seconds.limit_denominator(limit)
    while nearest.numerator > 65535:
        limit = min(limit - 1, int(65535 / seconds))
        nearest = seconds.limit_denominator(max(limit, 1))
    return nearest.numerator, nearest.denominator
