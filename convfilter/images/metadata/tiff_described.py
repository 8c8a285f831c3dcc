"""Those of a TIFF's tags that describe the picture, not the file: read from one, added to another.

Byte for byte: through Pillow every type in EXIF's own directory would be guessed anew, fractions
and maker notes become other things, letters beyond ASCII question marks.
Source: TIFF 6.0, sections 2 and 8; CIPA DC-008-2019 (EXIF 2.32), 4.6; XMP part 3, 3.2.4;
OGC 19-008r4 (GeoTIFF 1.1).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from convfilter.images.encode import TiffTags
from convfilter.images.metadata.iptc import IIM_TAG, RESOURCES_TAG, of_resources
from convfilter.images.metadata.reading import TIFF_KEPT
from convfilter.images.metadata.reopen import reopened
from convfilter.images.metadata.tiff_tags import (
    BYTES,
    UNDEFINED,
    Layout,
    Tag,
    directory,
    exif_bytes,
    numbers,
    read_exif,
    read_header,
    read_tags,
)

if TYPE_CHECKING:
    from PIL import Image

ORIENTATION, XMP = 274, 700
# GeoTIFF 1.1, 7.1: where on a map pixels are, in which coordinates; GDAL's value of those without data.
MAP_TAGS, NO_DATA = (33550, 33922, 34264, 34735, 34736, 34737), 42113
LOST_MAP = "TIFF's map coordinates (GeoTIFF) are dropped: the picture's grid may have changed"
LOST_NO_DATA = (
    "TIFF's value of pixels without data (GDAL_NODATA) is dropped: it was filtered like others"
)
# What is asked for beside `TIFF_KEPT`.
ASKED = (ORIENTATION, XMP, IIM_TAG, RESOURCES_TAG, *MAP_TAGS, NO_DATA)
BYTE = 1
FRACTIONS = (5, 10)


class Described(NamedTuple):
    """What describes a page of a TIFF: its tags as EXIF, its XMP; orientation 0 where it has none.

    iptc, lost  as in `Metadata`
    """

    exif: bytes = b""
    xmp: bytes = b""
    orientation: int = 0
    iptc: bytes = b""
    lost: tuple[str, ...] = ()


def read_described(image: Image.Image) -> Described:
    """Of an opened TIFF's page, as the file has it: Pillow turns it, and deletes what said how."""
    place = getattr(getattr(image, "tag_v2", None), "_offset", 0)
    with suppress(OSError, ValueError, struct.error), reopened(image) as file:
        layout, _ = read_header(file)
        tags = read_tags(file, layout, place, (*TIFF_KEPT, *ASKED))[0]
        kept = (tag for tag in tags if tag.code in TIFF_KEPT)
        found = {tag.code: tag for tag in tags}
        return Described(
            exif_bytes(kept, layout.order),
            found[XMP].data if XMP in found else b"",
            (numbers(found[ORIENTATION], layout.order) or (0,))[0] if ORIENTATION in found else 0,
            iptc_of(found),
            lost_of(found),
        )
    return Described()


def iptc_of(tags: Mapping[int, Tag]) -> bytes:
    """The IIM by itself, of whatever type (Photoshop's is LONG), or among Photoshop's resources."""
    if IIM_TAG in tags:
        return tags[IIM_TAG].data
    return of_resources(tags[RESOURCES_TAG].data) if RESOURCES_TAG in tags else b""


def lost_of(tags: Container[int]) -> tuple[str, ...]:
    """What tags told that no file of ours tells again, as sentences."""
    on_map = any(code in tags for code in MAP_TAGS)
    return (LOST_MAP,) * on_map + (LOST_NO_DATA,) * (NO_DATA in tags)


def add_described(file: BinaryIO, pages: Sequence[TiffTags]) -> None:
    """Adds EXIF, XMP and IPTC to the pages of a TIFF just written, from its start; the place stays at its end.

    The directories are written again behind everything, with what is added; those from before are
    dead bytes.
    """
    if not any(page.exif or page.xmp or page.iptc for page in pages):
        return
    file.seek(0)
    layout, place = read_header(file)
    link = 8 if layout.big else 4
    for page in pages:
        tags, following = read_tags(file, layout, place)
        added = _added(page, layout)
        codes = {tag.code for tag in added}
        tags = (*(tag for tag in tags if tag.code not in codes), *added)
        end = file.seek(0, io.SEEK_END)
        file.write(b"\0" * (end % 2))
        here = end + end % 2
        file.write(directory(tags, layout, here))
        end = file.tell()
        file.seek(link)
        file.write(struct.pack(layout.offset, here))
        link = here + struct.calcsize(layout.number) + len(tags) * struct.calcsize(layout.tag)
        file.seek(link)
        file.write(struct.pack(layout.offset, following))
        file.seek(end)
        place = following
        if not place:
            return


def _added(page: TiffTags, layout: Layout) -> tuple[Tag, ...]:
    order, tags = read_exif(page.exif)
    described = (tag for tag in tags if tag.code in TIFF_KEPT)
    packets = ((XMP, BYTE, page.xmp), (IIM_TAG, UNDEFINED, page.iptc))
    added = (Tag(code, kind, len(data), data) for code, kind, data in packets if data)
    return (*(_ordered(tag, order, layout.order) for tag in described), *added)


def _ordered(tag: Tag, order: str, wanted: str) -> Tag:
    """A tag in another byte order; what has no type, a maker note, stays as it is."""
    if order == wanted:
        return tag
    width = 4 if tag.kind in FRACTIONS else BYTES.get(tag.kind, 1)
    parts = [tag.data[at : at + width][::-1] for at in range(0, len(tag.data), width)]
    inner = tuple(_ordered(each, order, wanted) for each in tag.inner)
    return tag._replace(data=b"".join(parts), inner=inner)
