"""Large kernels by Fourier transforms of overlapping tiles (overlap-save).

    tile ⋆ K = F⁻¹(F(tile) · conj F(K)), of which the part without wrap-around is kept

Error: about ε·√log₂(n)·Σ|K|·max|x| for tiles of n numbers; measured at most 6e-7·Σ|K|·max|x| where
it is done in float32 (float images with float32 sums) and 2e-15 of it in float64 (all others).
Whole-number sums are rounded to the nearest whole number, the exact one where `_bound`, which is far
on the safe side, lies below 1/4; else this does not suit.
Source: T. G. Stockham, High-speed convolution and correlation, 1966.
"""

from __future__ import annotations

from functools import cache
from math import ceil, log2, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.arithmetic import largest_pixel
from convfilter.core.border import border_index, gather
from convfilter.core.finish import Finish, Statistics, merge
from convfilter.core.problem import Problem
from convfilter.core.tiles import Tile, finish_tile, make_tiles, tile_loop
from convfilter.native.loops import Loop
from convfilter.threads import core_count, run_all

LARGEST_TILE = 2048
SMALLEST_TILE = 16
# Nanoseconds a number and log₂ of a tile's numbers, there and back (benchmarks/thresholds.py).
TRANSFORM_NS = {"float32": 0.40, "float64": 0.50}
# Larger tiles leave the caches: half as slow again a number.
CACHED_NUMBERS = 900 * 900
# What gathering, multiplying and finishing cost besides, a number of the tile.
TILE_NS = 2.0
# And a tile, however small.
CALLS_NS = 100_000
# Spectra of kernels are kept for the next picture of the same size up to so many bytes.
MOST_KEPT_BYTES = 2**23


class Tiling(NamedTuple):
    """Sizes of transforms, and what a tile yields, (height, width) in input pixels.

    cost  nanoseconds a sample of the result
    """

    size: tuple[int, int]
    step: tuple[int, int]
    dtype: str
    cost: float


class Room(NamedTuple):
    """Memory for one tile at a time, used again for the next: fresh pages cost as much as a transform."""

    pixels: NDArray[Any]
    spectra: NDArray[Any]
    product: NDArray[Any]


UNSUITED = "its sums would not come out exact"


def suits(problem: Problem) -> bool:
    """Everything but `exact` float kernels, and whole sums whose error could reach 1/4."""
    if not problem.arithmetic.whole:
        return not problem.spec.exact
    return problem.arithmetic.sum != "int64" and _bound(problem) < 0.25


def cost(problem: Problem) -> float:
    """Nanoseconds a sample of the result on one core."""
    return _tiling(problem).cost


def reason(problem: Problem) -> str:
    """In words, for the report: 'tiles of 512×512 instead of 961 taps'."""
    height, width = _tiling(problem).size
    taps = int(np.count_nonzero(problem.kernel.values))
    return f"Fourier transforms of {height}×{width} tiles instead of {taps} taps"


def run(problem: Problem, finish: Finish, target: NDArray[Any]) -> Statistics:
    """Fills target (H', W', planes) and returns the statistics."""
    tiling = _tiling(problem)
    spectra = _spectra(problem, tiling)
    parts: list[Statistics] = []
    rooms: list[Room] = []

    def piece(tile: Tile) -> None:
        try:
            room = rooms.pop()
        except IndexError:
            room = _room(problem, tiling)
        with np.errstate(invalid="ignore", over="ignore"):
            parts.extend(_tile(problem, finish, target, spectra, tile, room))
        rooms.append(room)

    tiles = make_tiles(problem, tiling.step)
    threads = problem.spec.threads or core_count()
    run_all([lambda tile=tile: piece(tile) for tile in tiles], threads)  # type: ignore[misc]
    return merge(parts)


def loops(problem: Problem, finish: Finish) -> set[Loop]:
    """The compiled loops that `run` needs."""
    return {tile_loop(problem, finish, _tiling(problem).dtype)}


def _tile(
    problem: Problem,
    finish: Finish,
    target: NDArray[Any],
    kernel_spectra: NDArray[Any],
    tile: Tile,
    room: Room,
) -> list[Statistics]:
    rows, columns = problem.geometry.rows, problem.geometry.columns
    height = (tile.y1 - tile.y0 - 1) * rows.stride + 1
    width = (tile.x1 - tile.x0 - 1) * columns.stride + 1
    window = _window(problem, tile, height + rows.reach, width + columns.reach)
    for channel in range(problem.channels):
        room.pixels.fill(0)
        room.pixels[: window.shape[0], : window.shape[1]] = window[:, :, channel]
        np.fft.rfft(room.pixels, axis=1, out=room.spectra[channel])
        np.fft.fft(room.spectra[channel], axis=0, out=room.spectra[channel])
    done = []
    here = target[tile.y0 : tile.y1, tile.x0 : tile.x1]
    for plane in range(here.shape[2]):
        index = plane if problem.full_depth else 0
        first = 0 if problem.full_depth else plane
        np.multiply(room.spectra[first], kernel_spectra[index, 0], out=room.product)
        for channel in range(1, problem.kernel.depth or 1):
            product = room.spectra[channel] * kernel_spectra[index, channel]
            np.add(room.product, product, out=room.product)
        np.fft.ifft(room.product, axis=0, out=room.product)
        np.fft.irfft(room.product, room.pixels.shape[1], axis=1, out=room.pixels)
        kept = room.pixels[: height : rows.stride, : width : columns.stride]
        done.append(finish_tile(problem, finish, kept, index, here[:, :, plane : plane + 1]))
    return done


def _room(problem: Problem, tiling: Tiling) -> Room:
    height, width = tiling.size
    complex_type = "complex64" if tiling.dtype == "float32" else "complex128"
    half = (height, width // 2 + 1)
    return Room(
        np.empty(tiling.size, tiling.dtype),
        np.empty((problem.channels, *half), complex_type),
        np.empty(half, complex_type),
    )


def _window(problem: Problem, tile: Tile, height: int, width: int) -> NDArray[Any]:
    """The padded pixels that a tile reads, (height, width, channels)."""
    kind = problem.spec.border.kind
    indices: list[Any] = []
    for axis, first, count in (
        (problem.geometry.rows, tile.y0, height),
        (problem.geometry.columns, tile.x0, width),
    ):
        start = first * axis.stride
        if axis.before <= start and start + count <= axis.before + axis.size:
            indices.append(slice(start - axis.before, start - axis.before + count))
        else:
            index = border_index(axis.size, axis.before, axis.after, kind)
            indices.append(index[start : start + count])
    if all(isinstance(index, slice) for index in indices):
        window: NDArray[Any] = problem.image[tuple(indices)]
        return window
    rows, columns = (
        np.arange(index.start, index.stop) if isinstance(index, slice) else index
        for index in indices
    )
    return gather(problem.image, rows, columns, problem.constant)


def _spectra(problem: Problem, tiling: Tiling) -> NDArray[Any]:
    """The conjugate transforms of all maps and channels, (maps, channels, n, m)."""
    if "spectra" in problem.memo:
        kept: NDArray[Any] = problem.memo["spectra"]
        return kept
    weights = problem.arithmetic.weights.astype(tiling.dtype)
    weights = weights.reshape(-1, problem.kernel.depth or 1, *problem.kernel.size)
    rows, columns = problem.geometry.rows, problem.geometry.columns
    spread = np.zeros((*weights.shape[:2], rows.reach + 1, columns.reach + 1), tiling.dtype)
    spread[:, :, :: rows.dilation, :: columns.dilation] = weights
    with np.errstate(invalid="ignore", over="ignore"):
        spectra = np.fft.rfft2(spread, tiling.size).conj()
    if spectra.nbytes <= MOST_KEPT_BYTES:
        problem.memo["spectra"] = spectra
    return spectra


def _tiling(problem: Problem) -> Tiling:
    return problem.remembered("tiling", lambda: _make_tiling(problem))


def _make_tiling(problem: Problem) -> Tiling:
    geometry = problem.geometry
    needs = [(axis.out - 1) * axis.stride + axis.reach + 1 for axis in geometry]
    samples = geometry.out[0] * geometry.out[1]
    maps, depth = problem.kernel.maps or 1, problem.kernel.depth or 0
    # Transforms an output plane: with a sum over channels, those of the channels are shared.
    transforms = (depth + maps) / (2 * maps) if depth else 1.0
    reach = geometry.rows.reach, geometry.columns.reach
    floats = problem.arithmetic.sum == "float32" and problem.image.dtype.kind == "f"
    return _best_tiling(*needs, *reach, samples, transforms, "float32" if floats else "float64")


@cache
def _best_tiling(
    height: int, width: int, rows: int, columns: int, samples: int, transforms: float, dtype: str
) -> Tiling:
    """The sizes that cost least; heights and widths are of what all windows cover together."""
    candidates = []
    for tall in _sizes(height, rows):
        for wide in _sizes(width, columns):
            step = tall - rows, wide - columns
            count = ceil((height - rows) / step[0]) * ceil((width - columns) / step[1])
            each = TRANSFORM_NS[dtype] * log2(tall * wide) * transforms + TILE_NS
            if tall * wide > CACHED_NUMBERS:
                each *= 1.5
            # An odd tile leaves a core without work.
            work = (count + count % 2) * (tall * wide * each + CALLS_NS)
            candidates.append((work / samples, (tall, wide), step))
    cost, size, step = min(candidates)
    return Tiling(size, step, dtype, cost)


def _sizes(need: int, reach: int) -> list[int]:
    """Sizes worth trying: beyond the reach, up to what covers everything."""
    sizes = _fast_sizes(SMALLEST_TILE, max(2 * need, 64))
    whole = next(size for size in sizes if size >= need)
    return [size for size in sizes if reach < size <= min(whole, LARGEST_TILE)] or [whole]


@cache
def _fast_sizes(least: int, most: int) -> list[int]:
    """Products of 2, 3 and 5, without the powers of 2 whose columns share a place in the cache."""
    twos = [2**a for a in range(1, most.bit_length() + 1)]
    sizes = {two * three * five for two in twos for three in (1, 3, 9) for five in (1, 5, 25)}
    return sorted(n for n in sizes if least <= n <= most and (n < 512 or n & (n - 1)))


def _bound(problem: Problem) -> float:
    """How far a whole-number sum may be off."""
    size = _tiling(problem).size
    numbers = size[0] * size[1]
    weights = problem.arithmetic.weights.astype(np.float64)
    weights = weights.reshape(problem.kernel.maps or 1, -1)
    norm = float(np.sqrt((weights**2).sum(axis=1)).max())
    depth = problem.kernel.depth or 1
    return (
        5
        * 2.0**-53
        * log2(numbers)
        * sqrt(numbers * depth)
        * largest_pixel(problem.image.dtype)
        * norm
    )
