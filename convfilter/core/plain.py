"""The sums of a block in numpy: what `direct` does where nothing can be compiled. Same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.blocks import Block, Taps, padded_rows
from convfilter.core.border import border_index, gather
from convfilter.core.finish import Finish, Statistics, settle
from convfilter.core.problem import Problem


def run(
    problem: Problem, finish: Finish, index: int, taps: Taps, block: Block, here: NDArray[Any]
) -> Statistics:
    """Fills here (rows, columns, planes) of a block and returns its statistics."""
    arithmetic, rows, columns = problem.arithmetic, problem.geometry.rows, problem.geometry.columns
    sum_dtype = np.dtype(np.int64 if arithmetic.whole else arithmetic.sum)
    padded = columns_index(problem)[block.x0 * columns.stride :]
    picked = gather(problem.image, padded_rows(problem, block), padded, problem.constant)
    picked = picked.astype(sum_dtype)
    height, width, _ = here.shape
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
        pixels, statistics = settle(sums, arithmetic, finish.policy, problem.shift, finish.pixel)
    here[...] = pixels
    return statistics


def columns_index(problem: Problem) -> NDArray[np.int64]:
    """The source column, or −1, of every padded column."""
    axis = problem.geometry.columns
    return border_index(axis.size, axis.before, axis.after, problem.spec.border.kind)
