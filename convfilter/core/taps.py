"""The non-zero weights of a kernel as lists, and what follows from them for the loops."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.arithmetic import largest_partial_sum
from convfilter.core.problem import Problem
from convfilter.native.loops import ROWS_AT_ONCE

# What a product and a sum in a type cost, float32 being 1 (benchmarks/thresholds.py).
RELATIVE_COST = {"int16": 0.5, "float32": 1.0, "int32": 1.5, "float64": 2.5, "int64": 6.0}


class Taps(NamedTuple):
    """The non-zero weights of one map, in row-major order; channel, row and column in the kernel."""

    channel: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    weight: NDArray[Any]


class Shared(NamedTuple):
    """Places that four sums read at once: line row and column in pixels, four weights a place."""

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


def shared(parts: list[Taps], places_of: Taps | None = None) -> Shared:
    """Up to four lists of taps as one, in row-major order, with weight 0 where one has no tap.

    places_of  taps whose places are listed in any case
    """
    owners = [*range(len(parts))]
    if places_of is not None:
        parts, owners = [*parts, places_of], [*owners, ROWS_AT_ONCE]  # a column that is cut off
    joined = [np.concatenate([part[i] for part in parts]) for i in range(4)]
    owner = np.repeat(owners, [len(part.weight) for part in parts])
    spans = [int(axis.max(initial=0)) + 1 for axis in joined[:3]]
    key = (joined[0] * spans[1] + joined[1]) * spans[2] + joined[2]
    places = np.array(sorted(set(key.tolist())), np.int64)  # np.unique imports numpy.ma: 6 ms
    which = np.searchsorted(places, key)
    weight = np.zeros((len(places), ROWS_AT_ONCE + 1), joined[3].dtype)
    weight[which, owner] = joined[3]
    row, column = np.divmod(places, spans[2])
    channel, row = np.divmod(row, spans[1])
    return Shared(channel, row, column, np.ascontiguousarray(weight[:, :ROWS_AT_ONCE]))


def four_rows(problem: Problem, taps: Taps) -> Shared:
    """The places that four rows of the result read, each for its own sum.

    The rows are neighbours, or, with a vertical dilation, that far apart.
    """
    rows = problem.geometry.rows
    apart = next_row(problem) * rows.stride
    steps = range(ROWS_AT_ONCE)
    return shared([taps._replace(row=taps.row * rows.dilation + k * apart) for k in steps])


def next_row(problem: Problem) -> int:
    """From one of four rows to the next: such that they read the same lines."""
    rows = problem.geometry.rows
    return rows.dilation if rows.stride == 1 else 1


def row_groups(problem: Problem) -> NDArray[np.int64]:
    """(row, map, first weight) of the fours of rows that make up next_row·4 rows."""
    return np.array([(row, 0, 0) for row in range(next_row(problem))], np.int64)


def adds_in(problem: Problem) -> str:
    """The type that many products are added in.

    float32 in place of int32 as long as it is exact: a product and a sum are one operation there.
    """
    arithmetic = problem.arithmetic
    if arithmetic.sum != "int32":
        return arithmetic.sum
    most = largest_partial_sum(arithmetic, problem.image.dtype)
    return "float32" if most < 2**24 else "int32"
