"""Those of a TIFF's tags that describe the picture, not the file: read from one, added to another.

Byte for byte: through Pillow every type in EXIF's own directory would be guessed anew, fractions
and maker notes become other things, letters beyond ASCII question marks.
Source: TIFF 6.0, sections 2 and 8; CIPA DC-008-2019 (EXIF 2.32), 4.6; XMP part 3, 3.2.4.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from convfilter.images.encode import TiffTags
from convfilter.images.metadata.reading import TIFF_KEPT
from convfilter.images.metadata.reopen import reopened
from convfilter.images.metadata.tiff_tags import (
    BYTES,
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
BYTE = 1
FRACTIONS = (5, 10)


class Described(NamedTuple):
    """What describes a page of a TIFF: its tags as EXIF, its XMP; orientation 0 where it has none."""

    exif: bytes = b""
    xmp: bytes = b""
    orientation: int = 0


def read_described(image: Image.Image) -> Described:
    """Of an opened TIFF's page, as the file has it: Pillow turns it, and deletes what said how."""
    place = getattr(getattr(image, "tag_v2", None), "_offset", 0)
    with suppress(OSError, ValueError, struct.error), reopened(image) as file:
        layout, _ = read_header(file)
        tags = read_tags(file, layout, place, (*TIFF_KEPT, ORIENTATION, XMP))[0]
        kept = (tag for tag in tags if tag.code in TIFF_KEPT)
        found = {tag.code: tag for tag in tags}
        return Described(
            exif_bytes(kept, layout.order),
            found[XMP].data if XMP in found else b"",
            (numbers(found[ORIENTATION], layout.order) or (0,))[0] if ORIENTATION in found else 0,
        )
    return Described()


def add_described(file: BinaryIO, pages: Sequence[TiffTags]) -> None:
    """Adds EXIF and XMP to the pages of a TIFF just written, from its start; the place stays at its end.

    The directories are written again behind everything, with what is added; those from before are
    dead bytes.
    """
    if not any(page.exif or page.xmp for page in pages):
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
    xmp = [Tag(XMP, BYTE, len(page.xmp), page.xmp)] if page.xmp else []
    return (*(_ordered(tag, order, layout.order) for tag in described), *xmp)


def _ordered(tag: Tag, order: str, wanted: str) -> Tag:
    """A tag in another byte order; what has no type, a maker note, stays as it is."""
    if order == wanted:
        return tag
    width = 4 if tag.kind in FRACTIONS else BYTES.get(tag.kind, 1)
    parts = [tag.data[at : at + width][::-1] for at in range(0, len(tag.data), width)]
    inner = tuple(_ordered(each, order, wanted) for each in tag.inner)
    return tag._replace(data=b"".join(parts), inner=inner)
