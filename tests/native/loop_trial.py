"""One loop on one small picture, its parameters made up, and the same evaluated plainly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from loop_shape import make_shape
from pictures import assert_close, assert_same

from convfilter.core.finish import quotient_facts
from convfilter.native.compile import python_function
from convfilter.native.loops import (
    ABSENT,
    CHUNK,
    FACTS,
    FLOAT_FINISH,
    PARAMETERS,
    SLACK,
    WHOLE_FINISH,
    tile_width,
    tiles_of,
)

# Whole or binary fractions small enough that every sum is exact, in any order.
PIXELS = {"uint8": (0, 255), "uint16": (0, 65535), "int16": (-32768, 32767)}
GAP = 3
SMALL = 31


@dataclass
class Trial:
    """A loop's parameters as arrays; native/loops.py and loop_shape.py say what they are."""

    loop: Any
    shape: Any
    height: int
    image: Any
    row_offset: Any
    lines: dict
    divisor: int
    finish: Any = None


def make_trial(loop, width, height, *, mirror=1, odd_numbers=False, seed=0, window=(4, 5)):
    """Pixels, weights and places at random; rows lie in no order, output rows have gaps.

    width, height  pixels of the result
    window         rows and columns of taps, for the forms that take any number
    """
    rng = np.random.default_rng(seed + 31 * sum(map(ord, loop.form)))
    shape = make_shape(loop, width, rng, seed, window)
    if odd_numbers:  # 0·NaN is NaN: no row may be read that isn't there
        height = 2 * shape.facts["rows_a_step"]
    trial = Trial(loop, shape, height, *_picture(loop, shape, height, rng), _divisor(loop))
    if odd_numbers:
        places = rng.choice(trial.image.size, 1 + trial.image.size // 15, replace=False)
        trial.image[places] = rng.choice([np.nan, np.inf, -np.inf], places.size)
    elif not shape.tables["segments"][:, 2].any():
        rows = len(trial.row_offset)
        trial.row_offset[rng.integers(rows, size=1 + rows // 5)] = ABSENT
    values = {"mirror": mirror, "low": -np.inf, "high": np.inf}
    if loop.float_sum:
        values |= {"start": 0.75, "scale": 0.5, "bias": 0.125, "shift": 0.25}
    else:
        values |= {"start": 5 * trial.divisor - 1, "shift": 7}
    trial.finish = [values | {"start": values["start"] + k} for k in range(shape.facts["maps"])]
    with np.errstate(invalid="ignore"):
        low, high = _limits(trial, _folded(trial, _results(trial)))
    for row in trial.finish:
        row["low"], row["high"] = low, high
    return trial


def _picture(loop, shape, height, rng):
    """Image, row_offset, and what turns rows into lines: runs of each kind, edges, constants."""
    n = shape.length
    third, row_length = n // 3, max(3 * n + 16, shape.samples + 8)
    rows = (height - 1) * shape.step + shape.reach + 1
    runs = [
        (1, 1, 2, 1, third, 1),
        (1 + third, 1, 0, 2, third, 1),
        (2 + 2 * third, 3, 5, 4, max(0, n - 3 - 2 * third) // 3, 3 - n % 3),
    ]
    edges = [(0, 7), (n - 1, 1)]
    lines = {
        "runs": np.array(runs if n > 3 else [], np.int64).reshape(-1, 6),
        "edges": np.array(edges if n else [], np.int64).reshape(-1, 2),
        "constants": _pixels(loop, n, rng),
    }
    image, row_offset = _pixels(loop, rows * row_length, rng), rng.permutation(rows) * row_length
    return image, row_offset, lines


def lines_of(trial):
    """Every padded row as its line: (padded rows, numbers), wide enough for every sum."""
    table = np.tile(trial.lines["constants"], (len(trial.row_offset), 1))
    for line, offset in zip(table, trial.row_offset, strict=True):
        if offset == ABSENT:
            continue
        for to, to_step, start, pace, count, beside in trial.lines["runs"]:
            i, c = np.arange(count)[:, np.newaxis], np.arange(beside)
            line[to + i * to_step + c] = trial.image[offset + start + i * pace + c]
        for to, start in trial.lines["edges"]:
            line[to] = trial.image[offset + start]
    return table.astype(np.float64 if trial.loop.float_sum else np.int64)


def parameters_of(trial, band, output, output_stride, extremes, counts):
    """All parameters of a call that makes the rows of a band, (first, behind the last)."""
    shape, tables = trial.shape, trial.lines | trial.shape.tables
    row_offset = trial.row_offset[band[0] * shape.step :]
    facts = {
        "row_step": shape.step,
        "run_count": len(tables["runs"]),
        "edge_count": len(tables["edges"]),
        "line_length": shape.length,
        "tap_count": len(tables["tap_row"]),
        "across_count": len(tables["across_place"]),
        "segment_count": len(tables["segments"]),
        "group_count": len(tables["groups"]),
        "width": shape.samples,
        "output_stride": output_stride,
        "pixel_group": 1 if shape.maps else shape.planes,
        "pixel_step": shape.planes + shape.spread,
        **quotient_facts(trial.loop.kind, trial.divisor),
        **shape.facts,
    }
    given = {
        "image": trial.image,
        "row_offset": row_offset,
        **{name: table.ravel() for name, table in tables.items()},
        **_rooms(trial, facts),
        "facts": np.array([facts.get(name, 0) for name in FACTS], np.int64),
        "row_count": len(row_offset) - (trial.height - band[1]) * shape.step,
        "height": band[1] - band[0],
        "output": output,
        "finish": _finish(trial, trial.loop.sum).ravel(),
        "divisor": float(trial.divisor),
        "extremes": extremes,
        "counts": counts,
    }
    return [given[name] for name in PARAMETERS]


def _rooms(trial, facts):
    """Room for what a loop keeps, no larger than it is promised, full of what must not be used."""
    loop = trial.loop
    counts = {
        "lines": (facts["ring"] * facts["line_length"] + SLACK, loop.line),
        "at": (facts["tap_count"], "int64"),
        "lanes": (2 * CHUNK if loop.float_sum else 0, loop.sum),
        "scratch": (trial.shape.scratch, loop.acc),
        "spare": (loop.chunk if facts["pixel_group"] != facts["pixel_step"] else 0, loop.pixel),
    }
    return {
        name: np.full(count, np.nan if kind.startswith("float") else 99, kind)
        for name, (count, kind) in counts.items()
    }


def run_trial(trial, function, gap=GAP):
    """Pixels, extremes and counts of a loop given as function(*parameters), called for two bands."""
    loop, shape, height = trial.loop, trial.shape, trial.height
    pixel_step = shape.planes + shape.spread
    row_length = shape.width * pixel_step + gap
    sums, pixel = np.dtype(loop.sum), np.dtype(loop.pixel)
    output = np.full(height * row_length, 77, pixel)[: None if gap else -shape.spread or None]
    ends = (np.inf, -np.inf) if loop.float_sum else (np.iinfo(sums).max, np.iinfo(sums).min)
    extremes, counts = np.array(ends, sums), np.array([1, 2, 3])
    upper = (height + 1) // 2
    for y0, y1 in ((0, upper), (upper, height)):
        function(
            *parameters_of(trial, (y0, y1), output[y0 * row_length :], row_length, extremes, counts)
        )
    output = np.concatenate([output, np.full(height * row_length - output.size, 77, pixel)])
    rows = output.reshape(height, row_length)
    assert (rows[:, row_length - gap :] == 77).all(), f"{loop.name} writes between the rows"
    pixels = rows[:, : row_length - gap].reshape(height, shape.width, pixel_step)
    assert (pixels[..., shape.planes :] == 77).all(), f"{loop.name} writes between the pixels"
    return pixels[..., : shape.planes], extremes, counts - [1, 2, 3]


def plain_result(trial):
    """What run_trial must give: whole numbers as int64, floats as float64 (every sum is exact)."""
    loop = trial.loop
    low, high = trial.finish[0]["low"], trial.finish[0]["high"]
    with np.errstate(all="ignore"):
        y = _results(trial)
        good = y[np.isfinite(y)]
        ends = [good.min(), good.max()] if good.size else [np.inf, -np.inf]
        odd = y.size - good.size
        y = _folded(trial, y)
        below = above = 0
        if loop.kind not in ("quotient", "value"):
            below, above = int((y < low).sum()), int((y > high).sum())
            y = np.where(np.isnan(y), 0, y.clip(low, high))
        if (trial.divisor > 1 and loop.kind != "quotient") or loop.kind == "rounded":
            y = np.rint(y / trial.divisor)
        elif loop.kind == "quotient":
            y = y / trial.divisor
        pixels = y.astype(loop.pixel)
    return pixels, np.array(ends, loop.sum), np.array([below, above, odd])


def assert_trial(trial, function):
    """A loop as function(*parameters) gives what the plain evaluation gives."""
    assert_results(trial, run_trial(trial, function))


def assert_results(trial, results):
    """What `run_trial` gave is what the plain evaluation gives."""
    for got, want in zip(results, plain_result(trial), strict=True):
        assert got.dtype == want.dtype
        if trial.loop.combine == "angle" and got.dtype.kind == "f":
            assert_close(got, want, 2e-5)  # degrees
        else:
            assert_same(got, want)


def uncompiled(loop):
    """The loop as plain Python over numpy's numbers."""

    def room(count):
        return lambda: np.full(count, 55).astype(loop.acc)

    rooms = {n: room(n * tile_width(loop, n)) for n in tiles_of(loop)}
    function = python_function(loop, np, rooms, four_pixels, np.sqrt)

    def call(*parameters):
        with np.errstate(over="ignore"):  # running sums wrap round, and come back
            function(*parameters)

    return call


def four_pixels(to, at, source, start):
    """Four pixels of three numbers to where they lie four apart."""
    to[at : at + 16].reshape(4, 4)[:, :3] = source[start : start + 16][:12].reshape(4, 3)


def compiled(function):
    """A compiled loop that takes arrays in place of addresses."""

    def call(*parameters):
        function(*(p.ctypes.data if isinstance(p, np.ndarray) else p for p in parameters))

    return call


def _pixels(loop, count, rng):
    if loop.source in ("float32", "float64"):
        return (rng.integers(-64, 65, count) / 4).astype(loop.source)
    low, high = PIXELS.get(loop.source, (-(2**31), 2**31 - 1))
    if loop.source == loop.sum:  # sums of transforms, as they are
        low, high = low // 4096, high // 4096
    if loop.sum == "float32":
        low, high = max(low, -4095), min(high, 4095)
    if loop.combine:  # so that squares are exact
        low, high = max(low, -SMALL), min(high, SMALL)
    return rng.integers(low, high, count, endpoint=True).astype(loop.source)


def _divisor(loop):
    large = 10**6 if loop.sum == "int64" and loop.source != "int32" and loop.form != "terms" else 1
    if loop.kind == "quotient":
        return 4 if (loop.sum, loop.pixel) == ("int64", "float32") else 3
    divisors = {"reciprocal": 9, "scaled": 9, "shifted": 8, "reciprocal64": 9 * large + 2}
    return (divisors | {"rational": 6 * large}).get(loop.kind, 1)


def _finish(trial, dtype):
    """The parameters of the finish, one row a map."""
    names = FLOAT_FINISH if trial.loop.float_sum else WHOLE_FINISH
    return np.array([[row[name] for name in names] for row in trial.finish], dtype)


def _results(trial):
    """Y before the policy, (height, width, planes)."""
    shape = trial.shape
    picture = trial.image, trial.row_offset, trial.height
    sums = shape.sums(shape, lines_of(trial), picture)
    sums += np.array([row["start"] for row in trial.finish], sums.dtype)
    values = trial.finish[0]
    y = sums * values["scale"] + values["bias"] if trial.loop.float_sum else sums
    return y.reshape(trial.height, shape.width, shape.planes)


def _folded(trial, y):
    values = trial.finish[0]
    return (np.abs(y) if values["mirror"] < 0 else y) + values["shift"]


def _limits(trial, y):
    """Bounds that cut some sums at both ends and keep pixels in their type's range."""
    loop = trial.loop
    if loop.kind == "value":
        return -np.inf, np.inf
    pixel = np.iinfo(loop.pixel if loop.kind != "quotient" else loop.sum)
    if loop.kind == "quotient":
        return pixel.min, pixel.max
    low, high = np.floor(np.nanpercentile(y, [15, 85])) - [2, -2]
    least, greatest = pixel.min * trial.divisor, pixel.max * trial.divisor
    low = min(max(least, int(low)), greatest)
    return low, max(low, min(greatest, int(high)))
