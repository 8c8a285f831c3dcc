"""Deep files that are of another kind, too large, damaged or cut off: one line each, and no memory."""

import logging
import struct
import zlib

import numpy as np
import pytest
from deep_files import (
    LIMIT,
    SHAPE,
    assert_read,
    interleaved,
    others_tiff,
    pixels_of,
    png,
    refused,
    tiff,
)
from handmade import png_bytes, tiff_bytes
from pictures import noise

from convfilter.errors import PictureError
from convfilter.images.deep.extra import read_deep
from convfilter.images.deep.header import read_tiff_header
from convfilter.images.modes import MODES

codecs = pytest.importorskip("imagecodecs")
tifffile = pytest.importorskip("tifffile")

# ── what is refused ──


@pytest.mark.parametrize(
    ("shape", "dtype", "options", "said"),
    [
        ((*SHAPE, 4), "uint16", {"photometric": "separated"}, "of CMYK are not read; --bits 8 takes the upper 8 bits, or save"),
        ((*SHAPE, 3), "uint16", {"photometric": "cielab"}, "of L*a*b* are not read"),
        ((*SHAPE, 3), "uint16", {"photometric": "rgb", "compression": "jpeg2000"}, "method 34712"),
        ((*SHAPE, 5), "uint16", {"photometric": "rgb"}, "and 5 samples a pixel"),
        ((*SHAPE, 4), "uint16", {"photometric": "rgb", "extrasamples": ["unspecified"]},
         "and 4 samples a pixel"),
        ((*SHAPE, 2), "uint16", {"photometric": "minisblack", "planarconfig": "contig",
                                 "extrasamples": ["unspecified"]}, "and 2 samples"),
        ((*SHAPE, 4), "int16", {"photometric": "rgb", "extrasamples": ["assocalpha"]},
         "and 4 samples"),
        ((*SHAPE, 3), "uint8", {"photometric": "rgb"}, "8 bits a sample"),
        ((*SHAPE, 3), "complex64", {"photometric": "rgb"}, "64 bits a sample are not read"),
        (SHAPE, "float32", {"photometric": "miniswhite"}, "with white as 0"),
        ((16, *SHAPE), "uint16", {"volumetric": True, "tile": (16, 16, 16)}, "16 samples a pixel"),
    ],
)  # fmt: skip
def test_kinds_that_are_not_read_are_named(shape, dtype, options, said):
    assert said in refused(others_tiff(np.zeros(shape, dtype), **options), "TIFF")


def test_twelve_bits_and_a_palette_of_16_are_refused():
    twelve = bytearray(tiff_bytes(noise((4, 4, 3), "uint16")))
    place = twelve.index(struct.pack("<III", 16, 16, 16))
    twelve[place : place + 12] = struct.pack("<III", 12, 12, 12)
    assert refused(bytes(twelve), "TIFF") == (
        "12 bits a sample are not read in colour; 16 and 32 bits are"
    )
    colours = noise((3, 65536), "uint16")
    palette = others_tiff(noise((4, 4), "uint16"), photometric="palette", colormap=colours)
    assert "of a palette are not read" in refused(palette, "TIFF")


def test_png_of_8_bits_is_none_of_these():
    assert "8 bits a sample" in refused(png_bytes(noise((4, 4, 3)), 8, 2), "PNG")


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_the_limit_is_checked_before_anything_is_decoded(form):
    pixels, alpha = pixels_of(MODES["RGB;16"])
    content = png(pixels) if form == "PNG" else tiff(pixels)
    assert "23×31 is 713 pixels, the limit is 712" in refused(content, form, LIMIT - 1)
    assert_read(content, form, pixels, alpha)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_a_header_that_claims_a_huge_picture_costs_nothing(form):
    pixels, _ = pixels_of(MODES["RGB;16"])
    if form == "PNG":
        content = bytearray(png(pixels))
        content[16:24] = struct.pack(">II", 60000, 60000)
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    else:
        content = bytearray(tiff(pixels))
        for code, number in ((256, 31), (257, 23)):
            place = content.index(struct.pack("<HHII", code, 4, 1, number))
            content[place + 8 : place + 12] = struct.pack("<I", 60000)
    assert "60000×60000" in refused(bytes(content), form)
    import tracemalloc

    tracemalloc.start()
    try:
        assert "damaged or cut off" in refused(bytes(content), form, 10**10)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 10**7


@pytest.mark.parametrize("mode", ["LA;16", "RGB;16"])
def test_every_shortened_png_is_refused_before_libpng_sees_it(mode):
    content = png(*pixels_of(MODES[mode], shape=(5, 7)))
    for length in range(8, len(content)):
        assert "damaged or cut off" in refused(content[:length], "PNG")


@pytest.mark.parametrize("deflate", [False, True])
def test_every_shortened_tiff_is_refused(deflate, capfd):
    content = tiff(*pixels_of(MODES["RGB;16"], shape=(5, 7)), deflate=deflate)
    for length in range(len(content) - 1):
        said = refused(content[:length], "TIFF")
        assert "damaged or cut off" in said or "are not read" in said
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("tifffile").handlers


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "zlib", "lzw", "tiled"])
def test_damaged_bytes_give_a_picture_or_one_line(kind, capfd):
    pixels, alpha = pixels_of(MODES["RGBA;16"])
    if kind in ("PNG", "TIFF"):
        whole = png(pixels, alpha) if kind == "PNG" else tiff(pixels, alpha)
    else:
        options = {"tile": (16, 16)} if kind == "tiled" else {"compression": kind, "predictor": 2}
        whole = others_tiff(interleaved(pixels, alpha), photometric="rgb", **options)
    random = np.random.default_rng(5)
    form, alike = "PNG" if kind == "PNG" else "TIFF", 0
    for _ in range(150):
        content = np.frombuffer(whole, np.uint8).copy()
        places = random.integers(0, content.size, 2)
        places[0] = random.integers(0, min(600, content.size))
        content[places] ^= random.integers(1, 256, 2).astype(np.uint8)
        alike += shape_or_complaint(content.tobytes(), form) == pixels.shape
    assert capfd.readouterr() == ("", "")
    assert alike < 150


def shape_or_complaint(content, form):
    try:
        return read_deep(content, form, 10**6)[0].shape
    except PictureError as error:
        return str(error).index("standard input: ") + str(error).count("\n")


def test_a_wrong_checksum_never_reaches_the_decoder(monkeypatch):
    content = bytearray(png(*pixels_of(MODES["RGB;16"])))
    content[len(content) // 2] ^= 1
    monkeypatch.setattr(codecs, "png_decode", lambda _: pytest.fail("was called"))
    assert refused(bytes(content), "PNG") == "damaged or cut off: wrong checksum of chunk IDAT"


def test_what_can_not_be_opened_says_why(tmp_path):
    for form in ("PNG", "TIFF"):
        with pytest.raises(PictureError, match=r"none\.x: No such file or directory"):
            read_deep(str(tmp_path / "none.x"), form, 10)
    assert read_tiff_header(str(tmp_path / "none.tif")) is None


@pytest.mark.parametrize("content", [b"", b"II*\0", b"no picture", b"II*\0\x08\0\0\0\xff\xff"])
def test_what_is_no_picture_is_refused(content):
    assert "damaged or cut off" in refused(content, "TIFF")
    assert "damaged or cut off" in refused(content, "PNG")
    assert read_tiff_header(content) is None
