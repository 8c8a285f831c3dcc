"""What is kept beside the pixels of more than 8 bits in colour: chunks and tags, byte for byte."""

import io
import struct
import zlib

import pytest
from deep_files import (
    ICC,
    INTEGER_MODES,
    LIMIT,
    NAME,
    XMP,
    assert_read,
    chunks_of,
    exif,
    others_tiff,
    pixels_of,
    png,
    tiff,
)
from pictures import noise
from PIL import Image

from convfilter.images.deep import tiff_write as deep_tiff_write
from convfilter.images.deep.extra import read_deep, write_deep
from convfilter.images.deep.header import read_tiff_header
from convfilter.images.formats import BY_NAME
from convfilter.images.metadata.tiff_tags import exif_body, read_exif
from convfilter.images.modes import MODES
from convfilter.images.picture import Metadata, Picture
from convfilter.images.target import Target

codecs = pytest.importorskip("imagecodecs")
tifffile = pytest.importorskip("tifffile")

# ── beside the pixels ──


def test_chunks_stand_right_behind_the_header_byte_for_byte():
    told = [(b"iCCP", b"name\0\0" + zlib.compress(ICC)), (b"gAMA", b"\0\0\xb1\x8f"),
            (b"eXIf", exif_body(exif())), (b"tEXt", b"Title\0a \xe9"), (b"tEXt", b"Title\0b")]  # fmt: skip
    pixels, alpha = pixels_of(MODES["RGBA;16"])
    content = png(pixels, alpha, told)
    found = chunks_of(content)
    assert found[1:6] == told
    assert [name for name, _ in found if name not in dict(told)] == [b"IHDR", b"IDAT", b"IEND"]
    assert_read(content, "PNG", pixels, alpha)


@pytest.mark.parametrize("order", "<>")
def test_the_exif_block_stays_where_it_was_for_the_makers_note(order):
    block = exif_body(exif(order))
    content = tiff(*pixels_of(MODES["RGB;16"]), Metadata(exif=exif(order)))
    assert content[8 : len(block)] == block[8:]
    with Image.open(io.BytesIO(content)) as image:
        note = image.getexif().get_ifd(0x8769)[37500]
    assert note == b"MAKER\0note"


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_tags_keep_type_count_and_bytes(order, big, monkeypatch):
    if big:
        monkeypatch.setattr(deep_tiff_write, "CLASSIC_BYTES", 0)
    written = tiff(*pixels_of(MODES["RGB;16"]), Metadata(exif=exif(order)))
    got = read_exif(read_tiff_header(written).metadata.exif)
    want = read_exif(exif(order))
    described = [tag for tag in want[1] if tag.code != 256]  # a TIFF's own width is another
    assert got[0] == want[0] == order
    assert [told_of(tag) for tag in got[1]] == [told_of(tag) for tag in described]
    assert 33434 in {inner.code for tag in got[1] for inner in tag.inner}


def told_of(tag):
    """All of a tag but where a directory lies."""
    inner = [told_of(each) for each in tag.inner]
    return tag.code, tag.kind, tag.values, inner or tag.data


@pytest.mark.parametrize(
    "damaged", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"nothing"]
)
def test_a_damaged_exif_block_costs_only_itself(damaged):
    pixels, alpha = pixels_of(MODES["RGBA;16"])
    content = tiff(pixels, alpha, Metadata(exif=damaged, icc=ICC))
    assert_read(content, "TIFF", pixels, alpha)
    assert read_tiff_header(content).metadata == Metadata(icc=ICC, compression="tiff_adobe_deflate")


def test_directories_inside_each_other_without_end_are_followed_to_the_third():
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    loop = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + entry + bytes(4)
    assert read_exif(loop) == ("<", ())


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("source", ["PNG", "TIFF"])
@pytest.mark.parametrize("mode", INTEGER_MODES, ids=NAME)
def test_pixels_and_metadata_from_file_to_file(mode, source, form):
    pixels, alpha = pixels_of(mode)
    icc = ICC.replace(b"RGB ", b"GRAY") if mode.channels == 1 else ICC
    told = Metadata(exif=exif(), icc=icc, xmp=XMP, dpi=(299.9994, 72.009))
    first, second = Picture(pixels, alpha, told), None
    for name in (source, form):
        file = io.BytesIO()
        assert write_deep(second or first, Target("-", BY_NAME[name]), file) == []
        assert_read(file.getvalue(), name, pixels, alpha)
        second = Picture(*read_deep(file.getvalue(), name, LIMIT), metadata_of(file, name))
    assert second.metadata.icc == icc
    assert second.metadata.xmp == XMP
    assert second.metadata.dpi == pytest.approx((299.9994, 72.009), abs=0.013)
    got, want = (read_exif(block)[1] for block in (second.metadata.exif, exif()))
    kept = [told_of(tag) for tag in want if tag.code != 256]
    assert [told_of(tag) for tag in got if tag.code != 256] == kept


def metadata_of(file, form):
    from convfilter.images.metadata.reading import read_metadata

    if form == "TIFF":
        return read_tiff_header(file.getvalue()).metadata
    with Image.open(io.BytesIO(file.getvalue())) as image:
        return read_metadata(image)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_strip_leaves_only_pixels(form):
    pixels, alpha = pixels_of(MODES["RGBA;16"])
    picture = Picture(pixels, alpha, Metadata(exif=exif(), icc=ICC, xmp=XMP, dpi=(300, 300)))
    file = io.BytesIO()
    write_deep(picture, Target("-", BY_NAME[form], strip=True), file)
    assert_read(file.getvalue(), form, pixels, alpha)
    if form == "PNG":
        assert {name for name, _ in chunks_of(file.getvalue())} == {b"IHDR", b"IDAT", b"IEND"}
    else:
        assert read_tiff_header(file.getvalue()).metadata == Metadata(compression="raw")


@pytest.mark.parametrize(
    ("compress", "of_source", "written"),
    [
        (None, "", "raw"),
        (None, "tiff_lzw", "tiff_adobe_deflate"),
        (None, "raw", "raw"),
        (0, "tiff_lzw", "raw"),
        (1, "", "tiff_adobe_deflate"),
    ],
)
def test_tiff_is_compressed_when_asked_or_as_its_source_was(compress, of_source, written):
    picture = Picture(*pixels_of(MODES["RGB;16"]), Metadata(compression=of_source))
    file = io.BytesIO()
    write_deep(picture, Target("-", BY_NAME["TIFF"], compress=compress), file)
    assert read_tiff_header(file.getvalue()).metadata.compression == written


# ── files that Pillow doesn't open ──


@pytest.mark.parametrize("mode", ["LA;16", "LA;F", "RGB;F", "RGBA;F"])
def test_a_tiff_that_pillow_does_not_know_tells_what_it_is(mode):
    kind = MODES[mode]
    pixels, alpha = pixels_of(kind)
    told = Metadata(exif=exif(), icc=ICC, xmp=XMP, dpi=(300, 150.5))
    content = tiff(pixels, alpha, told)
    with pytest.raises(Image.UnidentifiedImageError):
        Image.open(io.BytesIO(content))
    header = read_tiff_header(content)
    assert header[:3] == (31, 23, kind.channels)
    assert (header.bits, header.floats, header.pages) == (
        8 * pixels.itemsize,
        kind.dtype == "float32",
        1,
    )
    assert header.metadata[:4] == told._replace(exif=header.metadata.exif)[:4]
    assert header.metadata.compression == "tiff_adobe_deflate"


@pytest.mark.parametrize("orientation", [1, 6])
def test_resolution_in_centimetres_of_a_turned_tiff(orientation):
    content = others_tiff(noise((4, 6, 3), "float32"), photometric="rgb", resolution=(100, 50),
                          resolutionunit=3, extratags=[(274, 3, 1, orientation, True)])  # fmt: skip
    dpi = read_tiff_header(content).metadata.dpi
    assert dpi == ((254, 127) if orientation == 1 else (127, 254))
