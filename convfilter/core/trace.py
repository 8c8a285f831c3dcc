"""One pixel of a result with everything it is made of: the window, the kernel, every product, the sum, the rest.

    Σ = Σ_c Σ_i Σ_j K[c][i][j] · X[c][i][j]      Y = scale·Σ + bias      range policy → round → saturate

Nothing here is fast, and nothing is shared with the algorithms but the rules of core/: numbers are
gathered by `border_index`, products are Python's. Exact kernels on whole numbers give fractions, all
others float64 in row-major order, each operation by itself: what `exact` promises.

Of several steps the last one's window is on what the step before has made, and each of these numbers has
a window of its own; the trace shows that of the one in the middle, and so on down to the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.arithmetic import name_of
from convfilter.core.border import CONSTANT, border_index
from convfilter.core.conv import run_steps
from convfilter.core.finish import Statistics, policy_of
from convfilter.core.geometry import Axis, Geometry
from convfilter.core.kernel import Kernel
from convfilter.core.problem import Problem, check_image
from convfilter.core.reads import Numbers, bordered, maps_of, picked, results_of
from convfilter.core.settled import combined_number, plain, settled_number, total_of
from convfilter.core.spec import Spec
from convfilter.core.stages import Chain, Stage, Steps, make_chain
from convfilter.core.traced import (
    Number,
    PixelTrace,
    Place,
    Plane,
    StepTrace,
    Sum,
    Table,
    Window,
)
from convfilter.errors import OptionError


class Cover(NamedTuple):
    """Alpha that weighs what a step reads.

    alpha   by places of the padded axes, (rows, columns, 1), 0 … top
    top     of what hides everything behind it
    middle  the source's numbers in the middle of the window, one a plane
    """

    alpha: Numbers
    top: int
    middle: tuple[float, ...]


def trace_steps(
    image: ArrayLike, steps: Steps, at: Place | None = None, ends: Statistics | None = None
) -> PixelTrace:
    """Traces one pixel of what `run_steps` makes of an image.

    at    row and column of the result, from 0; None: the middle
    ends  the statistics of the result, if they are known; `rescale` needs them

    Raises OptionError for a place outside, and whatever `run_steps` raises.
    """
    pixels = check_image(image)
    gray = pixels.ndim == 2
    planes = pixels[:, :, np.newaxis] if gray else pixels
    chain = make_chain(steps, planes.shape, planes.dtype, gray=gray)
    place = check_place(at, chain.geometry.out)
    if chain.policy == "rescale" and ends is None:
        ends = run_steps(pixels, steps).statistics
    sources = [picked(planes)]
    for stage in chain.stages[:-1]:
        sources.append(results_of(stage, sources[-1], chain.between))
    traces = []
    places = places_of_steps([stage.geometry for stage in chain.stages], steps, place)
    for step, stage, source, where in zip(steps, chain.stages, sources, places, strict=True):
        traces.append(trace_step(step, stage, bordered(stage, source), where))
    return finished_trace(chain, traces, place, ends)


def check_place(at: Place | None, size: tuple[int, int]) -> Place:
    """The place if it lies in a result of that size; its middle if there is none. Raises OptionError."""
    height, width = size
    if at is None:
        return height // 2, width // 2
    row, column = at
    if 0 <= row < height and 0 <= column < width:
        return row, column
    message = (
        f"at: row {row}, column {column} is outside the result, which has {height}×{width} pixels: "
        f"rows 0 … {height - 1}, columns 0 … {width - 1}"
    )
    if 0 <= column < height and 0 <= row < width:
        message += f"; {column},{row} is inside: the row comes first, then the column"
    raise OptionError(message)


def places_of_steps(geometries: Sequence[Geometry], steps: Steps, at: Place) -> list[Place]:
    """Where each step is traced: the last one there, the ones before in the middle of the next one's window."""
    places = [at]
    for geometry, (_, spec) in zip(geometries[:0:-1], steps[:0:-1], strict=True):
        row, column = places[-1]
        kind = spec.border.kind
        places.append((_middle(geometry.rows, kind, row), _middle(geometry.columns, kind, column)))
    return places[::-1]


def _middle(axis: Axis, border: str, place: int) -> int:
    """The source place in the middle of a window; the nearest one where the border has none."""
    padded = place * axis.stride + axis.dilation * (axis.kernel // 2)
    if border == "resize":
        return padded * axis.size // axis.padded
    source = int(border_index(axis.size, axis.before, axis.after, border)[padded])
    return source if source != CONSTANT else min(max(padded - axis.before, 0), axis.size - 1)


def trace_step(
    step: tuple[Kernel, Spec],
    stage: Stage,
    padded: Numbers,
    at: Place,
    cover: Cover | None = None,
) -> StepTrace:
    """One kernel at one place of what it makes.

    padded  the numbers it reads, by places of the padded axes (`bordered`)
    cover   where alpha weighs them
    """
    taps = [
        place * axis.stride + np.arange(axis.kernel) * axis.dilation
        for place, axis in zip(at, stage.geometry, strict=True)
    ]
    block = padded(*taps)
    exact = all(problem.arithmetic.whole for problem in stage.problems)
    shares = None if cover is None else _shares(cover, taps, exact=exact)
    planes = []
    for plane in range(stage.made[2]):
        sums = tuple(
            _sum(problem, name, block, plane, shares, exact=exact)
            for problem, name in zip(stage.problems, _names(stage.kernel), strict=True)
        )
        planes.append(_plane(stage, sums, plane, exact=exact))
    if cover is not None and shares is not None:
        planes = _uncovered(planes, cover, shares, stage.problems[0].kernel)
    return StepTrace(
        *step, stage.geometry, stage.made, at, _window(stage, taps), exact, tuple(planes)
    )


def _names(kernel: Kernel) -> list[str]:
    return [member.name for member in kernel.members] or [""]


def _window(stage: Stage, taps: list[NDArray[np.int64]]) -> Window:
    rows, columns = stage.geometry
    size = (rows.padded, columns.padded) if stage.enlarges else (rows.size, columns.size)
    places, read = [], []
    for axis, padded in zip(stage.geometry, taps, strict=True):
        index = border_index(axis.size, axis.before, axis.after, stage.spec.border.kind)
        places.append(tuple((padded - (0 if stage.enlarges else axis.before)).tolist()))
        read.append(tuple((padded if stage.enlarges else index[padded]).tolist()))
    return Window(
        source=size,
        rows=places[0],
        columns=places[1],
        from_rows=read[0],
        from_columns=read[1],
        border=str(stage.spec.border),
        constant=stage.problems[0].constant.item(),
        enlarged=stage.enlarges,
    )


def _sum(
    problem: Problem,
    name: str,
    block: NDArray[Any],
    plane: int,
    shares: Table | None,
    *,
    exact: bool,
) -> Sum:
    """The products on one plane; block: the window's numbers (kh, kw, planes)."""
    kernel, full = problem.kernel, problem.full_depth
    index = plane if full else 0
    if exact and kernel.numerators is not None:
        numerators = _table(maps_of(kernel.numerators)[index], 0)
        used = _each(numerators, lambda n: plain(Fraction(n, kernel.denominator)))
    else:
        used = _table(maps_of(kernel.values)[index], 0)
    numbers = _table(block if full else block[:, :, plane : plane + 1])
    products = _product(used, numbers)
    if shares is not None:
        products = _product(products, shares)
    return Sum(name, used, numbers, products, _total(products), shares)


def _plane(stage: Stage, sums: tuple[Sum, ...], plane: int, *, exact: bool) -> Plane:
    biases = stage.biases
    bias: Number = plain(biases[plane if len(biases) > 1 else 0])
    scale: Number = plain(stage.spec.scale)
    if not exact:
        bias, scale = float(bias), float(scale)
    results = [plain(each.total * scale) for each in sums]
    combine = stage.kernel.combine
    result = combined_number(combine, results) if combine else results[0]
    if combine != "angle":
        result = plain(result + bias)
    return Plane(sums, combine, scale, bias, result)


def _shares(cover: Cover, taps: list[NDArray[np.int64]], *, exact: bool) -> Table:
    """Alpha under each tap, 0 … 1."""
    alpha, top = _table(cover.alpha(*taps)), cover.top
    return _each(alpha, lambda a: plain(Fraction(a) / top) if exact else a / top)


def _uncovered(planes: list[Plane], cover: Cover, shares: Table, kernel: Kernel) -> list[Plane]:
    """The planes where alpha weighs: sums over A; the source's number where that is 0.

    In the order of alpha.py, so that ties are rounded alike: alphas are whole numbers until the end.
    """
    seen = _total(_product(planes[0].sums[0].weights, shares))
    share = float(seen * cover.top) / (cover.top * float(kernel.map_sums[0]))
    share = min(max(share, 0.0), 1.0)
    found = []
    for plane, middle in zip(planes, cover.middle, strict=True):
        y = middle
        if share:
            y = float(plane.sums[0].total * cover.top) / cover.top / share
            y = y * float(plane.scale) + float(plane.bias)
        found.append(plane._replace(result=y, cover=share))
    return found


def finished_trace(
    chain: Chain,
    traces: Sequence[StepTrace],
    at: Place,
    ends: Statistics | None,
    *,
    hidden: bool = False,
) -> PixelTrace:
    """The trace with what becomes of the last step's results.

    ends    the statistics of the whole result, for `rescale`
    hidden  nothing of the pixel can be seen: its numbers are only rounded
    """
    last = traces[-1]
    stretch: tuple[Number, Number] | None = None
    if chain.policy == "rescale" and ends is not None:
        stretch = _stretched_ends(
            chain.stages[-1], ends, exact=last.exact and last.planes[0].cover is None
        )
    settled = [
        settled_number(
            plane.result,
            "angle" if plane.combine == "angle" and chain.policy != "float" else policy,
            chain.pixel,
            shift=plain(chain.shift),
            ends=stretch,
            hidden=hidden,
        )
        for plane, policy in (
            (plane, policy_of(chain.policy, index)) for index, plane in enumerate(last.planes)
        )
    ]
    return PixelTrace(at, chain.shape, name_of(chain.pixel), tuple(traces), tuple(settled), hidden)


def _stretched_ends(stage: Stage, ends: Statistics, *, exact: bool) -> tuple[Number, Number]:
    """The least and the greatest result; of exact ones the fractions that the statistics stand for."""
    if not exact or stage.kernel.members:
        return ends.least, ends.greatest
    divisor = stage.problems[0].arithmetic.divisor
    least, greatest = (
        plain(Fraction(round(end * divisor), divisor)) for end in (ends.least, ends.greatest)
    )
    return least, greatest


def _table(array: NDArray[Any], channels: int = 2) -> Table:
    """An array as numbers of Python, [channel][row][column]; channels: which of its axes they are."""
    planes = np.moveaxis(array, channels, 0).tolist()
    return tuple(tuple(tuple(row) for row in plane) for plane in planes)


def _total(table: Table) -> Number:
    return total_of(number for channel in table for row in channel for number in row)


def _each(table: Table, change: Callable[[Any], Number]) -> Table:
    return tuple(tuple(tuple(change(n) for n in row) for row in plane) for plane in table)


def _product(weights: Table, numbers: Table) -> Table:
    """Place by place; 0 where a weight is 0, whatever it meets."""
    return tuple(
        tuple(
            tuple(plain(w * n) if w != 0 else 0 for w, n in zip(*rows, strict=True))
            for rows in zip(*planes, strict=True)
        )
        for planes in zip(weights, numbers, strict=True)
    )
