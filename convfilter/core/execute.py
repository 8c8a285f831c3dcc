"""One checked convolution → its pixels: plan → run → finish, and again where the result is in doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core import direct
from convfilter.core.bands import reads_from, writes_to
from convfilter.core.doubt import careful
from convfilter.core.finish import Finish, Statistics, fused_finish, raw_finish, settle
from convfilter.core.geometry import Geometry
from convfilter.core.kernel import Kernel, shape_text
from convfilter.core.plan import ALGORITHMS, Plan, make_plan
from convfilter.core.problem import Problem, enlarged, without_image
from convfilter.core.resize import enlarge
from convfilter.core.spec import Spec
from convfilter.core.stretch import measuring, stretched
from convfilter.errors import DTypeError, ShapeError
from convfilter.native.loops import Loop

Run = Callable[[Problem, Finish, NDArray[Any]], Statistics]


class Done(NamedTuple):
    """A kernel that was applied, and what came of it; `shape` is (H', W') or (H', W', planes)."""

    kernel: Kernel
    spec: Spec
    geometry: Geometry
    plan: Plan
    shape: tuple[int, ...]


class Result(NamedTuple):
    """Pixels, and how they came about: the last step's facts, and all steps."""

    pixels: NDArray[Any]
    geometry: Geometry
    plan: Plan
    policy: str
    statistics: Statistics
    steps: tuple[Done, ...] = ()


def run_problem(
    problem: Problem, out: NDArray[Any] | None = None, ends: Statistics | None = None
) -> Result:
    """Runs it by the algorithm that suits it best, or that its spec names.

    out   of the result's shape and dtype (`check_out`)
    ends  what `rescale` stretches, where this is one of several pictures
    """
    plan = make_plan(problem)
    ready = _ready(problem)
    pixels, statistics = _rescaled(ready, plan, out, ends) or _pixels_of(
        ready, ALGORITHMS[plan.algorithm].run, out, ends
    )
    if again := careful(ready, plan, statistics, ends):
        ready, plan = again
        pixels, statistics = _pixels_of(ready, direct.run_strictly, out, ends)
    return Result(pixels, problem.geometry, plan, problem.policy, statistics)


def run_strictly(
    problem: Problem, out: NDArray[Any] | None = None, ends: Statistics | None = None
) -> Result:
    """The same by strictly direct sums, whatever its spec names."""
    pixels, statistics = _pixels_of(_ready(problem), direct.run_strictly, out, ends)
    return Result(pixels, problem.geometry, make_plan(problem), problem.policy, statistics)


def raw(problem: Problem) -> Problem:
    """The same convolution, of which the sums are wanted as they are: whole ones over their divisor."""
    return replace(problem.remembered("raw", lambda: _raw(problem)), image=problem.image)


def _raw(problem: Problem) -> Problem:
    pixel = np.dtype(problem.arithmetic.sum)
    return without_image(replace(problem, policy="raw", shift=Fraction(0), pixel=pixel, memo={}))


def loops_of(problem: Problem) -> set[Loop]:
    """The compiled loops that a problem needs."""
    finish = _fused(problem) or raw_finish(problem.arithmetic)
    loops: set[Loop] = ALGORITHMS[make_plan(problem).algorithm].loops(problem, finish)
    return loops


def check_out(
    out: NDArray[Any], image: ArrayLike, shape: tuple[int, ...], pixel: np.dtype[Any]
) -> None:
    """Raises DTypeError or ShapeError unless a result can be written there, apart from its image."""
    if not isinstance(out, np.ndarray) or out.dtype != pixel:
        given = out.dtype if isinstance(out, np.ndarray) else type(out).__name__
        raise DTypeError(f"out must be a {pixel} array, got {given}")
    if out.shape != shape:
        raise ShapeError(f"out is {shape_text(out.shape)}, the result {shape_text(shape)}")
    if not out.flags.writeable:
        raise ShapeError("out must be C-contiguous and writeable")
    if isinstance(image, np.ndarray) and np.may_share_memory(out, image):
        raise ShapeError("out overlaps the image: give other memory")


def _ready(problem: Problem) -> Problem:
    """The problem with an image that loops can read: enlarged if so asked, at aligned addresses."""
    image = problem.image
    if problem.enlarges:
        rows, columns = problem.geometry.rows, problem.geometry.columns
        return enlarged(problem, enlarge(image, rows.padded, columns.padded))
    if reads_from(image):
        return problem
    return replace(problem, image=image.copy(order="C"))


def _rescaled(
    problem: Problem, plan: Plan, out: NDArray[Any] | None, ends: Statistics | None
) -> tuple[NDArray[Any], Statistics] | None:
    """The policy `rescale` in two passes, without a picture of sums; None where that can't be."""
    algorithm = ALGORITHMS[plan.algorithm]
    measured = measuring(problem)
    if problem.policy != "rescale" or _fused(measured) is None:
        return None
    pixels, facts = _pixels_of(measured, algorithm.run, out)
    second = stretched(problem, ends or facts)
    if second is None or _fused(second) is None or not algorithm.suits(second):
        return None
    pixels, _ = _pixels_of(second, algorithm.run, pixels if out is None else out)
    return pixels, facts._replace(below=0, above=0)


def _pixels_of(
    problem: Problem, run_: Run, out: NDArray[Any] | None, ends: Statistics | None = None
) -> tuple[NDArray[Any], Statistics]:
    shape = (*problem.geometry.out, problem.planes)
    fused = _fused(problem)
    finish = fused or raw_finish(problem.arithmetic)
    there = None if out is None else out.reshape(shape)
    in_place = there is not None and fused is not None and writes_to(there)
    target = there if in_place and there is not None else np.empty(shape, finish.pixel)
    statistics = run_(problem, finish, target)
    if fused is None:
        target, statistics = settle(
            target, problem.arithmetic, problem.policy, problem.shift, problem.pixel, ends
        )
    if there is not None and not in_place:
        there[...] = target
    return (target.reshape(problem.result_shape) if out is None else out), statistics


def _fused(problem: Problem) -> Finish | None:
    return fused_finish(problem.arithmetic, problem.policy, problem.shift, problem.pixel)
