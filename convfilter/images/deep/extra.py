"""More than 8 bits a sample in colour, which Pillow has no pixels for: the extra `deep`.

Read: PNG of 16 bits; TIFF of 16, 32 and 64 bits, whole numbers and floats. Written: PNG of 16 bits,
TIFF of 16 bits and 32-bit floats.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO

from convfilter.errors import PictureError
from convfilter.images.opening import damaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convfilter.images.picture import Picture
    from convfilter.images.target import Target

FORMATS = ("PNG", "TIFF")
INSTALL = "pip install 'convfilter[deep]'"
_PACKAGES = ("imagecodecs", "tifffile")


def available() -> bool:
    """Whether the extra is installed; it is not imported."""
    return all(find_spec(name) is not None for name in _PACKAGES)


def how_to_read(bits: int, form: str, *, inks: bool = False, as_8: bool = True) -> str:
    """What to do about a picture with more than 8 bits a sample in colour that can't be read.

    form  Pillow's name of the format
    inks  whether its colours are CMYK
    as_8  whether Pillow has its upper 8 bits
    """
    if form == "JPEG2000":  # Pillow makes black of white: see depth.is_misread
        return f"{bits} bits a sample in colour are not read from JPEG 2000: save it as PNG or TIFF"
    eight = "--bits 8 takes the upper 8 bits" if as_8 else "Pillow has no 8 bits of this kind"
    if inks:
        return f"{bits} bits a sample are not read of CMYK; {eight}"
    if form in FORMATS and not available():
        return f"{bits} bits a sample in colour are read with the extra: {INSTALL}; {eight}"
    if form == "TIFF":
        return f"{bits} bits a sample in colour are not read of this kind; {eight}"
    return (
        f"{bits} bits a sample in colour are not read from {form}: save it as PNG or TIFF; {eight}"
    )


def read_deep(
    source: str | bytes, form: str, max_pixels: int, page: int = 0
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The pixels of a PNG of 16 bits, or of a page of a TIFF of 16 and more, upright; its alpha.

    source      a path, or the file's bytes, which messages call standard input
    form        "PNG" or "TIFF"
    max_pixels  larger pictures are refused before memory is taken for them
    page        counted from 0
    returns     (H, W) or (H, W, 3), and (H, W) or None, both of one dtype in the machine's byte order:
                uint16 or float32, of TIFF also int16, uint32, int32, float64; half floats as float32

    Alpha that colours were multiplied by (TIFF's associated alpha) is divided out: whole numbers to
    the nearest; colours that only light, with an alpha of 0, become 0. Where 0 means white, whole
    numbers are turned. One transparent colour of a PNG becomes alpha.

    Raises PictureError for what is missing, damaged, too large or of another kind.
    """
    label = source if isinstance(source, str) else "standard input"
    try:
        if form == "PNG":
            from convfilter.images.deep.png import read_png

            return read_png(_content(source), max_pixels, label)
        from convfilter.images.deep.tiff import read_tiff

        return read_tiff(source, max_pixels, page, label)
    except PictureError:
        raise
    except MemoryError:
        raise PictureError(f"{label}: too large for this machine's memory") from None
    except Exception as error:  # noqa: BLE001 - decoders raise whatever bad bytes lead to
        if isinstance(error, OSError) and error.errno:
            raise PictureError(f"{label}: {os.strerror(error.errno)}") from None
        raise damaged(label, error) from None


def write_deep(picture: Picture, target: Target, file: BinaryIO) -> list[str]:
    """Writes a picture of a kind that is `deep` in `modes.MODES` as PNG or TIFF.

    file     can be read back and forth
    returns  notes on what the format could not hold

    Raises OSError.
    """
    from convfilter.images.encode import encoding, png_chunks, tiff_tags

    options, notes = encoding(picture, target)
    pixels, alpha = picture.pixels, picture.alpha
    if target.format.name == "PNG":
        from convfilter.images.deep.png import write_png

        chunks, _ = png_chunks(picture, strip=target.strip)
        write_png(pixels, alpha, file, chunks, options["compress_level"])
        return notes
    from convfilter.images.deep.tiff_write import write_tiff
    from convfilter.images.picture import Metadata

    tags, _ = tiff_tags(picture, strip=target.strip)
    told = Metadata(tags.exif, tags.icc, tags.xmp, tags.dpi, iptc=tags.iptc)
    write_tiff(
        pixels, alpha, file, told, deflate=options["compression"] != "raw", threads=target.threads
    )
    return notes


def _content(source: str | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    with open(source, "rb") as file:
        return file.read()
