"""Filtering dask arrays, chunk by chunk: pictures larger than memory, on one machine or on a cluster.

    >>> import dask.array, numpy as np
    >>> image = dask.array.from_array(np.arange(35, dtype=np.uint8).reshape(5, 7), chunks=(2, 3))
    >>> edges = correlate(image, [[1, 0, -1]], padding="same", border="edge")
    >>> edges.chunks, edges.compute()[0].tolist()
    (((2, 2, 1), (3, 3, 1)), [-1.0, -2.0, -2.0, -2.0, -2.0, -2.0, -1.0])

Nothing is read or computed before it is asked for. Each chunk of the result takes the rows and columns
that it reads by slicing, also those that the border brings from elsewhere; the algorithm is chosen once,
for the whole. Results are those of `convfilter.correlate` in memory: bit for bit for exact kernels on
whole numbers and with `exact`, else within the same error.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.blocks import Held, Runs
from convfilter.core.kernel import Kernel
from convfilter.core.problem import as_kernel, check_image
from convfilter.core.spec import make_spec
from convfilter.core.stages import Steps
from convfilter.core.tiles import Tile
from convfilter.core.tilewise import (
    Whole,
    fill_tile,
    join_measures,
    make_whole,
    measure_tile,
    result_cuts,
    stretch_of,
)
from convfilter.errors import DTypeError, ShapeError
from convfilter.presets.load import Kernels, steps_of

try:
    import dask.array as da
    from dask.graph_manipulation import bind
except ImportError:
    raise ImportError(
        "convfilter.dask filters dask arrays: pip install 'convfilter[cluster]'"
    ) from None

JOINED_AT_ONCE = 4  # along each axis

__all__ = ["apply_kernels", "convolve", "correlate"]


def correlate(
    array: da.Array, weights: Kernel | ArrayLike, bias: Any = None, **options: Any
) -> da.Array:
    """`convfilter.correlate` for a dask array, (H, W) or (H, W, C): the same result, lazily.

        out[y, x] = bias + scale·Σ_ij K[i, j] · array[y·stride + i·dilation − top,
                                                      x·stride + j·dilation − left]

    array    of any chunks; all channels of a pixel are brought together. Chunks should be larger than the
             kernel, because each reads its neighbours' edges
    options  those of `convfilter.correlate`, but for `out`: stride, padding, border, dilation, scale,
             normalize, flip, range_policy, exact, plan, and threads, which are cores for one chunk (1)

    Returns an array whose chunks lie over those of `array`, stride by stride. `range_policy="rescale"`
    makes everything twice, and whatever `array` is made of too: all results have to be known before the
    first pixel.

    Raises, before anything is computed, what `convfilter.correlate` raises; OptionError for the border
    `resize`, which is no local rule; ShapeError for chunks of unknown sizes. uint32, int64 and uint64 whose
    values don't fit int32 are found while computing: DTypeError.
    """
    options.setdefault("range_policy", "float")
    spec = make_spec(bias=bias, **{"threads": 1} | options)
    return _in_chunks(array, ((as_kernel(weights), spec),))


def convolve(
    array: da.Array, weights: Kernel | ArrayLike, bias: Any = None, **options: Any
) -> da.Array:
    """`correlate` with the kernel turned by 180°: convolution in the strict sense.

    >>> image = da.from_array(np.array([[0, 0, 1, 0, 0]]), chunks=(1, 2))
    >>> convolve(image, [[1, 2, 3]]).compute().tolist()
    [[1.0, 2.0, 3.0]]
    """
    return correlate(array, weights, bias, flip=True, **options)


def apply_kernels(
    array: da.Array, kernels: Kernels, *, range_policy: str = "float", **options: Any
) -> da.Array:
    """`convfilter.apply_kernels` for a dask array: kernels in turn and composites, lazily.

    Each chunk of the result is taken through all steps at once, from as much of `array` as that needs. See
    `correlate` for the rest.

    >>> image = da.ones((6, 8), chunks=3, dtype=np.uint8)
    >>> apply_kernels(image, "box-3 then sobel", padding="same", border="edge").sum().compute()
    np.float32(0.0)
    """
    steps = steps_of(kernels, range_policy=range_policy, **{"threads": 1} | options)
    return _in_chunks(array, steps)


class _Chunks(NamedTuple):
    """A result in chunks: where its rows and columns are cut, from 0 to the end, and what they read."""

    whole: Whole
    row_cuts: tuple[int, ...]
    column_cuts: tuple[int, ...]
    rows: tuple[Runs, ...]
    columns: tuple[Runs, ...]

    @property
    def sizes(self) -> tuple[tuple[int, ...], ...]:
        """Of the result's chunks."""
        chain = self.whole.chain
        cuts = (self.row_cuts, self.column_cuts)
        return (
            *(tuple(end - start for start, end in pairwise(each)) for each in cuts),
            *((planes,) for planes in chain.shape[2:]),
        )

    def tile(self, block_id: Sequence[int]) -> Tile:
        """A chunk's place in the result."""
        y, x = block_id[:2]
        return Tile(*self.row_cuts[y : y + 2], *self.column_cuts[x : x + 2])

    def held(self, pixels: NDArray[Any], block_id: Sequence[int]) -> Held:
        """What a chunk reads, as an image."""
        image = check_image(pixels)
        planes = image if image.ndim == 3 else image[:, :, np.newaxis]
        return Held(planes, self.rows[block_id[0]], self.columns[block_id[1]])


def _in_chunks(array: da.Array, steps: Steps) -> da.Array:
    whole = _checked(array, steps)
    chain = whole.chain
    if array.ndim == 3 and array.numblocks[2] > 1:
        array = array.rechunk({2: -1})
    cuts = [
        result_cuts(axes, np.cumsum(sizes).tolist())
        for axes, sizes in zip(whole.axes, array.chunks[:2], strict=True)
    ]
    rows, columns = (
        tuple(_reads(whole, tile)[axis] for tile in _strips(each, axis))
        for axis, each in enumerate(cuts)
    )
    chunks = _Chunks(whole, tuple(cuts[0]), tuple(cuts[1]), rows, columns)
    inputs = []
    if chain.policy == "rescale":
        inputs = [_stretch(array, chunks)]
        # Made anew, and not before: else the first pass's chunks would all wait for it in memory.
        array = bind(array, inputs, seed=inputs[0].name)
    planes = len(chain.shape) - 2
    return da.map_blocks(
        partial(_filter_chunk, chunks),
        _gathered(array, chunks),
        *inputs,
        chunks=chunks.sizes,
        drop_axis=range(2, array.ndim) if not planes else [],
        new_axis=[2] if planes and array.ndim == 2 else None,
        meta=np.empty((0,) * len(chain.shape), chain.pixel),
    )


def _stretch(array: da.Array, chunks: _Chunks) -> da.Array:
    """What `rescale` stretches: a Stretch as an array without axes."""
    cells = da.map_blocks(
        partial(_measure_chunk, chunks),
        _gathered(array, chunks),
        chunks=tuple((1,) * len(sizes) for sizes in chunks.sizes[:2]),
        drop_axis=range(2, array.ndim),
        meta=np.empty((0, 0), object),
    )
    while cells.size > 1:  # few at a time: dask makes what is joined soon one after the other
        cells = cells.rechunk(JOINED_AT_ONCE, method="tasks")
        ones = tuple((1,) * count for count in cells.numblocks)
        cells = da.map_blocks(_join_measures, cells, chunks=ones, meta=np.empty((0, 0), object))
    return da.map_blocks(
        partial(_stretch_chunk, chunks.whole),
        cells,
        chunks=(),
        drop_axis=[0, 1],
        meta=np.empty((), object),
    )


def _checked(array: da.Array, steps: Steps) -> Whole:
    """Raises everything that can be known before anything is computed."""
    if not isinstance(array, da.Array):
        raise DTypeError(
            f"a dask array is needed, got {type(array).__name__}: dask.array.from_array(image) makes one, "
            "and convfilter.correlate filters images in memory"
        )
    if any(isnan(size) for size in array.shape):
        raise ShapeError(
            "the sizes of the array's chunks are unknown: array.compute_chunk_sizes() finds them out"
        )
    return make_whole(tuple(map(int, array.shape)), array.dtype, steps)


def _strips(cuts: Sequence[int], axis: int) -> list[Tile]:
    """Tiles that are cut along one axis only; the other's place doesn't matter."""
    pairs = pairwise(cuts)
    return [Tile(*pair, 0, 1) if axis == 0 else Tile(0, 1, *pair) for pair in pairs]


def _reads(whole: Whole, tile: Tile) -> tuple[Runs, Runs]:
    """What a tile reads; a pixel where it is all the border's constant, because chunks are never empty."""
    rows, columns = whole.reads(tile)
    return rows or (slice(0, 1),), columns or (slice(0, 1),)


def _gathered(array: da.Array, chunks: _Chunks) -> da.Array:
    """What the result's chunks read, one chunk for each, side by side."""
    for axis, pieces in enumerate((chunks.rows, chunks.columns)):
        before = (slice(None),) * axis
        parts = [array[(*before, run)] for runs in pieces for run in runs]
        sizes = tuple(sum(run.stop - run.start for run in runs) for runs in pieces)
        joined = parts[0] if len(parts) == 1 else da.concatenate(parts, axis)
        array = joined.rechunk({axis: sizes}, method="tasks")
    return array


def _filter_chunk(
    chunks: _Chunks,
    pixels: NDArray[Any],
    stretch: NDArray[np.object_] | None = None,
    *,
    block_id: Sequence[int],
) -> NDArray[Any]:
    chain, tile = chunks.whole.chain, chunks.tile(block_id)
    size = tile.y1 - tile.y0, tile.x1 - tile.x0
    target = np.empty((*size, chain.stages[-1].made[2]), chain.pixel)
    ends = None if stretch is None else stretch.item()
    fill_tile(chunks.whole, tile, chunks.held(pixels, block_id), target, ends)
    return target.reshape(*size, *chain.shape[2:])


def _measure_chunk(
    chunks: _Chunks, pixels: NDArray[Any], *, block_id: Sequence[int]
) -> NDArray[np.object_]:
    tile, held = chunks.tile(block_id), chunks.held(pixels, block_id)
    return _cell(measure_tile(chunks.whole, tile, held)).reshape(1, 1)


def _join_measures(cells: NDArray[np.object_]) -> NDArray[np.object_]:
    return _cell(join_measures(cells.ravel().tolist())).reshape(1, 1)


def _stretch_chunk(whole: Whole, cell: NDArray[np.object_]) -> NDArray[np.object_]:
    return _cell(stretch_of(whole, cell.item()))


def _cell(value: object) -> NDArray[np.object_]:
    """An array without axes that holds one value: dask's arrays hand on arrays only."""
    cell = np.empty((), object)
    cell[()] = value
    return cell
