"""The sums in numpy: what stands in where nothing can be compiled. Same numbers, slower."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.border import border_index, gather
from convfilter.core.finish import Finish, Statistics, merge, policy_of, settle
from convfilter.core.problem import Problem
from convfilter.core.taps import make_taps

BAND_SAMPLES = 2**20


def run(
    problem: Problem, finish: Finish, target: NDArray[Any], only: int | None = None
) -> Statistics:
    """Fills target (H', W', planes) and returns the statistics.

    only  a map, if target is that one's plane
    """
    height, width, _ = target.shape
    rows = max(1, BAND_SAMPLES // (width * problem.channels))
    parts = []
    for index in range(problem.kernel.maps or 1) if only is None else [only]:
        plane = target[:, :, index : index + 1] if problem.kernel.maps and only is None else target
        starts = range(0, height, rows)
        parts += [_band(problem, finish, index, y0, plane[y0 : y0 + rows]) for y0 in starts]
    return merge(parts)


def _band(problem: Problem, finish: Finish, index: int, y0: int, here: NDArray[Any]) -> Statistics:
    arithmetic, rows, columns = problem.arithmetic, problem.geometry.rows, problem.geometry.columns
    kind = problem.spec.border.kind
    sum_dtype = np.dtype(np.int64 if arithmetic.whole else arithmetic.sum)
    height, width, _ = here.shape
    first = y0 * rows.stride
    row_index = border_index(rows.size, rows.before, rows.after, kind)
    picked = gather(
        problem.image,
        row_index[first : first + (height - 1) * rows.stride + rows.reach + 1],
        border_index(columns.size, columns.before, columns.after, kind),
        problem.constant,
    ).astype(sum_dtype)
    taps = make_taps(problem, index)
    start = arithmetic.biases[index] if arithmetic.whole else 0
    sums = np.full(here.shape, start, sum_dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        for channel, row, column, weight in zip(
            taps.channel, taps.row, taps.column, taps.weight.astype(sum_dtype), strict=True
        ):
            y, x = row * rows.dilation, column * columns.dilation
            window = picked[
                y : y + (height - 1) * rows.stride + 1 : rows.stride,
                x : x + (width - 1) * columns.stride + 1 : columns.stride,
            ]
            sums += weight * (window[:, :, [channel]] if problem.full_depth else window)
        if not arithmetic.whole:
            sums = sums * sum_dtype.type(arithmetic.scale) + sum_dtype.type(
                arithmetic.biases[index]
            )
        policy = policy_of(finish.policy, index)
        pixels, statistics = settle(sums, arithmetic, policy, problem.shift, finish.pixel)
    here[...] = pixels
    return statistics
