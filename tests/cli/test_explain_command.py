"""`convfilter explain`: one pixel on the terminal and as JSON."""

import json
import re

import numpy as np
import pytest
from pictures import noise
from PIL import Image
from running import run, run_on_terminal, save

COURSE = "1 2 4 2 1; 4 7 3 2 1; 4 5 2 3 1; 2 1 7 8 4; 3 2 4 7 8"
CROSS = "1 0 1; 0 2 1; 1 0 1"


def lines_of(*words, cwd, columns=80, **changes):
    done = run("explain", *words, cwd=cwd, COLUMNS=str(columns), **changes)
    assert (done.status, done.err) == (0, ""), done.err
    return done.text.splitlines()


def report_of(*words, cwd):
    done = run("explain", *words, "--json", cwd=cwd)
    assert (done.status, done.err) == (0, ""), done.err
    assert done.text.count("\n") == 1
    assert done.text.isascii()
    return json.loads(done.text)


def test_the_course_s_example_is_one_line(tmp_path):
    text = lines_of("--matrix", COURSE, "-k", CROSS, "--at", "0,0", cwd=tmp_path)
    assert text == [
        "matrix  5×5 numbers (high×wide)  →  3×3 numbers",
        "  kernel   matrix 3×3, as written (cross-correlation); direct: 6 of 9 taps",
        "  height   ⌊(5 + 0 + 0 − 1·(3−1) − 1) / 1⌋ + 1 = 3",
        "  width    ⌊(5 + 0 + 0 − 1·(3−1) − 1) / 1⌋ + 1 = 3",
        "",
        "       given              result",
        "   1  2  4  2  1       [28] 20  13",
        "   4  7  3  2  1        28  25  22",
        "   4  5  2  3  1        22  39  35",
        "   2  1  7  8  4",
        "   3  2  4  7  8",
        "",
        "  pixel    row 0, column 0 (x 0, y 0)",
        "  window   3×3: rows 0 … 2, columns 0 … 2",
        "",
        "      0  1  2     kernel       products",
        "  0   1  2  4     1  0  1      1   0   4",
        "  1   4  7  3 ×   0  2  1 =    0  14   3",
        "  2   4  5  2     1  0  1      4   0   2",
        "  Σ         1 + 4 + 14 + 3 + 4 + 2 = 28",
        "",
        "  Σ         28",
        "  range     float: kept as it is, in float64",
        "  pixel     28",
        "",
        "  apply writes 28 at row 0, column 0",
    ]


def test_the_course_s_ninths_and_the_turned_table(tmp_path):
    text = "\n".join(
        lines_of(
            "--matrix", COURSE, "-k", CROSS, "--normalize", "size", "--at", "2,1", cwd=tmp_path
        )
    )
    assert "28/9  20/9  13/9" in text
    assert "= 39 / 9 ≈ 4.33333" in text
    turned = "\n".join(lines_of("--matrix", COURSE, "-k", CROSS, "--flip", cwd=tmp_path))
    assert [row in turned for row in ("29  25  15", "30 [27] 23", "17  32  38")] == [True] * 3
    assert "flipped (convolution)" in turned


def test_numbers_are_pixels_where_bits_or_a_range_say_so(tmp_path):
    words = ("--matrix", "200 200", "-k", "1 1")
    assert report_of(*words, cwd=tmp_path)["values"] == [400.0]
    report = report_of(*words, "--bits", "8", cwd=tmp_path)
    assert (report["values"], report["dtype"]) == ([255], "uint8")
    assert report_of("--matrix", "0.5 0.25", "-k", "1 1", cwd=tmp_path)["values"] == [0.75]


@pytest.mark.parametrize(
    "words",
    [
        ("-k", "gaussian:sigma=1.5", "--exact", "--border", "wrap", "--at", "3,30"),
        ("-k", "sobel then blur", "--linear", "--mask", "mask.png"),
        ("-k", "sobel-x", "--range", "rescale", "--stride", "2", "--flip"),
    ],
)
def test_what_is_explained_is_what_apply_writes(folder, words):
    save(folder / "mask.png", noise((24, 31), seed=7))
    at = words.index("--at") if "--at" in words else len(words)
    apply = run("apply", "noise.png", *words[:at], "-o", "out.npy", cwd=folder)
    assert apply.status == 0, apply.err
    report = report_of("noise.png", *words, cwd=folder)
    row, column = report["at"]["row"], report["at"]["column"]
    assert report["written"] == np.load(folder / "out.npy")[row, column].tolist()
    assert report["values"] == report["written"]
    assert report["agrees"]


def test_the_json_has_every_product_and_where_its_number_came_from(folder):
    report = report_of("grey.png", "-k", "1 2; 0 -1 / 4", "-p", "1", "--at", "0,3", cwd=folder)
    step = report["steps"][0]
    assert report["at"] == {"row": 0, "column": 3, "x": 3, "y": 0}
    assert report["reads"] == {"top": -1, "bottom": 0, "left": 2, "right": 3}
    assert step["window"]["rows"] == [-1, 0]
    assert step["window"]["from_rows"] == [None, 0]
    assert step["window"]["outside"] == 2
    assert step["plan"]["algorithm"] == "direct"
    sums = step["planes"][0]["sums"][0]
    pixels = noise((20, 26))
    assert sums["numbers"] == [[[0, 0], pixels[0, 2:4].tolist()]]
    assert sums["weights"] == [[[0.25, 0.5], [0, -0.25]]]
    assert sums["products"][0][1] == [0, -int(pixels[0, 3]) / 4]
    assert sums["sum_exact"] == f"{-int(pixels[0, 3])}/4" or int(pixels[0, 3]) % 2 == 0
    assert report["settled"][0]["policy"] == "clip"
    assert report["values"] == report["written"] == [0]


KEYS = {
    "version", "input", "output", "at", "reads", "alpha", "linear", "steps", "dtype", "hidden", "settled",
    "alpha_trace", "after", "values", "written", "written_alpha", "agrees", "notes", "environment",
}  # fmt: skip


@pytest.mark.parametrize(
    "words", [("-k", "sharpen"), ("-k", "blur then sobel"), ("-k", "opponent")]
)
def test_the_keys_of_the_json_stay(folder, words):
    report = report_of("a.png", *words, cwd=folder)
    assert set(report) == KEYS
    step = report["steps"][-1]
    assert {"kernel", "stride", "padding", "plan", "at", "exact", "window", "planes"} < set(step)
    plane = step["planes"][0]
    assert set(plane) == {"sums", "combine", "scale", "bias", "cover", "result", "result_exact"}
    assert set(plane["sums"][0]) == {
        "name", "weights", "numbers", "shares", "products", "sum", "sum_exact",
    }  # fmt: skip


def test_pixels_of_the_border_stand_in_brackets_and_it_is_named(folder):
    words = ("grey.png", "-k", "sharpen", "--border", "edge", "--at", "0,0")
    text = "\n".join(lines_of(*words, cwd=folder))
    first = int(noise((20, 26))[0, 0])
    assert text.count(f"({first})") == 3  # above, beside, and in the corner
    assert "5 of 9 outside, in brackets; edge: row -1" in text
    constant = "\n".join(
        lines_of("grey.png", "-k", "sharpen", "-p", "1", "--at", "0,0", cwd=folder)
    )
    assert "5 of 9 outside, in brackets; zero:" in constant


def test_the_place_is_printed_as_row_and_column_and_as_x_and_y(folder):
    text = "\n".join(lines_of("a.png", "-k", "sharpen", "--at", "4,17", cwd=folder))
    assert "row 4, column 17 (x 17, y 4)" in text


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("28,3", "3,28 is inside: the row comes first, then the column"),
        ("99,99", "is outside the result, which has 22×29 pixels: rows 0 … 21, columns 0 … 28"),
        ("3", "'3' is no place such as 114,152: the row and the column of the result, from 0"),
        ("-1,3", "no place such as"),
    ],
)
def test_places_that_are_none_are_answered(folder, at, message):
    done = run("explain", "a.png", "-k", "sharpen", f"--at={at}", cwd=folder)
    assert done.status == 2
    assert message in done.err
    assert done.err.startswith("convfilter: --at: ")


def test_a_place_outside_the_region_stays_as_it_is(folder):
    words = ("explain", "a.png", "-k", "blur", "--region", "2,3,10,12")
    done = run(*words, "--at", "0,0", cwd=folder)
    assert done.status == 2
    assert (
        "outside the region, where the picture stays as it is; the region has rows 2 … 11"
        in done.err
    )
    assert "row 7, column 9 (" in run(*words, cwd=folder).text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "a picture or --matrix is needed, neither was given"),
        (("a.png", "--matrix", "1 2"), "a picture or --matrix is needed, both were given"),
        (("--matrix", "1 2; 3"), "--matrix: row 2 has 1 numbers, the others have 2"),
        (("--matrix", "1 x"), "--matrix: 'x' is no number"),
        (("--matrix", " "), "--matrix: there are no numbers"),
        (("--matrix", "1 2"), "the output would be empty"),
    ],
)
def test_what_is_missing_or_wrong_is_said(folder, words, message):
    done = run("explain", *words, "-k", "sharpen", cwd=folder)
    assert (done.status, done.out) == (2, b"")
    assert message in done.err


def test_a_failure_is_an_object_too(folder):
    done = run("explain", "a.png", "-k", "sharpen", "--at", "99,0", "--json", cwd=folder)
    assert done.status == 2
    assert json.loads(done.text)["error"]["type"] == "OptionError"


def test_nothing_is_written(folder):
    before = sorted(path.name for path in folder.iterdir())
    lines_of("a.png", "-k", "sharpen", cwd=folder)
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_gets_what_fits(folder, columns):
    words = ("explain", "noise.png", "-k", "gaussian-5", "--border", "edge", "--at", "0,0")
    shown = run_on_terminal(*words, cwd=folder, columns=columns).terminal
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "\x1b[" in shown
    assert max(map(len, plain.splitlines())) <= columns
    whole = run(*words, cwd=folder, COLUMNS="300").text
    head = whole.partition("\n\n")[0]
    assert plain.partition("\n\n")[0].split() == head.split()  # nothing is lost


def test_the_padding_s_pattern_goes_on_under_its_words(folder):
    text = lines_of("noise.png", "-k", "sobel", "--border", "edge", cwd=folder)
    assert text[:9] == [
        "noise.png  24×31×3 RGB (high×wide×channels)  →  24×31×3 RGB",
        "  kernel   sobel 3×3 (magnitude of 2), as written (cross-correlation); direct: 2",
        "           kernels, each 6 of 9 taps",
        "  height   ⌊(24 + 1 + 1 − 1·(3−1) − 1) / 1⌋ + 1 = 24",
        "  width    ⌊(31 + 1 + 1 − 1·(3−1) − 1) / 1⌋ + 1 = 31",
        "  padding  same (because --border was given): 1 on each side; border edge",
        "           a a | a b c d | d d",
        "",
        text[8],
    ]


def test_colour_changes_nothing_but_the_picture(folder):
    words = ("explain", "noise.png", "-k", "sharpen", "--at", "5,5")
    plain = run_on_terminal(*words, cwd=folder, NO_COLOR="1").terminal
    styled = re.sub(r"\x1b\[[0-9;]*m", "", run_on_terminal(*words, cwd=folder).terminal)
    assert re.sub("[▀■ ]", "", styled) == re.sub("[▀■ ]", "", plain)


@pytest.mark.parametrize(
    "words",
    [
        ("a.png", "-k", "sobel"),
        ("--matrix", COURSE, "-k", CROSS),
        ("a.png", "-k", "blur then sobel"),
    ],
)
def test_ascii_streams_get_ascii(folder, words):
    done = run("explain", *words, cwd=folder, PYTHONIOENCODING="ascii")
    assert done.status == 0
    assert done.out.isascii()
    assert "\\u" not in done.text


def test_a_step_before_the_last_is_explained_in_the_middle_of_its_window(folder):
    text = lines_of("grey.png", "-k", "box-3 then sobel-x", "--at", "4,5", cwd=folder)
    first, second = text.index("step 1 of 2: box-3"), text.index("step 2 of 2: sobel-x")
    assert text[first + 1] == "  pixel    row 5, column 6 of its 18×24"
    assert text[second + 1] == "  pixel    row 4, column 5 of its 16×22"
    assert any("goes on to step 2 as it is" in line for line in text)


def test_options_come_from_the_environment_as_for_apply(folder):
    text = lines_of("a.png", "-k", "sharpen", cwd=folder, CONVFILTER_PADDING="same")
    assert text[0].endswith("→  24×31×3 RGB")
    assert text[-1] == "  set by   CONVFILTER_PADDING=same"


def test_the_first_frame_of_several_is_explained(folder):
    frames = [Image.fromarray(noise((8, 9), seed=n)) for n in (1, 2)]
    frames[0].save(folder / "two.gif", save_all=True, append_images=frames[1:])
    text = "\n".join(lines_of("two.gif", "-k", "sharpen", cwd=folder))
    assert "frame 0 of 2, by itself; --frame N takes another" in text
    second = report_of("two.gif", "-k", "identity", "--frame", "1", "--at", "2,3", cwd=folder)
    assert second["values"][0] == int(noise((8, 9), seed=2)[3, 4])


def test_transparency_shows_its_share(folder):
    pixels = np.dstack([noise((5, 5, 3)), np.full((5, 5), 255, np.uint8)])
    pixels[2, 1, 3] = 51
    save(folder / "clear.png", pixels)
    text = "\n".join(lines_of("clear.png", "-k", "1 1 1", "--at", "2,1", cwd=folder))
    assert "alpha" in text
    assert "0.2" in text
    assert "A = ΣKα / ΣK = 0.733333" in text
