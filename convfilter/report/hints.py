"""At most a few hints, the most useful first, chosen by what the user did not already ask for."""

from __future__ import annotations

import numpy as np

from convfilter.core.arithmetic import full_range
from convfilter.core.kernel import plain_number
from convfilter.job import Outcome

MANY = 0.2
DARK = 0.25


def hints(outcome: Outcome) -> list[str]:
    """Hints on one outcome."""
    spec, kernel, result = outcome.job.spec, outcome.job.kernel, outcome.result
    facts = result.statistics
    found = []
    total = float(kernel.map_sums[0]) if kernel.maps is None else 0.0
    cut = (facts.below + facts.above) / max(facts.samples, 1)
    if cut > MANY and total > 1.5 and spec.normalize == "none" and spec.scale == 1:
        found.append(
            f"{cut:.0%} of the pixels are cut off and the kernel sums to "
            f"{plain_number(kernel.map_sums[0])}: --normalize sum divides by it"
        )
    if outcome.rim:
        found.append("the dark rim comes from the zero border: --border edge repeats the picture's")
    if outcome.output_mode.startswith("RGB") and kernel.zero_sum and kernel.depth is None:
        found.append("these are edges of each colour by itself: --gray finds those of brightness")
    if cut > MANY and kernel.zero_sum and result.policy in ("clip", "abs") and spec.scale == 1:
        found.append(
            f"{cut:.0%} of the pixels are cut off: --scale 1/4 makes them smaller, --range rescale "
            "spreads them over the full range"
        )
    if 0 < _brightest(outcome) < DARK:
        found.append(
            f"nothing is brighter than {_brightest(outcome):.0%} of white: --range rescale spreads it "
            "over the full range"
        )
    if (
        spec.flip
        and result.policy == "abs"
        and np.array_equal(kernel.values, -kernel.flipped().values)
    ):
        found.append("turning this kernel changes only the sign: --range offset shows it")
    strides = {step.spec.stride for step in result.steps}
    if strides == {(1, 1)} and not outcome.job.padding_chosen:
        sizes = zip(outcome.source_shape, outcome.output_shape, ("row", "column"), strict=False)
        lost = [(before - after, thing) for before, after, thing in sizes if before > after]
        words = [f"{n} {thing}{'s' * (n > 1)}" for n, thing in lost if n]
        if words:
            found.append(
                f"the result is {' and '.join(words)} smaller: --border edge keeps the size"
            )
    return found


def _brightest(outcome: Outcome) -> float:
    """The greatest result as a share of the full range, where edges were made visible; else 0."""
    result = outcome.result
    top = 1 if outcome.in_shares else full_range(result.pixels.dtype)[1]
    facts = result.statistics
    if result.policy not in ("clip", "abs") or not outcome.job.kernel.zero_sum:
        return 0.0
    if result.pixels.dtype.kind == "f":
        return 0.0
    if outcome.job.kernel.combine == "angle":
        return 0.0
    least = abs(facts.least) if result.policy == "abs" else 0.0
    return max(facts.greatest, least) / top
