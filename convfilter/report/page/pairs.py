"""Before and after, small: for some pictures of a batch, evenly spread."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from convfilter.batch.record import FAILED, Record
from convfilter.images.modes import MODES
from convfilter.images.thumbnail import Thumbnail, thumbnail
from convfilter.threads import Work, core_count, run_all

LONGEST_PX = 320
# 240 pairs of photographs are 12 MB of text, and take some 10 s for JPEGs of 12 Mpx. Noise takes twice
# as much, transparent noise ten times: so there is a limit to their sum, too.
MOST_PAIRS = 240
MOST_BYTES = 24_000_000
# Larger ones are read one at a time: a picture of 30 Mpx takes 120 MB.
LARGE_PIXELS = 30_000_000


class Pair(NamedTuple):
    """A picture before and after, each None where it can't be shown."""

    before: Thumbnail | None
    after: Thumbnail | None

    @property
    def addresses(self) -> list[str | None]:
        """Both as URLs that hold the picture itself."""
        return [
            f"data:{each.kind};base64,{b64encode(each.content).decode()}" if each else None
            for each in self
        ]


class Choice:
    """Which pictures are shown: as many as there is room for, evenly spread over all that can be."""

    def __init__(self, able: int) -> None:
        self._able, self._met = max(1, able), 0
        self.room_bytes = MOST_BYTES

    def takes(self, record: Record) -> bool:
        """Whether the next record in order is shown."""
        if record.status == FAILED or self.room_bytes <= 0:
            return False
        before = self._met * MOST_PAIRS // self._able
        self._met += 1
        now = min(self._met, self._able) * MOST_PAIRS // self._able
        return now > before


def make_pairs(records: Sequence[Record]) -> list[Pair]:
    """Both pictures of each record, on all cores; the files may be gone, or others by now."""
    made: list[list[Thumbnail | None]] = [[None, None] for _ in records]
    small: list[Work] = []
    large: list[Work] = []
    for record, into in zip(records, made, strict=True):
        sides = (record.source, record.source_mode), (record.output, record.output_mode)
        pieces = large if record.pixels > LARGE_PIXELS * record.frames else small
        pieces += [partial(_make, into, side, *sides[side]) for side in range(2)]
    run_all(small, core_count())
    run_all(large, 1)
    return [Pair(before, after) for before, after in made]


def _make(into: list[Thumbnail | None], side: int, path: str, mode: str) -> None:
    has_alpha = mode in MODES and MODES[mode].alpha
    into[side] = thumbnail(path, LONGEST_PX, layout="hwca" if has_alpha else "hwc")
