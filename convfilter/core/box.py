"""Kernels whose weights are all the same: running sums, whatever the size.

    C_y[x] = C_(y−s)[x] + rows that come in − rows that go out;  Σ = w · (P[x + k] − P[x]),
    P[x] = C[0] + … + C[x − 1]

Error: none for whole-number sums (what wraps round on the way comes back); floats are summed in
float64 and anew for every band and chunk: at most (2·MOST_ROWS + CHUNK)·2⁻⁵²·Σ|K|·max|x|.
Source: M. J. McDonnell, Box-filtering techniques, 1981.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.bands import NO_GROUPS, Work, loop_of, run_works
from convfilter.core.finish import Finish, Statistics
from convfilter.core.lines import make_lines
from convfilter.core.problem import Problem
from convfilter.native.loops import CHUNK, SLACK, Loop

# Rows of the result between fresh starts of float sums.
MOST_ROWS = 256
# Nanoseconds a sample on one core (benchmarks/thresholds.py).
COST_NS = {"int16": 0.45, "int32": 0.5, "int64": 1.5, "float32": 1.0, "float64": 1.7}

UNSUITED = "its weights are not all the same, or a vertical dilation or stride leaves gaps"


def suits(problem: Problem) -> bool:
    """One weight for all, windows that overlap or touch, no vertical dilation."""
    values, rows, columns = problem.kernel.values, problem.geometry.rows, problem.geometry.columns
    if (
        problem.full_depth
        or values.size == 1
        or (problem.spec.exact and not problem.arithmetic.whole)
    ):
        return False
    same = bool((values == values.flat[0]).all()) and values.flat[0] != 0
    steps = rows.dilation == 1 or rows.kernel == 1
    pixels = columns.stride == 1 or CHUNK % problem.channels == 0
    return same and steps and rows.stride <= rows.kernel and pixels


def cost(problem: Problem) -> float:
    """Nanoseconds a sample of the result on one core."""
    return COST_NS[problem.arithmetic.sum]


def reason(problem: Problem) -> str:
    """In words, for the report: 'running sums instead of 225 taps'."""
    return f"all weights equal: running sums instead of {problem.kernel.values.size} taps"


def run(problem: Problem, finish: Finish, target: NDArray[Any]) -> Statistics:
    """Fills target (H', W', planes) and returns the statistics."""
    return run_works(problem, finish, [_work(problem, finish)], target)


def loops(problem: Problem, finish: Finish) -> set[Loop]:
    """The compiled loops that `run` needs."""
    return {_work(problem, finish).loop}


def _work(problem: Problem, finish: Finish) -> Work:
    key = "box", finish.kind, finish.pixel, problem.image.strides
    return problem.remembered(key, lambda: _make_work(problem, finish))


def _make_work(problem: Problem, finish: Finish) -> Work:
    rows, columns, channels = problem.geometry.rows, problem.geometry.columns, problem.channels
    acc = problem.arithmetic.sum if problem.arithmetic.whole else "float64"
    lines = make_lines(problem, np.zeros(1, np.int64), natural=True)
    step, stride = columns.dilation * channels, columns.stride * channels
    running = CHUNK * columns.stride + stride + step * (columns.kernel + 8)
    return Work(
        loop=loop_of("box", problem, finish, acc),
        lines=lines,
        tap_row=np.zeros(0, np.int64),
        tap_column=np.zeros(0, np.int64),
        weight=problem.arithmetic.weights.ravel()[:1].astype(acc),
        groups=NO_GROUPS,
        facts={
            "ring": rows.reach + 1 + rows.stride,
            "box_step": step,
            "box_count": columns.kernel,
            "box_stride": stride,
        },
        scratch=lines.length + SLACK + CHUNK + running + SLACK + 8 * step,
        products=16.0,
        most_rows=MOST_ROWS if acc == "float64" else 2**28,
    )
