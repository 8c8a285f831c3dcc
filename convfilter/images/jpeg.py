"""Large JPEGs, encoded in strips on several cores and joined to one file.

A JPEG may hold restart markers: what follows one does not depend on what came before. So strips
that end at one are encoded each for itself, and their data laid one behind the other are the file
that Pillow writes in one go with the same markers: the cut depends on the size alone, never on the
cores. On 12 Mpx the markers cost 0.2 kB of 5 MB, and the second core brings 32 ms down to 19.
Source: ITU-T T.81, B.2 (markers), E.1.4 (restart intervals).
"""

from __future__ import annotations

import errno
import mmap
import os
from functools import partial
from typing import Any, BinaryIO, NamedTuple

from PIL import Image

from convfilter.images.formats import BY_NAME
from convfilter.images.memory import stored_of
from convfilter.threads import run_all

# Below this, some 3 ms of work, the file has no markers and is encoded in one go.
LEAST_PIXELS = 2**20
STRIPS = 4
# Restart markers are numbered 0 … 7 and again; each strip begins with the number 0.
INTERVALS = 8
MOST_SIDE = BY_NAME["JPEG"].most_side
STRIP_MODES = {"L": "L", "RGB": "RGBX"}  # X: a fourth byte that is skipped
FIRST_ONLY = ("exif", "icc_profile", "dpi", "comment", "xmp", "extra")
START_OF_FRAME, START_OF_SCAN, LAST_RESTART, END = 0xC0, 0xDA, 0xD7, 0xD9


class Cut(NamedTuple):
    """How a picture is cut.

    marker_rows  rows of blocks from one restart marker to the next
    ends         the row of pixels behind each strip
    """

    marker_rows: int
    ends: tuple[int, ...]


def make_cut(size: tuple[int, int], block_height: int) -> Cut | None:
    """Strips of equal height but for the last; None for one that is not worth it.

    size  (width, height);  block_height: rows of pixels that are encoded together, 8 or 16

    >>> make_cut((4000, 3000), 16)
    Cut(marker_rows=6, ends=(768, 1536, 2304, 3000))
    """
    width, height = size
    if width * height < LEAST_PIXELS or max(size) > MOST_SIDE:  # Pillow refuses, and says why
        return None
    block_rows = -(-height // block_height)
    marker_rows = -(-block_rows // (STRIPS * INTERVALS))
    strip = marker_rows * INTERVALS * block_height
    return Cut(marker_rows, (*range(strip, height, strip), height))


def save_jpeg(image: Image.Image, file: BinaryIO, options: dict[str, Any], threads: int) -> None:
    """Saves an L, RGB or CMYK image, with Pillow's options; raises what Pillow raises."""
    doubled = image.mode == "RGB" and options.get("subsampling", 2) == 2
    cut = make_cut(image.size, 16 if doubled else 8)
    if cut is None or image.mode not in STRIP_MODES:
        image.save(file, "JPEG", **options)
        return
    options = options | {"restart_marker_rows": cut.marker_rows}
    several = min(threads, len(cut.ends)) > 1 and hasattr(os, "memfd_create")
    strips = _strips(image, cut) if several else None
    if strips is None:
        image.save(file, "JPEG", **options)
        return
    encoded = [_Encoded(content) for content in _contents(strips, options, threads)]
    first = encoded[0]
    place = first.index_of(START_OF_FRAME) + 5
    first.content[place : place + 2] = image.height.to_bytes(2, "big")
    file.write(first.content[:-2])
    for strip in encoded[1:]:
        file.write(bytes((0xFF, LAST_RESTART)))
        file.write(strip.content[strip.data_start : -2])
    file.write(bytes((0xFF, END)))


class _Encoded:
    """One strip as a JPEG of its own."""

    def __init__(self, content: mmap.mmap) -> None:
        if content[-2:] != bytes((0xFF, END)):  # Pillow overlooks short writes
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        self.content = memoryview(content)

    def index_of(self, marker: int) -> int:
        """Where a marker of the header stands."""
        place = 2
        while self.content[place + 1] != marker:
            place += 2 + int.from_bytes(self.content[place + 2 : place + 4], "big")
        return place

    @property
    def data_start(self) -> int:
        """Where the compressed data begin, behind the header's last segment."""
        place = self.index_of(START_OF_SCAN) + 2
        return place + int.from_bytes(self.content[place : place + 2], "big")


def _strips(image: Image.Image, cut: Cut) -> list[Image.Image] | None:
    """The strips as images over the same memory; None if it can't be shared."""
    stored = stored_of(image)
    if stored is None:
        return None
    mode = STRIP_MODES[image.mode]
    starts = (0, *cut.ends)
    return [
        Image.frombuffer(mode, (image.width, end - start), stored[start:end], "raw", mode, 0, 1)
        for start, end in zip(starts, cut.ends, strict=False)
    ]


def _contents(strips: list[Image.Image], options: dict[str, Any], threads: int) -> list[mmap.mmap]:
    """Every strip encoded, on several cores."""
    plain = {name: value for name, value in options.items() if name not in FIRST_ONLY}
    contents: dict[int, mmap.mmap] = {}

    def encode(number: int) -> None:
        contents[number] = _encoded(strips[number], plain if number else options)

    numbers = range(len(strips))
    run_all([partial(encode, number) for number in numbers], threads)
    return [contents[number] for number in numbers]


def _encoded(strip: Image.Image, options: dict[str, Any]) -> mmap.mmap:
    """Through a file in memory: into one with a descriptor Pillow writes without the interpreter's lock."""
    with open(os.memfd_create("strip"), "w+b") as file:
        strip.save(file, "JPEG", **options)
        return mmap.mmap(file.fileno(), 0)
