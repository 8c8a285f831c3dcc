"""Kernels of rank 1, or a sum of two or three such: sums down the columns, then along the rows.

    Σ_ij K[i, j]·x[i, j] = Σ_t Σ_j v_t[j] · Σ_i u_t[i]·x[i, j]

Error: none for whole-number sums; in float32 at most (160 + (kh + kw)/64)·2⁻²⁴·Σ|K|·max|x|, in
float64 at most (kh + kw + 90)·2⁻⁵³·Σ|K|·max|x| (a term may be larger than the kernel).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.bands import Work, loop_of, run_works
from convfilter.core.factors import Factors, float_factors, whole_factors
from convfilter.core.finish import Finish, Statistics
from convfilter.core.lines import make_lines
from convfilter.core.problem import Problem
from convfilter.core.taps import RELATIVE_COST, Taps, adds_in, four_rows, next_row, row_groups
from convfilter.native.loops import CHUNK, ROWS_AT_ONCE, SLACK, Loop

# Nanoseconds a sample on one core, and a tap of a term in float32 (benchmarks/thresholds.py).
SAMPLE_NS, TAP_NS = 0.25, 0.0225
FLOAT64_COST = 2.5  # once more than direct sums: rows of vertical sums leave the L1 cache

UNSUITED = "the kernel is no sum of up to three products of a column and a row"


def suits(problem: Problem) -> bool:
    """Kernels laid on each channel that are a sum of up to three products."""
    return _factors(problem) is not None


def cost(problem: Problem) -> float:
    """Nanoseconds a sample of the result on one core."""
    acc = adds_in(problem)
    taps = sum(_counts(problem)) * _suited(problem).terms * RELATIVE_COST[acc]
    return SAMPLE_NS + TAP_NS * taps * (FLOAT64_COST if acc == "float64" else 1.0)


def reason(problem: Problem) -> str:
    """In words, for the report: 'rank 1: 2×15 taps instead of 225'."""
    taps, terms = int(np.count_nonzero(problem.kernel.values)), _suited(problem).terms
    down, across = _counts(problem)
    each = f"2×{down}" if down == across else f"{down} + {across}"
    return f"rank {terms}: {f'{terms}·' if terms > 1 else ''}{each} taps instead of {taps}"


def run(problem: Problem, finish: Finish, target: NDArray[Any]) -> Statistics:
    """Fills target (H', W', planes) and returns the statistics."""
    return run_works(problem, finish, [_work(problem, finish)], target)


def loops(problem: Problem, finish: Finish) -> set[Loop]:
    """The compiled loops that `run` needs."""
    return {_work(problem, finish).loop}


def _factors(problem: Problem) -> Factors | None:
    return problem.remembered("factors", lambda: _find_factors(problem))


def _suited(problem: Problem) -> Factors:
    factors = _factors(problem)
    assert factors is not None  # noqa: S101 - suits() was asked
    return factors


def _find_factors(problem: Problem) -> Factors | None:
    arithmetic = problem.arithmetic
    if problem.full_depth or min(problem.kernel.size) < 2:
        return None
    if arithmetic.whole:
        return whole_factors(arithmetic.weights.astype(np.int64))
    if problem.spec.exact:
        return None
    kernel = problem.kernel
    if kernel.numerators is not None and (whole := whole_factors(kernel.numerators)):
        # As exact as direct sums are, where pixels are whole numbers in floats.
        u, v = whole.u / kernel.denominator, whole.v
        return Factors(u.astype(arithmetic.sum), v.astype(arithmetic.sum))
    return float_factors(kernel.values, arithmetic.sum)


def _counts(problem: Problem) -> tuple[int, int]:
    """Taps down and across, of one term."""
    factors = _suited(problem)
    return int(factors.u.any(axis=0).sum()), int(factors.v.any(axis=0).sum())


def _work(problem: Problem, finish: Finish) -> Work:
    key = "separable", finish.kind, finish.pixel, problem.image.strides
    return problem.remembered(key, lambda: _make_work(problem, finish))


def _make_work(problem: Problem, finish: Finish) -> Work:
    factors = _suited(problem)
    acc = adds_in(problem)
    row, column = (np.nonzero(each.any(axis=0))[0] for each in factors)
    distance = column * problem.geometry.columns.dilation
    lines = make_lines(problem, distance)
    places = lines.place(np.zeros_like(distance), distance)
    down = [_down(problem, row, u[row]) for u in factors.u]
    length = lines.length + SLACK
    term_starts = np.arange(factors.terms)[:, np.newaxis] * ROWS_AT_ONCE * length
    step = next_row(problem)
    return Work(
        loop=loop_of("terms", problem, finish, acc),
        lines=lines,
        tap_row=down[0][0],
        tap_column=np.zeros_like(down[0][0]),
        weight=np.concatenate([weight for _, weight in down]).astype(acc),
        groups=row_groups(problem),
        facts={"rows_a_step": ROWS_AT_ONCE * step, "next_row": step, "terms": factors.terms},
        scratch=CHUNK + SLACK + factors.terms * ROWS_AT_ONCE * length + SLACK,
        products=float(sum(_counts(problem)) * factors.terms),
        across_place=(term_starts + places).ravel(),
        across_weight=factors.v[:, column].astype(acc).ravel(),
    )


def _down(
    problem: Problem, row: NDArray[np.int64], weight: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Line rows that four rows of the result read, and four weights each."""
    zeros = np.zeros_like(row)
    four = four_rows(problem, Taps(zeros, row, zeros, weight))
    return four.row, four.weight
