"""PNG with 16 bits a sample, by way of imagecodecs.

Only what makes the pixels is given to the decoder, and only when its checksums are right: libpng
answers the rest with lines on standard error, and each failure of `imagecodecs.png_decode` costs two
references to None that nobody gives back, until Python before 3.12 ends on the spot.
Source: https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from convfilter.images.encode import PNG_RUNS
from convfilter.images.formats import PNG_LEVEL
from convfilter.images.limits import DEFLATE, check_size
from convfilter.images.metadata.png_chunks import SIGNATURE, chunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

IHDR_END = len(SIGNATURE) + 12 + 13
# Colour type → samples a pixel, and of those the colours.
GREY, RGB, GREY_ALPHA, RGBA = 0, 2, 4, 6
SAMPLES = {GREY: 1, RGB: 3, GREY_ALPHA: 2, RGBA: 4}


def read_png(
    content: bytes, max_pixels: int, label: str
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """uint16 (H, W) or (H, W, 3), and alpha (H, W) or None. Raises what bad bytes lead to."""
    if not content.startswith(SIGNATURE) or content[12:16] != b"IHDR":
        raise ValueError("no PNG header")
    width, height, bits, colour, *methods = struct.unpack_from(">IIBBBBB", content, 16)
    check_size(width, height, max_pixels, label)
    if bits != 16 or colour not in SAMPLES or methods[:2] != [0, 0]:
        raise ValueError(f"{bits} bits a sample of colour type {colour}")
    needed = height * (1 + 2 * SAMPLES[colour] * width)
    if not width or not height or needed > DEFLATE * len(content):
        raise ValueError(f"{len(content)} bytes can't hold {height}×{width} pixels")
    from imagecodecs import png_decode

    pixels: NDArray[Any] = png_decode(b"".join(_needed_chunks(content, colour)))
    if pixels.dtype != np.uint16 or pixels.shape[:2] != (height, width):
        raise ValueError(f"decoded as {pixels.shape} {pixels.dtype}")
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels, None
    colours = pixels[:, :, 0] if pixels.shape[2] == 2 else pixels[:, :, :3]
    return colours, pixels[:, :, -1]


def _needed_chunks(content: bytes, colour: int) -> Iterator[bytes | memoryview]:
    """The signature and the chunks that make the pixels, their checksums verified."""
    whole = memoryview(content)
    yield SIGNATURE
    place, name = len(SIGNATURE), b""
    while name != b"IEND":
        if place + 12 > len(content):
            raise ValueError("its last chunk is missing")
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        transparent = name == b"tRNS" and length == {GREY: 2, RGB: 6}.get(colour)
        if name in (b"IHDR", b"IDAT", b"IEND") or transparent:
            if end > len(content):
                raise ValueError(f"ends within a chunk {name.decode()}")
            if (
                zlib.crc32(whole[place + 4 : end - 4])
                != struct.unpack_from(">I", content, end - 4)[0]
            ):
                raise ValueError(f"wrong checksum of chunk {name.decode()}")
            yield whole[place:end]
        place = end


def write_png(
    pixels: NDArray[Any],
    alpha: NDArray[Any] | None,
    file: BinaryIO,
    chunks: Iterable[tuple[bytes, bytes]] = (),
    level: int = PNG_LEVEL,
) -> None:
    """Writes (H, W) or (H, W, 3) uint16, and alpha (H, W) if there is one.

    chunks  (name, data), right behind the header, in this order
    level   of compression, 0 … 9
    """
    from imagecodecs import PNG, png_encode

    interleaved = np.ascontiguousarray(pixels if alpha is None else np.dstack([pixels, alpha]))
    # One filter for all rows and a search for runs only, as for 8 bits: 12 Mpx of gradients with noise
    # take 0.5 s, 1.8 s with all filters at level 1, 3.1 s at level 6, which makes them 2 % larger.
    runs = level == PNG_LEVEL
    encoded = png_encode(
        interleaved,
        level=level,
        strategy=PNG_RUNS if runs else None,
        filter=PNG.FILTER.UP if runs else None,
    )
    file.write(encoded[:IHDR_END])
    file.writelines(chunk(name, data) for name, data in chunks)
    file.write(memoryview(encoded)[IHDR_END:])
