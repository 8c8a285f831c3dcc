"""Kinds of pixels that are promoted with a note, grey conversion, and 16-bit grey."""

import numpy as np
import pytest
from filtering import apply, mode_of, pixels_of, saved
from handmade import png_bytes
from pictures import assert_alike, assert_same, noise
from PIL import Image

from convfilter.errors import PictureError

COLOUR = noise((12, 15, 3))
GREY = noise((12, 15))
DEEP = noise((12, 15), "uint16")
DEEP[0, :2] = 0, 65535


def _palette(path, **options):
    """A picture with a palette, and its colours."""
    image = Image.fromarray(COLOUR).quantize(16)
    image.save(path, **options)
    return np.asarray(image.convert("RGB"))


# ── promoted ──


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_a_palette_becomes_rgb_and_the_report_says_so(tmp_path, suffix):
    colours = _palette(tmp_path / f"a{suffix}")
    outcome = apply(tmp_path / f"a{suffix}")
    assert (outcome.source_mode, outcome.output_mode) == ("RGB", "RGB")
    assert_same(pixels_of(outcome.output), colours)
    assert outcome.notes == ("mode P was promoted to RGB",)


@pytest.mark.parametrize("transparency", [3, bytes(range(0, 160, 10))])
def test_a_palette_with_transparency_becomes_rgba(tmp_path, transparency):
    image = Image.fromarray(COLOUR).quantize(16)
    image.save(tmp_path / "a.png", transparency=transparency)
    outcome = apply(tmp_path / "a.png", alpha="keep")
    index = np.asarray(image)
    alpha = np.where(index == 3, 0, 255)
    if not isinstance(transparency, int):
        alpha = np.array(list(transparency))[index]
    got = pixels_of(outcome.output)
    assert mode_of(outcome.output) == "RGBA"
    assert_same(got[:, :, :3], np.asarray(image.convert("RGB")))
    assert_same(got[:, :, 3], alpha)
    assert outcome.notes == ("mode P with a transparent colour was promoted to RGBA",)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_one_bit_becomes_grey_with_black_and_white(tmp_path, suffix):
    bits = GREY > 127
    Image.fromarray(bits).save(tmp_path / f"a{suffix}")
    outcome = apply(tmp_path / f"a{suffix}")
    assert (outcome.source_mode, mode_of(outcome.output)) == ("L", "L")
    assert_same(pixels_of(outcome.output), np.where(bits, 255, 0))
    assert outcome.notes == ("mode 1 was promoted to L",)


@pytest.mark.parametrize("bits", [2, 4])
def test_grey_of_few_bits_reaches_from_black_to_white(tmp_path, bits):
    levels = np.arange(16).reshape(2, 8) % 2**bits
    (tmp_path / "a.png").write_bytes(png_bytes(levels, bits, colour_type=0))
    assert_same(pixels_of(apply(tmp_path / "a.png").output), levels * (255 // (2**bits - 1)))


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_one_transparent_colour_becomes_alpha(tmp_path, mode):
    image = {"1": Image.fromarray(GREY > 127), "L": Image.fromarray(GREY // 16 * 16)}.get(
        mode, Image.fromarray(COLOUR // 128 * 128)
    )
    colour = {"1": 255, "L": 48, "RGB": (128, 0, 128)}[mode]
    image.save(tmp_path / "a.png", transparency=colour)
    outcome = apply(tmp_path / "a.png", alpha="keep")
    pixels = np.asarray(image.convert("L" if mode == "1" else mode))
    same = (pixels == colour).reshape(12, 15, -1).all(axis=2)
    assert 0 < same.sum() < same.size
    got = pixels_of(outcome.output)
    assert_same(got[:, :, -1], np.where(same, 0, 255))
    assert_same(got[:, :, :-1].reshape(pixels.shape), pixels)
    wider = "RGBA" if mode == "RGB" else "LA"
    assert mode_of(outcome.output) == wider
    assert outcome.notes == (f"mode {mode} with a transparent colour was promoted to {wider}",)


def test_kinds_that_stay_as_they_are_need_no_note(tmp_path):
    for number, pixels in enumerate((GREY, COLOUR, noise((12, 15, 4)), noise((12, 15, 2)), DEEP)):
        assert apply(saved(tmp_path / f"{number}.png", pixels)).notes == ()


# ── grey ──


@pytest.mark.parametrize(
    "suffix",
    [".png", ".jpg", ".tif", ".webp", ".avif", ".gif", ".bmp", ".ppm", ".tga", ".jp2"],
)
def test_gray_equals_pillows_conversion_bit_for_bit(tmp_path, suffix):
    every = np.stack(np.meshgrid(*[np.arange(0, 256, 9, np.uint8)] * 3), -1).reshape(29, -1, 3)
    source = saved(tmp_path / f"a{suffix}", every)
    with Image.open(source) as image:
        want = np.asarray(image.convert("RGB").convert("L"))
    apply(source, tmp_path / "b.png", gray=True)
    assert_alike(pixels_of(tmp_path / "b.png"), want)


def test_gray_is_rec_601_luma(tmp_path):
    source = saved(tmp_path / "a.png", np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], "u1"))
    assert pixels_of(apply(source, gray=True).output).tolist() == [[76, 150, 29]]


def test_gray_of_a_palette_is_that_of_its_colours(tmp_path):
    colours = _palette(tmp_path / "a.png")
    outcome = apply(tmp_path / "a.png", gray=True)
    assert_same(pixels_of(outcome.output), np.asarray(Image.fromarray(colours).convert("L")))


def test_gray_keeps_alpha(tmp_path):
    pixels = noise((12, 15, 4))
    source = saved(tmp_path / "a.png", pixels)
    outcome = apply(source, gray=True, alpha="keep")
    assert mode_of(outcome.output) == "LA"
    luma = np.asarray(Image.fromarray(pixels[:, :, :3].copy()).convert("L"))
    assert_same(pixels_of(outcome.output), np.dstack([luma, pixels[:, :, 3]]))


def test_gray_comes_before_filtering(tmp_path):
    source = saved(tmp_path / "a.png", COLOUR)
    luma = np.asarray(Image.fromarray(COLOUR).convert("L")).astype(int)
    got = pixels_of(apply(source, kernel="-1 1", gray=True, padding="valid").output)
    assert_same(got, np.abs(np.diff(luma, axis=1)))


@pytest.mark.parametrize("pixels", [GREY, DEEP])
def test_gray_leaves_grey_as_it_is(tmp_path, pixels):
    source = saved(tmp_path / "a.png", pixels)
    assert_alike(pixels_of(apply(source, gray=True).output), pixels)


# ── 16-bit grey ──


@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm"])
def test_sixteen_bit_grey_stays_sixteen_bit(tmp_path, suffix):
    source = saved(tmp_path / f"a{suffix}", DEEP)
    outcome = apply(source)
    assert (outcome.source_mode, outcome.output_mode) == ("I;16", "I;16")
    assert_alike(pixels_of(outcome.output).astype(np.uint16), DEEP)


def test_sixteen_bit_grey_is_filtered_in_all_its_levels(tmp_path):
    source = saved(tmp_path / "a.png", DEEP)
    got = pixels_of(apply(source, kernel="1 1 / 2", padding="valid").output)
    exact = (DEEP[:, :-1].astype(int) + DEEP[:, 1:]) / 2
    assert_same(got, np.rint(exact))


def test_big_endian_tiffs_have_the_same_numbers(tmp_path):
    image = Image.frombytes("I;16B", (15, 12), DEEP.astype(">u2").tobytes())
    image.save(tmp_path / "a.tif")
    outcome = apply(tmp_path / "a.tif", tmp_path / "b.png")
    assert_alike(pixels_of(outcome.output), DEEP)


# ── whole numbers of 32 bits, and floats ──


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_numbers_stay_what_they_are(tmp_path, dtype):
    pixels = noise((12, 15), dtype)
    outcome = apply(saved(tmp_path / "a.tif", pixels))
    assert outcome.output == str(tmp_path / "a_identity.tif")
    assert (outcome.source_mode, outcome.output_mode) == (mode_of(outcome.output),) * 2
    assert_alike(pixels_of(outcome.output), pixels)
    assert outcome.notes == ()


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_a_format_that_has_no_such_numbers_is_refused_with_those_that_have(tmp_path, dtype):
    source = saved(tmp_path / "a.tif", noise((12, 15), dtype))
    with pytest.raises(PictureError, match=r"PNG can't hold .*; use \.tif, .*\.npy, or --bits 8"):
        apply(source, tmp_path / "b.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]
