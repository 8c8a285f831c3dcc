"""Files made to hurt: small ones that become large, lists without an end, metadata beyond all measure.

ROWS: the fields of corpus.Case, one row a file.
"""

import io
import struct
import zlib

import dense
import numpy as np
from numpy.lib import format as npy
from PIL import Image
from seeds import seed

BOTH, FAULT = (0, 1), (1,)
MEGABYTE = 2**20


def _jpeg_with(*segments):
    """A whole JPEG with (marker, content) segments behind its first two bytes."""
    content = seed("jpg-rgb")
    more = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data for marker, data in segments
    )
    return content[:2] + more + content[2:]


def _png_with(*chunks):
    """A whole PNG with chunks behind its header."""
    content = seed("png-rgb")
    return content[:33] + b"".join(dense.chunk(*chunk) for chunk in chunks) + content[33:]


def _tiff(*entries, follows=0, more=b""):
    """A little-endian TIFF of (tag, type, count, value) entries; `follows`: where the next list is.

    A value that is a function gets the place of `more`.
    """
    place = 8 + 2 + 12 * len(entries) + 4
    packed = b"".join(
        struct.pack("<HHII", *entry, value(place) if callable(value) else value)
        for *entry, value in entries
    )
    start = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return start + packed + struct.pack("<I", follows) + more


def _grey_tiff(*entries, follows=0, more=b""):
    """Four grey pixels; entries replace the usual ones, or are added."""
    usual = [(256, 4, 1, 2), (257, 4, 1, 2), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    usual += [(273, 4, 1, lambda place: place), (277, 3, 1, 1), (278, 4, 1, 2), (279, 4, 1, 4)]
    rows = {entry[0]: entry for entry in (*usual, *entries)}
    return _tiff(*(rows[tag] for tag in sorted(rows)), follows=follows, more=b"\1\2\3\4" + more)


# ── metadata ──


def _icc_in_jpeg(megabytes):
    """A profile in as many segments as it takes, the numbers of which go round."""
    piece = bytes(65519)
    count = megabytes * MEGABYTE // len(piece)
    rows = [(0xE2, b"ICC_PROFILE\0" + bytes((n % 255 + 1, 255)) + piece) for n in range(count)]
    return _jpeg_with(*rows)


def _icc_in_png(megabytes):
    return _png_with((b"iCCP", b"icc\0\0" + dense.deflated_zeros(megabytes * MEGABYTE)))


def _icc_in_tiff(megabytes):
    profile = bytes(megabytes * MEGABYTE)
    return _grey_tiff((34675, 7, len(profile), lambda place: place + 4), more=profile)


def _compressed_text(name, megabytes):
    head = b"Comment\0\0" if name == b"zTXt" else b"Comment\0\1\0\0\0"
    return _png_with((name, head + dense.deflated_zeros(megabytes * MEGABYTE)))


def _much_text(count):
    text = b"Comment\0\0" + dense.deflated_zeros(MEGABYTE - 1)
    return _png_with(*[(b"zTXt", text)] * count)


def _plain_text(megabytes):
    return _png_with((b"tEXt", b"Comment\0" + b"x" * (megabytes * MEGABYTE)))


def _comment_without_end(megabytes):
    return b"P6\n#" + b"x" * (megabytes * MEGABYTE)


def _exif(*entries, follows=0, more=b""):
    return b"Exif\0\0" + _tiff(*entries, follows=follows, more=more)


def _exif_loop(tag):
    """A list that is its own sublist, and its own successor."""
    return _jpeg_with((0xE1, _exif((274, 3, 1, 6), (tag, 4, 1, 8), follows=8)))


def _exif_claims():
    """Lists of 4 billion numbers, and one that begins behind the end."""
    rows = [(270, 2, 2**32 - 1, 26), (271, 12, 2**31, 8), (274, 3, 2**32 - 1, 6)]
    return _jpeg_with((0xE1, _exif(*rows, follows=2**32 - 1)))


def _exif_in_png_loop():
    loop = _tiff((274, 3, 1, 8), (0x8769, 4, 1, 8), (0x8825, 4, 1, 8), follows=8)
    return _png_with((b"eXIf", loop))


def _exif_full_of_entries():
    """As many entries as a segment of 64 kB holds, each of them as long as it can be."""
    rows = [(n, 7, 60_000, 8) for n in range(5000, 10_000)]
    return _jpeg_with((0xE1, _exif((274, 3, 1, 3), *rows)))


def _tiff_resolution(across, down):
    """Pixels an inch as fractions: (numerator, denominator)."""
    place = [(282, 5, 1, lambda place: place + 4), (283, 5, 1, lambda place: place + 12)]
    return _grey_tiff(*place, (296, 3, 1, 2), more=struct.pack("<4I", *across, *down))


def _exif_resolution(across):
    rows = [(282, 5, 1, lambda place: place), (283, 5, 1, lambda place: place), (296, 3, 1, 2)]
    return _jpeg_with((0xE1, _exif(*rows, more=struct.pack("<2I", *across))))


def _photoshop_loop():
    return _jpeg_with((0xED, b"Photoshop 3.0\0" + b"8BIM\3\xed\0\0" + b"\xff" * 4 + b"8BIM"))


# ── lists that go round ──


def _tiff_loop():
    return _grey_tiff(follows=8)


def _tiff_loop_of_two():
    page = _grey_tiff()
    return _with_pages(page, [len(page), 8])


def _tiff_sublists():
    """Sublists that are the list itself."""
    return _grey_tiff((330, 4, 1, 8), (0x8769, 4, 1, 8), (0x8825, 4, 1, 8), follows=8)


def _tiff_pages(count):
    """Pages that share their pixels, one behind the other."""
    page = _grey_tiff()
    length = len(page) - 12
    return _with_pages(page, [len(page) + length * n for n in range(count - 1)] + [0])


def _with_pages(page, follows):
    """A file of one page, and copies of its list behind it; `follows`: each list's successor."""
    entries = page[8:-8]
    lists = [entries + struct.pack("<I", place) for place in follows]
    return page[:8] + lists[0] + page[-4:] + b"".join(lists[1:])


def _tiff_strips(count):
    """A strip for each row, none of them there."""
    rows = [(256, 4, 1, 10), (257, 4, 1, count), (278, 4, 1, 1)]
    rows += [(273, 4, count, lambda place: place + 4)]
    rows += [(279, 4, count, lambda place: place + 4 + 4 * count)]
    return _grey_tiff(*rows, more=b"\xff" * (8 * count))


def _tiff_entries():
    return _tiff(*[(n, 4, 2**30, 8) for n in range(60_000)])


def _jpeg_of_markers():
    return b"\xff\xd8" + b"\xff" * MEGABYTE


def _jpeg_scans(side, count):
    """A progressive JPEG of scans that change nothing, each over the whole picture.

    Its one code, a zero and 14 bits, says that 16384 blocks have nothing more.
    """
    buffer = io.BytesIO()
    Image.new("L", (side, side)).save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue()
    table = b"\xff\xc4\0\x14\x10\1" + bytes(15) + b"\xe0"
    scan = b"\xff\xda\0\x08\1\1\0\x01\x3f\0"
    codes = -(-((side // 8) ** 2) // 16384)
    return content[:-2] + table + (scan + bytes(-(-15 * codes // 8))) * count + content[-2:]


def _gif_of_comments():
    return seed("gif-palette")[:-1] + b"!\xfe\x01x\x00" * (MEGABYTE // 2) + b";"


def _gif_frames(count):
    """Frames of one pixel on a picture of 2000×2000."""
    frame = b"!\xf9\x04\x08\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0"
    screen = b"GIF89a" + struct.pack("<HHBBB", 2000, 2000, 0x80, 0, 0) + bytes(6)
    return screen + frame * count + b";"


def _gif_beyond_its_edge():
    """A frame of a row that begins where no row is any more."""
    content = bytearray(dense.gif(40, 30))
    place = content.index(b",\0\0\0\0")
    content[place + 1 : place + 5] = struct.pack("<HH", 0, 65530)
    return bytes(content)


def _png_frames(count):
    """More frames than there are."""
    return _png_with((b"acTL", struct.pack(">II", count, 0)))


def _png_chunks(count):
    return _png_with(*[(b"abCd", b"")] * count)


# ── pixels ──


def _png_rows_without_end():
    """A small picture, and behind its rows a gigabyte of others."""
    return dense.png(64, 64, 8, 2, row_count=5_560_000)


def _npy(header, body=b""):
    text = header.encode().ljust(117) + b"\n"
    return npy.MAGIC_PREFIX + b"\1\0" + struct.pack("<H", len(text)) + text + body


def _npy_shape(shape, descr="|u1"):
    return _npy(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}", bytes(64))


def _npy_of_objects():
    buffer = io.BytesIO()
    np.save(buffer, np.array([[{}, []]], object), allow_pickle=True)
    return buffer.getvalue()


def _bmp_runs(side, body):
    head = struct.pack("<IIIHHIIiiII", 40, side, side, 1, 8, 1, len(body), 0, 0, 256, 0)
    palette = b"".join(bytes((n, 0, n, 0)) for n in range(256))
    start = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + head + palette + body


def _bmp_empty(side):
    """Rows of a single pixel and the sign that the rest is empty."""
    return _bmp_runs(side, b"\1\1\0\0" * side + b"\0\1")


def _webp_frames():
    """An animation whose first frame says that it is longer than the file."""
    content = bytearray(seed("webp-animated"))
    place = content.index(b"ANMF") + 4
    content[place : place + 4] = b"\xf0\xff\xff\xff"
    return bytes(content)


def _without_pixels():
    whole = seed("png-rgb")
    start = whole.index(b"IDAT") - 4
    end = start + 12 + int.from_bytes(whole[start : start + 4], "big")
    return whole[:start] + whole[end:]


def _png_of_two_kinds():
    """A header that says colours by number, the colours, a second header that says grey."""
    grey = seed("png-grey")
    colours = dense.chunk(b"IHDR", grey[16:25] + b"\3" + grey[26:29])
    colours += dense.chunk(b"PLTE", bytes(range(96)))
    return grey[:8] + colours + grey[8:33] + dense.chunk(b"tRNS", b"\0\7") + grey[33:]


def _png_with_a_long_chunk():
    whole = bytearray(seed("png-rgb"))
    place = whole.index(b"IDAT") - 4
    whole[place : place + 4] = b"\x7f\xff\xff\xff"
    return bytes(whole)


def _size_zero():
    whole = bytearray(seed("png-rgb"))
    whole[16:24] = bytes(8)
    whole[29:33] = struct.pack(">I", zlib.crc32(whole[12:29]))
    return bytes(whole)


ROWS = (
    # nothing, something else, under another name
    ("empty.jpg", ".jpg", lambda: b"", FAULT),
    ("empty.npy", ".npy", lambda: b"", FAULT),
    ("one byte", ".png", lambda: b"\x89", FAULT),
    ("zero bytes, 1 MB of them", ".png", lambda: bytes(MEGABYTE), FAULT),
    ("zero bytes called .tga", ".tga", lambda: bytes(500), FAULT),
    ("text called .png", ".png", lambda: b"no picture\n" * 99, FAULT),
    ("a web page called .jpg", ".jpg", lambda: b"<!DOCTYPE html>\n<html>404</html>\n", FAULT),
    ("control signs called .gif", ".gif", lambda: b"GIF89a\x1b[2J\x07\r\n" * 9, FAULT),
    ("PNG called .jpg", ".jpg", lambda: seed("png-rgb"), (0,)),
    ("JPEG called .png", ".png", lambda: seed("jpg-rgb"), (0,)),
    ("TIFF called .webp", ".webp", lambda: seed("tif-lzw"), (0,)),
    ("numpy array called .png", ".png", lambda: seed("npy-bytes"), BOTH),
    ("PNG called .npy", ".npy", lambda: seed("png-rgb"), BOTH),
    ("PNG without a suffix", "", lambda: seed("png-rgb"), (0,)),
    ("zip called .npy", ".npy", lambda: b"PK\3\4" + bytes(99), FAULT),
    # metadata
    ("ICC profile of 16 MB in JPEG", ".jpg", lambda: _icc_in_jpeg(16)),
    ("ICC profile of 16 MB in TIFF", ".tif", lambda: _icc_in_tiff(16)),
    ("ICC profile of 1 GB in PNG", ".png", lambda: _icc_in_png(1024)),
    ("zTXt of 1 GB in PNG", ".png", lambda: _compressed_text(b"zTXt", 1024)),
    ("iTXt of 1 GB in PNG", ".png", lambda: _compressed_text(b"iTXt", 1024)),
    ("zTXt of 1 MB in PNG, 500 times", ".png", lambda: _much_text(500)),
    ("tEXt of 20 MB in PNG", ".png", lambda: _plain_text(20)),
    ("comment of 1 MB in PPM", ".ppm", lambda: _comment_without_end(1), FAULT),
    ("EXIF that is its own sublist", ".jpg", lambda: _exif_loop(0x8769)),
    ("EXIF that is its own GPS list", ".jpg", lambda: _exif_loop(0x8825)),
    ("EXIF with its own SubIFD", ".jpg", lambda: _exif_loop(330)),
    ("EXIF with lists of 4 GB", ".jpg", _exif_claims),
    ("EXIF loop in PNG", ".png", _exif_in_png_loop),
    ("EXIF with 5000 entries", ".jpg", _exif_full_of_entries),
    ("EXIF of nothing", ".jpg", lambda: _jpeg_with((0xE1, b"Exif\0\0"))),
    ("EXIF of junk", ".jpg", lambda: _jpeg_with((0xE1, b"Exif\0\0" + b"\xff" * 999))),
    ("TIFF of 0/0 pixels an inch", ".tif", lambda: _tiff_resolution((0, 0), (0, 0)), (0,)),
    ("TIFF of 72/0 pixels an inch", ".tif", lambda: _tiff_resolution((72, 0), (72, 1)), (0,)),
    ("TIFF of no pixels an inch", ".tif", lambda: _tiff_resolution((0, 1), (72, 1)), (0,)),
    (
        "TIFF of 4 billion pixels an inch",
        ".tif",
        lambda: _tiff_resolution((2**32 - 1, 1), (2**32 - 1, 1)),
        (0,),
    ),
    ("JPEG of 0/0 pixels an inch", ".jpg", lambda: _exif_resolution((0, 0)), (0,)),
    ("PNG of no pixels an inch", ".png", lambda: _png_with((b"pHYs", bytes(8) + b"\1")), (0,)),
    ("Photoshop block of 4 GB", ".jpg", _photoshop_loop),
    # lists that go round, or have no end
    ("TIFF whose page is followed by itself", ".tif", _tiff_loop),
    ("TIFF of two pages that follow each other", ".tif", _tiff_loop_of_two),
    ("TIFF whose sublists are itself", ".tif", _tiff_sublists),
    ("TIFF of 500 pages", ".tif", lambda: _tiff_pages(500)),
    ("TIFF of 5000 pages", ".tif", lambda: _tiff_pages(5000), BOTH, True),
    ("TIFF of 100000 strips that are not there", ".tif", lambda: _tiff_strips(100_000), FAULT),
    ("TIFF of 60000 entries of 1 GB", ".tif", _tiff_entries, FAULT),
    ("JPEG of nothing but FF", ".jpg", _jpeg_of_markers, FAULT),
    ("JPEG of 1000 scans", ".jpg", lambda: _jpeg_scans(512, 1000)),
    ("JPEG of 20000 scans over 64 Mpx", ".jpg", lambda: _jpeg_scans(8000, 20_000), BOTH, True),
    ("GIF with 500000 comments", ".gif", _gif_of_comments),
    ("GIF of 300 frames on 4 Mpx", ".gif", lambda: _gif_frames(300)),
    ("GIF of 50000 frames on 4 Mpx", ".gif", lambda: _gif_frames(50_000), BOTH, True),
    ("GIF whose frame ends below row 65535", ".gif", _gif_beyond_its_edge),
    ("APNG of 4 billion frames", ".png", lambda: _png_frames(2**32 - 1)),
    ("APNG of 2 billion frames", ".png", lambda: _png_frames(2**31 - 1)),
    ("PNG with 100000 unknown chunks", ".png", lambda: _png_chunks(100_000)),
    ("WebP whose frame is longer than the file", ".webp", _webp_frames, FAULT),
    # pixels
    ("PNG of 64x64 with 1 GB of rows", ".png", _png_rows_without_end),
    ("PNG of 16384x16384 in a megabyte", ".png", lambda: dense.png(16384, 16384), BOTH, True),
    ("PNG without pixels", ".png", _without_pixels, FAULT),
    ("PNG of two headers that differ", ".png", _png_of_two_kinds),
    ("PNG with a chunk of 2 GB", ".png", _png_with_a_long_chunk),
    ("PNG of 0x0", ".png", _size_zero, FAULT),
    ("BMP of runs that ends at once", ".bmp", lambda: _bmp_runs(20_000, b"\0\1"), FAULT),
    ("BMP of 9 Mpx of empty rows", ".bmp", lambda: _bmp_empty(3000), BOTH, True),
    ("BMP of 400 Mpx of empty rows", ".bmp", lambda: _bmp_empty(20_000), BOTH, True),
    ("BMP of runs that jump", ".bmp", lambda: _bmp_runs(1000, b"\0\2\xff\xff" * 4 + b"\0\1")),
    ("GIF of 1 Mpx in 2 kB", ".gif", lambda: dense.gif(1000, 1000)),
    ("npy of objects", ".npy", _npy_of_objects, FAULT),
    ("npy of negative size", ".npy", lambda: _npy_shape((-4, -5)), FAULT),
    ("npy beyond all counting", ".npy", lambda: _npy_shape((2**62, 2**62)), FAULT),
    ("npy of complex numbers", ".npy", lambda: _npy_shape((2, 2), "<c16"), FAULT),
    ("npy with a header of junk", ".npy", lambda: _npy("(" * 100), FAULT),
)
