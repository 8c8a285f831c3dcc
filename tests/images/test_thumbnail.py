"""Small pictures of every kind of file, and none where there is nothing to show."""

import io
import os

import numpy as np
import pytest
from deep_files import tiff
from kinds import PICTURES, SHAPE, samples_of, slopes_of, written
from pictures import noise
from PIL import Image, ImageFile

from convfilter.images.thumbnail import thumbnail


def shown(path, longest_px=32, **options):
    """The pixels of a thumbnail, as a browser has them."""
    made = thumbnail(str(path), longest_px, **options)
    assert made is not None
    with Image.open(io.BytesIO(made.content)) as image:
        assert image.size == (made.width, made.height)
        assert made.kind == f"image/{image.format.lower()}"
        return np.asarray(image)


def save(folder, pixels, name="a.png", **options):
    path = folder / name
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(path, **options)
    return path


@pytest.mark.parametrize("kind", PICTURES)
def test_every_kind_of_pixels_is_shown(tmp_path, kind):
    pixels = shown(written(tmp_path, kind, samples_of(kind)))
    assert pixels.shape[:2] == SHAPE
    assert pixels.dtype == np.uint8
    assert len(np.unique(pixels)) > 20


def test_a_tiny_picture_is_shown_as_it_is(tmp_path):
    pixels = noise((7, 9, 3))
    assert np.array_equal(shown(save(tmp_path, pixels), 320), pixels)


def test_a_pixel_is_the_mean_of_those_that_it_stands_for(tmp_path):
    pixels = np.kron(slopes_of("RGB", (8, 12)), np.ones((10, 10, 1), np.uint8))
    pixels[::2] += 2
    small = shown(save(tmp_path, pixels), 12)
    assert np.array_equal(small, slopes_of("RGB", (8, 12)) + 1)


@pytest.mark.parametrize(
    ("size", "wanted"), [((40, 100), (26, 64)), ((1, 300), (1, 64)), ((64, 3), (64, 3))]
)
def test_the_longer_side_fits(tmp_path, size, wanted):
    assert shown(save(tmp_path, noise(size)), 64).shape == wanted


def test_what_is_transparent_stays_so_and_gives_no_colour(tmp_path):
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:, 1::2] = 250, 10, 20, 255
    small = shown(save(tmp_path, pixels), 20)
    assert np.abs(small.astype(int) - (250, 10, 20, 128)).max() <= 1
    large = shown(save(tmp_path, np.kron(pixels, np.ones((4, 4, 1), np.uint8))), 160)
    assert large[0, 0, 3] == 0
    assert large[0, 5, 3] == 255


def test_a_palette_with_a_transparent_colour(tmp_path):
    image = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4) % 3)
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    pixels = shown(save(tmp_path, image, transparency=1))
    assert pixels[0, :3].tolist() == [[255, 0, 0, 255], [0, 255, 0, 0], [0, 0, 255, 255]]


def test_it_stands_upright(tmp_path):
    pixels = np.zeros((64, 128, 3), np.uint8)
    pixels[:, 64:] = 255
    exif = Image.Exif()
    exif[0x112] = 6
    small = shown(save(tmp_path, pixels, "a.jpg", exif=exif, quality=100), 32)
    assert small.shape == (32, 16, 3)
    assert small[2].max() < 20
    assert small[-2].min() > 235


def test_the_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
    for name in ("a.gif", "a.png", "a.tif"):
        path = save(tmp_path, frames[0], name, save_all=True, append_images=frames[1:])
        assert shown(path)[0, 0, :3].tolist() == [255, 0, 0]


def test_large_jpegs_are_decoded_smaller_and_look_the_same(tmp_path, monkeypatch):
    pixels = np.kron(noise((12, 16, 3)), np.ones((64, 64, 1), np.uint8))
    path = save(tmp_path, pixels, "a.jpg", quality=95)
    sizes, prepare = [], ImageFile.ImageFile.load_prepare

    def watched(image):
        sizes.append(image.size)
        prepare(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", watched)
    small = shown(path, 64)
    assert sizes[0] == (128, 96)
    want = np.kron(noise((12, 16, 3)), np.ones((4, 4, 1), np.uint8)).astype(int)
    assert np.abs(small - want).mean() < 12


@pytest.mark.parametrize(
    ("numbers", "levels"),
    [
        ([0, 0.5, 1], [0, 128, 255]),
        ([0, 100, 255], [0, 100, 255]),
        ([-1000, 0, 1000], [0, 128, 255]),
        ([7000, 7000, 7000], [0, 0, 0]),
        ([np.nan, np.inf, 1], [0, 0, 255]),
        ([-1e300, 0, 1e300], [0, 0, 0]),
    ],
)  # fmt: skip
def test_numbers_become_levels(tmp_path, numbers, levels):
    path = tmp_path / "a.npy"
    np.save(path, np.repeat([numbers], 5, axis=0))
    pixels = shown(path)
    assert np.abs(pixels[0].astype(int) - levels).max() <= 3


def test_a_few_numbers_far_out_do_not_leave_the_rest_grey(tmp_path):
    numbers = np.tile(np.linspace(0, 1, 50, dtype=np.float32), (50, 1))
    numbers[3, 4], numbers[5, 6] = 1e6, -1e6
    np.save(tmp_path / "a.npy", numbers)
    assert np.ptp(shown(tmp_path / "a.npy", 50)[20].astype(int)) == 255


def test_16_bits_are_shown_by_their_upper_8(tmp_path):
    path = save(tmp_path, np.array([[0, 255, 256, 65535]], np.uint16))
    assert shown(path).tolist() == [[0, 0, 1, 255]]


def test_many_maps_are_a_sheet(tmp_path):
    np.save(tmp_path / "a.npy", noise((20, 30, 16)))
    pixels = shown(tmp_path / "a.npy", 120)
    assert pixels.shape == (81, 120)  # 4 rows and columns with lines between, 83×123, made to fit


def test_alpha_of_an_array_is_no_map_where_that_is_said(tmp_path):
    pixels = samples_of("RGBA")
    np.save(tmp_path / "a.npy", pixels)
    assert np.array_equal(shown(tmp_path / "a.npy", layout="hwca")[1::3], pixels[1::3])


def test_deep_colour_needs_nobody_else(tmp_path, monkeypatch):
    from convfilter.images.deep import extra

    path = tmp_path / "a.tif"
    path.write_bytes(tiff(noise((8, 9, 3), "uint16")))
    monkeypatch.setattr(extra, "available", lambda: False)
    assert np.array_equal(shown(path), noise((8, 9, 3), "uint16") >> 8)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" + bytes(99)]
)
def test_what_is_no_picture_has_none(tmp_path, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    assert thumbnail(str(path), 32) is None


def test_a_picture_cut_off_has_none(tmp_path):
    path = save(tmp_path, noise((40, 40, 3)))
    path.write_bytes(path.read_bytes()[:-2000])
    assert thumbnail(str(path), 32) is None


@pytest.mark.parametrize("path", ["-", "missing.png", "s3://bucket/a.png", ".", "a\0b.png"])
def test_what_is_no_file_has_none(path):
    assert thumbnail(path, 32) is None


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    assert thumbnail(str(tmp_path / "a.png"), 32) is None


def test_where_no_webp_can_be_had_transparent_ones_are_png(tmp_path, monkeypatch):
    path = save(tmp_path, noise((100, 100, 4)))
    assert thumbnail(str(path), 99).kind == "image/webp"
    monkeypatch.setattr("convfilter.images.thumbnail.features.check", lambda _: False)
    assert thumbnail(str(path), 99).kind == "image/png"
