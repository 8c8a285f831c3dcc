"""Numbers wherever a trace asks for them: of the picture, of its border, of what a step makes.

Nothing whole is ever made: a step is asked for the few rows and columns that the next one's window lies
on, and asks the step before in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.border import CONSTANT, border_index, gather
from convfilter.core.problem import Problem
from convfilter.core.rational import float_quotient
from convfilter.core.resize import enlarge
from convfilter.core.stages import Stage

# Numbers (rows, columns, planes) at the crossings of some rows and columns.
Numbers = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[Any]]


def picked(array: NDArray[Any]) -> Numbers:
    """The numbers of an array (H, W, planes)."""
    return lambda rows, columns: array[np.ix_(rows, columns)]


def bordered(stage: Stage, source: Numbers, constant: Any = None) -> Numbers:
    """The numbers of a source with its border, by places of the padded axes; `constant`: another one."""
    rows, columns = stage.geometry.rows, stage.geometry.columns
    if stage.enlarges:
        whole = source(np.arange(rows.size), np.arange(columns.size))
        return picked(enlarge(whole, rows.padded, columns.padded))
    kind = stage.spec.border.kind
    of_row = border_index(rows.size, rows.before, rows.after, kind)
    of_column = border_index(columns.size, columns.before, columns.after, kind)
    fill = stage.problems[0].constant if constant is None else constant

    def numbers(down: NDArray[np.int64], across: NDArray[np.int64]) -> NDArray[Any]:
        from_rows, from_columns = of_row[down], of_column[across]
        inside = source(from_rows.clip(0), from_columns.clip(0))
        return gather(inside, _where(from_rows), _where(from_columns), fill)

    return numbers


def results_of(stage: Stage, source: Numbers, between: np.dtype[Any]) -> Numbers:
    """What a stage makes, wherever it is asked for, in the floats that stand between the steps."""
    padded = bordered(stage, source)

    def numbers(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[Any]:
        down, across = stage.geometry.rows, stage.geometry.columns
        tap_rows = rows[:, np.newaxis] * down.stride + np.arange(down.kernel) * down.dilation
        tap_columns = (
            columns[:, np.newaxis] * across.stride + np.arange(across.kernel) * across.dilation
        )
        read_rows, row_of = np.unique(tap_rows, return_inverse=True)
        read_columns, column_of = np.unique(tap_columns, return_inverse=True)
        block = padded(read_rows, read_columns)
        places = row_of.reshape(tap_rows.shape), column_of.reshape(tap_columns.shape)
        results = [_block_results(problem, block, *places) for problem in stage.problems]
        if not stage.kernel.members:
            return results[0].astype(between)
        made = _COMBINED[stage.kernel.combine](results)
        made += np.array([float(bias) for bias in stage.biases])
        return made.astype(between)

    return numbers


def _where(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places among those that were read, or the constant's."""
    return np.where(index == CONSTANT, CONSTANT, np.arange(len(index)))


# How the results of a composite's members become one; as in core/composite.py, in float64.
_COMBINED: dict[str, Callable[[list[NDArray[Any]]], NDArray[Any]]] = {
    "magnitude": lambda ys: np.sqrt(sum(y * y for y in ys)),
    "sum-abs": lambda ys: np.asarray(sum(abs(y) for y in ys)),
    "max": lambda ys: np.asarray(np.maximum.reduce(ys)),
    "angle": lambda ys: np.degrees(np.arctan2(ys[1] + 0.0, ys[0] + 0.0)),
}


def _block_results(
    problem: Problem, block: NDArray[Any], row_of: NDArray[Any], column_of: NDArray[Any]
) -> NDArray[Any]:
    """Y (rows, columns, planes) in float64, tap by tap.

    row_of, column_of  (places, taps of an axis): where in the block each tap of each place lies
    """
    arithmetic = problem.arithmetic
    whole = arithmetic.whole
    maps = maps_of(arithmetic.weights if whole else problem.kernel.values)
    planes = []
    for plane in range(problem.planes):
        index = plane if problem.full_depth else 0
        total: NDArray[Any] = np.zeros(
            (len(row_of), len(column_of)), np.int64 if whole else np.float64
        )
        for channel, i, j in np.argwhere(maps[index]).tolist():
            read = block[:, :, channel if problem.full_depth else plane]
            taken = read[np.ix_(row_of[:, i], column_of[:, j])]
            total += maps[index][channel, i, j] * taken.astype(total.dtype)
        bias = arithmetic.biases[index]
        if whole:
            made = float_quotient(total + int(bias), arithmetic.divisor, np.dtype(np.float64))
        else:
            made = total * arithmetic.scale + bias
        planes.append(made)
    return np.stack(planes, axis=2)


def maps_of(values: NDArray[Any]) -> NDArray[Any]:
    """Weights as (maps, channels, kh, kw)."""
    return values.reshape((1,) * (4 - values.ndim) + values.shape)
