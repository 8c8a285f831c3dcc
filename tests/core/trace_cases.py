"""Random pictures, kernels and options, and whether a trace ends where the program does."""

import random

import numpy as np
from pictures import noise

from convfilter.alpha import alpha_modes, run_with_alpha
from convfilter.alpha_trace import trace_with_alpha
from convfilter.core.composite import make_composite
from convfilter.core.conv import outline_steps
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec
from convfilter.core.steps import Step, make_steps
from convfilter.errors import OptionError, ShapeError

BORDERS = ["zero", "constant:7", "constant:50%", "edge", "reflect", "symmetric", "wrap", "resize"]
PADDINGS = ["valid", "same", "same-lower", "full", (1, 2, 3, 0), 4]
DTYPES = ["uint8", "uint8", "uint8", "uint16", "int16", "int32", "float32", "float64"]
POLICIES = ["auto", "clip", "abs", "offset", "rescale", "float"]
COMBINATIONS = ["magnitude", "sum-abs", "max", "angle"]
NORMALIZE = ["none", "none", "abs-sum", "size"]
PIXELS_EACH = 5


def weights_of(choose, channels):
    """A kernel, exact or of floats, laid on each channel, summed over them, or a bank."""
    height, width = choose.randint(1, 5), choose.randint(1, 5)
    levels = choose.choice([2, 2, 2, 3, 4]) if channels > 1 else 2
    shape = {2: (), 3: (channels,), 4: (choose.randint(1, 3), channels)}[levels]
    rng = np.random.default_rng(choose.randrange(10**6))
    bias = make_spec(bias=choose.choice(["0", "0", "3", "12.5"])).bias
    if choose.random() < 0.4:
        return make_kernel(rng.normal(size=(*shape, height, width)), bias=bias, name="floats")
    weights = rng.integers(-4, 6, (*shape, height, width))
    return make_kernel(weights, choose.choice([1, 1, 9, 16]), bias=bias, name="exact")


def composite_of(choose):
    """Two or three kernels whose sums become one."""
    combine = choose.choice(COMBINATIONS)
    count = 2 if combine == "angle" else choose.randint(2, 3)
    size = choose.randint(1, 3), choose.randint(1, 3)
    rng = np.random.default_rng(choose.randrange(10**6))
    members = [
        make_kernel(rng.integers(-4, 5, size), choose.choice([1, 1, 6])) for _ in range(count)
    ]
    return make_composite(members, combine, name=combine)


def case(seed):
    """An image, its alpha or None, steps that suit it, and a word for --alpha."""
    choose = random.Random(seed)
    dtype, channels = choose.choice(DTYPES), choose.choice([0, 0, 3])
    shape = (choose.randint(4, 11), choose.randint(4, 11), channels)[: 3 if channels else 2]
    image, steps, planes = noise(shape, dtype, seed), [], channels or 1
    count = choose.choice([1, 1, 1, 2, 3])
    for _ in range(count):
        kernel = composite_of(choose) if choose.random() < 0.25 else weights_of(choose, planes)
        planes = kernel.maps or (1 if kernel.depth else planes)
        own = {
            "stride": choose.choice([1, 1, 2, 3, (1, 2)]),
            "dilation": choose.choice([1, 1, 2, (2, 1)]),
            "scale": 1 if kernel.combine == "angle" else choose.choice([1, 1, -2, "1/3"]),
            "normalize": choose.choice(NORMALIZE),
        }
        steps.append(Step(kernel, own))
    common = make_spec(
        padding=choose.choice(PADDINGS),
        border=choose.choice(BORDERS),
        flip=choose.choice([False, True]),
        range_policy=choose.choice(POLICIES),
        exact=choose.random() < 0.3,
    )
    alpha = None
    if dtype in ("uint8", "uint16", "float32") and choose.random() < 0.4:
        top = 1 if dtype == "float32" else int(np.iinfo(dtype).max)
        alpha = np.random.default_rng(seed).integers(0, 5, shape[:2]) * (top / 4)
        alpha = alpha.astype(dtype)
    return (
        image,
        alpha,
        make_steps(steps, common),
        choose.choice(["auto", "auto", "keep", "straight"]),
    )


class Tally:
    """What was compared: pixels, of them those that had to be equal, and those that were not."""

    def __init__(self):
        self.pixels = self.exact = self.numbers = self.off_by_one = 0


def judge(seed, tally):
    """Traces some pixels of a case, and compares them with what the program makes of it.

    Exact kernels on whole numbers, and `exact` without `resize`: the same numbers. Whole pixels of
    float kernels: at most 1 level beside. Floats: within the error of the algorithms.
    """
    image, alpha, steps, word = case(seed)
    try:
        made = outline_steps(image.shape, image.dtype, steps)
        modes = ("none",) * len(steps)
        if alpha is not None:
            modes = alpha_modes(word, steps, made.policy)
        done = run_with_alpha(image, alpha, steps, modes)
    except (ShapeError, OptionError):
        return
    choose = random.Random(seed)
    pixels, size = done.result.pixels, done.result.pixels.shape[:2]
    largest = max(1.0, float(np.abs(image.astype(float)).max())) * gain(steps)
    for _ in range(PIXELS_EACH):
        at = choose.randrange(size[0]), choose.randrange(size[1])
        found = trace_with_alpha(image, alpha, steps, modes, at, done.result.statistics)
        trace = found.trace
        assert (trace.at, trace.shape, trace.dtype) == (at, pixels.shape, pixels.dtype.name), seed
        want, got = np.ravel(pixels[at]).astype(float), np.array(trace.values, float)
        assert (found.alpha is None) == (done.alpha is None), seed
        if done.alpha is not None:
            assert abs(float(found.alpha) - float(done.alpha[at])) <= 1e-6 * largest, (seed, at)
        tally.pixels += 1
        off = np.abs(got - want)
        if must_be_equal(trace, steps, pixels.dtype):
            tally.exact += 1
            assert off.max() == 0, (seed, at, got, want)
        elif pixels.dtype.kind == "f":
            turn = steps[-1][0].combine == "angle"
            assert turn or off.max() <= 3e-5 * largest, (seed, at, got, want)
        elif steps[-1][0].combine == "angle":
            off = np.minimum(off, {"uint8": 256, "uint16": 65536}[trace.dtype] - off)
            tally.off_by_one += int((off > 0).sum())
        else:
            allowed = 1 if pixels.dtype != np.int32 else max(1, 1e-9 * largest)
            assert off.max() <= allowed, (seed, at, got, want)
            tally.off_by_one += int((off > 0).sum())
        tally.numbers += off.size


def must_be_equal(trace, steps, dtype):
    """Whether the trace promises the very number."""
    if len(trace.steps) == 1 and not steps[0][0].members:
        plain = trace.steps[0].exact and trace.steps[0].planes[0].cover is None
        whole_ends = trace.settled[0].policy != "rescale" or dtype.kind != "f"
        if plain and whole_ends:
            return True
    strict = all(spec.exact and spec.border.kind != "resize" for _, spec in steps)
    weighed = any(step.planes[0].cover is not None for step in trace.steps)
    # composites are combined in floats: the last digit of a float may differ
    rounded = any(kernel.members for kernel, _ in steps) and dtype.kind == "f"
    rounded |= any(kernel.combine == "angle" for kernel, _ in steps)
    stretched = trace.settled[0].policy == "rescale"
    return strict and not weighed and not rounded and not stretched


def gain(steps):
    """How many times larger the numbers may become."""
    product = 1.0
    for kernel, spec in steps:
        sizes = sum(float(total) for total in kernel.map_abs_sums)
        product *= max(1.0, sizes * abs(float(spec.scale)))
    return product
