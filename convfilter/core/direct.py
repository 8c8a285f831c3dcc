"""Every output pixel from its window, non-zero taps only.

Error: none for whole-number sums; for n taps in float32 at most (74 + n/64)·2⁻²⁴·Σ|w·x|, in float64
at most (n + 2)·2⁻⁵³·Σ|w·x|.

Up to nine taps are added up and finished at once. More, or several maps, go in tiles of four rows
or four maps that read the same numbers.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.bands import NO_GROUPS, Work, loop_of, run_works
from convfilter.core.finish import Finish, Statistics, merge
from convfilter.core.lines import Lines, interior, make_edge_lines, make_lines, no_lines
from convfilter.core.problem import Problem, in_float64, without_image
from convfilter.core.taps import (
    RELATIVE_COST,
    Shared,
    Taps,
    adds_in,
    four_rows,
    make_taps,
    next_row,
    row_groups,
    shared,
)
from convfilter.native.loops import CHUNK, MOST_TAPS_AT_ONCE, ROWS_AT_ONCE, SLACK, Loop

# Above this many taps a map, float32 sums could err by more than 1e-5·Σ|K|·max|X|.
MOST_FLOAT32_TAPS = 4096
# Nanoseconds a sample on one core (benchmarks/thresholds.py): of reading, finishing and writing;
# of one tap in float32; of a place that four sums share, for each of them.
SAMPLE_NS, TAP_NS, PLACE_NS = 0.1, 0.025, 0.0152
# Below so many columns between the edges everything is read from lines.
LEAST_INTERIOR = 64

UNSUITED = "it can do everything"


def suits(problem: Problem) -> bool:
    """Direct sums are always possible."""
    return problem.image.size > 0


def cost(problem: Problem) -> float:
    """Nanoseconds a sample of the result on one core."""
    kernel, width = problem.kernel, RELATIVE_COST[adds_in(problem)]
    taps = int(np.count_nonzero(kernel.values)) / (kernel.maps or 1)
    if (kernel.maps or 1) > 1 or taps > MOST_TAPS_AT_ONCE:
        rows = problem.geometry.rows.kernel
        spread = 1.0 if kernel.maps else (rows + ROWS_AT_ONCE - 1) / rows
        return SAMPLE_NS + min(PLACE_NS * spread, TAP_NS) * taps * width
    return SAMPLE_NS + TAP_NS * taps * width


def reason(problem: Problem) -> str:
    """In words, for the report: '5 of 9 taps'."""
    values = problem.kernel.values
    taps = int(np.count_nonzero(values))
    return f"{taps} of {values.size} taps" if taps < values.size else f"all {taps} taps"


def run(problem: Problem, finish: Finish, target: NDArray[Any]) -> Statistics:
    """Fills target (H', W', planes) and returns the statistics."""
    problem = _wide_enough(problem)
    return run_works(problem, finish, _works(problem, finish), target)


def run_strictly(problem: Problem, finish: Finish, target: NDArray[Any]) -> Statistics:
    """The same where a weight of 0 must not meet a NaN: each map by itself, its own taps only."""
    problem = _wide_enough(problem)
    parts = []
    for index in range(problem.kernel.maps or 1):
        plane = target[:, :, index : index + 1] if problem.kernel.maps else target
        alone = finish._replace(parameters=finish.parameters[index : index + 1])
        key = "strictly", index, finish.kind, finish.pixel, problem.image.strides
        make = partial(_one_map, problem, finish, index, strict=True)
        parts.append(run_works(problem, alone, problem.remembered(key, make), plane, index))
    return merge(parts)


def _wide_enough(problem: Problem) -> Problem:
    """With float64 sums where float32 would add up too many errors."""
    many = int(np.count_nonzero(problem.kernel.values)) > MOST_FLOAT32_TAPS * (
        problem.kernel.maps or 1
    )
    if not many or problem.arithmetic.sum != "float32":
        return problem
    wide = problem.remembered("wide", lambda: without_image(in_float64(problem)))
    return replace(wide, image=problem.image)


def is_strict(problem: Problem) -> bool:
    """Whether `run` meets no pixel but those under a tap."""
    taps = int(np.count_nonzero(problem.kernel.values))
    return problem.kernel.maps is None and taps <= MOST_TAPS_AT_ONCE


def loops(problem: Problem, finish: Finish) -> set[Loop]:
    """The compiled loops that `run` needs."""
    problem = _wide_enough(problem)
    return {work.loop for work in _works(problem, finish)}


def _works(problem: Problem, finish: Finish) -> list[Work]:
    """The work, worked out once for all images of one layout; none where there are no taps."""
    key = "direct", finish.kind, finish.pixel, problem.image.strides
    if (problem.kernel.maps or 1) > 1:
        return problem.remembered(key, lambda: _maps(problem, finish))
    return problem.remembered(key, lambda: _one_map(problem, finish, 0))


def _one_map(problem: Problem, finish: Finish, index: int, *, strict: bool = False) -> list[Work]:
    """A kernel's only map, or one of several by itself."""
    taps = make_taps(problem, index)
    if not len(taps.weight):
        return []
    if len(taps.weight) <= MOST_TAPS_AT_ONCE:
        loop = loop_of(f"few{len(taps.weight)}", problem, finish, problem.arithmetic.sum)
        return few_works(problem, loop, taps, taps.weight)
    four = four_rows(problem, taps)
    if strict or len(four.weight) * PLACE_NS > len(taps.weight) * TAP_NS:
        return [_many(problem, finish, taps)]
    step = next_row(problem)
    facts = {"rows_a_step": ROWS_AT_ONCE * step, "next_row": step}
    return [_shared(problem, finish, four, row_groups(problem), facts)]


def few_works(problem: Problem, loop: Loop, taps: Taps, weight: NDArray[Any]) -> list[Work]:
    """The middle of each row where it lies, the edges from lines.

    Apart, because the processor foresees only what is read in order (12 Mpx: 3.9 ms, not 4.9).

    weight  one a tap, or more where the loop sums up several kernels on the same places
    """
    row = taps.row * problem.geometry.rows.dilation

    def work(lines: Lines, segments: list[tuple[int, int, int]], column: NDArray[np.int64]) -> Work:
        return Work(
            loop=loop,
            lines=lines,
            tap_row=row,
            tap_column=column,
            weight=weight,
            groups=NO_GROUPS,
            facts={},
            scratch=0,
            products=len(weight),
            segments=np.array(segments, np.int64),
        )

    if loop.line != loop.source or not _in_place(problem):
        lines, column = _lines(problem, taps.channel, taps.column)
        return [work(lines, [(0, problem.geometry.out[1] * lines.group, 0)], column)]
    channels, columns = problem.channels, problem.geometry.columns
    apart = taps.column * columns.dilation * channels
    left, right = (column * channels for column in interior(problem))
    works = [work(no_lines(problem), [(left, right, 1)], apart - columns.before * channels)]
    lines, parts = make_edge_lines(problem)
    if parts:
        segments = [(begin, end, 0) for begin, end, _ in parts]
        works.append(
            work(lines, segments, np.concatenate([apart + place for _, _, place in parts]))
        )
    return works


def _in_place(problem: Problem) -> bool:
    """Whether the image can be read where it lies, and is wide enough to make that worth while."""
    if problem.geometry.columns.stride > 1 or (problem.full_depth and problem.channels > 1):
        return False
    item, channels = problem.image.itemsize, problem.channels
    near = channels == 1 or problem.image.strides[2] == item
    left, right = interior(problem)
    return near and problem.image.strides[1] == channels * item and right - left >= LEAST_INTERIOR


def _many(problem: Problem, finish: Finish, taps: Taps) -> Work:
    loop = loop_of("many1", problem, finish, adds_in(problem))
    lines, column = _lines(problem, taps.channel, taps.column)
    row = taps.row * problem.geometry.rows.dilation
    weight = taps.weight.astype(loop.acc)
    return Work(loop, lines, row, column, weight, NO_GROUPS, {}, _row_room(problem), len(weight))


def _maps(problem: Problem, finish: Finish) -> list[Work]:
    """Four maps at once; all read the same places."""
    maps = problem.kernel.maps or 1
    parts = [make_taps(problem, index) for index in range(maps)]
    if not sum(len(part.weight) for part in parts):
        return []
    every = shared([Taps(*(np.concatenate(each) for each in zip(*parts, strict=True)))])
    places = Taps(every.channel, every.row, every.column, every.weight[:, 0])
    starts = range(0, maps, ROWS_AT_ONCE)
    fours = [shared(parts[first : first + ROWS_AT_ONCE], places).weight for first in starts]
    groups = [(0, 4 * g, g * every.weight.size) for g in range(len(fours))]
    weight = np.concatenate(fours)
    dilated = Shared(
        every.channel, every.row * problem.geometry.rows.dilation, every.column, weight
    )
    facts = {"maps": maps, "next_map": 1}
    return [_shared(problem, finish, dilated, np.array(groups, np.int64), facts)]


def _shared(
    problem: Problem, finish: Finish, four: Shared, groups: NDArray[np.int64], facts: dict[str, int]
) -> Work:
    loop = loop_of("many4", problem, finish, adds_in(problem))
    lines, column = _lines(problem, four.channel, four.column)
    products = float(len(four.row))
    return Work(
        loop,
        lines,
        four.row,
        column,
        four.weight.astype(loop.acc),
        groups,
        facts,
        _row_room(problem) * ROWS_AT_ONCE,
        products,
    )


def _row_room(problem: Problem) -> int:
    """Numbers of room for the sums of a row: whole chunks and what a tile writes beyond."""
    width = problem.geometry.out[1] * (1 if problem.full_depth else problem.channels)
    return -(-width // CHUNK) * CHUNK + SLACK


def _lines(
    problem: Problem, channel: NDArray[np.int64], column: NDArray[np.int64]
) -> tuple[Lines, NDArray[np.int64]]:
    """The lines that taps read, and their places in them."""
    distance = column * problem.geometry.columns.dilation
    lines = make_lines(problem, distance)
    return lines, lines.place(channel, distance)
