"""For each form of loop: taps, groups and rooms of a made-up kernel, and its sums written plainly."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convfilter.native.loops import CHUNK, ROWS_AT_ONCE, SLACK

REACH = 3  # rows from a window's first to its last
COLUMNS = 5


@dataclass
class Shape:
    """How a trial adds up.

    planes   numbers of a pixel;  maps: whether each is a sum of its own
    spread   numbers between the last of a pixel and the first of the next
    step     rows from one window to the next;  reach: rows from a window's first to its last
    length   numbers of a line
    facts    those of FACTS that the form needs;  tables: its arrays
    scratch  numbers of room
    sums     (shape, lines, picture) → all sums, picture being (image, row_offset, height)
    """

    width: int
    planes: int
    maps: bool
    spread: int
    step: int
    reach: int
    length: int
    facts: dict
    tables: dict
    scratch: int
    sums: Any

    @property
    def samples(self):
        """Numbers of a row that are added up together."""
        return self.width if self.maps else self.width * self.planes


def make_shape(loop, width, rng, seed, window):
    """The shape of a form, in the variant that the seed picks."""
    makers = {"many1": _many, "many4": _many, "terms": _terms, "box": _box}
    shape = makers.get(loop.form, _few)(loop, width, rng, seed, window)
    nothing = np.zeros(0, np.int64)
    tables = {"tap_row": nothing, "tap_column": nothing, "across_place": nothing}
    tables |= {"across_weight": np.zeros(0, loop.acc), "segments": np.zeros((0, 3), np.int64)}
    shape.tables = tables | {"groups": np.zeros((1, 3), np.int64)} | shape.tables
    shape.facts = {"rows_a_step": 1, "maps": 1, "terms": 1} | shape.facts
    window_rows = (shape.facts["rows_a_step"] - 1) * shape.step + shape.reach + 1
    shape.facts = {"window": window_rows, "ring": window_rows} | shape.facts
    return shape


def _layout(width, seed, reach=REACH, columns=COLUMNS):
    """One plane, or every third time three of four: (width, planes, maps, spread, step, reach, length)."""
    planes, spread = (3, 1) if seed % 3 == 2 else (1, 0)
    return width, planes, False, spread, 1 + seed % 2, reach, width * planes + columns - 1


def _few(loop, width, rng, seed, _window):
    """In place, from lines, or the middle in place and the edges from lines."""
    taps, layout = loop.taps, _layout(width, seed)
    few_sums = _combined_sums if loop.combine else _few_sums
    samples, part = width * layout[1], width // 3 * layout[1]
    parts = [[(0, samples, 0)], [(0, part, 0), (part, samples, 1)], [(0, samples, 1)]]
    in_place = loop.line == loop.source  # else the image is read once, into lines
    segments = np.array(parts[seed % 4 % 3 if in_place else 0], np.int64)
    tables = {
        "tap_row": rng.integers(0, REACH + 1, taps),
        "tap_column": rng.integers(0, COLUMNS, taps * len(segments)),
        "weight": _weights_of_kernels(loop, rng) if loop.combine else _weights(loop, taps, rng),
        "segments": segments,
    }
    length = layout[-1] if not segments[:, 2].all() else 0
    return Shape(*layout[:-1], length, {"kernels": loop.kernels} if loop.combine else {}, tables, 0,
                 lambda *given: few_sums(*given, loop.combine) if loop.combine else few_sums(*given))  # fmt: skip


def _weights_of_kernels(loop, rng):
    """For magnitudes of two 3 and 4 times the same weights, so that the root is 5 times its sum."""
    if loop.combine == "magnitude":
        whole = rng.choice([-1, 1], loop.taps)
        return np.concatenate([3 * whole, 4 * whole]).astype(loop.acc)
    return rng.integers(-2, 3, loop.kernels * loop.taps).astype(loop.acc)


def _combined_sums(shape, lines, picture, combine):
    """All kernels' sums, each as that of a few taps, then what is made of them."""
    kernels, weights = shape.facts["kernels"], shape.tables["weight"]
    sums = []
    for weight in np.split(weights, kernels):
        alone = replace(shape, tables=shape.tables | {"weight": weight})
        sums.append(_few_sums(alone, lines, picture))
    if combine == "angle":
        degrees = np.degrees(np.arctan2(sums[1] + 0.0, sums[0] + 0.0))
        return np.where(np.isfinite(sums).all(axis=0), degrees, np.nan)
    if combine == "magnitude":
        return np.sqrt(sum(each.astype(float) ** 2 for each in sums))
    return np.max(sums, axis=0) if combine == "max" else sum(map(np.abs, sums))


def _few_sums(shape, lines, picture):
    image, row_offset, height = picture
    tables, taps = shape.tables, len(shape.tables["weight"])
    total = np.zeros((height, shape.samples), lines.dtype)
    for part, (begin, end, in_place) in enumerate(tables["segments"]):
        columns = tables["tap_column"][part * taps : (part + 1) * taps]
        for row, column, weight in zip(tables["tap_row"], columns, tables["weight"], strict=True):
            y = np.arange(height)[:, np.newaxis] * shape.step + row
            x = np.arange(begin, end) + column
            read = image[row_offset[y] + x].astype(lines.dtype) if in_place else lines[y, x]
            total[:, begin:end] += lines.dtype.type(weight) * read
    return total[:, :, np.newaxis]


def _many(loop, width, rng, seed, window):
    """One row; four rows that read the same lines (neighbours, or two apart); or six maps."""
    rows, columns = window
    layout = _layout(width, seed, rows - 1, columns)
    weights = _weights(loop, (8, *window), rng)
    row_room = -(-width * layout[1] // CHUNK) * CHUNK + SLACK
    if loop.form == "many1":
        taps, weight = _listed(weights[:1])
        tables = taps | {"weight": weight}
        return Shape(*layout, {}, tables, row_room, _many_sums)
    if seed % 4 == 3:
        weights[6:] = 0  # maps that don't exist
        fours = [_listed(four, every=True) for four in (weights[:4], weights[4:])]
        tables = fours[0][0] | {"weight": np.concatenate([weight for _, weight in fours])}
        tables["groups"] = np.array([(0, 4 * g, g * fours[0][1].size) for g in range(2)], np.int64)
        layout = (width, 6, True, 0, *layout[4:-1], width + columns - 1)
        row_room = -(-width // CHUNK) * CHUNK + SLACK
        facts = {"maps": 6, "next_map": 1}
        return Shape(*layout, facts, tables, ROWS_AT_ONCE * row_room, _many_sums)
    facts, groups, apart = _four_rows(layout[4])
    tables, weight = _listed(_four_copies(weights[0], apart))
    tables |= {"weight": weight, "groups": groups}
    return Shape(*layout, facts, tables, ROWS_AT_ONCE * row_room, _many_sums)


def _many_sums(shape, lines, picture):
    height, tables = picture[2], shape.tables
    total = np.zeros((height, shape.samples, shape.facts["maps"]), lines.dtype)
    for row, plane, first, top, k in _sums_of(shape, height):
        weights = tables["weight"][first + k :: _at_once(shape)].astype(lines.dtype)
        taps = zip(tables["tap_row"], tables["tap_column"], weights, strict=False)
        for tap_row, column, weight in taps:
            if top + tap_row < len(lines):  # else the weight is 0
                read = lines[top + tap_row, column : column + shape.samples]
                total[row, :, plane] += weight * read
    return total


def _terms(loop, width, rng, seed, _window):
    """Two products of a column of four and a row of three places."""
    layout = _layout(width, seed)
    length, samples = layout[-1] + SLACK, width * layout[1]
    facts, groups, apart = _four_rows(layout[4])
    columns = [_four_copies(_weights(loop, (REACH + 1, 1), rng, most=2), apart) for _ in range(2)]
    rows = np.arange(columns[0].shape[1])
    down = [column[:, :, 0].T for column in columns]
    places = np.array([0, 2, 4])
    tables = {
        "tap_row": rows,
        "tap_column": np.zeros_like(rows),
        "weight": np.concatenate(down).ravel(),
        "groups": groups,
        "across_place": np.concatenate([term * ROWS_AT_ONCE * length + places for term in (0, 1)]),
        "across_weight": _weights(loop, 6, rng, most=2),
    }
    assert layout[-1] >= samples + places[-1]
    scratch = CHUNK + SLACK + 2 * ROWS_AT_ONCE * length + SLACK
    return Shape(*layout, facts | {"terms": 2}, tables, scratch, _terms_sums)


def _terms_sums(shape, lines, picture):
    height, tables = picture[2], shape.tables
    total = np.zeros((height, shape.samples, 1), lines.dtype)
    weights = tables["weight"].reshape(2, -1, ROWS_AT_ONCE).astype(lines.dtype)
    across = tables["across_weight"].reshape(2, 3).astype(lines.dtype)
    for row, _, _, top, k in _sums_of(shape, height):
        for term in (0, 1):
            there = lines[top + tables["tap_row"][: len(lines) - top]]
            down = (weights[term, : len(there), k, np.newaxis] * there).sum(axis=0)
            for place, weight in zip((0, 2, 4), across[term], strict=True):
                total[row, :, 0] += weight * down[place : place + shape.samples]
    return total


def _box(loop, width, rng, seed, _window):
    """Four rows of three columns, side by side or two apart, every pixel or every second."""
    _, planes, _, spread, step, reach, _ = _layout(width, seed)
    pixel_stride, dilation, count = 1 + seed // 2 % 2, 1 + seed // 3 % 2, 3
    length = ((width - 1) * pixel_stride + (count - 1) * dilation + 1) * planes
    facts = {
        "ring": reach + 1 + step,
        "box_step": dilation * planes,
        "box_count": count,
        "box_stride": pixel_stride * planes,
    }
    running = CHUNK * pixel_stride + pixel_stride * planes + dilation * planes * (count + 8)
    scratch = length + SLACK + CHUNK + running + SLACK + 8 * dilation * planes
    tables = {"weight": _weights(loop, 1, rng)}
    layout = (width, planes, False, spread, step, reach, length)
    return Shape(*layout, facts, tables, scratch, _box_sums)


def _box_sums(shape, lines, picture):
    height, facts = picture[2], shape.facts
    total = np.zeros((height, shape.samples, 1), lines.dtype)
    x = np.arange(shape.samples)
    x = x // shape.planes * facts["box_stride"] + x % shape.planes
    for y in range(height):
        column_sums = lines[y * shape.step : y * shape.step + shape.reach + 1].sum(axis=0)
        for number in range(facts["box_count"]):
            total[y, :, 0] += column_sums[x + number * facts["box_step"]]
    return total * lines.dtype.type(shape.tables["weight"][0])


def _sums_of(shape, height):
    """For every sum of a row: (row, plane, its group's first weight, first padded row, which of four)."""
    facts = {"next_row": 0, "next_map": 0} | shape.facts
    for head in range(0, height, facts["rows_a_step"]):
        for group_row, group_map, first in shape.tables["groups"]:
            for k in range(_at_once(shape)):
                row = head + group_row + k * facts["next_row"]
                plane = group_map + k * facts["next_map"]
                if row < height and plane < facts["maps"]:
                    yield row, plane, first, (head + group_row) * shape.step, k


def _at_once(shape):
    return ROWS_AT_ONCE if {"next_row", "next_map"} & set(shape.facts) else 1


def _four_rows(step):
    """Facts and groups of four rows: two apart with a step of one, else neighbours; their distance."""
    next_row = 2 if step == 1 else 1
    groups = np.array([(row, 0, 0) for row in range(next_row)], np.int64)
    facts = {"rows_a_step": ROWS_AT_ONCE * next_row, "next_row": next_row}
    return facts, groups, next_row * step


def _four_copies(weights, apart):
    """Weights of one window → of four, each so many rows below the last: (4, rows, columns)."""
    rows, columns = weights.shape
    copies = np.zeros((ROWS_AT_ONCE, 3 * apart + rows, columns), weights.dtype)
    for k in range(ROWS_AT_ONCE):
        copies[k, k * apart : k * apart + rows] = weights
    return copies


def _listed(windows, *, every=False):
    """Weights (sums, rows, columns) → the places where one isn't 0, or all, and one a sum and place."""
    there = np.ones(windows.shape[1:], bool) if every else windows.any(axis=0)
    row, column = np.nonzero(there)
    return {"tap_row": row, "tap_column": column}, windows[:, row, column].T.ravel()


def _weights(loop, count, rng, most=3):
    """Whole or binary fractions; small enough that the sums fit their type."""
    large_window = np.prod(count) > 8 * 40
    choices = [-1, 1] if large_window else [n for n in range(-most, most + 1) if n]
    whole = rng.choice(choices, count)
    if loop.float_sum:
        return (whole / 8).astype(loop.acc)
    large = loop.sum == "int64" and loop.source != "int32" and loop.form != "terms"
    return (whole * (10**6 if large else 1)).astype(loop.acc)
