"""The pieces of work: blocks of the output, and the taps of one map."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.border import border_index
from convfilter.core.problem import Problem

# Samples of the result in one piece of work: large enough that calls don't count (10 µs each),
# small enough that two threads end together; gathered copies stay in the L2 cache.
BLOCK_SAMPLES = 2**23
GATHERED_SAMPLES = 2**18
LEAST_BLOCK_SAMPLES = 2**17
# Below this the interior is not worth three calls: everything is gathered.
LEAST_INTERIOR = 64


class Block(NamedTuple):
    """A rectangle of the output, rows [y0, y1), columns [x0, x1), and whether it reads in place."""

    y0: int
    y1: int
    x0: int
    x1: int
    in_place: bool


class Taps(NamedTuple):
    """The non-zero weights of one map, in row-major order; channel, row and column in the kernel."""

    channel: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    weight: NDArray[Any]


def make_taps(problem: Problem, index: int) -> Taps:
    """The taps of one map; a plain kernel has one map, and channel 0 stands for every channel."""
    weights = problem.arithmetic.weights
    weights = weights[index] if weights.ndim == 4 else weights
    weights = weights[np.newaxis] if weights.ndim == 2 else weights
    channel, row, column = weights.nonzero()
    return Taps(channel, row, column, weights[channel, row, column])


def make_blocks(problem: Problem) -> list[Block]:
    """The output cut into blocks, from the picture's size only."""
    height, width = problem.geometry.out
    columns = problem.geometry.columns
    numbers = 1 if problem.full_depth else problem.channels
    left, right = columns.before, min(width, columns.before + columns.size - columns.reach)
    spread = columns.stride > 1 or (problem.full_depth and problem.channels > 1)
    whole = left == 0 and right == width
    if spread or not (whole or right - left >= LEAST_INTERIOR):
        ranges = [(0, width, False)]
    else:
        ranges = [(left, right, True), (0, left, False), (right, width, False)]
    blocks = []
    for x0, x1, in_place in ranges:
        if x0 == x1:
            continue
        most = BLOCK_SAMPLES if in_place else GATHERED_SAMPLES
        samples = max(LEAST_BLOCK_SAMPLES, min(most, height * width * numbers // 4))
        rows = max(1, samples // ((x1 - x0) * numbers))
        starts = range(0, height, rows)
        blocks += [Block(y0, min(y0 + rows, height), x0, x1, in_place) for y0 in starts]
    return blocks


def padded_rows(problem: Problem, block: Block) -> NDArray[np.int64]:
    """The source row, or −1, of every padded row that the block needs."""
    rows = problem.geometry.rows
    index = border_index(rows.size, rows.before, rows.after, problem.spec.border.kind)
    return index[block.y0 * rows.stride : (block.y1 - 1) * rows.stride + rows.reach + 1]
