"""Every output pixel from its window, non-zero taps only.

Error: none for whole-number sums; for n taps in float32 at most (10 + n/8)·2⁻²⁴·Σ|w·x|, in float64
at most (n + 2)·2⁻⁵³·Σ|w·x|.

The output is cut into blocks that depend on the picture only. Inside, a block reads the image where
it lies: rows of the border are only other addresses. Blocks at the left and right edge, and all
blocks with a horizontal stride or a sum over channels, read a gathered copy of what they need,
laid out so that neighbouring outputs read neighbouring numbers. So loops know no border, stride,
dilation or channel, only taps at fixed distances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter import native
from convfilter.core import plain
from convfilter.core.arithmetic import name_of
from convfilter.core.blocks import Block, Taps, make_blocks, make_taps, padded_rows
from convfilter.core.border import CONSTANT, border_index, gather
from convfilter.core.finish import Finish, Statistics, merge
from convfilter.core.problem import Problem
from convfilter.native.loops import CHUNK, MOST_TAPS_AT_ONCE, TAPS_PER_PASS, Loop
from convfilter.native.threads import core_count, run_all

if TYPE_CHECKING:
    from convfilter.native.load import LoopFunction

# Below this, some 0.5 ms, threads cost more than they bring (the pool's first use: 5 ms).
LEAST_THREADED_PRODUCTS = 2**23


class Source(NamedTuple):
    """What a loop reads for one block: `memory` and, an offset away, one row of border constants.

    Fields are the loop's parameters, in elements (native/loops.py).
    """

    memory: NDArray[Any]
    row_offset: NDArray[np.int64]
    tap_column: NDArray[np.int64]
    constants: NDArray[Any] | None = None


def suits(problem: Problem) -> bool:
    """Direct sums are always possible."""
    return problem.image.size > 0


def cost(problem: Problem) -> float:
    """Multiply-adds a sample of the result."""
    return float(np.count_nonzero(problem.kernel.values)) / (problem.kernel.maps or 1)


def reason(problem: Problem) -> str:
    """In words, for the report: '5 of 9 taps'."""
    values = problem.kernel.values
    taps = int(np.count_nonzero(values))
    return f"{taps} of {values.size} taps" if taps < values.size else f"all {taps} taps"


def run(problem: Problem, finish: Finish, target: NDArray[Any]) -> Statistics:
    """Fills target (H', W', planes) and returns the statistics."""
    if not _rows_are_runs(problem.image):
        problem = replace(problem, image=np.ascontiguousarray(problem.image))
    maps = problem.kernel.maps or 1
    parts: list[Statistics] = []
    for index in range(maps):
        plane = target if maps == 1 else np.empty((*target.shape[:2], 1), target.dtype)
        parts += _run_map(problem, finish, index, plane)
        if maps > 1:
            target[:, :, index] = plane[:, :, 0]
    return merge(parts)


def loop_of(problem: Problem, finish: Finish, taps: int) -> Loop:
    """The compiled loop that adds up a number of taps."""
    return Loop(
        taps=taps if taps <= MOST_TAPS_AT_ONCE else 0,
        source=name_of(problem.image.dtype),
        sum=problem.arithmetic.sum,
        pixel=name_of(finish.pixel),
        kind=finish.kind,
    )


def _run_map(problem: Problem, finish: Finish, index: int, plane: NDArray[Any]) -> list[Statistics]:
    taps = make_taps(problem, index)
    loop = loop_of(problem, finish, len(taps.weight))
    function = native.find(loop)
    parts: list[Statistics] = []

    def piece(block: Block) -> Callable[[], None]:
        here = plane[block.y0 : block.y1, block.x0 : block.x1]
        if function is None:
            return lambda: parts.append(plain.run(problem, finish, index, taps, block, here))
        return lambda: parts.append(_run_block(function, problem, finish, index, taps, block, here))

    pieces = [piece(block) for block in make_blocks(problem)]
    threads = problem.spec.threads or core_count()
    products = plane.size * max(len(taps.weight), 1)
    run_all(pieces, threads if products >= LEAST_THREADED_PRODUCTS else 1)
    return parts


def _run_block(
    function: LoopFunction,
    problem: Problem,
    finish: Finish,
    index: int,
    taps: Taps,
    block: Block,
    here: NDArray[Any],
) -> Statistics:
    make_source = _in_place if block.in_place else _gathered
    source = make_source(problem, taps, block)
    height, width, numbers = here.shape
    row_step = problem.geometry.rows.stride
    row_offset, tap_row, tap_column, weight, _zeros = _filled(
        problem, taps, source, height, width * numbers
    )
    sums = np.dtype(problem.arithmetic.sum)
    limits = (np.inf, -np.inf) if sums.kind == "f" else (np.iinfo(sums).max, np.iinfo(sums).min)
    extremes = np.array(limits, sums)
    counts = np.zeros(3, np.int64)
    parameters = np.array(finish.parameters[index], sums)
    scratch = np.empty(3 * CHUNK, sums)
    function(
        source.memory.ctypes.data,
        row_offset.ctypes.data,
        row_step,
        tap_row.ctypes.data,
        tap_column.ctypes.data,
        weight.ctypes.data,
        len(weight),
        here.ctypes.data,
        here.strides[0] // here.itemsize,
        width * numbers,
        height,
        parameters.ctypes.data,
        float(problem.arithmetic.divisor),
        extremes.ctypes.data,
        counts.ctypes.data,
        scratch.ctypes.data,
    )
    least, greatest = (float(e) / problem.arithmetic.divisor for e in extremes)
    return Statistics(
        least if least <= greatest else nan,
        greatest if least <= greatest else nan,
        below=int(counts[0]),
        above=int(counts[1]),
        nonfinite=int(counts[2]),
        samples=here.size,
    )


def _in_place(problem: Problem, taps: Taps, block: Block) -> Source:
    """The image where it lies. Padded rows are addresses; rows of constants lie beside it."""
    image, columns = problem.image, problem.geometry.columns
    rows = padded_rows(problem, block)
    row_length = image.strides[0] // image.itemsize
    row_offset = rows * row_length + (block.x0 - columns.before) * problem.channels
    constants = None
    if (outside := rows == CONSTANT).any():
        length = (block.x1 - block.x0 + columns.reach) * problem.channels
        constants = np.full(length, problem.constant, image.dtype)
        row_offset[outside] = _distance(constants, image)
    tap_column = taps.column * (columns.dilation * problem.channels)
    return Source(image, row_offset, tap_column, constants)


def _gathered(problem: Problem, taps: Taps, block: Block) -> Source:
    """A copy of the padded pixels that the block needs.

    With a stride s, the columns 0, s, 2s … lie together, then 1, s + 1 … (only those that a tap
    reads); with a sum over channels, each channel lies by itself.
    """
    columns = problem.geometry.columns
    distance = taps.column * columns.dilation
    phases = np.unique(distance % columns.stride)
    run_length = block.x1 - block.x0 + columns.reach // columns.stride
    first = block.x0 * columns.stride + phases[:, np.newaxis]
    padded = (first + np.arange(run_length) * columns.stride).ravel()
    index = border_index(columns.size, columns.before, columns.after, problem.spec.border.kind)
    picked = gather(
        problem.image,
        padded_rows(problem, block),
        index[padded.clip(max=columns.padded - 1)],
        problem.constant,
    )
    place = np.searchsorted(phases, distance % columns.stride) * run_length
    place += distance // columns.stride
    if problem.full_depth:
        picked = np.ascontiguousarray(picked.transpose(0, 2, 1))
        place += taps.channel * picked.shape[2]
    else:
        place *= problem.channels
    row_offset = np.arange(picked.shape[0]) * (picked.shape[1] * picked.shape[2])
    return Source(picked, row_offset, place)


def _filled(
    problem: Problem, taps: Taps, source: Source, height: int, width: int
) -> tuple[NDArray[Any], ...]:
    """row_offset, tap_row, tap_column, weight and the zeros, filled up to whole passes with taps of weight 0.

    Those read a row of zeros, which `row_offset` names once for each output row behind the others.
    """
    rows = problem.geometry.rows
    tap_row, tap_column, weight = taps.row * rows.dilation, source.tap_column, taps.weight
    missing = -len(weight) % TAPS_PER_PASS if len(weight) > MOST_TAPS_AT_ONCE else 0
    zeros = np.zeros(width if missing else 0, problem.image.dtype)
    if not missing:
        return source.row_offset, tap_row, tap_column, weight, zeros
    zero_rows = np.full((height - 1) * rows.stride + 1, _distance(zeros, source.memory))
    return (
        np.concatenate([source.row_offset, zero_rows]),
        np.concatenate([tap_row, np.full(missing, len(source.row_offset))]),
        np.concatenate([tap_column, np.zeros(missing, np.int64)]),
        np.concatenate([weight, np.zeros(missing, weight.dtype)]),
        zeros,
    )


def _distance(array: NDArray[Any], memory: NDArray[Any]) -> int:
    """Elements from one array's first number to another's."""
    return int(array.ctypes.data - memory.ctypes.data) // memory.itemsize


def _rows_are_runs(image: NDArray[Any]) -> bool:
    """Whether the numbers of a row lie one after the other, in aligned memory."""
    channels = image.shape[2]
    near = (channels == 1 or image.strides[2] == image.itemsize) and (
        image.shape[1] == 1 or image.strides[1] == channels * image.itemsize
    )
    return near and image.flags.aligned and image.strides[0] % image.itemsize == 0
