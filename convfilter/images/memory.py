"""Pillow's memory as numpy arrays: pictures are filtered from where they were decoded to where they are saved.

Pillow lends its pixels through the Arrow C data interface, in its own layout: one byte a pixel for
L, two for I;16, four for I and F, LA (grey first, alpha last), RGB (the fourth is 255), RGBA and
CMYK. A copy in
between would cost on 12 Mpx RGB 33 ms one way, 23 the other, and half as much memory again.

What is lent must not change while others read it: views are read-only, but for those of a new image
that nobody else has seen. Wherever something is not as expected (another Pillow, several pieces of
memory, padded rows) there is no view, and the caller copies.
Source: https://arrow.apache.org/docs/format/CDataInterface.html
"""

from __future__ import annotations

import ctypes
import mmap
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image
from PIL.Image import core  # type: ignore[attr-defined]  # no other way to its settings

from convfilter.images.metadata.reopen import keep_stream

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Layout(NamedTuple):
    """How the pixels of a mode lie.

    arrow     Arrow's word for it;  dtype: numpy's;  numbers: stored for a pixel, used or not
    channels  which of them are the picture's own
    """

    arrow: bytes
    dtype: str
    numbers: int
    channels: int | slice


LAYOUTS = {
    "L": Layout(b"C", "|u1", 1, 0),
    "I;16": Layout(b"s", "<u2", 1, 0),
    "LA": Layout(b"+w:4", "|u1", 4, slice(0, 4, 3)),
    "RGB": Layout(b"+w:4", "|u1", 4, slice(0, 3)),
    "RGBA": Layout(b"+w:4", "|u1", 4, slice(0, 4)),
    "CMYK": Layout(b"+w:4", "|u1", 4, slice(0, 4)),
    "I": Layout(b"i", "<i4", 1, 0),
    "F": Layout(b"f", "<f4", 1, 0),
}
WRITABLE = ("L", "I;16", "RGB", "RGBA", "CMYK", "I", "F")
# Pillow cuts images into pieces of 16 MB, which nobody can read as one array. This is the most that
# it takes in multiples of its 4 KiB; a larger image has several pieces, as before.
PIECE_BYTES = 2**31 - 2**12
# Formats whose decoder can be given its memory before it begins.
EARLY = ("JPEG", "MPO")
OPAQUE_BLACK = 0xFF000000  # R, G and B 0, the fourth byte 255, as Pillow has it
# Of glibc's malloc.h; once said, they change no more by themselves.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LEAST_RETURNED_BYTES = 2**23
# Below this there is nothing to win with large pages.
LEAST_HUGE_BYTES = 2**22


class _Schema(ctypes.Structure):
    """The beginning of an ArrowSchema: all that is read here."""

    _fields_ = (("format", ctypes.c_char_p),)


class _Array(ctypes.Structure):
    """An ArrowArray."""


_Array._fields_ = (
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
)

_pointer_in = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


class _Place(NamedTuple):
    """Where an image's rows lie one behind the other, and the capsule that keeps them there."""

    address: int
    byte_count: int
    capsule: object


class _Lent:
    """Memory as numpy takes it. An array made of it keeps this, and the capsule keeps the memory.

    The capsule counts as one more owner of Pillow's memory, and lets go of it when it is collected:
    the image may be gone long before.
    """

    def __init__(self, capsule: object, interface: dict[str, Any]) -> None:
        self.capsule = capsule
        self.__array_interface__ = interface


def in_one_piece() -> None:
    """From here on Pillow keeps every image up to 2 GiB in one piece, in the whole process.

    For commands, which own their process: nothing that is only imported calls it.
    """
    with suppress(AttributeError, ValueError):
        core.set_block_size(PIECE_BYTES)


def return_large_pieces() -> None:
    """From here on memory of 8 MiB and more goes back to the system when it is free, in the whole process.

    glibc would keep up to 64 MiB for each thread that ever had a large picture: four threads that had
    grey ones of 25 Mpx, one after the other, took 150 instead of 100 MB. And what is less is kept: else
    each small picture gets its memory anew, page by page. Elsewhere nothing is done.
    """
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LEAST_RETURNED_BYTES)
        mallopt(M_TRIM_THRESHOLD, 2 * LEAST_RETURNED_BYTES)  # glibc's own proportion


def prepare_to_load(image: Image.Image) -> None:
    """Memory in one piece for an opened image, and in large pages where that can be had.

    Without numpy: called while that is imported.
    """
    in_one_piece()
    keep_stream(image)
    if image.format in EARLY:
        with suppress(AttributeError, MemoryError):
            image.load_prepare()  # type: ignore[attr-defined]  # what load() begins with
            _advise_huge(image)


def view(image: Image.Image) -> NDArray[Any] | None:
    """The pixels of a loaded image where they lie, read-only; None where that can't be had.

    (H, W) uint8 for L, uint16 for I;16, int32 for I, float32 for F; (H, W, 2) for LA, (H, W, 3) for
    RGB, (H, W, 4) for RGBA and CMYK, all with 4 bytes from one pixel to the next.
    """
    stored = stored_of(image)
    return None if stored is None else stored[:, :, LAYOUTS[image.mode].channels]


def stored_of(image: Image.Image) -> NDArray[Any] | None:
    """All that is stored for a loaded image, read-only: (H, W, 1), or (H, W, 4) with unused bytes."""
    return _stored(image, writable=False)


def pixels_of(image: Image.Image) -> NDArray[Any]:
    """`view`, or a copy of the same shape and dtype where there is none."""
    import numpy as np

    pixels = view(image)
    return np.asarray(image) if pixels is None else pixels


def new(mode: str, size: tuple[int, int]) -> tuple[Image.Image, NDArray[Any]] | None:
    """A fresh image of a mode in WRITABLE, and its pixels to be written; None where that can't be had.

    size  (width, height)

    To be written before anyone else sees the image. What the pixels hold until then is undefined.
    """
    import numpy as np

    if mode not in WRITABLE or not np.dtype(LAYOUTS[mode].dtype).isnative:
        return None
    in_one_piece()
    try:
        image = Image.new(mode, size, None)  # None: nothing is written into it
    except MemoryError:
        return None
    _advise_huge(image)
    if (stored := _stored(image, writable=True)) is None:
        return None
    if mode == "RGB":
        stored.view("<u4").fill(OPAQUE_BLACK)
    return image, stored[:, :, LAYOUTS[mode].channels]


def _advise_huge(image: Image.Image) -> None:
    """Asks for large pages before memory is first written: 4 ms instead of 16 for 48 MB.

    Advice only: the system may know no large pages, or have none left.
    """
    if not hasattr(mmap, "MADV_HUGEPAGE") or (place := _place(image)) is None:
        return
    page = mmap.PAGESIZE
    start = -(-place.address // page) * page
    length = (place.address + place.byte_count) // page * page - start
    if length >= LEAST_HUGE_BYTES:
        with suppress(OSError, AttributeError):
            madvise = ctypes.CDLL(None).madvise
            madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), mmap.MADV_HUGEPAGE)


def _stored(image: Image.Image, *, writable: bool) -> NDArray[Any] | None:
    """(H, W, numbers) over all that is stored for an image."""
    import numpy as np

    # A file that is mapped into memory, or bytes of somebody else, are not Pillow's to lend.
    if image.readonly or (place := _place(image)) is None:
        return None
    layout = LAYOUTS[image.mode]
    lent = _Lent(
        place.capsule,
        {
            "version": 3,
            "data": (place.address, not writable),
            "shape": (image.height, image.width, layout.numbers),
            "typestr": layout.dtype,
        },
    )
    return np.asarray(lent)


def _place(image: Image.Image) -> _Place | None:
    layout = LAYOUTS.get(image.mode)
    if layout is None or not _rows_follow_each_other():
        return None
    try:
        schema, capsule = image.im.__arrow_c_schema__(), image.im.__arrow_c_array__()
    except (AttributeError, ValueError):  # an older Pillow; memory in several pieces
        return None
    pixels = image.width * image.height
    address = _address(schema, capsule, layout, pixels)
    if address is None:
        return None
    itemsize = int(layout.dtype[2:])
    return _Place(address, pixels * layout.numbers * itemsize, capsule)


def _rows_follow_each_other() -> bool:
    """Whether images are made without padding between rows (PILLOW_ALIGNMENT can ask for it)."""
    with suppress(AttributeError):
        return bool(core.get_alignment() == 1)
    return False


def _address(schema: object, capsule: object, layout: Layout, pixels: int) -> int | None:
    """Where the first pixel is, if all that Arrow says is what the layout says."""
    if _Schema.from_address(_pointer_in(schema, b"arrow_schema")).format != layout.arrow:
        return None
    array = _Array.from_address(_pointer_in(capsule, b"arrow_array"))
    if (array.length, array.offset) != (pixels, 0):
        return None
    if layout.numbers > 1:
        if array.n_children != 1:
            return None
        array = array.children[0].contents
    if (array.length, array.offset, array.n_buffers) != (pixels * layout.numbers, 0, 2):
        return None
    return array.buffers[1] or None
