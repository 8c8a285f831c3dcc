"""Times and plays of WebP and AVIF animations, from their containers: Pillow tells times only by decoding.

Sources: WebP container specification (ANIM, ANMF); ISO/IEC 14496-12, 8.2 (mvhd), 8.3.2 (tkhd), 8.4.2
(mdhd), 8.6.1.2 (stts), 8.6.6 (elst).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from convfilter.images.frames.composite import CLEAR, KEEP


class Times(NamedTuple):
    """Of each frame the milliseconds and what becomes of it; plays, 0 for ever."""

    durations_ms: tuple[float, ...]
    plays: int
    disposals: tuple[int, ...]


class Box(NamedTuple):
    """A box of an ISO base media file, or a chunk of a RIFF file: its name, and where what it holds begins and ends."""

    name: bytes
    start: int
    end: int


def riff_chunks(content: bytes) -> Iterator[Box]:
    """The chunks of a WebP file, in order; where what they hold ends, filled up to an even length."""
    place = 12
    while place + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, place)
        start, place = place + 8, place + 8 + length + length % 2
        yield Box(name, start, place)


def webp_times(content: bytes) -> Times:
    """Of a WebP file, animated or not."""
    durations: list[float] = []
    disposals: list[int] = []
    plays = 1
    for name, start, _ in riff_chunks(content):
        if name == b"ANIM":
            plays = int.from_bytes(content[start + 4 : start + 6], "little")
        elif name == b"ANMF":
            durations.append(float(int.from_bytes(content[start + 12 : start + 15], "little")))
            disposals.append(CLEAR if content[start + 15 : start + 16] in (b"\1", b"\3") else KEEP)
    return Times(tuple(durations) or (0.0,), plays, tuple(disposals) or (KEEP,))


def avif_times(content: bytes) -> Times | None:
    """Of an AVIF sequence; None where there is none, or where it is damaged."""
    try:
        movie = _only(content, Box(b"", 0, len(content)), b"moov")
        track = _only(content, movie, b"trak")
        media = _only(content, track, b"mdia")
        start, _ = _movie_duration(content, _only(content, media, b"mdhd"))
        scale = struct.unpack_from(">I", content, start - 4)[0]
        samples = _only(content, _only(content, media, b"minf"), b"stbl")
        durations = [1000 * ticks / scale for ticks in _ticks(content, samples)]
        return Times(tuple(durations), _plays(content, track), (KEEP,) * len(durations))
    except (StopIteration, IndexError, struct.error, ZeroDivisionError):
        return None


def boxes(content: bytes | bytearray, within: Box) -> Iterator[Box]:
    """The boxes of a box, in order."""
    place = within.start
    while place + 8 <= within.end:
        length, name = struct.unpack_from(">I4s", content, place)
        start = place + 8
        if length == 1:
            length = struct.unpack_from(">Q", content, start)[0]
            start += 8
        end = place + length if length else within.end
        if end < start:
            return
        yield Box(name, start, min(end, within.end))
        place = end


def play(content: bytearray, plays: int) -> None:
    """Sets how often an AVIF sequence is shown, 0 for ever; nothing where there is none.

    libavif repeats the list of edits as often as it fits into the track's duration.
    """
    whole = Box(b"", 0, len(content))
    for movie in (box for box in boxes(content, whole) if box.name == b"moov"):
        headers = [box for box in boxes(content, movie) if box.name == b"mvhd"]
        tracks = [box for box in boxes(content, movie) if box.name == b"trak"]
        once = max((_once(content, track) for track in tracks), default=0)
        places = [_movie_duration(content, header) for header in headers]
        places += [
            _track_duration(content, box)
            for track in tracks
            for box in boxes(content, track)
            if box.name == b"tkhd"
        ]
        for start, end in places:
            most = 2 ** (8 * (end - start)) - 1
            duration = min(plays * once, most - 1) if plays else most
            content[start:end] = duration.to_bytes(end - start, "big")


def _track_duration(content: bytes | bytearray, header: Box) -> tuple[int, int]:
    """Where a tkhd tells its duration: from, to."""
    start = header.start + (28 if content[header.start] else 20)
    return start, start + (8 if content[header.start] else 4)


def _movie_duration(content: bytes | bytearray, header: Box) -> tuple[int, int]:
    """Where an mvhd or mdhd tells its duration: from, to."""
    start = header.start + (24 if content[header.start] else 16)
    return start, start + (8 if content[header.start] else 4)


def _only(content: bytes, within: Box, name: bytes) -> Box:
    return next(box for box in boxes(content, within) if box.name == name)


def _ticks(content: bytes, samples: Box) -> list[int]:
    table = _only(content, samples, b"stts")
    rows = struct.unpack_from(">I", content, table.start + 4)[0]
    found: list[int] = []
    for row in range(min(rows, (table.end - table.start) // 8)):
        count, ticks = struct.unpack_from(">II", content, table.start + 8 + 8 * row)
        found += [ticks] * min(count, len(content) - len(found))  # a frame has a byte at least
    return found


def _plays(content: bytes, track: Box) -> int:
    start, end = _track_duration(content, _only(content, track, b"tkhd"))
    whole = int.from_bytes(content[start:end], "big")
    edits = _edits(content, track)
    if not edits or not content[edits[0].start + 3] & 1:
        return 1
    if whole == 2 ** (8 * (end - start)) - 1:
        return 0
    once = _once(content, track)
    return max(1, -(-whole // once)) if once else 0


def _once(content: bytes | bytearray, track: Box) -> int:
    """How long a track's edits last, in the movie's ticks; 0 where it tells none."""
    edits = _edits(content, track)
    if not edits:
        return 0
    start, width = edits[0].start + 8, 8 if content[edits[0].start] else 4
    return int.from_bytes(content[start : start + width], "big")


def _edits(content: bytes | bytearray, track: Box) -> list[Box]:
    edits = [box for box in boxes(content, track) if box.name == b"edts"]
    return [box for edit in edits for box in boxes(content, edit) if box.name == b"elst"]
