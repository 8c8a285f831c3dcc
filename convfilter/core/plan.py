"""Which algorithm, and why: the cheapest that suits.

Siblings of one shape: suits(problem), cost(problem), reason(problem), run(problem, finish, target),
loops(problem, finish).
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

from convfilter.core import box, direct, fourier, separable
from convfilter.core.problem import Problem
from convfilter.errors import OptionError

ALGORITHMS: dict[str, ModuleType] = {
    "direct": direct,
    "separable": separable,
    "box": box,
    "fourier": fourier,
}


class Plan(NamedTuple):
    """The algorithm chosen for a problem.

    cost    estimated nanoseconds a sample of the result on one core
    sums    the number type that is added in
    """

    algorithm: str
    reason: str
    cost: float
    sums: str


def make_plan(problem: Problem) -> Plan:
    """The cheapest algorithm that suits, or the one that was asked for.

    Raises OptionError if that one can't do it.
    """
    return problem.remembered("plan", lambda: _make_plan(problem))


def _make_plan(problem: Problem) -> Plan:
    wanted = problem.spec.plan
    names = list(ALGORITHMS) if wanted == "auto" else [wanted]
    fitting = [name for name in names if ALGORITHMS[name].suits(problem)]
    if not fitting:
        others = [name for name in ALGORITHMS if ALGORITHMS[name].suits(problem)]
        raise OptionError(
            f"plan: {wanted} can't do this ({ALGORITHMS[wanted].UNSUITED}); "
            f"use auto or {' or '.join(others)}"
        )
    cost, name = min((ALGORITHMS[name].cost(problem), name) for name in fitting)
    return Plan(name, ALGORITHMS[name].reason(problem), cost, problem.arithmetic.sum)
