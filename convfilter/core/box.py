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

from convfilter import native
from convfilter.core import plain
from convfilter.core.arithmetic import name_of
from convfilter.core.bands import Work, run_bands
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
    if problem.full_depth or values.size == 1 or (problem.spec.exact and not _whole(problem)):
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
    work = _work(problem, finish)
    function = native.find(work.loop)
    if function is None:
        return plain.run(problem, finish, target)
    return run_bands(function, problem, finish, [work], target)


def loops(problem: Problem, finish: Finish) -> set[Loop]:
    """The compiled loops that `run` needs."""
    return {_work(problem, finish).loop}


def _whole(problem: Problem) -> bool:
    return problem.arithmetic.whole


def _work(problem: Problem, finish: Finish) -> Work:
    key = "box", finish.kind, finish.pixel, problem.image.strides
    if key not in problem.memo:
        problem.memo[key] = _make_work(problem, finish)
    work: Work = problem.memo[key]
    return work


def _make_work(problem: Problem, finish: Finish) -> Work:
    rows, columns, channels = problem.geometry.rows, problem.geometry.columns, problem.channels
    acc = problem.arithmetic.sum if _whole(problem) else "float64"
    source, pixel = name_of(problem.image.dtype), name_of(finish.pixel)
    lines = make_lines(problem, np.zeros(1, np.int64), natural=True)
    step, stride = columns.dilation * channels, columns.stride * channels
    running = CHUNK * columns.stride + stride + step * (columns.kernel + 8)
    return Work(
        loop=Loop("box", source, acc, problem.arithmetic.sum, pixel, finish.kind),
        lines=lines,
        tap_row=np.zeros(0, np.int64),
        tap_column=np.zeros(0, np.int64),
        weight=problem.arithmetic.weights.ravel()[:1].astype(acc),
        groups=np.zeros((1, 3), np.int64),
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
