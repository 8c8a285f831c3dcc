"""Steps resolved for a kind of picture: what each reads and makes, and what becomes of the last.

Between the steps stand floats: float32, float64 for wide pictures and with `exact`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from convfilter.core.arithmetic import float_result, name_of, resolve_biases
from convfilter.core.border import Border
from convfilter.core.composite import check_angle
from convfilter.core.finish import policy_shift, resolve_policy
from convfilter.core.geometry import Geometry
from convfilter.core.kernel import Amount, Kernel
from convfilter.core.plan import Plan, make_plan
from convfilter.core.problem import Problem, border_constant, outline
from convfilter.core.spec import Spec
from convfilter.core.tiles import Tile
from convfilter.errors import ConvfilterError, OptionError

NO_BIAS = (Amount(),)
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

    @property
    def geometry(self) -> Geometry:
        """Of all its members."""
        return self.problems[0].geometry

    @property
    def made(self) -> tuple[int, int, int]:
        """(H', W', planes) of what it makes."""
        return (*self.geometry.out, self.problems[0].planes)

    @property
    def enlarges(self) -> bool:
        """Whether it reads an enlarged picture without padding: the border `resize`."""
        return self.problems[0].enlarges

    @property
    def constant(self) -> Any:
        """What the border holds where it has no source pixel, as a number of `dtype`."""
        return self.problems[0].constant

    @property
    def biases(self) -> tuple[Fraction, ...]:
        """In the picture's units, one or one a map."""
        return tuple(amount.value for amount in self.spec.bias or NO_BIAS)


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

    @property
    def whole(self) -> Tile:
        """All of the result."""
        height, width = self.geometry.out
        return Tile(0, height, 0, width)


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
        try:
            stage = _make_stage(kernel, spec, source, dtype, dtype if not stages else between)
        except ConvfilterError as error:
            if len(steps) == 1:
                raise
            raise type(error)(f"step {len(stages) + 1}, {kernel.name}: {error}") from None
        stages.append(stage)
        source = stage.made
        flat = False if kernel.maps else flat or kernel.depth is not None
    kernel = steps[-1][0]
    if kernel.combine == "angle":
        scaled = steps[-1][1].scale != 1
        check_angle(policy, pixel, biased=any(stages[-1].biases), scaled=scaled)
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
        biased |= any(amount.value for amount in spec.bias_of(kernel))
        if requested != "auto" or kernel.range_policy != "auto" or kernel.members:
            return resolve_policy(requested, kernel, biased=biased)
        if kernel.zero_sum:
            return resolve_policy("auto", kernel, biased=biased)
    return "clip"


def strict_steps(steps: Steps) -> Steps:
    """The same steps, with sums that are added up in the same way wherever they lie."""
    return tuple((kernel, spec._replace(exact=True, plan="direct")) for kernel, spec in steps)


def in_picture_units(kernel: Kernel, spec: Spec, picture: np.dtype[Any]) -> Spec:
    """A step's spec with its bias and its border's constant as numbers, in the units of the picture.

    A later step reads floats, of whose range a percentage would be something else.
    """
    biases = resolve_biases(spec.bias_of(kernel), kernel.maps, picture)
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
    alone = spec._replace(bias=NO_BIAS) if kernel.members else spec
    problems = tuple(
        outline(member, alone, source, dtype, gray=False) for member in kernel.members or (kernel,)
    )
    plans = [make_plan(problem) for problem in problems]
    return Stage(kernel, spec, source, dtype, problems, _joined(plans))


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
