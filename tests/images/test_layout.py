"""Transparency in .npy: written as the last channel, read as such with --layout hwca."""

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from pictures import assert_alike, noise

from convfilter.errors import PictureError


@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_an_array_with_alpha_comes_back_as_it_was(tmp_path, dtype, channels):
    pixels = noise((7, 9, channels), "uint16").astype(dtype)
    if dtype == "float32":
        pixels /= 65535
    np.save(tmp_path / "a.npy", pixels)
    suffix = ".png" if dtype != "float32" else ".tif"
    apply(tmp_path / "a.npy", tmp_path / f"b{suffix}", layout="hwca", alpha="keep")
    outcome = apply(tmp_path / f"b{suffix}", tmp_path / "c.npy", alpha="keep")
    assert outcome.source_mode.startswith("LA" if channels == 2 else "RGBA")
    assert_alike(pixels_of(tmp_path / "c.npy"), pixels)


def test_a_picture_goes_through_an_array_without_loss(tmp_path):
    pixels = noise((7, 9, 4))
    apply(saved(tmp_path / "a.png", pixels), tmp_path / "b.npy", alpha="keep")
    apply(tmp_path / "b.npy", tmp_path / "c.png", layout="hwca", alpha="keep")
    assert_alike(pixels_of(tmp_path / "c.png"), pixels)


def test_hidden_colours_have_no_say_in_arrays_either(tmp_path):
    pixels = np.zeros((9, 9, 4), np.uint8)
    pixels[:, :, 1] = 255  # green, hidden
    pixels[3:6, 3:6] = 255, 0, 0, 255
    np.save(tmp_path / "a.npy", pixels)
    apply(tmp_path / "a.npy", tmp_path / "b.png", kernel="blur", layout="hwca")
    made = pixels_of(tmp_path / "b.png")
    assert made[:, :, 1][made[:, :, 3] > 0].max() == 0


@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 3), (7, 9, 5)])
def test_arrays_of_other_channels_have_no_alpha(tmp_path, shape):
    np.save(tmp_path / "a.npy", noise(shape))
    with pytest.raises(PictureError, match="with alpha an array has 2 or 4 channels"):
        apply(tmp_path / "a.npy", tmp_path / "b.png", layout="hwca")
