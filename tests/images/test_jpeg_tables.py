"""How JPEGs were made, and what --quality and --compress do elsewhere."""

from pathlib import Path

import numpy as np
import pytest
from filtering import apply, saved
from metadata_made import COLOUR
from PIL import Image

from convfilter.images.formats import BY_SUFFIX


@pytest.mark.parametrize("sampling", [0, 1, 2])
@pytest.mark.parametrize("quality", [30, 75, 97])
def test_tables_and_sampling_of_the_source_are_kept(tmp_path, quality, sampling):
    source = saved(tmp_path / "a.jpg", COLOUR, quality=quality, subsampling=sampling)
    outcome = apply(source, keep_tables=True)
    with Image.open(source) as was, Image.open(outcome.output) as now:
        assert now.quantization == was.quantization
        assert now.layer == was.layer
    assert outcome.notes == ()


def test_tables_of_colour_serve_a_grey_result(tmp_path):
    source = saved(tmp_path / "a.jpg", COLOUR, quality=50)
    outcome = apply(source, keep_tables=True, gray=True)
    with Image.open(source) as was, Image.open(outcome.output) as now:
        assert now.quantization == {0: was.quantization[0]}


def test_tables_of_three_kinds_are_kept(tmp_path):
    tables = [[number] * 64 for number in (3, 5, 7)]
    source = saved(tmp_path / "a.jpg", COLOUR, qtables=tables)
    with Image.open(apply(source, keep_tables=True).output) as now:
        assert [now.quantization[layer[3]] for layer in now.layer] == tables


def test_tables_of_inks_are_kept(tmp_path):
    inks = Image.fromarray(COLOUR).convert("CMYK")
    inks.save(tmp_path / "a.jpg", quality=40)
    outcome = apply(tmp_path / "a.jpg", keep_tables=True)
    with Image.open(tmp_path / "a.jpg") as was, Image.open(outcome.output) as now:
        assert (now.mode, now.quantization, now.layer) == ("CMYK", was.quantization, was.layer)


def test_steps_that_only_few_programs_read_are_cut_to_255(tmp_path, capfd):
    source = saved(tmp_path / "a.jpg", COLOUR, qtables=[[300] * 64, [4] * 64])
    capfd.readouterr()
    with Image.open(apply(source, keep_tables=True).output) as now:
        assert now.quantization == {0: [255] * 64, 1: [4] * 64}
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("suffix", "target", "want"),
    [
        (".png", ".jpg", "--quality keep: the source has no JPEG tables: quality 92"),
        (".jpg", ".webp", "--quality keep: WEBP has no JPEG tables: quality 92"),
        (".jpg", ".avif", "--quality keep: AVIF has no JPEG tables: quality 92"),
        (".jpg", ".png", "PNG has no levels of quality: --quality did nothing"),
        (".jpg", ".jp2", "JPEG2000 has no levels of quality: --quality did nothing"),
    ],
)
def test_where_there_are_no_tables_to_keep_it_is_said(tmp_path, suffix, target, want):
    source = saved(tmp_path / f"a{suffix}", COLOUR)
    assert apply(source, tmp_path / f"b{target}", keep_tables=True).notes == (want,)


@pytest.mark.parametrize("target", [".png", ".tif", ".gif", ".bmp", ".ppm", ".tga", ".jp2"])
def test_quality_where_there_is_none_is_said(tmp_path, target):
    source = saved(tmp_path / "a.jpg", COLOUR)
    name = BY_SUFFIX[target].name
    notes = apply(source, tmp_path / f"b{target}", quality=50).notes
    assert f"{name} has no levels of quality: --quality did nothing" in notes
    assert not [note for note in apply(source, tmp_path / f"c{target}").notes if "quality" in note]


@pytest.mark.parametrize("target", [".jpg", ".webp", ".avif"])
def test_quality_is_followed(tmp_path, target):
    source = saved(tmp_path / "a.png", COLOUR)
    sizes = [
        Path(apply(source, tmp_path / f"{quality}{target}", quality=quality).output).stat().st_size
        for quality in (20, 92, 100)
    ]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


def test_a_tga_stays_compressed_if_it_was(tmp_path):
    flat = np.full((64, 64, 3), 7, np.uint8)
    source = saved(tmp_path / "a.tga", flat, compression="tga_rle", id_section=b"name")
    assert Path(apply(source).output).stat().st_size < 2000
    assert Path(apply(saved(tmp_path / "b.tga", flat)).output).stat().st_size > flat.size
