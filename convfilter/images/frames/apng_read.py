"""An animated PNG's bytes → its parts. Only what lies around the compressed pixels is read here.

Source: PNG, third edition, 5 (chunks), 11.3.6 (acTL, fcTL, fdAT).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from convfilter.images.frames.composite import CLEAR, KEEP, RESTORE, Part, Parts
from convfilter.images.metadata.png_chunks import SIGNATURE, chunk

CONTROL_FORMAT = ">IIIIIHHBB"
CONTROL_BYTES = struct.calcsize(CONTROL_FORMAT)
DISPOSALS = (KEEP, CLEAR, RESTORE)
GREY_TYPES, ALPHA_TYPES = (0, 4), (4, 6)
BLEND_OVER = 1
OF_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"acTL", b"IDAT", b"fcTL", b"fdAT")
# Delays without a denominator are hundredths.
HUNDREDTHS = 100


class Chunk(NamedTuple):
    """A chunk's name and what it holds."""

    name: bytes
    data: memoryview


class _Fault(Exception):
    """Where a file does not keep to its format."""


class _Frame:
    """A frame whose data is still coming."""

    def __init__(self, control: bytes, size: tuple[int, int]) -> None:
        _, width, height, left, upper, number, below, disposal, blend = struct.unpack(
            CONTROL_FORMAT, control
        )
        self.box = (left, upper, left + width, upper + height)
        if not (0 < width <= size[0] - left and 0 < height <= size[1] - upper):
            raise _Fault("its place is outside the picture")
        self.duration_ms = 1000 * number / (below or HUNDREDTHS)
        self.disposal = DISPOSALS[disposal] if disposal < len(DISPOSALS) else KEEP
        self.overwrites = blend != BLEND_OVER
        self.data: list[memoryview] = []


class _Reader:
    """Goes through a file's chunks."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.head = b""
        self.palette = b""
        self.transparency = False
        self.promised, self.plays = 0, 1
        self.sequence = 0
        self.frame: _Frame | None = None
        self.default: list[memoryview] = []
        self.parts: list[Part] = []

    def read(self, content: bytes) -> None:
        """All chunks; raises _Fault where they are not as they have to be."""
        for name, data in chunks(content):
            if name == b"IHDR":
                self.head = bytes(data)
            elif name in (b"PLTE", b"tRNS"):
                self.palette += chunk(name, bytes(data))
                self.transparency |= name == b"tRNS"
            elif name == b"acTL":
                self.promised, self.plays = struct.unpack_from(">II", data)
            elif name == b"IDAT":
                (self.default if self.frame is None else self.frame.data).append(data)
            elif name == b"fcTL":
                self._finish()
                self._check_sequence(data)
                self.frame = _Frame(bytes(data[:CONTROL_BYTES]), self.size)
            elif name == b"fdAT":
                self._check_sequence(data)
                if self.frame is not None:
                    self.frame.data.append(data[4:])
        self._finish()

    def _check_sequence(self, data: memoryview) -> None:
        if int.from_bytes(data[:4], "big") != self.sequence:
            raise _Fault("chunks are missing or in another order")
        self.sequence += 1

    def _finish(self) -> None:
        """The frame that is complete, or the default image that comes before all of them."""
        frame, self.frame = self.frame, None
        if frame is None:
            if self.default:
                self.parts.append(self._part((0, 0, *self.size), self.default))
        else:
            part = self._part(frame.box, frame.data)
            self.parts.append(
                part._replace(
                    duration_ms=frame.duration_ms,
                    disposal=frame.disposal,
                    overwrites=frame.overwrites,
                )
            )

    def _part(self, box: tuple[int, int, int, int], data: list[memoryview]) -> Part:
        head = struct.pack(">II", box[2] - box[0], box[3] - box[1]) + self.head[8:]
        compressed = b"".join(data)
        return Part(
            box,
            0.0,
            KEEP,
            see_through=self.transparency or self.head[9] in ALPHA_TYPES,
            overwrites=True,
            pieces=(
                SIGNATURE + chunk(b"IHDR", head) + self.palette,
                chunk(b"IDAT", compressed),
                chunk(b"IEND", b""),
            ),
        )


def read_apng(content: bytes, size: tuple[int, int]) -> Parts:
    """The parts of a PNG, animated or not, up to where it is damaged.

    size  (width, height) of the canvas
    """
    reader, fault = _Reader(size), "the file ends before it"
    try:
        reader.read(content)
    except (_Fault, struct.error) as error:
        fault = str(error)
    has_default = bool(reader.default and reader.promised)
    promised = max(1, reader.promised + has_default)
    depth, colour_type = reader.head[8:10] if len(reader.head) > 9 else (0, 0)
    return Parts(
        "PNG",
        size,
        tuple(reader.parts[:promised]),
        reader.plays,
        promised,
        has_default,
        grey=colour_type in GREY_TYPES,
        deep_grey=(depth, colour_type) == (16, 0),
        alpha=colour_type in ALPHA_TYPES,
        fault=fault,
    )


def chunks(content: bytes | memoryview) -> Iterator[Chunk]:
    """The chunks of a PNG up to IEND, raises _Fault where those that make the pixels are damaged."""
    view, place = memoryview(content), len(SIGNATURE)
    while place < len(view):
        if place + 12 > len(view):
            raise _Fault("the file ends within it")
        length, name = struct.unpack_from(">I4s", view, place)
        end = place + 8 + length
        if end + 4 > len(view):
            raise _Fault("the file ends within it")
        told = struct.unpack_from(">I", view, end)[0]
        if name in OF_PIXELS and zlib.crc32(view[place + 4 : end]) != told:
            raise _Fault(f"the checksum of a chunk {name.decode('latin-1')} is wrong")
        yield Chunk(name, view[place + 8 : end])
        if name == b"IEND":
            return
        place = end + 4
