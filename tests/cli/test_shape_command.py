"""`convfilter shape`: the size formula, from a size or a picture's header."""

import json

import numpy as np
import pytest
from PIL import Image
from running import run, save


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["459x612", "-k", "5x5"], "459×612 (high×wide)  →  455×608"),
        (["459x612", "-k", "3x3"], "459×612 (high×wide)  →  457×610"),
        (["459x612", "-k", "5x5", "-p", "2"], "459×612 (high×wide)  →  459×612"),
        (["459x612", "-k", "5x5", "-p", "2", "-s", "2"], "459×612 (high×wide)  →  230×306"),
        (["459×612", "-k", "5×5"], "459×612 (high×wide)  →  455×608"),
        (["32x32x3", "-k", "16x3x3x3", "-p", "1"], "32×32×3 (high×wide×channels)  →  32×32×16"),
        (["32x32x3", "-k", "3x5x5"], "32×32×3 (high×wide×channels)  →  28×28"),
        (["32x32x3", "-k", "3x3"], "32×32×3 (high×wide×channels)  →  30×30×3"),
        (["10x20", "-k", "sharpen", "-d", "2", "-s", "1,3"], "10×20 (high×wide)  →  6×6"),
        (["10x20", "-k", "-1 0 1", "-p", "full"], "10×20 (high×wide)  →  10×22"),
        (["7x7", "-k", "2x2", "-p", "same"], "7×7 (high×wide)  →  7×7"),
        (["a.png", "-k", "blur"], "a.png  24×31×3 (high×wide×channels)  →  20×27×3"),
        (["grey.png", "-k", "1x5"], "grey.png  20×26 (high×wide)  →  20×22"),
    ],
)
def test_the_first_line_tells_what_becomes_of_the_shape(folder, words, line):
    done = run("shape", *words, cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert done.text.splitlines()[0] == line


def test_the_formulas_and_what_is_not_reached(folder):
    done = run("shape", "459x612", "-k", "5x5", "--padding", "2", "--stride", "2", cwd=folder)
    assert done.text == (
        "459×612 (high×wide)  →  230×306\n"
        "  kernel   5×5\n"
        "  height   ⌊(459 + 2 + 2 − 1·(5−1) − 1) / 2⌋ + 1 = 230\n"
        "  width    ⌊(612 + 2 + 2 − 1·(5−1) − 1) / 2⌋ + 1 = 306     1 column of the padding on "
        "the right is not reached\n"
        "  padding  pixels: 2 on each side\n"
    )


def test_json_has_the_same_keys_as_apply(folder):
    words = ("-k", "1 2; 3 4", "-s", "2", "-d", "1,2", "-p", "same-lower", "--json")
    shape = json.loads(run("shape", "a.png", *words, cwd=folder).out)
    apply = json.loads(run("apply", "a.png", *words, cwd=folder).out)
    for key in ("version", "stride", "dilation", "padding", "formula", "unused"):
        assert shape[key] == apply[key]
    assert shape["input"]["shape"] == apply["input"]["shape"] == [24, 31, 3]
    assert shape["output"]["shape"] == apply["output"]["shape"]
    assert shape["kernel"]["shape"] == apply["kernel"]["shape"]
    assert shape["kernel"]["name"] == "matrix-2x2"


def test_only_the_header_of_a_picture_is_read(folder):
    whole = (folder / "a.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[:60])
    assert "→  22×29×3" in run("shape", "cut.png", "-k", "sharpen", cwd=folder).text


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_size_is_that_of_the_upright_picture(folder, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(folder / "o.jpg", np.zeros((9, 16), np.uint8), exif=exif)
    height, width = (9, 16) if orientation == 1 else (16, 9)
    done = run("shape", "o.jpg", "-k", "1x1", cwd=folder)
    assert done.text.startswith(f"o.jpg  {height}×{width} (high×wide)  →  {height}×{width}\n")


@pytest.mark.parametrize(
    ("mode", "shape"),
    [
        ("1", [4, 5]),
        ("L", [4, 5]),
        ("LA", [4, 5]),
        ("I;16", [4, 5]),
        ("P", [4, 5, 3]),
        ("RGBA", [4, 5, 3]),
    ],
)
def test_alpha_is_no_channel_and_palettes_have_three(folder, mode, shape):
    Image.new(mode, (5, 4)).save(folder / "m.png")
    report = json.loads(run("shape", "m.png", "-k", "1x1", "--json", cwd=folder).out)
    assert report["input"]["shape"] == shape


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["4x4", "-k", "5x5"], 2, ["would be empty", "5×5", "4×4"]),
        (["0x4", "-k", "1x1"], 2, ["empty"]),
        (["4x4", "-k", "0x1"], 2, ["the kernel is empty", "0×1"]),
        (["grey.png", "-k", "3x3x3"], 2, ["depth 3", "1 channel"]),
        (["8x8x2", "-k", "4x3x3x3"], 2, ["depth 3", "2 channels"]),
        (["8x8", "-k", "3x3", "-s", "0"], 2, ["--stride", "'0' is no whole number"]),
        (["8x8", "-k", "3x3", "-p", "-1"], 2, ["--padding", "-1"]),
        (["8x8x3x3", "-k", "3x3"], 2, ["8×8×3×3", "2 or 3 dimensions"]),
        (["8", "-k", "3x3"], 1, ["8: No such file or directory"]),
        (["none.png", "-k", "3x3"], 1, ["none.png: No such file or directory"]),
        (["8x8", "-k", "sharpn"], 2, ["did you mean 'sharpen'?"]),
    ],
)
def test_what_has_no_shape_is_refused(folder, words, status, said):
    done = run("shape", *words, cwd=folder)
    assert (done.status, done.out) == (status, b"")
    assert all(each in done.err for each in said), done.err


def test_huge_sizes_cost_nothing(folder):
    done = run("shape", "1000000x1000000x3", "-k", "101x101", "-s", "7", cwd=folder)
    assert done.text.splitlines()[0].endswith("→  142843×142843×3")


@pytest.mark.parametrize("size", ["459x612", "459X612", "459×612", "459 x 612", "459,612"])
def test_a_size_is_understood_however_it_is_typed(folder, size):
    done = run("shape", size, "-k", "5X5", cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert "455×608" in done.text.splitlines()[0]


def test_sizes_in_a_chain_have_options_of_their_own(folder):
    words = ("-k", "5x5:stride=2,padding=2", "-k", "3x3:dilation=2")
    done = run("shape", "459x612", *words, cwd=folder)
    assert done.text.splitlines()[0] == "459×612 (high×wide)  →  226×302"
    done = run("shape", "459x612", "-k", "5x5:strid=2", cwd=folder)
    assert done.status == 2
    assert "did you mean 'stride'?" in done.err


def test_a_table_of_numbers_is_no_size(folder):
    done = run("shape", "9x9", "-k", "3x3:0,-1,0,-1,5,-1,0,-1,0", cwd=folder)
    assert "matrix-3x3 3×3" in done.text
    done = run("shape", "9x9", "-k", "1,2,1", cwd=folder)
    assert "matrix-1x3 1×3" in done.text


COURSE = ("32x32x3", "-k", "16x3x3x3", "-p", "1")


def test_what_a_bank_costs_against_a_dense_layer(folder):
    done = run("shape", *COURSE, "--cost", cwd=folder)
    assert done.text.splitlines()[5:] == [
        "  weights  16·3·3·3 = 432, and 16 biases: 448 parameters",
        "           dense: 3072·16384 + 16384 = 50348032, 112384 times as many",
        "  shared   each weight is used at 32·32 = 1024 places; dense: at one",
        "  sparse   an output is made of 27 inputs; dense: of all 3072",
        "  mult-add 16384·27 = 442368; dense: 50331648",
    ]


def test_what_is_not_asked_for_is_not_told(folder):
    plain = run("shape", *COURSE, cwd=folder).text
    assert len(plain.splitlines()) == 5
    assert run("shape", *COURSE, "--cost", cwd=folder).text.startswith(plain)
    assert run("shape", *COURSE, "--field", cwd=folder).text.startswith(plain)
    assert run("shape", *COURSE, "--table", cwd=folder).text.startswith(plain)


def test_a_receptive_field_grows_step_by_step(folder):
    words = ("-k", "5x5:stride=2,padding=2", "-k", "3x1:dilation=2", "--field")
    told = run("shape", "459x612", *words, cwd=folder).text.splitlines()
    fields = [line[11:] for line in told if "jump" in line]
    assert fields == [
        "height 1 + 1·(5−1)·1 = 5, jump 1·2 = 2; the first sees rows -2 … 2, middle 0",
        "width  1 + 1·(5−1)·1 = 5, jump 1·2 = 2; the first sees columns -2 … 2, middle 0",
        "height 5 + 2·(3−1)·2 = 13, jump 2·1 = 2; the first sees rows -2 … 10, middle 4",
        "width  5 + 2·(1−1)·2 = 5, jump 2·1 = 2; the first sees columns -2 … 2, middle 0",
    ]


def test_a_table_of_strides_paddings_and_dilations(folder):
    done = run("shape", "459x612", "-k", "5x5", "-p", "2", "-s", "4", "--table", cwd=folder)
    table = [line.split() for line in done.text.split("\n\n")[1].splitlines()]
    assert table[0] == ["dilation", "stride", "valid", "same", "full", "padding", "2"]
    assert table[1] == ["1", "1", "455×608", "459×612", "463×616", "459×612"]
    assert ["1", "4", "114×152", "115×153", "116×154", "115×153"] in table
    assert ["3", "2", "224×300", "230×306", "236×312", "226×302"] in table
    assert len(table) == 1 + 4 * 3


def test_where_no_window_fits_the_table_has_a_gap(folder):
    done = run("shape", "6x9", "-k", "3x3", "--table", cwd=folder)
    rows = [line.split() for line in done.text.split("\n\n")[1].splitlines()]
    assert rows[-1] == ["3", "3", "-", "2×3", "4×5"]
    report = json.loads(run("shape", "6x9", "-k", "3x3", "--table", "--json", cwd=folder).out)
    assert report["table"][-1] == {
        "stride": [3, 3],
        "dilation": [3, 3],
        "shapes": {"valid": None, "same": [2, 3], "full": [4, 5]},
    }


def test_a_table_is_of_one_kernel(folder):
    done = run("shape", "9x9", "-k", "3x3", "-k", "3x3", "--table", cwd=folder)
    assert (done.status, done.out) == (2, b"")
    assert "--table: of one kernel, these are 2" in done.err


def test_json_always_tells_fields_and_costs(folder):
    words = ("-k", "gaussian:sigma=2,stride=2", "-k", "sobel")
    report = json.loads(run("shape", "459x612", *words, "--json", cwd=folder).out)
    first, last = report["steps"]
    assert first["receptive_field"]["size"] == [13, 13]
    assert report["receptive_field"] == last["receptive_field"]
    assert last["receptive_field"] == {
        "size": [17, 17], "jump": [2, 2], "start": [0, 0], "middle": [8, 8],
    }  # fmt: skip
    assert last["cost"]["weights"] == 18  # both of its kernels
    assert report["total"]["parameters"] == 13 * 13 + 1 + 18 + 1
    assert "table" not in report
    bank = json.loads(run("shape", *COURSE, "--json", cwd=folder).out)["cost"]
    assert (bank["parameters"], bank["dense_parameters"]) == (448, 50348032)


def test_a_chains_costs_are_added_up(folder):
    done = run("shape", "9x9", "-k", "3x3", "-k", "3x3", "--cost", cwd=folder)
    assert done.text.splitlines()[-1] == "  in all   20 parameters, 666 multiply-adds"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_signs_are_spelt_where_they_can_not_be_shown(folder, encoding):
    words = ("shape", *COURSE, "--cost", "--field", "--table")
    done = run(*words, cwd=folder, PYTHONIOENCODING=encoding)
    assert "  weights  16" in done.out.decode(encoding)
    assert "\\u" not in done.out.decode(encoding)
