"""A picture's size, changed in its header and nowhere else."""

import re
import struct
import zlib

PNG_START = b"\x89PNG\r\n\x1a\n"
LARGEST_WEBP = 16383


def claiming(content, width, height):
    """The same bytes with another size in the header: as far as the format can say it."""
    for start, claim in CLAIMS.items():
        if re.match(start, content, re.DOTALL):
            return claim(content, width, height)
    return _tga(content, width, height)


def with_checksums(content):
    """A PNG whose chunks have the checksums that fit their bytes; as far as it has chunks."""
    content, place = bytearray(content), len(PNG_START)
    while place + 12 <= len(content):
        end = place + 8 + int.from_bytes(content[place : place + 4], "big")
        if end + 4 > len(content):
            break
        content[end : end + 4] = struct.pack(">I", zlib.crc32(content[place + 4 : end]))
        place = end + 4
    return bytes(content)


def _with(content, place, replacement):
    return content[:place] + replacement + content[place + len(replacement) :]


def _png(content, width, height):
    return with_checksums(_with(content, 16, struct.pack(">II", width, height)))


def _jpeg(content, width, height):
    place = 2
    while content[place + 1] not in (0xC0, 0xC1, 0xC2):
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return _with(content, place + 5, struct.pack(">HH", height, width))


def _gif(content, width, height):
    size = struct.pack("<HH", width, height)
    before = content.index(b",\0\0\0\0") + 5  # the first frame's place, which is the corner
    return _with(_with(content, 6, size), before, size)


def _bmp(content, width, height):
    return _with(content, 18, struct.pack("<ii", width, height))


def _tga(content, width, height):
    return _with(content, 12, struct.pack("<HH", width, height))


def _netpbm(content, width, height):
    return re.sub(rb"\n\d+ \d+\n", b"\n%d %d\n" % (width, height), content, count=1)


def _tiff(content, width, height):
    """Also the rows of a strip, else the rest of the picture would have none."""
    start = int.from_bytes(content[4:8], "little")
    for number in range(int.from_bytes(content[start : start + 2], "little")):
        place = start + 2 + 12 * number
        tag = int.from_bytes(content[place : place + 2], "little")
        if tag in (256, 257, 278):
            size = width if tag == 256 else height
            content = _with(content, place + 2, struct.pack("<HII", 4, 1, size))
    return content


def _webp(content, width, height):
    width, height = min(width, LARGEST_WEBP), min(height, LARGEST_WEBP)
    if (place := content.find(b"VP8X")) > 0:
        canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        content = _with(content, place + 12, canvas)
    if (place := content.find(b"VP8 ")) > 0:
        content = _with(content, place + 14, struct.pack("<HH", width, height))
    if (place := content.find(b"VP8L")) > 0:
        rest = int.from_bytes(content[place + 9 : place + 13], "little") >> 28 << 28
        bits = rest | (height - 1) << 14 | (width - 1)
        content = _with(content, place + 9, bits.to_bytes(4, "little"))
    return content


def _avif(content, width, height):
    return _with(content, content.index(b"ispe") + 8, struct.pack(">II", width, height))


def _jpeg_2000(content, width, height):
    """One tile, as large as the picture."""
    if (place := content.find(b"ihdr")) > 0:
        content = _with(content, place + 4, struct.pack(">II", height, width))
    sizes = content.index(b"\xff\x4f\xff\x51") + 8
    content = _with(content, sizes, struct.pack(">II", width, height))
    return _with(content, sizes + 16, struct.pack(">II", width, height))


def _npy(content, width, height):
    length = int.from_bytes(content[8:10], "little")
    header = re.sub(rb"\(\d+, \d+", b"(%d, %d" % (height, width), content[10 : 10 + length])
    return content[:10] + header.rstrip().ljust(length - 1) + b"\n" + content[10 + length :]


CLAIMS = {
    rb"\x89PNG": _png,
    rb"\xff\xd8": _jpeg,
    rb"GIF8": _gif,
    rb"BM": _bmp,
    rb"P[1-7f]\n": _netpbm,
    rb"II\*\0": _tiff,
    rb"RIFF....WEBP": _webp,
    rb"....ftyp": _avif,
    rb"\0\0\0\x0cjP|\xff\x4f\xff\x51": _jpeg_2000,
    rb"\x93NUMPY": _npy,
}
