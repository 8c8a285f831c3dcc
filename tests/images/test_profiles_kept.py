"""ICC profiles and XMP from file to file, what is too large for a format, and resolutions."""

import io

import numpy as np
import pytest
from exif_made import made
from filtering import apply, saved
from metadata_made import (
    CMYK_PROFILE,
    COLOUR,
    EXIF_HOLDERS,
    GREY,
    GREY_PROFILE,
    RGB_PROFILE,
    XMP,
    info_of,
    save_with_xmp,
)
from PIL import Image

from convfilter.images.encode import encoding
from convfilter.images.formats import BY_NAME
from convfilter.images.metadata.reading import read_metadata
from convfilter.images.picture import Metadata, Picture
from convfilter.images.target import Target

ORDERS = pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])


@pytest.mark.parametrize("target", EXIF_HOLDERS)
@pytest.mark.parametrize("suffix", EXIF_HOLDERS)
def test_profile_and_xmp_keep_their_bytes(tmp_path, suffix, target):
    source = tmp_path / f"a{suffix}"
    save_with_xmp(source, COLOUR, XMP % 1, icc_profile=RGB_PROFILE)
    info = info_of(apply(source, tmp_path / f"b{target}").output)
    assert info["icc_profile"] == RGB_PROFILE
    assert info["xmp"] == XMP % 1


@pytest.mark.parametrize("target", [".jpg", ".tif"])
@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_inks_keep_their_profile_and_no_other(tmp_path, suffix, target):
    inks = Image.fromarray(COLOUR).convert("CMYK")
    inks.save(tmp_path / f"a{suffix}", icc_profile=CMYK_PROFILE)
    outcome = apply(tmp_path / f"a{suffix}", tmp_path / f"b{target}")
    with Image.open(outcome.output) as image:
        assert (image.mode, image.info["icc_profile"]) == ("CMYK", CMYK_PROFILE)
    inks.save(tmp_path / f"c{suffix}", icc_profile=RGB_PROFILE)
    outcome = apply(tmp_path / f"c{suffix}", tmp_path / f"d{target}")
    assert "the ICC profile is for another kind of colour than CMYK: dropped" in outcome.notes
    assert "icc_profile" not in info_of(outcome.output)


@pytest.mark.parametrize("suffix", [".webp", ".avif"])
def test_a_grey_profile_does_not_go_where_grey_becomes_colour(tmp_path, suffix):
    source = saved(tmp_path / "a.png", GREY, icc_profile=GREY_PROFILE)
    outcome = apply(source, tmp_path / f"b{suffix}")
    kept = suffix == ".avif"
    assert ("icc_profile" in info_of(outcome.output)) == kept
    note = "the ICC profile is for another kind of colour than RGB: dropped"
    assert (note in outcome.notes) != kept


def _large_profile(size):
    return RGB_PROFILE + np.random.default_rng(0).bytes(size - len(RGB_PROFILE))


@pytest.mark.parametrize(("size", "kept"), [(2**20 - 1, True), (2**20, False), (2**21, False)])
def test_a_profile_that_pillow_would_not_read_again_is_no_part_of_a_png(tmp_path, size, kept):
    source = saved(tmp_path / "a.tif", COLOUR, icc_profile=_large_profile(size))
    outcome = apply(source, tmp_path / "b.png")
    assert ("icc_profile" in info_of(outcome.output)) == kept
    note = f"PNG can't hold the ICC profile of {size} bytes, 1048575 at most: dropped"
    assert outcome.notes == (note,) * (not kept)


@pytest.mark.parametrize("target", [".jpg", ".tif", ".webp", ".avif"])
def test_a_large_profile_is_kept_where_it_can_be(tmp_path, target):
    profile = _large_profile(2**20)
    source = saved(tmp_path / "a.tif", COLOUR, icc_profile=profile)
    assert info_of(apply(source, tmp_path / f"b{target}").output)["icc_profile"] == profile


@pytest.mark.parametrize(
    ("name", "most", "words"),
    [
        ("exif", 65533, "EXIF"),
        ("xmp", 65504, "XMP"),
        ("comment", 65533, "the comment"),
        ("icc", 255 * 65519, "the ICC profile"),
    ],
)
@pytest.mark.parametrize("over", [0, 1])
def test_what_a_segment_of_jpeg_can_not_hold_is_dropped_with_a_note(name, most, words, over):
    start = {"exif": made(orientation=1), "icc": RGB_PROFILE}.get(name, b"<x/>")
    value = start + b"x" * (most + over - len(start))
    picture = Picture(COLOUR, None, Metadata(**{name: value}))
    options, notes = encoding(picture, Target("", BY_NAME["JPEG"]))
    option = {"icc": "icc_profile"}.get(name, name)
    assert bool(options.get(option)) == (not over)
    assert notes == [f"JPEG can't hold {words} of {most + 1} bytes, {most} at most: dropped"] * over
    buffer = io.BytesIO()
    Image.fromarray(COLOUR).save(buffer, "JPEG", **options)
    with Image.open(buffer) as image:
        read = read_metadata(image)
    assert len(getattr(read, name)) == (0 if over else most)


@pytest.mark.parametrize("orientation", [1, 3, 5, 8])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
@pytest.mark.parametrize("target", [".png", ".tif", ".jpg", ".bmp"])
def test_resolution_turns_with_the_picture(tmp_path, suffix, target, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = saved(tmp_path / f"a{suffix}", COLOUR, dpi=(144, 72), exif=exif)
    found = info_of(apply(source, tmp_path / f"b{target}").output)["dpi"]
    want = (144, 72) if orientation < 5 else (72, 144)
    assert tuple(round(float(number)) for number in found) == want


@ORDERS
@pytest.mark.parametrize("orientation", [1, 6])
def test_resolution_of_a_jpeg_may_come_from_exif(tmp_path, order, orientation):
    source = saved(tmp_path / "a.jpg", COLOUR, exif=made(order, orientation))
    want = (144, 72) if orientation == 1 else (72, 144)
    assert info_of(apply(source).output)["dpi"] == want


def test_72_that_pillow_makes_of_a_block_without_resolution_is_none(tmp_path):
    source = saved(
        tmp_path / "a.jpg",
        COLOUR,
        exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x0f\1\2\0\2\0\0\0A\0\0\0\0\0\0\0",
    )
    assert info_of(source)["dpi"] == (72, 72)
    assert "dpi" not in info_of(apply(source, tmp_path / "b.png").output)


def test_a_resolution_that_jpeg_can_not_count_is_left_out(tmp_path):
    source = saved(tmp_path / "a.tif", COLOUR, dpi=(254_000, 254_000))
    assert info_of(apply(source, tmp_path / "b.png").output)["dpi"] == pytest.approx((254_000,) * 2)
    assert "dpi" not in info_of(apply(source, tmp_path / "b.jpg").output)
