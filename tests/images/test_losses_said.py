"""What no output can keep is said: maps, further pictures, XMP in many segments, all of it for .npy."""

import struct

import numpy as np
import pytest
from exif_made import made
from filtering import apply, saved
from metadata_made import (
    COLOUR,
    GREY,
    RGB_PROFILE,
    XMP,
    everything,
    info_of,
    png_with,
    segments_of,
)
from PIL import Image, TiffImagePlugin

from convfilter.images.deep.header import read_tiff_header
from convfilter.images.metadata.exif import tells
from convfilter.images.metadata.shape_text import fitting

MAP = "TIFF's map coordinates (GeoTIFF) are dropped: the picture's grid may have changed"
NO_DATA = (
    "TIFF's value of pixels without data (GDAL_NODATA) is dropped: it was filtered like others"
)
EXTENDED = "the JPEG's extended XMP, all that is behind its first 64 kB, is dropped"


# ── .npy ──


def test_npy_says_what_it_can_not_hold(tmp_path):
    outcome = apply(everything(tmp_path), tmp_path / "b.npy")
    lost = "EXIF, the ICC profile, XMP, PNG text and PNG's colour chunks"
    assert outcome.notes == (f"NPY can't hold {lost}: dropped",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"exif": made(orientation=1)}, "EXIF"),
        ({"icc_profile": RGB_PROFILE}, "the ICC profile"),
        ({"xmp": XMP % 1}, "XMP"),
        ({"comment": b"words"}, "the comment"),
        ({"dpi": (144, 144)}, ""),
        ({}, ""),
    ],
)
@pytest.mark.parametrize("gray", [False, True])
def test_npy_says_each_loss_but_not_that_of_the_resolution(tmp_path, options, words, gray):
    source = saved(tmp_path / "a.jpg", COLOUR, **options)
    said = (f"NPY can't hold {words}: dropped",) if words else ()
    assert apply(source, tmp_path / "b.npy", gray=gray).notes == said
    assert apply(source, tmp_path / "c.npy", gray=gray, strip=True).notes == ()


@pytest.mark.parametrize("target", [".npy", ".bmp"])
def test_exif_of_nothing_but_size_orientation_and_program_is_not_missed(tmp_path, target):
    exif = Image.Exif()
    exif[0x0112], exif[0x0131], exif[0x011A] = 1, "a program", 72
    assert not tells(exif.tobytes())
    assert not tells(b"")
    source = saved(tmp_path / "a.jpg", COLOUR, exif=exif)
    assert apply(source, tmp_path / f"b{target}").notes == ()
    exif[0x010F] = "Maker"
    assert tells(exif.tobytes())


# ── GeoTIFF ──

MAP_TAGS = {
    33550: (12, (10.0, 10.0, 0.0)),
    33922: (12, (0.0, 0.0, 0.0, 440720.0, 100000.0, 0.0)),
    34264: (12, tuple(map(float, range(16)))),
    34735: (3, (1, 1, 0, 1, 1024, 0, 1, 1)),
    34736: (12, (6378137.0,)),
    34737: (2, "WGS 84|"),
}


def _geo(path, codes, pixels=GREY):
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for code in codes:
        info.tagtype[code], info[code] = MAP_TAGS.get(code, (2, "-9999"))
    return saved(path, pixels, tiffinfo=info)


@pytest.mark.parametrize("code", MAP_TAGS)
@pytest.mark.parametrize("target", [".tif", ".png", ".npy"])
def test_coordinates_on_a_map_are_said_to_be_lost(tmp_path, code, target):
    outcome = apply(_geo(tmp_path / "a.tif", [code]), tmp_path / f"b{target}")
    assert outcome.notes == (MAP,)


def test_the_value_of_pixels_without_data_is_said_to_be_lost(tmp_path):
    assert apply(_geo(tmp_path / "a.tif", [42113]), tmp_path / "b.tif").notes == (NO_DATA,)
    source = _geo(tmp_path / "c.tif", [42113, *MAP_TAGS])
    assert apply(source, tmp_path / "d.tif").notes == (MAP, NO_DATA)
    assert apply(source, tmp_path / "e.tif", strip=True).notes == ()


def test_a_map_of_numbers_that_pillow_does_not_open_is_said_too(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    source = tmp_path / "a.tif"
    pixels = np.dstack([GREY] * 3).astype(np.float32)
    tags = [(33550, 12, 3, (10.0, 10.0, 0.0), True), (42113, 2, 6, "-9999", True)]
    tifffile.imwrite(source, pixels, photometric="rgb", extratags=tags)
    header = read_tiff_header(str(source))
    assert header is not None
    assert header.metadata.lost == (MAP, NO_DATA)
    assert apply(source, tmp_path / "b.tif").notes == (MAP, NO_DATA)


def test_pages_on_a_map_say_it_once(tmp_path):
    pages = [_geo(tmp_path / f"{number}.tif", [33550]) for number in range(2)]
    source = tmp_path / "a.tif"
    with Image.open(pages[0]) as first, Image.open(pages[1]) as second:
        info = first.tag_v2
        first.save(source, save_all=True, append_images=[second], tiffinfo=info)
    assert apply(source, tmp_path / "b.tif").notes == (MAP,)


# ── JPEG: XMP in many segments, further pictures ──


def _extended(xmp):
    """A JPEG's segments of extended XMP: identifier, digest, length in all, place, part."""
    name = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32
    parts = [xmp[at : at + 65000] for at in range(0, len(xmp), 65000)]
    found = b""
    for number, part in enumerate(parts):
        data = name + struct.pack(">II", len(xmp), number * 65000) + part
        found += b"\xff\xe1" + (len(data) + 2).to_bytes(2) + data
    return found


@pytest.mark.parametrize("target", [".jpg", ".png", ".bmp"])
def test_xmp_beyond_its_first_packet_is_said_to_be_lost(tmp_path, target):
    packet = b'<d a="1"%s/>'
    points = b' xmpNote:HasExtendedXMP="%s"' % (b"A" * 32)
    source = saved(
        tmp_path / "a.jpg", COLOUR, xmp=packet % points, extra=_extended(b"<x/>" * 50_000)
    )
    assert len([1 for marker, _ in segments_of(source) if marker == 0xE1]) == 5
    outcome = apply(source, tmp_path / f"b{target}")
    no_place = ("BMP can't hold XMP: dropped",) * (target == ".bmp")
    assert outcome.notes == (EXTENDED, *no_place)
    if target != ".bmp":
        assert info_of(outcome.output)["xmp"] == packet % b""
    assert apply(source, tmp_path / f"c{target}", strip=True).notes == ()


@pytest.mark.parametrize("target", [".jpg", ".png", ".npy"])
@pytest.mark.parametrize("strip", [False, True])
def test_pictures_behind_the_first_are_said_to_be_left(tmp_path, target, strip):
    source = tmp_path / "a.jpg"
    first, *others = (Image.fromarray(COLOUR) for _ in range(3))
    first.save(source, "MPO", save_all=True, append_images=others, quality=95)
    with Image.open(source) as image:
        assert (image.format, image.n_frames) == ("MPO", 3)
    outcome = apply(source, tmp_path / f"b{target}", strip=strip)
    assert outcome.notes == ("the file holds 3 pictures: the first was filtered",)


def test_a_gain_map_is_a_further_picture_though_pillow_calls_the_file_a_jpeg(tmp_path):
    source = tmp_path / "a.jpg"
    first, other = (Image.fromarray(COLOUR) for _ in range(2))
    first.save(source, "MPO", save_all=True, append_images=[other])
    xmp = b'http://ns.adobe.com/xap/1.0/\0<d hdrgm:Version="1.0"/>'
    content = source.read_bytes()
    segment = b"\xff\xe1" + (len(xmp) + 2).to_bytes(2) + xmp
    source.write_bytes(content[:2] + segment + content[2:])
    with Image.open(source) as image:
        assert image.format == "JPEG"
    said = apply(source, tmp_path / "b.jpg").notes
    assert said == ("the file holds 2 pictures: the first was filtered",)


@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO")
def test_a_list_of_pictures_that_makes_no_sense_is_none(tmp_path):
    source = saved(
        tmp_path / "a.jpg", COLOUR, extra=b"\xff\xe2\0\x0eMPF\0" + b"II*\0\xff\xff\xff\xff"
    )
    assert apply(source, tmp_path / "b.jpg").notes == ()


# ── tifffile's shape ──


def _description(path):
    with Image.open(path) as image:
        return image.tag_v2.get(270)


@pytest.mark.parametrize("pixels", [GREY, COLOUR, GREY.astype(np.float32)])
def test_tifffiles_shape_stays_where_it_is_true_and_goes_where_not(tmp_path, pixels):
    tifffile = pytest.importorskip("tifffile")
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, pixels)
    shape = ", ".join(map(str, pixels.shape))
    assert _description(source) == f'{{"shape": [{shape}]}}'
    same, other = apply(source, tmp_path / "b.tif"), apply(source, tmp_path / "c.tif", stride=2)
    assert _description(same.output) == f'{{"shape": [{shape}]}}'
    assert _description(other.output) is None
    assert same.notes == other.notes == ()
    assert tifffile.imread(other.output).shape == (20, 30, *pixels.shape[2:])


def test_what_stands_beside_a_wrong_shape_is_said_to_be_lost(tmp_path, caplog):
    tifffile = pytest.importorskip("tifffile")
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, np.dstack([GREY] * 3).astype(np.uint16), metadata={"sample": "a leaf"})
    outcome = apply(source, tmp_path / "b.tif", stride=2)
    assert outcome.notes == ("tifffile's description of the array is of another shape: dropped",)
    assert tifffile.imread(outcome.output).shape == (20, 30, 3)
    assert not caplog.records
    assert apply(source, tmp_path / "b.npy").notes == ("NPY can't hold EXIF: dropped",)


def test_one_page_of_many_has_no_longer_the_shape_of_all(tmp_path, caplog):
    tifffile = pytest.importorskip("tifffile")
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, np.stack([GREY] * 5))
    output = apply(source, tmp_path / "b.tif", frame=0).output
    assert tifffile.imread(output).shape == (40, 60)
    assert tifffile.imread(apply(source, tmp_path / "c.tif").output).shape == (5, 40, 60)
    assert not caplog.records


@pytest.mark.parametrize("text", ['{"shape": [', '{"shape": [40, 60]', '{"shape": [1]} x', "words"])
def test_descriptions_of_other_kinds_stay(text):
    exif = Image.Exif()
    exif[270] = text
    notes = []
    assert fitting(exif.tobytes(), (9, 7), notes) == exif.tobytes()
    assert notes == []


def test_a_text_of_a_png_stays_what_it_is(tmp_path):
    source = tmp_path / "a.png"
    source.write_bytes(png_with((b"tEXt", b'Description\0{"shape": [1]}')))
    assert apply(source, tmp_path / "b.png", stride=2).notes == ()
