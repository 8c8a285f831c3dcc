"""Animations drawn part by part, composited by a definition of a few lines, and read by others."""

import io
import shutil
import struct
import subprocess
import zlib
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image

from convfilter.images.formats import BY_NAME
from convfilter.images.frames.reading import Frames, Timing
from convfilter.images.frames.saving import save_frames
from convfilter.images.frames.tiff_pages import write_pages

UNTOLD, KEEP, CLEAR, RESTORE = range(4)
SIZE = (7, 9)
EXACT = {"GIF": {}, "PNG": {}, "WEBP": {"lossless": True, "exact": True}, "TIFF": {}}
PASSED_ON = ("-fps_mode", "passthrough", "-f", "rawvideo")


class Drawn(NamedTuple):
    """A part: (h, w, 4) uint8 at (row, column), what becomes of it, and for how long it is shown."""

    pixels: np.ndarray
    place: tuple = (0, 0)
    disposal: int = KEEP
    ms: int = 100
    blends: bool = True


def shades(count, seed=0, size=SIZE, alpha=255):
    """So many pictures (H, W, 4) of few colours, no two alike."""
    random = np.random.default_rng(seed)
    table = random.integers(0, 256, (count, 20, 4), dtype=np.uint8)
    table[..., 3] = alpha
    return [table[n][random.integers(0, 20, size)] for n in range(count)]


def defined(parts, size=SIZE):
    """Whole frames (H, W, 4) as GIF and APNG define them; what is clear is black."""
    canvas = np.zeros((*size, 4), np.uint8)
    frames = []
    for number, part in enumerate(parts):
        rows, columns = (
            slice(at, at + n) for at, n in zip(part.place, part.pixels.shape, strict=False)
        )
        before = canvas.copy()
        below = canvas[rows, columns]
        drawn = part.pixels[: below.shape[0], : below.shape[1]]
        opaque = drawn[..., 3:] == 255
        assert part.blends is False or number == 0 or set(drawn[..., 3].flat) <= {0, 255}
        canvas[rows, columns] = np.where(opaque | (not part.blends), drawn, below)
        frames.append(black_where_clear(canvas))
        if part.disposal == CLEAR:
            canvas[rows, columns] = 0
        elif part.disposal == RESTORE:
            canvas = before
    return frames


def black_where_clear(pixels):
    return np.where(pixels[..., 3:] == 0, 0, pixels).astype(np.uint8)


def gif_bytes(parts, size=SIZE, *, plays=None, tables="local", comment=b"", interlaced=False):
    """A GIF of parts, colour by colour.

    plays   the number that NETSCAPE's block tells; None: no block
    tables  "local": each part has its own; "global": one for all
    """
    every = np.concatenate([part.pixels.reshape(-1, 4) for part in parts])
    shared = _colours(every)
    head = struct.pack("<6sHH", b"GIF89a", size[1], size[0])
    if tables == "global":
        bits, table = _table(shared)
        head += bytes([0x80 | bits - 1, 1, 0]) + table
    else:
        head += bytes(3)
    if plays is not None:
        head += b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", plays) + b"\0"
    if comment:
        head += b"!\xfe" + bytes([len(comment)]) + comment + b"\0"
    return head + b"".join(_gif_part(part, shared, tables, interlaced) for part in parts) + b";"


def _gif_part(part, shared, tables, interlaced):
    colours = shared if tables == "global" else _colours(part.pixels.reshape(-1, 4))
    height, width = part.pixels.shape[:2]
    clear = part.pixels[..., 3] == 0
    numbers = np.zeros((height, width), np.uint8)
    for number, colour in enumerate(colours):
        numbers[(part.pixels[..., :3] == colour).all(2)] = number
    numbers[clear] = len(colours)
    flags = part.disposal << 2 | bool(clear.any())
    control = struct.pack("<3sBBHBB", b"!\xf9\x04", 8, flags, part.ms // 10, len(colours), 0)
    control = control[:2] + b"\x04" + control[4:]
    bits, table = _table(colours) if tables == "local" else (0, b"")
    look = (0x80 | bits - 1 if table else 0) | (0x40 if interlaced else 0)
    row, column = part.place
    place = struct.pack("<cHHHHB", b",", column, row, width, height, look)
    return control + place + table + _lzw(numbers, interlaced)


def _lzw(numbers, interlaced):
    if interlaced:
        rows = np.concatenate(
            [np.arange(len(numbers))[a::b] for a, b in ((0, 8), (4, 8), (2, 4), (1, 2))]
        )
        numbers = numbers[rows]
    image = Image.fromarray(np.ascontiguousarray(numbers))
    saved = io.BytesIO()
    image.putpalette(bytes(range(256)) * 3)
    image.save(saved, "GIF", interlace=0, optimize=False)
    content = saved.getvalue()
    at = 13 + (3 << (content[10] & 7) + 1)
    assert content[at : at + 1] == b","
    return content[at + 10 : -1]


def _colours(pixels):
    return np.unique(pixels[pixels[:, 3] == 255][:, :3], axis=0)


def _table(colours):
    bits = max(1, len(colours).bit_length())
    return bits, colours.astype(np.uint8).tobytes().ljust(3 << bits, b"\x55")


def apng_bytes(parts, size=SIZE, *, plays=0, default=None, has_alpha=True, delay=None):
    """An APNG of parts.

    default  (H, W, 4): a picture that is no frame
    delay    numerator and denominator of all
    """
    kind = 6 if has_alpha else 2
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", size[1], size[0], 8, kind, 0, 0, 0))]
    chunks.append((b"acTL", struct.pack(">II", len(parts), plays)))
    if default is not None:
        chunks.append((b"IDAT", _deflated(default, has_alpha)))
    sequence = 0
    for number, part in enumerate(parts):
        height, width = part.pixels.shape[:2]
        row, column = part.place
        control = struct.pack(">IIIII", sequence, width, height, column, row)
        control += struct.pack(
            ">HHBB", *(delay or (part.ms, 1000)), max(part.disposal - 1, 0), part.blends
        )
        chunks.append((b"fcTL", control))
        sequence += 1
        data = _deflated(part.pixels, has_alpha)
        if default is None and not number:
            chunks.append((b"IDAT", data))
            continue
        for piece in (data[:5], data[5:]):
            chunks.append((b"fdAT", struct.pack(">I", sequence) + piece))
            sequence += 1
    chunks.append((b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*each) for each in chunks)


def png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _deflated(pixels, has_alpha):
    rows = pixels if has_alpha else pixels[..., :3]
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(rows)))


def opened(content):
    """An image of bytes or of a file, not loaded."""
    return Image.open(io.BytesIO(content) if isinstance(content, bytes) else content)


def rgba(image):
    """(H, W, 4), black where clear."""
    return black_where_clear(np.asarray(image.convert("RGBA")))


def by_pillow(content):
    """Frames as Pillow composites them."""
    with opened(content) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(rgba(image))
        return frames


def by_imagemagick(path):
    """Frames as ImageMagick composites them; None where it isn't there."""
    program = shutil.which("convert")
    if program is None:
        return None
    done = subprocess.run(
        [program, str(path), "-coalesce", "-depth", "8", "rgba:-"], capture_output=True, check=False
    )
    return None if done.returncode else done.stdout


def by_ffmpeg(path, pix_fmt="rgba"):
    """Frames as ffmpeg composites them, one behind the other; None where it isn't there."""
    program = shutil.which("ffmpeg")
    if program is None:
        return None
    done = subprocess.run(
        [program, "-v", "error", "-i", str(path), *PASSED_ON, "-pix_fmt", pix_fmt, "-"],
        capture_output=True,
        check=False,
    )
    return None if done.returncode else done.stdout


def cut_behind(content, marker, count):
    """Bytes up to the middle of what follows the count-th marker."""
    places = [n for n in range(len(content)) if content.startswith(marker, n)]
    places.append(len(content))
    start, end = list(pairwise(places))[count]
    return content[: (start + end) // 2]


def tiff_of(image, **options):
    page = io.BytesIO()
    image.save(page, "TIFF", **options)
    return page.getvalue()


def written(images, form, timing, options=None):
    """A file's bytes and notes; pages are Pillow's, each with the same options."""
    file = io.BytesIO()
    options = EXACT.get(form, {}) if options is None else options
    if form == "TIFF":
        write_pages((tiff_of(image, **options) for image in images), file)
        return file.getvalue(), []
    notes = save_frames(images, timing, file, BY_NAME[form], options)
    return file.getvalue(), notes


def read(content):
    return Frames(opened(content), "back")


def timing_of(count, ms=100.0, plays=1, disposals=None):
    return Timing((ms,) * count, plays, tuple(disposals or (KEEP,) * count))


def moving(*, clear):
    """Five frames: a spot that moves over a ground, one that is like the one before, one all new."""
    grounds = shades(2, seed=9, size=(20, 24))
    frames = []
    for at in (2, 7, 7, 11):
        frame = grounds[0].copy()
        frame[at : at + 4, at : at + 5] = (250, 240, 10, 255)
        if clear:
            frame[at + 1 : at + 3, at + 2] = 0
            frame[15:, : at + 3] = 0
        frames.append(frame)
    frames.append(grounds[1])
    return frames


def images_of(frames, mode):
    return [Image.fromarray(frame).convert(mode) for frame in frames]


def same(found, wanted, most=0):
    found, wanted = np.asarray(found, int), np.asarray(wanted, int)
    return found.shape == wanted.shape and np.abs(found - wanted).max() <= most
