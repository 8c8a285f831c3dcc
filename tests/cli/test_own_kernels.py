"""`kernels new|check|import|export`, and kernels of one's own in every report."""

import json

import numpy as np
import pytest
from running import run, run_on_terminal

from convfilter.presets.load import load_kernel

SHARPEN = "0 -1 0; -1 5 -1; 0 -1 0"


@pytest.fixture
def home(folder, monkeypatch):
    """A user's folder that doesn't exist yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    return folder / "config/convfilter/kernels"


def test_new_writes_a_commented_file_and_tells_its_path_and_what_to_try(folder, home):
    words = ("kernels", "new", "mine", "--weights", SHARPEN, "--description", "my own: sharp")
    done = run(*words, "--tag", "sharpen", cwd=folder)
    assert (done.status, done.text) == (0, f"{home}/mine.yaml\n")
    assert done.err == "try it: convfilter apply PICTURE -k mine\n"
    text = (home / "mine.yaml").read_text()
    assert "# rows from top to bottom" in text
    assert 'description: "my own: sharp"' in text
    assert load_kernel(str(home / "mine.yaml")) == load_kernel("sharpen")
    done = run("apply", "a.png", "-k", "mine", "-o", "mine.png", cwd=folder)
    assert done.status == 0
    assert f"from {home}/mine.yaml ({load_kernel('sharpen').digest[:8]})" in done.text
    assert run("kernels", "check", f"{home}/mine.yaml", cwd=folder).status == 0


def test_new_refuses_to_overwrite_unless_told(folder, home):
    first = ("kernels", "new", "mine", "--weights", "1 2 1")
    assert run(*first, cwd=folder).status == 0
    done = run("kernels", "new", "mine", "--weights", "3 4", cwd=folder)
    assert (done.status, done.out) == (1, b"")
    assert "exists already: -f" in done.err
    assert load_kernel(str(home / "mine.yaml")).weights.tolist() == [[1, 2, 1]]
    assert run("kernels", "new", "mine", "--weights", "3 4", "-f", cwd=folder).status == 0
    assert load_kernel(str(home / "mine.yaml")).weights.tolist() == [[3, 4]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sharpen", "--weights", "1 2"], "'sharpen' is taken by a preset"),
        (["binomial_3", "--weights", "1 2"], "is taken by a preset"),
        (["../up", "--weights", "1 2"], "'../up' is none: a letter"),
        (["two words", "--weights", "1 2"], "is none: a letter"),
        (["mine"], "which weights?"),
        (["mine", "--weights", "1 2", "--from", "blur"], "--weights and --from were both given"),
        (["mine", "--weights", "1 2; 3"], "row 2 has 1 numbers"),
        (["mine", "--from", "none-such"], "no kernel named 'none-such'"),
        (["mine", "--weights", "1 2", "--tag", "a b"], "--tag: 'a b' is no word"),
    ],
)
def test_new_refuses_what_could_not_be_used(folder, home, words, said):
    done = run("kernels", "new", *words, cwd=folder)
    assert done.status == 2
    assert said in done.err
    assert not home.exists() or not list(home.iterdir())


@pytest.mark.parametrize(
    "spec", ["gaussian:sigma=2", "sobel", "opponent", "blur", "table.csv", "array.npy"]
)
def test_new_begins_with_any_other_kernel(folder, home, spec):
    (folder / "table.csv").write_text("1,2\n3,4\n")
    np.save(folder / "array.npy", np.array([[0.1, 0.2], [0.3, -1]]))
    assert run("kernels", "new", "mine", "--from", spec, cwd=folder).status == 0
    spec = str(folder / spec) if "." in spec else spec
    assert load_kernel(str(home / "mine.yaml")) == load_kernel(spec)


def test_the_list_tells_the_file_of_ones_own_and_those_with_a_fault(folder, home):
    run("kernels", "new", "mine", "--weights", "1 2", "--tag", "private", cwd=folder)
    (home / "bad.yaml").write_text("weights: [[x]]\n")
    done = run("kernels", "list", cwd=folder)
    row = next(line for line in done.text.splitlines() if line.startswith("mine\t"))
    digest = load_kernel(str(home / "mine.yaml")).digest[:8]
    assert row.endswith(f"[{home}/mine.yaml {digest}]")
    assert done.err == f"not listed: {home}/bad.yaml:1:12: 'x' is no number\n"
    report = json.loads(run("kernels", "list", "--tag", "private", "--json", cwd=folder).out)
    (mine,) = report["kernels"]
    assert (mine["name"], mine["file"], len(mine["hash"])) == ("mine", f"{home}/mine.yaml", 64)


def test_the_table_shows_whatever_stands_in_a_kernel_of_ones_own(folder, home):
    home.mkdir(parents=True)
    words = "a [bold]loud[/] one :smile: [/x]"
    (home / "mine.yaml").write_text(f"weights: [[1, 2]]\ndescription: {json.dumps(words)}\n")
    done = run_on_terminal("kernels", "list", cwd=folder, columns=300, NO_COLOR="1")
    assert done.status == 0
    assert f"{words} [{home}/mine.yaml " in done.terminal


def test_a_name_in_two_places_is_a_wrong_call(folder, home):
    home.mkdir(parents=True)
    (home / "blur.yaml").write_text("weights: [[1]]\n")
    done = run("apply", "a.png", "-k", "blur", cwd=folder)
    assert done.status == 2
    assert "preset/blur" in done.err
    assert f"{home}/blur.yaml" in done.err
    assert run("apply", "a.png", "-k", "preset/blur", cwd=folder).status == 0
    assert (folder / "a_blur.png").exists()


def test_check_has_a_line_a_fault_and_its_status(folder):
    (folder / "bad.yaml").write_text("weights: [[1, x]]\n")
    (folder / "good.yaml").write_text("description: d\nsource: s\nweights: [[1]]\n")
    done = run("kernels", "check", "bad.yaml", "good.yaml", cwd=folder)
    assert (done.status, done.text) == (1, "bad.yaml:1:15: 'x' is no number\n")
    assert done.err == "2 checked, 1 without a remark, 1 fault\n"
    done = run("kernels", "check", "good.yaml", cwd=folder)
    assert (done.status, done.err) == (0, "1 checked, 1 without a remark, 0 faults\n")


def test_check_does_not_read_standard_input(folder):
    done = run("kernels", "check", "-", cwd=folder, stdin=b"weights: [[1]]\n")
    assert (done.status, done.out) == (2, b"")
    assert "standard input is not read" in done.err
    assert "convfilter kernels import -" in done.err


def test_notes_are_faults_only_if_asked(folder):
    (folder / "even.yaml").write_text("description: d\nsource: s\nweights: [[1, -1]]\n")
    done = run("kernels", "check", "even.yaml", cwd=folder)
    assert done.status == 0
    assert "even.yaml:3:10: note: 1×2 has no middle" in done.text
    assert run("kernels", "check", "even.yaml", "--strict", cwd=folder).status == 1


def test_check_as_json(folder):
    (folder / "bad.yaml").write_text("weights: [[1, x]]\n")
    done = run("kernels", "check", "bad.yaml", "missing.yaml", "--json", cwd=folder)
    assert done.status == 1
    report = json.loads(done.out)
    assert report["faults"] == 2
    assert [each["path"] for each in report["files"]] == ["bad.yaml", "missing.yaml"]
    assert report["files"][0]["findings"] == [
        {"place": "bad.yaml:1:15", "message": "'x' is no number", "note": False}
    ]


def test_a_name_with_terminal_escapes_is_shown_harmless(folder):
    name = "a\x1b[31mb.yaml"
    (folder / name).write_text("weights: [[1, x]]\n")
    done = run("kernels", "check", name, cwd=folder)
    assert "\x1b" not in done.text
    assert "a\\x1b[31mb.yaml:1:15" in done.text


@pytest.mark.parametrize(
    ("content", "spec"),
    [
        ("3x3: 0,-1,0 -1,5,-1 0,-1,0", SHARPEN),
        ("3 3 16 0\n1 2 1\n2 4 2\n1 2 1\n", "1 2 1; 2 4 2; 1 2 1 / 16"),
        ("0,-1,0\n-1,5,-1\n0,-1,0\n", SHARPEN),
    ],
)
def test_import_prints_yaml_or_writes_it_to_the_users_folder(folder, home, content, spec):
    (folder / "other.txt").write_text(content)
    name = "other.mat" if content.startswith("3 3") else "other.txt"
    (folder / name).write_text(content)
    done = run("kernels", "import", name, cwd=folder)
    assert done.status == 0, done.err
    (folder / "again.yaml").write_text(done.text)
    assert load_kernel(str(folder / "again.yaml")) == load_kernel(spec)
    done = run("kernels", "import", name, "--name", "other", cwd=folder)
    assert done.text == f"{home}/other.yaml\n"
    assert load_kernel(str(home / "other.yaml")) == load_kernel(spec)


def test_import_reads_standard_input(folder):
    done = run("kernels", "import", "-", cwd=folder, stdin=b"3x1: 1,2,3\n")
    assert done.status == 0, done.err
    (folder / "again.yaml").write_text(done.text)
    assert load_kernel(str(folder / "again.yaml")).weights.tolist() == [[1, 2, 3]]


def test_import_tells_the_place_of_a_fault(folder):
    (folder / "bad.csv").write_text("1,2\n3\n")
    done = run("kernels", "import", "bad.csv", cwd=folder)
    assert done.status == 1
    assert "bad.csv:2:1: row 2 has 1 numbers" in done.err


@pytest.mark.parametrize(
    "target", ["imagemagick", "vips", "ffmpeg", "opencv", "scipy", "torch", "numpy", "csv", "yaml"]
)
def test_export_prints_every_form(folder, target):
    done = run("kernels", "export", "sharpen", "--to", target, cwd=folder)
    assert done.status == 0, done.err
    assert "-1" in done.text
    assert done.text.endswith("\n")


def test_a_composite_is_exported_as_yaml_only(folder):
    done = run("kernels", "export", "sobel", "--to", "yaml", cwd=folder)
    assert "combine: magnitude" in done.text
    done = run("kernels", "export", "sobel", "--to", "vips", cwd=folder)
    assert done.status == 2
    assert "members" in done.err


def test_show_draws_the_frequency_response_into_a_file(folder):
    from PIL import Image

    done = run("kernels", "show", "gaussian:sigma=2", "--png", "r.png", cwd=folder)
    assert done.err == "wrote r.png\n"
    with Image.open(folder / "r.png") as image:
        pixels = np.asarray(image)
    assert pixels.shape == (512, 512)
    assert pixels[256, 256] == 255  # flat areas pass
    assert pixels[0, 0] == 0  # the finest patterns don't
    again = run("kernels", "show", "gaussian:sigma=2", "--png", "r.png", cwd=folder)
    assert again.status == 1
    assert "exists already: -f (--overwrite) replaces it, --png NAME writes" in again.err
    assert run("kernels", "show", "blur", "--png", "r.png", "-f", cwd=folder).status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["blur", "--png", "r.jpg"], "--png: 'r.jpg' does not end with .png"),
        (["[[[1]]]", "--png", "r.png"], "--png: kernels over several channels"),
        (["blur then blur", "--png", "r.png"], "--png: one kernel at a time, these are 2"),
    ],
)
def test_pictures_of_a_response_that_can_not_be(folder, words, said):
    done = run("kernels", "show", *words, cwd=folder)
    assert done.status == 2
    assert done.err.startswith(f"convfilter: {said}")


def test_show_tells_dilation_parameters_members_and_chains(folder):
    text = run("kernels", "show", "sobel-x:dilation=3", cwd=folder).text
    assert "covers   7×7 pixels with dilation 3,3" in text
    text = run("kernels", "show", "motion:length=5,angle=90", cwd=folder).text
    assert "made by  motion(length=5, angle=90)" in text
    text = run("kernels", "show", "kirsch", cwd=folder).text
    assert "kirsch  3×3 (max of 8 kernels)" in text
    assert "kernel 8: kirsch" in text
    text = run("kernels", "show", "blur then sobel-x", cwd=folder).text
    assert text.index("blur (also box-5)") < text.index("sobel-x (also")
