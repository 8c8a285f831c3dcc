"""A GIF's bytes → its parts. Only what lies around the compressed pixels is read here.

Source: GIF89a, 17 … 27; the loop count is an application's extension, "NETSCAPE2.0" or "ANIMEXTS1.0".
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from convfilter.images.frames.composite import Part, Parts

HEAD_BYTES = 13
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
CONTROL, APPLICATION = 0xF9, 0xFF
LOOPERS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
UNIT_MS = 10
HAS_TABLE, INTERLACED = 0x80, 0x40


class _Control(NamedTuple):
    """A graphic control extension: what it says of the next image."""

    duration_ms: float = 0.0
    disposal: int = 0
    transparent: int | None = None


class _Reader:
    """Goes through a file's blocks; IndexError or struct.error where it ends too early."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.view = memoryview(content)
        self.width, self.height, flags = struct.unpack_from("<HHB", content, 6)
        self.place = HEAD_BYTES
        self.table = self._table(flags)
        self.plays = 1
        self.tables: set[bytes] = set()
        self.parts: list[Part] = []

    def read(self) -> None:
        """All blocks up to the trailer, or to what is no block, as browsers do."""
        control = _Control()
        while self.place < len(self.content):
            kind = self.content[self.place]
            self.place += 1
            if kind == EXTENSION:
                control = self._extension(control)
            elif kind == IMAGE:
                self.parts.append(self._image(control))
                control = _Control()
            elif kind:  # the trailer or rubbish; a zero too many does no harm
                return

    def _table(self, flags: int) -> bytes:
        if not flags & HAS_TABLE:
            return b""
        start = self.place
        self.place += 3 << (flags & 7) + 1
        if self.place > len(self.content):
            raise IndexError
        return self.content[start : self.place]

    def _blocks(self) -> bytes | None:
        """Past a row of sub-blocks; the first one."""
        first = None
        while length := self.content[self.place]:
            if first is None:
                first = self.content[self.place + 1 : self.place + 1 + length]
            self.place += 1 + length
        self.place += 1
        return first

    def _extension(self, control: _Control) -> _Control:
        label = self.content[self.place]
        self.place += 1
        start = self.place
        first = self._blocks() or b""
        if label == CONTROL and len(first) >= 4:
            flags, duration, transparent = struct.unpack_from("<BHB", first)
            disposal = flags >> 2 & 7
            return _Control(
                float(duration * UNIT_MS),
                disposal if disposal <= 3 else 0,
                transparent if flags & 1 else None,
            )
        if label == APPLICATION and first in LOOPERS:
            length, kind, count = struct.unpack_from("<BBH", self.content, start + 1 + len(first))
            if length >= 3 and kind & 7 == 1:
                self.plays = count + 1 if count else 0
        return control

    def _image(self, control: _Control) -> Part:
        left, upper, width, height, flags = struct.unpack_from("<HHHHB", self.content, self.place)
        self.place += 9
        table = self._table(flags) or self.table
        start = self.place
        self.place += 1  # how many bits the first codes have
        self._blocks()
        self.tables.add(table)
        return Part(
            (left, upper, left + width, upper + height),
            control.duration_ms,
            control.disposal,
            see_through=control.transparent is not None,
            overwrites=False,
            pieces=(
                _head(width, height, table, control.transparent, flags),
                self.view[start : self.place],
                bytes([TRAILER]),
            ),
        )


def read_gif(content: bytes, size: tuple[int, int]) -> Parts:
    """The parts of a GIF, up to where it is cut off.

    size  (width, height) of the canvas. Frames may stick out of it, and lose what does
    """
    fault = "the file ends before it"
    try:
        reader = _Reader(content)
    except (IndexError, struct.error):
        return Parts("GIF", size, (), fault=fault)
    cut = 0
    try:
        reader.read()
    except (IndexError, struct.error):
        cut, fault = 1, "the file ends within it"
    parts = reader.parts
    for number, part in enumerate(parts):
        if _area(part) > size[0] * size[1]:  # it could be a hundred thousand times as large
            cut, fault = 1, "it is larger than the whole picture"
            parts = parts[:number]
            break
    grey = all(table[0::3] == table[1::3] == table[2::3] for table in reader.tables)
    promised = max(1, len(parts) + cut)
    return Parts("GIF", size, tuple(parts), reader.plays, promised, grey=grey, fault=fault)


def _area(part: Part) -> int:
    left, upper, right, lower = part.box
    return (right - left) * (lower - upper)


def _head(width: int, height: int, table: bytes, transparent: int | None, flags: int) -> bytes:
    """All that stands before the compressed pixels of a GIF with one image and nothing else."""
    bits = max(1, (len(table) // 3 - 1).bit_length())
    screen = struct.pack(
        "<6sHHBBB", b"GIF89a", width, height, (HAS_TABLE | bits - 1) if table else 0, 0, 0
    )
    control = b""
    if transparent is not None:
        control = struct.pack("<BBBBHBB", EXTENSION, CONTROL, 4, 1, 0, transparent, 0)
    image = struct.pack("<BHHHHB", IMAGE, 0, 0, width, height, flags & INTERLACED)
    return screen + table + control + image
