"""`convfilter kernels list|show`."""

import json
import re

import pytest
from click.testing import CliRunner
from running import run, run_on_terminal

from convfilter.cli.main import COMMANDS, main
from convfilter.presets.load import load_kernel
from convfilter.presets.registry import presets


def test_a_list_in_a_pipe_has_one_line_a_kernel_with_tabs(folder):
    done = run("kernels", "list", cwd=folder)
    rows = [line.split("\t") for line in done.text.splitlines()]
    assert (done.status, done.err) == (0, "")
    assert [row[0] for row in rows] == list(presets())
    assert {len(row) for row in rows} == {6}
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["sobel-x"][:4] == ["3x3", "0", "abs", "edges,gradient"]
    assert by_name["gaussian-5"][:4] == ["5x5", "1", "clip", "blur"]
    assert by_name["relief"][2] == "offset"
    assert by_name["opponent"][:3] == ["3x3x3x3", "1, 0, 0", "clip,offset,offset"]
    assert by_name["gabor-bank"][:3] == ["16x3x25x25", "0", "abs"]
    assert by_name["kirsch"][1] == "0"
    assert all(row[5] for row in rows)


def test_sums_of_a_composite_and_of_many_maps(folder):
    home = folder / "own"
    home.mkdir()
    (home / "two.yaml").write_text("combine: max\nkernels: [box-3, box-3, sobel-x]\n")
    weights = [[[[number]]] for number in range(9)]
    (home / "many.yaml").write_text(f"weights: {weights}\n")
    done = run("kernels", "list", cwd=folder, CONVFILTER_KERNEL_PATH=str(home))
    sums = {row.split("\t")[0]: row.split("\t")[2] for row in done.text.splitlines()}
    assert sums["two"] == "1, 0"
    assert sums["many"] == "0, 1, 2, 3, 4, 5, … (9)"


def test_the_table_of_80_columns_has_room_for_words(folder):
    shown = run_on_terminal("kernels", "list", cwd=folder, columns=80, NO_COLOR="1").terminal
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.splitlines()]
    assert 80 - lines[0].index("what it does") >= 30
    row = next(number for number, line in enumerate(lines) if line.startswith("opponent"))
    assert lines[row].split()[:5] == ["opponent", "3×3×3×3", "1,", "0,", "clip,"]
    assert lines[row + 1].split()[:2] == ["0", "offset"]


@pytest.mark.parametrize("tag", ["edges", "Blur", "SHARPEN"])
def test_a_tag_chooses(folder, tag):
    names = [
        line.split("\t")[0]
        for line in run("kernels", "list", "--tag", tag, cwd=folder).text.splitlines()
    ]
    assert names == [name for name, text in presets().items() if tag.lower() in text.tags]
    assert names


def test_an_unknown_tag_is_refused_with_those_there_are(folder):
    done = run("kernels", "list", "--tag", "edgs", cwd=folder)
    assert (done.status, done.out) == (2, b"")
    tags = {tag for text in presets().values() for tag in text.tags}
    assert "'edgs'" in done.err
    assert all(tag in done.err for tag in tags)


def test_the_list_as_json(folder):
    done = run("kernels", "list", "--tag", "blur", "--json", cwd=folder)
    assert done.text.count("\n") == 1
    report = json.loads(done.out)
    assert report["version"]
    kernels = {each["name"]: each for each in report["kernels"]}
    assert "gaussian-3" in kernels
    assert "sharpen" not in kernels
    blur = kernels["blur"]
    assert (blur["shape"], blur["aliases"], blur["tags"]) == ([5, 5], ["box-5"], ["blur"])
    assert blur["description"]
    assert blur["source"]


def test_a_terminal_gets_a_table_with_aliases(folder):
    shown = run_on_terminal("kernels", "list", cwd=folder, columns=160).terminal
    assert "what it does" in shown
    assert "box-5)" in shown
    assert all(name in shown for name in presets())


SHOWN = """\
sobel-x (also sobel-vertical)  3×3
Derivative along x, smoothed along y: vertical edges

   -1   0   1
   -2   0   2
   -1   0   1

  Σ        0
  Σ|w|     8
  gain     0 on flat areas, at most 8 (a pattern of 4 pixels across)
  numbers  exact: whole numbers over 1
  symmetry top and bottom alike; left and right opposite; opposite under a half turn
  rank     1 (a column times a row)
  factors  (1 2 1)ᵀ · (-1 0 1)
  range    abs (auto: Σ = 0)
  tags     edges, gradient
"""
PICTURE = "frequency response: flat areas in the middle, patterns of 2 pixels at the rims"


def test_one_kernel_whole(folder):
    done = run("kernels", "show", "Sobel_Vertical", cwd=folder)
    assert (done.status, done.err) == (0, "")
    lines = [line.rstrip() for line in done.text.splitlines()]
    shown, picture = lines[: lines.index(PICTURE) - 1], lines[lines.index(PICTURE) + 1 :]
    assert shown[:-3] == SHOWN.splitlines()
    assert shown[-3].startswith("  source   ")
    assert shown[-2].startswith("  hash     ")
    assert shown[-1] == '  as SPEC  -k "-1 0 1; -2 0 2; -1 0 1"'
    # no constant passes, nor anything that only changes from row to row; the most: 4 pixels across
    assert len(picture) == 25
    assert picture[:12] == picture[:12:-1]
    assert picture[12].startswith("  " + "  " + "::")
    assert {line[2 + 24 : 2 + 26] for line in picture} <= {"", "  "}
    assert picture[12][2 + 2 * 6 : 4 + 2 * 6] == "@@"


@pytest.mark.parametrize("name", ["gaussian-7", "unsharp-5", "frei-chen-x", "roberts-1", "blur"])
def test_the_line_to_paste_gives_the_same_values(folder, name):
    lines = run("kernels", "show", name, cwd=folder).text.splitlines()
    last = next(line for line in lines if line.startswith("  as SPEC"))
    spec = last.partition('-k "')[2].removesuffix('"')
    assert load_kernel(spec).values.tobytes() == load_kernel(name).values.tobytes()
    report = json.loads(run("kernels", "show", name, "--json", cwd=folder).out)["kernel"]
    assert report["spec"] == spec


def test_one_kernel_as_json(folder):
    done = run("kernels", "show", "unsharp-5", "--json", cwd=folder)
    assert done.text.count("\n") == 1
    kernel = json.loads(done.out)["kernel"]
    assert kernel["weights"] == load_kernel("unsharp-5").weights.tolist()
    assert (kernel["divisor"], kernel["sums"], kernel["abs_sum"]) == ("-256", ["1"], ["2.71875"])
    assert (kernel["exact"], kernel["rank"], kernel["range"]) == (True, [2], "auto")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("1 2 1; 2 4 2; 1 2 1 / 16", ["3×3", "divisor  16", "Σ        1", "rank     1"]),
        ("-1 0 1", ["1×3", "   -1   0   1"]),
        ("[[[0.3]], [[0.6]], [[0.1]]]", ["3×1×1", "channel 3", "Σ        1"]),
        ("[[[[1]]], [[[2]]]]", ["2×1×1×1", "map 2, channel 1", "Σ        1, 2"]),
        ("my.yaml", ["my  1×2", "a file's", "bias     50%", "range    offset", "my.yaml"]),
    ],
)
def test_any_spec_can_be_shown(folder, spec, said):
    (folder / "my.yaml").write_text(
        "description: a file's\nweights: [[1, -1]]\nbias: 50%\nrange: offset\n"
    )
    done = run("kernels", "show", spec, cwd=folder)
    assert done.status == 0, done.err
    assert all(each in done.text for each in said), done.text


def test_what_can_not_be_shown_is_refused(folder):
    done = run("kernels", "show", "gausian", cwd=folder)
    assert (done.status, done.out) == (2, b"")
    assert "did you mean 'gaussian'?" in done.err
    done = run("kernels", "show", "none.yaml", cwd=folder)
    assert (done.status, done.err) == (1, "convfilter: none.yaml: No such file or directory\n")


@pytest.mark.parametrize("group", [(), *((name,) for name in COMMANDS)])
def test_no_summary_of_a_command_is_cut_off(group):
    shown = CliRunner().invoke(main, [*group, "--help"], prog_name="convfilter").output
    assert "Usage: convfilter" in shown
    assert not re.search(r"\.\.\.$", shown.partition("Commands:")[2], re.MULTILINE)


def test_the_help_of_list_names_its_columns(folder):
    shown = run("kernels", "list", "--help", cwd=folder).text
    assert "name, size, sum, range, tags, description" in shown
    assert "hash" in shown
    assert "List, show, make, check, import and export kernels." in run("--help", cwd=folder).text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kirsch", ["kernel 1: kirsch\n", "kernel 2: kirsch, turned by 45° counter-clockwise\n"]),
        ("sobel", ["kernel 1: sobel-x\n", "kernel 2: sobel-y\n"]),
        ("alike.yaml", ["kernel 1: matrix-1x2\n", "kernel 2: matrix-1x2\n"]),
    ],
)
def test_members_that_are_turns_are_told_by_their_angle(folder, name, said):
    (folder / "alike.yaml").write_text('combine: max\nkernels: ["[[1, 2]]", "[[3, 4]]"]\n')
    text = run("kernels", "show", name, cwd=folder).text
    assert all(each in text for each in said), text
    first = said[0].partition(": ")[2].strip()
    assert f"\nfrequency response of kernel 1, {first}: " in text


def test_gain_and_range_in_effect_are_part_of_the_json(folder):
    (folder / "grey.yaml").write_text("weights: [[1, -1]]\nbias: 50%\n")

    def shown(spec):
        return json.loads(run("kernels", "show", spec, "--json", cwd=folder).out)["kernel"]

    sobel = shown("sobel5-x")
    assert sobel["gain"] == {"flat": 0, "largest": pytest.approx(83.1384, abs=1e-4)}
    assert (sobel["range"], sobel["range_in_effect"]) == ("auto", "abs")
    assert (shown("kirsch")["gain"], shown("kirsch")["range_in_effect"]) == (None, "clip")
    assert shown("opponent")["range_in_effect"] == "clip,offset,offset"
    assert shown("grey.yaml")["range_in_effect"] == "clip"  # as Σ = 0 with a bias gets it
    assert "range    clip (auto)" in run("kernels", "show", "grey.yaml", cwd=folder).text


def test_factors_are_left_out_where_they_are_long(folder):
    assert "factors  (1 6 15" in run("kernels", "show", "gaussian-7", cwd=folder).text
    assert "factors" not in run("kernels", "show", "gaussian:sigma=3", cwd=folder).text
