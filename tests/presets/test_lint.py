"""`kernels check`: faults and notes, each with its place."""

import os

import numpy as np
import pytest

from convfilter.presets.lint import check_file, kernel_files
from convfilter.presets.registry import folder


def _found(tmp_path, content, name="my.yaml"):
    path = tmp_path / name
    about = "description: a test\nsource: none\n" if name == "my.yaml" else ""
    path.write_text(about + content)
    return [str(each).removeprefix(f"{tmp_path}/") for each in check_file(str(path))]


def test_a_good_file_gives_nothing(tmp_path):
    assert _found(tmp_path, "weights: [[1, 2, 1]]\ndivisor: 4\n") == []


@pytest.mark.parametrize("path", kernel_files(folder()))
def test_no_preset_has_a_fault(path):
    assert [each for each in check_file(path) if not each.note] == []


@pytest.mark.parametrize(
    ("content", "want"),
    [
        ("weights: [[1, 2], [3]]\n", "my.yaml:3:19: row 2 of 'weights' has 1 numbers"),
        ("weights: [[1, .nan]]\n", "my.yaml:3:15: '.nan' is no number"),
        ("weights: [[0.333, 0.333, 0.333]]\n", "my.yaml:3:10: the sum is 0.999, nearly but not 1"),
        ("weights: [[1, -0.5, -0.49]]\n", "my.yaml:3:10: the sum is 0.01, nearly but not 0"),
        ("weights: [[1, 2, 1]]\ndivisor: 3.99\n", "the sum is 400/399, nearly but not 1"),
        ("weights: [[[[1]]], [[[0.99]]]]\n", "the sum of map 2 is 0.99, nearly but not 1"),
        ("weights: [[1, 2, 1]]\nrange: abs\n", "my.yaml:4:8: range abs: no result is negative"),
        ("weights: [[-1, 3, -1]]\nrange: offset\n", "my.yaml:4:8: range offset moves 0"),
        ("combine: magnitude\nkernels: [sobel-x, sobel-y]\nrange: abs\n", "my.yaml:5:8: range abs"),
        (
            "combine: angle\nkernels: [sobel-x, sobel-y]\nrange: rescale\n",
            "no sense of a direction",
        ),
        ("weights: [[1]]\nwieghts: 2\n", "my.yaml:4:1: unknown key 'wieghts'"),
        ("weights: [[1, 2, 3]\n", "no valid YAML"),
        ("weights: [[1, 2, 3]]\ndivisor: 0\n", "my.yaml:4:10: the divisor is 0"),
        ("combine: max\nkernels: [none-such, sobel-x]\n", "no kernel named 'none-such'"),
    ],
)
def test_a_fault_is_found(tmp_path, content, want):
    found = _found(tmp_path, content)
    assert len(found) == 1
    assert want in found[0]
    assert ": note: " not in found[0]


@pytest.mark.parametrize(
    ("content", "want"),
    [
        ("weights: [[1, -1]]\n", "my.yaml:3:10: note: 1×2 has no middle"),
        (
            "weights: [[0, 0, 0], [1, 2, 1], [0, 0, 0]]\ndivisor: 4\n",
            "note: the first row holds zeros only",
        ),
        (
            "weights: [[0, 0, 0], [1, 2, 1], [0, 0, 0]]\ndivisor: 4\n",
            "note: the last row holds zeros only",
        ),
        ("weights: [[0, 1, 0]]\n", None),
        ("weights: [[0, 0, 0]]\n", "note: all weights are 0"),
        ("weights: [[1, 1, 0]]\ndivisor: 2\n", "note: the last column holds zeros only"),
    ],
)
def test_what_can_be_meant_is_a_note(tmp_path, content, want):
    found = _found(tmp_path, content)
    if want is None:
        assert found == []
        return
    assert any(want in each for each in found)
    assert all(": note: " in each for each in found)


def test_a_file_without_words_gets_a_note_for_each(tmp_path):
    (tmp_path / "bare.yaml").write_text("weights: [[1]]\n")
    found = check_file(str(tmp_path / "bare.yaml"))
    assert [(each.message, each.note) for each in found] == [
        ("'description' is missing", True),
        ("'source' is missing", True),
    ]


def test_all_faults_of_a_file_are_told(tmp_path):
    found = _found(tmp_path, "weights: [[1, x]]\ndivisor: 0\nrange: clop\n")
    assert [each.split(": ")[0] for each in found] == [
        "my.yaml:3:15",
        "my.yaml:4:10",
        "my.yaml:5:8",
    ]


@pytest.mark.parametrize(
    ("name", "content", "want"),
    [
        ("my.csv", "1,2\n3\n", "my.csv:2:1: row 2 has 1 numbers"),
        ("my.txt", "1 2 x\n", "my.txt:1:5: 'x' is no number"),
        ("my.mat", "3 1\n1 2\n", "my.mat:1:1: the first line says 3 wide"),
        ("my.csv", "0.33,0.33,0.33\n", "my.csv:1:1: the sum is 0.99, nearly but not 1"),
        ("my.npy", "no array", "my.npy: no array of numbers in it"),
    ],
)
def test_tables_are_checked_too(tmp_path, name, content, want):
    (found,) = _found(tmp_path, content, name)
    assert want in found


def test_a_folder_stands_for_its_kernel_files(tmp_path):
    for name in ("b.yaml", "a.csv", "notes.md"):
        (tmp_path / name).write_text("weights: [[1]]\n")
    assert kernel_files(str(tmp_path)) == [f"{tmp_path}/a.csv", f"{tmp_path}/b.yaml"]


def test_a_folder_is_searched_for_regular_files_that_can_be_kernels(tmp_path):
    arrays = {
        "kernel": np.eye(3),
        "bank": np.ones((2, 3, 1, 1)),
        "line": np.ones(9),
        "video": np.ones((1, 2, 2, 2, 2)),
        "large": np.ones((400, 400)),
    }
    for name, array in arrays.items():
        np.save(tmp_path / name, array)
    (tmp_path / "garbage.npy").write_bytes(b"no array")
    (tmp_path / "LOUD.YAML").write_text("weights: [[1]]\n")
    (tmp_path / ".hidden.yaml").write_text("weights: [[1]]\n")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.yaml")
    names = [os.path.basename(path) for path in kernel_files(str(tmp_path))]
    assert names == ["LOUD.YAML", "bank.npy", "garbage.npy", "kernel.npy"]


def test_a_file_that_is_named_is_always_checked(tmp_path):
    np.save(tmp_path / "line.npy", np.ones(9))
    (path,) = kernel_files(str(tmp_path / "line.npy"))
    (finding,) = check_file(path)
    assert "a kernel has 2 levels" in finding.message


# ── all faults, each where it stands ──


@pytest.mark.parametrize(
    ("content", "want"),
    [
        (
            "combine: magnitude\nkernels: [sobel, sobel]\n",
            [
                ("4:11", "my is made of 'sobel', which is a composite itself"),
                ("4:18", "my is made of 'sobel', which is a composite itself"),
            ],
        ),
        (
            "combine: magnitude\nkernels: ['sobel-x:stride=2', sobel-y]\n",
            [("4:11", "stride=2 is an option of a filter, not of a kernel: 'sobel-x:stride=2'")],
        ),
        (
            "combine: max\nkernels:\n  - sobel-x\n  - nosuch\n  - sobel-x:size=3\n  - gone.csv\n",
            [
                ("6:5", "no kernel named 'nosuch'"),
                ("7:5", "sobel-x has fixed weights and takes no parameter"),
                ("8:5", "gone.csv: No such file"),
            ],
        ),
        (
            "combine: max\nkernels: [sobel-x, roberts-1]\n",
            [("4:20", "have one size, these have several: sobel-x 3×3, roberts-1 2×2")],
        ),
        (
            "combine: max\nweights: [[1, 2]]\nrotations: 8\n",
            [("5:12", "rotations turn a square kernel of odd size, my is 1×2")],
        ),
        (
            "combine: max\nkernels: [roberts-1]\nrotations: 4\n",
            [("5:12", "rotations turn a square kernel of odd size, roberts-1 is 2×2")],
        ),
        (
            "combine: max\nkernels: [[[1, x]], nosuch, ../a.yaml]\nbias: lots\n",
            [
                ("4:16", "'x' is no number"),
                ("4:21", "no kernel named 'nosuch'"),
                ("4:29", "a kernel's name, or a file beside"),
                ("5:7", "'lots' is no number"),
            ],
        ),
        (
            "formula: gaussian\nparameters: {sigma: -3, foo: 2, size: [1]}\n",
            [
                ("4:14", "sigma is '-3'"),
                ("4:25", "gaussian has no parameter 'foo'"),
                ("4:39", "text is needed"),
            ],
        ),
        (
            "formula: unsharp\nparameters: {sigma: 3, radius: 2}\n",
            [("4:14", "'sigma' and 'radius' are one parameter")],
        ),
        (
            "formula: gaussian\nparameters: {sigma: 500}\n",
            [("4:14", "sigma=500 makes 3001×3001 weights")],
        ),
        ("weigths: [[1]]\n", [("3:1", "unknown key 'weigths'; did you mean 'weights'?")]),
        (
            "weigths: [[1]]\ndivisor: 0\n",
            [
                ("3:1", "unknown key 'weigths'; did you mean 'weights'?"),
                ("4:10", "the divisor is 0"),
            ],
        ),
        ("zzz: [[1]]\n", [("1:1", "'weights' is missing"), ("3:1", "unknown key 'zzz'")]),
        (
            "weights: [[1, x], [2], [y, 3], 4, [5, [6]]]\n",
            [
                ("3:15", "'x' is no number"),
                ("3:19", "row 2 of 'weights' has 1 numbers"),
                ("3:25", "'y' is no number"),
                ("3:32", "'4' stands where a list is needed"),
                ("3:39", "a list where the others have a number"),
            ],
        ),
        (
            "weights: [[1]]\naliases: [3d, good, a b]\ntags: [4th]\nrange: clop\n",
            [
                ("4:11", "'3d' is no name"),
                ("4:21", "'a b' is no name"),
                ("5:8", "'4th' is no name"),
                ("6:8", "'clop' is none of"),
            ],
        ),
        (
            "weights: [[0.333, 0.333, 0.333]]\nzzz: 1\n",
            [("3:10", "the sum is 0.999, nearly but not 1"), ("4:1", "unknown key 'zzz'")],
        ),
        (
            "weights: [[[[1]]], [[[x]]]]\nbias: [1, 2]\nrange: [clip]\n",
            [("3:23", "'x' is no number"), ("5:8", "1 range policies for 2 maps")],
        ),
        (
            "weights: [[1e300, 1]]\ndivisor: 1e-300\n",
            [("3:10", "weights ÷ divisor are too large")],
        ),
    ],
)
def test_every_fault_is_told_where_it_stands(tmp_path, content, want):
    found = _found(tmp_path, content)
    assert [each.split(": ")[0] for each in found] == [f"my.yaml:{place}" for place, _ in want]
    for each, (_, said) in zip(found, want, strict=True):
        assert said in each
        assert ": note: " not in each


def test_a_member_in_a_file_of_its_own_is_told_with_both_places(tmp_path):
    (tmp_path / "inner.yaml").write_text("weights: [[1, x]]\n")
    (found,) = _found(tmp_path, "combine: max\nkernels: [sobel-x, inner.yaml]\n")
    assert found == f"my.yaml:4:20: {tmp_path}/inner.yaml:1:15: 'x' is no number"


def test_a_member_with_a_bias_is_told_with_its_place(tmp_path):
    (tmp_path / "inner.yaml").write_text("weights: [[1, 2]]\nbias: 3\n")
    (found,) = _found(tmp_path, "combine: max\nkernels: ['1 2', inner.yaml]\n")
    assert found == "my.yaml:4:18: my is made of 'inner.yaml', which has a bias of its own"


@pytest.mark.parametrize(
    ("name", "content", "want"),
    [
        (
            "my.csv",
            "1,x\n2\n3,4\n1 2,3\n5,6,y\n",
            [
                "1:3: 'x' is no number",
                "2:1: row 2 has 1 numbers, the others have 2",
                "4:1: '1 2,3' mixes ','",
                "5:1: row 4 has 3 numbers, the others have 2",
                "5:5: 'y' is no number",
            ],
        ),
        (
            "my.mat",
            "2 2 0\n1 x\n3 y\n",
            ["1:1: the scale is 0", "2:3: 'x' is no number", "3:3: 'y' is no number"],
        ),
    ],
)
def test_every_fault_of_a_table_is_told(tmp_path, name, content, want):
    found = _found(tmp_path, content, name)
    assert len(found) == len(want)
    for each, said in zip(found, want, strict=True):
        assert each.startswith(f"{name}:{said}")


def test_of_many_bad_lines_the_first_are_told(tmp_path):
    found = _found(tmp_path, "1 x\n" * 50, "my.txt")
    assert len(found) == 21
    assert "and more: the first 20 faults" in found[-1]


def test_of_many_faults_in_one_table_the_first_are_told(tmp_path):
    found = _found(tmp_path, f"weights: [[{', '.join(['x'] * 50)}]]\n")
    assert len(found) == 21
    assert "and more: the first 20 faults" in found[-1]


@pytest.mark.parametrize(
    "content",
    [
        "weights: [[[[1]]], [[[2]]]]\nrange: [clip]\n",
        "weights: [[[[1]]], [[[2]]]]\nbias: [50%]\n",
        "formula: gabor-bank\nparameters: {angles: 2}\nbias: [1, 2]\n",
    ],
)
def test_a_list_has_one_a_map(tmp_path, content):
    assert any(" for 2 maps" in each or " for 4 maps" in each for each in _found(tmp_path, content))


def test_a_bank_made_by_a_formula_can_have_a_list(tmp_path):
    content = "formula: gabor-bank\nparameters: {angles: 1}\nrange: [clip, abs]\n"
    assert _found(tmp_path, content) == []


# ── names ──


@pytest.mark.parametrize(
    ("aliases", "places"),
    [
        ("[sharpen]", ["4:11"]),
        ("[fine, Sobel_X, mean-3]", ["4:17", "4:26"]),
        ("blur", ["4:10"]),
    ],
)
def test_an_alias_that_is_a_presets_name_is_a_note(tmp_path, aliases, places):
    found = _found(tmp_path, f"weights: [[1]]\naliases: {aliases}\n")
    assert [each.split(": ")[0] for each in found] == [f"my.yaml:{place}" for place in places]
    for each in found:
        assert ": note: '" in each
        assert "' is a preset's name too: it will have to be written preset/" in each
        assert each.endswith(" or as a path")


@pytest.mark.parametrize("name", ["sharpen.yaml", "Sobel_X.csv", "binomial-3.txt"])
def test_a_file_with_a_presets_name_gets_a_note(tmp_path, name):
    content = "description: d\nsource: s\nweights: [[1]]\n" if name.endswith("yaml") else "1\n"
    (found,) = _found(tmp_path, content, name)
    assert f"{name}:1:1: note: '{name.split('.')[0]}' is a preset's name too" in found


@pytest.mark.parametrize("name", ["with blank.csv", "then.csv", "3x3.csv"])
def test_a_file_whose_name_can_not_be_typed_gets_a_note(tmp_path, name):
    (found,) = _found(tmp_path, "1\n", name)
    assert ":1:1: note: " in found
    assert "can't be typed as a name: -k takes the file's path alone" in found
