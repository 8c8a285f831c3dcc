"""IPTC: captions, keywords and rights, from file to file byte for byte, or said to be lost."""

import struct
import subprocess
from pathlib import Path
from shutil import which

import numpy as np
import pytest
from filtering import apply, saved
from metadata_made import COLOUR, IIM, app13, chunks_of, iptc_of, png_with, segments_of
from PIL import Image

from convfilter.images.encode import encoding
from convfilter.images.formats import BY_NAME, BY_SUFFIX
from convfilter.images.metadata.iptc import of_jpeg, of_resources, segment
from convfilter.images.metadata.reading import read_metadata
from convfilter.images.picture import Metadata, Picture
from convfilter.images.target import Target

LARGE = np.repeat(np.repeat(COLOUR, 20, axis=0), 20, axis=1)  # 800×1200, no strips
HUGE = np.repeat(np.repeat(COLOUR, 32, axis=0), 32, axis=1)  # 1280×1920, in strips
MOST = 65506
OTHER = b"8BIM\3\xed\5names\0\0\0\3odd\0"  # a resource with a name, its data odd


def _with_iptc(folder, suffix, iim=IIM, pixels=COLOUR, **options):
    path = folder / f"a{suffix}"
    options |= {"tiffinfo": {33723: iim}} if suffix == ".tif" else {"extra": app13(iim)}
    return saved(path, pixels, **options)


@pytest.mark.parametrize("target", [".jpg", ".tif"])
@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
@pytest.mark.parametrize("kernel", ["identity", "gaussian-5"])
def test_iptc_keeps_its_bytes_between_jpeg_and_tiff(tmp_path, suffix, target, kernel):
    source = _with_iptc(tmp_path, suffix)
    assert iptc_of(source) == IIM
    outcome = apply(source, tmp_path / f"b{target}", kernel)
    assert iptc_of(outcome.output) == IIM
    assert outcome.notes == ()


@pytest.mark.skipif(not which("exiftool"), reason="no exiftool")
@pytest.mark.parametrize("target", [".jpg", ".tif"])
@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_others_read_caption_and_keywords_of_what_was_written(tmp_path, suffix, target):
    output = apply(_with_iptc(tmp_path, suffix), tmp_path / f"b{target}").output
    asked = ["-IPTC:Caption-Abstract", "-IPTC:Keywords", "-IPTC:CopyrightNotice", "-Warning"]
    said = subprocess.run(
        ["exiftool", "-s3", "-charset", "iptc=utf8", *asked, output],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.splitlines() == ["Ein schöner Tag", "sky, sea!", "(c) somebody"]


@pytest.mark.parametrize("suffix", [".png", ".webp", ".avif", ".gif", ".bmp", ".jp2", ".npy"])
def test_a_format_without_a_place_for_iptc_says_so(tmp_path, suffix):
    outcome = apply(_with_iptc(tmp_path, ".jpg"), tmp_path / f"b{suffix}")
    assert outcome.notes[0] == f"{BY_SUFFIX[suffix].name} can't hold IPTC: dropped"


@pytest.mark.parametrize("target", [".jpg", ".tif", ".png"])
@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_strip_drops_iptc_without_a_word(tmp_path, suffix, target):
    outcome = apply(_with_iptc(tmp_path, suffix), tmp_path / f"b{target}", strip=True)
    assert outcome.notes == ()
    content = Path(outcome.output).read_bytes()
    assert b"somebody" not in content
    assert b"Photoshop" not in content


@pytest.mark.parametrize("pixels", [LARGE, HUGE], ids=["whole", "in strips"])
def test_a_jpeg_has_iptc_once_also_when_it_was_made_in_strips(tmp_path, pixels):
    source = _with_iptc(tmp_path, ".jpg", pixels=pixels, quality=95)
    output = Path(apply(source, tmp_path / "b.jpg").output)
    assert [data for marker, data in segments_of(output) if marker == 0xED] == [
        b"Photoshop 3.0\0" + b"8BIM\4\4\0\0" + len(IIM).to_bytes(4) + IIM + b"\0" * (len(IIM) % 2)
    ]
    assert output.read_bytes().count(b"Photoshop 3.0") == 1
    with Image.open(output) as image:
        assert image.size == (pixels.shape[1], pixels.shape[0])
        assert np.abs(np.asarray(image).astype(int) - pixels).mean() < 8


@pytest.mark.parametrize("over", [0, 1])
def test_more_iptc_than_a_segment_holds_is_dropped_with_a_note(tmp_path, over):
    iim = IIM + b"\x1c\2\x14\0\1" + bytes(MOST + over - len(IIM) - 5)
    source = _with_iptc(tmp_path, ".tif", iim)
    outcome = apply(source, tmp_path / "b.jpg")
    assert iptc_of(outcome.output) == (b"" if over else iim)
    note = f"JPEG can't hold IPTC of {MOST + 1} bytes, {MOST} at most: dropped"
    assert outcome.notes == (note,) * over
    assert iptc_of(apply(source, tmp_path / "b.tif").output) == iim


def test_iptc_is_found_between_other_resources_and_over_several_segments(tmp_path):
    source = saved(tmp_path / "a.jpg", COLOUR, extra=app13(IIM, OTHER, OTHER))
    assert iptc_of(apply(source, tmp_path / "b.jpg").output) == IIM
    whole = app13(IIM, OTHER, OTHER)[4 + 14 :]
    parts = [("APP13", b"Photoshop 3.0\0" + part) for part in (whole[:40], whole[40:])]
    assert of_jpeg([("APP1", b"Exif\0\0"), *parts, ("APP13", b"Adobe_CM\0")]) == IIM
    assert of_jpeg(parts[:1]) == b""


def test_resources_that_make_no_sense_hold_nothing():
    whole = app13(IIM, OTHER)[4 + 14 :]
    assert of_resources(whole) == IIM
    for end in range(len(whole) - len(IIM) % 2):
        assert of_resources(whole[:end]) == b""
    generator = np.random.default_rng(0)
    for _ in range(500):
        of_resources(b"8BIM" + generator.bytes(40))
    assert segment(b"odd")[-4:] == b"odd\0"


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("kind", [1, 4, 7])
def test_a_tiffs_iptc_is_read_whatever_its_type(tmp_path, order, kind):
    iim = IIM + bytes(-len(IIM) % 4)
    path = tmp_path / "a.tif"
    path.write_bytes(_tiff(order, [(33723, kind, len(iim) // (4 if kind == 4 else 1), iim)]))
    assert iptc_of(apply(path, tmp_path / "b.jpg").output) == iim


def test_a_tiffs_iptc_may_stand_among_photoshops_resources(tmp_path):
    path = tmp_path / "a.tif"
    resources = app13(IIM, OTHER)[4 + 14 :]
    path.write_bytes(_tiff("<", [(34377, 1, len(resources), resources)]))
    assert iptc_of(apply(path, tmp_path / "b.tif").output) == IIM


def _tiff(order, more):
    """A grey TIFF of 2×2 pixels, byte by byte, with more tags."""
    short = [
        (256, 2),
        (257, 2),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, 2),
        (279, 4),
    ]
    tags = [(code, 3, 1, struct.pack(order + "H", number)) for code, number in short]
    tags = sorted([*tags, *more])
    after, entries, values = 12 + 2 + 12 * len(tags) + 4, b"", b""
    for code, kind, count, data in tags:
        value = data.ljust(4, b"\0")
        if len(data) > 4:
            value = struct.pack(order + "I", after + len(values))
            values += data + b"\0" * (len(data) % 2)
        entries += struct.pack(order + "HHI", code, kind, count) + value
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 12)
    return head + b"\1\2\3\4" + struct.pack(order + "H", len(tags)) + entries + bytes(4) + values


@pytest.mark.parametrize("kind", ["iptc", "8bim"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_iptc_that_imagemagick_put_into_a_png_reaches_a_jpeg(tmp_path, kind, wrapped):
    data = app13(IIM)[4 + 14 :] if wrapped else IIM
    text = f"Raw profile type {kind}\0\n{kind}\n{len(data):8}\n{data.hex()}\n"
    source = tmp_path / "a.png"
    source.write_bytes(png_with((b"tEXt", text.encode()), pixels=COLOUR))
    assert iptc_of(apply(source, tmp_path / "b.jpg").output) == IIM
    outcome = apply(source, tmp_path / "b.png")
    assert outcome.notes == ("PNG can't hold IPTC: dropped",)
    assert not [name for name, _ in chunks_of(outcome.output) if name == b"tEXt"]


@pytest.mark.parametrize("mode", ["RGB;16", "RGB;F"])
def test_iptc_of_deep_tiffs_is_kept_too(tmp_path, mode):
    tifffile = pytest.importorskip("tifffile")
    pixels = np.dstack([COLOUR[:, :, 0]] * 3).astype("float32" if mode.endswith("F") else "uint16")
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, pixels, photometric="rgb", extratags=[(33723, 7, len(IIM), IIM, True)])
    outcome = apply(source, tmp_path / "b.tif")
    assert outcome.output_mode == mode
    with tifffile.TiffFile(outcome.output) as file:
        assert file.pages[0].tags[33723].value == IIM


def test_every_page_of_a_tiff_keeps_its_own_iptc(tmp_path):
    pages = [Image.fromarray(COLOUR) for _ in range(2)]
    for page, words in zip(pages, (b"first", b"second"), strict=True):
        page.encoderinfo = {"tiffinfo": {33723: b"\x1c\2\x78\0" + bytes([len(words)]) + words}}
    source = tmp_path / "a.tif"
    pages[0].save(source, save_all=True, append_images=pages[1:], **pages[0].encoderinfo)
    with Image.open(apply(source, tmp_path / "b.tif").output) as image:
        found = []
        for page in range(2):
            image.seek(page)
            found.append(image.tag_v2[33723][5:])
    assert found == [b"first", b"second"]


def test_iptc_is_what_is_read_again(tmp_path):
    picture = Picture(COLOUR, None, Metadata(iptc=IIM))
    options, notes = encoding(picture, Target("", BY_NAME["JPEG"]))
    assert (options["extra"], notes) == (app13(IIM), [])
    Image.fromarray(COLOUR).save(tmp_path / "a.jpg", **options)
    with Image.open(tmp_path / "a.jpg") as image:
        assert read_metadata(image).iptc == IIM
