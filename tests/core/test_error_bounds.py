"""How far float results may be from exact sums, with every plan: what the algorithms' pages say."""

from fractions import Fraction
from math import fsum

import numpy as np
import pytest
from pictures import noise

import convfilter
from convfilter.core import box
from convfilter.core.plan import ALGORITHMS
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec
from convfilter.native.loops import CHUNK

CHOOSE = np.random.default_rng(11)
BELL = np.exp(-(np.arange(-6, 7) ** 2) / 8.0)
KERNELS = {
    "bell": np.outer(BELL, BELL) / BELL.sum() ** 2,
    "equal": np.full((9, 11), 1 / 3),
    "rank 2": np.outer(BELL, BELL) / 3 - np.outer(CHOOSE.normal(size=13), CHOOSE.normal(size=13)),
    "none": CHOOSE.normal(size=(7, 9)) / 7,
    "alternating": (-1.0) ** np.indices((6, 6)).sum(axis=0) / 3,
    "many": CHOOSE.normal(size=(17, 19)),
}
PUBLISHED = {"float32": Fraction(1, 10**5), "float64": Fraction(1, 10**12)}


def stated(plan, weights, sums):
    """The error that an algorithm's docstring states, as a share of Σ|K|·max|x|."""
    taps, (tall, wide) = int(np.count_nonzero(weights)), weights.shape
    unit = Fraction(1, 2**24 if sums == "float32" else 2**53)
    if plan == "direct":
        return (74 + Fraction(taps, 64) if sums == "float32" else taps + 2) * unit
    if plan == "separable":
        each = Fraction(tall + wide, 64) + 160 if sums == "float32" else tall + wide + 90
        return each * unit
    if plan == "box":
        rounded = Fraction(2, 2**24) if sums == "float32" else 0
        return Fraction(2 * box.MOST_ROWS + CHUNK, 2**52) + rounded
    return Fraction("6e-7") if sums == "float32" else Fraction("2e-15")


@pytest.fixture(autouse=True)
def _fewer_loops():
    """None fewer: the pages state the errors of compiled loops."""


def pictures(dtype, shape):
    high = 1000 if dtype.startswith("float") else np.iinfo(dtype).max
    board = np.indices(shape).sum(axis=0) % 2 == 1
    spike = np.ones(shape, dtype)
    spike[shape[0] // 2, shape[1] // 2] = 1e30 if dtype.startswith("float") else high
    yield np.full(shape, high, dtype)
    yield np.where(board, high, 0).astype(dtype)
    yield noise(shape, dtype)
    yield spike


def exact_sum(image, weights, y, x):
    """One output as a correctly rounded float64 of the exact sum of products."""
    window = image[y : y + weights.shape[0], x : x + weights.shape[1]].astype(np.float64)
    pairs = zip(window.ravel().tolist(), weights.ravel().tolist(), strict=True)
    return fsum(part for a, b in pairs for part in _exact_product(a, b))


def _exact_product(a, b):
    """a·b as the sum of two float64 without any error."""
    product = a * b
    rest = float(Fraction(a) * Fraction(b) - Fraction(product))
    return product, rest


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("name", KERNELS)
def test_every_plan_keeps_the_error_that_its_page_states(name, dtype):
    weights = KERNELS[name]
    shape = weights.shape[0] + 4, weights.shape[1] + 5
    for image in pictures(dtype, shape):
        problem = make_problem(image, weights, make_spec(range_policy="float"))
        sums = problem.arithmetic.sum
        size = Fraction(float(np.abs(weights).sum())) * Fraction(float(np.abs(image).max()))
        for plan, algorithm in ALGORITHMS.items():
            if not algorithm.suits(problem):
                continue
            got = convfilter.correlate(image, weights, plan=plan)
            share = min(stated(plan, weights, sums), PUBLISHED[sums])
            if got.dtype == np.float32:
                share += Fraction(1, 2**24)
            for y, x in ((0, 0), (2, 3), (4, 5), (4, 0)):
                error = abs(Fraction(float(got[y, x])) - Fraction(exact_sum(image, weights, y, x)))
                assert error <= share * size, (plan, y, x, float(error / size), float(share))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_running_sums_do_not_drift(dtype):
    """Rows and columns enough for fresh starts; one huge number that must leave no trace for long."""
    weights = np.full((3, 3), 1 / 3)
    image = noise((2 * box.MOST_ROWS + 40, 60), dtype)
    want = convfilter.correlate(image, weights, plan="direct")
    got = convfilter.correlate(image, weights, plan="box")
    bound = (1e-6 if dtype == "float32" else 1e-13) * 3 * 100
    assert np.abs(got - want).max() <= bound


def test_a_flat_picture_stays_flat_with_every_plan():
    for level in (0, 1, 100, 254, 255):
        image = np.full((40, 40), level, np.uint8)
        for plan in ("direct", "separable", "fourier"):
            options = {"padding": "same", "border": "edge", "range_policy": "clip", "plan": plan}
            assert (convfilter.correlate(image, KERNELS["bell"], **options) == level).all(), plan
        equal = np.full((9, 11), 1 / 99)
        for plan in ALGORITHMS:
            options = {"padding": "same", "border": "edge", "range_policy": "clip", "plan": plan}
            assert (convfilter.correlate(image, equal, **options) == level).all(), plan


@pytest.mark.parametrize("plan", ["separable", "box", "fourier"])
def test_8_bit_pixels_of_other_plans_differ_by_one_level_in_ten_thousand(plan):
    weights = KERNELS["equal" if plan == "box" else "bell"]
    weights = weights / weights.sum()
    image = noise((300, 400))
    want = convfilter.correlate(image, weights, plan="direct", exact=True, range_policy="clip")
    got = convfilter.correlate(image, weights, plan=plan, range_policy="clip")
    off = np.abs(got.astype(int) - want)
    assert off.max() <= 1
    assert np.count_nonzero(off) <= 1e-4 * off.size
