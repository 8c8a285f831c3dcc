"""What the report is told of a result: extremes, shares cut, and numbers that are none."""

import math

import numpy as np
import pytest
from pictures import noise, picture

from convfilter import native
from convfilter.core.conv import run
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec

DTYPES = ["uint8", "uint16", "int16", "int32", "float32", "float64"]
WEIGHTS = {
    "whole": make_kernel([[2, -1, 0], [0, 3, -2]]),
    "rational": make_kernel([[2, -1, 0], [0, 5, -2]], divisor=3),
    "many taps": make_kernel(np.arange(20).reshape(4, 5) % 7 - 3),
    "float": make_kernel([[1 / 3, -1 / 7, 0], [1.3, 0, 1 / 9]]),
    "zero sum": make_kernel([[1, 0, -1]]),
}
POLICIES = ["float", "auto", "clip", "abs", "offset", "rescale"]
LIMITS = {
    "uint8": (0, 255),
    "uint16": (0, 65535),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
}
MIDDLE = {"uint8": 128, "uint16": 32768, "float32": 0.5, "float64": 0.5}


@pytest.fixture(params=["compiled", "numpy"])
def both_ways(request, monkeypatch):
    """With compiled loops, and with what numpy does where nothing can be compiled."""
    if request.param == "numpy":
        monkeypatch.setattr(native, "find", lambda _: None)


def _statistics(image, kernel, policy, **options):
    return run(image, kernel, make_spec(range_policy=policy, **options)).statistics


def _sums(image, kernel, bias):
    """Y before the policy, in float64."""
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.float64), kernel.size)
    return np.einsum("yxij,ij->yx", windows, kernel.values) + bias


def _cut(sums, policy, dtype):
    if policy == "abs":
        sums = np.abs(sums)
    if policy == "offset":
        sums = sums + MIDDLE[dtype]
    low, high = LIMITS[dtype]
    levels = np.rint(sums)
    return int((levels < low).sum()), int((levels > high).sum())


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_statistics_are_those_of_the_sums(dtype, name, policy, both_ways):
    kernel, bias = WEIGHTS[name], 0 if name == "zero sum" else 40
    image = noise((12, 90), dtype)
    if policy == "offset" and dtype in ("int16", "int32"):
        policy = "clip"
    got = _statistics(image, kernel, policy, bias=bias)
    sums = _sums(image, kernel, bias)
    near = 1e-5 * np.abs(kernel.values).sum() * np.abs(image.astype(np.float64)).max()
    assert abs(got.least - sums.min()) <= near
    assert abs(got.greatest - sums.max()) <= near
    assert (got.nonfinite, got.samples) == (0, sums.size)
    resolved = ("abs" if name == "zero sum" else "clip") if policy == "auto" else policy
    if resolved in ("float", "rescale") or dtype.startswith("float"):
        assert (got.below, got.above) == (0, 0)
    else:
        below, above = _cut(sums, resolved, dtype)
        assert abs(got.below - below) <= (name == "float")
        assert abs(got.above - above) <= (name == "float")
        assert above > 0 or name == "zero sum"


def test_extremes_of_exact_kernels_are_exact(both_ways):
    image = picture("10 20; 30 41")
    got = _statistics(image, make_kernel([[1, -3]], divisor=2), "clip")
    assert (got.least, got.greatest) == (-46.5, -25)
    assert (got.below, got.above, got.samples) == (2, 0, 2)


def test_a_level_that_rounds_into_the_range_is_not_cut(both_ways):
    image = picture("0 254 255")
    for bias, below, above in (("-0.5", 0, 0), ("-0.6", 1, 0), ("0.4", 0, 0), ("0.5", 0, 1)):
        got = _statistics(image, [[1]], "clip", bias=bias)
        assert (got.below, got.above) == (below, above), bias


def test_a_level_that_rounds_into_the_range_is_not_cut_by_float_sums(both_ways):
    image = picture("0 254 255")
    nearly_one = [[1 + 1e-12]]
    for bias, below, above in (("-0.5", 0, 0), ("-0.6", 1, 0), ("0.4", 0, 0), ("0.5", 0, 1)):
        got = _statistics(image, nearly_one, "clip", bias=bias)
        assert (got.below, got.above) == (below, above), bias


def test_abs_counts_what_its_absolute_value_cuts(both_ways):
    got = _statistics(picture("0 100 200"), [[-2]], "abs")
    assert (got.least, got.greatest) == (-400, 0)
    assert (got.below, got.above) == (0, 1)


def test_offset_counts_after_moving(both_ways):
    got = _statistics(picture("0 127 128 129"), [[-1]], "offset")
    assert (got.least, got.greatest, got.below, got.above) == (-129, 0, 1, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("policy", ["float", "clip", "abs", "offset", "rescale"])
def test_numbers_that_are_none_are_counted_and_left_out(policy, dtype, both_ways):
    image = np.array([[1, np.nan, 3, np.inf, -np.inf, -2]], dtype)
    got = _statistics(image, [[2]], policy)
    assert (got.least, got.greatest, got.nonfinite, got.samples) == (-4, 6, 3, 6)
    assert (got.below, got.above) == (0, 0)


def test_a_result_without_one_finite_number_has_no_extremes(both_ways):
    got = _statistics(np.full((2, 2), np.nan, np.float32), [[1]], "float")
    assert math.isnan(got.least)
    assert math.isnan(got.greatest)
    assert got.nonfinite == 4


def test_statistics_go_over_all_channels_and_maps(both_ways):
    image = np.stack([picture("1 2"), picture("30 4"), picture("5 60")], axis=2)
    got = _statistics(image, [[10]], "clip")
    assert (got.least, got.greatest, got.above, got.samples) == (10, 600, 2, 6)
    bank = np.array([1, 2, -1, 0, 9, 0]).reshape(2, 3, 1, 1)
    got = _statistics(image, bank, "clip")
    # map 0: 1·1 + 2·30 − 5 = 56, 2 + 8 − 60 = −50; map 1: 9·30 = 270, 36
    assert (got.least, got.greatest, got.below, got.above, got.samples) == (-50, 270, 1, 1, 4)
