"""One loop on one small picture, its parameters made up, and the same evaluated plainly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pictures import assert_same

from convfilter.native.compile import python_function
from convfilter.native.loops import CHUNK, FLOAT_FINISH, WHOLE_FINISH, Loop

# Whole or binary fractions small enough that every sum is exact, in any order.
PIXELS = {"uint8": (0, 255), "uint16": (0, 65535), "int16": (-32768, 32767)}
GAP = 3


@dataclass
class Trial:
    """A loop's parameters as arrays (native/loops.py says what they are)."""

    loop: Loop
    width: int
    height: int
    image: Any
    row_offset: Any
    row_step: int
    tap_row: Any
    tap_column: Any
    weight: Any
    finish: Any
    divisor: int


def make_trial(loop, width, height, *, mirror=1, odd_numbers=False, seed=0):
    """Pixels, weights and places at random; rows lie in no order, output rows have gaps."""
    rng = np.random.default_rng(seed + 31 * loop.taps)
    taps = loop.taps or 24
    tap_row, tap_column = rng.integers(0, 4, taps), rng.integers(0, 5, taps)
    if (loop.source, loop.sum) == ("int32", "int32"):
        taps = 0
    row_step = 2
    rows, row_length = (height - 1) * row_step + 4, width + 5
    image = _pixels(loop, rows * row_length, rng)
    if odd_numbers:
        places = rng.choice(image.size, 1 + image.size // 40, replace=False)
        image[places] = rng.choice([np.nan, np.inf, -np.inf], places.size)
    trial = Trial(
        loop=loop,
        width=width,
        height=height,
        image=image,
        row_offset=rng.permutation(rows) * row_length,
        row_step=row_step,
        tap_row=tap_row[:taps],
        tap_column=tap_column[:taps],
        weight=_weights(loop, taps, rng),
        finish=None,
        divisor=_divisor(loop),
    )
    if loop.float_sum:
        values = {"start": 0.75, "scale": 0.5, "bias": 0.125, "shift": 0.25}
    else:
        values = {"start": 5 * trial.divisor - 1, "shift": 7}
    values["mirror"] = mirror
    y = _results(trial, values)
    y = (np.abs(y) if mirror < 0 else y) + values["shift"]
    values["low"], values["high"] = _limits(trial, y)
    trial.finish = np.array([values[name] for name in _finish_names(loop)], loop.sum)
    return trial


def run_trial(trial, function, gap=GAP):
    """Pixels, extremes and counts of a loop given as function(*parameters), called twice."""
    loop, stride = trial.loop, trial.width + gap
    sums, pixel = np.dtype(loop.sum), np.dtype(loop.pixel)
    output = np.full(trial.height * stride, 77, pixel)
    ends = (np.inf, -np.inf) if loop.float_sum else (np.iinfo(sums).max, np.iinfo(sums).min)
    extremes, counts = np.array(ends, sums), np.array([1, 2, 3])
    upper = (trial.height + 1) // 2
    for y0, y1 in ((0, upper), (upper, trial.height)):
        function(
            trial.image,
            trial.row_offset[y0 * trial.row_step :],
            trial.row_step,
            trial.tap_row,
            trial.tap_column,
            trial.weight,
            len(trial.weight),
            output[y0 * stride :],
            stride,
            trial.width,
            y1 - y0,
            trial.finish,
            float(trial.divisor),
            extremes,
            counts,
            np.full(3 * CHUNK, np.nan if loop.float_sum else 99, sums),  # it must be written first
        )
    rows = output.reshape(trial.height, stride)
    assert (rows[:, trial.width :] == 77).all(), f"{loop.name} writes between the rows"
    return rows[:, : trial.width], extremes, counts - [1, 2, 3]


def plain_result(trial):
    """What run_trial must give: whole numbers as int64, floats as float64 (every sum is exact)."""
    loop = trial.loop
    values = dict(zip(_finish_names(loop), trial.finish.tolist(), strict=True))
    low, high = values["low"], values["high"]
    with np.errstate(all="ignore"):
        y = _results(trial, values)
        good = y[np.isfinite(y)]
        ends = [good.min(), good.max()] if good.size else [np.inf, -np.inf]
        odd = y.size - good.size
        y = (np.abs(y) if values["mirror"] < 0 else y) + values["shift"]
        below = above = 0
        if loop.kind not in ("quotient", "value"):
            below, above = int((y < low).sum()), int((y > high).sum())
            y = np.where(np.isnan(y), 0, y.clip(low, high))
        if loop.kind in ("rational", "rounded"):
            y = np.rint(y / trial.divisor)
        elif loop.kind == "quotient":
            y = y / trial.divisor
        pixels = y.astype(loop.pixel)
    return pixels, np.array(ends, loop.sum), np.array([below, above, odd])


def assert_trial(trial, function):
    """A loop as function(*parameters) gives what the plain evaluation gives."""
    for got, want in zip(run_trial(trial, function), plain_result(trial), strict=True):
        assert got.dtype == want.dtype
        assert_same(got, want)


def uncompiled(loop):
    """The loop as plain Python over numpy's numbers."""
    return python_function(loop, np)


def compiled(function):
    """A compiled loop that takes arrays in place of addresses."""

    def call(*parameters):
        function(*(p.ctypes.data if isinstance(p, np.ndarray) else p for p in parameters))

    return call


def _pixels(loop, count, rng):
    if loop.source in ("float32", "float64"):
        return (rng.integers(-64, 65, count) / 4).astype(loop.source)
    low, high = PIXELS.get(loop.source, (-(2**31), 2**31 - 1))
    if loop.sum == "float32":
        low, high = max(low, -4095), min(high, 4095)
    return rng.integers(low, high, count, endpoint=True).astype(loop.source)


def _weights(loop, taps, rng):
    whole = rng.choice([-3, -2, -1, 1, 2, 3], taps)
    if loop.float_sum:
        return (whole / 8).astype(loop.sum)
    large = loop.sum == "int64" and loop.source != "int32"
    return (whole * (10**6 if large else 1)).astype(loop.sum)


def _divisor(loop):
    if loop.kind == "rational":
        return 6 * 10**6 if loop.sum == "int64" and loop.source != "int32" else 6
    if loop.kind == "quotient":
        return 4 if (loop.sum, loop.pixel) == ("int64", "float32") else 3
    return 1


def _finish_names(loop):
    return FLOAT_FINISH if loop.float_sum else WHOLE_FINISH


def _results(trial, values):
    sums = _sums(trial) + values["start"]
    return sums * values["scale"] + values["bias"] if trial.loop.float_sum else sums


def _sums(trial):
    exact = np.float64 if trial.loop.float_sum else np.int64
    y, x = np.ogrid[: trial.height, : trial.width]
    total = np.zeros((trial.height, trial.width), exact)
    taps = zip(trial.tap_row, trial.tap_column, trial.weight, strict=True)
    with np.errstate(invalid="ignore"):
        for row, column, weight in taps:
            place = trial.row_offset[y * trial.row_step + row] + column + x
            total += exact(weight) * trial.image[place].astype(exact)
    return total


def _limits(trial, y):
    """Bounds that cut some sums at both ends and keep pixels in their type's range."""
    loop = trial.loop
    if loop.kind == "value":
        return -np.inf, np.inf
    pixel = np.iinfo(loop.pixel if loop.kind != "quotient" else loop.sum)
    low, high = np.floor(np.nanpercentile(y, [15, 85])) - [2, -2]
    least, greatest = pixel.min * trial.divisor, pixel.max * trial.divisor
    if loop.kind == "quotient":
        return pixel.min, pixel.max
    return max(least, int(low)), min(greatest, int(high))
