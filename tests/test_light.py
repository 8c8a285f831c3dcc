"""Linear light: the curve of IEC 61966-2-1, there and back, and what steps mean in it."""

from fractions import Fraction

import numpy as np
import pytest
from pictures import assert_alike, assert_close, assert_same, noise

from convfilter import light
from convfilter.alpha import run_with_alpha
from convfilter.core.conv import run_steps
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec
from convfilter.errors import OptionError
from convfilter.light import from_linear, linear_steps, to_linear
from convfilter.presets.load import load_kernel

BYTES, WORDS = np.dtype(np.uint8), np.dtype(np.uint16)
TOP = {BYTES: 255, WORDS: 65535}
BLUR = make_kernel([[1, 1], [1, 1]], 4)


def _decoded(level):
    """One level, 0 … 1, by the standard."""
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def _encoded(values):
    """Light of float64 as levels 0 … 1, by the standard."""
    with np.errstate(invalid="ignore"):
        return np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055)


def _levels(dtype):
    return np.arange(TOP[dtype] + 1, dtype=dtype).reshape(-1, 16)


def _steps(kernel=BLUR, **options):
    return ((kernel, make_spec(**options)),)


@pytest.mark.parametrize("dtype", [BYTES, WORDS])
def test_the_light_of_every_level_is_the_standards(dtype):
    got = to_linear(_levels(dtype))
    want = [_decoded(level / TOP[dtype]) for level in range(TOP[dtype] + 1)]
    assert got.dtype == np.float32
    assert_same(got.ravel(), np.array(want).astype(np.float32))


@pytest.mark.parametrize("dtype", [BYTES, WORDS])
@pytest.mark.parametrize("floats", [np.float32, np.float64])
def test_every_level_survives_there_and_back(dtype, floats):
    encoded = from_linear(to_linear(_levels(dtype)).astype(floats), dtype)
    assert_alike(encoded.pixels, _levels(dtype))
    assert encoded[1:] == (0, 0, 0)


def _doubtful(dtype, floats):
    """Light next to every tie between two levels, and to every end of a piece of the tables."""
    ties = [_decoded((level + 0.5) / TOP[dtype]) for level in range(TOP[dtype])]
    ends = (np.arange(light.PIECES + 1, dtype=np.uint32) << 16).view(np.float32)
    near = np.concatenate([np.array(ties), ends, np.linspace(0, 1, 10007)]).astype(floats)
    aside = floats(1e-7 if floats is np.float32 else 1e-12)
    return np.concatenate([near, near * (1 - aside), near * (1 + aside)]).clip(0, 1)[np.newaxis]


@pytest.mark.parametrize("dtype", [BYTES, WORDS])
@pytest.mark.parametrize("floats", [np.float32, np.float64])
def test_light_becomes_the_level_that_the_curve_rounds_to(dtype, floats):
    values = _doubtful(dtype, floats)
    exact = _encoded(values.astype(np.float64)) * TOP[dtype]
    got = from_linear(values, dtype).pixels
    clear = np.abs(exact % 1 - 0.5) > 1e-9
    assert clear.mean() > 0.6
    assert_same(got[clear], np.rint(exact[clear]))
    assert_close(got, exact, 0.5 + 1e-9)


@pytest.mark.parametrize("dtype", [BYTES, WORDS])
def test_what_pixels_cannot_show_is_cut_and_counted(dtype):
    top = TOP[dtype]
    below, above = 0.5 / 12.92 / top, _decoded((top + 0.5) / top)
    values = np.array(
        [[-0.9 * below, -0.0, 1 + 0.9 * (above - 1)], [-1.1 * below, -2, 1 + 1.1 * (above - 1)]]
    )
    encoded = from_linear(values, dtype)
    assert encoded.pixels.tolist() == [[0, 0, top], [0, 0, top]]
    assert encoded[1:] == (2, 1, 0)


def test_what_is_not_finite_is_counted_and_nan_is_black():
    values = np.array([[np.nan, np.inf, -np.inf, 0.5]], np.float32)
    encoded = from_linear(values, BYTES)
    assert encoded.pixels.tolist() == [[0, 255, 0, 188]]
    assert encoded[1:] == (1, 1, 3)


@pytest.mark.parametrize("numbers", [1, 7, 100])
def test_bands_and_strides_do_not_show(monkeypatch, numbers):
    whole = noise((9, 7, 3), "uint16")
    want = to_linear(whole)
    out = np.zeros((9, 7, 4), np.uint16)
    monkeypatch.setattr(light, "BAND_NUMBERS", numbers)
    upside_down = to_linear(np.asfortranarray(whole)[::-1])
    assert_same(upside_down, want[::-1])
    encoded = from_linear(upside_down[::-1] * np.float32(1.25), WORDS, out[:, :, :3])
    assert_same(out[:, :, :3], from_linear(want * np.float32(1.25), WORDS).pixels)
    assert encoded.pixels is not whole
    assert encoded.above == int((want * np.float32(1.25) > _decoded(65535.5 / 65535)).sum())
    assert not out[:, :, 3].any()


def test_a_grey_picture_may_be_one_pixel():
    assert from_linear(to_linear(np.array([[77]], np.uint8)), BYTES).pixels.tolist() == [[77]]


@pytest.mark.parametrize(("dtype", "top"), [(BYTES, 255), (WORDS, 65535)])
def test_a_bias_is_a_share_of_the_light(dtype, top):
    own = make_kernel([[1]], bias=make_spec(bias="7").bias)
    typed, kernels, percent, none = linear_steps(
        (
            (own, make_spec(bias="-3,50%")),
            (own, make_spec()),
            (own, make_spec(bias="50%")),
            (BLUR, make_spec()),
        ),
        dtype,
    )
    assert typed[1].bias[0] == (Fraction(-3, top), False)
    assert typed[1].bias[1] == (Fraction(50), True)
    assert kernels[1].bias == ((Fraction(7, top), False),)
    assert percent[1].bias == ((Fraction(50), True),)
    assert none[1].bias is None


@pytest.mark.parametrize("border", ["constant:128", "constant:50%"])
def test_a_border_constant_is_a_pixel(border):
    ((_, spec),) = linear_steps(_steps(border=border), BYTES)
    assert float(spec.border.value) == float(np.float32(_decoded(128 / 255)))
    assert not spec.border.percent


def test_a_border_of_the_pictures_own_level_leaves_no_rim():
    steps = _steps(load_kernel("gaussian-5"), border="constant:100", padding="same")
    flat = to_linear(np.full((9, 9), 100, np.uint8))
    result = run_steps(flat, linear_steps(steps, BYTES))
    assert_same(from_linear(result.pixels, BYTES).pixels, np.full((9, 9), 100))


@pytest.mark.parametrize(
    ("steps", "dtype", "words"),
    [
        (_steps(load_kernel("sobel-angle")), "uint8", "an angle is no light"),
        (_steps(), "float32", "taken to be linear already"),
        (_steps(), "float64", "taken to be linear already"),
        (_steps(), "int32", "not of int32"),
        (_steps(), "int16", "not of int16"),
        (_steps(border="constant:300"), "uint8", "no uint8 value"),
        (_steps(border="constant:0.5"), "uint16", "no uint16 value"),
    ],
)
def test_what_is_no_light_is_refused(steps, dtype, words):
    with pytest.raises(OptionError, match=words):
        linear_steps(steps, np.dtype(dtype))


def test_black_and_white_in_turn_look_like_half_the_light():
    checks = np.indices((8, 8)).sum(axis=0).astype(np.uint8) % 2 * 255
    result = run_steps(to_linear(checks), linear_steps(_steps(), BYTES))
    encoded = from_linear(result.pixels, BYTES)
    assert_same(encoded.pixels, np.full((7, 7), 188))
    assert run_steps(checks, _steps()).pixels[0, 0] == 128


@pytest.mark.parametrize("dtype", [BYTES, WORDS])
def test_doing_nothing_changes_nothing(dtype):
    picture = noise((12, 11, 3), dtype)
    steps = linear_steps(_steps(make_kernel([[1]])), dtype)
    encoded = from_linear(run_steps(to_linear(picture), steps).pixels, dtype)
    assert_alike(encoded.pixels, picture)


def test_hidden_colours_come_through_unchanged():
    colour, alpha = noise((9, 9, 3), seed=4), np.zeros((9, 9), np.float32)
    alpha[0, 0] = 1
    steps = linear_steps(_steps(load_kernel("gaussian-3"), padding="same"), BYTES)
    done = run_with_alpha(to_linear(colour), alpha, steps, ("premultiply",))
    encoded = from_linear(done.result.pixels, BYTES).pixels
    hidden = done.alpha == 0
    assert hidden.sum() == 81 - 4
    assert_same(encoded[hidden], colour[hidden])
    assert_same(encoded[:2, :2], np.broadcast_to(colour[0, 0], (2, 2, 3)))
