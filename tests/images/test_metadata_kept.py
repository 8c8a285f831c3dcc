"""All that travels with the pixels, by value, of every format: kept, said or stripped."""

import io
from pathlib import Path

import numpy as np
import pytest
from filtering import apply, saved
from metadata_made import (
    CMYK_PROFILE,
    COLOUR,
    EVERYTHING,
    EXIF_HOLDERS,
    GREY,
    GREY_PROFILE,
    IIM,
    RGB_PROFILE,
    XMP,
    chunks_of,
    everything,
    info_of,
)
from PIL import Image

from convfilter.images.encode import encoding, held, png_chunks, tiff_tags
from convfilter.images.formats import BY_NAME
from convfilter.images.metadata.exif import sized
from convfilter.images.metadata.reading import orientation_of, read_metadata
from convfilter.images.picture import Metadata, Picture
from convfilter.images.target import Target

WORDS = {
    "exif": "EXIF",
    "icc": "the ICC profile",
    "xmp": "XMP",
    "iptc": "IPTC",
    "texts": "PNG text",
    "comment": "the comment",
}


@pytest.mark.parametrize("name", [name for name in BY_NAME if name != "NPY"])
def test_what_a_format_does_not_hold_is_said_and_the_rest_is_read_again(name):
    form = BY_NAME[name]
    if "RGB" not in form.modes:
        pytest.skip("no colour")
    picture = Picture(COLOUR, None, EVERYTHING)
    options, notes = encoding(picture, Target("", form))
    keeps = {*form.keeps, *(("comment",) if name == "PNG" else ())}
    lost = [words for key, words in WORDS.items() if key not in keeps]
    lost += ["PNG's colour chunks"] * (name != "PNG")
    said = " and ".join(filter(None, (", ".join(lost[:-1]), *lost[-1:])))
    assert notes == [f"{name} can't hold {said}: dropped"] * bool(lost)
    buffer = io.BytesIO()
    Image.fromarray(COLOUR).save(buffer, form.writer, **options)
    with Image.open(buffer, formats=[form.writer]) as image:
        read = read_metadata(image)
    for key in set(form.keeps) - {"exif"} - ({"xmp", "iptc"} if name == "TIFF" else set()):
        want = getattr(EVERYTHING, key)
        if key == "texts":
            want += (("Comment", "a comment", "", ""),)
        assert getattr(read, key) == (pytest.approx(want, rel=1e-3) if key == "dpi" else want)


@pytest.mark.parametrize("target", [*EXIF_HOLDERS, ".gif", ".bmp", ".tga", ".jp2"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_strip_leaves_pixels_only(tmp_path, suffix, target):
    source = tmp_path / f"a{suffix}"
    apply(everything(tmp_path), source)
    outcome = apply(source, tmp_path / f"b{target}", strip=True)
    assert not [note for note in outcome.notes if "can't hold" in note or "profile" in note]
    info = info_of(outcome.output)
    assert not {"exif", "icc_profile", "xmp", "gamma", "srgb", "chromaticity", "Title"} & set(info)
    content = Path(outcome.output).read_bytes()
    for word in (b"Maker", b"xmpmeta", b"a comment", b"cICP", b"gAMA", b"Ein sch"):
        assert word not in content
    with Image.open(outcome.output) as image:
        assert read_metadata(image)._replace(sampling=-1, tables=None, compression="") == Metadata()


@pytest.mark.parametrize("target", [*EXIF_HOLDERS, ".gif", ".bmp", ".jp2"])
def test_the_second_time_changes_nothing(tmp_path, target):
    first = apply(everything(tmp_path), tmp_path / f"a{target}")
    second = apply(first.output, tmp_path / f"b{target}")
    third = apply(second.output, tmp_path / f"c{target}")
    with Image.open(second.output) as was, Image.open(third.output) as now:
        assert read_metadata(was) == read_metadata(now)
    assert third.notes == second.notes


def test_raw_chunks_are_those_that_pillow_is_given(tmp_path):
    picture = Picture(COLOUR, None, EVERYTHING)
    chunks, notes = png_chunks(picture, strip=False)
    assert notes == ["PNG can't hold IPTC: dropped"]
    options, _ = encoding(picture, Target("", BY_NAME["PNG"]))
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path, **options)
    found = [chunk for chunk in chunks_of(path) if chunk[0] not in {b"IHDR", b"IDAT", b"IEND"}]
    assert sorted(found) == sorted(chunks)
    assert png_chunks(picture, strip=True) == ([], [])


def test_tags_for_a_tiff_are_sized_and_fit_its_colours():
    picture = Picture(GREY[:7, :9], None, EVERYTHING)
    tags, notes = tiff_tags(picture, strip=False)
    assert (tags.icc, tags.xmp, tags.iptc, tags.dpi) == (b"", XMP % 1, IIM, (144.0, 144.0))
    assert tags.exif == sized(EVERYTHING.exif, 9, 7)
    assert notes[0] == "the ICC profile is for another kind of colour than L: dropped"
    assert tiff_tags(picture, strip=True) == ((b"", b"", None, b"", b""), [])


@pytest.mark.parametrize(
    "mode",
    ["L", "LA", "I;16", "I", "F", "LA;16", "LA;F", "RGB", "RGBA", "RGB;16", "RGBA;F", "CMYK"],
)
def test_a_profile_fits_by_the_number_of_colours(mode):
    from convfilter.images.modes import MODES

    kind = MODES[mode]
    shape = (3, 4) if kind.channels == 1 else (3, 4, kind.channels)
    alpha = np.zeros((3, 4), kind.dtype) if kind.alpha else None
    for profile, channels in ((GREY_PROFILE, 1), (RGB_PROFILE, 3), (CMYK_PROFILE, 4)):
        picture = Picture(
            np.zeros(shape, kind.dtype), alpha, Metadata(icc=profile), cmyk=mode == "CMYK"
        )
        kept, notes = held(picture, BY_NAME["TIFF"], strip=False)
        assert bool(kept.icc) == (channels == kind.channels) == (not notes)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_told_of_every_format(tmp_path, suffix, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = saved(tmp_path / f"a{suffix}", COLOUR, exif=exif)
    with Image.open(source) as image:
        assert orientation_of(image) == orientation
        image.load()
        assert orientation_of(image) == (1 if suffix == ".tif" else orientation)
