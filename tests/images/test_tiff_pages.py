"""Pages of a TIFF: each with its own size, kind of pixels, compression and tags."""

import io
import struct

import animations as drawn
import numpy as np
import pytest
from animations import tiff_of
from filtering import apply
from pictures import assert_alike, noise
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from convfilter.errors import PictureError
from convfilter.images.frames.reading import Frames
from convfilter.images.frames.tiff_pages import write_pages

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F")
COMPRESSIONS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits")
EXIF_IFD, DATE_TAKEN, DESCRIPTION, X_RESOLUTION = 0x8769, 0x9003, 270, 282


def image_of(mode, size, seed=0):
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    if mode == "I;16":
        return Image.fromarray(values[..., 0].astype(np.uint16) * 200)
    if mode == "I":
        return Image.fromarray(values[..., 0].astype(np.int32) * -70_000)
    if mode == "F":
        return Image.fromarray(values[..., 0].astype(np.float32) / 7)
    if mode == "P":
        return Image.fromarray(values[..., :3]).quantize(30)
    return Image.fromarray(values).convert(mode)


def written(images, options):
    """One TIFF; options for all, or a list of each page's."""
    each = [options] * len(images) if isinstance(options, dict) else options
    file = io.BytesIO()
    write_pages((tiff_of(i, **own) for i, own in zip(images, each, strict=True)), file)
    return file.getvalue()


def check(content, images):
    """Pages equal to images, through Frames and Pillow, forwards, again and backwards."""
    frames = Frames(drawn.opened(content), "pages.tif")
    assert frames.count == len(images)
    for _ in range(2):
        for found, wanted in zip(frames, images, strict=True):
            assert (found.mode, found.size) == (wanted.mode, wanted.size)
            assert np.array_equal(found, wanted)
    for number in reversed(range(len(images))):
        assert np.array_equal(frames.frame(number), images[number])


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_pages_of_any_size_and_kind_come_back(compression):
    images = [image_of(mode, (20 + 3 * n, 31 - n), n) for n, mode in enumerate(MODES)]
    check(written(images, {"compression": compression}), images)
    check(written(images[::-1], {"compression": compression}), images[::-1])


def test_pages_of_one_size_and_kind_do_not_shine_through_each_other():
    images = [image_of("RGB", (13, 9), n) for n in range(5)]
    check(written(images, {}), images)


def test_each_page_has_its_own_options():
    images = [image_of("RGB", (50, 40), n) for n in range(4)]
    options = [
        {"compression": compression, "description": f"page {n}", "dpi": (72 + n, 100)}
        for n, compression in enumerate(COMPRESSIONS)
    ]
    options[1]["icc_profile"] = b"profile"
    content = written(images, options)
    check(content, images)
    for n, page in enumerate(Frames(drawn.opened(content))):
        assert page.info["compression"] == COMPRESSIONS[n]
        assert page.info["dpi"] == (72 + n, 100)
        assert page.tag_v2[DESCRIPTION] == f"page {n}"
        assert page.info.get("icc_profile") == (b"profile" if n == 1 else None)


def test_what_one_page_tells_is_not_told_of_the_next():
    images = [image_of("RGB", (5, 4), n) for n in range(3)]
    content = written(images, [{"dpi": (72, 72), "icc_profile": b"profile"}, {}, {}])
    for n, page in enumerate(Frames(drawn.opened(content))):
        assert page.info.get("icc_profile") == (None if n else b"profile")
        assert (X_RESOLUTION in page.tag_v2) == (n == 0)


def test_directories_within_pages_move_with_them():
    images = [image_of("L", (9, 8), n) for n in range(3)]
    pages = []
    for n, image in enumerate(images):
        exif = Image.Exif()
        exif[DESCRIPTION] = f"the description of page {n}"
        exif.get_ifd(EXIF_IFD)[DATE_TAKEN] = f"2024:01:0{n + 1} 00:00:00"
        pages.append(tiff_of(image, exif=exif.tobytes()))
    file = io.BytesIO()
    write_pages(pages, file)
    check(file.getvalue(), images)
    for n, page in enumerate(Frames(drawn.opened(file.getvalue()))):
        exif = page.getexif()
        assert exif[DESCRIPTION] == f"the description of page {n}"
        assert exif.get_ifd(EXIF_IFD)[DATE_TAKEN] == f"2024:01:0{n + 1} 00:00:00"


def test_pages_are_turned_upright_each_by_itself():
    images = [image_of("RGB", (9, 5), n) for n in range(3)]
    tags = []
    for orientation in (6, 1, 3):
        info = ImageFileDirectory_v2()
        info[274] = orientation
        tags.append({"tiffinfo": info})
    content = written(images, tags)
    turns = (Image.Transpose.ROTATE_270, None, Image.Transpose.ROTATE_180)
    upright = [i if t is None else i.transpose(t) for i, t in zip(images, turns, strict=True)]
    check(content, upright)


def test_places_told_in_two_bytes_get_four():
    strips = [bytes([n]) * 40 for n in range(3)]
    pages = []
    for _ in range(2000 // 120 + 600):
        offsets = [8 + 40 * n for n in range(3)]
        tags = [(256, 4, 1, 40), (257, 4, 1, 3), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
        tags += [(273, 3, 3, 128), (278, 4, 1, 1), (279, 3, 3, 134)]
        outside = struct.pack("<6H", *offsets, 40, 40, 40)
        body = b"".join(strips) + outside
        head = b"II*\0" + struct.pack("<I", 8 + len(body))
        entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
        pages.append(head + body + struct.pack("<H", len(tags)) + entries + bytes(4))
    file = io.BytesIO()
    write_pages(pages, file)
    assert len(file.getvalue()) > 2**16
    wanted = np.repeat(np.arange(3, dtype=np.uint8), 40).reshape(3, 40)
    frames = Frames(drawn.opened(file.getvalue()))
    assert frames.count == len(pages)
    for number in (0, 1, len(pages) - 1):
        assert np.array_equal(frames.frame(number), wanted)


def test_pages_of_other_byte_orders_are_refused():
    grey = image_of("I;16", (6, 5))
    big = Image.frombytes("I;16B", grey.size, np.asarray(grey).astype(">u2").tobytes())
    with pytest.raises(ValueError, match="byte orders"):
        write_pages([tiff_of(grey), tiff_of(big)], io.BytesIO())


def test_a_page_that_is_damaged_counts_and_those_before_it_can_be_read():
    images = [image_of("RGB", (12, 12), n) for n in range(4)]
    content = bytearray(written(images, {}))
    frames = Frames(drawn.opened(bytes(content)))
    place = frames.frame(2).tag_v2._offset
    content[place : place + 2] = b"\xff\xff"
    broken = Frames(drawn.opened(bytes(content)), "a")
    assert 1 <= broken.count <= 4
    assert np.array_equal(broken.frame(0), images[0])
    assert np.array_equal(broken.frame(1), images[1])


def test_an_animation_as_pages_says_that_times_are_gone(tmp_path):
    images = [image_of("RGB", (5, 5), n) for n in range(2)]
    images[0].save(tmp_path / "a.png", save_all=True, append_images=images[1:], duration=50)
    outcome = apply(tmp_path / "a.png", tmp_path / "b.tif")
    said = "TIFF holds pages, which have no times: those of the frames are not kept"
    assert outcome.notes == (said,)
    check((tmp_path / "b.tif").read_bytes(), images)


def test_16_bit_colour_has_pages_too(tmp_path):
    deep = [noise((6, 5, 3), "uint16", seed) for seed in range(2)]
    for number, pixels in enumerate(deep):
        np.save(tmp_path / f"{number}.npy", pixels)
        apply(tmp_path / f"{number}.npy", tmp_path / f"{number}.tif")
    file = io.BytesIO()
    write_pages([(tmp_path / f"{number}.tif").read_bytes() for number in range(2)], file)
    (tmp_path / "a.tif").write_bytes(file.getvalue())
    outcome = apply(tmp_path / "a.tif", tmp_path / "b.tif")
    assert (outcome.frames, outcome.output_mode) == (2, "RGB;16")
    for number, pixels in enumerate(deep):
        apply(tmp_path / "b.tif", tmp_path / "c.npy", frame=number, overwrite=True)
        assert_alike(np.load(tmp_path / "c.npy"), pixels)
    with pytest.raises(PictureError, match=r"PNG holds no frames of 16-bit colour; use \.tif"):
        apply(tmp_path / "a.tif", tmp_path / "b.png")
