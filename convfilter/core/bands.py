"""Bands of the result, made by a compiled loop on as many cores as there are."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from struct import unpack_from
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter import native
from convfilter.core import plain
from convfilter.core.arithmetic import name_of
from convfilter.core.finish import Finish, Statistics, merge, quotient_facts
from convfilter.core.lines import Lines
from convfilter.core.problem import Problem
from convfilter.native.loops import ABSENT, CHUNK, FACTS, SLACK, Loop
from convfilter.threads import core_count, run_all

if TYPE_CHECKING:
    from convfilter.native.load import LoopFunction

# Work in one piece, in products: large enough that its 30 µs of Python don't count, small enough
# that threads end together. Reading and writing a number costs as much as LEAST_PRODUCTS.
BAND_PRODUCTS = 2**25
LEAST_PRODUCTS = 8.0
MOST_BANDS = 64
# Below this, some 0.1 ms, threads cost more than they bring (the pool's first use: 5 ms).
LEAST_THREADED_PRODUCTS = 2**22
NO_GROUPS = np.zeros((1, 3), np.int64)

# A band's room begins with two extremes and three counts.
COUNTS_AT = 64
CODES = {"int16": "h", "int32": "i", "int64": "q", "float32": "f", "float64": "d"}


class Band(NamedTuple):
    """Rows [y0, y1) of the result."""

    y0: int
    y1: int


class Work(NamedTuple):
    """All that a loop is given for every band of a picture (native/loops.py).

    Kept in the problem's memo: what is worked out for it there goes by its identity.

    facts      those of FACTS that the algorithm knows
    scratch    numbers of room for sums
    products   how much work a sample of the result is
    most_rows  of the result in one band
    """

    loop: Loop
    lines: Lines
    tap_row: NDArray[np.int64]
    tap_column: NDArray[np.int64]
    weight: NDArray[Any]
    groups: NDArray[np.int64]
    facts: dict[str, int]
    scratch: int
    products: float
    most_rows: int = 2**28
    segments: NDArray[np.int64] = np.empty((0, 3), np.int64)
    across_place: NDArray[np.int64] = np.empty(0, np.int64)
    across_weight: NDArray[Any] = np.empty(0)


def make_bands(problem: Problem, samples: int, products: float, most_rows: int) -> list[Band]:
    """The result cut into bands, by the picture and the kernel only, never by the threads.

    samples   numbers in a row of the result
    products  work a number
    """
    height, rows = problem.geometry.out[0], problem.geometry.rows
    row_work = max(1.0, samples * max(products, LEAST_PRODUCTS))
    bands = min(MOST_BANDS, height, max(1, round(height * row_work / BAND_PRODUCTS)))
    if bands == 1 and height * row_work >= LEAST_THREADED_PRODUCTS:
        bands = min(2, height)
    # Each band makes the lines of a whole window that its neighbour has made too.
    bands = min(bands, max(2, height * rows.stride // (2 * rows.reach + 1)))
    bands = max(bands, -(-height // most_rows))
    tall = -(-height // bands)
    return [Band(y0, min(y0 + tall, height)) for y0 in range(0, height, tall)]


def run_bands(
    function: LoopFunction,
    problem: Problem,
    finish: Finish,
    works: list[Work],
    target: NDArray[Any],
) -> Statistics:
    """Fills target (H', W', planes), whose pixels may lie further apart than their numbers.

    works  parts of each row, for one loop
    """
    parts: list[Statistics] = []
    pieces = []
    for work in works:
        call = _call_of(function, problem, finish, work, target)
        pieces += [_piece(call, band, parts) for band in _bands_of(problem, work, target)]
    threads = problem.spec.threads or core_count()
    busy = target.size * max(works[0].products, LEAST_PRODUCTS) >= LEAST_THREADED_PRODUCTS
    run_all(pieces, threads if busy else 1)
    return merge(parts)._replace(samples=target.size)


def run_works(
    problem: Problem,
    finish: Finish,
    works: list[Work],
    target: NDArray[Any],
    only: int | None = None,
) -> Statistics:
    """`run_bands`, or the same in numpy where nothing can be compiled, or there are no taps at all.

    only  a map, if target is that one's plane
    """
    function = native.find(works[0].loop) if works else None
    if function is None:
        return plain.run(problem, finish, target, only)
    return run_bands(function, problem, finish, works, target)


def loop_of(form: str, problem: Problem, finish: Finish, acc: str) -> Loop:
    """The loop of a form that adds up this problem in a type."""
    source, pixel = name_of(problem.image.dtype), name_of(finish.pixel)
    return Loop(form, source, acc, problem.arithmetic.sum, pixel, finish.kind)


def writes_to(target: NDArray[Any]) -> bool:
    """Whether loops can write there: (H', W', planes), the numbers of a pixel side by side."""
    planes, item = target.shape[2], target.itemsize
    near = planes == 1 or target.strides[2] == item
    together = target.strides[1] == planes * item or CHUNK % planes == 0
    return near and together and target.flags.aligned


def reads_from(image: NDArray[Any]) -> bool:
    """Whether loops can read there: every number at an aligned address."""
    return image.flags.aligned and not any(step % image.itemsize for step in image.strides)


def _piece(
    call: Callable[[Band], Statistics], band: Band, parts: list[Statistics]
) -> Callable[[], None]:
    return lambda: parts.append(call(band))


def _bands_of(problem: Problem, work: Work, target: NDArray[Any]) -> list[Band]:
    key = "bands", id(work), BAND_PRODUCTS, LEAST_THREADED_PRODUCTS
    return problem.remembered(key, lambda: _make_bands_of(problem, work, target))


def _make_bands_of(problem: Problem, work: Work, target: NDArray[Any]) -> list[Band]:
    samples = target.shape[1] * target.shape[2]
    if len(work.segments):
        samples = int((work.segments[:, 1] - work.segments[:, 0]).sum())
    return make_bands(problem, samples, work.products, work.most_rows)


def _facts(problem: Problem, work: Work, target: NDArray[Any]) -> dict[str, int]:
    """The numbers of FACTS."""
    facts = {"maps": 1, "terms": 1, "rows_a_step": 1} | work.facts
    rows, group = problem.geometry.rows, target.shape[2] if facts["maps"] == 1 else 1
    window = (facts["rows_a_step"] - 1) * rows.stride + rows.reach + 1
    return {
        "row_step": rows.stride,
        "window": window,
        "ring": window,
        "run_count": len(work.lines.runs),
        "edge_count": len(work.lines.edges),
        "line_length": work.lines.length,
        "tap_count": len(work.tap_row),
        "across_count": len(work.across_place),
        "segment_count": len(work.segments),
        "group_count": len(work.groups),
        "width": target.shape[1] * group,
        "output_stride": target.strides[0] // target.itemsize,
        "pixel_group": group,
        "pixel_step": target.strides[1] // target.itemsize,
        **quotient_facts(work.loop.kind, problem.arithmetic.divisor),
        **facts,
    }


class Prepared(NamedTuple):
    """Everything about a work that no image, target or band changes, and where it lies.

    tables     keeps alive what `addresses` lead to
    rooms      bytes from the start of a band's room to each part of it
    room_size  bytes of room
    ends       what the extremes and the counts begin with
    """

    tables: tuple[NDArray[Any], ...]
    addresses: tuple[int, ...]
    rooms: tuple[int, ...]
    room_size: int
    ends: bytes


def _prepared(problem: Problem, finish: Finish, work: Work, target: NDArray[Any]) -> Prepared:
    key = "prepared", id(work), finish.parameters, target.strides
    return problem.remembered(key, lambda: _prepare(problem, finish, work, target))


def _prepare(problem: Problem, finish: Finish, work: Work, target: NDArray[Any]) -> Prepared:
    facts = _facts(problem, work, target)
    loop, sums = work.loop, np.dtype(work.loop.sum)
    tables = (
        work.lines.constants,
        work.lines.runs,
        work.lines.edges,
        work.tap_row,
        work.tap_column,
        work.weight,
        work.across_place,
        work.across_weight,
        work.segments,
        work.groups,
        np.array([facts.get(name, 0) for name in FACTS], np.int64),
        np.array(finish.parameters, sums),
    )
    whole = sums.kind != "f"
    ends = (np.iinfo(sums).max, np.iinfo(sums).min) if whole else (np.inf, -np.inf)
    spread = facts["pixel_group"] != facts["pixel_step"]
    rooms, size = [], 128  # the first bytes: extremes and counts
    for count, dtype in (
        (facts["ring"] * work.lines.length + SLACK, loop.line),
        (len(work.tap_row), "int64"),
        (0 if whole else 2 * CHUNK, loop.sum),
        (work.scratch, loop.acc),
        (loop.chunk if spread else 0, target.dtype),
    ):
        rooms.append(size)
        size += -(-count * np.dtype(dtype).itemsize // 64) * 64
    return Prepared(
        tables,
        tuple(table.ctypes.data for table in tables),
        tuple(rooms),
        size,
        np.array(ends, sums).tobytes().ljust(COUNTS_AT, b"\0") + bytes(24),
    )


def _call_of(
    function: LoopFunction, problem: Problem, finish: Finish, work: Work, target: NDArray[Any]
) -> Callable[[Band], Statistics]:
    """The loop with all its parameters but a band."""
    prepared = _prepared(problem, finish, work, target)
    constants, runs, edges, *middle, parameters = prepared.addresses
    image, output, output_step = problem.image.ctypes.data, target.ctypes.data, target.strides[0]
    row_offset = _row_offset(problem, work)
    stride, reach = problem.geometry.rows.stride, problem.geometry.rows.reach
    divisor, sums = problem.arithmetic.divisor, work.loop.sum

    def call(band: Band) -> Statistics:
        first = row_offset.ctypes.data + 8 * band.y0 * stride
        room = np.empty(prepared.room_size + 64, np.uint8)
        start = -room.ctypes.data % 64
        room[start : start + len(prepared.ends)] = np.frombuffer(prepared.ends, np.uint8)
        base = room.ctypes.data + start
        lines, at, lanes, scratch, spare = (base + place for place in prepared.rooms)
        function(
            image,
            first,
            constants,
            runs,
            edges,
            lines,
            *middle,
            (band.y1 - band.y0 - 1) * stride + reach + 1,
            band.y1 - band.y0,
            output + band.y0 * output_step,
            parameters,
            float(divisor),
            base,
            base + COUNTS_AT,
            at,
            lanes,
            scratch,
            spare,
        )
        found = room[start : start + len(prepared.ends)].tobytes()
        return _statistics(found, sums, divisor)

    return call


def _row_offset(problem: Problem, work: Work) -> NDArray[np.int64]:
    """Where rows start; where a loop reads in place, rows of constants lie so far from the image."""
    offsets = work.lines.row_offset
    if work.lines.length or not (offsets == ABSENT).any():
        return offsets
    bytes_apart = work.lines.constants.ctypes.data - problem.image.ctypes.data
    return np.where(offsets == ABSENT, bytes_apart // problem.image.itemsize, offsets)


def _statistics(found: bytes, sums: str, divisor: int) -> Statistics:
    least, greatest = (float(end) / divisor for end in unpack_from(f"2{CODES[sums]}", found))
    there = least <= greatest
    return Statistics(
        least if there else nan,
        greatest if there else nan,
        *unpack_from("3q", found, COUNTS_AT),
    )
