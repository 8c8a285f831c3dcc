"""--linear, through the whole program: light is averaged, and levels are what light looks like."""

import math

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from kinds import numbers_in, samples_of, written
from pictures import assert_alike, assert_close, assert_same, noise, picture

from convfilter.errors import OptionError
from convfilter.images.modes import MODES

# Sums of light are made in float32: so many levels more than half a one may they be off (16 bits).
NEAR = {255: 0.501, 65535: 0.55}
KINDS = ["L", "RGB", "I;16", "RGB;16"]


def _top(kind):
    return int(np.iinfo(MODES[kind].dtype).max)


def _light(levels, top):
    """IEC 61966-2-1."""
    share = np.asarray(levels) / top
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _levels(light, top):
    """The way back, not rounded, cut to what pixels can show."""
    light = np.clip(light, 0, 1)
    codes = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return top * codes


def _needs_extra(kind):
    if MODES[kind].deep:
        pytest.importorskip("imagecodecs")


def _filtered(folder, kind, samples, kernel, padding="valid", **options):
    source = written(folder, kind, samples)
    outcome = apply(source, folder / "out.png", kernel, padding, linear=True, **options)
    assert outcome.output_mode == kind
    return numbers_in(folder / "out.png", kind), outcome


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_are_averaged_as_light(tmp_path, kind):
    _needs_extra(kind)
    samples, top = samples_of(kind), _top(kind)
    got, _ = _filtered(tmp_path, kind, samples, "1 1 / 2")
    light = _light(samples, top)
    assert_close(got, _levels((light[:, :-1] + light[:, 1:]) / 2, top), NEAR[top])
    assert np.abs(got - (samples[:, :-1] / 2 + samples[:, 1:] / 2)).max() > top / 20


@pytest.mark.parametrize(("bits", "grey"), [(8, 188), (16, 48192)])
def test_black_and_white_in_turn_become_half_the_light(tmp_path, bits, grey):
    board = picture("0 255 0 255; 255 0 255 0")
    apply(
        saved(tmp_path / "a.png", board),
        tmp_path / "b.png",
        "1 1 / 2",
        "valid",
        linear=True,
        bits=bits,
    )
    assert abs(grey - _levels(0.5, 2**bits - 1)) < 0.5
    assert_same(pixels_of(tmp_path / "b.png"), np.full((2, 3), grey))


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_every_level_comes_through_as_it_was(tmp_path, dtype):
    levels = np.arange(np.iinfo(dtype).max + 1, dtype=dtype)
    pixels = levels.reshape(math.isqrt(levels.size), -1)
    outcome = apply(saved(tmp_path / "a.png", pixels), linear=True)
    assert_alike(pixels_of(outcome.output), pixels)
    assert (outcome.result.statistics.below, outcome.result.statistics.above) == (0, 0)


def test_several_kernels_meet_light_all_the_way(tmp_path):
    pixels = picture("0 255 0 0 255")
    source = saved(tmp_path / "a.png", pixels)
    apply(source, tmp_path / "b.png", ("1 1 / 2", "1 1 / 2"), "valid", linear=True)
    assert_close(pixels_of(tmp_path / "b.png"), _levels(np.array([[0.5, 0.25, 0.25]]), 255), 0.501)


# ── borders, biases, ranges ──


@pytest.mark.parametrize(("kind", "level"), [("L", 200), ("I;16", 51400)])
def test_a_border_of_the_pictures_own_level_leaves_no_rim(tmp_path, kind, level):
    samples = np.full((9, 11), level, MODES[kind].dtype)
    got, _ = _filtered(tmp_path, kind, samples, "box-3", "same", border=f"constant:{level}")
    assert_same(got, samples)


def test_a_zero_border_is_black(tmp_path):
    got, _ = _filtered(tmp_path, "L", np.full((5, 5), 255, np.uint8), "box-3", "same")
    shares = np.outer([2, 3, 3, 3, 2], [2, 3, 3, 3, 2]) / 9
    assert_close(got, _levels(shares, 255), 0.501)


@pytest.mark.parametrize("bias", ["51", "20%"])
def test_a_bias_is_a_share_of_the_full_range(tmp_path, bias):
    samples = np.full((3, 3), 100, np.uint8)
    got, _ = _filtered(tmp_path, "L", samples, "identity", "same", bias=bias)
    assert_close(got, _levels(_light(samples, 255) + 0.2, 255), 0.501)


@pytest.mark.parametrize("policy", ["clip", "abs", "offset", "rescale"])
def test_ranges_are_those_of_light(tmp_path, policy):
    samples = noise((9, 11))
    got, outcome = _filtered(tmp_path, "L", samples, "-1 1", range_policy=policy)
    light = _light(samples, 255)
    steps = light[:, 1:] - light[:, :-1]
    least, greatest = steps.min(), steps.max()
    made = {"abs": np.abs(steps), "offset": steps + 0.5, "clip": steps}
    made["rescale"] = (steps - least) / (greatest - least)
    assert_close(got, _levels(made[policy], 255), 0.501)
    facts = outcome.result.statistics
    assert (facts.least, facts.greatest) == pytest.approx((least, greatest), abs=1e-6)
    if policy == "rescale":
        assert (facts.below, facts.above) == (0, 0)


def test_what_is_darker_than_black_or_brighter_than_white_is_counted(tmp_path):
    samples = picture("0 255 0 255 128 128 128")
    got, outcome = _filtered(tmp_path, "L", samples, "-1 3 -1")
    assert got.tolist() == [[255, 0, 255, 0, 128]]
    facts = outcome.result.statistics
    assert (facts.below, facts.above, facts.samples) == (2, 2, 5)


def test_numbers_as_they_are_are_light(tmp_path):
    samples = noise((9, 11))
    source = saved(tmp_path / "a.png", samples)
    for name in ("b.npy", "b.tif"):
        apply(source, tmp_path / name, "1 1", "valid", linear=True, range_policy="float")
        light = _light(samples, 255)
        got = pixels_of(tmp_path / name)
        assert got.dtype == np.float32
        assert_close(got, light[:, 1:] + light[:, :-1], 1e-6)


@pytest.mark.parametrize("options", [{"stride": 2}, {"dilation": 2}, {"padding": "full"}], ids=str)
def test_geometry_is_the_same_as_without(tmp_path, options):
    source = saved(tmp_path / "a.png", noise((9, 11, 3)))
    options = {"padding": "same"} | options
    plain = apply(source, tmp_path / "b.png", "box-3", **options)
    linear = apply(source, tmp_path / "c.png", "box-3", linear=True, **options)
    assert linear.output_shape == plain.output_shape
    assert linear.result.geometry == plain.result.geometry


# ── grey and transparency ──


def test_grey_is_made_of_levels_before_they_become_light(tmp_path):
    source = saved(tmp_path / "a.png", noise((9, 11, 3)))
    apply(source, tmp_path / "grey.png", gray=True)
    apply(source, tmp_path / "b.png", "1 1 / 2", "valid", linear=True, gray=True)
    apply(tmp_path / "grey.png", tmp_path / "c.png", "1 1 / 2", "valid", linear=True)
    assert_same(pixels_of(tmp_path / "b.png"), pixels_of(tmp_path / "c.png"))


@pytest.mark.parametrize(("kind", "plain"), [("RGBA", "RGB"), ("LA", "L"), ("RGBA;16", "RGB;16")])
@pytest.mark.parametrize("kernel", ["1 1 / 2", "-1 1"])
def test_an_opaque_picture_gives_exactly_the_result_without_alpha(tmp_path, kind, plain, kernel):
    _needs_extra(kind)
    samples = samples_of(kind)
    samples[:, :, -1] = _top(kind)
    got, _ = _filtered(tmp_path, kind, samples, kernel)
    colours = samples[:, :, 0] if plain == "L" else samples[:, :, :-1]
    want, _ = _filtered(tmp_path, plain, np.ascontiguousarray(colours), kernel, overwrite=True)
    assert_same(got[:, :, :-1], np.atleast_3d(want))
    assert_same(got[:, :, -1], np.full(want.shape[:2], _top(kind)))


@pytest.mark.parametrize("kind", ["RGBA", "RGBA;16"])
def test_colours_are_weighed_with_alpha_as_it_is_stored(tmp_path, kind):
    _needs_extra(kind)
    samples, top = samples_of(kind), _top(kind)
    samples[:, :, 3] = noise(samples.shape[:2], MODES[kind].dtype, 7) // 2 + top // 3
    got, _ = _filtered(tmp_path, kind, samples, "1 1 / 2")
    light, alpha = _light(samples[:, :, :3], top), samples[:, :, 3:].astype(float)
    weighed = light * alpha
    shares = alpha[:, :-1] + alpha[:, 1:]
    want = _levels((weighed[:, :-1] + weighed[:, 1:]) / shares, top)
    assert_close(got[:, :, :3], want, NEAR[top])
    assert_close(got[:, :, 3:], shares / 2, 0.501)


# ── what is no light ──


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "int32"])
def test_numbers_that_are_no_levels_are_refused(tmp_path, dtype):
    np.save(tmp_path / "a.npy", noise((9, 11), dtype))
    with pytest.raises(OptionError, match=r"^linear: .*; leave --linear out"):
        apply(tmp_path / "a.npy", tmp_path / "b.npy", linear=True)


def test_directions_are_no_light(tmp_path):
    source = saved(tmp_path / "a.png", noise((9, 11)))
    with pytest.raises(OptionError, match=r"^linear: an angle is no light; leave --linear out"):
        apply(source, tmp_path / "b.png", "sobel-angle", linear=True)
