"""File → decoded Pillow image and its metadata. No numpy here: it decodes while that is imported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.decoded import Decoded, Extent
from convfilter.images.depth import ONE_NUMBER, sample_bits
from convfilter.images.formats import BY_NAME, ZARR
from convfilter.images.limits import (
    check_frames,
    check_plausible,
    check_runs,
    check_scans,
    check_size,
)
from convfilter.images.memory import prepare_to_load
from convfilter.images.metadata.png_chunks import forget_texts
from convfilter.images.metadata.reading import orientation_of, read_metadata
from convfilter.images.modes import TAKEN_AS
from convfilter.images.opening import damaged, is_npy, label_of, open_image, streamed
from convfilter.images.other_readers import deep_header, deep_tiff, needs_another_reader
from convfilter.images.picture import Metadata
from convfilter.images.wanted import Wanted
from convfilter.images.zarr_marks import is_zarr

GREY_ALPHA = "LA;16B"  # for which Pillow has colours
# Formats of which Pillow shows what is there of a file that was cut off.
FILLED = ("JPEG", "MPO", "PNG", "BMP", "PPM", "TIFF", "TGA", "JPEG2000")
# Bytes of a pixel in memory; all other modes take four.
GREY_BYTES = {"1": 1, "L": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


# Compressed bytes given to a decoder at once. After each portion it waits for the interpreter's lock,
# up to 5 ms while another thread imports: with Pillow's 64 KiB a JPEG of 3 MB took 77 ms, not 44.
PORTION_BYTES = 2**23


def decode(path: str, wanted: Wanted, opened: Callable[[Extent], object] = bool) -> Decoded:
    """Decodes the picture in a file, or on standard input for '-'.

    opened  is called when the header was read and the pixels follow; it may wait for its turn

    Raises PictureError for what is missing, unreadable, damaged, too large, or of a kind that can't
    be filtered.
    """
    if is_zarr(path):
        opened(Extent(0))  # it is filtered piece by piece
        return Decoded(None, Metadata(), ZARR.name, path, wanted)
    content = streamed(path)
    if is_npy(path, content):
        opened(Extent(len(content) or _length_of(path)))
        return Decoded(None, Metadata(), "NPY", path, wanted, content)
    blank = Decoded(None, Metadata(), "", path, wanted, content)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(open_image(path, content))
        except PictureError:
            if (deep := deep_tiff(blank)) is None:
                raise
            if header := deep_header(blank):
                pixels = header.width * header.height
                opened(Extent(pixels * max(4, header.channels) * -(-header.bits // 8)))
            return deep
        decoded = _decode(file, blank, opened)
        if decoded.frames is not None:
            stack.pop_all()  # they are still to be read
        return decoded


def each_frame(decoded: Decoded) -> Iterator[Decoded]:
    """Every frame by itself, decoded and upright, in order; or the only one."""
    if decoded.frames is None:
        yield decoded
        return
    for page, image in enumerate(decoded.frames):
        yield _frame(decoded._replace(frames=None, page=page), image)


def read_size(path: str, max_pixels: int) -> tuple[int, int, int]:
    """Height, width and channels (alpha not counted) from a picture's header, upright.

    Raises PictureError.
    """
    if is_zarr(path):
        from convfilter.images.zarr_folder import zarr_size

        return zarr_size(path)
    if is_npy(path, b""):
        from convfilter.images.numpy_file import read_shape

        return read_shape(path, max_pixels)
    try:
        image = open_image(path, b"")
    except PictureError:
        if (header := deep_header(Decoded(None, Metadata(), "", path))) is None:
            raise
        check_size(header.width, header.height, max_pixels, path)
        return header.height, header.width, header.channels
    with image:
        width, height = image.size
        check_size(width, height, max_pixels, label_of(path))
        if image.format != "TIFF" and orientation_of(image) >= 5:
            width, height = height, width
        taken = TAKEN_AS.get(image.mode, image.mode)
        return height, width, Image.getmodebands(taken) - taken.endswith("A")


def _decode(image: Image.Image, blank: Decoded, opened: Callable[[Extent], object]) -> Decoded:
    wanted, label = blank.wanted, blank.label
    width, height = image.size
    check_size(width, height, wanted.max_pixels, label)
    length = _byte_count(blank)
    if not wanted.allow_truncated:
        check_plausible(image, length, label)
    check_scans(image, label)
    check_runs(image, label)
    blank = blank._replace(format=str(image.format), bits=sample_bits(image))
    form = BY_NAME.get(blank.format)
    count = _frame_count(image) if form and form.frames else 1
    if count > length:
        raise PictureError(
            f"{label}: the header promises {count} frames, which {length} bytes can't hold: damaged"
        )
    if wanted.frame is not None and not 0 <= wanted.frame < count:
        said = (
            "1 frame: --frame takes 0"
            if count == 1
            else f"{count} frames: --frame takes 0 … {count - 1}"
        )
        raise PictureError(f"{label}: has {said}")
    opened(_extent(image, blank, 1 if wanted.frame is not None else count))
    if count > 1 and wanted.frame is None:
        check_frames(count, width, height, wanted.max_pixels, label)
        if blank.format == "TIFF":
            _check_pages(image, count, wanted.max_pixels, label)
    if count > 1 or blank.format == "GIF":
        from convfilter.images.frames.reading import Frames

        frames = Frames(image, label)
        if count == 1:  # Pillow fills what a GIF's frame leaves free of its picture
            return _frame(blank, frames.frame(0))
        if wanted.frame is not None:
            only = blank._replace(page=wanted.frame)
            return _frame(only, frames.frame(wanted.frame))
        return blank._replace(metadata=read_metadata(image), frames=frames)
    if needs_another_reader(blank, image):
        turn = 1 if blank.format == "TIFF" else orientation_of(image)
        return blank._replace(metadata=read_metadata(image), turn=turn)
    image, notes = _loaded(image, blank)
    return _checked_kind(blank._replace(notes=notes), image)


def _extent(image: Image.Image, blank: Decoded, frames: int) -> Extent:
    """Four bytes a pixel for all colours of Pillow's, a sample by itself for what another reader makes."""
    sample_bytes = -(-blank.bits // 8)
    if image.mode in GREY_BYTES and "transparency" not in image.info:
        pixel_bytes = GREY_BYTES[image.mode]
    elif sample_bytes > 1:
        pixel_bytes = sample_bytes * max(4, len(image.getbands()))
    else:
        pixel_bytes = 4
    alpha = image.mode.endswith(("A", "a")) or "transparency" in image.info
    return Extent(image.width * image.height * pixel_bytes, frames, alpha)


def _frame_count(image: Image.Image) -> int:
    """1 for most, without a word from those who know frames: 1 ms of imports."""
    from convfilter.images.frames.reading import frame_count

    return frame_count(image)


def _check_pages(image: Image.Image, count: int, max_pixels: int, label: str) -> None:
    """Pages have each their own size."""
    pixels = 0
    with suppress(Exception):  # what can't be read is told when its turn comes
        for page in range(count):
            image.seek(page)
            pixels += image.width * image.height
    with suppress(Exception):
        image.seek(0)
    if pixels > max_pixels:
        raise PictureError(
            f"{label}: its {count} pages have {pixels} pixels in sum, the limit is {max_pixels}; "
            "--max-pixels raises it"
        )


def _frame(blank: Decoded, image: Image.Image) -> Decoded:
    """One of several, loaded by Pillow; pages that it has no pixels for are read by another."""
    if blank.format == "TIFF":  # pages may differ
        blank = blank._replace(bits=sample_bits(image))
        if needs_another_reader(blank, image):
            return blank._replace(metadata=read_metadata(image))
    elif blank.bits > 8 and image.mode not in ONE_NUMBER and blank.wanted.bits != 8:
        raise PictureError(
            f"{blank.label}: {blank.bits} bits a sample in colour are not read from animations; --bits 8 "
            "takes the upper 8 bits"
        )
    return _checked_kind(blank, image)


def _checked_kind(blank: Decoded, image: Image.Image) -> Decoded:
    """A loaded image as what can be filtered, upright; raises PictureError for what can't."""
    if image.mode not in TAKEN_AS:
        raise PictureError(
            f"{blank.label}: pixels of mode {image.mode} are not filtered; save it as RGB"
        )
    notes = blank.notes
    if blank.bits > 8 and image.mode not in ONE_NUMBER:
        notes += (f"{blank.bits} bits a sample were taken as 8 (--bits 8)",)
    metadata = read_metadata(image)
    turn = None if blank.format == "TIFF" else UPRIGHT.get(orientation_of(image))
    upright = image if turn is None else image.transpose(turn)
    return blank._replace(image=upright, metadata=metadata, notes=notes)


def _loaded(image: Image.Image, blank: Decoded) -> tuple[Image.Image, tuple[str, ...]]:
    """The image with its pixels, and what has to be said of them."""
    image.decodermaxblock = PORTION_BYTES  # type: ignore[attr-defined]
    if blank.wanted.enough_px:  # before memory is taken, which is for the smaller picture then
        image.draft(None, (blank.wanted.enough_px, blank.wanted.enough_px))
    prepare_to_load(image)
    grey = (
        image.format == "PNG"
        and image.mode == "RGBA"
        and GREY_ALPHA in str(getattr(image, "tile", ""))
    )
    try:
        image.load()  # before anything else is asked: reading EXIF may decode, and hide a fault
    except MemoryError:
        raise PictureError(f"{blank.label}: too large for this machine's memory") from None
    except Exception as error:  # noqa: BLE001 - decoders raise whatever bad bytes lead to
        if not blank.wanted.allow_truncated:
            fault = str(damaged(blank.label, error))
            way = "; --allow-truncated fills what is missing" if blank.format in FILLED else ""
            raise PictureError(fault + way) from None
    else:
        if image.format == "PNG":
            forget_texts(image)
        return (image.convert("LA") if grey else image), ()
    again = open_image(blank.path, blank.content)
    from convfilter.images.filling import filling

    with filling():
        try:
            again.load()
        except Exception as error:  # noqa: BLE001 - as above
            raise damaged(blank.label, error) from None
    return again, ("damaged or cut off: what is missing was filled (--allow-truncated)",)


def _byte_count(blank: Decoded) -> int:
    """The file's length."""
    if blank.content or blank.path == "-":
        return len(blank.content)
    return os.path.getsize(blank.path)


def _length_of(path: str) -> int:
    """A file's length, 0 where there is none: whoever reads it says so."""
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
