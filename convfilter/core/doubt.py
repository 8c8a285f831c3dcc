"""When a result has to be made again, strictly: no algorithm decides what a result is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core import direct
from convfilter.core.finish import Statistics
from convfilter.core.plan import Plan
from convfilter.core.problem import Problem, in_float64

# Below this share of what a result could be, `rescale` would stretch rounding errors.
NOISE = 1e-5


def careful(
    problem: Problem, plan: Plan, facts: Statistics, ends: Statistics | None = None
) -> tuple[Problem, Plan] | None:
    """What to run by `direct.run_strictly` instead; None where nothing is in doubt.

    In doubt are results that are not finite, because all but strictly direct sums spread NaN and
    infinity further than their windows, and float32 sums may leave its range on finite pixels; and
    a `rescale` that has stretched what may be rounding errors only: a flat result is flat.

    ends  what `rescale` has stretched, where that is more than this result
    """
    strict = plan.algorithm == "direct" and direct.is_strict(problem)
    beyond_float32 = (
        bool(facts.nonfinite)
        and problem.arithmetic.sum == "float32"
        and bool(np.isfinite(problem.image).all())
    )
    if beyond_float32:
        problem = in_float64(problem)
    elif strict or not (facts.nonfinite or _is_doubtful(problem, ends or facts)):
        return None
    return problem, Plan("direct", direct.reason(problem), plan.cost, problem.arithmetic.sum)


def largest_number(image: NDArray[Any]) -> float:
    """The greatest absolute value of an image's numbers."""
    return max(-float(image.min()), float(image.max()))


def may_be_noise(problem: Problem, largest: float, facts: Statistics) -> bool:
    """Whether results may be all rounding errors, of an image whose numbers reach `largest`."""
    reach = float(np.abs(problem.kernel.values).sum()) * abs(float(problem.arithmetic.scale))
    noise = facts.greatest - facts.least <= NOISE * reach * largest
    return noise and not problem.arithmetic.whole


def _is_doubtful(problem: Problem, facts: Statistics) -> bool:
    if problem.policy != "rescale" or problem.arithmetic.whole:
        return False
    return may_be_noise(problem, largest_number(problem.image), facts)
