"""What a picture file tells beside its pixels, of every format that is read.

Whatever is damaged is left out: it never costs the picture.
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from convfilter.images.metadata import exif as exif_block
from convfilter.images.picture import Metadata

if TYPE_CHECKING:
    from PIL import Image

    from convfilter.images.metadata.png_chunks import Told

JPEGS = ("JPEG", "MPO")
# Those of a TIFF's tags that describe the picture: names and captions, camera, software, dates,
# people, host, rights, ratings, the same in Windows' words, EXIF and GPS. Not the rest: some phones
# write the size and layout of the pixels into EXIF, which a TIFF would take for its own.
TIFF_KEPT = (
    *(269, 270, 271, 272, 285, 305, 306, 315, 316, 18246, 18249, 33432),
    *(40091, 40092, 40093, 40094, 40095),
    *(exif_block.EXIF_IFD, exif_block.GPS_IFD),
)
COMMENTED = (*JPEGS, "GIF", "JPEG2000")
NO_LOSS_OF_COLOUR = 0
# Units of a JPEG's own resolution that say how large a pixel is; else it is a ratio (JFIF 1.02).
JFIF_UNITS = (1, 2)
# As attribute and as element (XMP part 1, 7.4). Not compiled: that takes 0.2 ms of every start.
XMP_ORIENTATION = rb"""(tiff:Orientation\s*(?:=\s*["']|>)\s*)([0-9])"""
# JPEG 2000's libraries sign their work where a comment would stand.
SIGNED = (b"Created by OpenJPEG", b"Kakadu-")
LARGEST_DPI = 1e8
# What a main packet has no room for follows in segments of this name (XMP part 3, 1.1.3.1).
EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
LOST_XMP = "the JPEG's extended XMP, all that is behind its first 64 kB, is dropped"
MP_COUNT = 0xB001


def read_metadata(image: Image.Image) -> Metadata:
    """What travels with the pixels of an opened image, of the frame it is at; it need not be loaded."""
    form, info = image.format or "", image.info
    told = _told(image)
    exif, xmp, orientation, iptc, lost = _stored(image, told)
    across, down = _dpi(image, told, exif) or (0.0, 0.0)
    if orientation >= 5:
        across, down = down, across
    metadata = Metadata(
        exif=exif_block.upright(exif),
        icc=told.icc if told else _bytes(info.get("icc_profile")),
        xmp=upright_xmp(xmp),
        dpi=(across, down) if across and down else None,
        texts=told.texts if told else (),
        comment=_comment(image),
        colour_chunks=told.colour_chunks if told else (),
        iptc=iptc,
        lost=lost,
    )
    if form in JPEGS:
        return _of_jpeg(metadata, image)
    if form == "WEBP":
        from convfilter.images.metadata.webp_chunks import is_lossless

        return metadata._replace(lossless=is_lossless(image))
    if form in ("TIFF", "TGA"):
        return metadata._replace(compression=str(info.get("compression", "")))
    return metadata


def orientation_of(image: Image.Image) -> int:
    """How an opened image's pixels are still turned, 1 … 8; Pillow turns a TIFF's while it loads them."""
    if image.format == "TIFF":
        number = _whole(getattr(image, "tag_v2", {}).get(exif_block.ORIENTATION, 1))
        return number if 1 <= number <= 8 else 1
    return _stored(image, _told(image)).orientation


def upright_xmp(xmp: bytes) -> bytes:
    """A packet for a picture that was turned upright; without thumbnails as long as it was."""
    if b":Thumbnails" in xmp:
        from convfilter.images.metadata.xmp import without_thumbnails

        xmp = without_thumbnails(xmp)
    return re.sub(XMP_ORIENTATION, rb"\g<1>1", xmp) if xmp else b""


class _Stored(NamedTuple):
    """What a file has, untouched; `lost` as in `Metadata`."""

    exif: bytes
    xmp: bytes
    orientation: int
    iptc: bytes
    lost: tuple[str, ...]


def _told(image: Image.Image) -> Told | None:
    """What a PNG's chunks say; None of other formats."""
    if image.format != "PNG":
        return None
    from convfilter.images.metadata.png_chunks import read_told

    return read_told(image)


def _bytes(value: object) -> bytes:
    """Bytes of what Pillow gives as bytes, or as text of a tag with the wrong type."""
    if isinstance(value, str):
        return value.encode("latin-1", "ignore")
    return bytes(value) if isinstance(value, (bytes, bytearray)) else b""


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _stored(image: Image.Image, told: Told | None) -> _Stored:
    """As the file has it; of a TIFF what of its tags is like EXIF.

    XMP's orientation counts where EXIF has none, as in Pillow.
    """
    if image.format == "TIFF":
        from convfilter.images.metadata.tiff_described import read_described

        exif, xmp, tag, iptc, lost = read_described(image)
        number = tag or None
    else:
        exif, xmp, lost = _exif(image, told), _xmp(image, told), ()
        iptc = told.iptc if told else b""
        number = exif_block.tag_of(exif, exif_block.ORIENTATION)
    if number is None and xmp and (found := re.search(XMP_ORIENTATION, xmp)):
        number = int(found[2])
    return _Stored(exif, xmp, number if number and number <= 8 else 1, iptc, lost)


def _exif(image: Image.Image, told: Told | None) -> bytes:
    raw = told.exif if told else b""
    if not raw and not (told and any(text[0] == "exif" for text in told.texts)):
        raw = _bytes(image.info.get("exif"))
    return exif_block.PREFIX + exif_block.body_of(raw) if raw else b""


def _xmp(image: Image.Image, told: Told | None) -> bytes:
    value = image.info.get("xmp")  # of a PNG a text's words, if it has that keyword
    return (told.xmp if told else b"") or (value if isinstance(value, bytes) else b"")


def _dpi(image: Image.Image, told: Told | None, exif: bytes) -> tuple[float, float] | None:
    """As stored; None where the file says nothing, and Pillow 1, 72 or what a text says."""
    if told:
        pair: Any = told.dpi
    elif image.format in JPEGS and image.info.get("jfif_unit") not in JFIF_UNITS:
        pair = exif_block.resolution_of(exif)
    elif image.format == "TIFF" and exif_block.X_RESOLUTION not in getattr(image, "tag_v2", {}):
        pair = None
    else:
        pair = image.info.get("dpi")
    with suppress(TypeError, ValueError, ZeroDivisionError):
        across, down = map(float, pair)
        if all(math.isfinite(number) and 0 < number < LARGEST_DPI for number in (across, down)):
            return across, down
    return None


def _comment(image: Image.Image) -> bytes:
    """PNG's is one of its texts."""
    comment = _bytes(image.info.get("comment")) if image.format in COMMENTED else b""
    return b"" if comment.startswith(SIGNED) else comment


def _of_jpeg(metadata: Metadata, image: Any) -> Metadata:
    """With what JPEGs have alone, and IPTC."""
    segments = getattr(image, "applist", ())
    iptc, xmp, lost = b"", metadata.xmp, metadata.lost
    if any(name == "APP13" for name, _ in segments):
        from convfilter.images.metadata.iptc import of_jpeg

        iptc = of_jpeg(segments)
    if any(name == "APP1" and data.startswith(EXTENDED_XMP) for name, data in segments):
        from convfilter.images.metadata.xmp import without_extension

        xmp, lost = without_extension(xmp), (LOST_XMP,)
    return metadata._replace(
        xmp=xmp,
        sampling=_sampling(image),
        tables=_tables(image),
        iptc=iptc,
        lost=lost,
        pictures=_pictures(image),
    )


def _pictures(image: Any) -> int:
    """How many the file lists: of high dynamic range Pillow calls it JPEG even so (CIPA DC-007, 5.2.3.2)."""
    with suppress(Exception):
        count = image.n_frames if image.format == "MPO" else 1
        return max(1, int(image._getmp()[MP_COUNT] if "mp" in image.info and count == 1 else count))  # noqa: SLF001
    return 1


def _sampling(image: Any) -> int:
    """Pillow's number; where it has none for how the colours were sampled, the one that loses nothing."""
    from PIL.JpegImagePlugin import get_sampling

    number = get_sampling(image)
    return NO_LOSS_OF_COLOUR if number < 0 and image.layers == 3 else number


def _tables(image: Any) -> dict[int, list[int]] | None:
    """The table of each channel, in their order, without those that repeat the one before."""
    with suppress(Exception):
        tables = [list(image.quantization[layer[3]]) for layer in image.layer]
        while len(tables) > 1 and tables[-1] == tables[-2]:
            tables.pop()
        return dict(enumerate(tables)) or None
    return None
