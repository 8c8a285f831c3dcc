"""`convfilter fit`: the kernel between two files, as a report, as JSON, as a kernel file."""

import json
import os

import numpy as np
import pytest
from pictures import assert_close, assert_same, noise
from PIL import Image
from running import run, run_in_shell, run_on_terminal, save, slopes
from skimage import data

import convfilter

PHOTO = data.astronaut()[60:130, 150:240]
SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
GAUSSIAN = "1 2 1; 2 4 2; 1 2 1 / 16"


@pytest.fixture
def photos(tmp_path):
    """photo.png (70×90 RGB), grey.png of it; filtered: sharp.png, soft.png, edges.png (68×88)."""
    save(tmp_path / "photo.png", PHOTO)
    Image.fromarray(PHOTO).convert("L").save(tmp_path / "grey.png")
    for name, kernel in (("sharp", "sharpen"), ("soft", "gaussian-3"), ("edges", "sobel-x")):
        after = convfilter.correlate(PHOTO, convfilter.load_kernel(kernel), range_policy="auto")
        save(tmp_path / f"{name}.png", after)
    return tmp_path


def filtered(path, spec, **options):
    """The photo, filtered and cut off, as a picture file."""
    kernel = convfilter.load_kernel(spec)
    save(path, convfilter.correlate(PHOTO, kernel, range_policy="clip", **options))


def report(*words, cwd, **changes):
    done = run("fit", *words, "--json", cwd=cwd, **changes)
    assert (done.status, done.err) == (0, "")
    return json.loads(done.out)


def values_of(path):
    return np.asarray(Image.open(path)).astype(int)


def test_the_report_tells_the_weights_and_how_sure_they_are(photos):
    done = run("fit", "photo.png", "sharp.png", "--size", "3", cwd=photos)
    assert (done.status, done.err) == (0, "")
    cut = int(np.isin(values_of(photos / "sharp.png"), [0, 255]).sum())
    lines = done.text.splitlines()
    assert lines[:6] == [
        "photo.png  70×90×3 (high×wide×channels)  →  sharp.png  68×88×3",
        "",
        "    0  -1   0",
        "   -1   5  -1",
        "    0  -1   0",
        "",
    ]
    assert lines[6] == "  kernel   3×3"
    assert lines[7].startswith("  residual ")
    counts = f"{68 * 88 * 3 - cut} used, {cut} left out"
    assert lines[8] == f"  windows  {counts}: AFTER is at an end of its range, perhaps cut off"
    assert lines[9] == "  rank     9 of 9 unknowns"
    assert lines[10].startswith("  sure to  ±")
    assert lines[11:] == ['  close to -k "0 -1 0; -1 5 -1; 0 -1 0"']


def test_rounded_results_tell_a_simple_kernel(photos):
    done = run("fit", "photo.png", "soft.png", "--size", "3", cwd=photos)
    assert f'  close to -k "{GAUSSIAN}"\n' in done.text
    assert "rounding alone leaves 0.289 rms" in done.text
    assert "warning" not in done.text


def test_json_holds_every_number(photos):
    found = report("photo.png", "soft.png", "--size", "3x3", cwd=photos)
    assert found["version"] == convfilter.__version__
    assert found["before"] == {"path": "photo.png", "shape": [70, 90, 3]}
    assert found["after"] == {"path": "soft.png", "shape": [68, 88, 3]}
    assert found["size"] == [3, 3]
    errors = np.array(found["standard_error"])
    want = convfilter.load_kernel("gaussian-3").values
    assert (np.abs(found["weights"] - want) < 5 * errors).all()
    assert 0 < errors.max() < 1e-3
    assert (found["bias"], found["bias_error"]) == (0, 0)
    assert 0.2 < found["residual"]["rms"] < 0.32 < found["residual"]["max"] < 0.6
    cut = int(np.isin(values_of(photos / "soft.png"), [0, 255]).sum())
    assert found["windows"] == {"used": 68 * 88 * 3 - cut, "clipped": cut, "nonfinite": 0}
    assert (found["rank"], found["unknowns"]) == (9, 9)
    assert found["condition"] > 10
    for name in ("find_bias", "symmetric", "full_depth", "gray"):
        assert found[name] is False
    assert found["spec"] == GAUSSIAN
    assert found["output"] is None
    assert found["notes"] == found["warnings"] == []


def test_a_bias_is_looked_for_and_told(photos):
    filtered(photos / "dark.png", GAUSSIAN, bias=-12)
    done = run("fit", "photo.png", "dark.png", "--size", "3", "--find-bias", cwd=photos)
    assert f'  close to -k "{GAUSSIAN}" --bias -12\n' in done.text
    found = report("photo.png", "dark.png", "--size", "3", "--find-bias", cwd=photos)
    assert abs(found["bias"] + 12) < 5 * found["bias_error"] < 0.5
    assert (found["find_bias"], found["unknowns"]) == (True, 10)


def test_the_file_gives_the_picture_back(photos):
    words = ("photo.png", "soft.png", "--size", "3", "-o", "found.yaml")
    done = run("fit", *words, cwd=photos)
    assert done.text.splitlines()[-2:] == [
        "  written  found.yaml",
        "  try      convfilter apply photo.png -k found.yaml",
    ]
    applied = run("apply", "photo.png", "-k", "found.yaml", "-o", "back.png", cwd=photos)
    assert applied.status == 0, applied.err
    apart = np.abs(values_of(photos / "back.png") - values_of(photos / "soft.png"))
    assert apart.max() <= 1  # where the exact result lies half-way between two levels
    assert apart.mean() < 0.05
    assert sorted(os.listdir(photos)) == sorted(
        ["photo.png", "grey.png", "sharp.png", "soft.png", "edges.png", "found.yaml", "back.png"]
    )


def test_the_file_holds_all_digits_the_bias_and_where_it_came_from(photos):
    filtered(photos / "b.png", "sobel-x", bias=128)
    words = ("photo.png", "b.png", "--size", "3", "--find-bias", "-o", "found.yaml")
    found = report(*words, cwd=photos)
    assert found["output"] == "found.yaml"
    kernel = convfilter.load_kernel(photos / "found.yaml")
    assert_same(kernel.weights, found["weights"])
    assert abs(float(kernel.bias[0].value) - found["bias"]) <= 5e-7
    assert kernel.source == "fitted by convfilter from photo.png and b.png"
    assert kernel.range_policy == "clip"
    assert "# close to -1 0 1; -2 0 2; -1 0 1\n" in (photos / "found.yaml").read_text()
    applied = run("apply", "photo.png", "-k", "found.yaml", "-o", "back.png", cwd=photos)
    assert applied.status == 0, applied.err
    assert np.abs(values_of(photos / "back.png") - values_of(photos / "b.png")).max() <= 1


def test_a_file_that_exists_is_replaced_only_if_asked_for(photos):
    file = photos / "found.yaml"
    file.write_text("mine")
    words = ("photo.png", "soft.png", "--size", "3", "-o", "found.yaml", "-q")
    done = run("fit", *words, cwd=photos)
    assert (done.status, done.out) == (1, b"")
    assert "found.yaml exists already: -f (--overwrite) replaces it" in done.err
    assert file.read_text() == "mine"
    done = run("fit", *words, "-f", cwd=photos)
    assert (done.status, done.out, done.err) == (0, b"", "")
    assert convfilter.load_kernel(file).size == (3, 3)


def test_standard_output_carries_the_file_and_standard_error_the_report(photos):
    done = run("fit", "photo.png", "soft.png", "--size", "3", "-o", "-", cwd=photos)
    assert (done.status, done.text.splitlines()[0]) == (0, f"# close to {GAUSSIAN}")
    assert f'close to -k "{GAUSSIAN}"\n' in done.err
    assert "written" not in done.err
    (photos / "piped.yaml").write_bytes(done.out)
    assert convfilter.load_kernel(photos / "piped.yaml").size == (3, 3)


def test_a_picture_comes_from_standard_input(photos):
    line = "$CONVFILTER fit - soft.png --size 3 --json < photo.png"
    found = json.loads(run_in_shell(line, photos).out)
    assert (found["before"]["path"], found["spec"]) == ("-", GAUSSIAN)


def test_arrays_are_read_and_their_ends_are_no_ends(photos):
    weights = np.random.default_rng(1).normal(size=(2, 4))
    np.save(photos / "before.npy", PHOTO)
    np.save(photos / "after.npy", np.clip(convfilter.correlate(PHOTO, weights), 0, 255))
    found = report("before.npy", "after.npy", "--size", "2x4", cwd=photos)
    assert found["windows"]["clipped"] == 0
    assert np.abs(found["weights"] - weights).max() > 1e-3
    np.save(photos / "after.npy", convfilter.correlate(PHOTO, weights))
    found = report("photo.png", "after.npy", "--size", "2x4", cwd=photos)
    assert_close(found["weights"], weights, 1e-6)


def test_windows_with_nan_are_counted(photos):
    after = convfilter.correlate(PHOTO, SHARPEN)
    after[3, 4, 1] = np.nan
    np.save(photos / "after.npy", after)
    found = report("photo.png", "after.npy", "--size", "3", cwd=photos)
    assert found["windows"]["nonfinite"] == 1
    done = run("fit", "photo.png", "after.npy", "--size", "3", cwd=photos)
    assert ", 1 left out: NaN or infinity\n" in done.text


def test_symmetric_weights_are_mirrored(photos):
    found = report("photo.png", "soft.png", "--size", "3", "--symmetric", cwd=photos)
    weights = np.array(found["weights"])
    assert_close(weights, weights[::-1], 1e-12)
    assert_close(weights, weights[:, ::-1], 1e-12)
    assert (found["symmetric"], found["rank"], found["unknowns"]) == (True, 4, 4)
    assert found["spec"] == GAUSSIAN


def test_full_depth_finds_a_table_for_each_channel(photos):
    filtered(photos / "luma.png", "[[[0.299]], [[0.587]], [[0.114]]]")
    words = ("photo.png", "luma.png", "--size", "1", "--full-depth")
    done = run("fit", *words, "-o", "found.yaml", cwd=photos)
    tables = [line for line in done.text.splitlines() if line.startswith(("channel", "   0"))]
    assert [line[:7] for line in tables] == ["channel", "   0.29", "channel", "   0.58", "channel",
                                             "   0.11"]  # fmt: skip
    found = report(*words, cwd=photos)
    assert np.shape(found["weights"]) == (3, 1, 1)
    assert found["full_depth"] is True
    applied = run("apply", "photo.png", "-k", "found.yaml", "-o", "back.png", cwd=photos)
    assert applied.status == 0, applied.err
    assert np.abs(values_of(photos / "back.png") - values_of(photos / "luma.png")).max() <= 1


def test_of_two_colour_pictures_full_depth_finds_a_bank(photos):
    swapped = PHOTO[:, :, ::-1] // 2 + 9
    save(photos / "swapped.png", swapped)
    words = ("photo.png", "swapped.png", "--size", "1", "--full-depth", "--find-bias")
    found = report(*words, cwd=photos)
    weights = np.array(found["weights"])
    assert weights.shape == (3, 3, 1, 1)
    assert_close(weights[:, :, 0, 0], np.eye(3)[::-1] / 2, 0.01)
    assert_close(found["bias"], [8.75] * 3, 0.1)


def test_grey_of_a_colour_picture_is_that_of_apply(photos):
    run("apply", "photo.png", "-k", GAUSSIAN, "--gray", "-o", "g.png", "-q", cwd=photos)
    found = report("photo.png", "g.png", "--size", "3", "--gray", cwd=photos)
    assert found["before"]["shape"] == [70, 90]
    assert (found["spec"], found["gray"]) == (GAUSSIAN, True)
    same = report("grey.png", "g.png", "--size", "3", cwd=photos)
    assert same["weights"] == found["weights"]
    done = run("fit", "photo.png", "g.png", "--size", "3", "--gray", "-o", "f.yaml", cwd=photos)
    assert done.text.endswith("  try      convfilter apply photo.png -k f.yaml --gray\n")


def test_of_two_colour_pictures_grey_leaves_out_what_any_channel_lost(photos):
    found = report("photo.png", "sharp.png", "--size", "3", "--gray", cwd=photos)
    cut = np.isin(values_of(photos / "sharp.png"), [0, 255]).any(axis=2).sum()
    assert found["windows"]["clipped"] == cut > 100
    assert_close(found["weights"], SHARPEN, 1e-9)


def test_what_a_picture_does_not_tell_is_null_and_warned_of(tmp_path):
    stripes = np.tile(np.array([10, 200, 90], np.uint8), (20, 10))
    save(tmp_path / "stripes.png", stripes)
    words = ("stripes.png", "stripes.png", "--size", "5")
    found = report(*words, cwd=tmp_path)
    assert (found["rank"], found["unknowns"]) == (3, 25)
    assert found["standard_error"] == [[None] * 5] * 5
    assert found["spec"] is None
    assert len(found["warnings"]) == 1
    done = run("fit", *words, cwd=tmp_path)
    assert "  warning  the pictures tell 3 of 25 unknowns apart" in done.text
    assert "  sure to  no weight is known by itself" in done.text
    assert "close to" not in done.text


def test_what_is_no_filter_is_warned_of(photos):
    done = run("fit", "photo.png", "edges.png", "--size", "3", cwd=photos)  # absolute values
    assert done.status == 0
    assert "  warning  the residual is more than rounding" in done.text


def test_transparency_is_ignored_with_a_note(photos):
    alpha = np.full((70, 90, 1), 128, np.uint8)
    save(photos / "clear.png", np.concatenate([PHOTO, alpha], axis=2))
    found = report("clear.png", "soft.png", "--size", "3", cwd=photos)
    assert found["notes"] == ["clear.png: transparency is ignored, colours count as they are"]
    assert found["spec"] == GAUSSIAN
    done = run("fit", "clear.png", "soft.png", "--size", "3", cwd=photos)
    assert "  note     clear.png: transparency is ignored" in done.text


def test_pictures_of_one_size_are_compared_where_the_border_does_not_reach(photos):
    filtered(photos / "w.png", "1 2; 3 -4 / 3", padding="same", border="wrap")
    done = run("fit", "photo.png", "w.png", "--size", "2", "-o", "f.yaml", cwd=photos)
    assert '  close to -k "1 2; 3 -4 / 3"\n' in done.text
    assert done.text.endswith("  try      convfilter apply photo.png -k f.yaml --padding same\n")


def test_more_weights_than_people_read_are_left_to_the_file(photos):
    save(photos / "other.png", PHOTO[::-1])
    words = ("photo.png", "other.png", "--size", "9x30", "-o", "f.yaml")
    done = run("fit", *words, cwd=photos)
    assert "  … rows of 30 weights: --json or -o shows them\n" in done.text
    assert max(map(len, done.text.splitlines())) < 200
    assert convfilter.load_kernel(photos / "f.yaml").size == (9, 30)


def test_quiet_says_nothing_and_the_environment_is_told(photos):
    words = ("photo.png", "soft.png", "--size", "3")
    assert run("fit", *words, "-q", cwd=photos).out == b""
    save(photos / "soft.png", values_of(photos / "soft.png").mean(axis=2).astype(np.uint8))
    done = run("fit", *words, cwd=photos, CONVFILTER_GRAY="1")
    assert "  set by   CONVFILTER_GRAY=1\n" in done.text


def test_names_with_control_characters_do_not_reach_the_terminal(photos):
    name = "a\x1b[31m.png"
    os.rename(photos / "photo.png", photos / name)
    done = run_on_terminal("fit", name, "soft.png", "--size", "3", "-o", "f.yaml", cwd=photos,
                           NO_COLOR="1")  # fmt: skip
    assert done.status == 0
    assert "\x1b[31m" not in done.terminal
    assert "a\\x1b[31m.png" in done.terminal
    assert convfilter.load_kernel(photos / "f.yaml").size == (3, 3)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["photo.png", "soft.png"], 2, ["--size"]),
        (["photo.png", "soft.png", "--size", "x"], 2, ["--size: 'x' is no size such as 5 or 3x5"]),
        (["photo.png", "soft.png", "--size", "0x3"], 2, ["--size", "0x3"]),
        (["photo.png", "soft.png", "--size", "51"], 2, ["--size", "2601 unknown", "2500"]),
        (["photo.png", "soft.png", "--size", "5"], 2, ["70×90", "68×88", "66×86", "--size 3x3"]),
        (["soft.png", "photo.png", "--size", "3"], 2, ["BEFORE is 68×88, AFTER 70×90"]),
        (["photo.png", "grey.png", "--size", "3"], 2, ["3 channels", "--full-depth", "--gray"]),
        (["photo.png", "none.png", "--size", "3"], 1, ["none.png: No such file"]),
        (["none.npy", "soft.png", "--size", "3"], 1, ["none.npy: No such file"]),
        (["words.npy", "soft.png", "--size", "3"], 1, ["words.npy: no numpy array"]),
        (["flat.png", "flat.png", "--size", "3"], 1, ["BEFORE is flat"]),
        (["photo.png", "white.png", "--size", "3"], 1, ["0 of 17952 windows", "cut off"]),
        (["four.npy", "photo.png", "--size", "3", "--gray"], 2, ["--gray: four.npy has 4"]),
        (["-", "-", "--size", "3"], 2, ["both standard input"]),
        (["photo.png", "soft.png", "--size", "3", "--max-pixels", "99"], 1, ["the limit is 99"]),
        (["p.npy", "soft.png", "--size", "3", "--max-pixels", "99"], 1, ["the limit is 99"]),
        (
            ["photo.png", "soft.png", "--size", "3", "-o", "f.txt"],
            2,
            ["--output", "f.txt", ".yaml"],
        ),
        (["photo.png", "soft.png", "--size", "3", "-o", "no/f.yaml"], 1, ["mkdir -p", "no"]),
    ],
)
def test_what_can_not_be_fitted_is_refused(photos, words, status, said):
    (photos / "words.npy").write_text("words")
    save(photos / "flat.png", np.full((30, 40), 128, np.uint8))
    save(photos / "white.png", np.full((70, 90, 3), 255, np.uint8))
    np.save(photos / "four.npy", noise((70, 90, 4)))
    np.save(photos / "p.npy", PHOTO)
    before = sorted(os.listdir(photos))
    done = run("fit", *words, cwd=photos)
    assert (done.status, done.out) == (status, b"")
    assert all(each in done.err for each in said), done.err
    assert sorted(os.listdir(photos)) == before


def test_a_failure_is_an_object_too(photos):
    done = run("fit", "photo.png", "none.png", "--size", "3", "--json", cwd=photos)
    failed = json.loads(done.out)
    assert (done.status, failed["error"]["type"]) == (1, "PictureError")
    assert failed["before"]["path"] == "photo.png"
    assert "none.png: No such file" in failed["error"]["message"]
    assert "none.png: No such file" in done.err


@pytest.mark.parametrize(
    ("name", "said"),
    [("folder.yaml", "Is a directory"), ("x" * 251 + ".yaml", "File name too long")],
)
def test_what_can_not_be_written_leaves_nothing(photos, name, said):
    (photos / "folder.yaml").mkdir()
    before = sorted(os.listdir(photos))
    words = ("photo.png", "soft.png", "--size", "3", "-f", "-o", name)
    done = run("fit", *words, cwd=photos)
    assert (done.status, done.out) == (1, b"")
    assert f"{name}: could not be written: {said}" in done.err
    assert sorted(os.listdir(photos)) == before


def test_names_as_long_as_can_be_are_written(photos):
    name = "x" * 250 + ".yaml"
    words = ("photo.png", "soft.png", "--size", "3", "-q", "-o", name)
    assert run("fit", *words, cwd=photos).status == 0
    assert convfilter.load_kernel(photos / name).size == (3, 3)


def test_slopes_are_too_smooth_for_weights_of_their_own(tmp_path):
    save(tmp_path / "a.png", slopes(24, 31))
    found = report("a.png", "a.png", "--size", "3", cwd=tmp_path)
    assert found["rank"] < found["unknowns"] == 9
    assert found["residual"]["max"] < 1e-9
