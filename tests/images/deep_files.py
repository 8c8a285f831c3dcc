"""Pictures of more than 8 bits in colour as files, and what is said of damaged ones."""

import io
import struct
import zlib
from operator import itemgetter

import numpy as np
import pytest
from pictures import assert_alike, noise
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from convfilter.errors import PictureError
from convfilter.images.deep.extra import read_deep
from convfilter.images.deep.png import write_png
from convfilter.images.deep.tiff_write import write_tiff
from convfilter.images.modes import MODES
from convfilter.images.picture import Metadata

tifffile = pytest.importorskip("tifffile")

SHAPE = (23, 31)
DEEP_MODES = [mode for mode in MODES.values() if mode.deep]
INTEGER_MODES = [mode for mode in DEEP_MODES if mode.dtype == "uint16"]
NAME = itemgetter(0)
LIMIT = SHAPE[0] * SHAPE[1]
ICC = b"\0\0\x0c\x48test\2\x10\0\0mntrRGB XYZ " + bytes(range(200))
NOTHING = Metadata()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a b="\xc3\xa9"/></x:xmpmeta>'


def pixels_of(mode, seed=1, shape=SHAPE):
    """Colours and alpha of a kind, over all its numbers; odd fractions, infinities and NaN of floats."""
    size = shape if mode.channels == 1 else (*shape, mode.channels)
    pixels, alpha = noise(size, mode.dtype, seed), noise(shape, mode.dtype, seed + 1)
    if mode.dtype == "float32":
        pixels, alpha = pixels / np.float32(7), alpha / np.float32(9)
        pixels[0, 0], pixels[0, -1], pixels[-1, 0] = np.inf, -0.0, np.nan
    return pixels, alpha if mode.alpha else None


def tiff(pixels, alpha=None, told=NOTHING, **options):
    file = io.BytesIO()
    write_tiff(pixels, alpha, file, told, **options)
    return file.getvalue()


def png(pixels, alpha=None, chunks=(), **options):
    file = io.BytesIO()
    write_png(pixels, alpha, file, chunks, **options)
    return file.getvalue()


def others_tiff(pixels, **options):
    """As tifffile writes it."""
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def interleaved(pixels, alpha):
    return pixels if alpha is None else np.dstack([pixels, alpha])


def assert_read(content, form, pixels, alpha=None, page=0):
    got, got_alpha = read_deep(content, form, pixels.shape[0] * pixels.shape[1], page)
    assert_alike(got, pixels)
    assert got.dtype.isnative
    assert (got_alpha is None) == (alpha is None)
    if alpha is not None:
        assert_alike(got_alpha, alpha)


def refused(content, form, max_pixels=10**6, page=0):
    with pytest.raises(PictureError) as caught:
        read_deep(content, form, max_pixels, page)
    message = str(caught.value)
    assert message.startswith("standard input: ")
    assert "\n" not in message
    assert len(message) < 200
    return message.removeprefix("standard input: ")


def chunks_of(content):
    """Name and data of every chunk of a PNG, the checksums verified."""
    place, found = 8, []
    while place < len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        data = content[place + 8 : place + 8 + length]
        assert content[place + 8 + length : place + 12 + length] == struct.pack(
            ">I", zlib.crc32(name + data)
        )
        found.append((name, data))
        place += 12 + length
    return found


def exif(order="<"):
    """A block as cameras write it, with a fraction that is not reduced, GPS, and a maker's note."""
    tags = Image.Exif()
    tags.endian = order
    tags[270], tags[271], tags[256], tags[40091] = "a flower", "Maker", 4711, b"a\0b\0\0\0"
    tags[0x8769] = {33434: IFDRational(1, 200), 36867: "2020:01:02 03:04:05", 37500: b"MAKER\0note",
                    0xA005: {1: "R98"}}  # fmt: skip
    tags[0x8825] = {1: "N", 2: (1.0, 2.0, 3.5), 5: b"\0"}
    block = tags.tobytes()
    reduced, other = (struct.pack(f"{order}II", *pair) for pair in ((1, 200), (10, 2000)))
    assert block.count(reduced) == 1
    return block.replace(reduced, other)
