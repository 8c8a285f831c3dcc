"""Every pixel of a small result, traced: what a kernel meets as it slides."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from convfilter.core.conv import run_steps
from convfilter.core.problem import check_image
from convfilter.core.reads import bordered, picked
from convfilter.core.stages import Steps, chain_policy, make_chain
from convfilter.core.trace import trace_steps
from convfilter.core.traced import Number, PixelTrace


class Traces(NamedTuple):
    """All pixels of a result, and what the last step reads.

    traces   [row][column]
    numbers  [row][column] of the first channel with its border, if there is but one step; else ()
    rim      rows of it above and below, columns left and right, that the border gives; none where the
             border `resize` has enlarged the picture
    """

    traces: tuple[tuple[PixelTrace, ...], ...]
    numbers: tuple[tuple[Number, ...], ...]
    rim: tuple[int, int, int, int]


def trace_every(image: ArrayLike, steps: Steps) -> Traces:
    """Traces every pixel of what `run_steps` makes of a small image (H, W) or (H, W, C).

    Raises whatever `run_steps` raises.

    >>> from convfilter.core.kernel import make_kernel
    >>> from convfilter.core.spec import make_spec
    >>> step = make_kernel([[1, 2]]), make_spec(padding=(0, 0, 0, 1), border="edge")
    >>> made = trace_every([[3, 4]], (step,))
    >>> [trace.values for trace in made.traces[0]], made.numbers, made.rim
    ([(11,), (12,)], ((3, 4, 4),), (0, 0, 0, 1))
    """
    pixels = check_image(image)
    planes = pixels.reshape(*pixels.shape[:2], -1)
    chain = make_chain(steps, planes.shape, planes.dtype, gray=pixels.ndim == 2)
    ends = run_steps(pixels, steps).statistics if chain_policy(steps) == "rescale" else None
    height, width = chain.geometry.out
    traces = tuple(
        tuple(trace_steps(pixels, steps, (row, column), ends) for column in range(width))
        for row in range(height)
    )
    if len(steps) > 1:
        return Traces(traces, (), (0, 0, 0, 0))
    stage = chain.stages[0]
    rows, columns = stage.geometry
    read = bordered(stage, picked(planes))(np.arange(rows.padded), np.arange(columns.padded))
    rim = (0, 0, 0, 0) if stage.enlarges else stage.geometry.padding
    return Traces(traces, tuple(map(tuple, read[:, :, 0].tolist())), rim)
