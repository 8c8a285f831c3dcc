"""The trace of one pixel of a picture with transparency: what alpha does to the sum, and what becomes of it.

The ways are those of alpha.py. Where alpha weighs (`premultiply`, and something can be seen through) each
product has the pixel's share in it, and each sum is divided by what the window shows of the kernel.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.alpha import Layer, first_layer, is_opaque, middle_of, next_layer, opaque_of
from convfilter.core.finish import Statistics
from convfilter.core.reads import Numbers, bordered, picked
from convfilter.core.stages import Stage, Steps, make_chain
from convfilter.core.trace import (
    Cover,
    check_place,
    finished_trace,
    places_of_steps,
    trace_step,
    trace_steps,
)
from convfilter.core.traced import Number, PixelTrace, Place


class AlphaTrace(NamedTuple):
    """One pixel's trace, and its alpha.

    trace     of its colours
    alpha     what is written; None where the result has none
    straight  the trace of alpha, where it is filtered like a colour
    """

    trace: PixelTrace
    alpha: Number | None = None
    straight: PixelTrace | None = None


def trace_with_alpha(
    pixels: NDArray[Any],
    alpha: NDArray[Any] | None,
    steps: Steps,
    modes: tuple[str, ...],
    at: Place | None = None,
    ends: Statistics | None = None,
) -> AlphaTrace:
    """Traces one pixel of what `run_with_alpha` makes of colours and alpha; see there.

    at    row and column of the result; None: the middle
    ends  the statistics of the result; `rescale` needs them where alpha weighs

    Raises OptionError for a place outside.
    """
    if alpha is None or "drop" in modes:
        return AlphaTrace(trace_steps(pixels, steps, at, ends))
    top = opaque_of(alpha.dtype)
    if "premultiply" in modes:
        if is_opaque(alpha):
            return AlphaTrace(trace_steps(pixels, steps, at, ends), top)
        return _weighed_trace(pixels, alpha, steps, modes, at, ends)
    trace = trace_steps(pixels, steps, at, ends)
    if "straight" in modes:
        policy = trace.settled[0].policy
        *before, (kernel, spec) = steps
        spec = spec._replace(range_policy="clip" if policy == "rescale" else policy)
        straight = trace_steps(alpha, (*before, (kernel, spec)), trace.at)
        share = straight.values[0]
        return AlphaTrace(
            trace, min(max(share, 0), 1) if alpha.dtype.kind == "f" else share, straight
        )
    for step in trace.steps:
        alpha = middle_of(alpha, step.geometry, step.spec.border.kind)
    return AlphaTrace(trace, alpha[trace.at].item())


def _weighed_trace(
    pixels: NDArray[Any],
    alpha: NDArray[Any],
    steps: Steps,
    modes: tuple[str, ...],
    at: Place | None,
    ends: Statistics | None,
) -> AlphaTrace:
    gray = pixels.ndim == 2
    planes = pixels[:, :, np.newaxis] if gray else pixels
    chain = make_chain(steps, planes.shape, planes.dtype, gray=gray)
    place = check_place(at, chain.geometry.out)
    places = places_of_steps([stage.geometry for stage in chain.stages], steps, place)
    layer, traces = first_layer(planes, alpha), []
    for number, (stage, mode) in enumerate(zip(chain.stages, modes, strict=True)):
        where = places[number]
        if mode == "premultiply":
            padded, cover = _covered(stage, layer, where)
            traces.append(trace_step(steps[number], stage, padded, where, cover))
        else:
            padded = bordered(stage, picked(layer.colours))
            traces.append(trace_step(steps[number], stage, padded, where))
        if number < len(steps) - 1:
            layer, _ = next_layer(layer, stage, mode)
    covered = traces[-1].planes[0].cover
    seen = None if covered is None else float(covered)
    if seen is None:
        middle = middle_of(layer.alpha, chain.geometry, chain.stages[-1].spec.border.kind)
        seen = middle[place].item() / layer.top
    return AlphaTrace(
        finished_trace(chain, traces, place, ends, hidden=seen == 0), _stored(seen, alpha.dtype)
    )


def _stored(share: float, dtype: np.dtype[Any]) -> Number:
    """Alpha from 0 to 1 as it is written."""
    if dtype.kind == "f":
        return float(dtype.type(share))
    return round(share * opaque_of(dtype))


def _covered(stage: Stage, layer: Layer, at: Place) -> tuple[Numbers, Cover]:
    """What a step reads where alpha weighs: colours and alpha, by places of the padded axes.

    Beyond the picture nothing can be seen with a `zero` border, all with `constant`.
    """
    alphas = layer.alpha[:, :, np.newaxis]
    kind = stage.spec.border.kind
    middle = middle_of(layer.colours, stage.geometry, kind)[at]
    alpha = bordered(stage, picked(alphas), layer.top if kind == "constant" else 0)
    cover = Cover(alpha, layer.top, tuple(map(float, middle.tolist())))
    if not stage.enlarges:
        return bordered(stage, picked(layer.colours)), cover
    weighed = bordered(stage, picked(layer.colours * alphas))  # what is enlarged is their product

    def colours(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[Any]:
        shares = alpha(rows, columns)
        made: NDArray[Any] = weighed(rows, columns) / np.where(shares == 0, 1, shares)
        return made

    return colours, cover
