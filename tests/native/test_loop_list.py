"""The list of loops, checked against what the core asks for."""

from itertools import product

import numpy as np
import pytest
from loop_list import FLOAT_SUMS, all_loops
from thorough import part

import convfilter
from convfilter import native
from convfilter.core.composite import make_composite
from convfilter.core.kernel import make_kernel
from convfilter.core.plan import ALGORITHMS
from convfilter.errors import OptionError

KERNELS = [
    np.array([[1, 2]]),
    np.full((1, 10), 1),  # for running sums
    np.outer([1, 2, 1, 2], [1, 1, 3, 1]),  # a product
    np.arange(20).reshape(4, 5) % 7 - 3,  # none, and rows may share lines
    np.arange(18).reshape(2, 1, 3, 3) % 3 + 1,  # maps that share lines
    np.diag(1 + np.arange(13) % 2),  # none, and none shares lines
]
FACTORS = [
    1,
    199,
    100_003,
    10**9 + 7,
]  # sums of int16, of float32 in place of int32, int32 and int64
DIVISORS = [1, 8, 9, 6, 257, 70_001, 10**9]


def form_class(loop):
    return (loop.combine or ("few" if loop.taps else loop.form), *loop[1:])


@pytest.fixture(scope="module")
def asked():
    """The loops that correlate asks for, over pictures, kernels and plans of every kind."""
    found = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "find", found.add)
        for turn, (dtype, policy) in enumerate(product(FLOAT_SUMS, ("float", "clip", "rescale"))):
            _ask(dtype, policy, turn)
    return found


def _ask(dtype, policy, turn):
    """All floats; of whole weights a half, in turns, because `exact` and divisors mean less there.

    The halves ask for the same loops as all together, which `make test-slow` looks at.
    """
    image = np.ones((14, 14), dtype)
    for number, kernel in enumerate(composites(FACTORS)):
        _ask_composite(image, kernel, policy, part((False, True), 2, (turn + number) % 2))
    for kernel in composites([np.pi]):
        _ask_composite(image, kernel, policy, (False, True))
    whole = [
        make_kernel(weights * factor, divisor)
        for weights, factor, divisor in product(KERNELS, FACTORS, DIVISORS)
    ]
    _ask_every_plan(image, part(whole, 2, turn % 2), policy, part((False, True), 2))
    floats = [make_kernel(weights * np.pi) for weights in KERNELS]
    wide = [make_kernel(weights * 1e35) for weights in floats_of(KERNELS)]
    _ask_every_plan(image, [*floats, *wide], policy, (False, True))


def _ask_composite(image, kernel, policy, exactness):
    if kernel.combine == "angle":
        if policy != "float" and image.dtype not in ("uint8", "uint16"):
            return
        policy = "clip" if policy == "rescale" else policy
    for exact in exactness:
        convfilter.correlate(image, kernel, range_policy=policy, exact=exact)


def _ask_every_plan(image, kernels, policy, exactness):
    for kernel, plan, exact in product(kernels, ALGORITHMS, exactness):
        try:
            convfilter.correlate(image, kernel, range_policy=policy, exact=exact, plan=plan)
        except OptionError as error:
            assert "can't do this" in str(error)  # noqa: PT017 - it does not suit


def composites(factors):
    """Kernels of kernels, their weights times each of the factors."""
    pair = np.array([[1, 2], [3, -1]]), np.array([[2, 0], [-1, 1]])
    for combine in ("magnitude", "sum-abs", "max", "angle"):
        for factor, divisor in product(factors, DIVISORS):
            yield make_composite([make_kernel(w * factor, divisor) for w in pair], combine)


def floats_of(kernels):
    """The same weights, none of them whole."""
    return [weights * np.pi for weights in kernels]


def test_what_the_core_asks_for_is_listed(asked):
    listed = {form_class(loop) for loop in all_loops()}
    assert {form_class(loop) for loop in asked} - listed == set()


def test_what_is_listed_is_asked_for(asked):
    found = {form_class(loop) for loop in asked}
    missing = [loop.name for loop in all_loops() if form_class(loop) not in found]
    assert missing == []


def test_every_number_of_taps_kept_in_registers_is_listed(asked):
    forms = {loop.form for loop in asked if not loop.combine}
    assert forms <= {loop.form for loop in all_loops()}
