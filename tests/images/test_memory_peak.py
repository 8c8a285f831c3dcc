"""How much is held at once: the source is gone before the encoder begins, nothing is copied whole."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from pictures import assert_same, noise

import convfilter
from convfilter.images import memory, read, write

PROJECT = str(Path(convfilter.__file__).parents[1])
# Peak of a process in bytes, before and after it filters a picture; nothing else is imported between.
# Not from getrusage: that counts the process that started this one, too.
PEAK = """
import re, sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests/images"]
import filtering
def peak(): return 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
filtering.apply(sys.argv[2], sys.argv[2] + ".first.jpg", "identity")
before = peak()
filtering.apply(sys.argv[3], sys.argv[3] + ".jpg", "identity")
print(peak() - before)
"""


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3), (40, 50, 4)])
def test_the_source_is_let_go_before_the_result_is_encoded(tmp_path, monkeypatch, shape):
    pixels, held = [], []

    def watched_read(*words, **options):
        picture = to_picture(*words, **options)
        pixels.append(weakref.ref(picture.pixels))
        return picture

    def watched_write(*words):
        gc.collect()
        held.append(pixels[0]())
        return encode(*words)

    to_picture, encode = read.to_picture, write._encode
    monkeypatch.setattr(read, "to_picture", watched_read)
    monkeypatch.setattr(write, "_encode", watched_write)
    apply(saved(tmp_path / "a.png", noise(shape)), tmp_path / "b.png")
    assert held == [None]


@pytest.mark.parametrize(
    ("mode", "dtype", "channels"),
    [
        *(("L", "uint8", 1), ("RGB", "uint8", 3), ("RGBA", "uint8", 4), ("CMYK", "uint8", 4)),
        *(("I;16", "uint16", 1), ("I", "int32", 1), ("F", "float32", 1)),
    ],
)
def test_the_result_lies_in_the_image_that_is_saved(tmp_path, monkeypatch, mode, dtype, channels):
    images = []

    def watched(picture, *words):
        images.append((picture.image, memory.view(picture.image), picture.pixels))
        return encode(picture, *words)

    encode = write._encode
    monkeypatch.setattr(write, "_encode", watched)
    pixels = noise((40, 50, channels) if channels > 1 else (40, 50), dtype)
    source = saved(tmp_path / "a.tif", pixels, mode)
    apply(source, tmp_path / "b.tif")
    [(image, seen, written)] = images
    assert image.mode == mode
    assert np.shares_memory(seen, written)
    assert_same(pixels_of(tmp_path / "b.tif"), pixels)


@pytest.mark.slow
def test_a_large_picture_needs_two_images_of_memory_and_little_more(tmp_path):
    small = saved(tmp_path / "small.jpg", noise((64, 64, 3)))
    tile = noise((500, 500, 3))
    large = saved(tmp_path / "large.jpg", np.tile(tile, (12, 12, 1)), quality=50)
    words = [sys.executable, "-c", PEAK, PROJECT, str(small), str(large)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2.2 * 4 * 6000 * 6000
