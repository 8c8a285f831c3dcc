"""Masks: what is black stays, what is white is replaced, and in between is rounded once."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from pictures import assert_alike, assert_same, noise

from convfilter import mask
from convfilter.errors import ShapeError
from convfilter.mask import blend, blend_with_alpha, check_mask

FULL = {"uint8": 255, "uint16": 65535, "float32": 1, "float64": 1}
DTYPES = ["uint8", "uint16", "int16", "int32", "float32", "float64"]


def _weights(shape, dtype, seed=3):
    """A mask with both ends and what lies between."""
    made = noise(shape, "uint16", seed) / 65535
    made[:, 0], made[:, -1] = 0, 1
    return (np.rint(made * FULL[dtype]) if dtype.startswith("uint") else made).astype(dtype)


def _mixed(before, after, weight, full):
    """By the definition, exactly; Python rounds half to even."""
    return round(before + (after - before) * Fraction(weight) / full)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32"])
@pytest.mark.parametrize("mask_dtype", ["uint8", "uint16"])
def test_mixtures_are_those_of_the_definition(dtype, mask_dtype):
    before, after = noise((30, 40), dtype, 1), noise((30, 40), dtype, 2)
    weights = _weights((30, 40), mask_dtype)
    numbers = zip(before.ravel(), after.ravel(), weights.ravel(), strict=True)
    want = [_mixed(int(b), int(a), int(w), FULL[mask_dtype]) for b, a, w in numbers]
    assert_alike(blend(before, after, weights), np.array(want, dtype).reshape(30, 40))


def test_all_mixtures_of_bytes_are_rounded_to_the_nearest():
    before, weights = (axis.astype(np.uint8) for axis in np.mgrid[:256, :256])
    for after in (0, 1, 127, 254, 255):
        exact = before + (after - before.astype(int)) * (weights / 255)
        got = blend(before, np.full_like(before, after), weights)
        assert_same(got, np.rint(exact))


def test_half_goes_to_even():
    before, after = np.array([[0, 1, 2, 3]], np.uint8), np.array([[1, 2, 3, 4]], np.uint8)
    assert blend(before, after, np.full((1, 4), 0.5)).tolist() == [[0, 2, 2, 4]]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mask_dtype", FULL)
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_black_is_before_and_white_is_after(dtype, mask_dtype, channels):
    before, after = (noise((5, 7, *channels), dtype, seed) for seed in (1, 2))
    if dtype.startswith("float"):
        before[0], after[1], before[2], after[3] = np.nan, np.nan, np.inf, -np.inf
    black_and_white = (np.arange(35).reshape(5, 7) % 3 > 0).astype(mask_dtype) * FULL[mask_dtype]
    got = blend(before, after, black_and_white.astype(mask_dtype))
    white = black_and_white > 0
    assert got.dtype == before.dtype
    assert_same(got[white], after[white])
    assert_same(got[~white], before[~white])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_are_mixed_to_their_own_precision(dtype):
    before, after = noise((9, 9, 3), dtype, 1), noise((9, 9, 3), dtype, 2)
    weights = _weights((9, 9), "uint16")
    share = weights[:, :, np.newaxis] / 65535
    want = before.astype(np.float64) + (after.astype(np.float64) - before) * share
    assert np.abs(blend(before, after, weights) - want).max() <= 200 * np.finfo(dtype).eps


def test_floats_beyond_the_ends_of_a_mask_count_as_these_and_nan_as_black():
    before, after = np.full((1, 4), 10, np.uint8), np.full((1, 4), 20, np.uint8)
    weights = np.array([[-3, 7, np.nan, np.inf]], np.float32)
    assert blend(before, after, weights).tolist() == [[10, 20, 10, 20]]


def test_bands_strides_and_the_place_of_the_result_do_not_show(monkeypatch):
    before, after, weights = noise((9, 8, 3)), noise((9, 8, 3), seed=2), _weights((9, 8), "uint8")
    want = blend(before, after, weights)
    monkeypatch.setattr(mask, "BAND_NUMBERS", 20)
    upside_down = blend(np.asfortranarray(before)[::-1], after[::-1], weights[::-1])
    assert_same(upside_down[::-1], want)
    assert blend(before, after, weights, before) is before
    assert_same(before, want)


def test_with_equal_alpha_colours_mix_by_the_mask_alone():
    before, after, alpha = noise((9, 8, 3)), noise((9, 8, 3), seed=2), noise((9, 8), seed=5)
    alpha[0] = 0
    weights = _weights((9, 8), "uint8")
    colours, mixed = blend_with_alpha((before, alpha), (after, alpha), weights)
    assert_alike(colours, blend(before, after, weights))
    assert_alike(mixed, alpha)


def test_what_cannot_be_seen_has_no_say_in_a_mixture():
    for old, new, weight in product((0, 3, 255), (0, 100, 255), (0, 1, 128, 255)):
        before = np.array([[200]], np.uint8), np.array([[old]], np.uint8)
        after = np.array([[40]], np.uint8), np.array([[new]], np.uint8)
        ((colour,),), ((alpha,),) = (
            each.tolist()
            for each in blend_with_alpha(before, after, np.array([[weight]], np.uint8))
        )
        seen = (255 - weight) * old + weight * new
        share = Fraction(weight * new, seen) if seen else Fraction(weight, 255)
        assert alpha == round(Fraction(seen, 255))
        assert colour == round(200 - 160 * share)


def test_a_mask_has_the_pictures_size_and_one_channel():
    check_mask((459, 612), (459, 612, 3), "mask.png")
    with pytest.raises(
        ShapeError, match=r"mask.png: the mask has 612×459 pixels, the picture 459×612"
    ):
        check_mask((612, 459), (459, 612), "mask.png")
    with pytest.raises(ShapeError, match=r"mask.png: a mask is a grey picture, this one has 3"):
        check_mask((459, 612, 3), (459, 612, 3), "mask.png")
