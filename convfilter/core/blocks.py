"""Blocks: what a tile of a step's result reads, with what the border puts beyond the picture's ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.border import CONSTANT, border_index
from convfilter.core.geometry import LARGEST_AXIS, Axis
from convfilter.core.stages import Stage
from convfilter.core.tiles import Tile

# What gives the numbers (rows, columns, channels) of a tile of a picture, or of a step's result.
Source = Callable[[Tile], NDArray[Any]]
Runs = tuple[slice, ...]
# More pieces are not joined one by one: a padding may repeat a small picture a thousand times.
FEW_RUNS = 4


class Block(NamedTuple):
    """What a tile reads, and the pixels (top, bottom, left, right) that are still to be padded."""

    pixels: NDArray[Any]
    padding: tuple[int, int, int, int]


class Held(NamedTuple):
    """A part of a picture: what lies where rows and columns meet, both in runs."""

    pixels: NDArray[Any]
    rows: Runs
    columns: Runs

    def source(self, tile: Tile) -> NDArray[Any]:
        """As a Source, for what lies in it."""
        y, x = _place(self.rows, tile.y0), _place(self.columns, tile.x0)
        part: NDArray[Any] = self.pixels[y : y + tile.y1 - tile.y0, x : x + tile.x1 - tile.x0]
        return part


def reads(stages: Sequence[Stage], tile: Tile) -> tuple[Runs, Runs]:
    """The rows and columns of the picture that a tile of the last stage's result depends on.

    Runs in order that neither meet nor overlap: one each, but for borders that bring pixels from the
    picture's other end. None where there is nothing but the border's constant.
    """
    rows: Runs = (slice(tile.y0, tile.y1),)
    columns: Runs = (slice(tile.x0, tile.x1),)
    for stage in reversed(stages):
        kind = stage.spec.border.kind
        rows = _joined(run for each in rows for run in _along(stage.geometry.rows, kind, each).runs)
        columns = _joined(
            run for each in columns for run in _along(stage.geometry.columns, kind, each).runs
        )
    return rows, columns


def block_of(stage: Stage, source: Source, tile: Tile) -> Block:
    """What a tile of a stage's result reads.

    Padding that follows from what is read is left out: loops fill it without a copy.

    source  of what the stage reads; enlarged already for the border `resize`
    """
    geometry, kind = stage.geometry, stage.spec.border.kind
    if stage.enlarges:
        y, x = (
            slice(first * axis.stride, (last - 1) * axis.stride + axis.reach + 1)
            for axis, first, last in zip(geometry, tile[::2], tile[1::2], strict=True)
        )
        return Block(source(Tile(y.start, y.stop, x.start, x.stop)), (0, 0, 0, 0))
    rows = _along(geometry.rows, kind, slice(tile.y0, tile.y1))
    columns = _along(geometry.columns, kind, slice(tile.x0, tile.x1))
    return Block(_gathered(stage, source, rows, columns), (*rows.padding, *columns.padding))


class _Along(NamedTuple):
    """What is read along one axis.

    runs     of source places, in the order in which they are joined
    at       for each padded place where it stands in the runs, one after the other, or −1 for the
             border's constant; None where it is just those, one after the other
    padding  before and after, if that is left out
    """

    runs: Runs
    at: NDArray[np.int64] | None = None
    padding: tuple[int, int] = (0, 0)


def _along(axis: Axis, kind: str, results: slice) -> _Along:
    """What a run of results reads."""
    if (results.start, results.stop) == (0, axis.out):
        return _Along((slice(0, axis.size),), None, (axis.before, axis.after))
    first, last = results.start * axis.stride, (results.stop - 1) * axis.stride + axis.reach + 1
    start, stop = max(first - axis.before, 0), min(last - axis.before, axis.size)
    padding = max(axis.before - first, 0), max(last - axis.before - axis.size, 0)
    if max(padding) <= _fills(kind, stop - start):
        return _Along((slice(start, stop),), None, padding)
    index = border_index(axis.size, axis.before, axis.after, kind)[first:last]
    if kind == "wrap" and len(in_order := _runs_of(index)) <= FEW_RUNS:
        return _Along(in_order)  # joined, not picked one by one: a tenth of the time
    there = np.unique(index[index != CONSTANT])
    at = np.where(index == CONSTANT, CONSTANT, np.searchsorted(there, index))
    return _Along(_runs_of(there), at)


def _runs_of(places: NDArray[np.int64]) -> Runs:
    """Places one after the other as runs, a new one wherever they don't go on by one."""
    breaks = np.flatnonzero(np.diff(places) != 1) + 1
    pieces = np.split(places, breaks)
    return tuple(slice(int(piece[0]), int(piece[-1]) + 1) for piece in pieces if len(piece))


def _fills(kind: str, length: int) -> int:
    """How far beyond an end of the picture a border's rule needs no more than so many pixels beside it."""
    if length < 1:
        return -1
    return {"wrap": 0, "reflect": length - 1, "symmetric": length}.get(kind, LARGEST_AXIS)


def _gathered(stage: Stage, source: Source, rows: _Along, columns: _Along) -> NDArray[Any]:
    lines = [
        [source(Tile(y.start, y.stop, x.start, x.stop)) for x in columns.runs] for y in rows.runs
    ]
    if not lines or not lines[0]:
        size = [
            sum(run.stop - run.start for run in each.runs) if each.at is None else len(each.at)
            for each in (rows, columns)
        ]
        return np.full((*size, stage.source[2]), stage.constant, stage.dtype)
    block = _beside([_beside(pieces, axis=1) for pieces in lines], axis=0)
    for axis, at in enumerate((rows.at, columns.at)):
        if at is not None:
            block = block.take(at, axis, mode="clip")
            block[(slice(None),) * axis + (at == CONSTANT,)] = stage.constant
    return block


def _beside(pieces: list[NDArray[Any]], axis: int) -> NDArray[Any]:
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=axis)


def _joined(runs: Iterable[slice]) -> Runs:
    """The same places, in runs that neither meet nor overlap."""
    joined: list[slice] = []
    for run in sorted(runs, key=lambda each: each.start):
        if joined and run.start <= joined[-1].stop:
            joined[-1] = slice(joined[-1].start, max(joined[-1].stop, run.stop))
        else:
            joined.append(run)
    return tuple(joined)


def _place(runs: Runs, start: int) -> int:
    """How many places of the runs lie before one of them."""
    before = 0
    for run in runs:
        if start < run.stop:
            return before + start - int(run.start)
        before += int(run.stop) - int(run.start)
    raise IndexError(start)
