"""A result made tile by tile, of a picture that is never whole in memory.

Each tile is made from what it reads, by the algorithm that is chosen for the whole. Whole-number sums,
and sums that are added up strictly (`exact`), are bit for bit those of the whole; other float kernels
lie within their algorithm's error of it, whose running sums and Fourier tiles begin elsewhere.

`rescale` takes two passes: `measure_tile` for all tiles, `stretch_of` what `join_measures` makes of them,
then `fill_tile`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core import doubt
from convfilter.core.blocks import Held, Runs, block_of, reads
from convfilter.core.chain import done_steps, fill, like_whole, may_be_noise, measure, on_block
from convfilter.core.conv import outline_steps
from convfilter.core.execute import Result, run_problem, run_strictly
from convfilter.core.finish import Statistics, merge
from convfilter.core.geometry import Axis
from convfilter.core.plan import make_plan
from convfilter.core.problem import Problem, check_shape, filtered_as, outline
from convfilter.core.stages import Chain, Steps, make_chain, strict_steps
from convfilter.core.stretch import measuring
from convfilter.core.tiles import Tile
from convfilter.errors import OptionError


class Whole(NamedTuple):
    """Steps, and the kind of picture that they are applied to; small, and sent to other processes.

    shape  (H, W) or (H, W, C)
    dtype  as it is filtered
    """

    steps: Steps
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def chain(self) -> Chain:
        """The steps resolved, worked out once in a process."""
        return _chain(self, self.steps)

    @property
    def plain(self) -> bool:
        """Whether it is one kernel and no composite: a single problem, and no chain, in memory."""
        return len(self.steps) == 1 and not self.steps[0][0].members

    @property
    def axes(self) -> tuple[list[Axis], list[Axis]]:
        """Rows and columns of every step."""
        geometries = [stage.geometry for stage in self.chain.stages]
        return [each.rows for each in geometries], [each.columns for each in geometries]

    def reads(self, tile: Tile) -> tuple[Runs, Runs]:
        """The rows and columns of the picture that a tile depends on (`blocks.reads`)."""
        return reads(self.chain.stages, tile)


class Measured(NamedTuple):
    """A tile's results before their policy.

    strict   the same of strict sums, where all of them may be rounding errors: what is flat has none then
    largest  the greatest absolute number that was read
    """

    facts: Statistics
    strict: Statistics
    largest: float


class Stretch(NamedTuple):
    """What `rescale` stretches: the statistics of all results, and whether sums have to be strict."""

    facts: Statistics
    strict: bool


def make_whole(shape: tuple[int, ...], dtype: np.dtype[Any], steps: Steps) -> Whole:
    """Checks steps for pictures (H, W) or (H, W, C) of any dtype that is filtered.

    Raises what `correlate` raises, but for numbers that don't fit int32; OptionError for the border
    `resize`.

    >>> from convfilter.core.kernel import make_kernel
    >>> from convfilter.core.spec import make_spec
    >>> step = make_kernel([[1, 2, 1]]), make_spec(stride=2, padding="same")
    >>> make_whole((6, 9), np.dtype(np.uint8), (step,)).reads(Tile(1, 2, 2, 4))
    ((slice(2, 3, None),), (slice(3, 8, None),))
    """
    check_shape(shape)
    whole = Whole(steps, shape, filtered_as(dtype))
    outline_steps(shape, whole.dtype, steps)
    if any(stage.enlarges for stage in whole.chain.stages):
        raise OptionError(
            "border: resize enlarges the whole picture, which is never in memory here, to fill its "
            "padding; use zero, constant:V, edge, reflect, symmetric or wrap"
        )
    return whole


def fill_tile(
    whole: Whole, tile: Tile, held: Held, target: NDArray[Any], stretch: Stretch | None = None
) -> Statistics:
    """Fills target (rows, columns, planes) with a tile of the result, and returns its statistics.

    held     at least what `Whole.reads` tells of the tile, (rows, columns, channels) of the whole's dtype
    stretch  of all tiles, for the policy `rescale`
    """
    ends = None if stretch is None else stretch.facts
    strict = stretch is not None and stretch.strict
    if not whole.plain:
        return fill(_strict_if(whole, strict=strict), held.source, tile, target, ends)
    run = run_strictly if strict else run_problem
    return run(_problem(whole, tile, held), target, ends).statistics


def measure_tile(whole: Whole, tile: Tile, held: Held) -> Measured:
    """The first pass of `rescale`; see `fill_tile`."""
    largest = doubt.largest_number(held.pixels) if held.pixels.size else 0.0
    if whole.plain:
        problem = measuring(_problem(whole, tile, held))
        facts = strict = run_problem(problem).statistics
        if doubt.may_be_noise(problem, largest, facts):
            strict = run_strictly(problem).statistics
        return Measured(facts, strict, largest)
    facts = strict = measure(whole.chain, held.source, tile)
    if may_be_noise(whole.chain, largest, facts):
        strict = measure(_strict_if(whole, strict=True), held.source, tile)
    return Measured(facts, strict, largest)


def join_measures(parts: Sequence[Measured]) -> Measured:
    """The measure of several tiles together."""
    return Measured(
        merge([part.facts for part in parts]),
        merge([part.strict for part in parts]),
        float(np.max([part.largest for part in parts])),  # NaN if there is one
    )


def stretch_of(whole: Whole, measured: Measured) -> Stretch:
    """What `rescale` stretches, from the measure of all tiles."""
    facts, strict, largest = measured
    noise = (
        doubt.may_be_noise(_outline(whole), largest, facts)
        if whole.plain
        else may_be_noise(whole.chain, largest, facts)
    )
    return Stretch((strict if noise else facts)._replace(below=0, above=0), noise)


def told(whole: Whole, facts: Statistics) -> Result:
    """The Result of all tiles, as reports tell of it; its pixels, which are elsewhere, take no memory."""
    chain = whole.chain
    pixels = np.broadcast_to(np.zeros(1, chain.pixel), chain.shape)
    done = done_steps(whole.steps, chain)
    if whole.plain:
        done = (done[0]._replace(plan=make_plan(_outline(whole))),)
    return Result(pixels, chain.geometry, done[-1].plan, chain.policy, facts, done)


def result_cuts(axes: Sequence[Axis], cuts: Iterable[int]) -> list[int]:
    """Where a result is cut so that its pieces lie over those of the picture, from 0 to its end.

    axes  one a step
    cuts  of the picture: where its pieces end

    >>> result_cuts([Axis(size=10, kernel=3, stride=2, dilation=1, before=0, after=0)], [4, 8, 10])
    [0, 2, 4]
    """
    for axis in axes:
        middle = axis.before - axis.reach // 2
        inside = (-(-(cut + middle) // axis.stride) for cut in cuts if cut < axis.size)
        cuts = [*(min(max(cut, 0), axis.out) for cut in inside), axis.out]
    return sorted({0, *cuts})


def _chain(whole: Whole, steps: Steps) -> Chain:
    full = (*whole.shape, 1)[:3]
    return make_chain(steps, full, whole.dtype, gray=len(whole.shape) == 2)


def _strict_if(whole: Whole, *, strict: bool) -> Chain:
    return _chain(whole, strict_steps(whole.steps)) if strict else whole.chain


def _outline(whole: Whole) -> Problem:
    """Of a plain kernel, all of it."""
    ((kernel, spec),) = whole.steps
    full = (*whole.shape, 1)[:3]
    return outline(kernel, spec, full, whole.dtype, gray=len(whole.shape) == 2)


def _problem(whole: Whole, tile: Tile, held: Held) -> Problem:
    """Of a plain kernel, a tile."""
    ((kernel, spec),) = whole.steps
    block = block_of(whole.chain.stages[0], held.source, tile)
    pixels = block.pixels
    part = outline(kernel, on_block(spec, block), pixels.shape, pixels.dtype, gray=False)
    return like_whole(replace(part, image=pixels), kernel, _outline(whole))
