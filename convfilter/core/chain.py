"""Kernels applied in turn, and composites: band by band, with floats from one step to the next.

A band of the result asks the last step for its rows; that asks the step before for the rows that it
reads, and so on down to the picture. So no picture of floats is ever whole in memory, unless the
border `resize` needs it. What is cut into bands is a tile of the result: usually all of it.
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
from convfilter.core.blocks import Block, Source, block_of
from convfilter.core.composite import combined, finish_angle, largest_reach
from convfilter.core.doubt import NOISE, largest_number
from convfilter.core.execute import Done, Result, check_out, loops_of, raw, run_problem
from convfilter.core.finish import Statistics, extremes, merge, settle_results
from convfilter.core.geometry import Padding
from convfilter.core.kernel import Kernel
from convfilter.core.plan import ALGORITHMS, make_plan
from convfilter.core.problem import Problem, check_image, outline
from convfilter.core.resize import enlarge
from convfilter.core.spec import Spec
from convfilter.core.stages import NO_BIAS, Chain, Stage, Steps, make_chain, strict_steps
from convfilter.core.tiles import Tile
from convfilter.core.together import Ending, loops_together, run_together
from convfilter.native.loops import Loop
from convfilter.threads import core_count, run_all

# Numbers of one row of bands that stay in the cache between the steps, and how many rows more than
# those that are made twice (at the seams) a band has at least.
BAND_NUMBERS = 2**18
LEAST_SHARE = 4
LEAST_THREADED_NUMBERS = 2**16


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
    facts = _run(chain, pixels, target, ends)
    if may_be_noise(chain, largest_number(pixels), facts):
        again = make_chain(strict_steps(steps), pixels.shape, pixels.dtype, gray=gray)
        facts = _run(again, pixels, target, ends)
    done = done_steps(steps, chain)
    return Result(result, chain.geometry, done[-1].plan, chain.policy, facts, done)


def done_steps(steps: Steps, chain: Chain) -> tuple[Done, ...]:
    """What each step of a chain is told to have done."""
    return tuple(
        Done(kernel, spec, stage.geometry, stage.plan, stage.made)
        for (kernel, spec), stage in zip(steps, chain.stages, strict=True)
    )


def loops_of_composite(chain: Chain) -> set[Loop]:
    """The compiled loops that a chain of one composite needs."""
    stage = chain.stages[0]
    together = loops_together(stage.kernel, list(stage.problems), _ending(chain))
    return together or {loop for problem in stage.problems for loop in loops_of(raw(problem))}


def _run(
    chain: Chain, image: NDArray[Any], target: NDArray[Any], ends: Statistics | None
) -> Statistics:
    """Fills target (H', W', planes); `rescale` makes everything twice, first for its ends."""

    def source(tile: Tile) -> NDArray[Any]:
        return image[tile.y0 : tile.y1, tile.x0 : tile.x1]

    if chain.policy != "rescale":
        return fill(chain, source, chain.whole, target)
    facts = measure(chain, source, chain.whole)
    fill(chain, source, chain.whole, target, ends or facts)
    return facts


def fill(
    chain: Chain,
    source: Source,
    tile: Tile,
    target: NDArray[Any],
    ends: Statistics | None = None,
) -> Statistics:
    """Fills target (rows, columns, planes) with a tile of the result.

    source  of the picture
    ends    what `rescale` stretches: the least and greatest of all results
    """
    if ends is None and (facts := _at_once(chain, source, tile, target)):
        return facts
    source = _read_by_last(chain, source)

    def finish(band: Tile) -> Statistics:
        rows = target[band.y0 - tile.y0 : band.y1 - tile.y0]
        return _finish(chain, source, band, rows, ends)

    return _in_bands(chain, tile, finish)


def measure(chain: Chain, source: Source, tile: Tile) -> Statistics:
    """The statistics of a tile's results before any policy."""
    source, last = _read_by_last(chain, source), chain.stages[-1]
    return _in_bands(
        chain, tile, lambda band: extremes(_float_tile(last, source, chain.between, band), 1)
    )


def _read_by_last(chain: Chain, source: Source) -> Source:
    """What the last stage reads."""
    for stage in chain.stages[:-1]:
        source = partial(_float_tile, stage, _padded(stage, source), chain.between)
    return _padded(chain.stages[-1], source)


def _at_once(chain: Chain, source: Source, tile: Tile, target: NDArray[Any]) -> Statistics | None:
    """A single small composite: the whole tile by one loop, which has bands of its own."""
    stage = chain.stages[0]
    if len(chain.stages) > 1 or not stage.kernel.members or stage.enlarges:
        return None
    block = block_of(stage, source, tile)
    if tile == chain.whole:
        problems = [replace(problem, image=block.pixels) for problem in stage.problems]
    else:
        spec = on_block(stage.spec, block)._replace(bias=NO_BIAS)
        problems = [_problem(member, spec, block) for member in stage.kernel.members]
    return run_together(stage.kernel, problems, _ending(chain), target)


def _ending(chain: Chain) -> Ending:
    """Of the last stage's results."""
    return Ending(chain.stages[-1].biases, chain.policy, chain.shift, chain.pixel)


def _in_bands(chain: Chain, tile: Tile, work: Callable[[Tile], Statistics]) -> Statistics:
    tall = _band_height(chain, tile)
    parts: dict[int, Statistics] = {}

    def run(y0: int) -> None:
        parts[y0] = work(tile._replace(y0=y0, y1=min(y0 + tall, tile.y1)))

    threads = chain.stages[-1].spec.threads or core_count()
    run_all([partial(run, y0) for y0 in range(tile.y0, tile.y1, tall)], threads)
    return merge([parts[y0] for y0 in sorted(parts)])


def _band_height(chain: Chain, tile: Tile) -> int:
    """Rows of a tile in a band, by the tile and the kernels only."""
    height, width, row = tile.y1 - tile.y0, tile.x1 - tile.x0, 0
    for stage in reversed(chain.stages):
        width = min(width, stage.made[1])
        row = max(row, width * stage.made[2])
        columns = stage.geometry.columns
        width = (width - 1) * columns.stride + columns.reach + 1
    read, step = 1, 1  # rows of the first step's result that one row of the last one's reads
    for stage in reversed(chain.stages[1:]):
        rows = stage.geometry.rows
        read, step = (read - 1) * rows.stride + rows.reach + 1, step * rows.stride
    tall = max(BAND_NUMBERS // row, LEAST_SHARE * (read - 1) // step, 1)
    if height * row < LEAST_THREADED_NUMBERS:
        return height
    return min(tall, -(-height // 2))


def _padded(stage: Stage, source: Source) -> Source:
    """What a stage reads; enlarged, and then without padding, for the border `resize`."""
    if not stage.enlarges:
        return source
    lock = threading.Lock()
    kept: list[NDArray[Any]] = []

    def enlarged(tile: Tile) -> NDArray[Any]:
        with lock:
            if not kept:
                rows, columns = stage.geometry
                whole = source(Tile(0, rows.size, 0, columns.size))
                kept.append(enlarge(whole, rows.padded, columns.padded))
        return kept[0][tile.y0 : tile.y1, tile.x0 : tile.x1]

    return enlarged


def _float_tile(stage: Stage, source: Source, dtype: np.dtype[Any], tile: Tile) -> NDArray[Any]:
    """A tile of a stage's results (rows, columns, planes), in floats.

    With `exact` the first step, too, is rounded to `dtype` only: of 8 and 16 bits, and of float32, its
    own results would be float32.
    """
    problems = _problems(stage, source, tile)
    shape = (tile.y1 - tile.y0, tile.x1 - tile.x0, stage.made[2])
    if not stage.kernel.members:
        alone = replace(problems[0], pixel=dtype) if stage.spec.exact else problems[0]
        return run_problem(alone).pixels.reshape(shape).astype(dtype, copy=False)
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
    source: Source,
    tile: Tile,
    target: NDArray[Any],
    ends: Statistics | None,
) -> Statistics:
    """A tile of the result, finished."""
    last = chain.stages[-1]
    # A plain kernel's own finish would treat all channels alike.
    differently = "," in chain.policy and not last.kernel.maps
    if ends is not None or differently:
        results = _float_tile(last, source, _exact_enough(chain), tile)
        target[...], facts = _settled(chain, results, ends)
        return facts
    problems = _problems(last, source, tile)
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
    chain: Chain, results: NDArray[Any], ends: Statistics | None
) -> tuple[NDArray[Any], Statistics]:
    if chain.stages[-1].kernel.combine == "angle":
        return finish_angle(results, chain.policy, chain.pixel)
    return settle_results(results, chain.policy, float(chain.shift), chain.pixel, ends)


def _exact_enough(chain: Chain) -> np.dtype[Any]:
    """float64 where a rounding error could make a tie: directions have none worth a name."""
    no_ties = chain.pixel.kind == "f" or chain.stages[-1].kernel.combine == "angle"
    return np.dtype(np.float32 if no_ties and name_of(chain.between) == "float32" else np.float64)


def _problems(stage: Stage, source: Source, tile: Tile) -> list[Problem]:
    """The convolutions that make a tile, on just the block that it reads."""
    block = block_of(stage, source, tile)
    spec = on_block(stage.spec, block)._replace(threads=1)
    if stage.kernel.members:
        spec = spec._replace(bias=NO_BIAS)
    return [
        like_whole(_problem(member, spec, block), member, whole)
        for member, whole in zip(
            stage.kernel.members or (stage.kernel,), stage.problems, strict=True
        )
    ]


def on_block(spec: Spec, block: Block) -> Spec:
    """A step's spec for a block, which has most of its padding already."""
    return spec._replace(padding=Padding("pixels", block.padding))


def like_whole(problem: Problem, kernel: Kernel, whole: Problem) -> Problem:
    """A part's problem, by the whole's algorithm if that suits it."""
    algorithm = make_plan(whole).algorithm
    if problem.spec.plan != "auto" or not ALGORITHMS[algorithm].suits(problem):
        return problem
    spec, image = problem.spec._replace(plan=algorithm), problem.image
    return replace(outline(kernel, spec, image.shape, image.dtype, gray=False), image=image)


def _problem(kernel: Kernel, spec: Spec, block: Block) -> Problem:
    pixels = block.pixels
    return replace(outline(kernel, spec, pixels.shape, pixels.dtype, gray=False), image=pixels)


def may_be_noise(chain: Chain, largest: float, facts: Statistics) -> bool:
    """Whether `rescale` may have stretched rounding errors, which strictly direct sums don't make.

    largest  of the picture's numbers, absolute
    """
    exact = all(stage.spec.exact for stage in chain.stages)
    if chain.policy != "rescale" or exact:
        return False
    for stage in chain.stages:
        largest *= largest_reach(stage.kernel, stage.spec.scale)
    return facts.greatest - facts.least <= NOISE * largest
