"""Kernels applied in turn, and composites: band by band, with floats from one step to the next.

A band of the result asks the last step for its rows; that asks the step before for the rows that it
reads, and so on down to the picture. So no picture of floats is ever whole in memory, unless the
border `resize` needs it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.arithmetic import name_of
from convfilter.core.border import border_index
from convfilter.core.composite import combined, finish_angle, largest_reach
from convfilter.core.doubt import NOISE, largest_number
from convfilter.core.execute import Done, Result, check_out, loops_of, raw, run_problem
from convfilter.core.finish import Statistics, extremes, merge, settle_results
from convfilter.core.geometry import Padding
from convfilter.core.plan import ALGORITHMS, make_plan
from convfilter.core.problem import Problem, check_image, outline
from convfilter.core.resize import enlarge
from convfilter.core.stages import NO_BIAS, Chain, Stage, Steps, make_chain
from convfilter.core.together import Ending, loops_together, run_together
from convfilter.native.loops import Loop
from convfilter.threads import core_count, run_all

# Numbers of one row of bands that stay in the cache between the steps, and how many rows more than
# those that are made twice (at the seams) a band has at least.
BAND_NUMBERS = 2**18
LEAST_SHARE = 4
LEAST_THREADED_NUMBERS = 2**16

Rows = Callable[[int, int], NDArray[Any]]


def run_chain(
    image: ArrayLike,
    steps: Steps,
    out: NDArray[Any] | None = None,
    ends: Statistics | None = None,
) -> Result:
    """Steps applied in turn to (H, W) or (H, W, C); the last step's spec has the range policy.

    out   of the result's shape and dtype; rows and pixels may lie further apart
    ends  what `rescale` stretches, where this is one of several pictures
    """
    pixels = check_image(image)
    gray = pixels.ndim == 2
    pixels = pixels[:, :, np.newaxis] if gray else pixels
    chain = make_chain(steps, pixels.shape, pixels.dtype, gray=gray)
    if out is not None:
        check_out(out, image, chain.shape, chain.pixel)
    result = np.empty(chain.shape, chain.pixel) if out is None else out
    target = result.reshape(chain.stages[-1].made)
    facts = _at_once(chain, pixels, target) or _fill(chain, pixels, target, ends)
    if _may_be_noise(chain, pixels, facts):
        strict = tuple((kernel, spec._replace(exact=True, plan="direct")) for kernel, spec in steps)
        chain_again = make_chain(strict, pixels.shape, pixels.dtype, gray=gray)
        facts = _fill(chain_again, pixels, target, ends)
    done = tuple(
        Done(kernel, spec, stage.geometry, stage.plan, stage.made)
        for (kernel, spec), stage in zip(steps, chain.stages, strict=True)
    )
    return Result(result, chain.geometry, done[-1].plan, chain.policy, facts, done)


def loops_of_composite(chain: Chain) -> set[Loop]:
    """The compiled loops that a chain of one composite needs."""
    stage = chain.stages[0]
    together = loops_together(stage.kernel, list(stage.problems), _ending(chain))
    return together or {loop for problem in stage.problems for loop in loops_of(raw(problem))}


def _fill(
    chain: Chain, image: NDArray[Any], target: NDArray[Any], ends: Statistics | None
) -> Statistics:
    """Fills target (H', W', planes); `rescale` makes everything twice, first for its ends."""
    rows: Rows = lambda y0, y1: image[y0:y1]  # noqa: E731 - a source like all others
    for stage in chain.stages[:-1]:
        rows = partial(_float_rows, stage, _padded(stage, rows), chain.between)
    last = chain.stages[-1]
    source = _padded(last, rows)
    whole = None
    if chain.policy == "rescale":
        whole = _in_bands(
            chain, lambda y0, y1: extremes(_float_rows(last, source, chain.between, y0, y1), 1)
        )
    stretch = ends or whole
    facts = _in_bands(chain, lambda y0, y1: _finish(chain, source, y0, y1, target[y0:y1], stretch))
    return facts if whole is None else whole


def _at_once(chain: Chain, image: NDArray[Any], target: NDArray[Any]) -> Statistics | None:
    """A single small composite: the whole picture by one loop, which has bands of its own."""
    stage = chain.stages[0]
    if len(chain.stages) > 1 or not stage.kernel.members or stage.enlarges:
        return None
    problems = [replace(problem, image=image) for problem in stage.problems]
    return run_together(stage.kernel, problems, _ending(chain), target)


def _ending(chain: Chain) -> Ending:
    """Of the last stage's results."""
    return Ending(chain.stages[-1].biases, chain.policy, chain.shift, chain.pixel)


def _in_bands(chain: Chain, work: Callable[[int, int], Statistics]) -> Statistics:
    height = chain.geometry.rows.out
    tall = _band_height(chain)
    parts: dict[int, Statistics] = {}

    def run(y0: int) -> None:
        parts[y0] = work(y0, min(y0 + tall, height))

    threads = chain.stages[-1].spec.threads or core_count()
    run_all([partial(run, y0) for y0 in range(0, height, tall)], threads)
    return merge([parts[y0] for y0 in sorted(parts)])


def _band_height(chain: Chain) -> int:
    """Rows of the result in a band, by the picture and the kernels only."""
    height = chain.geometry.rows.out
    row = max(stage.made[1] * stage.made[2] for stage in chain.stages)
    read, step = 1, 1  # rows of the first step's result that one row of the last one's reads
    for stage in reversed(chain.stages[1:]):
        rows = stage.geometry.rows
        read, step = (read - 1) * rows.stride + rows.reach + 1, step * rows.stride
    tall = max(BAND_NUMBERS // row, LEAST_SHARE * (read - 1) // step, 1)
    if height * row < LEAST_THREADED_NUMBERS:
        return height
    return min(tall, -(-height // 2))


def _padded(stage: Stage, rows: Rows) -> Rows:
    """Rows of what a stage reads; enlarged, and then without padding, for the border `resize`."""
    if not stage.enlarges:
        return rows
    lock = threading.Lock()
    kept: list[NDArray[Any]] = []

    def enlarged(y0: int, y1: int) -> NDArray[Any]:
        with lock:
            if not kept:
                geometry = stage.geometry
                whole = rows(0, geometry.rows.size)
                kept.append(enlarge(whole, geometry.rows.padded, geometry.columns.padded))
        return kept[0][y0:y1]

    return enlarged


def _float_rows(stage: Stage, source: Rows, dtype: np.dtype[Any], y0: int, y1: int) -> NDArray[Any]:
    """Rows [y0, y1) of a stage's results (rows, W', planes), in floats."""
    problems = _band_problems(stage, source, y0, y1)
    shape = (y1 - y0, *stage.made[1:])
    if not stage.kernel.members:
        return run_problem(problems[0]).pixels.reshape(shape).astype(dtype, copy=False)
    if dtype == np.float32:
        results = np.empty(shape, dtype)
        ending = Ending(stage.biases, "float", Fraction(0), dtype)
        if run_together(stage.kernel, problems, ending, results) is not None:
            return results
    return _apart(stage, problems, dtype, shape)


def _apart(
    stage: Stage, problems: list[Problem], dtype: np.dtype[Any], shape: tuple[int, ...]
) -> NDArray[Any]:
    """A composite's results, from sums that each kernel gives by itself."""
    sums = [run_problem(raw(problem)).pixels.reshape(shape) for problem in problems]
    arithmetics = [problem.arithmetic for problem in problems]
    results = combined(sums, arithmetics, stage.kernel.combine, dtype)
    if any(stage.biases):
        results += np.array([float(bias) for bias in stage.biases], dtype)
    return results


def _finish(
    chain: Chain,
    source: Rows,
    y0: int,
    y1: int,
    target: NDArray[Any],
    whole: Statistics | None,
) -> Statistics:
    """Rows of the result, finished; `whole` has the ends that `rescale` stretches."""
    last = chain.stages[-1]
    # A plain kernel's own finish would treat all channels alike.
    differently = "," in chain.policy and not last.kernel.maps
    if whole is not None or differently:
        results = _float_rows(last, source, _exact_enough(chain), y0, y1)
        target[...], facts = _settled(chain, results, whole)
        return facts
    problems = _band_problems(last, source, y0, y1)
    if not last.kernel.members:
        finished = replace(problems[0], policy=chain.policy, shift=chain.shift, pixel=chain.pixel)
        return run_problem(finished, target).statistics
    at_once = run_together(last.kernel, problems, _ending(chain), target)
    if at_once is not None:
        return at_once
    results = _apart(last, problems, _exact_enough(chain), target.shape)
    target[...], facts = _settled(chain, results, None)
    return facts


def _settled(
    chain: Chain, results: NDArray[Any], whole: Statistics | None
) -> tuple[NDArray[Any], Statistics]:
    if chain.stages[-1].kernel.combine == "angle":
        return finish_angle(results, chain.policy, chain.pixel)
    return settle_results(results, chain.policy, float(chain.shift), chain.pixel, whole)


def _exact_enough(chain: Chain) -> np.dtype[Any]:
    """float64 where a rounding error could make a tie: directions have none worth a name."""
    no_ties = chain.pixel.kind == "f" or chain.stages[-1].kernel.combine == "angle"
    return np.dtype(np.float32 if no_ties and name_of(chain.between) == "float32" else np.float64)


def _band_problems(stage: Stage, source: Rows, y0: int, y1: int) -> list[Problem]:
    """The convolutions that make rows [y0, y1), on just the rows that they read."""
    _, _, left, right = stage.geometry.padding
    spec = stage.spec._replace(threads=1)
    if stage.enlarges:
        rows = stage.geometry.rows
        block = source(y0 * rows.stride, (y1 - 1) * rows.stride + rows.reach + 1)
        spec = spec._replace(padding=Padding("valid"))
    else:
        block = _block(stage, source, y0, y1)
        spec = spec._replace(padding=Padding("pixels", (0, 0, left, right)))
    problems = []
    for member, whole in zip(stage.kernel.members or (stage.kernel,), stage.problems, strict=True):
        bias = NO_BIAS if stage.kernel.members else spec.bias
        problem = outline(member, spec._replace(bias=bias), block.shape, block.dtype, gray=False)
        algorithm = make_plan(whole).algorithm
        if spec.plan == "auto" and ALGORITHMS[algorithm].suits(problem):
            forced = spec._replace(bias=bias, plan=algorithm)
            problem = outline(member, forced, block.shape, block.dtype, gray=False)
        problems.append(replace(problem, image=block))
    return problems


def _block(stage: Stage, source: Rows, y0: int, y1: int) -> NDArray[Any]:
    """The rows, those of the padding among them, that rows [y0, y1) of the result read."""
    rows = stage.geometry.rows
    index = border_index(rows.size, rows.before, rows.after, stage.spec.border.kind)
    index = index[y0 * rows.stride : (y1 - 1) * rows.stride + rows.reach + 1]
    there = np.unique(index[index >= 0])
    if not there.size:
        return np.full((len(index), *stage.source[1:]), _constant(stage), stage.dtype)
    runs = np.split(there, np.flatnonzero(np.diff(there) > 1) + 1)
    pieces = [source(int(run[0]), int(run[-1]) + 1) for run in runs]
    block = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    if np.array_equal(index, there):
        return block
    padded: NDArray[Any] = block[np.searchsorted(there, index).clip(0, len(there) - 1)]
    padded[index < 0] = _constant(stage)
    return padded


def _constant(stage: Stage) -> Any:
    return stage.problems[0].constant


def _may_be_noise(chain: Chain, image: NDArray[Any], facts: Statistics) -> bool:
    """Whether `rescale` may have stretched rounding errors, which strictly direct sums don't make."""
    exact = all(stage.spec.exact for stage in chain.stages)
    if chain.policy != "rescale" or exact:
        return False
    reach = largest_number(image)
    for stage in chain.stages:
        reach *= largest_reach(stage.kernel, stage.spec.scale)
    return facts.greatest - facts.least <= NOISE * reach
