"""Headers that promise more than their file can hold: refused, and no whole file ever is."""

import io
import struct

import bombs
import dense
import numpy as np
import pytest
from claims import claiming, with_checksums
from PIL import Image
from seeds import NAMES, seed

from convfilter.errors import PictureError
from convfilter.images.limits import (
    PASSES,
    check_frames,
    check_plausible,
    check_scans,
    check_size,
)

SIDE = 2000
HUGE = 20_000
# Of these nothing can be said: a few bytes may be a picture of any size.
BOUNDLESS = ("avif", "jp2", "j2k", "npy", "tif-jpeg", "webp-lossless", "webp-animated")
BOUNDED = [name for name in NAMES if not name.startswith(BOUNDLESS)]
READ = [name for name in NAMES if not name.startswith("npy")]


@pytest.fixture(autouse=True)
def no_other_limit(monkeypatch):
    """Pillow's own limit stays out of it."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)


def opened(content):
    return Image.open(io.BytesIO(content))


def check(content, byte_count=None):
    with opened(content) as image:
        check_plausible(image, len(content) if byte_count is None else byte_count, "a")


def refused(content, byte_count=None):
    with pytest.raises(PictureError) as error:
        check(content, byte_count)
    return str(error.value)


def written(mode, form, size=(SIDE, SIDE), **options):
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, form, **options)
    return buffer.getvalue()


def least_bytes(content):
    """The smallest size of file with which a header is believed."""
    low, high = 0, len(content)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            check(content, middle)
            high = middle
        except PictureError:
            low = middle
    return high


# ── what is whole passes, however small ──


@pytest.mark.parametrize("name", READ)
def test_every_kind_of_whole_file_passes(name):
    check(seed(name))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_one_colour_in_png_at_the_highest_level(mode):
    check(written(mode, "PNG", compress_level=9))


@pytest.mark.slow
def test_20000_by_20000_of_one_colour_in_png_at_the_highest_level():
    check(written("RGB", "PNG", (HUGE, HUGE), compress_level=9))


@pytest.mark.parametrize(
    ("bits", "colour_type"), [(1, 0), (2, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 4), (16, 6)]
)
def test_one_colour_in_png_as_dense_as_deflate_can_be(bits, colour_type):
    check(dense.png(HUGE, HUGE, bits, colour_type))
    with opened(dense.png(301, 203, bits, colour_type)) as image:
        assert not np.asarray(image.convert("RGB")).any()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_one_colour_in_jpeg_with_the_shortest_codes(mode, progressive, subsampling):
    options = {"progressive": progressive, "optimize": True, "subsampling": subsampling}
    check(written(mode, "JPEG", quality=1, **options))


def test_one_colour_in_gif():
    check(written("L", "GIF"))
    check(dense.gif(5000, 5000))
    with opened(dense.gif(2900, 3100)) as image:
        assert image.size == (2900, 3100)
        assert not np.asarray(image).any()


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "CMYK", "I;16", "F"])
@pytest.mark.parametrize(
    "compression",
    ["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "zstd", "lzma"],
)
def test_one_colour_in_tiff_in_a_single_strip(mode, compression):  # fmt: skip
    check(written(mode, "TIFF", compression=compression, tiffinfo={278: SIDE}))


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_one_colour_in_tiff_as_a_fax(compression):
    check(written("1", "TIFF", (SIDE, 5 * SIDE), compression=compression, tiffinfo={278: 5 * SIDE}))


@pytest.mark.parametrize("mode", ["L", "RGB", "YCbCr"])
def test_one_colour_in_tiff_as_jpeg(mode):
    check(written(mode, "TIFF", compression="jpeg", quality=1))


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 1}, {"quality": 100}])
def test_one_colour_in_webp(options):
    check(written("RGB", "WEBP", **options))


@pytest.mark.parametrize(
    ("mode", "form", "options"),
    [
        ("RGB", "TGA", {"compression": "tga_rle"}),
        ("L", "TGA", {"compression": "tga_rle"}),
        ("RGB", "JPEG2000", {}),
        ("RGB", "AVIF", {}),
        ("1", "PPM", {}),
        ("1", "BMP", {}),
    ],
)
def test_one_colour_in_other_formats(mode, form, options):
    check(written(mode, form, (512, 512), **options))


def test_strips_of_a_tiff_may_share_their_bytes():
    one = written("L", "TIFF", (9000, 100), compression="tiff_adobe_deflate", tiffinfo={278: 100})
    with opened(one) as image:
        start, count = image.tag_v2[273][0], image.tag_v2[279][0]
    shared = tiff_of_strips(9000, 100, 50, one[start : start + count])
    check(shared)
    with opened(shared) as image:
        assert np.asarray(image).shape == (5000, 9000)
    assert "5000×9000" in refused(shared.replace(struct.pack("<I", count), struct.pack("<I", 1)))


def tiff_of_strips(width, rows, number, strip):
    """A grey TIFF, deflated, all of whose strips are the same bytes."""
    place = 8 + 2 + 12 * 9 + 4
    lists = struct.pack(f"<{2 * number}I", *[place + 8 * number] * number, *[len(strip)] * number)
    tags = [(256, 1, width), (257, 1, rows * number), (258, 1, 8), (259, 1, 8), (262, 1, 1)]
    tags += [(273, number, place), (277, 1, 1), (278, 1, rows), (279, number, place + 4 * number)]
    entries = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, 9) + entries + bytes(4) + lists + strip


def test_a_gif_may_be_larger_than_its_first_frame():
    content = dense.gif(50, 40)
    check(content[:6] + struct.pack("<HH", HUGE, HUGE) + content[10:])


@pytest.mark.parametrize("marker", [0xC9, 0xCA])
def test_arithmetic_coding_has_no_bound(marker):
    content = claiming(seed("jpg-rgb"), HUGE, HUGE)
    refused(content)
    check(content.replace(b"\xff\xc0\0\x11", bytes((0xFF, marker)) + b"\0\x11"))


def test_where_the_size_of_a_file_is_unknown_nothing_is_said():
    check(claiming(seed("png-rgb"), HUGE, HUGE), 0)


# ── lies ──


@pytest.mark.parametrize("name", BOUNDED)
def test_a_header_that_lies_is_refused(name):
    content = claiming(seed(name), 16_000, 15_000)
    assert refused(content) == (
        f"a: the header promises 15000×16000 pixels, which {len(content)} bytes can't hold: damaged or "
        "cut off; --allow-truncated fills what is missing"
    )


@pytest.mark.parametrize(
    "name", ["bmp-rgb", "ppm-rgb", "pgm-deep", "pbm-bits", "pfm-float", "tif-raw"]
)
def test_of_uncompressed_pixels_every_byte_counts(name):  # fmt: skip
    assert least_bytes(seed(name)) == len(seed(name))


@pytest.mark.parametrize(
    ("content", "least"),
    [
        (b"P1\n3 2\n0 1 1\n1 0 1", 13),  # as text, bits may stand without spaces
        (b"P2\n3 2\n9\n0 1 1\n1 0 1", 20),
        (b"P3\n1 2\n9\n0 1 1\n1 0 1", 20),
        (b"P5\n3 2\n9\n" + bytes(6), 15),
        (b"P5\n3 2\n999\n" + bytes(12), 23),
    ],
)
def test_netpbm_of_every_kind_is_counted_in_numbers(content, least):
    check(content)
    assert least_bytes(content + bytes(50)) == least


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 5), (8, 8), (9, 17), (301, 203)])
@pytest.mark.parametrize(("bits", "colour_type"), [(1, 0), (8, 0), (16, 6)])
def test_the_rows_of_an_interlaced_png_are_those_of_its_passes(size, bits, colour_type):
    width, height = size
    content = bytearray(dense.png(width, height, bits, colour_type))
    content[28] = 1
    grid = np.zeros((height, width))
    parts = [grid[row::down, column::across].shape for column, row, across, down in PASSES]
    a_pixel = bits * dense.PNG_CHANNELS[colour_type]
    rows = sum(high * (1 + -(-wide * a_pixel // 8)) for high, wide in parts if high and wide)
    assert least_bytes(with_checksums(content) + bytes(10**6)) == -(-rows // 1032)
    assert sum(high * wide for high, wide in parts) == width * height


def test_runs_in_bmp_may_jump_over_rows():
    content = bytearray(written("P", "BMP", (100, 90)))
    content[30] = 1  # runs of bytes
    assert least_bytes(bytes(content)) == -(-100 * 90 * 4 // (255 * 101))


def test_headers_that_make_no_sense_are_left_to_the_decoder():
    with opened(seed("tif-lzw")) as image:
        image.tag_v2[256] = "wide"
        check_plausible(image, 5, "a")


# ── scans ──


def test_a_jpeg_of_more_scans_than_bits_is_refused():
    name = "JPEG of 20000 scans over 64 Mpx"
    [content] = [make() for found, _, make, *_ in bombs.ROWS if found == name]
    with opened(content) as image, pytest.raises(PictureError) as error:
        check_scans(image, "a")
    assert str(error.value) == (
        "a: damaged: 20006 scans, more than there are bits of its coefficients"
    )


@pytest.mark.parametrize("name", READ)
def test_no_whole_file_has_too_many_scans(name):
    with opened(seed(name)) as image:
        check_scans(image, "a")
        image.load()


def test_scans_are_counted_where_pieces_of_the_file_meet(monkeypatch):
    monkeypatch.setattr("convfilter.images.limits.PIECE_BYTES", 3)
    monkeypatch.setattr("convfilter.images.limits.MOST_SCANS", 9)
    content = seed("jpg-progressive")
    assert content.count(b"\xff\xda") == 10
    with opened(content) as image, pytest.raises(PictureError, match="10 scans"):
        check_scans(image, "a")


# ── what was allowed ──


def test_more_pixels_than_allowed_are_refused():
    check_size(50, 40, 2000, "a")
    with pytest.raises(PictureError) as error:
        check_size(50, 40, 1999, "a")
    assert str(error.value) == (
        "a: 40×50 is 2000 pixels, the limit is 1999; --max-pixels raises it"
    )


def test_frames_are_counted_in_sum():
    check_frames(3, 50, 40, 6000, "a")
    with pytest.raises(PictureError) as error:
        check_frames(3000, 5000, 4000, 500_000_000, "a")
    assert str(error.value) == (
        "a: 3000 frames of 4000×5000 are 60,000 million pixels in sum, the limit is 500 million; "
        "--max-pixels raises it"
    )


def test_a_single_frame_is_a_picture():
    with pytest.raises(PictureError, match=r"^a: 40×50 is 2000 pixels, "):
        check_frames(1, 50, 40, 1999, "a")
