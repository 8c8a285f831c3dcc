"""A picture file as the parts that its format is made of: joined again they are the file.

parts(content)   a list of byte strings; generic pieces where the format is not known
mended(content)  checksums and lengths that fit again, so that damage gets past them
"""

import random
import struct
from itertools import pairwise

from claims import PNG_START, with_checksums

PIECES = 8
JPEG_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xDA)}
SOS = 0xDA


def parts(content):
    """The parts of a file, as far as it can be understood; together they are always the whole."""
    for start, split in SPLITTERS.items():
        if content.startswith(start):
            return split(content)
    if content[4:8] in (b"ftyp", b"jP  "):
        return _boxes(content)
    return _pieces(content)


def mended(content):
    """PNG's checksums and RIFF's length made to fit."""
    if content.startswith(PNG_START):
        return with_checksums(content)
    if content.startswith(b"RIFF") and len(content) >= 12:
        return content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
    return content


def _png(content):
    """The start, and chunks."""
    found, place = [content[:8]], 8
    while place + 12 <= len(content):
        length = 12 + int.from_bytes(content[place : place + 4], "big")
        found.append(content[place : place + length])
        place += length
    return [*found, content[place:]]


def _jpeg(content):
    """Segments; what follows the first scan's header in pieces."""
    found, place = [content[:2]], 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        length = 2
        if marker not in JPEG_WITHOUT_LENGTH:
            length += int.from_bytes(content[place + 2 : place + 4], "big")
        found.append(content[place : place + length])
        place += length
        if marker == SOS:
            break
    return [*found, *_pieces(content[place:])]


def _riff(content):
    """The header, and chunks."""
    found, place = [content[:12]], 12
    while place + 8 <= len(content):
        length = 8 + int.from_bytes(content[place + 4 : place + 8], "little")
        length += length % 2
        found.append(content[place : place + length])
        place += length
    return [*found, content[place:]]


def _tiff(content):
    """The header, the entries of the first list, and what is before and behind them."""
    start = int.from_bytes(content[4:8], "little")
    count = int.from_bytes(content[start : start + 2], "little")
    entries = [
        content[n : n + 12] for n in range(start + 2, min(start + 2 + 12 * count, len(content)), 12)
    ]
    end = start + 2 + sum(map(len, entries))
    return [content[:start], content[start : start + 2], *entries, *_pieces(content[end:])]


def _boxes(content):
    """Boxes of ISO media files, one level deep."""
    found, place = [], 0
    while place + 8 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big") or len(content)
        if length < 8:
            break
        found.append(content[place : place + length])
        place += length
    return [*found, *_pieces(content[place:])]


def _gif(content):
    """The screen, its colours, and what follows, cut where an extension or a frame may begin."""
    colours = 3 << (content[10] & 7) + 1 if len(content) > 10 and content[10] & 0x80 else 0
    rest = content[13 + colours :]
    return [content[:13], content[13 : 13 + colours], *_pieces(rest)]


def _pieces(content):
    """Pieces of random length that depends on nothing but the content's."""
    cuts = sorted(
        random.Random(len(content)).sample(range(len(content) + 1), min(PIECES, len(content)))
    )
    return [content[a:b] for a, b in pairwise((0, *cuts, len(content)))]


SPLITTERS = {
    PNG_START: _png,
    b"\xff\xd8": _jpeg,
    b"RIFF": _riff,
    b"II*\0": _tiff,
    b"GIF8": _gif,
}
