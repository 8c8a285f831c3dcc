"""--bits: 16 bits taken as 8 and 8 as 16, floats as pixels; and grey of more than 8 bits."""

import math

import numpy as np
import pytest
from filtering import apply, mode_of, pixels_of, saved
from handmade import netpbm_bytes, tiff_bytes
from kinds import numbers_in, samples_of, written
from pictures import assert_alike, assert_close, assert_same, noise

from convfilter.errors import OptionError, PictureError
from convfilter.images.deep import extra as deep

DEEPER = {"L": "I;16", "LA": "LA;16", "RGB": "RGB;16", "RGBA": "RGBA;16"}
EIGHT = "16 bits a sample were taken as 8 (--bits 8)"
SIXTEEN = "8 bits a sample were taken as 16 (--bits 16)"


@pytest.fixture(autouse=True)
def _extra():
    pytest.importorskip("imagecodecs")
    pytest.importorskip("tifffile")


# ── whole numbers ──


@pytest.mark.parametrize(("kind", "deep"), DEEPER.items())
def test_bits_8_takes_the_upper_eight_bits_of_each_sample(tmp_path, kind, deep):
    samples = samples_of(deep)
    outcome = apply(written(tmp_path, deep, samples), tmp_path / "b.png", bits=8)
    assert (outcome.source_mode, outcome.output_mode) == (kind, kind)
    assert_alike(pixels_of(tmp_path / "b.png"), (samples >> 8).astype(np.uint8))
    assert outcome.notes == (EIGHT,)


@pytest.mark.parametrize(("kind", "deep"), DEEPER.items())
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_bits_16_puts_every_sample_where_it_was_between_black_and_white(
    tmp_path, suffix, kind, deep
):
    samples = samples_of(kind)
    outcome = apply(written(tmp_path, kind, samples), tmp_path / f"b{suffix}", bits=16)
    assert (outcome.source_mode, outcome.output_mode) == (deep, deep)
    assert_alike(numbers_in(tmp_path / f"b{suffix}", deep), samples * np.uint16(257))
    assert outcome.notes == (SIXTEEN,)


@pytest.mark.parametrize(("kind", "deep"), DEEPER.items())
def test_there_and_back_again_is_the_same_picture(tmp_path, kind, deep):
    samples = samples_of(kind)
    source = written(tmp_path, kind, samples)
    for output, bits in (("b.png", 16), ("c.png", 8)):
        apply(source, tmp_path / output, bits=bits)
        source = tmp_path / output
    assert_alike(pixels_of(source), samples)


def test_a_result_of_8_bits_in_16_is_less_coarse(tmp_path):
    samples = noise((13, 17))
    source = saved(tmp_path / "a.png", samples)
    apply(source, tmp_path / "b.png", "1 1 / 2", "valid", bits=16)
    both = 257 * (samples[:, :-1].astype(int) + samples[:, 1:])
    assert_same(pixels_of(tmp_path / "b.png"), np.rint(both / 2))
    assert (both % 514 != 0).any()


@pytest.mark.parametrize(("kind", "bits"), [("RGB", 8), ("RGBA;16", 16), ("I;16", 16), ("L", 8)])
def test_as_many_bits_as_there_are_change_nothing_and_need_no_note(tmp_path, kind, bits):
    samples = samples_of(kind)
    outcome = apply(written(tmp_path, kind, samples), tmp_path / "b.png", bits=bits)
    assert_alike(numbers_in(tmp_path / "b.png", kind), samples)
    assert outcome.notes == ()


@pytest.mark.parametrize("bits", [8, 16])
def test_bits_make_16_bits_fit_or_not(tmp_path, bits):
    source = written(tmp_path, "RGB;16", samples_of("RGB;16"))
    if bits == 16:
        with pytest.raises(PictureError, match=r"JPEG can't hold 16-bit colour; .*--bits 8"):
            apply(source, tmp_path / "b.jpg", bits=bits)
    else:
        apply(source, tmp_path / "b.jpg", bits=bits)
        assert mode_of(tmp_path / "b.jpg") == "RGB"


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_of_colour_are_not_written_without_the_extra(tmp_path, monkeypatch, suffix):
    source = written(tmp_path, "RGB", samples_of("RGB"))
    monkeypatch.setattr(deep, "available", bool)
    with pytest.raises(PictureError, match=r"16-bit colour is written with the extra: .*\.npy"):
        apply(source, tmp_path / f"b{suffix}", bits=16)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    apply(source, tmp_path / "b.npy", bits=16)
    assert_alike(np.load(tmp_path / "b.npy"), samples_of("RGB") * np.uint16(257))
    grey = written(tmp_path, "L", samples_of("L"), "grey")
    apply(grey, tmp_path / f"c{suffix}", bits=16)
    assert_alike(pixels_of(tmp_path / f"c{suffix}"), samples_of("L") * np.uint16(257))


@pytest.mark.parametrize(("bits", "top"), [(8, 255), (16, 65535)])
@pytest.mark.parametrize("dtype", ["int16", "int32"])
@pytest.mark.parametrize("channels", [1, 3])
def test_other_whole_numbers_are_taken_as_they_are_and_cut_at_the_ends(
    tmp_path, dtype, channels, bits, top
):
    array = noise((13, 17) if channels == 1 else (13, 17, channels), dtype)
    array[0, :2], array[1, :2] = min(top, np.iinfo(dtype).max), 0
    np.save(tmp_path / "a.npy", array)
    outcome = apply(tmp_path / "a.npy", tmp_path / "b.png", bits=bits)
    got = numbers_in(tmp_path / "b.png", outcome.output_mode)
    assert_alike(got, np.clip(array, 0, top).astype(f"uint{bits}"))
    count = int(((array < 0) | (array > top)).sum())
    assert outcome.notes == (
        f"whole numbers were taken as {bits} bits (--bits {bits}), {count} of them cut",
    )


@pytest.mark.parametrize("alpha", ["keep", "straight", "premultiply"])
def test_their_alpha_is_cut_with_them(tmp_path, alpha):
    from tifffile import imwrite

    samples = np.array([[[10, 20, 30, 0], [10, 20, 30, 255], [300, -5, 30, 32767]]], np.int16)
    imwrite(tmp_path / "a.tif", samples, photometric="rgb", extrasamples=["unassalpha"])
    outcome = apply(tmp_path / "a.tif", tmp_path / "b.png", bits=8, alpha=alpha)
    assert outcome.output_mode == "RGBA"
    assert_alike(pixels_of(tmp_path / "b.png"), np.clip(samples, 0, 255).astype(np.uint8))


def test_inks_have_8_bits_or_are_plain_numbers(tmp_path):
    samples = samples_of("CMYK")
    source = written(tmp_path, "CMYK", samples)
    with pytest.raises(PictureError, match=r"can't hold numbers .*; use \.npy"):
        apply(source, tmp_path / "b.tif", bits=16)
    apply(source, tmp_path / "b.npy", bits=16)
    assert_alike(np.load(tmp_path / "b.npy"), samples * np.uint16(257))


@pytest.mark.parametrize("bits", [8, 16])
def test_numbers_as_they_are_have_the_bits_that_were_asked_for(tmp_path, bits):
    samples = noise((13, 17))
    options = {"bits": bits, "range_policy": "float"}
    apply(saved(tmp_path / "a.png", samples), tmp_path / "b.npy", "1 1 / 2", "valid", **options)
    wide = samples * (257.0 if bits == 16 else 1.0)
    assert_alike(np.load(tmp_path / "b.npy"), ((wide[:, :-1] + wide[:, 1:]) / 2).astype("f4"))


# ── floats ──

LEVELS = np.array([[-0.5, -0.001, 0, 0.25, 0.5], [0.75, 1, 1.001, 7, 1 / 3]], np.float32)


def _floats(folder, values=LEVELS, kind="F"):
    return written(folder, kind, np.asarray(values, np.float32))


@pytest.mark.parametrize(("bits", "top"), [(8, 255), (16, 65535)])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".npy"])
def test_bits_take_0_to_1_as_black_to_white_and_cut_the_rest(tmp_path, suffix, bits, top):
    outcome = apply(_floats(tmp_path), tmp_path / f"b{suffix}", bits=bits)
    got = pixels_of(tmp_path / f"b{suffix}")
    assert got.dtype == f"uint{bits}"
    assert_same(got, np.rint(np.clip(LEVELS.astype(float), 0, 1) * top))
    facts = outcome.result.statistics
    below = 1 if bits == 8 else 2  # −0.001 of 255 levels is black after rounding
    assert (facts.below, facts.above, facts.nonfinite) == (below, below, 0)
    assert (facts.least, facts.greatest) == (-0.5, 7)
    assert outcome.output_mode == ("L" if bits == 8 else "I;16")


@pytest.mark.parametrize("kind", ["LA;F", "RGB;F", "RGBA;F"])
@pytest.mark.parametrize("bits", [8, 16])
def test_colours_and_alpha_become_pixels_of_as_many_bits(tmp_path, kind, bits):
    samples = np.abs(samples_of(kind))
    samples[:, 1::2] /= 2
    outcome = apply(_floats(tmp_path, samples, kind), tmp_path / "b.png", bits=bits, alpha="keep")
    plain = kind.removesuffix(";F")
    assert outcome.output_mode == (plain if bits == 8 else DEEPER[plain])
    top = 2**bits - 1
    want = np.rint(np.clip(samples.astype(float), 0, 1) * top)
    assert_same(numbers_in(tmp_path / "b.png", outcome.output_mode), want)


def test_what_is_no_number_becomes_black_and_is_counted(tmp_path):
    values = [[math.nan, math.inf, -math.inf, 0.5]]
    outcome = apply(_floats(tmp_path, values), tmp_path / "b.png", bits=8)
    assert pixels_of(tmp_path / "b.png").tolist() == [[0, 255, 0, 128]]
    assert outcome.result.statistics.nonfinite == 3


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_floats_of_other_sizes_become_the_same_pixels(tmp_path, dtype):
    np.save(tmp_path / "a.npy", LEVELS.astype(dtype))
    apply(tmp_path / "a.npy", tmp_path / "b.png", bits=8)
    assert_same(pixels_of(tmp_path / "b.png"), np.rint(np.clip(LEVELS.astype(float), 0, 1) * 255))


def test_what_is_cut_is_the_result_not_the_picture(tmp_path):
    source = _floats(tmp_path, [[0, 4, 0, -2, 1]])
    outcome = apply(source, tmp_path / "b.png", "1 1 1 / 8", "valid", bits=8)
    assert pixels_of(tmp_path / "b.png").tolist() == [[128, 64, 0]]
    assert (outcome.result.statistics.below, outcome.result.statistics.above) == (1, 0)


@pytest.mark.parametrize("policy", ["auto", "clip", "abs", "offset"])
def test_floats_stay_floats_without_bits(tmp_path, policy):
    source = _floats(tmp_path)
    with pytest.raises(PictureError, match=r"PNG can't hold .*floating-point.*--bits 8"):
        apply(source, tmp_path / "b.png", range_policy=policy)
    apply(source, tmp_path / "b.tif", range_policy=policy)
    changed = {"abs": np.abs(LEVELS), "offset": LEVELS + np.float32(0.5)}
    assert_alike(pixels_of(tmp_path / "b.tif"), changed.get(policy, LEVELS))


@pytest.mark.parametrize(("policy", "want"), [("abs", [128, 0, 128]), ("offset", [0, 128, 255])])
def test_a_range_policy_comes_before_the_pixels(tmp_path, policy, want):
    source = _floats(tmp_path, [[-0.5, 0, 0.5]])
    apply(source, tmp_path / "b.png", bits=8, range_policy=policy)
    assert pixels_of(tmp_path / "b.png").tolist() == [want]


# Sixteenths, so that what is stretched is exact: the ends are −2 and 2.
SIXTEENTHS = np.arange(-32, 33, dtype=np.float32).reshape(5, 13) / 16


@pytest.mark.parametrize(("bits", "top"), [(0, 255), (8, 255), (16, 65535)])
def test_rescale_makes_pixels_where_floats_have_no_place(tmp_path, bits, top):
    outcome = apply(
        _floats(tmp_path, SIXTEENTHS), tmp_path / "b.png", bits=bits, range_policy="rescale"
    )
    want = np.rint((SIXTEENTHS.astype(float) + 2) / 4 * top)
    assert_same(pixels_of(tmp_path / "b.png"), want)
    facts = outcome.result.statistics
    assert (facts.least, facts.greatest, facts.below, facts.above) == (-2, 2, 0, 0)
    assert outcome.output_mode == ("I;16" if bits == 16 else "L")


def test_rescale_keeps_floats_where_they_have_a_place(tmp_path):
    apply(_floats(tmp_path, SIXTEENTHS), tmp_path / "b.tif", range_policy="rescale")
    assert_alike(pixels_of(tmp_path / "b.tif"), (SIXTEENTHS + 2) / 4)
    apply(_floats(tmp_path, SIXTEENTHS), tmp_path / "c.tif", range_policy="rescale", bits=8)
    assert_same(pixels_of(tmp_path / "c.tif"), np.rint((SIXTEENTHS.astype(float) + 2) / 4 * 255))


@pytest.mark.parametrize("suffix", [".png", ".tif", ".npy"])
@pytest.mark.parametrize("bits", [8, 16])
def test_numbers_as_they_are_and_bits_can_not_both_be_had_of_floats(tmp_path, bits, suffix):
    with pytest.raises(OptionError, match=r"bits: --range float keeps .*; leave one out"):
        apply(_floats(tmp_path), tmp_path / f"b{suffix}", bits=bits, range_policy="float")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


@pytest.mark.parametrize("kind", ["L", "F"])
def test_a_refusal_of_numbers_as_they_are_names_no_bits_which_would_not_help(tmp_path, kind):
    source = written(tmp_path, kind, samples_of(kind))
    with pytest.raises(PictureError, match=r"PNG can't hold .*; use \.tif, ") as caught:
        apply(source, tmp_path / "b.png", range_policy="float")
    assert "--bits" not in str(caught.value)


# ── grey of more than 8 bits ──


def _luma(samples):
    """Rec. 601 in exact thousandths, rounded half to even for whole numbers."""
    red, green, blue = (samples[:, :, i].astype(np.float64) for i in range(3))
    return (299 * red + 587 * green + 114 * blue) / 1000


@pytest.mark.parametrize("kind", ["RGB;16", "RGBA;16"])
@pytest.mark.parametrize("suffix", [".png", ".npy"])
def test_grey_of_16_bits_is_luma_rounded(tmp_path, kind, suffix):
    samples = samples_of(kind)
    samples[0, :5, :3] = [[0] * 3, [65535] * 3, [65535, 0, 0], [0, 65535, 0], [0, 0, 65535]]
    source = written(tmp_path, kind, samples)
    outcome = apply(source, tmp_path / f"b{suffix}", gray=True, alpha="keep")
    grey = "LA;16" if kind == "RGBA;16" else "I;16"
    assert outcome.source_mode == outcome.output_mode == grey
    got = numbers_in(tmp_path / f"b{suffix}", grey)
    want = np.rint(_luma(samples)).astype(np.uint16)
    assert_alike(got, np.dstack([want, samples[:, :, 3]]) if kind == "RGBA;16" else want)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_grey_of_floats_is_luma(tmp_path, dtype):
    samples = (noise((13, 17, 3), "float32") / 64).astype(dtype)
    np.save(tmp_path / "a.npy", samples)
    apply(tmp_path / "a.npy", tmp_path / "b.npy", gray=True)
    got = np.load(tmp_path / "b.npy")
    assert got.dtype == ("float64" if dtype == "float64" else "float32")
    assert_close(got, _luma(samples), 1e-7 * np.abs(samples).max())


def test_grey_of_floats_with_transparency_keeps_it(tmp_path):
    samples = samples_of("RGBA;F")
    outcome = apply(
        _floats(tmp_path, samples, "RGBA;F"), tmp_path / "b.tif", gray=True, alpha="keep"
    )
    assert outcome.output_mode == "LA;F"
    got = numbers_in(tmp_path / "b.tif", "LA;F")
    assert_same(got[:, :, 1], samples[:, :, 3])
    assert_close(got[:, :, 0], _luma(samples), 1e-6)


@pytest.mark.parametrize("dtype", ["int16", "int32"])
def test_grey_of_whole_numbers_is_luma_rounded_with_their_sign(tmp_path, dtype):
    samples = noise((13, 17, 3), dtype)
    np.save(tmp_path / "a.npy", samples)
    apply(tmp_path / "a.npy", tmp_path / "b.npy", gray=True)
    assert_alike(np.load(tmp_path / "b.npy"), np.rint(_luma(samples)).astype(dtype))


@pytest.mark.parametrize("channels", [2, 4, 5])
def test_grey_of_other_channels_than_three_is_refused(tmp_path, channels):
    np.save(tmp_path / "a.npy", noise((13, 17, channels)))
    with pytest.raises(OptionError, match=f"gray: {channels} channels; luma is made of three"):
        apply(tmp_path / "a.npy", tmp_path / "b.npy", gray=True)


@pytest.mark.parametrize("planar", [False, True])
def test_grey_of_the_upper_8_bits_is_that_of_the_8_bit_picture(tmp_path, planar):
    samples = noise((13, 17, 3), "uint16")
    (tmp_path / "a.tif").write_bytes(tiff_bytes(samples, planar=planar))
    apply(tmp_path / "a.tif", tmp_path / "b.png", gray=True, bits=8)
    saved(tmp_path / "eight.png", (samples >> 8).astype(np.uint8))
    apply(tmp_path / "eight.png", tmp_path / "want.png", gray=True)
    assert_same(pixels_of(tmp_path / "b.png"), pixels_of(tmp_path / "want.png"))


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.npy"])
def test_grey_of_8_bits_in_16_is_less_coarse_from_every_file(tmp_path, name):
    samples = noise((13, 17, 3))
    if name.endswith(".npy"):
        np.save(tmp_path / name, samples)
    else:
        saved(tmp_path / name, samples)
    apply(tmp_path / name, tmp_path / "b.png", gray=True, bits=16)
    got = pixels_of(tmp_path / "b.png")
    assert_alike(got, np.rint(_luma(samples * np.uint16(257))).astype(np.uint16))
    assert (got % 257 != 0).any()


def test_grey_of_16_bits_as_8_in_a_pgm_is_its_upper_byte(tmp_path):
    samples = noise((13, 17), "uint16")
    (tmp_path / "a.pgm").write_bytes(netpbm_bytes(samples, 65535))
    apply(tmp_path / "a.pgm", tmp_path / "b.png", bits=8)
    assert_alike(pixels_of(tmp_path / "b.png"), (samples >> 8).astype(np.uint8))
