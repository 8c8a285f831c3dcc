"""Milliseconds → the whole units in which formats tell them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

SLACK = 1e-6


def whole_units(
    durations_ms: Sequence[float],
    unit_ms: int,
    least: Callable[[float], int] = bool,
) -> list[int]:
    """Durations in whole units. What divides evenly stays; others carry what was cut off to the next.

    least  of a duration in ms, that it must not fall below

    >>> whole_units([33.3, 33.3, 40, 33.3], 10), whole_units([0.4, 0.0], 1)
    ([3, 4, 4, 3], [1, 0])
    """
    units = []
    carried = 0.0
    for duration in durations_ms:
        wanted = duration / unit_ms
        if abs(wanted - round(wanted)) < SLACK:
            units.append(round(wanted))
            continue
        wanted += carried
        taken = max(math.floor(wanted + 0.5), int(least(duration)))
        carried = wanted - taken
        units.append(taken)
    return units


def rounding_notes(
    name: str, durations_ms: Sequence[float], units: Sequence[int], unit_ms: int
) -> list[str]:
    """What has to be said of durations that are not as they were."""
    changed = sum(
        abs(duration - unit * unit_ms) > SLACK
        for duration, unit in zip(durations_ms, units, strict=True)
    )
    if not changed:
        return []
    before, after = sum(durations_ms) / 1000, sum(units) * unit_ms / 1000
    total = f"{before:.6g} s in all became {after:.6g} s"
    if abs(before - after) < SLACK:
        total = f"{before:.6g} s in all stay"
    return [
        f"{name} tells times in steps of {unit_ms} ms: rounded {changed} of {len(units)}, {total}",
    ]
