"""Every format with every kind of pixels: what goes in comes out, or is refused with a way."""

import numpy as np
import pytest
from filtering import apply, mode_of, pixels_of, saved
from pictures import assert_alike, assert_close, assert_same, noise
from PIL import Image
from PIL.JpegImagePlugin import get_sampling

from convfilter.errors import OptionError, PictureError
from convfilter.images.formats import BY_SUFFIX, FORMATS

# What each format holds without loss, and the mode Pillow finds in the file.
HOLDS = {
    ".png": {"L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "I;16": "I;16"},
    ".tif": {"L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "I;16": "I;16"},
    ".gif": {"L": "L"},
    ".bmp": {"L": "L", "RGB": "RGB"},
    ".ppm": {"L": "L", "RGB": "RGB", "I;16": "I"},
    ".pgm": {"L": "L", "I;16": "I"},
    ".tga": {"L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA"},
    ".jp2": {"L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "I;16": "I;16"},
    ".npy": {"L": "", "LA": "", "RGB": "", "RGBA": "", "I;16": ""},
}
LOSSY = {
    ".jpg": {"L": "L", "RGB": "RGB"},
    ".webp": {"RGB": "RGB", "RGBA": "RGBA"},
    ".avif": {"L": "L", "RGB": "RGB", "RGBA": "RGBA"},
}
# One holds floating-point numbers only, one is read only.
ELSEWHERE = {".pfm", ".pbm"}
CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I;16": 1}


def _noise(mode):
    shape = (13, 17, CHANNELS[mode])[: 2 if CHANNELS[mode] == 1 else 3]
    return noise(shape, "uint16" if mode == "I;16" else "uint8")


def _smooth(mode):
    """Soft slopes, which lossy formats keep closely; alpha with steps."""
    y, x = np.mgrid[0:24, 0:32]
    planes = [4 * y + 3 * x, 200 - 3 * y, 30 + 5 * x, np.where(x < 16, 255, 90)]
    channels = {"L": planes[:1], "RGB": planes[:3], "RGBA": planes}[mode]
    return np.squeeze(np.dstack(channels)).astype(np.uint8)


def test_the_table_of_formats_is_tested_whole():
    tested = set(HOLDS) | set(LOSSY) | ELSEWHERE
    assert {form.suffixes[0] for form in FORMATS} | {".npy"} == tested


@pytest.mark.parametrize(
    ("suffix", "mode"), [(suffix, mode) for suffix in HOLDS for mode in HOLDS[suffix]]
)
def test_lossless_formats_give_back_every_pixel(tmp_path, suffix, mode):
    pixels = _noise(mode)
    source = saved(tmp_path / "a.png", pixels)
    outcome = apply(source, tmp_path / f"b{suffix}", alpha="keep")
    got = pixels_of(tmp_path / f"b{suffix}")
    assert_alike(got.astype(np.uint16) if got.dtype == np.int32 else got, pixels)
    assert outcome.output_mode == mode
    if suffix != ".npy":
        assert mode_of(tmp_path / f"b{suffix}") == HOLDS[suffix][mode]


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [(suffix, mode) for suffix in HOLDS if suffix != ".npy" for mode in HOLDS[suffix]],
)
def test_a_result_read_again_is_the_same_picture(tmp_path, suffix, mode):
    source = saved(tmp_path / "a.png", _noise(mode))
    apply(source, tmp_path / f"b{suffix}", alpha="keep")
    outcome = apply(tmp_path / f"b{suffix}", alpha="keep")
    assert outcome.output == str(tmp_path / f"b_identity{suffix}")
    assert (outcome.source_mode, outcome.notes) == (mode, ())
    assert mode_of(outcome.output) == mode_of(tmp_path / f"b{suffix}")
    assert_alike(pixels_of(outcome.output), pixels_of(tmp_path / f"b{suffix}"))


@pytest.mark.parametrize(
    ("suffix", "mode"), [(suffix, mode) for suffix in LOSSY for mode in LOSSY[suffix]]
)
def test_lossy_formats_stay_close(tmp_path, suffix, mode):
    pixels = _smooth(mode)
    apply(saved(tmp_path / "a.png", pixels), tmp_path / f"b{suffix}", alpha="keep")
    assert mode_of(tmp_path / f"b{suffix}") == LOSSY[suffix][mode]
    assert_close(pixels_of(tmp_path / f"b{suffix}"), pixels, 8)


@pytest.mark.parametrize(
    ("suffix", "mode", "ways"),
    [
        (".jpg", "RGBA", [".png", ".tif", ".webp", "--alpha drop"]),
        (".jpg", "LA", [".png", ".tif", "--alpha drop"]),
        (".jpg", "I;16", [".png", ".tif", ".ppm"]),
        (".webp", "I;16", [".png", ".tif", ".ppm"]),
        (".bmp", "RGBA", [".png", ".tif", ".webp", "--alpha drop"]),
        (".bmp", "LA", [".png", ".tif", "--alpha drop"]),
        (".bmp", "I;16", [".png", ".tif", ".ppm"]),
        (".ppm", "RGBA", [".png", ".tif", ".webp", "--alpha drop"]),
        (".ppm", "LA", [".png", ".tif", "--alpha drop"]),
    ],
)
def test_what_a_format_can_not_hold_is_refused_with_those_that_can(tmp_path, suffix, mode, ways):
    source = saved(tmp_path / "a.png", _noise(mode))
    with pytest.raises(PictureError) as caught:
        apply(source, tmp_path / f"b{suffix}", alpha="keep")
    said = str(caught.value)
    assert "can't hold" in said
    assert all(way in said for way in ways)
    assert suffix not in said.removeprefix(f"{tmp_path}/b{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_webp_takes_grey_as_three_equal_channels_and_says_so(tmp_path, mode):
    pixels = np.full((16, 16, 2), (90, 200), np.uint8)
    source = saved(tmp_path / "a.png", pixels if mode == "LA" else pixels[:, :, 0].copy())
    outcome = apply(source, tmp_path / "b.webp", alpha="keep")
    got = pixels_of(tmp_path / "b.webp").astype(int)
    assert np.ptp(got[:, :, :3], axis=2).max() <= 3
    assert "WebP holds no grey" in outcome.notes[0]
    if mode == "LA":
        assert np.unique(got[:, :, 3]).tolist() == [200]


@pytest.mark.parametrize(
    ("kernel", "options", "want"),
    [
        ("identity", {"range_policy": "float"}, "a_identity.npy"),
        ("[[[0.3]], [[0.6]], [[0.1]]]", {}, "a_matrix-3x1x1.jpg"),
        ("[[[[1]],[[0]],[[0]]],[[[0]],[[1]],[[0]]]]", {}, "a_matrix-2x3x1x1.npy"),
        ("[[[[0]],[[0]],[[1]]],[[[0]],[[1]],[[0]]],[[[1]],[[0]],[[0]]]]", {}, None),
    ],
)
def test_the_default_names_suffix_follows_the_result(tmp_path, kernel, options, want):
    source = saved(tmp_path / "a.jpg", _smooth("RGB"))
    outcome = apply(source, kernel=kernel, **options)
    want = want or "a_matrix-3x3x1x1.jpg"
    assert outcome.output == str(tmp_path / want)
    assert (tmp_path / want).exists()
    changed = [note for note in outcome.notes if "JPEG can't hold" in note]
    assert len(changed) == (not want.endswith(".jpg"))


@pytest.mark.parametrize("suffix", [".npy", ".tif", ".pfm"])
def test_numbers_are_written_as_they_are_where_there_is_a_place_for_them(tmp_path, suffix):
    pixels = _noise("L")
    source = saved(tmp_path / "a.png", pixels)
    apply(source, tmp_path / f"b{suffix}", kernel="0 -0.25 0.125", range_policy="float")
    padded = np.pad(pixels.astype(np.float32), ((0, 0), (1, 1)))
    assert_alike(
        pixels_of(tmp_path / f"b{suffix}"),
        -0.25 * padded[:, 1:-1] + np.float32(0.125) * padded[:, 2:],
    )


def test_numbers_are_written_nowhere_else(tmp_path):
    source = saved(tmp_path / "a.png", _noise("L"))
    with pytest.raises(PictureError, match=r"PNG can't hold .*; use \.tif, \.pfm, \.npy"):
        apply(source, tmp_path / "b.png", range_policy="float")


def test_a_wrong_suffix_of_the_source_does_not_matter_and_the_result_gets_the_right_one(tmp_path):
    source = tmp_path / "a.png"
    saved(source, _smooth("RGB"), format="JPEG")
    outcome = apply(source)
    assert outcome.output == str(tmp_path / "a_identity.jpg")
    assert pixels_of(outcome.output).shape == (24, 32, 3)


@pytest.mark.parametrize("suffix", [*sorted(set(BY_SUFFIX) - ELSEWHERE), ".JPG", ".Tiff"])
def test_the_sources_own_suffix_is_kept(tmp_path, suffix):
    pixels = _smooth("L" if suffix == ".pgm" else "RGB")
    if suffix == ".npy":
        np.save(tmp_path / "a.npy", pixels)
    else:
        saved(tmp_path / f"a{suffix}", pixels)
    assert apply(tmp_path / f"a{suffix}").output == str(tmp_path / f"a_identity{suffix}")


def test_floats_stay_pfm_and_one_bit_becomes_png(tmp_path):
    floats = apply(saved(tmp_path / "a.pfm", noise((13, 17), "float32")))
    assert floats.output == str(tmp_path / "a_identity.pfm")
    bits = apply(saved(tmp_path / "a.pbm", noise((13, 17)) > 99))
    assert bits.output == str(tmp_path / "a_identity.png")
    assert bits.notes == (
        "mode 1 was promoted to L",
        "PBM can't hold grey: written as PNG",
    )
    assert_same(pixels_of(bits.output), (noise((13, 17)) > 99) * 255)


@pytest.mark.parametrize(
    "word", ["png", "PNG", ".png", "jpg", "JPEG", "tif", "webp", "npy", "bmp", "avif", "gif", "tga"]
)
def test_format_names_the_format_of_the_default_name(tmp_path, word):
    outcome = apply(saved(tmp_path / "a.ppm", _smooth("RGB")), format=word)
    suffix = {"jpeg": ".jpg"}.get(word.lower(), "." + word.lower().lstrip("."))
    assert outcome.output == str(tmp_path / f"a_identity{suffix}")
    assert pixels_of(outcome.output).shape[:2] == (24, 32)


def test_unknown_words_for_a_format_are_refused_with_the_known_ones(tmp_path):
    source = saved(tmp_path / "a.png", _smooth("RGB"))
    with pytest.raises(OptionError, match=r"format: 'gift' is none of jpg, png, tif"):
        apply(source, format="gift")
    with pytest.raises(OptionError, match=r"no suffix of a known format .*--format names one"):
        apply(source, tmp_path / "b.xyz")


@pytest.mark.parametrize("quality", [10, 92, 100])
def test_jpeg_has_the_quality_asked_for(tmp_path, quality):
    pixels = _smooth("L")
    source = saved(tmp_path / "a.png", pixels)
    apply(source, tmp_path / "b.jpg", **({} if quality == 92 else {"quality": quality}))
    saved(tmp_path / "want.jpg", pixels, quality=quality)
    with Image.open(tmp_path / "b.jpg") as got, Image.open(tmp_path / "want.jpg") as want:
        assert got.quantization == want.quantization


@pytest.mark.parametrize(("words", "number"), [("4:4:4", 0), ("4:2:2", 1), ("4:2:0", 2)])
def test_jpeg_keeps_the_sampling_of_its_source(tmp_path, words, number):
    source = saved(tmp_path / "a.jpg", _smooth("RGB"), subsampling=words)
    with Image.open(apply(source).output) as image:
        assert get_sampling(image) == number
