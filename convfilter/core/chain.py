"""Kernels applied in turn, and composites: band by band, with floats from one step to the next.

A band of the result asks the last step for its rows; that asks the step before for the rows that it
reads, and so on down to the picture. So no picture of floats is ever whole in memory, unless the
border `resize` needs it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.arithmetic import Arithmetic, float_result, name_of, resolve_biases
from convfilter.core.border import Border, border_index
from convfilter.core.composite import check_angle, combined, finish_angle, largest_reach
from convfilter.core.execute import Done, Result, check_out, raw, run_problem
from convfilter.core.finish import (
    Statistics,
    extremes,
    merge,
    policy_shift,
    resolve_policy,
    settle_results,
)
from convfilter.core.geometry import Geometry, Padding
from convfilter.core.kernel import Amount, Kernel
from convfilter.core.plan import ALGORITHMS, Plan, make_plan
from convfilter.core.problem import Problem, border_constant, check_image, outline
from convfilter.core.resize import enlarge
from convfilter.core.spec import Spec
from convfilter.errors import OptionError
from convfilter.threads import core_count, run_all

# Numbers of one row of bands that stay in the cache between the steps, and how many rows more than
# those that are made twice (at the seams) a band has at least.
BAND_NUMBERS = 2**18
LEAST_SHARE = 4
LEAST_THREADED_NUMBERS = 2**16
NO_BIAS = (Amount(),)
# Below this share of what a result could be, `rescale` would stretch rounding errors.
NOISE = 1e-5

Rows = Callable[[int, int], NDArray[Any]]
Steps = tuple[tuple[Kernel, Spec], ...]


class Stage(NamedTuple):
    """One step, resolved for what it reads.

    spec      its amounts in the picture's units
    source    (H, W, C) of what it reads, of `dtype`
    problems  one a member (or the kernel's own), without image
    """

    kernel: Kernel
    spec: Spec
    source: tuple[int, int, int]
    dtype: np.dtype[Any]
    problems: tuple[Problem, ...]
    plan: Plan
    bias: tuple[float, ...]

    @property
    def geometry(self) -> Geometry:
        """Of all its members."""
        return self.problems[0].geometry

    @property
    def made(self) -> tuple[int, int, int]:
        """(H', W', planes) of what it makes."""
        return (*self.geometry.out, self.problems[0].planes)

    @property
    def arithmetics(self) -> list[Arithmetic]:
        """In which numbers its members are added up."""
        return [problem.arithmetic for problem in self.problems]


class Chain(NamedTuple):
    """All steps, and what becomes of the last one's results."""

    stages: tuple[Stage, ...]
    between: np.dtype[Any]
    policy: str
    shift: Fraction
    pixel: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def geometry(self) -> Geometry:
        """Of the last step."""
        return self.stages[-1].geometry


def run_chain(image: ArrayLike, steps: Steps, out: NDArray[Any] | None = None) -> Result:
    """Steps applied in turn to (H, W) or (H, W, C); the last step's spec has the range policy.

    out  of the result's shape and dtype; rows and pixels may lie further apart
    """
    pixels = check_image(image)
    gray = pixels.ndim == 2
    pixels = pixels[:, :, np.newaxis] if gray else pixels
    chain = make_chain(steps, pixels.shape, pixels.dtype, gray=gray)
    if out is not None:
        check_out(out, image, chain.shape, chain.pixel)
    result = np.empty(chain.shape, chain.pixel) if out is None else out
    target = result.reshape(chain.stages[-1].made)
    facts = _fill(chain, pixels, target)
    if _may_be_noise(chain, pixels, facts):
        strict = tuple((kernel, spec._replace(exact=True, plan="direct")) for kernel, spec in steps)
        facts = _fill(make_chain(strict, pixels.shape, pixels.dtype, gray=gray), pixels, target)
    done = tuple(
        Done(kernel, spec, stage.geometry, stage.plan, stage.made)
        for (kernel, spec), stage in zip(steps, chain.stages, strict=True)
    )
    return Result(result, chain.geometry, done[-1].plan, chain.policy, facts, done)


@lru_cache(maxsize=64)
def make_chain(
    steps: Steps, shape: tuple[int, int, int], dtype: np.dtype[Any], *, gray: bool
) -> Chain:
    """Checks all steps for pictures (H, W, C) of a dtype; raises what `make_problem` raises."""
    wide = name_of(float_result(dtype)) == "float64" or any(spec.exact for _, spec in steps)
    between = np.dtype(np.float64 if wide else np.float32)
    policy = chain_policy(steps)
    pixel = float_result(dtype) if policy == "float" else dtype
    stages: list[Stage] = []
    source, flat = shape, gray
    for kernel, spec in steps:
        stage = _make_stage(kernel, spec, source, dtype, dtype if not stages else between)
        stages.append(stage)
        source = stage.made
        flat = False if kernel.maps else flat or kernel.depth is not None
    kernel = steps[-1][0]
    if kernel.combine == "angle":
        check_angle(policy, pixel, biased=any(stages[-1].bias))
    if policy.count(",") + 1 not in (1, source[2]):
        raise OptionError(
            f"range: {policy} are policies of {policy.count(',') + 1} maps, the result has {source[2]}"
        )
    result_shape = source[:2] if flat else source
    return Chain(tuple(stages), between, policy, policy_shift(policy, dtype), pixel, result_shape)


def chain_policy(steps: Steps) -> str:
    """The policy behind `auto`: from the last step back, the first of its own, or of Σ = 0, decides."""
    requested = steps[-1][1].range_policy
    biased = False
    for kernel, spec in reversed(steps):
        biased |= any(amount.value for amount in _bias_of(kernel, spec))
        if requested != "auto" or kernel.range_policy != "auto" or kernel.members:
            return resolve_policy(requested, kernel, biased=biased)
        if kernel.zero_sum:
            return resolve_policy("auto", kernel, biased=biased)
    return "clip"


def _bias_of(kernel: Kernel, spec: Spec) -> tuple[Amount, ...]:
    return kernel.bias if spec.bias is None else spec.bias


def in_picture_units(kernel: Kernel, spec: Spec, picture: np.dtype[Any]) -> Spec:
    """A step's spec with its bias and its border's constant as numbers, in the units of the picture.

    A later step reads floats, of whose range a percentage would be something else.
    """
    biases = resolve_biases(_bias_of(kernel, spec), kernel.maps, picture)
    border = spec.border
    if border.kind == "constant":
        border = Border("constant", Fraction(str(border_constant(border, picture))))
    return spec._replace(bias=tuple(map(Amount, biases)), border=border)


def _make_stage(
    kernel: Kernel,
    spec: Spec,
    source: tuple[int, int, int],
    picture: np.dtype[Any],
    dtype: np.dtype[Any],
) -> Stage:
    spec = in_picture_units(kernel, spec, picture)._replace(range_policy="float")
    biases = resolve_biases(spec.bias or NO_BIAS, kernel.maps, picture)
    alone = spec._replace(bias=NO_BIAS) if kernel.members else spec
    problems = tuple(
        outline(member, alone, source, dtype, gray=False) for member in kernel.members or (kernel,)
    )
    plans = [make_plan(problem) for problem in problems]
    return Stage(kernel, spec, source, dtype, problems, _joined(plans), tuple(map(float, biases)))


def _joined(plans: Sequence[Plan]) -> Plan:
    """One plan that tells of all members'."""
    first = plans[0]
    if len(plans) == 1:
        return first
    algorithms = dict.fromkeys(plan.algorithm for plan in plans)
    reasons = list(dict.fromkeys(plan.reason for plan in plans))
    reason = f"{len(plans)} kernels, {'each ' if len(reasons) == 1 else ''}{', '.join(reasons[:2])}"
    cost = sum(plan.cost for plan in plans)
    return first._replace(algorithm="+".join(algorithms), reason=reason, cost=cost)


def _fill(chain: Chain, image: NDArray[Any], target: NDArray[Any]) -> Statistics:
    """Fills target (H', W', planes); `rescale` makes everything twice, first for its ends."""
    rows: Rows = lambda y0, y1: image[y0:y1]  # noqa: E731 - a source like all others
    for stage in chain.stages[:-1]:
        rows = partial(_float_rows, stage, _padded(stage, rows), chain.between)
    last = chain.stages[-1]
    source = _padded(last, rows)
    whole = None
    if chain.policy == "rescale":
        whole = _in_bands(
            chain, lambda y0, y1: extremes(_float_rows(last, source, chain.between, y0, y1), 1)
        )
    facts = _in_bands(chain, lambda y0, y1: _finish(chain, source, y0, y1, target[y0:y1], whole))
    return facts if whole is None else whole


def _in_bands(chain: Chain, work: Callable[[int, int], Statistics]) -> Statistics:
    height = chain.geometry.rows.out
    tall = _band_height(chain)
    parts: dict[int, Statistics] = {}

    def run(y0: int) -> None:
        parts[y0] = work(y0, min(y0 + tall, height))

    threads = chain.stages[-1].spec.threads or core_count()
    run_all([partial(run, y0) for y0 in range(0, height, tall)], threads)
    return merge([parts[y0] for y0 in sorted(parts)])


def _band_height(chain: Chain) -> int:
    """Rows of the result in a band, by the picture and the kernels only."""
    height = chain.geometry.rows.out
    row = max(stage.made[1] * stage.made[2] for stage in chain.stages)
    read, step = 1, 1  # rows of the first step's result that one row of the last one's reads
    for stage in reversed(chain.stages[1:]):
        rows = stage.geometry.rows
        read, step = (read - 1) * rows.stride + rows.reach + 1, step * rows.stride
    tall = max(BAND_NUMBERS // row, LEAST_SHARE * (read - 1) // step, 1)
    if height * row < LEAST_THREADED_NUMBERS:
        return height
    return min(tall, -(-height // 2))


def _padded(stage: Stage, rows: Rows) -> Rows:
    """Rows of what a stage reads; enlarged, and then without padding, for the border `resize`."""
    if not _enlarges(stage):
        return rows
    lock = threading.Lock()
    kept: list[NDArray[Any]] = []

    def enlarged(y0: int, y1: int) -> NDArray[Any]:
        with lock:
            if not kept:
                geometry = stage.geometry
                whole = rows(0, geometry.rows.size)
                kept.append(enlarge(whole, geometry.rows.padded, geometry.columns.padded))
        whole = kept[0]
        return whole[y0:y1]

    return enlarged


def _enlarges(stage: Stage) -> bool:
    return stage.spec.border.kind == "resize" and any(stage.geometry.padding)


def _float_rows(
    stage: Stage, source: Rows, between: np.dtype[Any], y0: int, y1: int
) -> NDArray[Any]:
    """Rows [y0, y1) of a stage's results (rows, W', planes), in floats."""
    problems = _band_problems(stage, source, y0, y1)
    shape = (y1 - y0, *stage.made[1:])
    if not stage.kernel.members:
        return run_problem(problems[0]).pixels.reshape(shape).astype(between, copy=False)
    sums = [run_problem(raw(problem)).pixels.reshape(shape) for problem in problems]
    arithmetics = [problem.arithmetic for problem in problems]
    results = combined(sums, arithmetics, stage.kernel.combine, between)
    if any(stage.bias):
        results += np.array(stage.bias, between)
    return results


def _finish(
    chain: Chain,
    source: Rows,
    y0: int,
    y1: int,
    target: NDArray[Any],
    whole: Statistics | None,
) -> Statistics:
    """Rows of the result, finished; `whole` has the ends that `rescale` stretches."""
    last = chain.stages[-1]
    if not last.kernel.members and whole is None:
        problem = _band_problems(last, source, y0, y1)[0]
        finished = replace(problem, policy=chain.policy, shift=chain.shift, pixel=chain.pixel)
        return run_problem(finished, target).statistics
    work = np.dtype(np.float32 if _fits_float32(chain) else np.float64)
    results = _float_rows(last, source, work, y0, y1)
    if last.kernel.combine == "angle":
        pixels, facts = finish_angle(results, chain.policy, chain.pixel)
    else:
        pixels, facts = settle_results(
            results, chain.policy, float(chain.shift), chain.pixel, whole
        )
    target[...] = pixels
    return facts


def _fits_float32(chain: Chain) -> bool:
    """Whether float32 gives a composite's pixels as float64 would.

    8-bit pixels of whole sums: below 256 the sum of their squares is exact, and its root, rounded
    once, is on the right side of a tie (no root of a whole number lies within 1/1024 of k + ½, k < 256).
    """
    last = chain.stages[-1]
    if chain.policy == "rescale" or name_of(last.dtype) in ("float32", "float64"):
        return name_of(chain.between) == "float32" and chain.pixel.kind == "f"
    whole = all(a.whole and a.divisor == 1 for a in last.arithmetics)
    biased = any(bias != round(bias) for bias in last.bias)
    largest = max(max(map(abs, a.bounds)) for a in last.arithmetics)
    return name_of(chain.pixel) == "uint8" and whole and not biased and largest < 2**22


def _band_problems(stage: Stage, source: Rows, y0: int, y1: int) -> list[Problem]:
    """The convolutions that make rows [y0, y1), on just the rows that they read."""
    _, _, left, right = stage.geometry.padding
    spec = stage.spec._replace(threads=1)
    if _enlarges(stage):
        rows = stage.geometry.rows
        block = source(y0 * rows.stride, (y1 - 1) * rows.stride + rows.reach + 1)
        spec = spec._replace(padding=Padding("valid"))
    else:
        block = _block(stage, source, y0, y1)
        spec = spec._replace(padding=Padding("pixels", (0, 0, left, right)))
    problems = []
    for member, whole in zip(stage.kernel.members or (stage.kernel,), stage.problems, strict=True):
        bias = NO_BIAS if stage.kernel.members else spec.bias
        problem = outline(member, spec._replace(bias=bias), block.shape, block.dtype, gray=False)
        algorithm = make_plan(whole).algorithm
        if spec.plan == "auto" and ALGORITHMS[algorithm].suits(problem):
            forced = spec._replace(bias=bias, plan=algorithm)
            problem = outline(member, forced, block.shape, block.dtype, gray=False)
        problems.append(replace(problem, image=block))
    return problems


def _block(stage: Stage, source: Rows, y0: int, y1: int) -> NDArray[Any]:
    """The rows, those of the padding among them, that rows [y0, y1) of the result read."""
    rows = stage.geometry.rows
    index = border_index(rows.size, rows.before, rows.after, stage.spec.border.kind)
    index = index[y0 * rows.stride : (y1 - 1) * rows.stride + rows.reach + 1]
    there = np.unique(index[index >= 0])
    if not there.size:
        return np.full((len(index), *stage.source[1:]), _constant(stage), stage.dtype)
    runs = np.split(there, np.flatnonzero(np.diff(there) > 1) + 1)
    pieces = [source(int(run[0]), int(run[-1]) + 1) for run in runs]
    block = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    if np.array_equal(index, there):
        return block
    padded: NDArray[Any] = block[np.searchsorted(there, index).clip(0, len(there) - 1)]
    padded[index < 0] = _constant(stage)
    return padded


def _constant(stage: Stage) -> Any:
    return stage.problems[0].constant


def _may_be_noise(chain: Chain, image: NDArray[Any], facts: Statistics) -> bool:
    """Whether `rescale` may have stretched rounding errors, which strictly direct sums don't make."""
    exact = all(stage.spec.exact for stage in chain.stages)
    if chain.policy != "rescale" or exact:
        return False
    reach = float(np.abs(image).max()) if image.dtype.kind == "f" else float(image.max())
    for stage in chain.stages:
        reach *= largest_reach(stage.kernel, stage.spec.scale)
    return facts.greatest - facts.least <= NOISE * reach
