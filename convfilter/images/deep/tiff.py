"""TIFF with 16 and more bits a sample, read by way of tifffile.

Source: TIFF 6.0, sections 8 (orientation), 14 and 18 (alpha).
"""

from __future__ import annotations

import io
import logging
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convfilter.errors import PictureError
from convfilter.images import limits
from convfilter.images.metadata.tiff_tags import codes_of, read_header

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Byte for byte compressions: whatever else there is may make other shapes than the header says.
NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD = 1, 5, 8, 32946, 32773, 34925, 50000
COMPRESSIONS = (NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD)
RATIOS = {NONE: 1, LZW: limits.LZW, DEFLATE: limits.DEFLATE, OLD_DEFLATE: limits.DEFLATE,
          PACKBITS: limits.PACKBITS, ZSTD: limits.ZSTANDARD}  # fmt: skip
WHITE_ZERO, BLACK_ZERO, RGB, INKS = 0, 1, 2, 5
COLOURS = {WHITE_ZERO: 1, BLACK_ZERO: 1, RGB: 3}
OTHERS = {3: "a palette", 4: "a mask", INKS: "CMYK", 6: "YCbCr", 8: "L*a*b*", 9: "L*a*b*",
          10: "L*a*b*", 32803: "a colour filter array", 34892: "raw values"}  # fmt: skip
ASSOCIATED, UNASSOCIATED = 1, 2
DTYPES = ("uint16", "int16", "uint32", "int32", "float16", "float32", "float64")
ORIENTATION = 274
HOW_PIXELS_LIE = (256, 257, 258, 259, 262, 266, 273, ORIENTATION, 277, 278, 279, 284, 317, 322, 323,
                  324, 325, 338, 339)  # fmt: skip


def read_tiff(
    source: str | bytes, max_pixels: int, page: int, label: str
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """(H, W) or (H, W, 3), and alpha (H, W) or None, upright. Raises what bad bytes lead to."""
    from tifffile import TiffFile

    logger = logging.getLogger("tifffile")  # it tells faults by lines on standard error, too
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    with TiffFile(io.BytesIO(source) if isinstance(source, bytes) else source) as tiff:
        read: Any
        try:
            read = tiff.pages[page]
        except IndexError:
            if page == 0:
                raise ValueError("its directory is missing") from None
            raise PictureError(f"{label}: has no page {page}, counted from 0") from None
        _check_tags(read, tiff.filehandle)
        limits.check_size(read.imagewidth, read.imagelength, max_pixels, label)
        if way := _refusal(read):
            raise PictureError(f"{label}: {read.bitspersample} bits a sample {way}")
        _check_parts(read, tiff.filehandle.size)
        samples = read.asarray(squeeze=False)  # planes, depth, rows, columns, samples
        orientation = read.tags.valueof(ORIENTATION, 1)
    samples = samples[:, 0, :, :, 0].transpose(1, 2, 0) if samples.shape[0] > 1 else samples[0, 0]
    if samples.dtype == np.float16:
        samples = samples.astype(np.float32)
    samples = upright(samples, orientation)
    samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    colours = samples[:, :, 0] if COLOURS[read.photometric] == 1 else samples[:, :, :3]
    if read.photometric == WHITE_ZERO:
        colours = np.invert(colours)
    if read.samplesperpixel == COLOURS[read.photometric]:
        return colours, None
    alpha = samples[:, :, -1]
    return _divided(colours, alpha) if ASSOCIATED in read.extrasamples else colours, alpha


def _refusal(read: Any) -> str:
    """Why a page is not read, and what helps; nothing if it is."""
    colours = COLOURS.get(read.photometric)
    if colours is None:
        kind = OTHERS.get(read.photometric, f"photometric kind {int(read.photometric)}")
        eight = read.photometric == INKS and (read.planarconfig == 1 or read.compression != NONE)
        way = "--bits 8 takes the upper 8 bits, or " if eight else ""  # depth.is_misread
        return f"of {kind} are not read; {way}save it as RGB"
    dtype = read.dtype
    if dtype is None or dtype.name not in DTYPES or dtype.itemsize * 8 != read.bitspersample:
        return "are not read in colour; 16 and 32 bits are"
    if read.compression not in COMPRESSIONS:
        return (
            f"compressed by method {int(read.compression)} are not read; save it with LZW, Deflate, "
            "Zstandard or uncompressed"
        )
    if read.photometric == WHITE_ZERO and dtype.kind != "u":
        return "with white as 0 are not read; save it with black as 0"
    alphas = (ASSOCIATED, UNASSOCIATED) if dtype.kind in "uf" else (UNASSOCIATED,)
    extra = tuple(read.extrasamples) or (UNASSOCIATED,) * (read.samplesperpixel - colours)
    is_alpha = len(extra) == 1 and extra[0] in alphas
    if (
        read.imagedepth != 1
        or read.samplesperpixel != colours + len(extra)
        or (extra and not is_alpha)
    ):
        samples = read.samplesperpixel * read.imagedepth
        return f"and {samples} samples a pixel are not read; save it as grey or RGB, with or without alpha"
    return ""


def _check_tags(read: Any, file: Any) -> None:
    """Raises ValueError unless all is there that says how the pixels lie: tifffile goes on without it."""
    file.seek(0)
    layout, _ = read_header(file)
    lost = [
        code
        for code in codes_of(file, layout, read.offset)
        if code in HOW_PIXELS_LIE and read.tags.get(code) is None
    ]
    if lost:
        raise ValueError(f"its tags {', '.join(map(str, lost))} can't be read")


def _check_parts(read: Any, byte_count: int) -> None:
    """Raises ValueError unless all strips or tiles are in the file, with bytes that can hold the pixels.

    tifffile takes memory for them all first, and fills those that are missing with zeros.
    """
    expected = prod(read.chunked)
    parts = [part for part in zip(read.dataoffsets, read.databytecounts, strict=False) if all(part)]
    if len(parts) < expected:
        raise ValueError(f"{len(parts)} of {expected} strips or tiles are there")
    if any(place + length > byte_count for place, length in parts):
        raise ValueError("a strip or tile ends behind the file's end")
    ratio, there = RATIOS.get(read.compression), sum(length for _, length in parts)
    if ratio and read.nbytes > ratio * there:
        raise ValueError(f"{there} bytes can't hold the pixels that the header promises")


def upright(samples: NDArray[Any], orientation: object) -> NDArray[Any]:
    """(H, W, …) turned as TIFF's orientation tag says, 1 … 8; others say nothing."""
    if orientation in (5, 6, 7, 8):
        samples = samples.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return np.ascontiguousarray(samples)


def _divided(colours: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Colours that were multiplied by alpha, without it."""
    if colours.ndim == 3:
        alpha = alpha[:, :, np.newaxis]
    if colours.dtype.kind == "f":
        quotients = np.zeros_like(colours)
        with np.errstate(all="ignore"):  # infinities and NaN are what floats have for it
            np.divide(colours, alpha, out=quotients, where=alpha != 0)
        return quotients
    top = int(np.iinfo(colours.dtype).max)
    wide = np.uint32 if top < 2**16 else np.uint64  # 65535² + 32767 is less than 2³²
    parts = np.minimum(colours, alpha).astype(wide) * wide(top) + (alpha // 2).astype(wide)
    divided: NDArray[Any] = parts // np.maximum(alpha, 1).astype(wide)
    return divided.astype(colours.dtype)
