"""What a TIFF says of itself, for those of more than 8 bits that Pillow doesn't open. No numpy here.

Pillow opens no colours of floats or 32 bits, and no grey with alpha of more than 8 bits.
"""

from __future__ import annotations

import io
import math
import struct
from typing import BinaryIO, NamedTuple

from convfilter.images.metadata.exif import upright
from convfilter.images.metadata.reading import TIFF_KEPT, upright_xmp
from convfilter.images.metadata.tiff_described import ASKED as DESCRIBING
from convfilter.images.metadata.tiff_described import iptc_of, lost_of
from convfilter.images.metadata.tiff_tags import (
    Layout,
    Order,
    Tag,
    exif_bytes,
    fractions,
    numbers,
    read_header,
    read_tags,
)
from convfilter.images.picture import Metadata

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
ORIENTATION, SAMPLES, X_DPI, Y_DPI, UNIT, SAMPLE_FORMAT = 274, 277, 282, 283, 296, 339
XMP, ICC = 700, 34675
ASKED = (WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, X_DPI, Y_DPI, UNIT,
         SAMPLE_FORMAT, ICC, *TIFF_KEPT, *DESCRIBING)  # fmt: skip
# As Pillow calls them.
COMPRESSIONS = {1: "raw", 5: "tiff_lzw", 8: "tiff_adobe_deflate", 32773: "packbits",
                32946: "tiff_deflate", 34925: "lzma", 50000: "zstd"}  # fmt: skip
RGB, FLOATS, CENTIMETRES = 2, 3, 3
MOST_PAGES = 2**16


class Header(NamedTuple):
    """A page of a TIFF, upright.

    channels  colours, alpha not counted
    bits      a sample, the most of all
    floats    whether samples are floating-point numbers
    pages     of the file
    """

    width: int
    height: int
    channels: int
    bits: int
    floats: bool
    pages: int
    metadata: Metadata


def read_tiff_header(source: str | bytes, page: int = 0) -> Header | None:
    """What a page of a TIFF says; None for what is no TIFF, damaged, or has no such page.

    source  a path, or the file's bytes
    page    counted from 0
    """
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
            return _read(file, page)
    except (OSError, ValueError, struct.error):
        return None


def _read(file: BinaryIO, page: int) -> Header | None:
    layout, place = read_header(file)
    places: list[int] = []
    while place and place not in places and len(places) < MOST_PAGES:
        places.append(place)
        _, place = read_tags(file, layout, place, codes=(WIDTH,))
    if not 0 <= page < len(places):
        return None
    tags = {tag.code: tag for tag in read_tags(file, layout, places[page], ASKED)[0]}

    def whole(code: int, usual: int) -> int:
        found = numbers(tags[code], layout.order) if code in tags else ()
        return max(found, default=usual)

    width, height, samples = whole(WIDTH, 0), whole(LENGTH, 0), whole(SAMPLES, 1)
    if not width or not height:
        return None
    turned = 5 <= whole(ORIENTATION, 1) <= 8
    return Header(
        height if turned else width,
        width if turned else height,
        3 if whole(PHOTOMETRIC, 0) == RGB and samples >= 3 else 1,
        whole(BITS, 1),
        whole(SAMPLE_FORMAT, 1) == FLOATS,
        len(places),
        _metadata(tags, layout, COMPRESSIONS.get(whole(COMPRESSION, 1), ""), turned=turned),
    )


def _metadata(tags: dict[int, Tag], layout: Layout, compression: str, *, turned: bool) -> Metadata:
    exif = exif_bytes((tags[code] for code in TIFF_KEPT if code in tags), layout.order)
    dpi = _dpi(tags, layout.order)
    return Metadata(
        exif=upright(exif),
        icc=tags[ICC].data if ICC in tags else b"",
        xmp=upright_xmp(tags[XMP].data) if XMP in tags else b"",
        dpi=dpi[::-1] if dpi and turned else dpi,
        compression=compression,
        iptc=iptc_of(tags),
        lost=lost_of(tags),
    )


def _dpi(tags: dict[int, Tag], order: Order) -> tuple[float, float] | None:
    """Pixels per inch; None where nothing is said, or nonsense."""
    pair = []
    unit = numbers(tags[UNIT], order) if UNIT in tags else (2,)
    for code in (X_DPI, Y_DPI):
        over, under = (fractions(tags[code], order) or ((0, 0),))[0] if code in tags else (0, 0)
        number = over / under if under else 0.0
        pair.append(number * 2.54 if unit[:1] == (CENTIMETRES,) else number)
    return (pair[0], pair[1]) if all(math.isfinite(one) and one > 0 for one in pair) else None
