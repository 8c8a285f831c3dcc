"""The fast code against the definition, over everything small.

All heights and widths 1–6, kernels 1–7 × 1–7, strides 1–3, dilations 1–2, paddings and borders:
every combination of these is a case, judged with every algorithm that suits it. Dtypes, channels,
levels and structure of weights, range policies and the rest rotate over the cases. The judge is
definition.py, because convfilter.reference takes about a millisecond a case; every so many cases
convfilter.reference judges too. `make test` takes SHARE of the cases, `make test-slow` all.
"""

import random
from collections import Counter
from contextlib import contextmanager, suppress
from functools import cache
from itertools import product
from math import prod

import numpy as np
import pytest
from definition import Case, is_empty, result
from pictures import assert_alike, assert_close, noise
from thorough import THOROUGH

import convfilter
from convfilter import native
from convfilter.core import direct
from convfilter.core.conv import run
from convfilter.core.kernel import make_kernel
from convfilter.core.plan import ALGORITHMS
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec
from convfilter.errors import ShapeError

SIZES = list(product(range(1, 7), range(1, 7)))
KERNELS = list(product(range(1, 8), range(1, 8)))
BORDERS = ["zero", "constant:7", "edge", "reflect", "symmetric", "wrap", "resize"]
FOUR_SIDES = [(1, 2, 3, 0), (0, 5, 2, 1), (3, 1, 0, 4), (2, 0, 7, 3)]
ASYMMETRIC = "four sides"
PADDINGS = [("valid", "zero")]
PADDINGS += product(["same", "same-lower", "full", ASYMMETRIC, ASYMMETRIC], BORDERS)

# Every so many cases convfilter.reference is asked too, or numpy works in place of compiled loops.
REFERENCE_EVERY = 101
UNCOMPILED_EVERY = 13
# Fourier transforms suit nearly everything, are far from the cheapest for small pictures, and know
# neither the kernel's structure nor its number of taps: every so many cases are enough.
FOURIER_EVERY = 17
# Five divides neither the number of paddings nor that of kernels or styles, so that whatever is left
# out with one size is met with its neighbours.
TAKEN, OF = (5, 5) if THOROUGH else (1, 5)
SHARE = TAKEN / OF


def _styles():
    """What rotates; a prime number of them, so that every style meets every geometry's neighbours."""
    choose = random.Random(7)
    styles = []
    while len(styles) < 997:
        dtype = choose.choice(["uint8", "uint8", "uint16", "int16", "int32", "float32", "float64"])
        policy = choose.choice(["float", "float", "auto", "clip", "abs", "offset", "rescale"])
        if policy == "offset" and dtype in ("int16", "int32"):
            continue
        whole_values = dtype.startswith("float") and policy == "rescale"
        styles.append(
            {
                "dtype": dtype,
                "channels": choose.choice([0, 0, 2, 3]),
                "levels": choose.choice([2, 2, 2, 3, 4]),
                "structure": choose.choice(["any", "any", "any", "product", "equal"]),
                "policy": policy,
                "flip": choose.random() < 0.25,
                "divisor": 1 if whole_values else choose.choice([1, 1, 2, 6, 9, 16]),
                "normalize": "none" if whole_values else choose.choice(["none"] * 4 + ["size"]),
                "scale": choose.choice([1, 1, 1, 2, -1]),
                "bias": choose.choice([0, 0, 10, -3]),
            }
        )
    return styles


STYLES = _styles()


@cache
def _weights(shape, structure):
    """Whole weights −3 … 3; where nine taps or fewer, in few numbers, for few compiled loops.

    structure  "product" of a column and a row, "equal" weights, or "any"
    """
    choose = np.random.default_rng(list(shape))
    size = prod(shape)
    if structure == "equal" and (size > 9 or size in (2, 4, 5, 9)):
        return np.full(shape, choose.choice([-2, 1, 3]))
    if structure == "product" and len(shape) == 2 and min(shape) > 1:
        column, row = (choose.choice([-2, -1, 1, 2], length) for length in shape)
        if size < 9:  # two taps
            column[2:], row[1:] = 0, 0
        return np.outer(column, row)
    taps = size - size // 8 if size > 10 else next(n for n in (9, 5, 2, 1) if n <= size)
    flat = np.zeros(size, np.int64)
    flat[choose.permutation(size)[:taps]] = choose.choice([-3, -2, -1, 1, 2, 3], taps)
    if taps > 9:
        flat[[0, -1]] = 2, -3
    return flat.reshape(shape)


@cache
def _kernel(shape, structure, divisor):
    return make_kernel(_weights(shape, structure), divisor)


@cache
def _image(shape, dtype):
    return noise(shape, dtype, seed=sum(shape))


def _case(size, kernel, style, **geometry):
    """A case in one style, and the kernel as convfilter takes it."""
    depth = style["channels"] or 1
    levels = style["levels"]
    shape = {2: kernel, 3: (depth, *kernel), 4: (2, depth, *kernel)}[levels]
    image = _image((*size, style["channels"]) if style["channels"] else size, style["dtype"])
    named = ("divisor", "flip", "normalize", "scale", "bias", "policy")
    weights = _weights(shape, style["structure"])
    case = Case(image, weights, **{name: style[name] for name in named}, **geometry)
    return case, _kernel(shape, style["structure"], style["divisor"])


def _judge(case, kernel, number):
    """One case: every algorithm that suits gives the result of the definition; which they are."""
    want, bound = result(case)
    if bound == 0 and _cancels_to_noise(case):
        return []
    options = case.options
    automatic = run(case.image, kernel, make_spec(**options))
    done = [automatic.plan.algorithm]
    _compare(automatic.pixels, want, bound)
    problem = make_problem(case.image, kernel, make_spec(**options))
    for name, algorithm in ALGORITHMS.items():
        if name == "fourier" and number % FOURIER_EVERY:
            continue
        if name not in done and algorithm.suits(problem):
            with suppress(_SameAgain), _without_numpy():
                result_ = run(case.image, kernel, make_spec(**options, plan=name))
                _compare(result_.pixels, want, bound)
            done.append(name)
    if number % REFERENCE_EVERY == 0:
        _compare(convfilter.reference.correlate(case.image, kernel, **options), want, bound)
    return done


class _SameAgain(Exception):
    """Numpy stands in for a loop that isn't compiled: every algorithm would give the same sums."""


@contextmanager
def _without_numpy():
    find = native.find

    def compiled(loop):
        if (function := find(loop)) is None:
            raise _SameAgain
        return function

    native.find = compiled
    try:
        yield
    finally:
        native.find = find


def _cancels_to_noise(case):
    """Enlarged pixels are no whole numbers: where their products cancel, rounding errors remain,
    and `rescale` would stretch them over the whole range."""
    floats = case.image.dtype.kind == "f"
    return case.policy == "rescale" and case.border == "resize" and floats


def _compare(got, want, bound):
    if bound == 0:
        if got.dtype != want.dtype or not np.array_equal(got, want):  # most are equal: be quick
            assert_alike(got, want)
    else:
        assert got.dtype == want.dtype
        assert_close(got, want, bound)


def _sweep(size, kernels, steps, number):
    """All kernels, (stride, dilation) pairs, paddings and borders on one size.

    Returns how many cases each algorithm met.
    """
    find, counted = native.find, Counter()
    for kernel, (stride, dilation), (padding, border) in product(kernels, steps, PADDINGS):
        number += 1
        if number % OF >= TAKEN:
            continue
        sides = FOUR_SIDES[number % len(FOUR_SIDES)] if padding == ASYMMETRIC else padding
        style = STYLES[number % len(STYLES)]
        geometry = {"stride": stride, "dilation": dilation, "padding": sides, "border": border}
        case, made = _case(size, kernel, style, **geometry)
        if is_empty(size, kernel, dilation, sides):
            with pytest.raises(ShapeError, match="would be empty"):
                run(case.image, made, make_spec(**case.options))
            continue
        # Both ways of reading, in place and from lines, at sizes where only one would be taken.
        direct.LEAST_INTERIOR = 1 + 63 * (number % 2)
        native.find = (lambda _: None) if number % UNCOMPILED_EVERY == 0 else find
        try:
            counted.update(_judge(case, made, number))
        except Exception as error:
            error.add_note(
                f"{case}\nkernel {made.weights.tolist()} ÷ {made.divisor}, number {number}"
            )
            raise
    return counted


@pytest.fixture(autouse=True)
def _restored(monkeypatch):
    """What a sweep sets case by case is set back."""
    monkeypatch.setattr(direct, "LEAST_INTERIOR", direct.LEAST_INTERIOR)
    monkeypatch.setattr(native, "find", native.find)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_every_kernel_stride_dilation_padding_and_border_on(height, width):
    steps = [((s, s), (d, d)) for s in (1, 2, 3) for d in (1, 2)]
    counted = _sweep((height, width), KERNELS, steps, (6 * height + width) * 8513)
    assert counted["direct"] > 5000 * SHARE, counted
    assert min(counted["separable"], counted["box"]) > 300 * SHARE, counted
    assert counted["fourier"] > 250 * SHARE, counted


# Along one axis everything; across it a little, so that y and x can't be taken for each other.
UNEQUAL_STEPS = [
    (stride, dilation)
    for stride in product((1, 2, 3), repeat=2)
    for dilation in product((1, 2), repeat=2)
    if stride[0] != stride[1] or dilation[0] != dilation[1]
]


@pytest.mark.parametrize("size", range(1, 7))
@pytest.mark.parametrize("axis", ["height", "width"])
def test_steps_that_differ_by_axis_along(axis, size):
    tall = axis == "height"
    kernels = [(k, 2) if tall else (2, k) for k in range(1, 8)]
    picture_size = (size, 4) if tall else (4, size)
    counted = _sweep(picture_size, kernels, UNEQUAL_STEPS, size * 7919 + tall)
    assert counted["direct"] > 3000 * SHARE, counted
