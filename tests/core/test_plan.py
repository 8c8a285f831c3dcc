"""Which algorithm: what is said about it, what can be asked for, what it can't do."""

import gc
import weakref

import numpy as np
import pytest
from pictures import assert_close, noise

import convfilter
from convfilter.core.conv import run
from convfilter.core.plan import ALGORITHMS
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec
from convfilter.core.words import PLANS
from convfilter.errors import OptionError

BELL = np.array([1, 4, 6, 4, 1])
GREY = noise((40, 50))


def reason(weights, plan, image=GREY, **options):
    found = convfilter.choose_plan(image, weights, plan=plan, **options)
    assert found.algorithm == plan
    return found.reason


def test_the_words_of_the_option_are_the_algorithms():
    assert ("auto", *ALGORITHMS) == PLANS


def test_what_is_said_of_direct_sums():
    assert reason(np.ones((3, 3)), "direct") == "all 9 taps"
    assert reason([[0, 1, 0], [1, 1, 1], [0, 1, 0]], "direct") == "5 of 9 taps"


def test_what_is_said_of_products():
    assert reason(np.outer(BELL, BELL), "separable") == "rank 1: 2×5 taps instead of 25"
    sobel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert reason(sobel, "separable") == "rank 1: 3 + 2 taps instead of 6"
    two = np.outer(BELL, BELL) / 3 + np.outer(BELL[::-1] ** 2, np.arange(5)) / 7
    assert reason(two, "separable") == "rank 2: 2·2×5 taps instead of 25"


def test_what_is_said_of_running_sums():
    assert reason(np.ones((15, 15)), "box") == "all weights equal: running sums instead of 225 taps"


def test_what_is_said_of_transforms():
    said = reason(np.ones((9, 9)), "fourier")
    assert said.startswith("Fourier transforms of ")
    assert said.endswith(" tiles instead of 81 taps")


NO_PRODUCT = np.arange(9).reshape(3, 3) ** 2
FULL_DEPTH = np.ones((3, 2, 2))
COLOUR = noise((20, 30, 3))


@pytest.mark.parametrize(
    ("plan", "image", "weights", "options", "others"),
    [
        ("separable", GREY, NO_PRODUCT, {}, "direct or fourier"),
        ("separable", GREY, [[1, 2, 1]], {}, "direct or fourier"),
        ("separable", GREY, np.outer(BELL, BELL) / 3.3, {"exact": True}, "direct"),
        ("separable", COLOUR, FULL_DEPTH, {}, "direct or fourier"),
        ("box", GREY, np.outer(BELL, BELL), {}, "direct or separable or fourier"),
        ("box", GREY, np.ones((3, 3)), {"dilation": (2, 1)}, "direct or separable or fourier"),
        ("box", GREY, np.ones((2, 2)), {"stride": (3, 1)}, "direct or separable or fourier"),
        ("box", GREY, np.full((3, 3), np.pi), {"exact": True}, "direct"),
        ("fourier", GREY, np.outer(BELL, BELL) / 3.3, {"exact": True}, "direct"),
        ("fourier", GREY.astype(np.int32), NO_PRODUCT, {}, "direct"),
    ],
)
def test_a_plan_that_does_not_suit_is_refused_with_those_that_do(
    plan, image, weights, options, others
):
    for call in (convfilter.correlate, convfilter.choose_plan):
        with pytest.raises(OptionError) as error:
            call(image, weights, plan=plan, **options)
        assert str(error.value).startswith(f"plan: {plan} can't do this (")
        assert ALGORITHMS[plan].UNSUITED in str(error.value)
        assert str(error.value).endswith(f"use auto or {others}")


def test_direct_sums_suit_everything():
    for image, weights in (
        (GREY, NO_PRODUCT),
        (COLOUR, FULL_DEPTH),
        (GREY, [[0]]),
        (GREY, [[1e39]]),
    ):
        for exact in (False, True):
            assert ALGORITHMS["direct"].suits(make_problem(image, weights, make_spec(exact=exact)))


@pytest.mark.parametrize("plan", ALGORITHMS)
def test_the_plan_that_was_asked_for_is_the_one_reported(plan):
    weights = np.ones((5, 5))
    result = run(GREY, weights, make_spec(plan=plan, range_policy="float"))
    assert result.plan.algorithm == plan
    want = convfilter.reference.correlate(GREY[:9, :9], weights)
    assert_close(result.pixels[:5, :5], want, 0)


def test_auto_takes_one_that_suits():
    for weights in (NO_PRODUCT, np.ones((31, 31)), np.outer(BELL, BELL), [[1]], np.pi * NO_PRODUCT):
        found = convfilter.choose_plan(GREY, weights)
        problem = make_problem(GREY, weights, make_spec())
        suited = {name for name, each in ALGORITHMS.items() if each.suits(problem)}
        assert found.algorithm in suited
        assert found.cost == min(ALGORITHMS[name].cost(problem) for name in suited)


def test_large_kernels_do_not_cost_their_number_of_taps():
    image = np.zeros((2000, 3000), np.uint8)
    weights = np.random.default_rng(1).integers(-9, 10, (61, 61))
    assert convfilter.choose_plan(image, weights).algorithm == "fourier"
    assert convfilter.choose_plan(image, np.ones((61, 61))).algorithm == "box"
    assert convfilter.choose_plan(
        image, np.outer(np.arange(1, 32), np.arange(1, 32))
    ).algorithm in (
        "separable",
        "fourier",
    )
    assert convfilter.choose_plan(image, [[1, 2], [3, -4]]).algorithm == "direct"


@pytest.mark.parametrize("plan", ALGORITHMS)
@pytest.mark.parametrize("policy", ["float", "rescale"])
def test_nothing_that_is_remembered_for_the_next_picture_holds_this_one(plan, policy):
    image = np.random.default_rng(4).normal(size=(90, 90)).astype(np.float32)
    convfilter.correlate(image, np.full((70, 70), 0.1), plan=plan, range_policy=policy)
    gone = weakref.ref(image)
    del image
    gc.collect()
    assert gone() is None
