"""Finished TIFFs of a page each → one TIFF, every page with all that it had.

Pillow's own way to save several leaves the places of EXIF and GPS directories as they were: every page
then has those of the first. Source: TIFF 6.0, section 2; its supplement 1 (SubIFDs).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import BinaryIO

# Types of values by number, with their bytes; SHORT and LONG can be places.
TYPE_BYTES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
SHORT, LONG = 3, 4
# Tags whose numbers are places in the file: of data (strips, tiles, old JPEG's), of directories.
DATA_PLACES = (273, 288, 324, 513, 519, 520, 521)
DIRECTORIES = (330, 0x8769, 0x8825, 0xA005)
MOST_BYTES = 2**32 - 1
HEAD_BYTES = 8


class _Page:
    """A page's bytes, moved to where it will lie."""

    def __init__(self, content: bytes, base: int) -> None:
        self.data = bytearray(content)
        self.order = {b"II*\0": "<", b"MM\0*": ">"}[content[:4]]
        self.base = base
        self.seen: set[int] = set()
        self.first = self._numbers(4, LONG, 1)[0]
        self.link = self._move_directory(self.first)
        self.data += bytes(-len(self.data) % 2)  # directories begin at even places

    def _numbers(self, place: int, kind: int, count: int) -> tuple[int, ...]:
        return struct.unpack_from(
            f"{self.order}{count}{'H' if kind == SHORT else 'L'}", self.data, place
        )

    def _put(self, place: int, numbers: Iterable[int]) -> None:
        numbers = tuple(numbers)
        struct.pack_into(f"{self.order}{len(numbers)}L", self.data, place, *numbers)

    def _move_directory(self, place: int) -> int:
        """Moves a directory with all that it leads to; where it tells the place of the next one."""
        self.seen.add(place)
        count = self._numbers(place, SHORT, 1)[0]
        entry = place + 2
        for _ in range(count):
            self._move_entry(entry)
            entry += 12
        following = self._numbers(entry, LONG, 1)[0]
        if following and following not in self.seen:
            self._put(entry, [following + self.base])
            return self._move_directory(following)
        return entry

    def _move_entry(self, entry: int) -> None:
        tag, kind = self._numbers(entry, SHORT, 2)
        count = self._numbers(entry + 4, LONG, 1)[0]
        place, size = entry + 8, count * (TYPE_BYTES[kind] if kind < len(TYPE_BYTES) else 1)
        if size > 4:
            place = self._numbers(place, LONG, 1)[0]
            self._put(entry + 8, [place + self.base])
        if tag not in DATA_PLACES + DIRECTORIES:
            return
        numbers = self._numbers(place, kind, count)
        if tag in DIRECTORIES:
            for number in numbers:
                if number and number not in self.seen:
                    self._move_directory(number)
        if kind == SHORT:
            place = self._as_longs(entry, count)
        self._put(place, [number + self.base for number in numbers])

    def _as_longs(self, entry: int, count: int) -> int:
        """Makes room for an entry's numbers as LONGs: where that is."""
        struct.pack_into(f"{self.order}H", self.data, entry + 2, LONG)
        if count == 1:
            return entry + 8
        self.data += bytes(len(self.data) % 2)
        place = len(self.data)
        self.data += bytes(4 * count)
        self._put(entry + 8, [place + self.base])
        return place

    def followed_by(self, place: int) -> bytearray:
        """The page, with the place of the next one's directory."""
        self._put(self.link, [place])
        return self.data


def write_pages(pages: Iterable[bytes], file: BinaryIO) -> None:
    """Writes TIFFs, each whole and in the same byte order, as the pages of one.

    Raises ValueError where they are more than a TIFF can hold.
    """
    waiting: _Page | None = None
    end = 0
    for content in pages:
        if end + 2 * len(content) + HEAD_BYTES > MOST_BYTES:
            raise ValueError("the pages together are more than the 4 GB that a TIFF holds")
        page = _Page(content, end)
        if waiting is not None:
            if page.order != waiting.order:
                raise ValueError("pages of different byte orders")
            file.write(waiting.followed_by(end + page.first))
        end += len(page.data)
        waiting = page
    if waiting is not None:
        file.write(waiting.data)
