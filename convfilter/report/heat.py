"""Numbers as a picture on the terminal: blue is negative, red positive, dark is nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

NEGATIVE, POSITIVE = (70, 110, 220), (220, 80, 60)
RAMP = " .:-=+*#%@"


def colour_of(share: float) -> tuple[int, int, int]:
    """The colour of a number, −1 … 1 as a share of the largest."""
    strength = 0.25 + 0.75 * abs(share) if share else 0.0
    base = POSITIVE if share > 0 else NEGATIVE
    return tuple(round(part * strength) for part in base)  # type: ignore[return-value]


def picture_lines(numbers: NDArray[Any], *, colour: bool) -> list[str]:
    """A picture of (h, w) numbers: two rows in a line of half blocks, or signs of an ASCII ramp.

    In ASCII each number is two signs wide, so that it is about square, and has no sign.
    """
    largest = float(np.abs(numbers).max()) or 1.0
    shares = (numbers / largest).tolist()
    if not colour:
        steps = len(RAMP) - 1
        rows = ("".join(2 * RAMP[round(abs(share) * steps)] for share in row) for row in shares)
        return [row.rstrip() for row in rows]
    import click

    if len(shares) % 2:
        shares.append([0.0] * numbers.shape[1])
    return [
        "".join(
            click.style("▀", fg=colour_of(above), bg=colour_of(below))
            for above, below in zip(upper, lower, strict=True)
        )
        for upper, lower in zip(shares[::2], shares[1::2], strict=True)
    ]
