"""Zarr arrays, which are folders: opened, read in part, and made aside until they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.errors import PictureError
from convfilter.images.limits import check_size
from convfilter.images.numpy_file import check_axes, check_numbers
from convfilter.images.opening import damaged
from convfilter.images.replace import replacing_folder
from convfilter.images.target import Target
from convfilter.images.zarr_marks import kind_of
from convfilter.signals import stopped_first

INSTALL = "pip install 'convfilter[cluster]'"
# Chunks of what has none to go by, and the most bytes of one where the source's own are larger.
CHUNK_SIDE, MOST_CHUNK_BYTES = 1024, 2**26


class Grid(NamedTuple):
    """How an array is cut up in its folder, (rows, columns) of a piece that is written as one."""

    rows: int
    columns: int


class ZarrArray:
    """An array (height, width) or (height, width, channels) in a folder; errors name the folder.

    sparse  the same, which writes no chunks that are all 0
    """

    def __init__(self, array: Any, path: str, sparse: Any = None) -> None:
        self.array, self.path, self._sparse = array, path, sparse
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.dtype: np.dtype[Any] = array.dtype
        self.grid = Grid(*(array.shards or array.chunks)[:2])

    def read(self, rows: slice, columns: slice) -> NDArray[Any]:
        """A part of it, all channels; chunks that are not there are its fill value."""
        try:
            part: NDArray[Any] = self.array[rows, columns]
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - decoders raise whatever bad bytes lead to
            raise damaged(self.path, error) from None
        return part

    def write(self, rows: slice, columns: slice, pixels: NDArray[Any]) -> None:
        """Writes a part along the chunks; raises OSError."""
        array = self._sparse if self._has_empty(pixels) else self.array
        array[rows, columns] = pixels

    def _has_empty(self, pixels: NDArray[Any]) -> bool:
        """Whether a chunk is all 0: most are known not to be by their first pixel."""
        height, width = self.array.chunks[:2]
        chunks = (
            pixels[y : y + height, x : x + width]
            for y in range(0, pixels.shape[0], height)
            for x in range(0, pixels.shape[1], width)
        )
        return any(not chunk[0, 0].any() and not chunk.any() for chunk in chunks)


def open_zarr(path: str, layout: str = "") -> ZarrArray:
    """A Zarr array, versions 2 and 3, of numbers that are filtered.

    layout  "hwc": its axes are height, width and channels, also where they look otherwise

    Raises PictureError for what is missing, no array, damaged, or of another kind.
    """
    if not os.path.exists(path):
        raise PictureError(f"{path}: No such file or directory")
    package = _package(path)
    kind = kind_of(path)
    if kind == "group":
        names = sorted(entry.name for entry in os.scandir(path) if kind_of(entry.path) == "array")
        listed = f": name one of its arrays: {os.path.join(path, names[0])}" if names else ""
        raise PictureError(f"{path}: a Zarr group, no array{listed}")
    if kind != "array":
        raise PictureError(f"{path}: no Zarr array: it has neither zarr.json nor .zarray")
    try:
        opened = package.open_array(path)
    except Exception as error:  # noqa: BLE001 - parsers raise whatever bad text leads to
        raise damaged(path, error) from None
    check_numbers(opened.dtype, path)
    check_axes(tuple(opened.shape), path, layout)
    return ZarrArray(opened, path)


def read_zarr(path: str, max_pixels: int, layout: str = "") -> NDArray[Any]:
    """All of an array, as `numpy_file.read_array`; raises PictureError, also for too many pixels."""
    opened = open_zarr(path, layout)
    check_size(opened.shape[1], opened.shape[0], max_pixels, path)
    whole = opened.read(slice(None), slice(None))
    return whole.astype(whole.dtype.newbyteorder("="), copy=False)


def zarr_size(path: str) -> tuple[int, int, int]:
    """Height, width and channels of an array; raises PictureError."""
    height, width, channels = (*open_zarr(path).shape, 1)[:3]
    return height, width, channels


def write_zarr(pixels: NDArray[Any], target: Target) -> None:
    """A whole array at once; raises OSError, PictureError."""
    with making(target, pixels.shape, pixels.dtype) as made:
        made.write(slice(None), slice(None), pixels)


@contextmanager
def making(
    target: Target, shape: tuple[int, ...], dtype: np.dtype[Any], like: ZarrArray | None = None
) -> Iterator[ZarrArray]:
    """An array to be filled, which takes the target's name when all went well, and is gone when not.

    like  whose format, chunks, compression and attributes it has, as far as they suit its numbers;
          a target that is stripped gets no attributes
    """
    package = _package(target.path)
    options = {"chunks": _chunks(shape, dtype, (CHUNK_SIDE, CHUNK_SIDE))}
    if like is not None:
        options = _options(like.array, shape, dtype) | ({"attributes": {}} if target.strip else {})
    with replacing_folder(target) as folder:
        store = package.StoppableStore(folder)
        with stopped_first(store.stop):
            made, sparse = package.create_array(store, shape=shape, dtype=dtype, **options)
            yield ZarrArray(made, target.path, sparse)


def at_once(count: int, path: str) -> AbstractContextManager[Any]:
    """So many chunks of arrays are decoded or encoded at once at most (`zarr_store.at_once`)."""
    setting: AbstractContextManager[Any] = _package(path).at_once(count)
    return setting


def _package(path: str) -> Any:
    """`zarr_store`; raises PictureError where there is no zarr."""
    try:
        from convfilter.images import zarr_store
    except ImportError:
        raise PictureError(f"{path}: Zarr arrays are read with the extra: {INSTALL}") from None
    return zarr_store


def _options(like: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> dict[str, Any]:
    """What `create_array` takes, from an array."""
    chunks = _chunks(shape, dtype, like.chunks)
    options: dict[str, Any] = {
        "zarr_format": like.metadata.zarr_format,
        "chunks": chunks,
        "attributes": like.attrs.asdict(),
    }
    if like.shards and chunks[: len(like.chunks)] == like.chunks[: len(shape)]:
        options["shards"] = (*like.shards[:2], *chunks[2:])
    if dtype == like.dtype and len(shape) == like.ndim:  # codecs go by the size of numbers
        options["compressors"] = like.compressors or None
        options["filters"] = like.filters or None
    if like.metadata.zarr_format == 2:
        separator = like.metadata.dimension_separator
        options["chunk_key_encoding"] = {"name": "v2", "separator": separator}
    else:
        options["chunk_key_encoding"] = like.metadata.chunk_key_encoding
        if len(shape) == like.ndim:
            options["dimension_names"] = like.metadata.dimension_names
    return options


def _chunks(
    shape: tuple[int, ...], dtype: np.dtype[Any], wanted: tuple[int, ...]
) -> tuple[int, ...]:
    """Chunks of a size (rows, columns[, channels]), all channels together, and no larger than is good."""
    rows, columns = (min(side, size) for side, size in zip(wanted[:2], shape[:2], strict=True))
    pixel = dtype.itemsize * int(np.prod(shape[2:]))
    while rows * columns * pixel > MOST_CHUNK_BYTES and max(rows, columns) > 1:
        rows, columns = (-(-rows // 2), columns) if rows >= columns else (rows, -(-columns // 2))
    return (rows, columns, *shape[2:])
