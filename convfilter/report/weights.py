"""The weights of a kernel on the terminal: as numbers, or as a picture where those would not fit."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.composite import rotations
from convfilter.core.kernel import Kernel
from convfilter.core.properties import planes_of
from convfilter.errors import ShapeError
from convfilter.report.heat import RAMP, colour_of, in_cells, picture_lines
from convfilter.report.terminal import (
    colour_as_shown,
    coloured,
    columns,
    draws,
    fit,
    printable,
)

# Signs in a line of a pipe, lines of all tables together, and cells of a picture, beyond which
# nobody reads.
WIDEST, MOST_LINES, MOST_CELLS = 150, 60, 48


def show_weights(kernel: Kernel) -> None:
    """Prints tables of weights, or pictures of them, as many as can be read; of several each by its name."""
    import click

    planes = named_planes(kernel)
    drawn: list[NDArray[Any]] = []
    left = MOST_LINES
    for number, (name, plane) in enumerate(planes):
        table = table_lines(plane)
        lines = _picture(plane) if table is None else table
        left -= len(lines) + bool(name)
        if number and left < 0:
            more = f"  … and {len(planes) - number} more tables; --json has all of them"
            click.echo(fit(more, sys.stdout))
            break
        if name:
            click.echo(fit(printable(name), sys.stdout))
        for text in lines:
            click.echo(fit(f"  {text}", sys.stdout))
        if table is None:
            drawn.append(plane)
    for text in _legend(drawn) if drawn else ():
        click.echo(fit(f"  {text}", sys.stdout))


def named_planes(kernel: Kernel) -> list[tuple[str, NDArray[Any]]]:
    """Every (kh, kw) with its name; turns of one kernel are told by their angle."""
    planes = planes_of(kernel)
    if not _turned(kernel):
        return planes
    step = 360 // len(kernel.members)
    return [
        (f"{name}, turned by {number * step}° counter-clockwise" if number else name, plane)
        for number, (name, plane) in enumerate(planes)
    ]


def member_names(kernel: Kernel) -> list[str]:
    """A name for each kernel of a composite; turns of one are told by their angle."""
    if _turned(kernel):
        step = 360 // len(kernel.members)
        name = kernel.members[0].name
        turned = [f"{name} turned by {n * step}°" for n in range(1, len(kernel.members))]
        return [name, *turned]
    return [member.name for member in kernel.members]


def _turned(kernel: Kernel) -> bool:
    """Whether the members are turns of the first one."""
    members = list(kernel.members)
    with suppress(ShapeError):
        return len(members) in {2, 4, 8} and members == rotations(members[0], len(members))
    return False


def table_lines(plane: NDArray[Any]) -> list[str] | None:
    """Weights as a table, as many digits as there is room for; None where that is too large."""
    limit = columns() or WIDEST
    for digits in (6, 3):
        texts = [[f"{number:.{digits}g}" for number in row] for row in plane.tolist()]
        width = max(len(text) for row in texts for text in row)
        if 2 + (width + 2) * len(texts[0]) <= limit:
            break
    else:
        return None
    if len(texts) > MOST_CELLS:
        return None
    largest = float(np.abs(plane).max()) or 1.0
    lines = []
    for row, numbers in zip(texts, plane.tolist(), strict=True):
        cells = [f" {text:>{width}} " for text in row]
        if coloured(sys.stdout):
            pairs = zip(cells, numbers, strict=True)
            cells = [_heat(cell, number / largest) for cell, number in pairs]
        lines.append("".join(cells))
    return lines


def _heat(cell: str, share: float) -> str:
    import click

    if share == 0:
        return click.style(cell, dim=True)
    return click.style(cell, bg=colour_of(share), fg=colour_as_shown((255, 255, 255)))


def _picture(plane: NDArray[Any]) -> list[str]:
    return picture_lines(in_cells(plane, _most_cells()), colour=draws(sys.stdout))


def _most_cells() -> int:
    """Of a side; in ASCII each is two signs wide."""
    room = (columns() or WIDEST) - 2
    return max(2, min(MOST_CELLS, room if draws(sys.stdout) else room // 2))


def _legend(planes: list[NDArray[Any]]) -> list[str]:
    """What pictures of weights show, and where the numbers are."""
    largest = (
        f"|w| = {np.abs(planes[0]).max():.3g}" if len(planes) == 1 else "the largest |w| of each"
    )
    if draws(sys.stdout):
        signs = f"red is positive, blue negative, black 0; the brightest is {largest}"
    else:
        signs = f"a blank is 0, then {' '.join(RAMP[1:-1])} up to {RAMP[-1]} for {largest}"
    block = max(
        -(-max(plane.shape) // max(in_cells(plane, _most_cells()).shape)) for plane in planes
    )
    share = f"each is the largest of up to {block}×{block} weights; " if block > 1 else ""
    return [f"weights as a picture: {signs};", f"{share}--json has the numbers"]
