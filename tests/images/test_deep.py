"""More than 8 bits in colour, as we write it: every number comes back, here and in other programs."""

import io
import subprocess
import sys

import numpy as np
import pytest
from deep_files import (
    DEEP_MODES,
    ICC,
    INTEGER_MODES,
    LIMIT,
    NAME,
    SHAPE,
    XMP,
    assert_read,
    exif,
    interleaved,
    pixels_of,
    png,
    tiff,
)
from pictures import assert_alike, assert_same, noise
from PIL import Image

from convfilter.images.deep import extra as deep
from convfilter.images.deep import tiff_write as deep_tiff_write
from convfilter.images.deep.extra import read_deep
from convfilter.images.deep.header import read_tiff_header
from convfilter.images.modes import MODES
from convfilter.images.picture import Metadata

codecs = pytest.importorskip("imagecodecs")
tifffile = pytest.importorskip("tifffile")

# ── there and back ──


@pytest.mark.parametrize("level", [0, 1, 6, 9])
@pytest.mark.parametrize("mode", INTEGER_MODES, ids=NAME)
def test_png_there_and_back(mode, level):
    pixels, alpha = pixels_of(mode)
    content = png(pixels, alpha, level=level)
    assert_read(content, "PNG", pixels, alpha)
    assert content[24] == 16


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("mode", DEEP_MODES, ids=NAME)
def test_tiff_there_and_back(mode, deflate, order):
    pixels, alpha = pixels_of(mode)
    content = tiff(pixels, alpha, Metadata(exif=exif(order)), deflate=deflate)
    assert content[:2] == (b"II" if order == "<" else b"MM")
    assert_read(content, "TIFF", pixels, alpha)


@pytest.mark.parametrize("mode", DEEP_MODES, ids=NAME)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (300, 1), (700, 211)])
def test_sizes_of_one_pixel_and_of_several_strips(mode, shape):
    pixels, alpha = pixels_of(mode, shape=shape)
    assert_read(tiff(pixels, alpha, threads=3), "TIFF", pixels, alpha)
    assert_read(tiff(pixels, alpha, deflate=False), "TIFF", pixels, alpha)
    if mode.dtype == "uint16":
        assert_read(png(pixels, alpha), "PNG", pixels, alpha)


def test_rows_that_are_views_into_something_larger():
    pixels, alpha = pixels_of(MODES["RGBA;16"], shape=(40, 60))
    pixels, alpha = pixels[::2, ::-3], alpha[::2, ::-3]
    assert_read(tiff(pixels, alpha), "TIFF", pixels, alpha)
    assert_read(png(pixels, alpha), "PNG", pixels, alpha)


def test_strips_come_out_the_same_however_many_threads_there_are():
    pixels, alpha = pixels_of(MODES["RGBA;16"], shape=(900, 211))
    assert tiff(pixels, alpha, threads=1) == tiff(pixels, alpha, threads=5)


@pytest.mark.parametrize("mode", DEEP_MODES, ids=NAME)
def test_a_file_too_large_for_tiff_is_a_bigtiff(mode, monkeypatch):
    monkeypatch.setattr(deep_tiff_write, "CLASSIC_BYTES", 0)
    pixels, alpha = pixels_of(mode)
    told = Metadata(exif=exif(), icc=ICC)
    content = tiff(pixels, alpha, told)
    assert content[:4] == b"II+\0"
    assert_read(content, "TIFF", pixels, alpha)
    assert read_tiff_header(content).metadata.icc == ICC
    if mode.name in ("RGB;16", "RGBA;16"):
        with Image.open(io.BytesIO(content)) as image:
            assert image.getexif().get_ifd(0x8769)[36867] == "2020:01:02 03:04:05"
            assert_same(np.asarray(image), interleaved(pixels, alpha) >> 8)


# ── other programs ──


@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("mode", DEEP_MODES, ids=NAME)
def test_tifffile_reads_what_was_written(mode, deflate):
    pixels, alpha = pixels_of(mode)
    told = Metadata(exif=exif(">"), icc=ICC, xmp=XMP, dpi=(300, 150))
    with tifffile.TiffFile(io.BytesIO(tiff(pixels, alpha, told, deflate=deflate))) as file:
        page = file.pages[0]
        assert_same(page.asarray(), interleaved(pixels, alpha))
        assert page.tags[34675].value == ICC
        assert page.tags[700].value == XMP
        assert page.tags[34665].value["DateTimeOriginal"] == "2020:01:02 03:04:05"
        assert page.tags[34853].value["GPSLatitude"] == (1, 1, 2, 1, 7, 2)
        assert page.tags[270].value == "a flower"
        assert page.resolution == (300, 150)


@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("mode", [m for m in DEEP_MODES if m.channels == 3], ids=NAME)
def test_opencv_reads_what_was_written(mode, deflate, tmp_path):
    cv2 = pytest.importorskip("cv2")
    pixels, alpha = pixels_of(mode)
    suffixes = {".tif": tiff(pixels, alpha, Metadata(exif=exif()), deflate=deflate)}
    if mode.dtype == "uint16":
        suffixes[".png"] = png(pixels, alpha)
    for suffix, content in suffixes.items():
        (tmp_path / f"a{suffix}").write_bytes(content)
        got = cv2.imread(str(tmp_path / f"a{suffix}"), cv2.IMREAD_UNCHANGED)
        got[:, :, :3] = got[:, :, 2::-1].copy()
        assert_alike(got, interleaved(pixels, alpha))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [3, 4])
def test_files_by_opencv(suffix, channels, tmp_path):
    cv2 = pytest.importorskip("cv2")
    samples = noise((*SHAPE, channels), "uint16")
    cv2.imwrite(str(tmp_path / f"a{suffix}"), samples)
    colours = samples[:, :, 2::-1].copy()
    alpha = samples[:, :, 3] if channels == 4 else None
    got, got_alpha = read_deep(
        str(tmp_path / f"a{suffix}"), "PNG" if suffix == ".png" else "TIFF", LIMIT
    )
    assert_alike(got, colours)
    assert alpha is None or np.array_equal(alpha, got_alpha)


@pytest.mark.parametrize("mode", ["RGB;16", "RGBA;16"])
@pytest.mark.parametrize("order", "<>")
def test_pillow_reads_what_was_written(mode, order):
    pixels, alpha = pixels_of(MODES[mode])
    told = Metadata(exif=exif(order), icc=ICC, xmp=XMP, dpi=(299.9994, 72))
    with Image.open(io.BytesIO(tiff(pixels, alpha, told))) as image:
        tags = image.getexif()
        assert tags[270] == "a flower"
        assert tags.get_ifd(0x8769)[33434] == 0.005
        assert tags.get_ifd(0xA005)[1] == "R98"
        assert tags.get_ifd(0x8825)[2] == (1.0, 2.0, 3.5)
        assert image.info["dpi"] == (299.9994, 72)
        assert image.info["icc_profile"] == ICC
        assert image.info["xmp"] == XMP
        assert image.size == SHAPE[::-1]
        assert_same(np.asarray(image), interleaved(pixels, alpha) >> 8)


# ── without the extra ──


def test_the_extra_is_looked_for_but_not_imported():
    program = (
        "import sys; from convfilter.images.deep import extra as deep; "
        "print(deep.available(), {'tifffile', 'imagecodecs', 'numpy'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "True set()\n"


@pytest.mark.parametrize("missing", ["tifffile", "imagecodecs"])
def test_without_the_extra_it_says_how_to_get_it(missing, monkeypatch):
    monkeypatch.setattr(deep, "find_spec", lambda name: None if name == missing else name)
    assert not deep.available()
    assert deep.how_to_read(16, "PNG") == (
        "16 bits a sample in colour are read with the extra: pip install 'convfilter[deep]'; "
        "--bits 8 takes the upper 8 bits"
    )


def test_with_the_extra_it_says_what_helps_instead():
    assert deep.available()
    assert deep.how_to_read(12, "TIFF") == (
        "12 bits a sample in colour are not read of this kind; --bits 8 takes the upper 8 bits"
    )
    assert "of CMYK; --bits 8" in deep.how_to_read(16, "TIFF", inks=True)
    assert "from PPM: save it as PNG or TIFF; --bits 8" in deep.how_to_read(16, "PPM")
    assert "--bits" not in deep.how_to_read(16, "JPEG2000")
