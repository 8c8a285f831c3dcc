"""How large a picture may be: by what was allowed, and by what the bytes of its file can hold.

A header is a promise. One that can't be kept would cost memory for the pixels, and for JPEG and GIF end
in a picture of grey that nobody painted. The bounds are those of the compression methods themselves:
no file that is whole is ever refused, whoever wrote it. For each, the most pixels a bit can bring:

deflate     258 bytes by a match of two codes, each at least a bit: 1032 to 1. RFC 1951, 3.2.5–3.2.7.
LZW         a code of b bits stands for at most 2^b bytes, one more than the code it was built from;
            b ≤ 12: 2^12 bytes in 12 bits, 2731 to 1. GIF89a, appendix F; TIFF 6.0, section 13.
PackBits    128 bytes by two. TIFF 6.0, section 9.
Zstandard   a block brings 2^17 bytes and takes a header of three and one more. RFC 8878, 3.1.1.2.
fax         a row takes a bit at least, all white included. ITU-T T.4, T.6.
JPEG        every 8×8 block a code for its mean, at least a bit, and where all its numbers come in one
            scan a second one for the rest. ITU-T T.81, F.1.2, G.1.2; arithmetic coding has no such bound.
WebP        lossy: every 16×16 block two decisions for its modes, with fixed odds that make them 1.6 bits
            together. RFC 6386, 11.2. Lossless: none, a colour for all takes no bits.
RLE         TGA 128 pixels by a byte and a pixel; BMP a jump of 255 rows and 255 pixels by four bytes.

AVIF and JPEG 2000 have none: they may describe a picture of any size in a few bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convfilter.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

DEFLATE, LZW, PACKBITS, ZSTANDARD = 1032, 2731, 64, 2**17 // 4
TIFF_RATIOS = {
    "tiff_adobe_deflate": DEFLATE,
    "tiff_deflate": DEFLATE,
    "tiff_lzw": LZW,
    "packbits": PACKBITS,
    "zstd": ZSTANDARD,
}
FAX = ("tiff_ccitt", "group3", "group4")
WIDTH, LENGTH, BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLES_PER_PIXEL = 256, 257, 258, 262, 277
PART_BYTES = (279, 325)  # of strips, of tiles
YCBCR = 6
# First column and row of each pass of an interlaced PNG, and its steps. PNG, 8.2.
PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
# Bits a pixel takes in a file, by Pillow's name for how it lies there.
ONE_NUMBER = ("1", "L", "P", "I", "F")
BYTES = ("LA", "PA", "RGB", "BGR", "CMYK", "RGBX", "BGRX", "XBGR", "BGXR")
BYTES_WITH_ALPHA = ("RGBA", "BGRA", "ABGR", "BGAR", "RGBa")
PACKED = ("BGR;15", "BGR;16", "BGRA;15Z")
MOST_RUNS = 32_000_000
SOI, SOS = 0xD8, 0xDA
# A bit of each of 64 coefficients, 14 at most, of four components. ITU-T T.81, G.1.1.1, F.1.1.5.
MOST_SCANS = 64 * 14 * 4
PIECE_BYTES = 2**20
HUFFMAN_FRAMES = (0xC0, 0xC1, 0xC2, 0xC3)


def check_size(width: int, height: int, max_pixels: int, label: str) -> None:
    """Raises PictureError for more pixels than are allowed."""
    if width * height > max_pixels:
        raise PictureError(
            f"{label}: {height}×{width} is {_count(width * height)} pixels, the limit is "
            f"{_count(max_pixels)}; --max-pixels raises it"
        )


def check_frames(count: int, width: int, height: int, max_pixels: int, label: str) -> None:
    """Raises PictureError when all frames together have more pixels than are allowed."""
    if count == 1:
        check_size(width, height, max_pixels, label)
    elif (pixels := count * width * height) > max_pixels:
        raise PictureError(
            f"{label}: {count} frames of {height}×{width} are {_count(pixels)} pixels in sum, the limit "
            f"is {_count(max_pixels)}; --max-pixels raises it"
        )


def check_plausible(image: Any, byte_count: int, label: str) -> None:
    """Raises PictureError when a file's bytes cannot hold the pixels that its header promises.

    image       opened by Pillow, its first frame not loaded yet
    byte_count  of the whole file; 0 where that is unknown, and nothing is checked
    """
    try:
        able = byte_count <= 0 or ABLE.get(image.format, _always)(image, byte_count)
    except Exception:  # noqa: BLE001 - headers hold whatever bad bytes say; decoding tells it better
        return
    if not able:
        width, height = image.size
        raise PictureError(
            f"{label}: the header promises {height}×{width} pixels, which {byte_count} bytes can't hold: "
            "damaged or cut off; --allow-truncated fills what is missing"
        )


def check_scans(image: Any, label: str) -> None:
    """Raises PictureError for a progressive JPEG that goes over its pixels more often than can be meant.

    A scan that changes nothing takes 11 bytes and 15 bits for 16384 blocks, 1 Mpx, and 3 ms for 64 Mpx:
    a file of 2 MB would be at work for a minute.

    image  opened by Pillow, not loaded yet
    """
    if image.format not in ("JPEG", "MPO") or not image.info.get("progressive"):
        return
    if (count := _scans(image.fp)) > MOST_SCANS * getattr(image, "n_frames", 1):
        raise PictureError(
            f"{label}: damaged: {count} scans, more than there are bits of its coefficients"
        )


def check_runs(image: Any, label: str) -> None:
    """Raises PictureError for a large BMP of runs: Pillow decodes it in Python, at 0.35 µs a pixel."""
    tiles = getattr(image, "tile", None) or (("",),)
    if tiles[0][0] == "bmp_rle" and image.width * image.height > MOST_RUNS:
        raise PictureError(
            f"{label}: a BMP of {_count(image.width * image.height)} pixels in runs would take minutes to "
            "read: save it as PNG or as a plain BMP first"
        )


def _scans(file: BinaryIO) -> int:
    """Marks of a scan in a whole file: compressed data never look like one."""
    position, before, count = file.tell(), b"", 0
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        count += (before + piece).count(bytes((0xFF, SOS)))
        before = piece[-1:]
    file.seek(position)
    return count


def _count(pixels: int) -> str:
    if pixels < 10**6:
        return str(pixels)
    return f"{pixels / 1e6:.4g} million" if pixels < 10**10 else f"{pixels // 10**6:,} million"


def _always(_image: Any, _byte_count: int) -> bool:
    return True


def _png(image: Any, byte_count: int) -> bool:
    """Every row has a byte for its filter in front; the passes of an interlaced picture have rows each."""
    width, height = image.size
    bits = _bits(str(image.tile[0][3]))
    if not image.info.get("interlace"):
        return bool(height * (1 + _ceil(width * bits, 8)) <= DEFLATE * byte_count)
    needed = 0
    for column, row, across, down in PASSES:
        if width > column and height > row:
            columns = _ceil(width - column, across)
            needed += _ceil(height - row, down) * (1 + _ceil(columns * bits, 8))
    return needed <= DEFLATE * byte_count


def _jpeg(image: Any, byte_count: int) -> bool:
    """The blocks of each component as if it had its scan to itself: the fewest there can be."""
    components = image.layer[-image.layers :]
    most_across = max(across for _, across, _, _ in components)
    most_down = max(down for _, _, down, _ in components)
    blocks = sum(
        _ceil(image.width * across, 8 * most_across) * _ceil(image.height * down, 8 * most_down)
        for _, across, down, _ in components
    )
    bits = blocks if image.info.get("progressive") else 2 * blocks
    return bits <= 8 * byte_count or not _is_huffman(image.fp)


def _is_huffman(file: BinaryIO) -> bool:
    """Whether a JPEG's frame is of a kind that spends at least a bit on a code; False if in doubt."""
    position = file.tell()
    try:
        file.seek(0)
        if file.read(2) != bytes((0xFF, SOI)):
            return False
        while True:
            mark, marker, *length = file.read(4)
            if mark != 0xFF or marker == SOS:
                return False
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                return marker in HUFFMAN_FRAMES
            file.seek(int.from_bytes(length, "big") - 2, 1)
    finally:
        file.seek(position)


def _gif(image: Any, byte_count: int) -> bool:
    """Of the first frame, which may be smaller than the picture."""
    left, top, right, bottom = image.tile[0][1]
    return bool((right - left) * (bottom - top) <= LZW * byte_count)


def _webp(image: Any, byte_count: int) -> bool:
    """Only for one lossy frame: 131 kB at least for the largest that there can be."""
    blocks = _ceil(image.width, 16) * _ceil(image.height, 16)
    return blocks <= 8 * byte_count or image.n_frames > 1 or not _is_lossy(image.fp)


def _is_lossy(file: BinaryIO) -> bool:
    """Whether the first chunk with pixels in a WebP is a lossy one."""
    position = file.tell()
    try:
        file.seek(12)
        while name := file.read(4):
            if name in (b"VP8 ", b"VP8L", b"ANMF"):
                return name == b"VP8 "
            length = int.from_bytes(file.read(4), "little")
            file.seek(length + length % 2, 1)
        return False
    finally:
        file.seek(position)


def _tiff(image: Any, byte_count: int) -> bool:
    """Pillow has a tile for each uncompressed strip, and one in all for what it leaves to libtiff."""
    if image.tile[0][0] == "raw":
        return _tiff_raw(image, byte_count)
    tags, compression = image.tag_v2, image.info["compression"]
    width, height = tags[WIDTH], tags[LENGTH]
    if compression in FAX:
        needed, ratio = height, 8
    elif compression in TIFF_RATIOS:
        # Of three colours as brightness and two tints, the tints may have a sixteenth of the pixels.
        samples = 1 if tags.get(PHOTOMETRIC) == YCBCR else tags.get(SAMPLES_PER_PIXEL, 1)
        bits = width * samples * min(tags.get(BITS_PER_SAMPLE, (1,)))
        needed, ratio = height * bits // 8, TIFF_RATIOS[compression]
    else:
        return True
    return bool(needed <= ratio * byte_count or needed <= ratio * _part_bytes(tags, byte_count))


def _part_bytes(tags: Any, byte_count: int) -> int:
    """All strips or tiles in sum: several may share their bytes."""
    counts = next((tags[tag] for tag in PART_BYTES if tag in tags), ())
    return sum(min(count, byte_count) for count in counts) if len(counts) > 1 else byte_count


def _tiff_raw(image: Any, byte_count: int) -> bool:
    """Every strip ends within the file, and together they cover the picture."""
    covered = sum((right - left) * (lower - top) for _, (left, top, right, lower), *_ in image.tile)
    return bool(covered >= image.width * image.height) and _raw(image.tile, byte_count)


def _bmp(image: Any, byte_count: int) -> bool:
    if image.tile[0][0] == "bmp_rle":
        return bool(image.width * image.height * 4 <= 255 * (image.width + 1) * byte_count)
    return _raw(image.tile, byte_count)


def _ppm(image: Any, byte_count: int) -> bool:
    """Numbers as text take a digit each and a space between; bits as text need no spaces."""
    codec, _, offset, args = image.tile[0]
    if codec == "raw":
        return _raw(image.tile, byte_count)
    there = byte_count - offset
    if image.mode == "1":
        return bool(image.width * image.height <= there)
    numbers = image.width * image.height * len(image.getbands())
    if codec == "ppm_plain":
        return bool(2 * numbers - 1 <= there)
    return bool(numbers * (1 if args[-1] < 256 else 2) <= there)


def _tga(image: Any, byte_count: int) -> bool:
    codec, _, _, args = image.tile[0]
    if codec == "tga_rle":
        return bool(image.width * image.height * (1 + args[2] // 8) <= 128 * byte_count)
    return _raw(image.tile, byte_count)


def _raw(tiles: Iterable[Any], byte_count: int) -> bool:
    """Whether every row of pixels that lie in a file as they are ends within it."""
    for _, (left, top, right, bottom), offset, args in tiles:
        rawmode, step, *_ = (args, 0) if isinstance(args, str) else args
        row = _ceil((right - left) * _bits(rawmode), 8)
        if offset + (bottom - top - 1) * max(step, row) + row > byte_count:
            return False
    return True


def _bits(rawmode: str) -> int:
    """Bits a pixel takes, at least.

    >>> _bits("1;I"), _bits("L;4"), _bits("I;16B"), _bits("RGBA;16B"), _bits("BGR;16"), _bits("odd")
    (1, 4, 16, 64, 16, 1)
    """
    name, _, kind = rawmode.partition(";")
    digits = "".join(sign for sign in kind if sign.isdigit())
    if rawmode in PACKED:
        return 16
    if name in ONE_NUMBER:
        return int(digits) if digits else 1 if name == "1" else 8
    if name in BYTES + BYTES_WITH_ALPHA and not digits:
        return 8 * len(name)
    if name in BYTES + BYTES_WITH_ALPHA and kind in ("16B", "16L", "16N"):
        return 16 * len(name)
    return 1


def _ceil(number: int, step: int) -> int:
    return -(-number // step)


ABLE: dict[str | None, Callable[[Any, int], bool]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "MPO": _jpeg,
    "GIF": _gif,
    "WEBP": _webp,
    "TIFF": _tiff,
    "BMP": _bmp,
    "DIB": _bmp,
    "PPM": _ppm,
    "TGA": _tga,
}
