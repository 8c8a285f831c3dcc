"""Tiles of the result, and how sums of one become pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter import native
from convfilter.core.bands import NO_GROUPS, Work, loop_of, run_bands
from convfilter.core.finish import Finish, Statistics, policy_of, settle
from convfilter.core.geometry import Axis, Geometry
from convfilter.core.lines import no_lines
from convfilter.core.problem import Problem, without_image
from convfilter.native.loops import Loop


class Tile(NamedTuple):
    """Rows [y0, y1), columns [x0, x1) of the result."""

    y0: int
    y1: int
    x0: int
    x1: int


def make_tiles(problem: Problem, step: tuple[int, int]) -> list[Tile]:
    """The result in tiles that `step` input pixels make, (height, width)."""
    height, width = problem.geometry.out
    tall = max(1, (step[0] - 1) // problem.geometry.rows.stride + 1)
    wide = max(1, (step[1] - 1) // problem.geometry.columns.stride + 1)
    return [
        Tile(y, min(y + tall, height), x, min(x + wide, width))
        for y in range(0, height, tall)
        for x in range(0, width, wide)
    ]


def tile_loop(problem: Problem, finish: Finish, dtype: str) -> Loop:
    """The loop that finishes sums of a dtype: one tap of weight 1."""
    sums = problem.arithmetic.sum
    loop = loop_of("few1", problem, finish, sums)
    return loop._replace(source=sums if problem.arithmetic.whole else dtype)


def finish_tile(
    problem: Problem, finish: Finish, sums: NDArray[Any], index: int, here: NDArray[Any]
) -> Statistics:
    """Sums of one map (without bias) → pixels in `here`, (H, W, 1)."""
    arithmetic, loop = problem.arithmetic, tile_loop(problem, finish, sums.dtype.name)
    if arithmetic.whole:
        sums = np.rint(sums).astype(np.int64)
    function = native.find(loop)
    alone = finish._replace(parameters=finish.parameters[index : index + 1])
    if function is None:
        return _settled(problem, alone, sums, index, here)
    if arithmetic.whole:  # what wraps round here, the bias brings back
        sums = sums.astype(loop.source)
    sums = np.ascontiguousarray(sums) if sums.strides[1] != sums.itemsize else sums
    key = "tile", loop, sums.shape, sums.strides
    tile, work = problem.remembered(key, lambda: _one_tap(problem, loop, sums))
    return run_bands(function, replace(tile, image=sums[:, :, np.newaxis]), alone, [work], here)


def _one_tap(problem: Problem, loop: Loop, sums: NDArray[Any]) -> tuple[Problem, Work]:
    """The problem of finishing tiles of a shape, without a tile, and its work."""
    axes = (Axis(size, kernel=1, stride=1, dilation=1, before=0, after=0) for size in sums.shape)
    tile = replace(
        problem,
        image=sums[:, :, np.newaxis],
        geometry=Geometry(*axes),
        spec=problem.spec._replace(threads=1),
        memo={},
    )
    zero = np.zeros(1, np.int64)
    work = Work(
        loop=loop,
        lines=no_lines(tile),
        tap_row=zero,
        tap_column=zero,
        weight=np.ones(1, loop.acc),
        groups=NO_GROUPS,
        facts={},
        scratch=0,
        products=1.0,
        segments=np.array([(0, sums.shape[1], 1)], np.int64),
    )
    return without_image(tile), work


def _settled(
    problem: Problem, finish: Finish, sums: NDArray[Any], index: int, here: NDArray[Any]
) -> Statistics:
    """The same in numpy."""
    arithmetic = problem.arithmetic
    bias = arithmetic.biases[index]
    with np.errstate(invalid="ignore", over="ignore"):
        total = sums.astype(np.int64) + bias if arithmetic.whole else sums * arithmetic.scale + bias
        pixels, facts = settle(
            total, arithmetic, policy_of(finish.policy, index), problem.shift, finish.pixel
        )
    here[:, :, 0] = pixels
    return facts
