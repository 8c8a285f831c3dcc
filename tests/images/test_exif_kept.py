"""EXIF from file to file: turned, sized, without thumbnail, and otherwise the same bytes."""

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from exif_made import PREVIEW, THUMBNAIL, made, note_of
from filtering import apply, saved
from metadata_made import (
    COLOUR,
    EXIF_HOLDERS,
    RGB_PROFILE,
    XMP,
    block_of,
    chunks_of,
    info_of,
    png_with,
    segments_of,
)
from PIL import Image

from convfilter.images.encode import TiffTags
from convfilter.images.metadata.exif import sized, untagged, upright
from convfilter.images.metadata.reading import read_metadata
from convfilter.images.metadata.tiff_described import add_described

BLOCKS = [".jpg", ".png", ".webp"]  # hold EXIF as one block of bytes, untouched
ORDERS = pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])


def told_by(path):
    """What Pillow says that a file's EXIF says."""
    with Image.open(path) as image:
        exif = image.getexif()
        inner, gps = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
        return exif.get(0x010F), inner.get(0x829A), inner.get(0x927C), gps.get(1), gps.get(2)


@ORDERS
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_from_jpeg_to_jpeg_is_the_same_but_for_what_changed(tmp_path, order, orientation):
    exif = made(order, orientation)
    source = saved(tmp_path / "a.jpg", COLOUR, exif=exif)
    outcome = apply(source, kernel="[[1, 0, 0]]", padding="valid")
    height, width = outcome.output_shape[:2]
    assert (height, width) == ((40, 58) if orientation < 5 else (60, 38))
    written = dict(segments_of(outcome.output))[0xE1]
    assert written == sized(upright(exif), width, height)
    assert note_of(written) == note_of(exif)
    assert THUMBNAIL not in written


@ORDERS
@pytest.mark.parametrize("target", EXIF_HOLDERS)
@pytest.mark.parametrize("suffix", BLOCKS)
def test_exif_keeps_its_bytes_from_format_to_format(tmp_path, suffix, target, order):
    exif = made(order)
    outcome = apply(saved(tmp_path / f"a{suffix}", COLOUR, exif=exif), tmp_path / f"b{target}")
    want = sized(upright(exif), 40, 60)
    if target in BLOCKS:
        assert block_of(outcome.output) == want
    elif target == ".avif":
        assert block_of(outcome.output) == untagged(want)
    maker, exposure, note, north, place = told_by(outcome.output)
    assert (maker.encode("latin-1").decode(), float(exposure)) == ("Maker & Söhne", 1 / 250)
    assert (north, [float(number) for number in place]) == ("N", [48, 8, 12.34])
    assert note.endswith(PREVIEW)
    assert outcome.notes == ()


@ORDERS
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("target", EXIF_HOLDERS)
def test_a_tiff_hands_on_what_describes_the_picture(tmp_path, target, compression, order):
    first = apply(saved(tmp_path / "a.jpg", COLOUR, exif=made(order)), tmp_path / "b.tif").output
    with Image.open(first) as image:
        exif = image.getexif()
        assert (exif[256], exif[257]) == (40, 60)
    middle = tmp_path / "c.tif"
    apply(first, middle, compress=0 if compression == "raw" else 1)
    again = apply(middle, tmp_path / f"d{target}")
    assert told_by(again.output) == told_by(first)
    with Image.open(again.output) as image:
        assert image.getexif().get(0x0112, 1) == 1


@ORDERS
def test_types_of_tags_survive_tiff(tmp_path, order):
    source = saved(tmp_path / "a.jpg", COLOUR, exif=made(order, 1))
    tiff = apply(source, tmp_path / "b.tif").output
    with Image.open(apply(tiff, tmp_path / "c.jpg").output) as image:
        exif = image.getexif()
        exif.get_ifd(0x8769)
        block = image.info["exif"]
    kinds = {
        struct.unpack_from("<HH", block, block.index(struct.pack("<H", tag)))
        for tag in (0x829A, 0x927C, 0xA002)
    }
    assert kinds == {(0x829A, 5), (0x927C, 7), (0xA002, 3)}


def test_the_size_of_pixels_that_phones_write_into_exif_is_not_taken_for_a_tiffs(tmp_path):
    sizes = {0x0100: (4, 1, struct.pack("<I", 999)), 0x0101: (4, 1, struct.pack("<I", 777))}
    layout = {0x0103: (3, 1, b"\6\0"), 0x0106: (3, 1, b"\6\0"), 0x0117: (4, 1, b"\1\0\0\0")}
    exif = made(orientation=1, extra={**sizes, **layout}.items())
    source = saved(tmp_path / "a.jpg", COLOUR, exif=exif)
    with Image.open(apply(source, tmp_path / "b.tif").output) as image:
        assert image.size == (60, 40)
        image.load()
    written = dict(segments_of(apply(source, tmp_path / "b.jpg").output))[0xE1]
    assert struct.pack("<HHII", 0x0100, 4, 1, 60) in written
    assert struct.pack("<HHII", 0x0101, 4, 1, 40) in written


@pytest.mark.parametrize("name", ["exif", "APP1"])
def test_exif_as_text_of_a_png_becomes_exif(tmp_path, name):
    block = made(orientation=6)
    words = f"\nexif\n{len(block):8}\n{block.hex()}\n".encode()
    text = b"Raw profile type " + name.encode() + b"\0\0" + zlib.compress(words)
    source = tmp_path / "a.png"
    source.write_bytes(png_with((b"zTXt", text)))
    outcome = apply(source)
    assert outcome.output_shape == (60, 40)
    assert block_of(outcome.output) == sized(upright(block), 40, 60)
    assert not [name for name, _ in chunks_of(outcome.output) if name in {b"zTXt", b"tEXt"}]


def test_orientation_in_xmp_alone_turns_the_picture_once(tmp_path):
    source = saved(tmp_path / "a.jpg", COLOUR, xmp=XMP % 6)
    outcome = apply(source)
    assert outcome.output_shape == (60, 40, 3)
    assert info_of(outcome.output)["xmp"] == XMP % 1
    assert apply(outcome.output, tmp_path / "c.jpg").output_shape == (60, 40, 3)


DAMAGED = [
    b"Exif\0\0",
    b"Exif\0\0II*\0\xff\xff\xff\xff",
    b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40,
    made()[:40],
    made()[:120],
    made("<").replace(b"\x69\x87\4\0\1\0\0\0", b"\x69\x87\4\0\1\0\0\0\xff\xff\xff\x7f"),
    made(">")[:200] + b"\xee" * 200,
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", [*EXIF_HOLDERS, ".bmp", ".gif"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("exif", DAMAGED)
def test_damaged_exif_never_costs_the_picture(tmp_path, suffix, target, exif):
    source = saved(tmp_path / f"a{suffix}", COLOUR, exif=exif)
    outcome = apply(source, tmp_path / f"b{target}")
    with Image.open(outcome.output) as image:
        image.load()
        assert {*image.size} == {40, 60}
        image.getexif()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", EXIF_HOLDERS)
def test_damaged_tags_of_a_tiff_never_cost_the_picture(tmp_path, target):
    source = tmp_path / "a.tif"
    apply(saved(tmp_path / "a.jpg", COLOUR, exif=made("<", 1)), source)
    content = source.read_bytes()
    chance = np.random.default_rng(3)
    start = content.rindex(b"Maker") - 250
    for turn in range(20):
        broken = bytearray(content)
        entry = broken.index(b"\x69\x87\4\0\1\0\0\0", start) + 8
        if turn:
            place = int(struct.unpack_from("<I", content, entry)[0])
            for at in chance.integers(place, len(broken), 4):
                broken[at] = chance.integers(256)
        else:
            broken[entry : entry + 4] = b"\xff\xff\xff\x7f"
        source.write_bytes(bytes(broken))
        outcome = apply(source, tmp_path / f"b{target}", overwrite=True)
        assert outcome.output_shape == (40, 60, 3)


def test_pages_of_a_tiff_keep_what_describes_each(tmp_path):
    pages = []
    for number in range(3):
        exif = Image.Exif()
        exif[270] = f"page {number}"
        pages.append((Image.fromarray(COLOUR[number:]), exif))
    source = tmp_path / "a.tif"
    for number, (image, exif) in enumerate(pages):
        image.save(tmp_path / f"{number}.tif", exif=exif, compression="tiff_lzw")
    opened = [Image.open(tmp_path / f"{number}.tif") for number in range(3)]
    opened[0].save(source, save_all=True, append_images=opened[1:], compression="tiff_lzw")
    output = apply(source, tmp_path / "b.tif").output
    with Image.open(output) as image:
        for number in range(3):
            image.seek(number)
            assert image.tag_v2[270] == f"page {number}"
            assert np.array_equal(np.asarray(image), COLOUR[number:])


def test_pages_with_and_without_exif_are_all_readable(tmp_path):
    file = io.BytesIO()
    images = [Image.fromarray(COLOUR[n:]) for n in range(4)]
    images[0].save(file, "TIFF", save_all=True, append_images=images[1:])
    told = [TiffTags(exif=made(order, 1)) for order in "<>"] + [TiffTags(), TiffTags(xmp=XMP % 1)]
    add_described(file, told)
    file.seek(0)
    with Image.open(file) as image:
        assert image.n_frames == 4
        for number, page in enumerate(told):
            image.seek(number)
            assert np.array_equal(np.asarray(image), COLOUR[number:])
            read = read_metadata(image)
            assert read.xmp == page.xmp
            assert bool(read.exif) == bool(page.exif)
            assert image.tag_v2.get(0x010F, "").startswith("Maker" if page.exif else "")


@ORDERS
def test_a_large_jpeg_made_in_strips_has_it_once(tmp_path, order):
    exif = made(order, 1)
    large = np.tile(COLOUR, (30, 20, 1))
    everything = {"icc_profile": RGB_PROFILE, "xmp": XMP % 1, "comment": b"words"}
    source = saved(tmp_path / "a.jpg", large, exif=exif, dpi=(144, 144), **everything)
    output = apply(source).output
    height, width = large.shape[:2]
    assert sorted(
        marker for marker, _ in segments_of(output) if marker in {0xE0, 0xE1, 0xE2, 0xFE}
    ) == [*(0xE0, 0xE1, 0xE1, 0xE2, 0xFE)]
    assert block_of(output) == sized(upright(exif), width, height)
    assert info_of(output).items() >= {**everything, "dpi": (144, 144)}.items()
    assert output.endswith("a_identity.jpg")


def test_of_a_pair_that_phones_write_the_first_keeps_its_exif(tmp_path):
    first, second = Image.fromarray(COLOUR), Image.fromarray(COLOUR[:20, :30])
    first.save(tmp_path / "a.mpo", save_all=True, append_images=[second], exif=made(orientation=6))
    (tmp_path / "a.mpo").rename(tmp_path / "a.jpg")
    outcome = apply(tmp_path / "a.jpg")
    assert outcome.output_shape == (60, 40, 3)
    assert block_of(outcome.output) == sized(upright(made(orientation=6)), 40, 60)


def test_exif_behind_a_pngs_pixels_is_read(tmp_path):
    block = made(orientation=6)
    end = png_with()[-12:]
    added = png_with((b"eXIf", block[6:]))[33:][: len(block[6:]) + 12]
    source = tmp_path / "a.png"
    source.write_bytes(png_with()[:-12] + added + end)
    outcome = apply(source)
    assert outcome.output_shape == (60, 40)
    assert block_of(outcome.output) == sized(upright(block), 40, 60)


IMPORTS = """
import sys
from PIL import Image
from convfilter.images.metadata.reading import orientation_of, read_metadata
with Image.open(sys.argv[1]) as image:
    image.load()
    Image.preinit()
    before = set(sys.modules)
    metadata = read_metadata(image)
    orientation_of(image)
print(*(name for name in set(sys.modules) - before if name.startswith("PIL")))
"""


@pytest.mark.parametrize("exif", [b"", made(orientation=6)])
def test_reading_what_a_jpeg_tells_imports_no_more_of_pillow(tmp_path, exif):
    source = saved(tmp_path / "a.jpg", COLOUR, exif=exif, dpi=(72, 72))
    told = subprocess.run(
        [sys.executable, "-c", IMPORTS, source], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == []
