"""Frames of damaged files: those before the damage are read, the first behind it is named."""

import struct

import animations as drawn
import numpy as np
import pytest
from animations import Drawn
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.frames.reading import Frames, Timing, frame_count

COUNT = 4


def content_of(form, **options):
    images = [Image.fromarray(each) for each in drawn.shades(COUNT, size=(40, 40))]
    if form in {"GIF", "TIFF"}:
        images = [image.convert("RGB") for image in images]
    timing = Timing((100.0,) * COUNT, 1, (1,) * COUNT)
    return drawn.written(images, form, timing, options)[0]


def check_named(content, number):
    """Frames before a number are read, at it is the error, again and by itself too."""
    frames = Frames(drawn.opened(content), "a.picture")
    assert frames.count > number
    for _ in range(2):
        found = []
        with pytest.raises(
            PictureError, match=rf"^a\.picture: frame {number}: damaged or cut off: .+$"
        ):
            found.extend(frames)
        assert len(found) == number
    assert np.array_equal(frames.frame(number - 1), found[-1])
    with pytest.raises(PictureError, match=rf"frame {number}: damaged"):
        frames.frame(number)
    assert np.array_equal(frames.frame(0), found[0])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_gif_that_ends_within_a_frame_names_it(number):
    check_named(drawn.cut_behind(content_of("GIF"), b"!\xf9\x04", number), number)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_apng_that_ends_within_a_frame_names_it(number):
    check_named(drawn.cut_behind(content_of("PNG"), b"fcTL", number), number)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_tiff_that_ends_within_a_page_names_it(number):
    content = content_of("TIFF", compression="raw")
    check_named(content[: len(content) * number // COUNT + 300], number)


def test_an_apng_with_a_flipped_bit_names_the_frame():
    content = bytearray(content_of("PNG"))
    content[content.rindex(b"fdAT") + 40] ^= 16
    with pytest.raises(PictureError, match=r"frame 3: .*checksum of a chunk fdAT is wrong"):
        list(Frames(drawn.opened(bytes(content)), "a"))


def test_a_damaged_text_between_frames_costs_none_of_them():
    content = content_of("PNG")
    place = content.rindex(b"fcTL") - 4
    changed = content[:place] + drawn.png_chunk(b"tEXt", b"a\0b")[:-1] + b"\0" + content[place:]
    pairs = zip(Frames(drawn.opened(changed)), Frames(drawn.opened(content)), strict=True)
    assert all(np.array_equal(found, wanted) for found, wanted in pairs)


def test_an_apng_with_frames_in_another_order_names_the_first_of_them():
    content = content_of("PNG")
    start = content.rindex(b"fcTL") + 4
    data = struct.pack(">I", 99) + content[start + 4 : start + 26]
    content = content[: start - 8] + drawn.png_chunk(b"fcTL", data) + content[start + 30 :]
    check_named(content, 3)


def test_an_apng_frame_outside_the_picture_is_named():
    content = content_of("PNG")
    start = content.rindex(b"fcTL") + 4
    data = content[start : start + 12] + struct.pack(">I", 39) + content[start + 16 : start + 26]
    check_named(content[: start - 8] + drawn.png_chunk(b"fcTL", data) + content[start + 30 :], 3)


def test_an_apng_with_less_frames_than_it_promises_names_the_first_missing():
    content = content_of("PNG")
    start = content.index(b"acTL") + 4
    data = struct.pack(">I", COUNT + 2) + content[start + 4 : start + 8]
    content = content[: start - 8] + drawn.png_chunk(b"acTL", data) + content[start + 12 :]
    check_named(content, COUNT)


def test_rubbish_within_a_webp_frame_names_it():
    content = bytearray(content_of("WEBP", lossless=True))
    start = drawn.cut_behind(bytes(content), b"ANMF", 2).rindex(b"ANMF") + 60
    content[start : start + 300] = b"\xff" * 300
    check_named(bytes(content), 2)


def test_rubbish_within_an_avif_frame_names_it():
    content = bytearray(content_of("AVIF"))
    start = content.index(b"mdat") + 4
    middle = (start + len(content)) // 2
    content[middle:] = b"\xff" * (len(content) - middle)
    frames = Frames(drawn.opened(bytes(content)), "a")
    with pytest.raises(PictureError, match=r"a: frame \d: damaged or cut off: "):
        list(frames)


def test_a_gif_whose_pixels_end_too_early_names_the_frame():
    one, two = drawn.shades(2)
    content = drawn.gif_bytes([Drawn(one), Drawn(two)])
    start = content.rindex(b",") + 10
    start += 3 << (content[start - 1] & 7) + 1
    broken = content[: start + 1] + b"\x03\x00\x05\x05\0;"
    check_named(broken, 1)


def test_a_gif_without_a_trailer_or_with_rubbish_behind_it_is_whole():
    parts = [Drawn(each) for each in drawn.shades(3)]
    content = drawn.gif_bytes(parts)
    for changed in (content[:-1], content + b"rubbish,!", content[:-1] + b"\0\0\0"):
        found = [drawn.rgba(image) for image in Frames(drawn.opened(changed))]
        assert np.array_equal(found, drawn.defined(parts))


def test_counting_frames_never_fails():
    for form in ("GIF", "PNG", "TIFF"):
        content = content_of(form)
        for length in range(len(content) // 3, len(content), len(content) // 23):
            try:
                image = drawn.opened(content[:length])
            except (OSError, SyntaxError):
                continue
            assert 1 <= frame_count(image) <= COUNT


@pytest.mark.parametrize("form", ["GIF", "PNG", "TIFF"])
def test_wherever_a_file_ends_frames_are_right_or_named(form):
    content = content_of(form)
    whole = [drawn.rgba(image) for image in Frames(drawn.opened(content))]
    for length in range(200, len(content) - 1, len(content) // 61):
        try:
            frames = Frames(drawn.opened(content[:length]), "a")
        except (OSError, SyntaxError):
            continue
        found, said = [], ""
        try:
            found.extend(map(drawn.rgba, frames))
        except PictureError as error:
            said = str(error)
        which = f"frame {len(found)}: " if frames.count > 1 else "damaged"
        assert which in said or (len(found) == frames.count and not said)
        assert all(map(np.array_equal, found, whole))
