"""EXIF orientation: applied before filtering, then reset."""

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from handmade import png_bytes
from pictures import assert_same, noise
from PIL import Image

from convfilter.images.decode import read_size

TAG = 0x0112
UPRIGHT = noise((6, 9), seed=3)


def _stored(upright, orientation):
    """The array that a viewer shows upright: the standard tells where its row 0 and column 0 go."""
    across = upright.swapaxes(0, 1)
    return {
        1: upright,  # top, left
        2: upright[:, ::-1],  # top, right
        3: upright[::-1, ::-1],  # bottom, right
        4: upright[::-1],  # bottom, left
        5: across,  # left, top
        6: across[::-1],  # right, top
        7: across[::-1, ::-1],  # right, bottom
        8: across[:, ::-1],  # left, bottom
    }[orientation]


LOPSIDED = "1 2 0; -1 3 0; 0 0 1 / 9"
ALL = range(1, 9)


def _turned(path, orientation, pixels=None):
    exif = Image.Exif()
    exif[TAG] = orientation
    exif[0x010F] = "maker"
    stored = np.ascontiguousarray(_stored(UPRIGHT, orientation) if pixels is None else pixels)
    return saved(path, stored, exif=exif)


def _orientation(path):
    with Image.open(path) as image:
        return image.getexif().get(TAG, 1)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("orientation", ALL)
def test_all_eight_orientations_give_the_same_upright_result(tmp_path, suffix, orientation):
    source = _turned(tmp_path / f"a{suffix}", orientation)
    outcome = apply(source, kernel=LOPSIDED, padding="valid")
    assert outcome.source_shape == (6, 9)
    assert outcome.output_shape == (4, 7)
    want = apply(saved(tmp_path / "up.png", UPRIGHT), kernel=LOPSIDED, padding="valid")
    assert_same(pixels_of(outcome.output), pixels_of(want.output))
    assert _orientation(outcome.output) == 1


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
@pytest.mark.parametrize("orientation", ALL)
def test_lossy_formats_are_turned_upright_too(tmp_path, suffix, orientation):
    bright = np.zeros((24, 40, 3), np.uint8)
    bright[:8, :16] = 255  # only the upright top left corner is bright
    stored = _stored(bright, orientation)
    outcome = apply(_turned(tmp_path / f"a{suffix}", orientation, stored), tmp_path / "b.png")
    got = pixels_of(outcome.output)
    assert got.shape == bright.shape
    assert np.abs(got.astype(int) - bright).mean() < 8


@pytest.mark.parametrize("target", [".jpg", ".png", ".tif", ".webp", ".avif"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_the_tag_is_reset_and_other_tags_stay(tmp_path, target, orientation):
    source = _turned(tmp_path / "a.tif", orientation)
    outcome = apply(source, tmp_path / f"b{target}")
    assert _orientation(outcome.output) == 1
    with Image.open(outcome.output) as image:
        assert image.getexif()[0x010F] == "maker"
        assert image.size == (9, 6)


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path, orientation):
    source = _turned(tmp_path / "a.png", orientation, UPRIGHT)
    outcome = apply(source)
    assert_same(pixels_of(outcome.output), UPRIGHT)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif"])
@pytest.mark.parametrize("orientation", [1, 4, 5, 8])
def test_the_size_in_the_header_is_told_upright(tmp_path, suffix, orientation):
    source = _turned(tmp_path / f"a{suffix}", orientation)
    channels = 3 if suffix == ".webp" else 1
    assert read_size(str(source), 10**6) == (6, 9, channels)


KINDS = {
    "deep.png": noise((6, 9), "uint16"),
    "alpha.png": noise((6, 9, 2)),
    "alpha.tif": noise((6, 9, 4)),
    "deep.tif": noise((6, 9), "uint16"),
    "whole.tif": noise((6, 9), "int32"),
    "floats.tif": noise((6, 9), "float32"),
    "inks.tif": noise((6, 9, 4)),
}


@pytest.mark.parametrize("orientation", [3, 6, 8])
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_pixels_is_turned(tmp_path, name, orientation):
    exif = Image.Exif()
    exif[TAG] = orientation
    stored = np.ascontiguousarray(_stored(KINDS[name], orientation))
    mode = "CMYK" if name == "inks.tif" else None
    outcome = apply(saved(tmp_path / name, stored, mode, exif=exif), alpha="keep")
    assert_same(pixels_of(outcome.output), KINDS[name])
    assert _orientation(outcome.output) == 1


@pytest.mark.parametrize("orientation", ALL)
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_colour_of_more_than_8_bits_is_turned_too(tmp_path, name, orientation):
    tifffile = pytest.importorskip("tifffile")
    upright = noise((6, 9, 3), "uint16")
    stored = np.ascontiguousarray(_stored(upright, orientation))
    if name == "a.png":
        exif = Image.Exif()
        exif[TAG] = orientation
        block = exif.tobytes().removeprefix(b"Exif\0\0")
        (tmp_path / name).write_bytes(png_bytes(stored, 16, 2, [(b"eXIf", block)]))
    else:
        tag = [(TAG, "H", 1, orientation, True)]
        tifffile.imwrite(tmp_path / name, stored, photometric="rgb", extratags=tag)
    outcome = apply(tmp_path / name, tmp_path / "b.tif")
    assert outcome.source_shape == (6, 9, 3)
    assert_same(tifffile.imread(tmp_path / "b.tif"), upright)
