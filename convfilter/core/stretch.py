"""The policy `rescale` as a second convolution: the least sum becomes the lower end, the greatest the upper.

    whole sums   (S − least)·top / span, with weights, bias and divisor multiplied out: exact
    float sums   scale and bias adjusted

So no picture of sums is kept: they are made twice.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

import numpy as np

from convfilter.core.arithmetic import Arithmetic, full_range, largest_partial_sum
from convfilter.core.finish import Statistics
from convfilter.core.problem import Problem

LARGEST_SUM = {"int32": 2**31, "int64": 2**50}


def measuring(problem: Problem) -> Problem:
    """The same convolution, of which only the statistics are wanted."""
    return replace(problem, policy="clip")


def stretched(problem: Problem, facts: Statistics) -> Problem | None:
    """The convolution whose clipped results are the rescaled ones of `problem`.

    facts  of `measuring`'s results

    Returns None where that can't be had: results that are not finite, or all the same, or sums that
    would not fit.
    """
    if facts.nonfinite or not facts.least < facts.greatest:
        return None
    whole = problem.arithmetic.whole and problem.pixel.kind != "f"
    arithmetic = _whole(problem, facts) if whole else _float(problem, facts)
    return arithmetic and replace(problem, policy="clip", arithmetic=arithmetic, memo={})


def _whole(problem: Problem, facts: Statistics) -> Arithmetic | None:
    old = problem.arithmetic
    if max(map(abs, old.bounds)) > LARGEST_SUM["int64"]:  # the statistics are floats
        return None
    least, greatest = round(facts.least * old.divisor), round(facts.greatest * old.divisor)
    low, high = full_range(problem.pixel)
    span, top = greatest - least, high - low
    # (S − least)·top + low·span, over span
    biases = tuple((int(bias) - least) * top + low * span for bias in old.biases)
    bounds = tuple((bound - least) * top + low * span for bound in old.bounds)
    room = max(*map(abs, bounds), *map(abs, biases), span)
    room = max(room, largest_partial_sum(old, problem.image.dtype) * top)
    sums = next((name for name in LARGEST_SUM if room < LARGEST_SUM[name]), None)
    if sums is None:
        return None
    weights = (old.weights.astype(np.int64) * top).astype(sums)
    return Arithmetic(weights, sums, biases, span, bounds=(bounds[0], bounds[1]))


def _float(problem: Problem, facts: Statistics) -> Arithmetic | None:
    old = problem.arithmetic
    low, high = full_range(problem.pixel)
    factor = (high - low) / (facts.greatest - facts.least)
    if old.whole or not isfinite(factor) or problem.pixel.kind == "f":
        return None  # floats end at exactly 0 and 1, which a product might miss
    biases = tuple((float(bias) - facts.least) * factor + low for bias in old.biases)
    return old._replace(scale=old.scale * factor, biases=biases)
