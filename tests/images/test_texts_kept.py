"""Texts of PNG, comments, and the chunks that tell a PNG's colours."""

import struct
import zlib

import numpy as np
import pytest
from filtering import apply, saved
from metadata_made import (
    COLOUR,
    COLOURS,
    GREY,
    GREY_PROFILE,
    RGB_PROFILE,
    TEXTS,
    chunks_of,
    info_of,
    png_with,
    texts_of,
)
from PIL import Image

from convfilter.images.encode import held, png_chunks
from convfilter.images.formats import BY_NAME, BY_SUFFIX
from convfilter.images.metadata.png_chunks import forget_texts
from convfilter.images.metadata.reading import read_metadata
from convfilter.images.picture import Metadata, Picture


def test_texts_of_a_png_are_kept_in_order_with_their_languages(tmp_path):
    source = tmp_path / "a.png"
    source.write_bytes(
        png_with(*png_chunks(Picture(GREY, None, Metadata(texts=TEXTS)), strip=False)[0])
    )
    output = apply(source).output
    assert texts_of(output) == TEXTS
    with Image.open(output) as image:  # as Pillow reads them, the last of each keyword
        assert image.text["Title"] == "Ein schönes Bild"
        assert (image.text["Description"], image.text["Description"].lang) == ("a photograph", "en")
        assert image.text["Längeres"] == "漢字" * 5000
    assert {name for name, _ in chunks_of(tmp_path / "a_identity.png")} >= {
        b"tEXt",
        b"zTXt",
        b"iTXt",
    }


def test_texts_behind_the_pixels_are_read(tmp_path):
    source = tmp_path / "a.png"
    content = png_with()
    text = b"Author\0somebody"
    chunk = (
        struct.pack(">I", len(text))
        + b"tEXt"
        + text
        + struct.pack(">I", zlib.crc32(b"tEXt" + text))
    )
    source.write_bytes(content[:-12] + chunk + content[-12:])
    assert texts_of(apply(source).output) == (("Author", "somebody", "", ""),)


KEYWORDS = ["dpi", "icc_profile", "exif", "xmp", "gamma", "srgb", "chromaticity", "comment",
            "photoshop", "compression", "jfif_unit", "loop", "duration", "aspect"]  # fmt: skip


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_text_is_never_taken_for_what_its_keyword_is_in_pillow(tmp_path, keyword):
    source = tmp_path / "a.png"
    real = png_chunks(
        Picture(GREY, None, Metadata(icc=GREY_PROFILE, dpi=(254.0, 254.0))), strip=False
    )[0]
    source.write_bytes(png_with(*real, (b"tEXt", keyword.encode() + b"\0words")))
    outcome = apply(source)
    assert outcome.notes == ()
    names = dict(chunks_of(outcome.output))
    assert zlib.decompress(names[b"iCCP"].partition(b"\0")[2][1:]) == GREY_PROFILE
    assert names[b"pHYs"] == struct.pack(">IIB", 10_000, 10_000, 1)
    assert names[b"tEXt"] == keyword.encode() + b"\0words"
    assert b"eXIf" not in names


def test_more_texts_than_pillow_reads_again_are_dropped_with_a_note():
    texts = tuple((f"T{number}", "x" * 2**20, "", "") for number in range(65))
    picture = Picture(GREY, None, Metadata(texts=texts))
    kept, notes = held(picture, BY_NAME["PNG"], strip=False)
    assert kept.texts == ()
    assert notes == ["PNG can't hold PNG text of 68157440 bytes, 67108864 at most: dropped"]


@pytest.mark.parametrize("size", [2**20 - 1, 2**20, 2**22])
@pytest.mark.parametrize("letter", ["x", "é", "字"])
def test_a_long_text_can_be_read_again(tmp_path, size, letter):
    picture = Picture(GREY, None, Metadata(texts=(("Long", letter * size, "", ""),)))
    source = tmp_path / "a.png"
    source.write_bytes(png_with(*png_chunks(picture, strip=False)[0]))
    assert texts_of(apply(source).output)[0][1] == letter * size


@pytest.mark.parametrize("suffix", [".jpg", ".gif", ".jp2", ".png"])
@pytest.mark.parametrize("target", [".jpg", ".gif", ".jp2", ".png"])
def test_comments_go_where_comments_are(tmp_path, suffix, target):
    source = tmp_path / f"a{suffix}"
    if suffix == ".png":
        source.write_bytes(png_with((b"tEXt", b"Comment\0words"), (b"tEXt", b"Comment\0others")))
    else:
        saved(source, GREY, comment=b"words")
    outcome = apply(source, tmp_path / f"b{target}")
    if target == ".png":
        assert texts_of(outcome.output)[0] == ("Comment", "words", "", "")
    elif "comment" in BY_SUFFIX[target].keeps:
        assert info_of(outcome.output)["comment"] == b"words"
    else:
        assert f"{BY_SUFFIX[target].name} can't hold the comment: dropped" in outcome.notes


@pytest.mark.parametrize("words", [b"caf\xe9", "café".encode(), b"words\0"])
def test_a_comment_becomes_text_in_whatever_letters(tmp_path, words):
    source = saved(tmp_path / "a.jpg", GREY, comment=words)
    want = "café" if b"caf" in words else "words"
    assert texts_of(apply(source, tmp_path / "b.png").output) == (("Comment", want, "", ""),)


def test_what_a_library_signs_with_is_no_comment(tmp_path):
    source = saved(tmp_path / "a.jp2", GREY)
    assert info_of(source)["comment"].startswith(b"Created by OpenJPEG")
    assert "comment" not in info_of(apply(source, tmp_path / "b.jpg").output)


@pytest.mark.parametrize("gray", [False, True])
def test_colour_chunks_are_kept(tmp_path, gray):
    source = tmp_path / "a.png"
    source.write_bytes(png_with(*COLOURS, pixels=COLOUR))
    found = chunks_of(apply(source, gray=gray).output)
    assert [chunk for chunk in found if chunk in COLOURS] == list(COLOURS)


def test_beside_a_profile_there_is_no_srgb(tmp_path):
    source = tmp_path / "a.png"
    profile = png_chunks(Picture(COLOUR, None, Metadata(icc=RGB_PROFILE)), strip=False)[0]
    source.write_bytes(png_with(*profile, *COLOURS, pixels=COLOUR))
    names = {name for name, _ in chunks_of(apply(source).output)}
    assert names & {b"iCCP", b"sRGB", b"cICP", b"gAMA"} == {b"iCCP", b"cICP", b"gAMA"}


@pytest.mark.parametrize(
    ("chunks", "noted"),
    [
        (COLOURS, True),
        (COLOURS[2:], True),
        (COLOURS[1:], False),
        (((b"gAMA", struct.pack(">I", 45_455)),), False),
    ],
)
def test_colours_that_a_format_can_not_tell_are_said(tmp_path, chunks, noted):
    source = tmp_path / "a.png"
    source.write_bytes(png_with(*chunks, pixels=COLOUR))
    outcome = apply(source, tmp_path / "b.jpg")
    assert outcome.notes == ("JPEG can't hold PNG's colour chunks: dropped",) * noted


@pytest.mark.parametrize("keyword", ["transparency", "interlace"])
def test_texts_can_be_taken_out_of_what_pillow_says(tmp_path, keyword):
    source = tmp_path / "a.png"
    source.write_bytes(png_with((b"tEXt", keyword.encode() + b"\0words")))
    with Image.open(source) as image:
        forget_texts(image)
        image.load()
        forget_texts(image)
        assert not image.has_transparency_data
        assert np.array_equal(np.asarray(image), GREY)
        assert read_metadata(image).texts == ((keyword, "words", "", ""),)
