"""How a padded source row lies in memory while it is added up: its line.

Neighbouring outputs read neighbouring numbers of a line. With a horizontal stride s the columns
0, s, 2s … lie together, then 1, s + 1 … (only those that a tap reads); with a sum over channels,
each channel lies by itself. So compiled loops know no border, stride or channel.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.border import CONSTANT, border_index
from convfilter.core.problem import Problem
from convfilter.native.loops import ABSENT


class Lines(NamedTuple):
    """The parameters of a loop that make lines (native/loops.py), and where they put what.

    row_offset  one a padded row
    length      numbers in a line
    phases      remainders of columns by the stride, in the order in which they lie
    piece       numbers of one phase, or of one phase of one channel
    group       numbers of neighbouring pixels apart: the channels, or 1
    """

    row_offset: NDArray[np.int64]
    constants: NDArray[Any]
    runs: NDArray[np.int64]
    edges: NDArray[np.int64]
    length: int
    stride: int
    phases: NDArray[np.int64]
    piece: int
    group: int

    def place(self, channel: NDArray[np.int64], distance: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the first output of a row finds the pixel `distance` right of its window's edge."""
        phase = np.searchsorted(self.phases, distance % self.stride)
        pieces = channel * len(self.phases) + phase if self.group == 1 else phase
        return pieces * self.piece + distance // self.stride * self.group


def make_lines(problem: Problem, distances: NDArray[np.int64], *, natural: bool = False) -> Lines:
    """The lines for taps at the given distances from a window's left edge, in pixels.

    natural  pixels in their own order, whatever the stride
    """
    image, columns = problem.image, problem.geometry.columns
    row_step, pixel_step, channel_step = (step // image.itemsize for step in image.strides)
    stride = 1 if natural else columns.stride
    phases = np.array(sorted(set((distances % stride).tolist())), np.int64)
    length = columns.out + columns.reach // stride
    if natural:
        length = (columns.out - 1) * columns.stride + columns.reach + 1
    channels = problem.channels
    group = 1 if problem.full_depth else channels
    runs: list[tuple[int, ...]] = []
    edges: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
    whole = not problem.full_depth and stride == 1 and (pixel_step, channel_step) == (channels, 1)
    for number, (channel, phase) in enumerate(
        (channel, phase)
        for channel in range(channels if problem.full_depth else 1)
        for phase in phases.tolist()
    ):
        first = number * length * group
        source = _sources(problem, phase + np.arange(length) * stride)
        inside = _interior(columns.before, columns.size, phase, stride, length)
        outside = np.r_[: inside.start, inside.stop : length]
        outside = outside[source[outside] != CONSTANT]
        lanes = range(group) if group > 1 else range(channel, channel + 1)
        to = first + inside.start * group
        if whole and len(inside):
            runs.append((to, 1, 0, 1, len(inside) * group, 1))
        elif len(inside):
            pace, start = stride * pixel_step, int(source[inside.start]) * pixel_step
            together = group if channel_step == 1 else 1
            for lane in range(0, group, together):
                begin = start + (lanes.start + lane) * channel_step
                runs.append((to + lane, group, begin, pace, len(inside), together))
        for lane, c in enumerate(lanes):
            to_edge = first + outside * group + lane
            edges.append(
                np.stack([to_edge, source[outside] * pixel_step + c * channel_step], axis=1)
            )
    pieces = len(phases) * (channels if problem.full_depth else 1)
    return Lines(
        row_offset=_row_offsets(problem, row_step),
        constants=_constants(problem, pieces * length * group),
        runs=np.array(runs, np.int64).reshape(-1, 6),
        edges=np.concatenate(edges),
        length=pieces * length * group,
        stride=stride,
        phases=phases,
        piece=length * group,
        group=group,
    )


def make_edge_lines(problem: Problem) -> tuple[Lines, list[tuple[int, int, int]]]:
    """Lines that hold only what the windows at the left and right edge read.

    Returns them and the parts of a row of the result: (begin, end, place of output 0 in a line),
    in numbers.
    """
    image, columns, channels = problem.image, problem.geometry.columns, problem.channels
    left, right = interior(problem)
    parts, padded, length = [], [np.empty(0, np.int64)], 0
    for begin, end in ((0, left), (right, columns.out)):
        if begin < end:
            parts.append((begin * channels, end * channels, (length - begin) * channels))
            padded.append(np.arange(begin, end + columns.reach))
            length += len(padded[-1])
    source = _sources(problem, np.concatenate(padded))
    there, lanes = np.nonzero(source != CONSTANT)[0][:, np.newaxis], np.arange(channels)
    pairs = there * channels + lanes, source[there] * channels + lanes
    lines = Lines(
        row_offset=_row_offsets(problem, image.strides[0] // image.itemsize),
        constants=_constants(problem, length * channels),
        runs=np.empty((0, 6), np.int64),
        edges=np.stack([pair.ravel() for pair in pairs], axis=1),
        length=length * channels,
        stride=1,
        phases=np.zeros(1, np.int64),
        piece=length * channels,
        group=channels,
    )
    return lines, parts


def no_lines(problem: Problem) -> Lines:
    """For loops that read the image where it lies: rows of constants only."""
    row_step = problem.image.strides[0] // problem.image.itemsize
    nothing = np.empty((0, 6), np.int64)
    constants = _constants(problem, problem.image.shape[1] * problem.channels)
    offsets = _row_offsets(problem, row_step)
    return Lines(offsets, constants, nothing, nothing, 0, 1, np.zeros(1, np.int64), 0, 1)


def interior(problem: Problem) -> tuple[int, int]:
    """The columns of the result whose windows touch no border, first and behind the last."""
    columns = problem.geometry.columns
    right = min(columns.out, columns.before + columns.size - columns.reach)
    return columns.before, right


def _row_offsets(problem: Problem, row_step: int) -> NDArray[np.int64]:
    rows = problem.geometry.rows
    index = border_index(rows.size, rows.before, rows.after, problem.spec.border.kind)
    return np.where(index == CONSTANT, ABSENT, index * row_step)


def _constants(problem: Problem, length: int) -> NDArray[Any]:
    return np.full(length, problem.constant, problem.image.dtype)


def _sources(problem: Problem, padded: NDArray[np.int64]) -> NDArray[np.int64]:
    """The source column, or −1, of padded columns; those beyond the end are nobody's."""
    columns = problem.geometry.columns
    kind = problem.spec.border.kind
    index = border_index(columns.size, columns.before, columns.after, kind)
    return np.where(padded < columns.padded, index[padded.clip(max=columns.padded - 1)], CONSTANT)


def _interior(before: int, size: int, phase: int, stride: int, length: int) -> range:
    """The pixels of a phase that lie in the image itself."""
    start = max(0, -(-(before - phase) // stride))
    stop = min(length, (before + size - 1 - phase) // stride + 1)
    return range(min(start, length), max(stop, min(start, length)))
