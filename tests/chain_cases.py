"""Kernels in turn and composites at random, with whatever else a filter can be told."""

import random

import numpy as np
from pictures import noise

from convfilter.core.composite import make_composite
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec
from convfilter.core.steps import Step, make_steps

BORDERS = ["zero", "constant:7", "constant:50%", "edge", "reflect", "symmetric", "wrap", "resize"]
PADDINGS = ["valid", "same", "same-lower", "full", (1, 2, 3, 0)]
COMBINATIONS = ["magnitude", "sum-abs", "max", "angle"]
DTYPES = ["uint8", "uint8", "uint16", "int16", "int32", "float32", "float64"]
POLICIES = ["float", "float", "auto", "clip", "abs", "offset", "rescale"]


def _random_kernel(choose, channels):
    height, width = choose.randint(1, 3), choose.randint(1, 3)
    levels = choose.choice([2, 2, 2, 3, 4]) if channels else 2
    shape = {2: (), 3: (channels,), 4: (choose.randint(1, 3), channels)}[levels]
    rng = np.random.default_rng(choose.randrange(10**6))
    weights = rng.integers(-4, 5, (*shape, height, width))
    divisor = choose.choice([1, 1, 4, 9])
    bias = choose.choice([(), (), (make_spec(bias="3").bias or ())])
    return make_kernel(weights, divisor, bias=bias, name="random")


def _random_composite(choose):
    combine = choose.choice(COMBINATIONS)
    count = 2 if combine == "angle" else choose.randint(2, 3)
    size = choose.randint(1, 3), choose.randint(1, 3)
    rng = np.random.default_rng(choose.randrange(10**6))
    members = [
        make_kernel(rng.integers(-4, 5, size), choose.choice([1, 1, 6])) for _ in range(count)
    ]
    return make_composite(members, combine, name=combine)


def chain_case(seed):
    """An image of 5–9 × 5–9 pixels, and one to three steps that suit it; always the same for a seed."""
    choose = random.Random(seed)
    dtype, channels = choose.choice(DTYPES), choose.choice([0, 0, 3])
    shape = (choose.randint(5, 9), choose.randint(5, 9), channels)[: 3 if channels else 2]
    image = noise(shape, dtype, seed)
    steps, planes, flat = [], channels or 1, not channels
    for _ in range(choose.choice([1, 2, 2, 3])):
        composite = choose.random() < 0.4
        kernel = _random_composite(choose) if composite else _random_kernel(choose, planes)
        flat = not kernel.maps and (flat or kernel.depth is not None)
        planes = kernel.maps or (1 if kernel.depth else planes)
        own = {"stride": choose.choice([1, 1, 1, 2, (1, 2)])}
        own["dilation"] = choose.choice([1, 1, 1, 2])
        own["scale"] = 1 if kernel.combine == "angle" else choose.choice([1, 1, -2])
        steps.append(Step(kernel, own))
    policy = choose.choice(POLICIES)
    if policy == "offset" and dtype.startswith("int"):
        policy = "clip"
    if steps[-1].kernel.combine == "angle":
        policy = "clip" if dtype in ("uint8", "uint16") else "float"
    common = make_spec(
        padding=choose.choice(PADDINGS),
        border=choose.choice(BORDERS),
        flip=choose.choice([False, False, True]),
        range_policy=policy,
        exact=choose.random() < 0.2,
    )
    return image, make_steps(steps, common)
