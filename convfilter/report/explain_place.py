"""A small picture of where in the picture a pixel comes from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.arithmetic import full_range
from convfilter.core.traced import PixelTrace, StepTrace
from convfilter.report.screen import Screen
from convfilter.report.terminal import colour_as_shown

# Signs across, and lines down: of the picture, its frame not counted.
MOST_ACROSS, MOST_DOWN = 22, 8
MARK = (255, 215, 0)


class Frame(NamedTuple):
    """The signs of a frame and what is marked in it."""

    top: str
    side: str
    bottom: str
    line: str
    down: str
    right: str
    mark: str


BOXES = Frame("┌┐", "│", "└┘", "─", "▾", "▸", "■")
PLAIN = Frame("++", "|", "++", "-", "v", ">", "#")


class Part(NamedTuple):
    """Rows [top, bottom] and columns [left, right] of the picture, perhaps beyond its ends."""

    top: int
    bottom: int
    left: int
    right: int


def part_read(trace: PixelTrace) -> Part:
    """What of the picture a pixel depends on, all steps together."""
    rows = _read([(step.geometry.rows, step) for step in trace.steps], trace.at[0])
    columns = _read([(step.geometry.columns, step) for step in trace.steps], trace.at[1])
    return Part(*rows, *columns)


def _read(axes: list[tuple[Any, StepTrace]], place: int) -> tuple[int, int]:
    first = last = place
    for axis, step in reversed(axes):
        first = first * axis.stride - axis.before
        last = last * axis.stride - axis.before + axis.reach
        if step.window.enlarged:  # places of the enlarged picture, which begins further out
            first, last = (
                (each + axis.before) * axis.size // axis.padded for each in (first, last)
            )
    return first, last


def place_lines(pixels: NDArray[Any], part: Part, screen: Screen) -> list[str]:
    """The picture, small, with a frame whose marks point to a part, and the part itself in it.

    pixels  (H, W) or (H, W, channels)
    """
    height, width = pixels.shape[:2]
    across, down = _cells(height, width)
    halves = 2 * down if screen.colour and screen.boxes else down
    rows = _covered(part.top, part.bottom, height, halves)
    columns = _covered(part.left, part.right, width, across)
    if screen.colour and screen.boxes:
        inside = _in_colour(pixels, rows, columns, (halves, across))
    else:
        mark = (BOXES if screen.boxes else PLAIN).mark
        inside = [
            "".join(mark if y in rows and x in columns else " " for x in range(across))
            for y in range(down)
        ]
    step = halves // down
    middle = (rows[0] + rows[-1]) // 2 // step, (columns[0] + columns[-1]) // 2
    return _framed(inside, middle, across, screen)


def _framed(inside: list[str], middle: tuple[int, int], across: int, screen: Screen) -> list[str]:
    frame = BOXES if screen.boxes else PLAIN
    top = [frame.line] * across
    top[middle[1]] = frame.down
    lines = [frame.top[0] + "".join(top) + frame.top[1]]
    for y, row in enumerate(inside):
        lines.append((frame.right if y == middle[0] else frame.side) + row + frame.side)
    return [*lines, frame.bottom[0] + frame.line * across + frame.bottom[1]]


def _cells(height: int, width: int) -> tuple[int, int]:
    """Signs across and lines down of a picture's shape: a sign is twice as high as wide."""
    share = min(MOST_ACROSS / width, 2 * MOST_DOWN / height)
    return max(3, round(width * share)), max(2, round(height * share / 2))


def _covered(first: int, last: int, length: int, cells: int) -> range:
    """The cells that places lie in, at least one; those beyond the ends count as the ends."""
    low = min(max(first, 0), length - 1) * cells // length
    high = min(max(last, 0), length - 1) * cells // length
    return range(low, high + 1)


def _in_colour(
    pixels: NDArray[Any], rows: range, columns: range, cells: tuple[int, int]
) -> list[str]:
    import click

    small = _reduced(pixels, cells)
    colours = [
        [MARK if y in rows and x in columns else tuple(map(int, small[y, x]))
         for x in range(cells[1])]
        for y in range(cells[0])
    ]  # fmt: skip
    return [
        "".join(
            click.style(
                "▀",
                fg=colour_as_shown((above[0], above[1], above[2])),
                bg=colour_as_shown((below[0], below[1], below[2])),
            )
            for above, below in zip(upper, lower, strict=True)
        )
        for upper, lower in zip(colours[::2], colours[1::2], strict=True)
    ]


def _reduced(pixels: NDArray[Any], cells: tuple[int, int]) -> NDArray[Any]:
    """(cells…, 3) as 0 … 255: the mean of up to 64 pixels of each, enough to know a picture again."""
    picks = [
        np.minimum((np.arange(8 * count) + 0.5) * length / (8 * count), length - 1).astype(int)
        for count, length in zip(cells, pixels.shape[:2], strict=True)
    ]
    taken = _levels(pixels[np.ix_(*picks)].reshape(8 * cells[0], 8 * cells[1], -1))
    if taken.shape[2] == 4:  # inks
        taken = (255 - taken[:, :, :3]) * (255 - taken[:, :, 3:]) / 255
    taken = taken if taken.shape[2] == 3 else taken[:, :, [0, 0, 0]]
    small: NDArray[Any] = taken.reshape(cells[0], 8, cells[1], 8, 3).mean(axis=(1, 3))
    return small


def _levels(planes: NDArray[Any]) -> NDArray[Any]:
    """Numbers as 0 … 255: of unsigned ones the full range, of others from the least to the greatest."""
    numbers = planes.astype(float)
    if planes.dtype.kind == "u":
        return numbers * (255 / full_range(planes.dtype)[1])
    numbers = np.nan_to_num(numbers, posinf=0, neginf=0)
    made: NDArray[Any] = (numbers - numbers.min()) * (255 / (np.ptp(numbers) or 1.0))
    return made
