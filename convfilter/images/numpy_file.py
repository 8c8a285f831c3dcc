"""Pictures as numpy arrays in .npy files: the header is checked before any memory is taken."""

from __future__ import annotations

import io
import os
import warnings
from math import prod
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from convfilter.errors import PictureError
from convfilter.images.limits import check_size
from convfilter.images.opening import looks_like_npy

# What can be filtered: dtype.kind → bytes a number.
ITEM_SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8)}
LARGEST_HEADER = 10_000
# Version 3 differs from 2 only where fields have names beyond ASCII: no number has.
VERSIONS = ((1, 0), (2, 0), (3, 0))
ZIP = b"PK\3\4"
# Shapes that begin like a picture's channels, and go on with a height and a width beyond any.
CHANNELS = (1, 3, 4)


class _Header(NamedTuple):
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    offset_bytes: int


def read_array(source: str | bytes, max_pixels: int, *, layout: str = "") -> NDArray[Any]:
    """The picture in a .npy file, (H, W) or (H, W, channels).

    source      a path, or the file's bytes, which messages call standard input
    max_pixels  larger pictures are refused before any memory is taken
    layout      "hwc": the axes are height, width and channels, also where they look otherwise
    returns     whole numbers, floats of at most 8 bytes, or bool; rows one after the other, in the
                machine's byte order, writeable

    Raises PictureError, beginning with the path, for what is missing, no such file, damaged, cut
    off, too large, or of another kind; Python objects are never made from a file.
    """
    label = _label(source)
    try:
        with _opened(source) as file:
            return _read(file, label, max_pixels, layout)
    except OSError as error:
        raise PictureError(f"{label}: {os.strerror(error.errno or 0)}") from None
    except MemoryError:
        raise PictureError(f"{label}: too large for this machine's memory") from None


def read_shape(source: str | bytes, max_pixels: int, *, layout: str = "") -> tuple[int, int, int]:
    """Height, width and channels of the picture in a .npy file, from its header. As `read_array`."""
    label = _label(source)
    try:
        with _opened(source) as file:
            header = _checked_header(file, label, max_pixels, layout)
    except OSError as error:
        raise PictureError(f"{label}: {os.strerror(error.errno or 0)}") from None
    height, width, channels = (*header.shape, 1)[:3]
    return height, width, channels


def _label(source: str | bytes) -> str:
    return source if isinstance(source, str) else "standard input"


def _opened(source: str | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb")


def _checked_header(file: BinaryIO, label: str, max_pixels: int, layout: str) -> _Header:
    """The header of a file that has as many bytes as it says; the file is anywhere then."""
    header = _header(file.read(LARGEST_HEADER + npy.MAGIC_LEN + 4), label)
    check_numbers(header.dtype, label)
    check_axes(header.shape, label, layout)
    check_size(header.shape[1], header.shape[0], max_pixels, label)
    needed = prod(header.shape) * header.dtype.itemsize
    there = file.seek(0, io.SEEK_END) - header.offset_bytes
    if there != needed:
        fault = "cut off" if there < needed else "more than one array, or damaged"
        raise PictureError(
            f"{label}: {fault}: an array of {_text(header.shape)} {header.dtype.name} takes "
            f"{needed} bytes, the file has {there}"
        )
    return header


def _read(file: BinaryIO, label: str, max_pixels: int, layout: str) -> NDArray[Any]:
    header = _checked_header(file, label, max_pixels, layout)
    array = np.empty(header.shape[::-1] if header.fortran else header.shape, header.dtype)
    file.seek(header.offset_bytes)
    into: Any = file  # files of either kind read into memory that is there
    if into.readinto(array.reshape(-1).view(np.uint8).data) != array.nbytes:
        raise PictureError(f"{label}: cut off while it was read")
    if not header.dtype.isnative:
        array = array.byteswap(inplace=True).view(header.dtype.newbyteorder("="))
    if header.dtype.kind == "b":
        array = array.view(np.uint8) != 0  # true is 1 here, whatever byte stands in the file
    return np.ascontiguousarray(array.T) if header.fortran else array


def _header(start: bytes, path: str) -> _Header:
    if not start:
        raise PictureError(f"{path}: the file is empty")
    if not looks_like_npy(start):
        way = "; a .npz holds several: save the one you mean with numpy.save"
        raise PictureError(f"{path}: no numpy array{way if start.startswith(ZIP) else ''}")
    version = tuple(start[6:8])
    reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    if version not in VERSIONS:
        raise PictureError(f"{path}: .npy of version {'.'.join(map(str, version))} is not read")
    stream = io.BytesIO(start)
    stream.seek(npy.MAGIC_LEN)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 2's long numbers in a header are still numbers
            shape, fortran, dtype = reader(stream, max_header_size=LARGEST_HEADER)
    except Exception:  # noqa: BLE001 - numpy's parser raises whatever bad bytes lead to
        raise PictureError(f"{path}: damaged: its header can't be read") from None
    return _Header(shape, fortran, dtype, stream.tell())


def check_numbers(dtype: np.dtype[Any], path: str) -> None:
    """Raises PictureError for an array of what can't be filtered."""
    if dtype.hasobject:
        raise PictureError(f"{path}: Python objects, which are never read: numbers are needed")
    if dtype.itemsize not in ITEM_SIZES.get(dtype.kind, ()):
        way = "; numpy.abs or .real makes numbers of them" if dtype.kind == "c" else ""
        raise PictureError(
            f"{path}: {dtype} is not filtered; whole numbers and floats of up to 8 bytes are{way}"
        )


def check_axes(shape: tuple[int, ...], path: str, layout: str) -> None:
    """Raises PictureError for axes that are not, or don't look like, height, width and channels."""
    if len(shape) not in (2, 3):
        raise PictureError(
            f"{path}: {len(shape)} dimensions ({_text(shape)}); a picture is (height, width) or "
            "(height, width, channels)"
        )
    if min(shape) < 1:
        raise PictureError(f"{path}: the array is empty ({_text(shape)})")
    first = len(shape) == 3 and shape[0] in CHANNELS and min(shape[1:]) > max(CHANNELS)
    if first and layout != "hwc":
        raise PictureError(
            f"{path}: {_text(shape)} looks like channels first, a picture is (height, width, "
            "channels): numpy.transpose(array, (1, 2, 0)) turns it; --layout hwc takes it as it is"
        )


def _text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a single number"
