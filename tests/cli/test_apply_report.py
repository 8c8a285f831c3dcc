"""`convfilter apply`: its report, its hints, and its exit status."""

import re

import numpy as np
import pytest
from pictures import assert_same
from PIL import Image
from running import run, save, slopes

import convfilter

FLOWER = """\
flower.png  459×612×3 RGB (high×wide×channels)  →  flower_sharpen.png  229×305×3 RGB
  kernel   sharpen 3×3, as written (cross-correlation); direct: 5 of 9 taps
  height   ⌊(459 + 0 + 0 − 1·(3−1) − 1) / 2⌋ + 1 = 229
  width    ⌊(612 + 0 + 0 − 1·(3−1) − 1) / 2⌋ + 1 = 305     1 column on the right is not reached
"""


def test_the_report_tells_shapes_kernel_formulas_and_range(tmp_path):
    x = np.arange(612) // 8
    save(tmp_path / "flower.png", np.tile((100 + x)[None, :, None], (459, 1, 3)).astype(np.uint8))
    done = run("apply", "flower.png", "--kernel", "sharpen", "--stride", "2", cwd=tmp_path)
    assert done.status == 0
    assert done.text == FLOWER + "  range    clip: nothing cut (99 … 176)\n"
    assert done.err == ""


def test_the_pixels_are_those_of_the_library(folder):
    done = run("apply", "noise.png", "-k", "sharpen", "-o", "b.png", cwd=folder)
    assert done.status == 0
    with Image.open(folder / "noise.png") as image, Image.open(folder / "b.png") as result:
        pixels, got = np.asarray(image), np.asarray(result)
    kernel = convfilter.load_kernel("sharpen")
    assert_same(got, convfilter.correlate(pixels, kernel, range_policy="clip"))


def test_rows_that_are_not_reached_are_counted(folder):
    done = run("apply", "a.png", "-k", "sharpen", "-s", "5,4", cwd=folder)
    assert "/ 5⌋ + 1 = 5     1 row at the bottom is not reached\n" in done.text
    done = run("apply", "a.png", "-k", "sharpen", "-s", "8", "-f", cwd=folder)
    assert "= 3     5 rows at the bottom are not reached\n" in done.text
    assert "= 4     4 columns on the right are not reached\n" in done.text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--flip"], "  kernel   sharpen 3×3, flipped (convolution); direct: 5 of 9 taps"),
        (["-p", "same"], "  padding  same: 1 on each side; border zero  0 0 | a b c d | 0 0"),
        (["-p", "1,2,3,4"], "  padding  pixels: 1 top, 2 bottom, 3 left, 4 right; border zero"),
        (["--bias", "10", "--scale", "1/2"], "  values   scale 0.5, bias 10"),
        (["--normalize", "abs-sum"], "  values   normalize abs-sum"),
        (["--range", "abs"], "  range    abs: nothing cut ("),
        (["--gray"], "  range    clip: nothing cut ("),
        (["-p", "1", "--border", "constant:50%"], "border constant:50%  V V | a b c d | V V"),
        (["-v"], "  time     read "),
    ],
)
def test_options_that_change_something_stand_in_the_report(folder, words, line):
    done = run("apply", "a.png", "-k", "sharpen", *words, cwd=folder)
    assert done.status == 0
    assert line in done.text


def test_a_typed_border_means_same_padding_and_the_report_says_so(folder):
    done = run("apply", "a.png", "-k", "sharpen", "--border", "edge", cwd=folder)
    assert "a_sharpen.png  24×31×3 RGB\n" in done.text
    want = (
        "  padding  same (because --border was given): 1 on each side; border edge  a a | a b c d"
    )
    assert want in done.text
    words = ["--border", "edge", "-p", "valid", "-f"]
    done = run("apply", "a.png", "-k", "sharpen", *words, cwd=folder)
    assert "a_sharpen.png  22×29×3 RGB\n" in done.text


@pytest.mark.parametrize(
    ("picture", "words", "start"),
    [
        ("noise.png", ["-k", "1 1 1; 1 1 1; 1 1 1"], "hint: 100% of the pixels are cut off"),
        (
            "a.png",
            ["-k", "gaussian-3", "-p", "same"],
            "hint: the dark rim comes from the zero bord",
        ),
        ("a.png", ["-k", "sobel-x"], "hint: these are edges of each colour by itself: --gray"),
        ("a.png", ["-k", "sharpen"], "hint: the result is 2 rows and 2 columns smaller: --border"),
        ("a.png", ["-k", "sharpen", "-s", "2"], ""),
        ("a.png", ["-k", "sharpen", "--border", "edge"], ""),
        ("grey.png", ["-k", "gaussian-3", "--border", "edge"], ""),
        (
            "grey.png",
            ["-k", "sobel-x", "--border", "edge"],
            "hint: 33% of the pixels are cut off: --s",
        ),
        ("a.png", ["-k", "log", "--gray"], "hint: nothing is brighter than "),
        (
            "a.png",
            ["-k", "blur", "-k", "gaussian-3"],
            "hint: the result is 6 rows and 6 columns sm",
        ),
        ("a.png", ["-k", "blur:stride=2", "-k", "gaussian-3"], ""),
    ],
)
def test_at_most_one_hint_and_on_standard_error(folder, picture, words, start):
    done = run("apply", picture, *words, cwd=folder)
    assert done.err.startswith(start)
    assert done.err.count("\n") == bool(start)
    assert "hint" not in done.text
    quiet = run("apply", picture, *words, "-q", "-f", cwd=folder)
    assert (quiet.status, quiet.out, quiet.err) == (0, b"", "")
    assert run("apply", picture, *words, "--json", "-f", cwd=folder).err == ""


def test_percentages_are_written_alike_in_report_and_hint(folder):
    done = run("apply", "grey.png", "-k", "sobel-x", "--border", "edge", cwd=folder)
    assert re.search(r"range    abs: [0-9.]+% above 255", done.text)
    assert re.search(r"hint: [0-9]+% of", done.err)
    assert " %" not in done.text + done.err


def test_the_limit_holds_for_the_result_too_and_is_raised_by_its_option(folder):
    words = ("apply", "a.png", "-k", "blur", "-p", "100", "--max-pixels")
    done = run(*words, "1k", cwd=folder)
    assert done.status == 1
    assert "--max-pixels raises the limit" in done.err
    assert run(*words, "100k", cwd=folder).status == 0


def test_a_sum_of_nine_is_named_with_its_remedy(folder):
    done = run("apply", "noise.png", "-k", "1 1 1; 1 1 1; 1 1 1", cwd=folder)
    assert "sums to 9: --normalize sum divides by it\n" in done.err


def test_transparency_and_notes_stand_in_the_report(tmp_path):
    pixels = np.dstack([slopes(12, 12), np.full((12, 12), 90, np.uint8)])
    save(tmp_path / "a.png", pixels)
    done = run("apply", "a.png", "-k", "sharpen", cwd=tmp_path)
    assert "a.png  12×12×4 RGBA (high×wide×channels)  →  a_sharpen.png  10×10×4 RGBA" in done.text
    assert "  alpha    premultiply\n" in done.text
    Image.fromarray(slopes(12, 12)).quantize(8).save(tmp_path / "p.png")
    done = run("apply", "p.png", "-k", "sharpen", cwd=tmp_path)
    assert "  note     mode P was promoted to RGB\n" in done.text


def test_remarks_of_the_decoder_on_odd_files_are_no_report(folder):
    save(folder / "odd.jpg", slopes(12, 12), exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    for words in (("apply", "odd.jpg", "-k", "sharpen", "-q"), ("shape", "odd.jpg", "-k", "3x3")):
        done = run(*words, cwd=folder)
        assert (done.status, done.err) == (0, "")


# ── exit status ──


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["missing.png", "-k", "sharpen"], 1, "convfilter: missing.png: No such file or directory"),
        (["text.png", "-k", "sharpen"], 1, "convfilter: text.png: no picture of a kind read here"),
        (
            ["a.png", "-k", "sharpen", "-o", "grey.png"],
            1,
            "convfilter: grey.png exists already: -f",
        ),
        (["a.png", "-k", "missing.yaml"], 1, "convfilter: missing.yaml: No such file or directory"),
        (["a.png", "-k", "bad.yaml"], 1, "convfilter: bad.yaml:1:15: 'x' is no number"),
        (["a.png", "-k", "sharpn"], 2, "convfilter: no kernel named 'sharpn'; did you mean"),
        (["a.png", "-k", "1 2; 3 x"], 2, "convfilter: kernel '1 2; 3 x': 'x' is no number"),
        (["a.png", "-k", "sharpen", "-s", "0"], 2, "convfilter: --stride: '0' is no whole number"),
        (["a.png", "-k", "1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1"], 2, "would be empty"),
        (["grey.png", "-k", "[[[1]],[[1]],[[1]]]"], 2, "the kernel has depth 3 (3×1×1) but"),
        (["a.png", "-k", "sobel-x", "--normalize", "sum"], 2, "--normalize sum divides by the sum"),
        (["a.png", "-k", "sharpen", "-o", "b.xyz"], 2, "has no suffix of a known format"),
        (["a.png", "-k", "sharpen", "--format", "xyz"], 2, "'xyz' is none of jpg, png"),
        (["a.png", "-k", "sharpen", "--max-pixels", "700"], 1, "--max-pixels raises it"),
        (["a.png", "-k", "sharpen", "--max-pixels", "many"], 2, "'many' is no number such as 500M"),
        (["a.png", "-k", "sobl"], 2, "no kernel named 'sobl'; did you mean 'sobel'"),
        (
            ["a.png", "-k", "gaussian:sigma=0"],
            2,
            "convfilter: gaussian: sigma is '0', but has to be",
        ),
        (["a.png", "-k", "gaussian:2"], 2, "write gaussian:sigma=2"),
        (["a.png", "-k", "sharpen", "-k", "blur", "-s", "2"], 2, "--stride: with 2 kernels"),
        (["a.png", "-k", "sharpen:stride=2", "-s", "3"], 2, "--stride: given twice, as 3 and"),
        (["a.png", "-k", "blur:size=9"], 2, "blur has fixed weights and takes no parameter"),
    ],
)
def test_failures_say_why_on_standard_error_and_have_their_status(folder, words, status, said):
    (folder / "text.png").write_text("hello\n")
    (folder / "bad.yaml").write_text("weights: [[1, x]]\n")
    before = sorted(folder.iterdir())
    done = run("apply", *words, cwd=folder)
    assert done.status == status
    assert said in done.err
    assert done.out == b""
    assert done.err.count("\n") == 1
    assert sorted(folder.iterdir()) == before
