"""NaN and infinity reach the outputs whose taps lie on them, and no others."""

from itertools import product

import numpy as np
import pytest
from pictures import assert_close, assert_same, noise

import convfilter
from convfilter import native
from convfilter.core.conv import run
from convfilter.core.plan import ALGORITHMS
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec
from convfilter.native.loops import MOST_TAPS_AT_ONCE

CORNERS = [[1, 0, 0], [0, 0, 0], [0, 0, 2]]
THIRDS = [[1 / 3, 0], [0, -1 / 7], [0.3, 0]]
MANY = np.where(np.indices((5, 5)).sum(axis=0) % 3 == 0, 0, 1) / 3  # 17 taps, in tiles
OVERFLOW = [[1.5e308, -1.5e308]]  # times 255 an infinity less an infinity in float64


@pytest.fixture(params=["compiled", "numpy"], autouse=True)
def _both_ways(request, monkeypatch):
    if request.param == "numpy":
        monkeypatch.setattr(native, "find", lambda _: None)


def test_many_taps_are_too_many_to_be_kept_in_registers():
    assert np.count_nonzero(MANY) > MOST_TAPS_AT_ONCE


@pytest.mark.parametrize("place", [(5, 6), (0, 0), (10, 0), (10, 12)])
@pytest.mark.parametrize("value", [np.nan, -np.inf])
@pytest.mark.parametrize("weights", [CORNERS, THIRDS, MANY], ids=["corners", "thirds", "many"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_only_outputs_with_a_tap_on_it_become_non_finite(dtype, weights, value, place):
    clean = noise((11, 13), dtype)
    broken, mark = clean.copy(), np.zeros(clean.shape, dtype)
    broken[place], mark[place] = value, 1
    ones = (np.array(weights) != 0) * 1.0
    layouts = product(
        ["valid", "same", "full"], ["zero", "edge", "reflect", "wrap"], [1, 2], [1, 2]
    )
    reached = 0
    for padding, border, stride, dilation in layouts:
        options = {"padding": padding, "border": border, "stride": stride, "dilation": dilation}
        touched = convfilter.correlate(mark, ones, **options) > 0
        got = convfilter.correlate(broken, weights, **options)
        want = convfilter.correlate(clean, weights, **options)
        assert (np.isfinite(got) == ~touched).all(), options
        assert_same(got[~touched], want[~touched])
        reached += touched.any()
    assert reached > 10


PRODUCT = np.outer([1, 0, 2], [3, 0, -1, 1]) / 7
EQUAL = np.full((3, 3), 1 / 3)
PLANS_AND_KERNELS = [
    (plan, weights)
    for weights in (CORNERS, THIRDS, MANY, PRODUCT, EQUAL)
    for plan, algorithm in ALGORITHMS.items()
    if algorithm.suits(make_problem(np.ones((11, 13)), weights, make_spec()))
]


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("plan", "weights"), PLANS_AND_KERNELS, ids=lambda p: p if isinstance(p, str) else ""
)
def test_with_every_plan_only_outputs_with_a_tap_on_it_become_non_finite(
    plan, weights, dtype, value
):
    clean = noise((11, 13), dtype)
    broken, mark = clean.copy(), np.zeros(clean.shape, np.int32)
    broken[5, 6], mark[5, 6] = value, 1
    ones = (np.array(weights) != 0) * 1
    bound = (1e-5 if dtype == "float32" else 1e-12) * np.abs(weights).sum() * 100
    for options in ({}, {"padding": "same", "border": "wrap"}, {"stride": 2, "padding": "full"}):
        touched = convfilter.correlate(mark, ones, **options) > 0
        got = convfilter.correlate(broken, weights, plan=plan, **options)
        want = convfilter.correlate(clean, weights, plan=plan, **options)
        assert (np.isfinite(got) == ~touched).all(), options
        assert_close(got[~touched], want[~touched], bound)


def test_every_plan_is_among_them():
    assert {plan for plan, _ in PLANS_AND_KERNELS} == set(ALGORITHMS)


@pytest.mark.parametrize("plan", ["direct", "separable", "box", "fourier"])
def test_weights_near_the_end_of_float64_are_no_reason_for_a_warning(plan):
    for weight in (1e300, 1e308):
        weights = np.full((2, 2), weight)
        if ALGORITHMS[plan].suits(make_problem(np.ones((3, 3)), weights, make_spec())):
            got = convfilter.correlate(np.zeros((3, 3)), weights, plan=plan)
            assert_same(got, np.zeros((2, 2)))


def test_many_pictures_with_a_hole_need_no_more_memory_than_one():
    weights, image = MANY * np.pi, noise((11, 80), "float64")
    image[3, 4] = np.nan
    spec = make_spec(range_policy="float")
    kept = set()
    for _ in range(5):
        run(image, weights, spec)
        kept.add(len(make_problem(image, weights, spec).memo))
    assert len(kept) == 1, kept


def test_a_channel_does_not_harm_its_neighbours():
    image = np.ones((4, 5, 3), np.float32)
    image[2, 2, 1] = np.nan
    got = convfilter.correlate(image, [[2]])
    assert np.argwhere(~np.isfinite(got)).tolist() == [[2, 2, 1]]


def test_a_zero_weight_on_a_channel_does_not_read_it():
    image = np.ones((4, 5, 3), np.float32)
    image[2, 2, 1] = np.nan
    bank = np.array([[1, 0, 1], [1, 1, 1]], float).reshape(2, 3, 1, 1)
    got = convfilter.correlate(image, bank)
    assert np.argwhere(~np.isfinite(got)).tolist() == [[2, 2, 1]]
    assert (got[:, :, 0] == 2).all()


def test_a_border_that_repeats_it_spreads_it():
    image = np.array([[np.inf, 1, 2]], np.float64)
    got = convfilter.correlate(image, [[1, 0, 0]], padding="same", border="edge")
    assert_same(got, [[np.inf, np.inf, 1]])


def test_signs_of_infinities():
    image = np.array([[np.inf, 1, -np.inf, np.inf]], np.float32)
    assert_same(convfilter.correlate(image, [[2, -1]]), [[np.inf, np.inf, -np.inf]])
    assert_same(convfilter.correlate(image, [[1, 1]]), [[np.inf, -np.inf, np.nan]])


def test_policies_leave_them_in_float_pictures():
    image = np.array([[np.nan, np.inf, -np.inf, 1, 3]], np.float64)
    for policy, expected in {
        "clip": [[np.nan, np.inf, -np.inf, 1, 3]],
        "abs": [[np.nan, np.inf, np.inf, 1, 3]],
        "offset": [[np.nan, np.inf, -np.inf, 1.5, 3.5]],
        "rescale": [[np.nan, np.inf, -np.inf, 0, 1]],
    }.items():
        assert_same(convfilter.correlate(image, [[1]], range_policy=policy), expected)


def test_rescale_of_a_flat_picture_with_a_hole_keeps_the_hole():
    image = np.array([[5, np.nan, 5]], np.float32)
    assert_same(convfilter.correlate(image, [[1]], range_policy="rescale"), [[0, np.nan, 0]])


def test_rescale_of_a_span_beyond_the_type():
    for dtype, large in (("float32", 3e38), ("float64", 1.5e308)):
        image = np.array([[-large, 0, large]], dtype)
        got = convfilter.correlate(image, [[1]], range_policy="rescale")
        assert_close(got, [[0, 0.5, 1]], 1e-6)


@pytest.mark.parametrize(
    ("dtype", "policy"),
    [
        *product(["uint8", "uint16", "int16", "int32"], ["clip", "abs"]),
        ("uint8", "offset"),
        ("uint16", "offset"),
    ],
)
def test_nan_in_whole_pixels_becomes_zero_and_is_counted(dtype, policy):
    highest = np.iinfo(dtype).max
    image = np.array([[highest, highest, 0, 0]], dtype)
    result = run(image, OVERFLOW, make_spec(range_policy=policy, exact=True))
    middle = (highest + 1) // 2 if policy == "offset" else 0
    assert result.pixels.tolist() == [[0, highest, middle]]  # of NaN, infinity and 0
    assert result.statistics.nonfinite == 2
    assert result.statistics.above == 1


def test_reference_says_the_same():
    image = np.array([[1, np.nan, 3, np.inf, 5, 6, 7]], np.float32)
    for policy in ("float", "abs", "offset", "rescale"):
        options = {"padding": "same", "border": "edge", "range_policy": policy}
        got = convfilter.correlate(image, [[1, 0, 2]], **options)
        assert_close(got, convfilter.reference.correlate(image, [[1, 0, 2]], **options), 1e-6)
