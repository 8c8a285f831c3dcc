"""--compress: effort of PNG, TIFF or not at all, and a word where it does nothing."""

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from pictures import assert_same
from PIL import Image

from convfilter.images.formats import FORMATS, NPY

# A drawing: what compression is for.
DRAWING = np.kron(np.arange(256, dtype=np.uint8).reshape(16, 16) * 7, np.ones((9, 11), np.uint8))


@pytest.fixture
def source(tmp_path):
    return saved(tmp_path / "a.png", DRAWING)


def _size(source, name, level):
    output = source.parent / f"{level}.{name}"
    outcome = apply(source, output, **({} if level is None else {"compress": level}))
    assert_same(pixels_of(output), DRAWING)
    return output.stat().st_size, outcome.notes


@pytest.mark.parametrize("level", [None, *range(10)])
def test_every_level_of_png_holds_the_same_pixels(source, level):
    assert _size(source, "png", level)[1] == ()


def test_png_is_whole_at_0_and_smallest_at_9(source):
    none, fast, small = (_size(source, "png", level)[0] for level in (0, 1, 9))
    assert none > DRAWING.size > fast > small
    assert _size(source, "png", None)[0] == fast


def test_the_usual_png_of_noise_is_as_small_as_that_of_level_6(tmp_path):
    grain = np.random.default_rng(1).normal(128, 6, (200, 300, 3)).clip(0, 255).astype(np.uint8)
    source = saved(tmp_path / "a.png", grain)
    apply(source, tmp_path / "b.png")
    saved(tmp_path / "c.png", grain, compress_level=6)
    assert (tmp_path / "b.png").stat().st_size <= 1.01 * (tmp_path / "c.png").stat().st_size


def _tiff_compression(path):
    with Image.open(path) as image:
        return image.info["compression"]


@pytest.mark.parametrize(
    ("level", "of_source", "found", "noted"),
    [
        (None, "tiff_lzw", "tiff_lzw", False),
        (None, "raw", "raw", False),
        (0, "tiff_lzw", "raw", False),
        (1, "raw", "tiff_adobe_deflate", False),
        (9, "raw", "tiff_adobe_deflate", True),
    ],
)
def test_tiff_is_compressed_or_not(tmp_path, level, of_source, found, noted):
    source = saved(tmp_path / "a.tif", DRAWING, compression=of_source)
    options = {} if level is None else {"compress": level}
    outcome = apply(source, tmp_path / "b.tif", **options)
    assert _tiff_compression(tmp_path / "b.tif") == found
    assert outcome.notes == ("TIFF is compressed or not: Deflate has one level here",) * noted
    assert_same(pixels_of(tmp_path / "b.tif"), DRAWING)


@pytest.mark.parametrize(
    "form",
    [form for form in FORMATS if form.name not in ("PNG", "TIFF") and form.modes] + [NPY],
    ids=lambda form: form.name,
)
def test_formats_without_levels_say_so(tmp_path, form):
    if form.name == "PFM":
        source = saved(tmp_path / "a.tif", DRAWING.astype(np.float32))
    else:
        source = saved(tmp_path / "a.ppm", np.dstack([DRAWING] * 3))
    options = {"gray": form.name == "PGM"}
    way = "; --quality is what it has" if form.name in ("JPEG", "WEBP", "AVIF") else ""
    outcome = apply(source, tmp_path / f"b{form.suffixes[0]}", compress=5, **options)
    assert outcome.notes == (
        f"{form.name} has no levels of compression: --compress did nothing{way}",
    )
    assert apply(source, tmp_path / f"c{form.suffixes[0]}", **options).notes == ()
