"""How many bits a sample a file has, told before Pillow makes 8 of them."""

import io
import struct

import numpy as np
import pytest
from filtering import apply
from handmade import netpbm_bytes, png_bytes, tiff_bytes
from pictures import assert_same, noise
from PIL import Image

from convfilter.images.depth import is_misread, is_white_zero, needs_deep, sample_bits

DEEP = noise((9, 11, 4), "uint16")
codecs = pytest.importorskip("imagecodecs")
tifffile = pytest.importorskip("tifffile")


def opened(content):
    return Image.open(io.BytesIO(content))


def bits_of(content):
    """As told, and that the image still loads as if nobody had asked."""
    with opened(content) as image, opened(content) as untouched:
        bits = sample_bits(image)
        assert_same(np.asarray(image), np.asarray(untouched))
    return bits


def tiff(pixels, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def pillow_file(mode, form, **options):
    file = io.BytesIO()
    Image.new(mode, (8, 8)).save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
@pytest.mark.parametrize("bits", [8, 16])
def test_png(bits, colour_type, channels):
    samples = DEEP[:, :, :channels] >> (16 - bits)
    assert bits_of(png_bytes(samples, bits, colour_type)) == bits


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_fewer_than_8_bits_are_8(bits):
    assert bits_of(png_bytes(DEEP[:, :8, 0] >> (16 - bits), bits, 0)) == 8


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
def test_tiff_in_one_plane_or_three(bits, planar):
    samples = (DEEP[:, :, :3] >> (16 - bits)).astype(f"uint{bits}")
    assert bits_of(tiff_bytes(samples, planar=planar)) == bits


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"tile": (16, 16)}])
def test_tiff_however_it_lies_in_the_file(options, order):
    content = tiff(DEEP, photometric="rgb", byteorder=order, **options)
    assert bits_of(content) == 16


@pytest.mark.parametrize(("dtype", "bits"), [("uint16", 16), ("int32", 32), ("float32", 32)])
def test_grey_tiff_with_its_bits(dtype, bits):
    content = tiff(DEEP[:, :, 0].astype(dtype))
    assert bits_of(content) == bits


@pytest.mark.parametrize(
    ("largest", "bits"), [(65535, 16), (4095, 12), (256, 9), (255, 8), (100, 8), (1, 8)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_ppm_and_pgm_by_their_largest_value(channels, largest, bits):
    samples = DEEP[:, :, 0] if channels == 1 else DEEP[:, :, :3]
    assert bits_of(netpbm_bytes(samples.astype(int) % (largest + 1), largest)) == bits


def test_ppm_as_text_and_pfm():
    assert bits_of(b"P3\n1 1\n4095\n1 2 4095\n") == 12
    assert bits_of(b"P2\n1 1\n65535\n7\n") == 16
    assert bits_of(b"P1\n2 1\n1 0\n") == 8
    pfm = b"Pf\n1 1\n-1\n" + struct.pack("<f", 2.5)
    assert bits_of(pfm) == 32


@pytest.mark.parametrize("container", ["jp2", "j2k"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_jpeg_2000(bits, channels, container):
    samples = noise((32, 33, 4), "uint16") >> (16 - bits)
    samples = (samples[:, :, 0] if channels == 1 else samples[:, :, :channels]).copy()
    content = codecs.jpeg2k_encode(
        samples.astype("uint8" if bits == 8 else "uint16"),
        level=0,
        bitspersample=bits,
        codecformat=container,
    )
    assert bits_of(content) == bits


def test_jpeg_2000_tells_the_most_of_all_channels():
    content = bytearray(codecs.jpeg2k_encode(noise((8, 9, 3)), level=0, codecformat="j2k"))
    assert content[42:51:3] == b"\7\7\7"
    content[45] = 11
    with opened(bytes(content)) as image:
        assert sample_bits(image) == 12


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_avif(bits, channels):
    samples = noise((32, 33, 4), "uint16") >> (16 - bits)
    samples = (samples[:, :, 0] if channels == 1 else samples[:, :, :channels]).copy()
    samples = samples.astype("uint8" if bits == 8 else "uint16")
    content = codecs.avif_encode(samples, level=90, bitspersample=bits)
    assert bits_of(content) == bits


def test_avif_with_frames_and_from_a_file(tmp_path):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.avif", save_all=True, append_images=frames[1:])
    with Image.open(tmp_path / "a.avif") as image:
        assert sample_bits(image) == 8
    content = bytearray((tmp_path / "a.avif").read_bytes())
    content[content.rindex(b"av1C") + 6] |= 0x40  # the frames', behind the first picture's
    (tmp_path / "b.avif").write_bytes(content)
    with Image.open(tmp_path / "b.avif") as image:
        assert sample_bits(image) == 10


@pytest.mark.parametrize("form", ["JPEG", "GIF", "BMP", "WEBP", "TGA"])
def test_formats_that_know_no_more_than_8(form):
    assert bits_of(pillow_file("RGB", form)) == 8


def test_headers_without_what_was_looked_for_are_8_bits():
    with opened(pillow_file("RGB", "AVIF")) as image:
        image.fp = io.BytesIO(b"\0\0\0\x07meta" + bytes(20))
        assert sample_bits(image) == 8
    with opened(pillow_file("RGB", "JPEG2000")) as image:
        image.fp = io.BytesIO(b"\0\0\0\0jp2c")
        assert sample_bits(image) == 8


# ── what Pillow can't hold, and what it gets wrong ──


@pytest.mark.parametrize(
    ("content", "needed"),
    [
        (png_bytes(DEEP[:, :, :3], 16, 2), True),
        (png_bytes(DEEP[:, :, :2], 16, 4), True),
        (png_bytes(DEEP[:, :, 0], 16, 0), False),
        (png_bytes(DEEP[:, :, :3] >> 8, 8, 2), False),
        (tiff_bytes(DEEP[:, :, :3]), True),
        (tiff(DEEP[:, :, 0].astype("float32")), False),
        (netpbm_bytes(DEEP[:, :, :3], 65535), True),
        (netpbm_bytes(DEEP[:, :, 0], 65535), False),
    ],
)
def test_colour_of_more_than_8_bits_is_beyond_pillow(content, needed):
    with opened(content) as image:
        assert needs_deep(image) == needed


def test_16_bit_grey_with_a_transparent_colour_is_beyond_pillow():
    from convfilter.images.deep.png import write_png

    file = io.BytesIO()
    write_png(DEEP[:, :, 0].copy(), None, file, [(b"tRNS", b"\1\2")])
    with opened(file.getvalue()) as image:
        assert image.mode == "I;16"
        assert needs_deep(image)


@pytest.mark.parametrize("planar", [False, True])
def test_pillow_reads_uncompressed_planes_of_16_bits_as_noise(planar):
    content = tiff_bytes(DEEP[:, :, :3], planar=planar)
    with opened(content) as image:
        assert is_misread(image) == planar
        right = np.array_equal(np.asarray(image), DEEP[:, :, :3] >> 8)
        assert right != planar, "Pillow has changed: is_misread may go"


def test_pillow_reads_compressed_planes_of_16_bits_right():
    planes = np.moveaxis(DEEP[:, :, :3], 2, 0)
    content = tiff(planes, photometric="rgb", planarconfig="separate", compression="zlib")
    with opened(content) as image:
        assert not is_misread(image)
        assert_same(np.asarray(image), DEEP[:, :, :3] >> 8)


def test_pillow_makes_black_of_white_in_16_bit_jpeg_2000():
    white = np.full((8, 9, 3), 65535, np.uint16)
    with opened(codecs.jpeg2k_encode(white, level=0, bitspersample=16)) as image:
        assert is_misread(image)
        assert np.asarray(image).max() == 0, "Pillow has changed: is_misread may go"


def test_pillow_takes_grey_of_nine_bits_in_jpeg_2000_for_eight():
    grey = noise((8, 9), "uint16") >> 7
    with opened(codecs.jpeg2k_encode(grey, level=0, bitspersample=9)) as image:
        assert (image.mode, sample_bits(image)) == ("L", 9)
        assert is_misread(image)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_pillow_takes_the_upper_eight_of_16_bits(form):
    content = png_bytes(DEEP, 16, 6) if form == "PNG" else tiff(DEEP, photometric="rgb")
    with opened(content) as image:
        assert not is_misread(image)
        assert_same(np.asarray(image), DEEP >> 8)


@pytest.mark.parametrize("photometric", ["miniswhite", "minisblack"])
def test_pillow_leaves_16_bit_grey_negative(photometric):
    content = tiff(DEEP[:, :, 0], photometric=photometric)
    with opened(content) as image:
        assert is_white_zero(image) == (photometric == "miniswhite")
        assert_same(np.asarray(image), DEEP[:, :, 0])
    with opened(tiff(DEEP[:, :, 0].astype("uint8"), photometric=photometric)) as image:
        assert not is_white_zero(image)


def test_numbers_of_8_bits_with_a_sign_keep_it(tmp_path):
    signed = DEEP[:, :, 0].astype(np.uint8).view(np.int8)
    (tmp_path / "a.tif").write_bytes(tiff(signed))
    outcome = apply(tmp_path / "a.tif", tmp_path / "b.tif")
    with Image.open(tmp_path / "b.tif") as image:
        assert_same(np.asarray(image), signed)
    assert outcome.notes == ("8-bit numbers with a sign were taken as 32-bit ones",)
