"""The sample pictures: what the README says of them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FOLDER = Path(__file__).resolve().parents[1] / "sample_images"
PICTURES = {
    "flower.jpg": ("RGB", (612, 459)),
    "page.png": ("L", (600, 800)),
    "building.png": ("RGB", (480, 640)),
    "zoneplate.png": ("L", (512, 512)),
    "night.jpg": ("RGB", (640, 426)),
    "sticker.png": ("RGBA", (400, 400)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_mode_and_size(name):
    with Image.open(FOLDER / name) as image:
        assert (image.mode, image.size) == PICTURES[name]


def test_together_they_are_small():
    assert sum((FOLDER / name).stat().st_size for name in PICTURES) <= 1_500_000


def test_hidden_pixels_of_the_sticker_are_green():
    with Image.open(FOLDER / "sticker.png") as image:
        pixels = np.asarray(image)
    assert (pixels[pixels[..., 3] == 0][:, :3] == (0, 255, 0)).all()


@pytest.mark.parametrize(
    "name", ["zoneplate.png", pytest.param("sticker.png", marks=pytest.mark.slow)]
)
def test_the_script_makes_the_same_picture_again(name, tmp_path):
    script = [sys.executable, str(FOLDER / "make_samples.py")]
    subprocess.run([*script, "--only", Path(name).stem, "--out", str(tmp_path)], check=True)
    with Image.open(FOLDER / name) as old, Image.open(tmp_path / name) as new:
        difference = np.abs(np.asarray(old).astype(int) - np.asarray(new))
    assert difference.max() <= 1
