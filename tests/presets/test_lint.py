"""`kernels check`: faults and notes, each with its place."""

import pytest

from convfilter.presets.lint import check_file, kernel_files
from convfilter.presets.registry import folder


def _found(tmp_path, content, name="my.yaml"):
    path = tmp_path / name
    path.write_text(content)
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
