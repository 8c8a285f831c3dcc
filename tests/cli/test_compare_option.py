"""`apply --compare`: before, after and difference in one picture, and in the report."""

import json

import numpy as np
import pytest
from pictures import noise
from PIL import Image
from running import run, save
from uncompiled import UNCOMPILED

APPLY = ("apply", "a.png", "-o", "b.png")
COMPARE = ("--compare", "c.png")


def apply(*words, **changes):
    return run(*words, command=UNCOMPILED, **changes)


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image)


def files(folder):
    return {path.name for path in folder.iterdir()}


def test_the_panels_are_the_pictures_pixel_by_pixel(folder):
    save(folder / "a.png", noise((70, 90, 3)))
    done = apply(*APPLY, "-k", "blur", *COMPARE, cwd=folder)
    assert (done.status, done.text.count("  compare  c.png: PSNR ")) == (0, 1)
    assert ", over the 66×86 pixels that both have; difference shown ×" in done.text
    sheet, upper, step = pixels_of(folder / "c.png"), 12 + 18, 86 + 12
    before, after = pixels_of(folder / "a.png")[2:-2, 2:-2], pixels_of(folder / "b.png")
    panels = [sheet[upper : upper + 66, 12 + n * step :][:, :86] for n in range(3)]
    assert (panels[0] == before).all()
    assert (panels[1] == after).all()
    report = json.loads(apply(*APPLY, "-k", "blur", *COMPARE, "-f", "--json", cwd=folder).out)
    change = np.abs(after.astype(int) - before)
    assert (panels[2] == np.minimum(change * report["compare"]["amplified"], 255)).all()


def test_json_has_all_numbers_and_null_for_no_end_of_decibels(folder):
    done = apply(*APPLY, "-k", "identity", "-p", "same", *COMPARE, "--json", cwd=folder)
    want = {"path": "c.png", "psnr": None, "mean": 0, "largest": 0, "amplified": 1}
    assert json.loads(done.out)["compare"] == want
    done = apply(*APPLY, "-k", "identity", "--bias", "5", *COMPARE, "-f", "--json", cwd=folder)
    facts = json.loads(done.out)["compare"]
    assert (facts["mean"], facts["largest"], facts["amplified"]) == (5, 5, 32)
    assert facts["psnr"] == pytest.approx(20 * np.log10(255 / 5))
    assert "compare" not in json.loads(apply(*APPLY, "-k", "blur", "-f", "--json", cwd=folder).out)


def test_nothing_changed_is_said_in_words(folder):
    done = apply(*APPLY, "-k", "identity", "-p", "same", *COMPARE, cwd=folder)
    assert "  compare  c.png: nothing has changed\n" in done.text


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("-k", "blur", "-s", "2"), 2, "--compare: with a stride (2,2 of blur) results stand for"),
        (("-k", "blur:stride=1,3", "-k", "sobel"), 2, "stride (1,3 of blur)"),
        (("-k", "blur", "--border", "resize"), 2, "the border resize enlarges the picture first"),
        (
            ("-k", "gabor-bank", "-p", "same", "-o", "b.npy"),
            2,
            "the picture has 3 channels (24×31×3), the result 16",
        ),
        (("-k", "blur", "--compare", "c.txt"), 2, "--compare: 'c.txt' has no suffix of a format"),
        (("-k", "blur", "--compare", "c.pgm"), 2, "--compare: 'c.pgm'"),
        (("-k", "blur", "--compare", "old.png"), 1, "old.png exists already: -f (--overwrite)"),
        (("-k", "blur", "--compare", "old.png"), 1, "--compare NAME writes elsewhere"),
        (("-k", "blur", "-f", "--compare", "./a.png"), 1, "would replace the picture itself"),
        (("-k", "blur", "-f", "--compare", "./b.png"), 1, "would replace the result"),
        (("-k", "blur", "--compare", "none/c.png"), 1, "there is no folder"),
    ],
)
def test_what_can_not_be_compared_is_refused_before_anything_is_written(
    folder, words, status, said
):
    (folder / "old.png").write_bytes(b"old")
    save(folder / "a.png", noise((24, 31, 3)))
    before = files(folder)
    done = apply(*APPLY, *COMPARE, *words, cwd=folder)
    assert (done.status, done.out) == (status, b"")
    assert said in done.err
    assert files(folder) == before
    assert (folder / "old.png").read_bytes() == b"old"


def test_the_default_name_of_the_result_is_not_taken_either(folder):
    done = apply("apply", "a.png", "-k", "blur", "--compare", "a_blur.png", cwd=folder)
    assert done.status == 1
    assert "the comparison would replace the result" in done.err
    assert not (folder / "a_blur.png").exists()


def test_one_frame_is_compared_not_several(folder):
    frames = [Image.fromarray(np.full((20, 30), level, np.uint8)) for level in (40, 200)]
    frames[0].save(folder / "two.gif", save_all=True, append_images=frames[1:])
    words = ("apply", "two.gif", "-k", "identity", "-o", "b.png", *COMPARE)
    done = apply(*words, cwd=folder)
    assert done.status == 1
    assert "two.gif: 2 frames; one picture is compared" in done.err
    assert not (folder / "b.png").exists()
    assert apply(*words, "--frame", "1", cwd=folder).status == 0


@pytest.mark.parametrize("kind", ["L", "LA", "RGBA", "I;16", "CMYK", "1"])
def test_pictures_of_every_kind_are_compared(folder, kind):
    image = Image.fromarray(noise((70, 80)))
    if kind == "I;16":
        image = Image.fromarray(noise((70, 80)).astype(np.uint16) * 200)
    elif kind == "CMYK":
        image = image.convert("RGB").convert("CMYK")
    else:
        image = image.convert(kind)
    name = "m.tif" if kind == "CMYK" else "m.png"
    image.save(folder / name)
    done = apply("apply", name, "-k", "gaussian-3", "--border", "edge", *COMPARE, cwd=folder)
    assert done.status == 0, done.err
    peak = 65535 if kind == "I;16" else 255
    assert f" of {peak}; difference shown ×" in done.text
    with Image.open(folder / "c.png") as sheet:
        assert sheet.mode == "RGB"


def test_grey_is_compared_with_the_grey_picture(folder):
    done = apply(*APPLY, "-k", "identity", "--gray", "-p", "same", *COMPARE, cwd=folder)
    assert "nothing has changed" in done.text


def test_linear_light_masks_and_regions_can_be_compared(folder):
    words = (*APPLY, "-k", "blur", "--linear", "--region", "2,3,9,9", "--mask", "mask.png", "-f")
    save(folder / "mask.png", noise((24, 31)))
    report = json.loads(apply(*words, *COMPARE, "--json", cwd=folder).out)
    change = np.abs(pixels_of(folder / "b.png").astype(int) - pixels_of(folder / "a.png"))
    assert report["compare"]["largest"] == change.max()
    assert report["compare"]["mean"] == pytest.approx(change.mean(), abs=1e-12)


def test_no_variable_names_the_file(folder):
    done = apply(*APPLY, "-k", "blur", cwd=folder, CONVFILTER_COMPARE="c.png")
    assert done.status == 0
    assert not (folder / "c.png").exists()


def test_a_picture_that_goes_into_a_pipe_is_compared_too(folder):
    done = apply("apply", "noise.png", "-k", "blur", "-o", "-", *COMPARE, cwd=folder)
    assert done.out.startswith(b"\x89PNG")
    assert "compare  c.png: PSNR" in done.err
    assert (folder / "c.png").exists()


def test_wide_pictures_stand_below_each_other(folder):
    save(folder / "a.png", noise((70, 400)))
    apply(*APPLY, "-k", "identity", "-p", "same", *COMPARE, cwd=folder)
    height, width = pixels_of(folder / "c.png").shape[:2]
    assert width == 400 + 24
    assert height > 3 * 70
