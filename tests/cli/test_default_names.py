"""Names of outputs, and names of files that are hard to print."""

import json
import os

import pytest
from running import run, run_on_terminal, save, slopes

QUIET = ("-q",)


@pytest.mark.parametrize(
    ("kernel", "name"),
    [
        ("sharpen", "a_sharpen.png"),
        ("Sobel_X", "a_sobel-x.png"),
        ("box-5", "a_blur.png"),
        ("0 -1 0; -1 5 -1; 0 -1 0", "a_matrix-3x3.png"),
        ("[[1, 2]]", "a_matrix-1x2.png"),
        ("3x1:1,1,1", "a_matrix-1x3.png"),
        ("my.yaml", "a_my.png"),
        ("sub/two words & co.yaml", "a_two-words-co.png"),
        ("sub/größe.csv", "a_gr-e.png"),
        ("sub/v1.2.txt", "a_v1.2.png"),
    ],
)
def test_the_default_name_is_made_of_picture_and_kernel(folder, kernel, name):
    (folder / "sub").mkdir()
    (folder / "my.yaml").write_text("weights: [[1, 2]]\n")
    (folder / "sub/two words & co.yaml").write_text("weights: [[1, 2]]\n")
    (folder / "sub/größe.csv").write_text("1,2\n")
    (folder / "sub/v1.2.txt").write_text("1 2\n")
    done = run("apply", "a.png", "-k", kernel, *QUIET, cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert (folder / name).exists()


def test_it_stands_beside_the_picture_wherever_one_works(folder):
    (folder / "sub").mkdir()
    save(folder / "sub" / "b.tar.png", slopes(9, 9))
    done = run("apply", "sub/b.tar.png", "-k", "sharpen", cwd=folder)
    assert "→  sub/b.tar_sharpen.png  7×7×3 RGB" in done.text
    assert (folder / "sub" / "b.tar_sharpen.png").exists()


@pytest.mark.parametrize("output", ["out/", "./out//"])
def test_a_folder_takes_the_default_name(folder, output):
    (folder / "out").mkdir()
    assert run("apply", "a.png", "-k", "sharpen", "-o", output, *QUIET, cwd=folder).status == 0
    assert (folder / "out" / "a_sharpen.png").exists()


@pytest.mark.parametrize("option", ["-o", "--output", "--out"])
def test_an_output_has_three_spellings(folder, option):
    assert run("apply", "a.png", "-k", "sharpen", option, "b.jpg", *QUIET, cwd=folder).status == 0
    assert (folder / "b.jpg").read_bytes().startswith(b"\xff\xd8")


def test_a_second_run_is_refused_until_it_may_overwrite(folder):
    words = ("apply", "a.png", "-k", "sharpen", *QUIET)
    assert run(*words, cwd=folder).status == 0
    done = run(*words, cwd=folder)
    assert done.status == 1
    assert done.err == (
        "convfilter: a_sharpen.png exists already: -f (--overwrite) replaces it, -o NAME writes "
        "elsewhere\n"
    )
    for option in ("-f", "--overwrite"):
        assert run(*words, option, cwd=folder).status == 0


def test_a_refusal_is_one_line_however_early_it_comes(folder):
    (folder / "b.png").write_bytes(b"old")
    for _ in range(8):
        done = run("apply", "a.png", "-k", "sharpen", "-o", "b.png", cwd=folder)
        assert (done.status, done.out, done.err.count("\n")) == (1, b"", 1)


def test_a_suffix_that_follows_the_result_is_explained(folder):
    done = run("apply", "a.png", "-k", "sharpen", "--range", "float", cwd=folder)
    assert "→  a_sharpen.npy  22×29×3 float RGB" in done.text
    assert (
        "  note     PNG can't hold colour of floating-point numbers: written as NPY\n" in done.text
    )


# ── names that are hard to print ──

LATIN = os.fsdecode(b"\xff.png")
CONTROL = "a\x1b[31m\rb\n.png"


@pytest.mark.parametrize("name", [LATIN, CONTROL, "größe 🦊.png", 'it\'s "it".png'])
def test_any_file_name_works_in_report_and_json(folder, name):
    save(folder / os.fsencode(name).decode("utf-8", "surrogateescape"), slopes(9, 9))
    done = run("apply", name, "-k", "sharpen", cwd=folder)
    assert done.status == 0, done.err
    result = name.replace(".png", "_sharpen.png")
    assert (folder / result).exists()
    assert done.text.splitlines()[0].endswith("  7×7×3 RGB")
    assert not set(done.text) & {"\x1b", "\r"}
    done = run("apply", name, "-k", "sharpen", "-f", "--json", cwd=folder)
    assert done.out.isascii()
    report = json.loads(done.out)
    assert (report["input"]["path"], report["output"]["path"]) == (name, result)


@pytest.mark.parametrize("name", [LATIN, CONTROL])
def test_complaints_show_such_names_without_what_a_terminal_would_obey(folder, name):
    for words in (("apply", name, "-k", "sharpen"), ("shape", name, "-k", "sharpen")):
        done = run_on_terminal(*words, cwd=folder)
        assert done.status == 1
        assert done.terminal.endswith(": No such file or directory\n")
        assert done.terminal.count("\n") == 1
        assert not set(done.terminal) & {"\x1b", "\r"}
    done = run("apply", name, "-k", "sharpen", "--json", cwd=folder)
    assert json.loads(done.out)["input"]["path"] == name


@pytest.mark.parametrize("name", ["k\x1b[31m.yaml", os.fsdecode(b"\xe4.yaml")])
def test_kernel_files_may_have_such_names_too(folder, name):
    (folder / name).write_text("weights: [[1, 2]]\n")
    for words in (("apply", "a.png", "-k", name), ("kernels", "show", name)):
        done = run_on_terminal(*words, cwd=folder, NO_COLOR="1")
        assert done.status == 0, done.terminal
        assert "\x1b" not in done.terminal
    (folder / name).write_text("weights: [[1, x]]\n")
    done = run_on_terminal("kernels", "show", name, cwd=folder)
    assert done.status == 1
    assert "\x1b" not in done.terminal


@pytest.mark.parametrize("spec", ["sharp\x1b[31men", "1 2; 3 \x1b[31m", "x.yaml\x1b[31m"])
def test_such_text_behind_k_is_shown_without_it_too(folder, spec):
    done = run_on_terminal("apply", "a.png", "-k", spec, cwd=folder)
    assert done.status == 2
    assert "\x1b" not in done.terminal
