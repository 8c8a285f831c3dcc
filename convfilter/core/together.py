"""Composites of small kernels in one loop: all sums of a pixel, made one and finished at once.

Error: none for largest and absolute sums of whole numbers, nor for the 8-bit magnitudes of whole sums;
else that of direct sums of few taps, and one rounding more.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter import native
from convfilter.core.arithmetic import Arithmetic, name_of
from convfilter.core.bands import Work, loop_of, reads_from, run_bands, writes_to
from convfilter.core.composite import TURN_LEVELS
from convfilter.core.direct import few_works
from convfilter.core.finish import Finish, Statistics, fused_finish
from convfilter.core.kernel import Kernel
from convfilter.core.problem import Problem
from convfilter.core.taps import Taps, make_taps
from convfilter.native.loops import MOST_TAPS_AT_ONCE, Loop

# More products a pixel than this and the registers overflow.
MOST_PRODUCTS = 80


class Ending(NamedTuple):
    """What becomes of combined results: their bias in the picture's units, policy, shift, pixel."""

    biases: tuple[Fraction, ...]
    policy: str
    shift: Fraction
    pixel: np.dtype[Any]


def run_together(
    kernel: Kernel, problems: list[Problem], ending: Ending, target: NDArray[Any]
) -> Statistics | None:
    """Fills target (H', W', planes) from one problem a member; None where this can't be done.

    Then target holds nothing of use: larger kernels, directions in float64, results that are not
    finite, and where nothing can be compiled.
    """
    first = problems[0]
    possible = not kernel.maps and reads_from(first.image) and writes_to(target)
    if not possible or any(problem.spec.plan not in ("auto", "direct") for problem in problems):
        return None
    key = "together", kernel, ending, first.image.strides
    made = first.remembered(key, lambda: _make(kernel, problems, ending))
    if made is None:
        return None
    arithmetic, finish, works = made
    function = native.find(works[0].loop)
    if function is None:
        return None
    facts = run_bands(function, replace(first, arithmetic=arithmetic), finish, works, target)
    if facts.nonfinite:
        return None
    if kernel.combine == "angle":  # told in degrees, whatever the pixels are
        least, greatest = facts.least / arithmetic.scale, facts.greatest / arithmetic.scale
        facts = facts._replace(least=least, greatest=greatest)
    return facts


def loops_together(kernel: Kernel, problems: list[Problem], ending: Ending) -> set[Loop]:
    """The loop that `run_together` would use, if it can do this at all."""
    made = None if kernel.maps else _make(kernel, problems, ending)
    return set() if made is None else {work.loop for work in made[2]}


def _make(
    kernel: Kernel, problems: list[Problem], ending: Ending
) -> tuple[Arithmetic, Finish, list[Work]] | None:
    arithmetic = _arithmetic(kernel.combine, problems, ending)
    if arithmetic is None:
        return None
    places, weights = _shared_places(problems)
    if not 0 < len(places.row) <= MOST_TAPS_AT_ONCE or weights.size > MOST_PRODUCTS:
        return None
    finish = fused_finish(arithmetic, ending.policy, ending.shift, ending.pixel)
    if finish is None:
        return None
    if kernel.combine == "angle":  # levels beyond the ends come round again
        rows = tuple((*row[:-2], -np.inf, np.inf) for row in finish.parameters)
        finish = finish._replace(parameters=rows)
    form = f"{kernel.combine.replace('-', '')}{len(problems)}x{len(places.row)}"
    acc = _products_in(problems, arithmetic)
    combining = replace(problems[0], arithmetic=arithmetic)
    loop = loop_of(form, combining, finish, acc)
    scale = 1.0 if problems[0].arithmetic.whole else problems[0].arithmetic.scale
    weight = (weights * scale if scale != 1 else weights).astype(acc).ravel()
    return arithmetic, finish, few_works(combining, loop, places, weight)


def _products_in(problems: list[Problem], arithmetic: Arithmetic) -> str:
    """The type that products are added in: the combined sums' own where those are whole."""
    sums = [problem.arithmetic.sum for problem in problems]
    if arithmetic.whole:
        return arithmetic.sum
    return max(sums, key=["int16", "int32", "float32", "float64"].index)


def _arithmetic(combine: str, problems: list[Problem], ending: Ending) -> Arithmetic | None:
    """In which numbers the combined results are finished; None where that would not be exact enough."""
    members = [problem.arithmetic for problem in problems]
    if len({(a.divisor, a.whole) for a in members}) > 1 or any(a.sum == "int64" for a in members):
        return None
    if combine == "angle":
        return _turn(problems, ending)
    if members[0].whole:
        return (
            _magnitude(problems, ending)
            if combine == "magnitude"
            else _whole(combine, problems, ending)
        )
    if combine == "max":  # a comparison would lose NaN
        return None
    sums = "float64" if any(a.sum == "float64" for a in members) else "float32"
    return Arithmetic(np.empty(0), sums, tuple(map(float, ending.biases)))


def _turn(problems: list[Problem], ending: Ending) -> Arithmetic | None:
    """Degrees in float32, or the levels of a full turn; an exact direction is left to numpy."""
    if any(problem.arithmetic.sum == "float64" for problem in problems):
        return None
    levels = TURN_LEVELS.get(name_of(ending.pixel)) if ending.policy == "clip" else 360
    if levels is None or name_of(ending.pixel) == "float64":
        return None
    return Arithmetic(np.empty(0), "float32", (0.0,), scale=levels / 360)


def _whole(combine: str, problems: list[Problem], ending: Ending) -> Arithmetic | None:
    """Largest and absolute sums of whole numbers, over the divisor that all kernels share."""
    divisor = problems[0].arithmetic.divisor
    starts = [bias * divisor for bias in ending.biases]
    if any(start.denominator != 1 for start in starts):
        return None
    reach = [max(map(abs, problem.arithmetic.bounds)) for problem in problems]
    room = (sum(reach) if combine == "sum-abs" else max(reach)) + abs(int(ending.shift)) * divisor
    room += max(abs(int(start)) for start in starts)
    # int16 sums are for 8-bit pixels only
    types = ("int16", "int32") if name_of(problems[0].image.dtype) == "uint8" else ("int32",)
    fitting = next((name for name in types if room <= np.iinfo(name).max), None)
    if fitting is None:
        return None
    return Arithmetic(np.empty(0), fitting, tuple(map(int, starts)), divisor, bounds=(-room, room))


def _magnitude(problems: list[Problem], ending: Ending) -> Arithmetic | None:
    """Roots of whole numbers, in float32 where that rounds to the right pixel.

    8-bit pixels: below 256 the sum of the squares is exact, and its root, rounded once, is on the right
    side of a tie, because no root of a whole number lies within 1/1024 of k + ½, k < 256. With a
    divisor there are ties, which only a power of two leaves exact.
    """
    divisor = problems[0].arithmetic.divisor
    if divisor & (divisor - 1) and ending.pixel.kind != "f":
        return None
    whole_bias = all(bias.denominator == 1 for bias in ending.biases)
    small = name_of(ending.pixel) == "uint8" and divisor == 1 and whole_bias
    sums = "float32" if small or name_of(ending.pixel) == "float32" else "float64"
    biases = tuple(map(float, ending.biases))
    return Arithmetic(np.empty(0), sums, biases, scale=1.0 / divisor)


def _shared_places(problems: list[Problem]) -> tuple[Taps, NDArray[Any]]:
    """Every place that one of the kernels has a tap on, and the weights (kernels, places) there."""
    parts = [make_taps(problem, 0) for problem in problems]
    where: dict[tuple[int, int, int], int] = {}
    for part in parts:
        for place in zip(
            part.channel.tolist(), part.row.tolist(), part.column.tolist(), strict=True
        ):
            where[place] = 0
    where = {place: number for number, place in enumerate(sorted(where))}
    weights = np.zeros((len(parts), len(where)), parts[0].weight.dtype)
    for kernel, part in enumerate(parts):
        for channel, row, column, weight in zip(*(axis.tolist() for axis in part), strict=True):
            weights[kernel, where[channel, row, column]] = weight
    axes = np.array(list(where), np.int64).reshape(-1, 3).T
    return Taps(axes[0], axes[1], axes[2], weights[0]), weights
