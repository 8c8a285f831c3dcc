"""A result made tile by tile is the one that is made at once."""

import random
from itertools import product

import numpy as np
import pytest
from chain_cases import chain_case
from in_tiles import in_tiles
from pictures import assert_alike, assert_close, noise
from thorough import part

import convfilter
from convfilter import native
from convfilter.core.conv import run_steps
from convfilter.core.geometry import Axis
from convfilter.core.kernel import make_kernel
from convfilter.core.plan import ALGORITHMS
from convfilter.core.spec import make_spec
from convfilter.core.tilewise import make_whole, result_cuts
from convfilter.errors import ConvfilterError, DTypeError, OptionError, ShapeError
from convfilter.presets.load import load_kernel, steps_of

BORDERS = ["zero", "constant:7", "edge", "reflect", "symmetric", "wrap"]
PADDINGS = [
    ("valid", "zero"),
    *product(["same", "same-lower", "full", (1, 2, 3, 0), (0, 5, 2, 1)], BORDERS),
]
SIZES = [(1, 1), (1, 6), (5, 4), (6, 7)]
KERNELS = [(1, 1), (2, 3), (3, 3), (4, 1), (1, 5), (3, 4)]
WHOLE_DTYPES = ["uint8", "uint16", "int16", "int32", "uint8"]
POLICIES = ["float", "clip", "abs", "auto", "rescale", "float", "clip"]


@pytest.fixture
def uncompiled(monkeypatch):
    """numpy stands in for the loops, of which many would be needed; they give the same."""
    monkeypatch.setattr(native, "find", lambda _loop: None)


def assert_told(facts, want):
    """The same statistics; they count the same samples."""
    assert facts == want or repr(facts) == repr(want)  # NaN is no NaN's equal


@pytest.mark.parametrize(("padding", "border"), PADDINGS)
def test_whole_numbers_are_bit_for_bit_those_of_the_whole(uncompiled, padding, border):
    number = PADDINGS.index((padding, border))
    cases = list(product(SIZES, KERNELS, [1, 2, 3], [1, 2]))
    judged = 0
    for size, kernel, stride, dilation in part(cases, 4, number % 4):
        number += 1
        choose = random.Random(number)
        channels = (3,) if number % 4 == 0 else ()
        dtype = WHOLE_DTYPES[number % len(WHOLE_DTYPES)]
        image = noise((*size, *channels), dtype, number)
        weights = np.random.default_rng(number).integers(-3, 4, kernel)
        weights = {0: np.ones(kernel, int), 1: np.outer(weights[:, 0], weights[0])}.get(
            number % 5, weights
        )
        policy = POLICIES[number % len(POLICIES)]
        spec = make_spec(
            padding=padding,
            border=border,
            stride=stride,
            dilation=dilation,
            range_policy=policy,
            bias=choose.choice([None, 3]),
        )
        steps = ((make_kernel(weights, choose.choice([1, 6, 16])), spec),)
        try:
            want = run_steps(image, steps)
        except ShapeError:  # not one window fits
            continue
        got, facts = in_tiles(image, steps, choose)
        assert_alike(got, want.pixels)
        assert_told(facts, want.statistics)
        judged += 1
    assert judged > 15


@pytest.mark.parametrize("turn", range(5))
def test_chains_composites_banks_and_sums_over_channels(uncompiled, turn):
    judged = 0
    for seed in range(5000 + 60 * turn, 5060 + 60 * turn):
        image, steps = chain_case(seed)
        if any(spec.border.kind == "resize" for _, spec in steps):
            continue
        try:
            want = run_steps(image, steps).pixels
        except ConvfilterError:
            continue
        got, _ = in_tiles(image, steps, random.Random(seed))
        assert_alike(got, want)
        judged += 1
    assert judged > 30


@pytest.mark.parametrize("spec", ["sharpen", "sobel", "gaussian-3:stride=2 then sobel", "kirsch"])
@pytest.mark.parametrize("policy", ["auto", "float", "rescale"])
def test_compiled_loops_give_the_same(spec, policy):
    image = noise((150, 170, 3), "uint8", 3)
    for border in ("edge", "wrap"):
        steps = steps_of(spec, padding="same", border=border, range_policy=policy)
        got, _ = in_tiles(image, steps, random.Random(border))
        assert_alike(got, run_steps(image, steps).pixels)


FLOATS = np.random.default_rng(8).normal(size=(21, 23)) / 9
PLANS = {
    "direct": FLOATS,
    "separable": np.outer(FLOATS[0], FLOATS[1]),
    "box": np.full((21, 23), 0.013),
    "fourier": FLOATS,
}


@pytest.mark.parametrize("plan", ALGORITHMS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_float_kernels_lie_within_their_error_whatever_the_plan(plan, dtype):
    image, weights = noise((70, 80), dtype, 2), PLANS[plan]
    options = {"padding": "same", "border": "reflect", "plan": plan}
    steps = steps_of([weights], range_policy="float", **options)
    want = run_steps(image, steps)
    got, _ = in_tiles(image, steps, random.Random(plan))
    assert want.plan.algorithm == plan
    share = 1e-12 if dtype == "float64" else 1e-5
    largest = float(np.abs(image.astype(float)).max())
    assert_close(got, want.pixels, 2 * share * np.abs(weights).sum() * largest)


@pytest.mark.parametrize("policy", ["float", "rescale", "clip"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64", "int32"])
def test_exact_float_kernels_are_bit_for_bit_those_of_the_whole(dtype, policy):
    image = noise((40, 44), dtype, 4)
    for weights in (FLOATS[:5, :5], FLOATS[:1, :3], PLANS["separable"][:7, :7]):
        steps = steps_of([weights], padding="same", exact=True, range_policy=policy)
        got, facts = in_tiles(image, steps, random.Random(policy))
        want = run_steps(image, steps)
        assert got.tobytes() == want.pixels.tobytes()
        assert_told(facts, want.statistics)


@pytest.mark.parametrize("plan", ["auto", "separable", "box", "fourier"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_stays_within_the_windows_that_reach_it(plan, bad):
    image = noise((40, 50), "float32", 5)
    image[20, 30] = bad
    weights = np.full((5, 5), 0.3)
    options = {"padding": "same", "border": "edge", "plan": plan}
    got, facts = in_tiles(image, steps_of([weights], **options), random.Random(plan))
    there = ~np.isfinite(got)
    assert int(there.sum()) == facts.nonfinite == 25
    assert there[18:23, 28:33].all()
    want = convfilter.correlate(image, weights, **options)
    assert_close(got[~there], want[~there], 1e-3)


def test_rescale_goes_by_all_finite_numbers():
    image = noise((30, 31), "float32", 6)
    image[3, 4] = np.nan
    steps = steps_of(["gaussian:sigma=1"], padding="same", range_policy="rescale")
    got, _ = in_tiles(image, steps, random.Random(0))
    want = run_steps(image, steps).pixels
    assert np.array_equal(np.isnan(got), np.isnan(want))
    assert (np.nanmin(got), np.nanmax(got)) == (0, 1)
    assert_close(got, want, 1e-5)


@pytest.mark.parametrize("spec", ["laplacian-of-gaussian", "gaussian:sigma=2 then laplacian"])
@pytest.mark.parametrize("level", [0, 77])
def test_what_is_flat_is_flat_under_rescale(spec, level):
    image = np.full((60, 70), level, np.uint8)
    steps = steps_of(spec, range_policy="rescale")
    got, _ = in_tiles(image, steps, random.Random(level))
    assert np.unique(got).tolist() == [0]


def test_flat_tiles_of_a_picture_are_no_noise_where_others_are_not_flat():
    image = noise((60, 70), "uint8", 7)
    image[:, 20:] = 100
    steps = steps_of("gaussian:sigma=1 then laplacian", padding="same", range_policy="rescale")
    got, _ = in_tiles(image, steps, random.Random(3))
    assert_close(got, run_steps(image, steps).pixels, 1)


def test_cuts_lie_over_those_of_the_picture():
    same = Axis(size=12, kernel=3, stride=1, dilation=1, before=1, after=1)
    assert result_cuts([same], [5, 9, 12]) == [0, 5, 9, 12]
    halved = same._replace(stride=2)
    assert result_cuts([halved], [5, 9, 12]) == [0, 3, 5, 6]
    assert result_cuts([same, halved], [4, 8, 12]) == [0, 2, 4, 6]
    valid = Axis(size=12, kernel=5, stride=1, dilation=1, before=0, after=0)
    assert result_cuts([valid], [1, 2, 6, 12]) == [0, 4, 8]
    assert result_cuts([valid._replace(before=4, after=4)], [6, 12]) == [0, 8, 16]


def test_what_enlarges_the_whole_picture_is_refused():
    steps = steps_of("blur", padding="same", border="resize")
    with pytest.raises(OptionError, match="border: resize enlarges the whole picture"):
        make_whole((9, 9), np.dtype(np.uint8), steps)
    make_whole((9, 9), np.dtype(np.uint8), steps_of("blur", border="resize"))  # nothing to fill


@pytest.mark.parametrize(
    ("shape", "dtype", "options"),
    [
        ((9,), "uint8", {}),
        ((0, 9), "uint8", {}),
        ((2, 2), "uint8", {}),
        ((9, 9), "complex64", {}),
        ((9, 9), "uint8", {"border": "constant:300", "padding": 1}),
        ((9, 9), "int16", {"range_policy": "offset"}),
        ((9, 9), "uint8", {"plan": "box"}),
    ],
)
def test_complaints_are_those_of_the_library(shape, dtype, options):
    steps = steps_of("sharpen", **options)
    with pytest.raises((ShapeError, DTypeError, OptionError)) as whole:
        run_steps(np.zeros(shape, dtype), steps)
    with pytest.raises(type(whole.value)) as tiled:
        make_whole(shape, np.dtype(dtype), steps)
    assert str(tiled.value) == str(whole.value)


@pytest.mark.parametrize(
    ("given", "taken"),
    [("bool", "int32"), ("uint64", "int32"), ("float16", "float32"), (">u2", "uint16")],
)
def test_other_numbers_are_taken_as_those_that_are_filtered(given, taken):
    steps = ((load_kernel("sharpen"), make_spec()),)
    whole = make_whole((9, 9), np.dtype(given), steps)
    assert whole.dtype == np.dtype(taken)
    assert whole.dtype.isnative
