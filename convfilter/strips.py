"""Zarr arrays larger than memory: filtered strip by strip, from one folder into another.

A result is cut into panels from left to right, and these into strips from top to bottom, along the chunks
in which it is written. Going down a panel, each chunk of the source is decoded once; panels side by side
share the chunks at their seam. How it is cut depends on the arrays and the kernels alone, never on the
number of cores, and so does the result.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.blocks import Held, Runs
from convfilter.core.finish import Statistics, merge
from convfilter.core.geometry import Axis
from convfilter.core.problem import check_image
from convfilter.core.tiles import Tile
from convfilter.core.tilewise import (
    Stretch,
    Whole,
    fill_tile,
    join_measures,
    make_whole,
    measure_tile,
    stretch_of,
    told,
)
from convfilter.errors import DTypeError, OptionError, PictureError
from convfilter.filtering import dark_rim
from convfilter.images.formats import ZARR
from convfilter.images.modes import mode_of
from convfilter.images.read import luma
from convfilter.images.target import Target, in_vain
from convfilter.images.write import not_written
from convfilter.images.zarr_folder import ZarrArray, at_once, making, open_zarr
from convfilter.job import Job, Outcome, Seconds
from convfilter.output import choose_target
from convfilter.threads import core_count

# What is held at a time of source and result; chunks that are larger by themselves are held all the same.
BUDGET_BYTES = 2**28
# Rows of the source that are kept together, where its chunks have fewer.
LEAST_ROWS = 64
# Pixels that become grey at once: on the way they take 12 bytes each.
GRAY_PIXELS = 2**20
# What the hint on a dark rim looks at.
RIM_ROWS = 8


def process_array(job: Job) -> Outcome:
    """Filters a Zarr array into another; memory is bounded, however large they are.

    Raises PictureError, ShapeError or OptionError; then nothing was written.
    """
    _check_options(job)
    target, _ = choose_target(job, ZARR.name)
    source = _Source(open_zarr(job.source, job.wanted.layout), gray=job.gray)
    whole = make_whole(source.shape, source.array.dtype, job.steps)
    try:
        return _process(job, source, whole, target)
    except MemoryError:
        raise PictureError(
            f"{job.source}: too large for this machine's memory, which holds some of its chunks at a time: "
            f"{' × '.join(map(str, source.array.grid))} pixels each"
        ) from None


def _check_options(job: Job) -> None:
    """Refuses what would need all of a picture, or a picture."""
    asked = {
        "region": job.region is not None,
        "mask": bool(job.mask),
        "linear": job.linear,
        "bits": bool(job.bits),
        "frame": job.wanted.frame is not None,
        "layout": job.wanted.layout == "hwca",
        "alpha": job.alpha != "auto",
        "compare": bool(job.compare),
    }
    for name in (name for name, given in asked.items() if given):
        raise OptionError(
            f"{name}: a Zarr array becomes another strip by strip, all of its numbers alike; leave "
            f"--{name} out, or write a picture or a .npy with -o, which is made in memory"
        )


def _process(job: Job, source: _Source, whole: Whole, target: Target) -> Outcome:
    chain, clock = whole.chain, _Clock()
    with (
        at_once(job.spec.threads or core_count(), job.source),
        _told(target),
        making(target, chain.shape, chain.pixel, source.array) as made,
    ):
        panels = cut(whole, source, made)
        stretch = _stretch(whole, source, panels, clock) if chain.policy == "rescale" else None
        parts, rim = _fill(whole, source, panels, made, stretch, clock)
        finishing = time.perf_counter()
    clock.seconds["write"] += time.perf_counter() - finishing  # the array takes its name
    result = told(whole, merge(parts) if stretch is None else stretch.facts)
    return Outcome(
        job=job,
        source_mode=_mode(source.array.shape, source.array.dtype),
        source_shape=source.array.shape,
        output=target.path,
        output_mode=_mode(chain.shape, chain.pixel),
        output_shape=chain.shape,
        result=result,
        alpha="none",
        notes=(*_notes(source, whole), *in_vain(target)),
        rim=dark_rim(rim, result, job),
        seconds=Seconds(**clock.seconds),
    )


def _stretch(whole: Whole, source: _Source, panels: list[list[Tile]], clock: _Clock) -> Stretch:
    """The first pass of `rescale`."""
    measured = []
    for tile, held in _held(whole, source, panels, clock):
        with clock.runs("filter"):
            measured.append(measure_tile(whole, tile, held))
    return stretch_of(whole, join_measures(measured))


def _fill(
    whole: Whole,
    source: _Source,
    panels: list[list[Tile]],
    made: ZarrArray,
    stretch: Stretch | None,
    clock: _Clock,
) -> tuple[list[Statistics], NDArray[Any]]:
    """Filters and writes everything; the statistics of all tiles, and the first one's upper rows."""
    chain, parts = whole.chain, list[Statistics]()
    rim = np.empty((0, 0), chain.pixel)
    for tile, held in _held(whole, source, panels, clock):
        size = tile.y1 - tile.y0, tile.x1 - tile.x0
        with clock.runs("filter"):
            pixels = np.empty((*size, chain.stages[-1].made[2]), chain.pixel)
            parts.append(fill_tile(whole, tile, held, pixels, stretch))
        del held
        with clock.runs("write"):
            pixels = pixels.reshape(*size, *chain.shape[2:])
            made.write(slice(tile.y0, tile.y1), slice(tile.x0, tile.x1), pixels)
        if len(parts) == 1:
            rim = pixels[:RIM_ROWS].copy()
    return parts, rim


def _held(
    whole: Whole, source: _Source, panels: list[list[Tile]], clock: _Clock
) -> Iterator[tuple[Tile, Held]]:
    """Every tile with what it reads."""
    for panel in panels:
        for tile in panel:
            rows, columns = whole.reads(tile)
            with clock.runs("read"):
                held = source.held(rows, columns)
            yield tile, held
            del held
    source.forget()


class _Source:
    """A Zarr array as a picture, of which rows are kept as long as tiles below each other need them.

    shape  of what is filtered: without channels where they become grey
    """

    def __init__(self, array: ZarrArray, *, gray: bool) -> None:
        self.array = array
        self.gray = gray and len(array.shape) == 3 and array.shape[2] > 1
        self.shape = array.shape[:2] if self.gray else array.shape
        if self.gray:
            luma(np.empty((1, 1, array.shape[2])))  # refuses other channels than three
        self.step = array.grid.rows * -(-LEAST_ROWS // array.grid.rows)
        self._columns: Runs = ()
        self._bands: dict[int, NDArray[Any]] = {}

    def held(self, rows: Runs, columns: Runs) -> Held:
        """What lies where rows and columns meet."""
        if columns != self._columns:
            self.forget()
            self._columns = columns
        step = self.step
        wanted = {n for run in rows for n in range(run.start // step, -(-run.stop // step))}
        for number in [*self._bands]:
            if number not in wanted:
                del self._bands[number]
        missing = sorted(wanted - set(self._bands))
        for _, group in groupby(enumerate(missing), key=lambda pair: pair[1] - pair[0]):
            self._read([number for _, number in group])
        pieces = [
            self._bands[n][max(run.start - n * step, 0) : run.stop - n * step]
            for run in rows
            for n in range(run.start // step, -(-run.stop // step))
        ]
        if not pieces:
            pieces = [self._part(slice(0, 0))]
        return Held(pieces[0] if len(pieces) == 1 else np.concatenate(pieces), rows, columns)

    def forget(self) -> None:
        """Lets go of all rows."""
        self._bands.clear()

    def _read(self, numbers: list[int]) -> None:
        """Bands side by side, decoded together."""
        first, step = numbers[0] * self.step, self.step
        part = self._part(slice(first, min((numbers[-1] + 1) * step, self.shape[0])))
        for place, number in enumerate(numbers):
            band = part[place * step : (place + 1) * step]
            self._bands[number] = band if len(numbers) == 1 else band.copy()

    def _part(self, rows: slice) -> NDArray[Any]:
        """Some rows of the columns at hand, (rows, columns, channels) as they are filtered."""
        columns = self._columns or (slice(0, 0),)
        parts = [self.array.read(rows, run) for run in columns]
        pixels = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        pixels = _gray(pixels) if self.gray else pixels
        try:
            pixels = check_image(pixels) if pixels.size else pixels
        except DTypeError as error:
            raise PictureError(f"{self.array.path}: {error}") from None
        return pixels if pixels.ndim == 3 else pixels[:, :, np.newaxis]


def _gray(pixels: NDArray[Any]) -> NDArray[Any]:
    """Rec. 601 luma, some rows at a time."""
    made = np.empty(pixels.shape[:2], pixels.dtype)
    rows = max(1, GRAY_PIXELS // max(1, pixels.shape[1]))
    for y in range(0, len(pixels), rows):
        made[y : y + rows] = luma(pixels[y : y + rows])
    return made


def cut(whole: Whole, source: _Source, made: ZarrArray) -> list[list[Tile]]:
    """The result in tiles along its chunks, so large that BUDGET_BYTES hold what they need: panels of strips."""
    height, width = whole.chain.geometry.out
    rows, columns = whole.axes
    chunk_rows, chunk_columns = made.grid
    item = max(source.array.dtype.itemsize, whole.dtype.itemsize)
    pixel = item * int(np.prod(source.array.shape[2:]))
    made_pixel = made.dtype.itemsize * int(np.prod(made.shape[2:]))

    def needs(tall: int, wide: int) -> int:
        """Bytes: bands that are kept and those just decoded, or the block made of them, and the result."""
        read = 2 * _reach(rows, tall) + 3 * source.step
        return read * _reach(columns, wide) * pixel + tall * wide * made_pixel

    across, panels = -(-width // chunk_columns), 1
    while (
        panels < across and needs(chunk_rows, -(-across // panels) * chunk_columns) > BUDGET_BYTES
    ):
        panels += 1
    wide, tall = -(-across // panels) * chunk_columns, chunk_rows
    while tall < height and needs(2 * tall, wide) <= BUDGET_BYTES:
        tall *= 2
    return [
        [Tile(y, min(y + tall, height), x, min(x + wide, width)) for y in range(0, height, tall)]
        for x in range(0, width, wide)
    ]


def _reach(axes: list[Axis], count: int) -> int:
    """Pixels of the source along an axis that so many results read."""
    for axis in reversed(axes):
        count = min((count - 1) * axis.stride + axis.reach + 1, axis.size)
    return count


class _Clock:
    """Seconds of work of each kind."""

    def __init__(self) -> None:
        self.seconds = {"read": 0.0, "filter": 0.0, "write": 0.0}

    @contextmanager
    def runs(self, kind: str) -> Iterator[None]:
        """While work of a kind is done."""
        started = time.perf_counter()
        yield
        self.seconds[kind] += time.perf_counter() - started


@contextmanager
def _told(target: Target) -> Iterator[None]:
    """What can't be written is told like a picture's."""
    try:
        yield
    except OSError as error:
        raise not_written(target, error) from None


def _mode(shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
    return mode_of(shape, dtype.name, has_alpha=False)


def _notes(source: _Source, whole: Whole) -> tuple[str, ...]:
    given = source.array.dtype
    if given.name == whole.dtype.name:
        return ()
    return (f"numbers of type {given} were taken as {whole.dtype}",)
