"""Four inks: filtered each by itself, and the colours that one sees stay right through any JPEG's conventions."""

import io

import numpy as np
import pytest
from filtering import apply, inks, mode_of, pixels_of, saved
from kinds import slopes_of
from pictures import assert_alike, assert_close, assert_same, noise
from PIL import Image

from convfilter.errors import OptionError, PictureError

INKS = noise((13, 17, 4))
SOFT = slopes_of("CMYK")
ADOBE = 0xEE


def _without_adobe(content):
    """A JPEG without the segment that says how its inks are stored."""
    place, kept = 2, content[:2]
    while content[place + 1] != 0xDA:
        length = 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if content[place + 1] != ADOBE:
            kept += content[place : place + length]
        place += length
    return kept + content[place:]


def _adobe(content):
    """What that segment says: 0 inks as they are, 2 as luma and colours with black; None without it."""
    place = content.find(b"\xff\xee\x00\x0eAdobe")
    return None if place < 0 else content[place + 15]


def _jpeg(path, kind):
    """A JPEG of soft slopes as one of three kinds of programs writes it."""
    if kind == "ycck":
        imagecodecs = pytest.importorskip("imagecodecs")
        stored = np.ascontiguousarray(
            255 - SOFT
        )  # Adobe's programs store what is left of the paper
        how = {"colorspace": "CMYK", "outcolorspace": "YCCK"}
        path.write_bytes(imagecodecs.jpeg8_encode(stored, level=95, **how))
        return path
    buffer = io.BytesIO()
    inks(SOFT).save(buffer, "JPEG", quality=95)
    content = buffer.getvalue()
    path.write_bytes(_without_adobe(content) if kind == "plain" else content)
    return path


def _seen(path):
    """The colours that Pillow shows."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


KINDS = {"adobe": 0, "ycck": 2, "plain": None}


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_of_these_tests_are_what_their_names_say(tmp_path, kind):
    path = _jpeg(tmp_path / "a.jpg", kind)
    assert _adobe(path.read_bytes()) == KINDS[kind]
    assert mode_of(path) == "CMYK"
    assert_close(pixels_of(path), SOFT, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_a_jpegs_colours_are_the_same_before_and_after(tmp_path, kind):
    source = _jpeg(tmp_path / "a.jpg", kind)
    outcome = apply(source)
    assert outcome.output == str(tmp_path / "a_identity.jpg")
    assert (outcome.source_mode, outcome.output_mode, outcome.notes) == ("CMYK", "CMYK", ())
    assert_close(_seen(outcome.output), _seen(source), 8)
    again = apply(outcome.output)
    assert_close(_seen(again.output), _seen(source), 8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".tif", ".npy"])
def test_a_jpegs_inks_come_out_as_pillow_reads_them(tmp_path, kind, suffix):
    source = _jpeg(tmp_path / "a.jpg", kind)
    apply(source, tmp_path / f"b{suffix}")
    assert_alike(pixels_of(tmp_path / f"b{suffix}"), pixels_of(source))
    if suffix == ".tif":
        assert_same(_seen(tmp_path / "b.tif"), _seen(source))


@pytest.mark.parametrize("kind", KINDS)
def test_a_jpeg_with_its_own_tables_stays_nearer(tmp_path, kind):
    source = _jpeg(tmp_path / "a.jpg", kind)
    apply(source, tmp_path / "b.jpg", keep_tables=True)
    with Image.open(source) as one, Image.open(tmp_path / "b.jpg") as other:
        assert other.quantization[0] == one.quantization[0]
    assert_close(_seen(tmp_path / "b.jpg"), _seen(source), 5)


def test_every_ink_is_filtered_by_itself(tmp_path):
    source = saved(tmp_path / "a.tif", INKS, "CMYK")
    outcome = apply(source, kernel="1 2 1 / 4", padding="valid")
    wide = INKS.astype(int)
    want = np.rint((wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4)
    assert mode_of(outcome.output) == "CMYK"
    assert_same(pixels_of(outcome.output), want)


def test_a_zero_border_is_paper(tmp_path):
    black = np.full((9, 9, 4), (0, 0, 0, 255), np.uint8)
    apply(saved(tmp_path / "a.tif", black, "CMYK"), tmp_path / "b.tif", "box-3")
    got = _seen(tmp_path / "b.tif")
    assert got[4, 4].tolist() == [0, 0, 0]
    assert got[0, 4].tolist() == [255 - 170] * 3  # a third of the window is paper
    assert got[0, 0].tolist() == [255 - 113] * 3


def test_grey_is_that_of_the_colours_as_pillow_has_it(tmp_path):
    source = saved(tmp_path / "a.tif", INKS, "CMYK")
    outcome = apply(source, tmp_path / "b.png", gray=True)
    assert (outcome.source_mode, outcome.output_mode) == ("L", "L")
    assert_alike(pixels_of(tmp_path / "b.png"), np.asarray(inks(INKS).convert("L")))


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp", ".gif", ".jp2"])
def test_formats_of_light_have_no_place_for_inks(tmp_path, suffix):
    source = saved(tmp_path / "a.tif", INKS, "CMYK")
    with pytest.raises(
        PictureError, match=r"can't hold colour as four inks; use \.jpg, \.tif, \.npy"
    ):
        apply(source, tmp_path / f"b{suffix}")


def test_inks_are_not_light(tmp_path):
    source = saved(tmp_path / "a.tif", INKS, "CMYK")
    with pytest.raises(OptionError, match=r"^linear: CMYK .* ink.*leave --linear out"):
        apply(source, tmp_path / "b.tif", linear=True)


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_inks_of_16_bits_are_refused_and_taken_as_8(tmp_path, byte_order):
    tifffile = pytest.importorskip("tifffile")
    samples = noise((13, 17, 4), "uint16")
    order = {"byteorder": byte_order, "photometric": "separated"}
    tifffile.imwrite(tmp_path / "a.tif", samples, **order)
    with pytest.raises(PictureError, match=r"16 bits a sample are not read of CMYK; --bits 8"):
        apply(tmp_path / "a.tif", tmp_path / "b.tif")
    outcome = apply(tmp_path / "a.tif", tmp_path / "b.tif", bits=8)
    assert (outcome.source_mode, mode_of(tmp_path / "b.tif")) == ("CMYK", "CMYK")
    assert_alike(pixels_of(tmp_path / "b.tif"), (samples >> 8).astype(np.uint8))


def test_four_channels_of_an_array_are_no_inks(tmp_path):
    np.save(tmp_path / "a.npy", INKS)
    outcome = apply(tmp_path / "a.npy")
    assert (outcome.source_mode, outcome.output) == ("N", str(tmp_path / "a_identity.npy"))
    with pytest.raises(PictureError, match=r"can't hold numbers that no picture format here holds"):
        apply(tmp_path / "a.npy", tmp_path / "b.tif")


def test_a_bank_of_four_maps_makes_no_inks_of_them(tmp_path):
    source = saved(tmp_path / "a.tif", INKS, "CMYK")
    each = ["".join("[[1]]" if i == n else "[[0]]" for i in range(4)) for n in range(4)]
    bank = "[" + ",".join(f"[{row.replace('][', '],[')}]" for row in each) + "]"
    outcome = apply(source, kernel=bank)
    assert outcome.output_mode == "N"
    assert_same(np.load(outcome.output), INKS)


def test_a_sum_over_the_inks_is_grey(tmp_path):
    source = saved(tmp_path / "a.tif", INKS, "CMYK")
    outcome = apply(source, kernel="[[[0.25]],[[0.25]],[[0.25]],[[0.25]]]")
    assert (outcome.output_mode, mode_of(outcome.output)) == ("L", "L")
    assert_same(pixels_of(outcome.output), np.rint(INKS.mean(axis=2)))
