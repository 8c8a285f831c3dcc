"""File → decoded Pillow image and its metadata. No numpy here: it decodes while that is imported."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from PIL import Image, UnidentifiedImageError

from convfilter.errors import PictureError
from convfilter.images.formats import ELSEWHERE, FORMATS, suffix_of
from convfilter.images.memory import prepare_to_load
from convfilter.images.picture import Metadata

# `Image.open` tries only these: nothing that starts another program. --max-pixels is our limit.
OPENED = tuple(form.name for form in FORMATS if not form.pillow)
Image.MAX_IMAGE_PIXELS = None

ORIENTATION = 0x0112
BITS_PER_SAMPLE = 258
X_RESOLUTION = 282
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What of a TIFF's tags describes the picture rather than the file's layout.
TIFF_KEPT = (270, 271, 272, 305, 306, 315, 33432, 0x8769, 0x8825)
TIFF_COMPRESSIONS = ("tiff_lzw", "tiff_adobe_deflate", "packbits", "raw")
PROMOTED = {"1": "L", "P": "RGB", "PA": "RGBA"}
KINDS = ("L", "LA", "RGB", "RGBA", "I;16")
DEEP_GREY = ("I;16", "I;16B", "I;16L", "I;16N", "I")


# Compressed bytes given to a decoder at once. After each portion it waits for the interpreter's lock,
# up to 5 ms while another thread imports: with Pillow's 64 KiB a JPEG of 3 MB took 77 ms, not 44.
PORTION_BYTES = 2**23


class Decoded(NamedTuple):
    """A loaded image, upright, of a mode that can be filtered or promoted."""

    image: Image.Image
    metadata: Metadata
    format: str
    path: str


def decode(path: str, max_pixels: int, opened: Callable[[], object] = bool) -> Decoded:
    """Decodes the picture in a file, or on standard input for '-'.

    max_pixels  larger pictures are refused before they are decoded
    opened      is called when the header was read and the pixels follow

    Raises PictureError for what is missing, unreadable, damaged, too large, or of a kind that can't
    be filtered.
    """
    with _opened(path) as image:
        _check_size(image, path, max_pixels)
        _check_kind(image, path)
        image.decodermaxblock = PORTION_BYTES  # type: ignore[attr-defined]
        prepare_to_load(image)
        opened()
        try:
            image.load()  # before anything else is asked: reading EXIF may decode, and hide a fault
        except MemoryError:
            raise PictureError(f"{_label(path)}: too large for this machine's memory") from None
        except Exception as error:  # noqa: BLE001 - decoders raise whatever bad bytes lead to
            raise PictureError(f"{_label(path)}: damaged or cut off: {_reason(error)}") from None
        metadata = _metadata(image)
        return Decoded(_upright(image), metadata, str(image.format), path)


def read_size(path: str, max_pixels: int) -> tuple[int, int, int]:
    """Height, width and channels (alpha not counted) from a picture's header, upright.

    Raises PictureError.
    """
    with _opened(path) as image:
        _check_size(image, path, max_pixels)
        width, height = image.size
        if image.format != "TIFF" and _orientation(image) >= 5:
            width, height = height, width
        bands = Image.getmodebands(PROMOTED.get(image.mode, image.mode))
        return height, width, 3 if bands >= 3 else 1


def _opened(path: str) -> Image.Image:
    try:
        content = _standard_input() if path == "-" else b""
        source: str | BinaryIO = path if path != "-" else io.BytesIO(content)
        image = Image.open(source, formats=OPENED)
    except UnidentifiedImageError:
        raise PictureError(_unknown(path, content)) from None
    except OSError as error:
        damage = "" if error.errno else "damaged or cut off: "
        raise PictureError(f"{_label(path)}: {damage}{_reason(error)}") from None
    except Exception as error:  # noqa: BLE001 - parsers raise whatever bad bytes lead to
        raise PictureError(f"{_label(path)}: damaged or cut off: {_reason(error)}") from None
    if image.format == "TIFF":
        image.filename = ""  # Pillow maps uncompressed files into memory with the turned size
    return image


def _label(path: str) -> str:
    return "standard input" if path == "-" else path


def _standard_input() -> bytes:
    # Not sys.stdin: its lock, held by a waiting thread, would break the interpreter's exit.
    with open(0, "rb", buffering=0, closefd=False) as stream:
        return stream.readall()


def _unknown(path: str, content: bytes) -> str:
    label = _label(path)
    if path == "-" and not content:
        return f"{label}: empty"
    if path != "-" and not os.path.getsize(path):
        return f"{label}: the file is empty"
    if way := ELSEWHERE.get(suffix_of(path)):
        return f"{label}: {suffix_of(path)[1:].upper()} is not read here: {way}"
    return f"{label}: no picture of a kind read here ({', '.join(OPENED)})"


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error) or type(error).__name__


def _check_size(image: Image.Image, path: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise PictureError(
            f"{_label(path)}: {height}×{width} is {_count(width * height)} pixels, the limit is "
            f"{_count(max_pixels)}; --max-pixels raises it"
        )


def _count(pixels: int) -> str:
    return str(pixels) if pixels < 10**6 else f"{pixels / 1e6:.4g} million"


def _is_deep(image: Image.Image) -> bool:
    """More than 8 bits a sample; Pillow's tile of a planar TIFF or a PPM does not say ';16'."""
    tags = getattr(image, "tag_v2", {})
    if image.format == "TIFF" and max(tags.get(BITS_PER_SAMPLE, (8,))) > 8:
        return True
    tiles = getattr(image, "tile", [])
    if image.format == "PPM":
        return any(tile[0].startswith("ppm") and tile[3][-1] > 255 for tile in tiles)
    return any(";16" in str(tile[3]) for tile in tiles)


def _check_kind(image: Image.Image, path: str) -> None:
    frames = 1
    if image.format != "MPO":  # phones keep a preview behind the picture: no animation
        with suppress(Exception):
            frames = getattr(image, "n_frames", 1)
    if frames > 1:
        raise PictureError(
            f"{_label(path)}: {frames} frames; only single pictures are filtered so far"
        )
    if image.mode in ("LA", "RGB", "RGBA", "RGBX", "RGBa") and _is_deep(image):
        raise PictureError(
            f"{_label(path)}: 16 bits a channel in colour can't be read without loss so far: save it with 8 "
            "bits, or as 16-bit grey"
        )
    if image.mode not in (*KINDS, *PROMOTED, *DEEP_GREY):
        raise PictureError(
            f"{_label(path)}: pixels of mode {image.mode} are not filtered; save it as RGB"
        )


def _orientation(image: Image.Image) -> int:
    with suppress(Exception):  # damaged EXIF must not cost the picture
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _upright(image: Image.Image) -> Image.Image:
    # Pillow turns a TIFF itself while it loads it.
    turn = None if image.format == "TIFF" else UPRIGHT.get(_orientation(image))
    return image if turn is None else image.transpose(turn)


def _metadata(image: Image.Image) -> Metadata:
    info = image.info
    dpi = info.get("dpi")
    if image.format == "TIFF" and X_RESOLUTION not in getattr(image, "tag_v2", {}):
        dpi = None  # Pillow says 1 where the file says nothing
    if dpi and _orientation(image) >= 5:
        dpi = dpi[::-1]
    metadata = Metadata(
        icc=info.get("icc_profile") or b"",
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and min(dpi) > 0 else None,
        compression=str(info.get("compression", "")),
    )
    with suppress(Exception):
        metadata = metadata._replace(exif=_exif(image))
    if image.format in ("JPEG", "MPO"):
        from PIL.JpegImagePlugin import get_sampling

        metadata = metadata._replace(sampling=get_sampling(image))
    return metadata


def _exif(image: Image.Image) -> bytes:
    if image.format != "TIFF" and _orientation(image) == 1:
        raw = image.info.get("exif")
        if raw:
            prefix = b"" if raw.startswith(b"Exif\0\0") else b"Exif\0\0"
            return prefix + bytes(raw)
    exif = image.getexif()
    if not exif:
        return b""  # and Pillow's modules for it stay out, 3 ms
    if image.format == "TIFF":
        kept = Image.Exif()
        for tag in TIFF_KEPT:
            if tag in exif:
                kept[tag] = exif.get_ifd(tag) if tag in (0x8769, 0x8825) else exif[tag]
        exif = kept
    else:
        kept = Image.Exif()  # a copy: the picture's own still has to turn it
        kept.load(exif.tobytes())
        kept.pop(ORIENTATION, None)
        exif = kept
    return exif.tobytes() if len(exif) else b""
