"""At most a few hints, the most useful first, chosen by what the user did not already ask for."""

from __future__ import annotations

import numpy as np

from convfilter.core.kernel import plain_number
from convfilter.pipeline import Outcome

MANY = 0.2


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
    if (
        spec.flip
        and result.policy == "abs"
        and np.array_equal(kernel.values, -kernel.flipped().values)
    ):
        found.append("turning this kernel changes only the sign: --range offset shows it")
    if spec.stride == (1, 1) and spec.padding.mode == "valid" and not outcome.job.padding_chosen:
        lost = [(result.geometry.rows.reach, "row"), (result.geometry.columns.reach, "column")]
        words = [f"{n} {thing}{'s' * (n > 1)}" for n, thing in lost if n]
        if words:
            found.append(
                f"the result is {' and '.join(words)} smaller: --border edge keeps the size"
            )
    return found
