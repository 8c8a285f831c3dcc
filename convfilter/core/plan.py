"""Which algorithm, and why. Siblings of one shape: suits(problem), cost(problem), run(problem, …)."""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

from convfilter.core import direct
from convfilter.core.problem import Problem
from convfilter.errors import OptionError

ALGORITHMS: dict[str, ModuleType] = {"direct": direct}


class Plan(NamedTuple):
    """The algorithm chosen for a problem.

    cost    estimated multiply-adds a sample of the result
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
    wanted = problem.spec.plan
    names = list(ALGORITHMS) if wanted == "auto" else [wanted]
    fitting = [name for name in names if ALGORITHMS[name].suits(problem)]
    if not fitting:
        raise OptionError(f"plan: {wanted} can't do this; use auto")
    cost, name = min((ALGORITHMS[name].cost(problem), name) for name in fitting)
    return Plan(name, ALGORITHMS[name].reason(problem), cost, problem.arithmetic.sum)
