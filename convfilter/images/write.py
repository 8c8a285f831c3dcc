"""Picture → file: all of it or nothing."""

from __future__ import annotations

import io
import os
import select
import struct
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images import remote
from convfilter.images.encode import encoding, tiff_tags
from convfilter.images.formats import ARRAYS, BY_SUFFIX, ZARR, stored_mode, suffix_of
from convfilter.images.jpeg import save_jpeg
from convfilter.images.modes import MODES
from convfilter.images.picture import Picture
from convfilter.images.remote import is_url
from convfilter.images.replace import Checked, replacing
from convfilter.images.target import Target

if TYPE_CHECKING:
    from convfilter.images.frames.reading import Timing

# Saving imports Pillow's usual formats, 4 ms; here it happens while a picture is still being decoded.
Image.preinit()

# Formats whose encoder goes on for ever when a write fails.
AT_ONCE = ("JPEG2000",)
Encoder = Callable[[BinaryIO], list[str]]


def arranged(
    picture: Picture, target: Target, *, several: bool = False
) -> tuple[Picture, list[str]]:
    """A bank's maps on one sheet where a format has neither their number nor pages; else as it is.

    several  whether there are other frames: the maps of one can't be pages then
    """
    has_pages = target.format.frames == "pages" and not several
    if picture.mode != "N" or target.format in ARRAYS or has_pages:
        return picture, []
    from convfilter.images.sheet import as_sheet

    sheet, said = as_sheet(picture.pixels)
    return picture._replace(pixels=sheet), [said]


def write_picture(picture: Picture, target: Target) -> list[str]:
    """Writes the picture; returns notes on what the format could not hold.

    A bank's maps become the pages of a file that has pages.

    Raises PictureError; then the target is as it was and nothing is left beside it.
    """
    if picture.mode == "N" and target.format.frames == "pages":
        from convfilter.images.frames.reading import pages_timing
        from convfilter.images.sheet import as_pages

        pages = [picture._replace(pixels=page) for page in as_pages(picture.pixels)]
        notes = write_frames(pages, pages_timing(len(pages)), target)
        return [f"{len(pages)} maps, a page each", *notes]
    if target.format is ZARR:
        return _write_zarr(picture, target)
    return _write(lambda file: _encode(picture, target, file), target)


def _write_zarr(picture: Picture, target: Target) -> list[str]:
    from convfilter.images.zarr_folder import write_zarr

    _, notes = encoding(picture, target)
    try:
        write_zarr(_with_alpha(picture), target)
    except OSError as error:
        raise not_written(target, error) from None
    return notes


def write_frames(pictures: Sequence[Picture], timing: Timing, target: Target) -> list[str]:
    """Writes several pictures, frames or pages, into one file; returns notes. Raises PictureError."""
    return _write(lambda file: _encode_frames(pictures, timing, target, file), target)


def write_text(text: str, target: Target) -> list[str]:
    """Writes a page that shows pictures, as UTF-8; returns notes. Raises PictureError."""

    def encode(file: BinaryIO) -> list[str]:
        file.write(text.encode())
        return []

    return _write(encode, target)


def _write(encode: Encoder, target: Target) -> list[str]:
    if target.path == "-":
        content, notes = _in_memory(encode, target)
        _to_standard_output(content, target)
    elif is_url(target.path):
        content, notes = _in_memory(encode, target)
        remote.write(target.path, bytes(content))
    else:
        notes = _to_file(encode, target)
    if suffix_of(target.path) in set(BY_SUFFIX) - set(target.format.suffixes):
        notes.append(f"the file holds {target.format.name}, which its suffix does not say")
    return notes


def _to_standard_output(content: memoryview, target: Target) -> None:
    """All of it, also where writes may be short (PYTHONUNBUFFERED) or have to wait for a reader."""
    rest = content
    try:
        sys.stdout.buffer.flush()
        raw = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
        while rest:
            count = raw.write(rest)
            if not count:
                select.select([], [raw], [])
            rest = rest[count or 0 :]
    except BrokenPipeError:
        raise  # whoever read from us has enough
    except OSError as error:
        raise not_written(target, error) from None


def _to_file(encode: Encoder, target: Target) -> list[str]:
    try:
        with replacing(target) as file:
            if isinstance(file, Checked) and target.format.name not in AT_ONCE:
                return _guarded(encode, target, file)
            content, notes = _in_memory(encode, target)
            file.write(content)
            return notes
    except OSError as error:
        raise not_written(target, error) from None


def _in_memory(encode: Encoder, target: Target) -> tuple[memoryview, list[str]]:
    """The encoded bytes: for what can't be written piece by piece, or only once."""
    buffer = io.BytesIO()
    notes = _guarded(encode, target, buffer)
    return buffer.getbuffer(), notes


def _guarded(encode: Encoder, target: Target, file: BinaryIO) -> list[str]:
    try:
        return encode(file)
    except OSError as error:
        raise not_written(target, error) from None
    except MemoryError:
        raise PictureError(f"{target.label}: too large for this machine's memory") from None
    except (ValueError, SyntaxError, KeyError, RuntimeError, struct.error, OverflowError) as error:
        raise PictureError(f"{target.label}: {target.format.name}: {error}") from None


def not_written(target: Target, error: OSError) -> PictureError:
    """What to say when a target can't be written."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return PictureError(f"{target.label}: could not be written: {reason}")


def _encode(picture: Picture, target: Target, file: BinaryIO) -> list[str]:
    name = target.format.name
    if MODES[picture.mode].deep and name != "NPY":
        from convfilter.images.deep.extra import write_deep

        return write_deep(picture, target, file)
    options, notes = encoding(picture, target)
    if name == "NPY":
        np.save(file, _with_alpha(picture), allow_pickle=False)
        return notes
    image = _image(picture, target)
    if name == "JPEG":
        save_jpeg(image, file, options, target.threads)
    elif name == "GIF":
        from convfilter.images.frames.saving import save_single

        notes += save_single(image, file, options)
    else:
        image.save(file, target.format.writer, **options)
    told = picture.metadata
    if name == "TIFF" and not target.strip and (told.exif or told.xmp or told.iptc):
        from convfilter.images.metadata.tiff_described import (
            add_described,  # as Pillow would change them
        )

        add_described(file, [tiff_tags(picture, strip=False)[0]])
    return notes


def _encode_frames(
    pictures: Sequence[Picture], timing: Timing, target: Target, file: BinaryIO
) -> list[str]:
    from convfilter.images.frames.saving import save_frames

    if target.format.frames == "pages":
        return _encode_pages(pictures, timing, target, file)
    options, notes = encoding(pictures[0], target)
    images = [_image(picture, target) for picture in pictures]
    return notes + save_frames(images, timing, file, target.format, options)


def _encode_pages(
    pictures: Sequence[Picture], timing: Timing, target: Target, file: BinaryIO
) -> list[str]:
    """Each page a file of its own first, so that it may be of any kind and have what belongs to it."""
    from convfilter.images.frames.tiff_pages import write_pages

    notes: list[str] = []

    def encoded(picture: Picture) -> bytes:
        page = io.BytesIO()
        notes.extend(_encode(picture, target, page))
        return page.getvalue()

    write_pages(map(encoded, pictures), file)
    if any(timing.durations_ms):
        notes.append("TIFF holds pages, which have no times: those of the frames are not kept")
    return list(dict.fromkeys(notes))


def _with_alpha(picture: Picture) -> NDArray[Any]:
    if picture.alpha is None:
        return picture.pixels
    return np.dstack([picture.pixels, picture.alpha])


def _image(picture: Picture, target: Target) -> Image.Image:
    image = picture.image or _copied(picture)
    mode = stored_mode(target.format, picture.mode)
    return image if mode in (None, image.mode) else image.convert(mode)


def _copied(picture: Picture) -> Image.Image:
    """For pixels that are no image's own."""
    pixels = np.ascontiguousarray(picture.pixels)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if picture.cmyk:
        height, width = pixels.shape[:2]
        return Image.frombytes("CMYK", (width, height), pixels.tobytes())
    image = Image.fromarray(pixels)
    if picture.alpha is not None:
        image.putalpha(Image.fromarray(np.ascontiguousarray(picture.alpha)))
    return image
