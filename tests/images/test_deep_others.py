"""More than 8 bits in colour as other programs write it."""

import io
import struct
import zlib

import numpy as np
import pytest
from deep_files import LIMIT, SHAPE, assert_read, chunks_of, others_tiff, pixels_of, png, refused
from handmade import png_bytes, tiff_bytes
from pictures import noise
from PIL import Image

from convfilter.images.decode import UPRIGHT
from convfilter.images.deep.extra import read_deep
from convfilter.images.deep.header import read_tiff_header
from convfilter.images.modes import MODES

codecs = pytest.importorskip("imagecodecs")
tifffile = pytest.importorskip("tifffile")

# ── PNG by others ──


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_png_by_hand(colour_type, channels):
    samples = noise((*SHAPE, channels), "uint16")
    colours = samples[:, :, 0] if channels < 3 else samples[:, :, :3]
    alpha = samples[:, :, -1] if channels in (2, 4) else None
    assert_read(png_bytes(samples, 16, colour_type), "PNG", colours, alpha)


@pytest.mark.parametrize("mode", ["I;16", "RGB;16"])
def test_one_transparent_colour_of_a_png_becomes_alpha(mode):
    pixels, _ = pixels_of(MODES[mode])
    pixels[2, 3] = pixels[4, 5]
    colour = np.array(pixels[2, 3], ">u2").tobytes()
    alpha = np.full(SHAPE, 65535, np.uint16)
    alpha[2, 3] = alpha[4, 5] = 0
    assert_read(png(pixels, None, [(b"tRNS", colour)]), "PNG", pixels, alpha)
    assert_read(png(pixels, None, [(b"tRNS", colour + b"\0")]), "PNG", pixels)


def test_an_interlaced_png():
    samples = noise((11, 13, 3), "uint16")
    body = b""
    for row, down, column, across in ((0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4),
                                      (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)):  # fmt: skip
        for line in samples[row::down, column::across]:
            body += b"\0" + line.astype(">u2").tobytes()
    whole = dict(chunks_of(png_bytes(samples, 16, 2)))
    parts = (b"IHDR", whole[b"IHDR"][:-1] + b"\1"), (b"IDAT", zlib.compress(body)), (b"IEND", b"")
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    assert_read(content, "PNG", samples)


def test_chunks_beside_the_pixels_are_not_decoded(capfd):
    pixels, alpha = pixels_of(MODES["RGBA;16"])
    odd = [(b"iCCP", b"nonsense"), (b"gAMA", b""), (b"tRNS", b"\1\2"), (b"PLTE", b"abc"),
           (b"sBIT", b"\5\5\5\5"), (b"acTL", bytes(8))]  # fmt: skip
    assert_read(png(pixels, alpha, odd), "PNG", pixels, alpha)
    assert capfd.readouterr() == ("", "")


# ── TIFF by others ──


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("tile", [None, (16, 32)])
@pytest.mark.parametrize(
    ("compression", "predictor"),
    [
        (None, 1),
        ("zlib", 1),
        ("zlib", 2),
        ("lzw", 1),
        ("lzw", 2),
        ("zstd", 2),
        ("packbits", 1),
        ("lzma", 1),
    ],
)
def test_tiff_however_it_lies_in_the_file(compression, predictor, tile, planar, order):
    samples = noise((*SHAPE, 4), "uint16")
    content = others_tiff(
        samples if planar == "contig" else np.moveaxis(samples, 2, 0),
        photometric="rgb",
        extrasamples=["unassalpha"],
        planarconfig=planar,
        byteorder=order,
        tile=tile,
        compression=compression,
        predictor=predictor,
        rowsperstrip=None if tile else 5,
    )
    assert_read(content, "TIFF", samples[:, :, :3], samples[:, :, 3])


@pytest.mark.parametrize("compression", ["zlib", "lzw", "zstd"])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_with_their_predictor(dtype, order, compression):
    samples = (noise((*SHAPE, 3), "float64") / 7).astype(dtype)
    content = others_tiff(
        samples, photometric="rgb", byteorder=order, compression=compression, predictor=3
    )
    wide = samples.astype("float32") if dtype == "float16" else samples
    assert_read(content, "TIFF", wide)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", ["uint16", "int16", "uint32", "int32", "float32", "float64"])
def test_numbers_of_all_kinds(dtype, order):
    samples = noise((*SHAPE, 3), "int32").astype(dtype)
    assert_read(others_tiff(samples, photometric="rgb", byteorder=order), "TIFF", samples)
    assert_read(others_tiff(samples[:, :, 0], byteorder=order), "TIFF", samples[:, :, 0])


@pytest.mark.parametrize("planar", [False, True])
def test_tiff_by_hand(planar):
    samples = noise((*SHAPE, 3), "uint16")
    assert_read(tiff_bytes(samples, planar=planar), "TIFF", samples)


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("channels", [1, 3])
def test_turned_upright_as_pillow_turns(orientation, channels):
    samples = noise((*SHAPE, channels), "uint16")
    samples = samples[:, :, 0] if channels == 1 else samples
    tags = [(274, 3, 1, orientation, True)]
    content = others_tiff(
        samples, photometric="rgb" if channels == 3 else "minisblack", extratags=tags
    )
    places = Image.fromarray(np.arange(samples[..., 0].size if channels == 3 else samples.size,
                                       dtype=np.int32).reshape(SHAPE))  # fmt: skip
    turn = UPRIGHT.get(orientation)
    turned = np.asarray(places if turn is None else places.transpose(turn))
    want = samples.reshape(-1, channels)[turned] if channels == 3 else samples.reshape(-1)[turned]
    assert_read(content, "TIFF", want)
    header = read_tiff_header(content)
    assert (header.height, header.width) == want.shape[:2]


def test_any_page_of_several():
    pages = [noise((4 + n, 5, 3), "uint16", seed=n) for n in range(3)]
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for page in pages:
            writer.write(page, photometric="rgb", metadata=None)
    for number, page in enumerate(pages):
        assert_read(file.getvalue(), "TIFF", page, page=number)
        assert read_tiff_header(file.getvalue(), number)[:2] == (5, 4 + number)
        assert read_tiff_header(file.getvalue(), number).pages == 3
    assert refused(file.getvalue(), "TIFF", page=3) == "has no page 3, counted from 0"
    assert read_tiff_header(file.getvalue(), 3) is None


@pytest.mark.parametrize("dtype", ["uint16", "uint32"])
def test_where_white_is_0_whole_numbers_are_turned(dtype):
    grey = noise(SHAPE, "uint16").astype(dtype)
    content = others_tiff(grey, photometric="miniswhite")
    assert_read(content, "TIFF", np.iinfo(dtype).max - grey)


def test_associated_alpha_is_divided_out_to_the_nearest():
    alpha = np.array([[0, 1, 3, 65535, 40000, 40000, 40000]], np.uint16)
    stored = np.array([[9, 1, 1, 1234, 40000, 20001, 40001]], np.uint16)
    straight = np.array([[0, 65535, 21845, 1234, 65535, 32769, 65535]], np.uint16)
    samples = np.dstack([stored, stored, stored, alpha])
    content = others_tiff(samples, photometric="rgb", extrasamples=["assocalpha"])
    assert_read(content, "TIFF", np.dstack([straight] * 3), alpha)


@pytest.mark.parametrize(("dtype", "top"), [("uint16", 2**16 - 1), ("uint32", 2**32 - 1)])
def test_division_by_alpha_against_whole_numbers_without_end(dtype, top):
    random = np.random.default_rng(3)
    alpha = random.integers(0, top, SHAPE, endpoint=True).astype(dtype)
    stored = (alpha * random.random(SHAPE)).astype(dtype)
    stored[0], alpha[0] = top, top
    content = others_tiff(np.dstack([stored] * 3 + [alpha]), photometric="rgb",
                          extrasamples=["assocalpha"])  # fmt: skip
    got, _ = read_deep(content, "TIFF", LIMIT)
    for value, over, under in zip(got[:, :, 1].flat, stored.flat, alpha.flat, strict=True):
        assert value == (int(over) * top + int(under) // 2) // int(under) if under else value == 0


def test_associated_alpha_of_floats():
    samples = np.array([[[1, 2, 3, 0.5], [1, 2, 3, 0], [3e38, -1, 0, 1e-30]]], np.float32)
    content = others_tiff(samples, photometric="rgb", extrasamples=["assocalpha"])
    want = np.array([[[2, 4, 6], [0, 0, 0], [np.inf, -1e30, 0]]], np.float32)
    assert_read(content, "TIFF", want, samples[:, :, 3])


def test_rgb_with_a_fourth_sample_that_is_not_told_is_alpha_as_for_8_bits():
    samples = noise((*SHAPE, 4), "uint16")
    content = bytearray(others_tiff(samples, photometric="rgb", extrasamples=["unassalpha"]))
    place = content.index(struct.pack("<HH", 338, 3))
    content[place : place + 2] = struct.pack("<H", 337)  # another tag instead
    assert_read(bytes(content), "TIFF", samples[:, :, :3], samples[:, :, 3])
