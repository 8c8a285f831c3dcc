"""EXIF edited in place: everything but orientation, thumbnail and size stays byte for byte."""

import struct
import warnings

import numpy as np
import pytest
from exif_made import (
    LONG,
    ORIENTATION,
    PREFIX,
    PREVIEW,
    SHORT,
    THUMBNAIL,
    directory,
    made,
    note_of,
    packed,
    text,
)
from PIL import Image

from convfilter.images.metadata.exif import (
    orientation_of,
    resolution_of,
    sized,
    tag_of,
    untagged,
    upright,
)

ORDERS = pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
KINDS = pytest.mark.parametrize("kind", [SHORT, LONG], ids=["short", "long"])
PLACES = pytest.mark.parametrize("thumbnail", ["end", "middle", ""])
ORIENTATIONS = pytest.mark.parametrize("orientation", range(1, 9))


def _told(exif):
    """As Pillow reads it, which is no code of ours."""
    block = Image.Exif()
    block.load(exif)
    inner = block.get_ifd(0x8769)
    return {
        "maker": block[0x010F],
        "orientation": block.get(ORIENTATION),
        "dpi": (block[0x011A], block[0x011B]),
        "exposure": inner[0x829A],
        "size": (inner[0xA002], inner[0xA003]),
        "gps": block.get_ifd(0x8825)[2],
        "thumbnail": bool(block.get_ifd(1)),
    }


@ORDERS
@KINDS
@ORIENTATIONS
def test_all_orientations_are_read(order, kind, orientation):
    assert orientation_of(made(order, orientation, kind)) == orientation


@pytest.mark.parametrize("nonsense", [0, 9, 255, 65535])
def test_an_orientation_that_does_not_exist_is_upright(nonsense):
    assert orientation_of(made(orientation=nonsense)) == 1
    assert tag_of(made(orientation=nonsense), ORIENTATION) == nonsense


def test_no_orientation_is_upright_and_known_to_be_none():
    assert orientation_of(made(orientation=None)) == 1
    assert tag_of(made(orientation=None), ORIENTATION) is None


@ORDERS
@KINDS
@PLACES
@ORIENTATIONS
def test_upright_changes_orientation_and_thumbnail_and_nothing_else(
    order, kind, thumbnail, orientation
):
    before = made(order, orientation, kind, thumbnail=thumbnail)
    after = upright(before)
    was, now = _told(before), _told(after)
    dpi = was["dpi"][::-1] if orientation >= 5 else was["dpi"]
    assert now == was | {"orientation": 1, "thumbnail": False, "dpi": dpi}
    assert upright(after) == after


@ORDERS
@PLACES
def test_the_maker_note_stays_where_it_says_it_is(order, thumbnail):
    before = made(order, thumbnail=thumbnail)
    place, said, preview = note_of(before)
    assert (said, preview) == (place, PREVIEW)
    for after in (
        upright(before),
        sized(before, 7, 5),
        untagged(before),
        sized(upright(before), 7, 5),
    ):
        assert note_of(after) == note_of(before)


@ORDERS
def test_every_byte_in_front_of_a_thumbnail_at_the_end_is_the_same_but_for_two(order):
    before = made(order, 3)
    after = upright(before)
    assert len(after) - len(made(order, 3, thumbnail="")) in (0, 1)  # a byte that makes it even
    differ = [place for place, (a, b) in enumerate(zip(before, after, strict=False)) if a != b]
    assert len(differ) <= 1 + 4  # the orientation's number and the place of IFD1


@ORDERS
@PLACES
def test_nothing_of_the_thumbnail_is_left(order, thumbnail):
    before = made(order, thumbnail=thumbnail)
    assert (THUMBNAIL in before) == bool(thumbnail)
    after = upright(before)
    assert b"thumbnail" not in after
    assert len(after) <= len(before)
    if thumbnail == "middle":
        assert len(after) == len(before)


def test_a_thumbnail_of_bare_pixels_is_wiped_too():
    pixels = bytes(range(1, 97))
    block = b"II*\0" + struct.pack("<I", 8)
    first = directory("<", 8, {0x010F: text("Maker")}, 200)
    strips = packed("<", LONG, 400, 440)
    sizes = packed("<", SHORT, 40, 56)
    second = directory("<", 200, {0x0111: strips, 0x0117: sizes})
    block = (block + first).ljust(200, b"\0") + second
    block = block.ljust(400, b"\0") + pixels + b"tail"
    after = upright(PREFIX + block)
    assert after.endswith(bytes(96) + b"tail")
    assert tag_of(after, 0x0111) is None


def test_bytes_that_others_use_too_outlive_the_thumbnail():
    before = made(thumbnail="middle")
    body = bytearray(before[6:])
    place = body.find(b"NOTE")
    entry = body.index(struct.pack("<HHI", 0x0201, LONG, 1)) + 8
    struct.pack_into("<I", body, entry, place - 20)  # a thumbnail that overlaps the maker note
    after = upright(PREFIX + bytes(body))
    assert note_of(after) == note_of(before)


@ORDERS
@KINDS
def test_the_size_is_that_of_the_result(order, kind):
    before = made(
        order,
        1,
        kind,
        extra={0x0100: packed(order, kind, 60), 0x0101: packed(order, kind, 40)}.items(),
    )
    after = sized(before, 31, 17)
    assert _told(after) == _told(before) | {"size": (31, 17)}
    assert (tag_of(after, 0x0100), tag_of(after, 0x0101)) == (31, 17)
    assert len(after) == len(before)
    assert sized(before, 60, 40) == before


@ORDERS
def test_a_size_that_a_short_number_can_not_hold_becomes_a_long_one(order):
    assert _told(sized(made(order, 1, SHORT), 70_000, 3))["size"] == (70_000, 3)


@ORDERS
def test_a_size_that_was_not_told_is_not_added(order):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    block = (
        PREFIX + mark + struct.pack(order + "I", 8) + directory(order, 8, {0x010F: text("Maker")})
    )
    assert sized(block, 5, 6) == block


@ORDERS
@ORIENTATIONS
def test_untagged_takes_the_orientation_out_and_leaves_all_others(order, orientation):
    before = made(order, orientation)
    after = untagged(before)
    assert _told(after) == _told(before) | {"orientation": None}
    assert len(after) == len(before)
    assert untagged(after) == after


@ORDERS
@pytest.mark.parametrize(("unit", "scale"), [(2, 1), (3, 2.54), (None, 1)])
def test_the_resolution_is_told_per_inch(order, unit, scale):
    extra = {} if unit is None else {0x0128: packed(order, SHORT, unit)}
    block = made(order, extra=extra.items())
    assert resolution_of(block) == pytest.approx((144 * scale, 72 * scale))


def test_a_resolution_without_a_denominator_is_none():
    assert resolution_of(made(extra={0x011A: packed("<", 5, 72, 0)}.items())) is None


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"Exif\0\0",
        b"Exif\0\0II",
        b"Exif\0\0nonsense",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0",
        b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0",
        b"Exif\0\0MM\0*\0\0\0\x02\0\x05",
    ],
)
def test_what_has_no_directory_is_dropped(damaged):
    assert upright(damaged) == b""
    assert orientation_of(damaged) == 1
    for changed in (sized(damaged, 3, 4), untagged(damaged)):
        assert changed in (b"", damaged)


@ORDERS
def test_directories_that_lead_back_to_themselves_are_survived(order):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = {
        0x8769: packed(order, LONG, 8),
        0x8825: packed(order, LONG, 8),
        0x014A: packed(order, LONG, 8),
    }
    block = PREFIX + mark + struct.pack(order + "I", 8) + directory(order, 8, entries, 8)
    after = upright(block)
    assert after == block[:-4] + bytes(
        4
    )  # the thumbnail was the first directory: only its mention goes


@ORDERS
@pytest.mark.parametrize("end", range(6, 300, 3))
def test_a_block_cut_off_anywhere_costs_nothing_but_itself(order, end):
    cut = made(order)[:end]
    for changed in (upright(cut), sized(cut, 70_000, 3), untagged(cut)):
        assert len(changed) <= len(cut)
    assert 1 <= orientation_of(cut) <= 8
    resolution_of(cut)


@ORDERS
def test_blocks_with_bytes_of_chance_in_them_never_raise_and_never_grow(order):
    chance = np.random.default_rng(7)
    whole = made(order, thumbnail="middle")
    for _ in range(1000):
        body = bytearray(whole)
        for place in chance.integers(6, len(body), chance.integers(1, 9)):
            body[place] = chance.choice([0, 1, 255, chance.integers(256)])
        block = bytes(body)
        once = upright(block)
        assert len(once) <= len(block)
        assert upright(once) == once or orientation_of(once) != 1
        assert len(sized(block, 70_000, 2)) == len(block)
        assert len(untagged(block)) == len(block)
        assert 1 <= orientation_of(block) <= 8
        resolution_of(block)


def test_counts_of_millions_are_not_believed():
    entry = struct.pack("<HHII", 0x014A, LONG, 2**31, 8)
    block = b"II*\0" + struct.pack("<IH", 8, 60_000) + entry * 60_000 + struct.pack("<I", 8)
    assert upright(PREFIX + block)


@ORDERS
def test_our_reading_agrees_with_pillows(order):
    for orientation in range(1, 9):
        block = Image.Exif()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            block.load(upright(made(order, orientation)))
            assert block[ORIENTATION] == 1


def test_a_prefix_given_twice_is_one():
    block = made()
    assert upright(PREFIX + block) == upright(block)
    assert orientation_of(PREFIX + block) == 6
