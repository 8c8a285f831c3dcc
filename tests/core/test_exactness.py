"""Exact kernels give the rational result, correctly rounded, on data that tempts them not to."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from pictures import assert_alike, noise, picture

import convfilter
from convfilter import reference
from convfilter.core.kernel import make_kernel
from convfilter.core.plan import ALGORITHMS
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec

INTEGERS = ["uint8", "uint16", "int16", "int32"]
DTYPES_AND_POLICIES = [*product(INTEGERS, ["float", "clip", "abs", "rescale"])]
DTYPES_AND_POLICIES += [("uint8", "offset"), ("uint16", "offset")]


def _limits(dtype):
    return np.iinfo(dtype).min, np.iinfo(dtype).max


def _extremes(dtype):
    """Flat at both ends, a chessboard of both ends, noise: each 6×7."""
    low, high = _limits(dtype)
    board = np.indices((6, 7)).sum(axis=0) % 2 == 1
    flat_low, flat_high = np.full((6, 7), low, dtype), np.full((6, 7), high, dtype)
    return [flat_low, flat_high, np.where(board, high, low).astype(dtype), noise((6, 7), dtype)]


def _agree(image, kernel, **options):
    got = convfilter.correlate(image, kernel, **options)
    assert_alike(got, reference.correlate(image, kernel, **options))
    return got


def _sum_type(image, kernel, **options):
    return convfilter.choose_plan(image, kernel, **options).sums


# ── sums at the edge of their type ──


@pytest.mark.parametrize(
    ("dtype", "weights", "bias", "sums"),
    [
        ("uint8", [[128]], 127, "int16"),  # 255·128 + 127 = 2¹⁵ − 1
        ("uint8", [[128]], 128, "int32"),  # 2¹⁵
        ("uint8", [[-128]], -127, "int16"),
        ("uint8", [[-128]], -128, "int32"),  # −2¹⁵ has no absolute value in int16
        ("uint16", [[32768]], 32767, "int32"),  # 65535·32768 + 32767 = 2³¹ − 1
        ("uint16", [[32768]], 32768, "int64"),
        ("int16", [[-65536]], -1, "int32"),  # 32768·65536 − 1 = 2³¹ − 1
        ("int16", [[-65536]], 0, "int64"),
        ("int32", [[1]], 0, "int64"),
        ("int32", [[2**22]], 1, "int64"),  # around 2⁵³, where float64 has no odd numbers
        ("int32", [[2**32 - 1]], 0, "int64"),  # 2³¹·(2³² − 1): just below 2⁶³
        ("int32", [[2**32]], 0, "float64"),  # 2⁶³
    ],
)
def test_sums_are_added_in_the_least_type_that_holds_them(dtype, weights, bias, sums):
    for image in _extremes(dtype):
        assert _sum_type(image, weights, bias=bias) == sums
        for policy in ("float", "clip", "abs"):
            if sums != "float64":
                _agree(image, weights, bias=bias, range_policy=policy)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_the_least_weight_of_int64(dtype):
    least = -(2**63)
    for weights in ([[least]], [[least, least]]):
        image = np.full((2, 3), 2, dtype)
        got = convfilter.correlate(image, np.array(weights, np.int64))
        assert (got == 2.0 * least * len(weights[0])).all()


def test_offset_leaves_room_in_the_sums():
    # 255·127 + 128 = 32513 fits int16, 255·128 + 128 = 32768 does not
    image = picture("255 255; 0 1")
    assert _sum_type(image, [[127]], range_policy="offset") == "int16"
    assert _sum_type(image, [[128]], range_policy="offset") == "int32"
    for weight in (127, -127, 128, -128):
        _agree(image, [[weight]], range_policy="offset")


def test_an_odd_sum_beyond_2_to_the_53_is_rounded_once():
    image = np.array([[2**31 - 1, 3, -(2**31)]], np.int32)
    got = convfilter.correlate(image, [[2**23, 1]])
    assert got[0, 0] == float((2**31 - 1) * 2**23 + 3)
    assert got[0, 1] == float(3 * 2**23 - 2**31)
    _agree(image, make_kernel([[2**23 + 1, 1]], divisor=3))


@pytest.mark.parametrize(
    ("dtype", "sums", "whole"), [("uint8", "int16", 129), ("uint16", "int32", 32769)]
)
def test_sums_that_only_their_bias_brings_back_into_their_type(dtype, sums, whole):
    weights = np.full((3, 4), whole // 12)
    weights[1, 1] += whole - weights.sum()
    bias = {"uint8": -200, "uint16": -40000}[dtype]
    top = np.iinfo(dtype).max
    for level in (0, 1, top - 1, top):
        image = np.full((9, 9), level, dtype)
        for plan in _plans(image, weights, bias=bias):
            assert _sum_type(image, weights, bias=bias, plan=plan) == sums
            got = convfilter.correlate(image, weights, bias, plan=plan)
            assert (got == np.float32(level * whole + bias)).all(), plan


# ── every plan ──

STRUCTURES = {
    "product": np.outer([1, -2, 3], [2, 1, 0, -1]),
    "equal": np.full((3, 4), 3),
    "neither": np.arange(12).reshape(3, 4) ** 2 % 7 - 3,
}


FACTORS_AND_DIVISORS = [
    (1, 9), (7, 6), (99, 16), (1001, 7), (3 * 10**5, 1), (10**9, 10**8)
]  # fmt: skip


def _plans(image, weights, bias=None, **options):
    problem = make_problem(image, weights, make_spec(bias=bias, **options))
    return [plan for plan, algorithm in ALGORITHMS.items() if algorithm.suits(problem)]


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(("dtype", "policy"), DTYPES_AND_POLICIES)
def test_every_plan_is_exact_at_the_ends_of_every_type_of_sums(structure, dtype, policy):
    base = STRUCTURES[structure]
    # Half of them each time, so that fewer loops have to be compiled; policies share their loops.
    turn = list(STRUCTURES).index(structure) + DTYPES_AND_POLICIES.index((dtype, policy))
    for factor, divisor in FACTORS_AND_DIVISORS[turn % 2 :: 2]:
        kernel = make_kernel(base * factor, divisor)
        for image in _extremes(dtype):
            want = reference.correlate(image, kernel, range_policy=policy)
            for plan in _plans(image, kernel, range_policy=policy):
                got = convfilter.correlate(image, kernel, range_policy=policy, plan=plan)
                assert_alike(got, want)


# ── rounding ──


@pytest.mark.parametrize("divisor", [2, 6, 9, 16, 25, 256, 1000, 10**9])
@pytest.mark.parametrize("dtype", INTEGERS)
def test_quotients_round_half_to_even(dtype, divisor):
    low, high = _limits(dtype)
    near = [low, low + 1, high - 1, high, *range(-40, 41), *range(high // 2, high // 2 + 40)]
    image = np.array([[v for v in near if low <= v <= high]], dtype)
    factor = max(1, divisor // 256)
    for weight in (factor, 3 * factor, -factor, divisor // 2, divisor + divisor // 2):
        kernel = make_kernel([[weight]], divisor)
        got = convfilter.correlate(image, kernel, range_policy="clip")
        exact = [round(Fraction(v * weight, divisor)) for v in image[0].tolist()]
        assert got[0].tolist() == [min(max(level, low), high) for level in exact]


@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_a_billionth_beside_a_tie_is_no_tie(beside):
    # (2³¹ − 1)·weight = 10⁹·level + 10⁹/2 + beside: float64 can't tell these three apart
    pixel, divisor = 2**31 - 1, 10**9
    weight = (divisor // 2 + beside) * pow(pixel, -1, divisor) % divisor
    level, rest = divmod(pixel * weight, divisor)
    assert rest == divisor // 2 + beside
    image = np.array([[pixel, -pixel]], np.int32)
    got = convfilter.correlate(image, make_kernel([[weight]], divisor), range_policy="clip")
    exact = {-1: level, 0: level + level % 2, 1: level + 1}[beside]
    assert got.tolist() == [[exact, -exact]]


def test_ties_go_to_the_even_level():
    halves = make_kernel([[1]], divisor=2)
    got = convfilter.correlate(picture("0 1 2 3 4 5 6 7"), halves, range_policy="clip")
    assert got.tolist() == [[0, 0, 1, 2, 2, 2, 3, 4]]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_saturation_begins_where_rounding_leaves_the_range(dtype):
    low, high = _limits(dtype)
    for bias in ("0.5", "0.4", "-0.5", "-0.6", "0.25"):
        image = np.array([[low, low + 1, high - 1, high]], dtype)
        got = convfilter.correlate(image, [[1]], bias=bias, range_policy="clip")
        exact = [round(v + Fraction(bias)) for v in image[0].tolist()]
        assert got[0].tolist() == [min(max(level, low), high) for level in exact]


@pytest.mark.parametrize("divisor", [3, 7, 9, 10, 25, 49, 1000, 65537, 999_999_937])
@pytest.mark.parametrize("dtype", INTEGERS)
def test_float_results_are_the_nearest_float_of_the_quotient(dtype, divisor):
    for image in _extremes(dtype):
        _agree(image, make_kernel([[1, -2], [5, 7]], divisor))
        _agree(image, make_kernel([[12345, -1], [999, 7]], divisor), bias=5)


# ── decimals ──

DECIMALS = [
    [[0.1, 0.8, 0.1]],
    [[0.1], [-0.7], [0.25]],
    [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]],
    [[-0.5, 0.123456789, 0.000000001]],
    [[0.11] * 5, [0.07] * 5, [-0.3] * 5],
]


@pytest.mark.parametrize(("dtype", "policy"), DTYPES_AND_POLICIES)
@pytest.mark.parametrize("number", range(len(DECIMALS)))
def test_decimals_are_exact(number, dtype, policy):
    for image in _extremes(dtype):
        _agree(image, DECIMALS[number], range_policy=policy)


def test_a_tenth_of_ten_flat_pixels_is_the_pixel():
    image = np.full((3, 30), 7, np.uint8)
    assert (convfilter.correlate(image, [[0.1] * 10]) == 7).all()
    assert (convfilter.correlate(image, np.full((1, 10), 0.1, np.float32)) == 7).all()


@pytest.mark.parametrize(("scale", "bias"), [("1/3", 0), (-2, "50%"), (0.1, -0.7), (0, 5)])
def test_scale_and_bias_are_exact_too(scale, bias):
    for dtype, policy in product(INTEGERS, ("float", "clip", "abs")):
        for image in _extremes(dtype):
            options = {"scale": scale, "bias": bias, "range_policy": policy}
            _agree(image, [[1, 2], [3, -1]], **options)


def test_one_bias_a_map_is_exact():
    bank = np.arange(12).reshape(3, 1, 2, 2) - 4
    options = {"bias": ["0.5", "-1/3", "50%"], "range_policy": "clip"}
    for dtype in INTEGERS:
        for image in _extremes(dtype):
            _agree(image, make_kernel(bank, divisor=7), **options)


# ── rescale ──


@pytest.mark.parametrize("dtype", INTEGERS)
def test_rescale_takes_the_least_to_the_lower_and_the_greatest_to_the_upper_end(dtype):
    low, high = _limits(dtype)
    image = np.array([[0, 10, 20, 5]], dtype)
    got = convfilter.correlate(image, [[3]], range_policy="rescale")
    span = high - low
    assert got.tolist() == [
        [low, round(low + Fraction(span, 2)), high, round(low + Fraction(span, 4))]
    ]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_rescale_of_a_flat_result_gives_the_lower_end(dtype):
    got = convfilter.correlate(np.full((3, 3), 9, dtype), [[5]], range_policy="rescale")
    assert (got == _limits(dtype)[0]).all()


def test_rescale_is_one_for_all_channels_and_maps():
    image = np.stack([picture("0 2"), picture("4 10")], axis=2)
    assert convfilter.correlate(image, [[1]], range_policy="rescale").tolist() == [
        [[0, 102], [51, 255]]
    ]
    maps = convfilter.correlate(image, [[[[1]], [[0]]], [[[0]], [[1]]]], range_policy="rescale")
    assert maps.tolist() == [[[0, 102], [51, 255]]]
