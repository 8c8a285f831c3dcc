"""EXIF edited in place: what is not meant to change stays byte for byte where it was.

Maker notes point to places counted from the block's start, in ways only their maker knows: writing
the block anew, as Pillow does, leaves those pointers wrong. A block is a TIFF file without pixels:
II or MM, 42, the place of a directory (IFD0); a directory is a count, entries of 12 bytes (tag,
type, count, value or its place), and the place of the next one (IFD1, the thumbnail).
Source: CIPA DC-008-2019 (EXIF 2.32), 4.5 and 4.6; TIFF 6.0, section 2.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, NamedTuple

PREFIX = b"Exif\0\0"
WIDTH, HEIGHT = 0x0100, 0x0101
ORIENTATION = 0x0112
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
PIXEL_X, PIXEL_Y = 0xA002, 0xA003
EXIF_IFD, GPS_IFD, INTEROP_IFD, SUB_IFDS = 0x8769, 0x8825, 0xA005, 0x014A
STRIP_PLACES, STRIP_SIZES = 0x0111, 0x0117
JPEG_PLACE, JPEG_SIZE = 0x0201, 0x0202
THUMBNAIL_TAGS = (STRIP_PLACES, STRIP_SIZES, JPEG_PLACE, JPEG_SIZE)
OF_FILE = (WIDTH, HEIGHT, ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, 0x0131)
BYTE, ASCII, SHORT, LONG, RATIONAL = 1, 2, 3, 4, 5
TYPE_BYTES = {
    BYTE: 1,
    ASCII: 1,
    SHORT: 2,
    LONG: 4,
    RATIONAL: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
}
HEAD_BYTES, COUNT_BYTES, ENTRY_BYTES, PLACE_BYTES = 8, 2, 12, 4
# More than cameras write; a damaged count could name millions.
MOST_BELOW = 16
CENTIMETRE, CM_PER_INCH = 3, 2.54

Span = tuple[int, int]


class _Entry(NamedTuple):
    """An entry of a directory: where its 12 bytes begin, where its value begins and ends."""

    tag: int
    kind: int
    values: int
    place: int
    start: int
    end: int


class _Block:
    """An EXIF block's bytes from its byte order on, with numbers read and set in that order."""

    def __init__(self, exif: bytes) -> None:
        self.data = bytearray(body_of(exif))
        self.order: Literal["little", "big"] = "little" if self.data[:2] == b"II" else "big"
        sound = bytes(self.data[:4]) in (b"II*\0", b"MM\0*")
        self.first = self.number(4, 4) if sound and len(self.data) >= HEAD_BYTES else 0

    def number(self, place: int, size: int) -> int:
        return int.from_bytes(self.data[place : place + size], self.order)

    def put(self, place: int, size: int, number: int) -> None:
        self.data[place : place + size] = number.to_bytes(size, self.order)

    def entries(self, directory: int) -> list[_Entry]:
        """Those of a directory that lie within the block; none if it doesn't."""
        start = directory + COUNT_BYTES
        if not HEAD_BYTES <= directory <= len(self.data) - COUNT_BYTES:
            return []
        room = (len(self.data) - start) // ENTRY_BYTES
        count = min(self.number(directory, COUNT_BYTES), room)
        return [self._entry(start + ENTRY_BYTES * number) for number in range(count)]

    def _entry(self, place: int) -> _Entry:
        kind, count = self.number(place + 2, 2), self.number(place + 4, 4)
        size = TYPE_BYTES.get(kind, 1) * count
        start = place + 8 if size <= PLACE_BYTES else self.number(place + 8, 4)
        return _Entry(self.number(place, 2), kind, count, place, start, start + size)

    def whole(self, entry: _Entry) -> int | None:
        """The value of an entry of one whole number, None if it is of another kind."""
        if entry.values != 1 or entry.kind not in (BYTE, SHORT, LONG):
            return None
        return self.number(entry.start, TYPE_BYTES[entry.kind])

    def set_whole(self, entry: _Entry, number: int) -> None:
        """Gives an entry one whole number, in the type it has unless that can't hold it."""
        kind = entry.kind
        if (
            entry.values != 1
            or kind not in (SHORT, LONG)
            or number.bit_length() > 8 * TYPE_BYTES[kind]
        ):
            kind = SHORT if number.bit_length() <= 16 else LONG
        self.put(entry.place + 2, 2, kind)
        self.put(entry.place + 4, 4, 1)
        self.data[entry.place + 8 : entry.place + 12] = bytes(4)
        self.put(entry.place + 8, TYPE_BYTES[kind], number)

    def link_of(self, directory: int) -> int | None:
        """Where a directory says where the next one is; None where the block ends before."""
        place = directory + COUNT_BYTES + ENTRY_BYTES * self.number(directory, COUNT_BYTES)
        return place if place + PLACE_BYTES <= len(self.data) else None

    def spans(self, directory: int) -> list[Span]:
        """What a directory and its values occupy."""
        entries = self.entries(directory)
        end = directory + COUNT_BYTES + ENTRY_BYTES * len(entries) + PLACE_BYTES
        return [(directory, end)] + [
            (e.start, e.end) for e in entries if e.end - e.start > PLACE_BYTES
        ]

    def below(self, directory: int) -> list[int]:
        """The directories that a directory's entries lead to."""
        found = []
        for entry in self.entries(directory):
            if entry.tag in (EXIF_IFD, GPS_IFD, INTEROP_IFD, SUB_IFDS):
                end = min(entry.end, entry.start + MOST_BELOW * PLACE_BYTES, len(self.data))
                found += [self.number(place, 4) for place in range(entry.start, end, 4)]
        return found


def body_of(exif: bytes) -> bytes:
    """An EXIF block from its byte order on; some files have the prefix twice."""
    for _ in range(2):
        exif = exif.removeprefix(PREFIX)
    return exif


def tag_of(exif: bytes, tag: int) -> int | None:
    """The whole number that IFD0 has for a tag; None where it has none."""
    block = _Block(exif)
    numbers = (block.whole(e) for e in block.entries(block.first) if e.tag == tag)
    return next((number for number in numbers if number is not None), None)


def tells(exif: bytes) -> bool:
    """Whether a block says more than which program wrote it, and how large and which way up the pixels are."""
    block = _Block(exif)
    return any(entry.tag not in OF_FILE for entry in block.entries(block.first))


def text_of(exif: bytes, tag: int) -> bytes:
    """The letters that IFD0 has for a tag, up to the first zero; b"" where it has none."""
    block = _Block(exif)
    texts = (e for e in block.entries(block.first) if (e.tag, e.kind) == (tag, ASCII))
    return next((bytes(block.data[e.start : e.end]).partition(b"\0")[0] for e in texts), b"")


def orientation_of(exif: bytes) -> int:
    """How the pixels are turned, 1 … 8; 1, upright, where the block doesn't say, or nonsense.

    >>> orientation_of(b"Exif\\0\\0MM\\0*\\0\\0\\0\\x08\\0\\x01\\x01\\x12\\0\\x03\\0\\0\\0\\x01\\0\\x06\\0\\0")
    6
    """
    number = tag_of(exif, ORIENTATION) or 1
    return number if number <= 8 else 1


def resolution_of(exif: bytes) -> tuple[float, float] | None:
    """Pixels per inch, (x, y), that IFD0 tells; None where it tells none."""
    block = _Block(exif)
    found = {}
    for entry in block.entries(block.first):
        if entry.tag in (X_RESOLUTION, Y_RESOLUTION) and (entry.kind, entry.values) == (
            RATIONAL,
            1,
        ):
            below = block.number(entry.start + 4, 4)
            found[entry.tag] = block.number(entry.start, 4) / below if below else 0.0
    unit = CM_PER_INCH if tag_of(exif, RESOLUTION_UNIT) == CENTIMETRE else 1.0
    across = found.get(X_RESOLUTION, 0.0) * unit
    return (across, found.get(Y_RESOLUTION, 0.0) * unit or across) if across else None


def upright(exif: bytes) -> bytes:
    """The block for a picture that was turned upright: orientation 1, no thumbnail.

    The resolutions of both axes are exchanged where the picture lay on its side. The thumbnail's
    bytes are cut off at the block's end, zeros elsewhere. b"" for what has no directory.
    """
    block = _Block(exif)
    entries = block.entries(block.first)
    if not entries:
        return b""
    places = {entry.tag: entry.place for entry in entries}
    if orientation_of(exif) >= 5 and {X_RESOLUTION, Y_RESOLUTION} <= places.keys():
        across, down = (
            slice(places[tag] + 2, places[tag] + 12) for tag in (X_RESOLUTION, Y_RESOLUTION)
        )
        block.data[across], block.data[down] = block.data[down], block.data[across]
    for entry in entries:
        if entry.tag == ORIENTATION:
            block.set_whole(entry, 1)
    _drop_thumbnail(block)
    return PREFIX + bytes(block.data)


def untagged(exif: bytes, tag: int = ORIENTATION) -> bytes:
    """The block without a tag of IFD0; the directory's last 12 bytes become a gap.

    Without orientation for AVIF: where the tag is there Pillow writes the block anew.
    """
    block = _Block(exif)
    while found := [e for e in block.entries(block.first) if e.tag == tag]:
        place, count = found[0].place, block.number(block.first, COUNT_BYTES)
        end = block.first + COUNT_BYTES + ENTRY_BYTES * count + PLACE_BYTES
        behind = block.data[place + ENTRY_BYTES : end]
        block.data[place : place + ENTRY_BYTES + len(behind)] = behind + bytes(ENTRY_BYTES)
        block.put(block.first, COUNT_BYTES, count - 1)
    return exif and PREFIX + bytes(block.data)


def sized(exif: bytes, width: int, height: int) -> bytes:
    """The block with a picture's size wherever it tells one; nothing is added."""
    block = _Block(exif)
    sizes = {WIDTH: width, HEIGHT: height, PIXEL_X: width, PIXEL_Y: height}
    directories = [block.first] + [
        block.number(entry.start, 4)
        for entry in block.entries(block.first)
        if entry.tag == EXIF_IFD
    ]
    for directory in directories:
        for entry in block.entries(directory):
            if entry.tag in sizes:
                block.set_whole(entry, sizes[entry.tag])
    return exif and PREFIX + bytes(block.data)


def _drop_thumbnail(block: _Block) -> None:
    link = block.link_of(block.first)
    thumbnail = 0 if link is None else block.number(link, 4)
    if link is None or not thumbnail:
        return
    gone = _thumbnail_spans(block, thumbnail)
    block.put(link, 4, 0)
    kept: list[Span] = [(0, HEAD_BYTES)]
    waiting, seen = [block.first], set[int]()
    while waiting:
        directory = waiting.pop()
        if directory not in seen and block.entries(directory):
            seen.add(directory)
            kept += block.spans(directory)
            waiting += block.below(directory)
    for start, end in reversed(_without(gone, kept, len(block.data))):
        if end == len(block.data):
            del block.data[start:]
        else:
            block.data[start:end] = bytes(end - start)


def _thumbnail_spans(block: _Block, directory: int) -> list[Span]:
    """What the thumbnail's directory, its values and its pixels occupy."""
    entries = block.entries(directory)
    if not entries:
        return []
    numbers: dict[int, list[int]] = {}
    for entry in entries:
        if entry.tag in THUMBNAIL_TAGS and entry.kind in (SHORT, LONG) and entry.tag not in numbers:
            size = TYPE_BYTES[entry.kind]
            places = range(entry.start, min(entry.end, len(block.data)), size)
            numbers[entry.tag] = [block.number(place, size) for place in places]
    spans = block.spans(directory)
    for place_tag, size_tag in ((JPEG_PLACE, JPEG_SIZE), (STRIP_PLACES, STRIP_SIZES)):
        pairs = zip(numbers.get(place_tag, []), numbers.get(size_tag, []), strict=False)
        spans += [(place, place + size) for place, size in pairs]
    return spans


def _without(gone: list[Span], kept: list[Span], total: int) -> list[Span]:
    """The parts of some spans that no kept span touches, in order, within 0 … total.

    >>> _without([(4, 20), (18, 30)], [(0, 6), (10, 12)], 25)
    [(6, 10), (12, 25)]
    """
    changes = [(at, 0, step) for span in kept for at, step in zip(span, (1, -1), strict=True)]
    changes += [(at, 1, step) for span in gone for at, step in zip(span, (1, -1), strict=True)]
    depth = [0, 0]
    found: list[Span] = []
    ordered = [(min(at, total), which, step) for at, which, step in sorted(changes)]
    for (at, which, step), (end, _, _) in pairwise([*ordered, (total, 0, 0)]):
        depth[which] += step
        if depth[1] and not depth[0] and at < end:
            joined = bool(found) and found[-1][1] == at
            found[-1:] = (
                [(found[-1][0] if joined else at, end)] if joined else [*found[-1:], (at, end)]
            )
    return found
