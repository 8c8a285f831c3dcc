"""Who makes the pixels where Pillow has none: the extra `deep`, if it is there. No numpy here."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from convfilter.errors import PictureError
from convfilter.images.depth import ONE_NUMBER, is_misread, needs_deep
from convfilter.images.limits import check_size

if TYPE_CHECKING:
    from PIL import Image

    from convfilter.images.decoded import Decoded
    from convfilter.images.deep.header import Header

TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def needs_another_reader(blank: Decoded, image: Image.Image) -> bool:
    """Whether it has more than 8 bits in colour, and whoever reads that is there; else that is said."""
    if not needs_deep(image) and (blank.bits <= 8 or image.mode in ONE_NUMBER):
        return False
    misread = is_misread(image)
    if blank.wanted.bits == 8 and not misread:
        return False
    from convfilter.images.deep import extra as deep

    inks = image.mode == "CMYK" and not misread
    if deep.available() and blank.format in deep.FORMATS and not inks:
        return True
    raise PictureError(
        f"{blank.label}: {deep.how_to_read(blank.bits, blank.format, inks=inks, as_8=not misread)}"
    )


def deep_header(blank: Decoded) -> Header | None:
    """What a TIFF says of itself that Pillow doesn't open; None for anything else."""
    start = blank.content[:4]
    if not start and os.path.isfile(blank.path):
        with suppress(OSError), open(blank.path, "rb") as file:
            start = file.read(4)
    if start not in TIFF_MAGIC:
        return None
    from convfilter.images.deep.header import read_tiff_header

    header = read_tiff_header(blank.source, blank.wanted.frame or 0)
    return header if header and header.bits > 8 else None


def deep_tiff(blank: Decoded) -> Decoded | None:
    """A TIFF of a kind that Pillow doesn't open; None for anything else."""
    if (header := deep_header(blank)) is None:
        return None
    from convfilter.images.deep import extra as deep

    wanted = blank.wanted
    check_size(header.width, header.height, wanted.max_pixels, blank.label)
    if not deep.available():
        said = deep.how_to_read(header.bits, "TIFF", as_8=False)
        raise PictureError(f"{blank.label}: {said}")
    if header.pages > 1 and wanted.frame is None:
        raise PictureError(
            f"{blank.label}: {header.pages} pages of {header.bits} bits a sample: --frame N takes one"
        )
    return blank._replace(
        metadata=header.metadata, format="TIFF", page=wanted.frame or 0, bits=header.bits
    )
