"""The directories of TIFF and EXIF, byte for byte: what is copied from file to file is never interpreted.

Each tag keeps the type, the count and the bytes that it had, in its file's byte order; only offsets
are made anew. Pillow's own way there and back reduces fractions, cuts strings and guesses types.
Source: TIFF 6.0, section 2; https://www.awaresystems.be/imaging/tiff/bigtiff.html; Exif 2.32, 4.6.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Container, Iterable
from contextlib import suppress
from typing import BinaryIO, Literal, NamedTuple

Order = Literal["<", ">"]

EXIF_PREFIX = b"Exif\0\0"
EXIF_IFD, GPS_IFD, INTEROP_IFD = 0x8769, 0x8825, 0xA005
INNER = (EXIF_IFD, GPS_IFD, INTEROP_IFD)
# Bytes of one value, by the number of its type.
BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
         16: 8, 17: 8, 18: 8}  # fmt: skip
SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 3, 4, 5, 7, 16
WHOLE = {1: "B", SHORT: "H", LONG: "I", 13: "I", LONG8: "Q", 18: "Q"}
MOST_TAGS = 4096
MOST_BYTES = 2**26  # of a directory's values: many tags may name the same bytes
HEADERS: dict[bytes, tuple[Order, bool]] = {b"II*\0": ("<", False), b"MM\0*": (">", False),
           b"II+\0": ("<", True), b"MM\0+": (">", True)}  # fmt: skip


class Tag(NamedTuple):
    """A tag as it stands in a file.

    kind    TIFF's number of the type
    values  how many there are of it
    data    in the file's byte order; of a directory inside: where it was
    inner   the tags of a directory inside, which is written anew; else data stays
    """

    code: int
    kind: int
    values: int
    data: bytes
    inner: tuple[Tag, ...] = ()


class Layout(NamedTuple):
    """How numbers and offsets are written.

    order  "<" or ">"
    big    BigTIFF: offsets of 8 bytes
    """

    order: Order
    big: bool = False

    @property
    def offset(self) -> str:
        """Of an offset, as `struct` has it."""
        return self.order + ("Q" if self.big else "I")

    @property
    def number(self) -> str:
        """Of the number of tags in a directory."""
        return self.order + ("Q" if self.big else "H")

    @property
    def tag(self) -> str:
        """Of code, type, count and value."""
        return self.order + ("HHQ8s" if self.big else "HHI4s")


def header(layout: Layout, directory: int) -> bytes:
    """A file's first 8 or 16 bytes, with the place of its first directory."""
    mark = b"II" if layout.order == "<" else b"MM"
    if layout.big:
        return mark + struct.pack(layout.order + "HHHQ", 43, 8, 0, directory)
    return mark + struct.pack(layout.order + "HI", 42, directory)


def read_header(file: BinaryIO) -> tuple[Layout, int]:
    """A file's layout and the place of its first directory. Raises ValueError, struct.error."""
    start = file.read(16)
    if start[:4] not in HEADERS:
        raise ValueError("no TIFF header")
    layout = Layout(*HEADERS[start[:4]])
    return layout, *struct.unpack_from(layout.offset, start, 8 if layout.big else 4)


def read_tags(
    file: BinaryIO, layout: Layout, place: int, codes: Container[int] = (), depth: int = 2
) -> tuple[tuple[Tag, ...], int]:
    """The tags of a directory, and the place of the next one, 0 where there is none.

    codes  which tags; all, if none is given
    depth  how many levels of directories inside are followed

    Tags whose values lie outside the file are left out, as are those beyond all reason. Raises ValueError or struct.error where no
    directory is.
    """
    size, width = struct.calcsize(layout.tag), struct.calcsize(layout.offset)
    file.seek(place)
    (number,) = struct.unpack(layout.number, file.read(struct.calcsize(layout.number)))
    if number > MOST_TAGS:
        raise ValueError(f"{number} tags in a directory")
    entries = file.read(number * size)
    after = file.read(width)
    tags: list[Tag] = []
    room = MOST_BYTES
    for start in range(0, number * size, size):
        found = Tag(*struct.unpack_from(layout.tag, entries, start))
        if codes and found.code not in codes:
            continue
        tag = _read_tag(file, layout, found, depth)
        if tag is not None and (room := room - len(tag.data)) > 0:
            tags.append(tag)
    return tuple(tags), struct.unpack(layout.offset, after)[0] if len(after) == width else 0


def codes_of(file: BinaryIO, layout: Layout, place: int) -> set[int]:
    """The codes of a directory's tags, also of those whose values lie outside the file."""
    file.seek(place)
    (number,) = struct.unpack(layout.number, file.read(struct.calcsize(layout.number)))
    size = struct.calcsize(layout.tag)
    entries = file.read(min(number, MOST_TAGS) * size)
    starts = range(0, len(entries) // size * size, size)
    return {struct.unpack_from(layout.tag, entries, start)[0] for start in starts}


def _read_tag(file: BinaryIO, layout: Layout, tag: Tag, depth: int) -> Tag | None:
    """A tag with its value, which so far stands for itself or for where it lies; None if that is nowhere."""
    length = BYTES.get(tag.kind, 0) * tag.values
    if tag.code in INNER:
        return _read_inner(file, layout, tag._replace(data=tag.data[:length]), depth)
    (place,) = struct.unpack(layout.offset, tag.data)
    if length <= len(tag.data):
        return tag._replace(data=tag.data[:length]) if length else None
    if length > MOST_BYTES or place + length > file.seek(0, io.SEEK_END):
        return None
    file.seek(place)
    return tag._replace(data=file.read(length))


def _read_inner(file: BinaryIO, layout: Layout, tag: Tag, depth: int) -> Tag | None:
    """A tag with the directory that it points to; None if there is none."""
    place = (numbers(tag, layout.order) or (0,))[0]
    inner: tuple[Tag, ...] = ()
    if depth and 0 < place < 2**32:
        with suppress(ValueError, struct.error):
            inner, _ = read_tags(file, layout, place, depth=depth - 1)
    if not inner:
        return None
    return Tag(tag.code, LONG, 1, struct.pack(layout.order + "I", place), inner)


def numbers(tag: Tag, order: Order) -> tuple[int, ...]:
    """A tag's whole numbers; none where it has others."""
    form = WHOLE.get(tag.kind)
    if form is None or len(tag.data) != BYTES[tag.kind] * tag.values:
        return ()
    return struct.unpack(f"{order}{tag.values}{form}", tag.data)


def fractions(tag: Tag, order: Order) -> tuple[tuple[int, int], ...]:
    """A tag's fractions as numerators and denominators; none where it has others."""
    if tag.kind != RATIONAL:
        return ()
    parts = struct.unpack(f"{order}{2 * tag.values}I", tag.data)
    return tuple(zip(parts[::2], parts[1::2], strict=True))


def whole_tag(code: int, kind: int, values: Iterable[int], order: Order) -> Tag:
    """A tag of whole numbers."""
    many = tuple(values)
    return Tag(code, kind, len(many), struct.pack(f"{order}{len(many)}{WHOLE[kind]}", *many))


def directory(tags: Iterable[Tag], layout: Layout, place: int) -> bytes:
    """A directory with all that belongs to it, to be written at an even place of a file.

    The last of its kind: no other follows.
    """
    ordered = sorted(tags, key=lambda tag: tag.code)
    width = struct.calcsize(layout.offset)
    after = (
        place + struct.calcsize(layout.number) + len(ordered) * struct.calcsize(layout.tag) + width
    )
    entries, outside = b"", b""
    for tag in ordered:
        value = tag.data
        if tag.inner or len(value) > width:
            where = after + len(outside)
            outside += directory(tag.inner, layout, where) if tag.inner else value
            outside += b"\0" * (len(outside) % 2)
            value = struct.pack(layout.offset, where)
        kind = LONG8 if tag.inner and layout.big else tag.kind
        entries += struct.pack(layout.tag, tag.code, kind, tag.values, value.ljust(width, b"\0"))
    head = struct.pack(layout.number, len(ordered))
    return head + entries + struct.pack(layout.offset, 0) + outside


def exif_body(exif: bytes) -> bytes:
    """EXIF data from its byte order on."""
    return exif.removeprefix(EXIF_PREFIX)


def read_exif(exif: bytes) -> tuple[Order, tuple[Tag, ...]]:
    """Byte order and tags of EXIF data, with or without "Exif\\0\\0"; none where it can't be read."""
    file = io.BytesIO(exif_body(exif))
    try:
        layout, place = read_header(file)
        return layout.order, read_tags(file, layout, place)[0]
    except (ValueError, struct.error):
        return "<", ()


def exif_bytes(tags: Iterable[Tag], order: Order) -> bytes:
    """EXIF data from "Exif\\0\\0" on; nothing of no tags."""
    kept = tuple(tag for tag in tags if tag.kind < LONG8)
    layout = Layout(order)
    return EXIF_PREFIX + header(layout, 8) + directory(kept, layout, 8) if kept else b""
