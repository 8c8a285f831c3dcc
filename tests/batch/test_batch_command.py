"""`convfilter batch` as it is called: results, refusals before any work, what is told, exit statuses."""

import json

import numpy as np
import pytest
from made import files, hashes, objects
from pictures import noise
from PIL import Image
from running import run, run_in_shell, run_on_terminal


def test_results_are_those_of_apply_in_the_same_tree(batch, folder):
    done = batch("photos", "-r", "--border", "edge")
    assert done.status == 0
    assert files(folder / "out") == ["a.png", "b.jpg", "may/c.png"]
    for place in files(folder / "out"):
        words = [
            f"photos/{place}",
            "-k",
            "blur",
            "--border",
            "edge",
            "-o",
            f"one{place[-4:]}",
            "-f",
        ]
        run("apply", *words, cwd=folder)
        assert (folder / f"one{place[-4:]}").read_bytes() == (folder / "out" / place).read_bytes()


def test_the_summary_is_on_standard_output_and_nothing_else(batch):
    done = batch("photos", "--border", "edge")
    text = done.text
    assert text.startswith("2 of 2 pictures filtered  →  out\n")
    assert "  kernel   blur 5×5, as written (cross-correlation)\n" in text
    assert "padding  same (because --border was given); border edge  a a | a b c d | d d" in text
    assert "  ignored  1 file that is no picture\n" in text
    assert "  ignored  1 folder below: -r goes into it\n" in text
    assert done.err == ""


def test_quiet_says_nothing_but_errors(batch, folder):
    (folder / "photos" / "bad.png").write_text("no picture")
    done = batch("photos", "-q")
    assert (done.status, done.out) == (1, b"")
    assert done.err.startswith("convfilter: photos/bad.png: no picture of a kind read here")
    assert done.err.count("\n") == 1


def test_verbose_is_a_line_a_picture_on_standard_error(batch):
    done = batch("photos/a.png", "-v", "--border", "edge")
    assert done.err.startswith("photos/a.png → out/a.png  24×31×3 → 24×31×3, ")
    assert (
        "done by an earlier run" in batch("photos/a.png", "-v", "--resume", "--border", "edge").err
    )


def test_one_hint_stands_for_all_pictures(batch):
    err = batch("photos").err
    assert err == "hint: the result is 4 rows and 4 columns smaller: --border edge keeps the size\n"


def test_json_is_a_line_a_file_with_the_keys_of_apply(batch, folder):
    (folder / "photos" / "bad.png").write_text("no picture")
    done = batch("photos", "--json", CONVFILTER_STRIDE="2")
    lines = {line["input"]["path"]: line for line in objects(done)}
    assert set(lines) == {"photos/a.png", "photos/b.jpg", "photos/bad.png"}
    assert lines["photos/bad.png"]["error"]["type"] == "PictureError"
    one = lines["photos/a.png"]
    assert one["output"] == {"path": "out/a.png", "mode": "RGB", "shape": [10, 14, 3]}
    assert one["stride"] == [2, 2]
    assert one["environment"] == {"CONVFILTER_STRIDE": "2"}
    assert "2 of 3 pictures filtered" in done.err


def test_existing_outputs_are_refused_once_before_any_work(batch, folder):
    batch("photos/a.png")
    before = hashes(folder / "out")
    done = batch("photos", "-r", "-k", "sharpen")
    assert done.status == 1
    assert done.err == (
        "convfilter: 1 of 3 outputs exists: --resume does what is missing or changed, --overwrite does "
        "all again\n"
    )
    assert hashes(folder / "out") == before


def test_overwrite_does_all_again(batch, folder):
    batch("photos")
    before = hashes(folder / "out")
    assert batch("photos", "-k", "sharpen", "-f").status == 0
    after = hashes(folder / "out")
    assert after.keys() == before.keys()
    assert not after.items() & before.items()


def test_dry_run_prints_what_would_happen_and_does_nothing(batch, folder):
    done = batch("photos", "-r", "--dry-run")
    assert done.text.splitlines() == [
        "photos/a.png → out/a.png",
        "photos/b.jpg → out/b.jpg",
        "photos/may/c.png → out/may/c.png",
    ]
    assert "3 to do (--dry-run: nothing was done)" in done.err
    assert not (folder / "out").exists()


def test_dry_run_as_json_says_what_is_done_skipped_and_replaced(batch, folder):
    batch("photos/a.png")
    lines = objects(batch("photos", "--dry-run", "--json", "--resume"))
    assert [(line["input"]["path"], line["action"]) for line in lines] == [
        ("photos/b.jpg", "filter"),
        ("photos/a.png", "skip"),
    ]
    lines = objects(batch("photos", "--dry-run", "--json", "--overwrite"))
    assert {line["output"]["path"]: line["action"] for line in lines} == {
        "out/a.png": "replace",
        "out/b.jpg": "filter",
    }


def test_dry_run_meets_the_refusals_of_a_real_one(batch):
    batch("photos/a.png")
    assert batch("photos", "--dry-run").status == 1
    assert batch("photos", "--dry-run", "-o", "photos").status == 2


def test_ten_per_cent_of_broken_files_stop_nothing(batch, folder):
    for number in range(20):
        Image.fromarray(noise((9, 9), seed=number)).save(folder / "photos" / f"n{number}.png")
    whole = (folder / "photos" / "n0.png").read_bytes()
    (folder / "photos" / "n3.png").write_bytes(whole[: len(whole) // 2])
    (folder / "photos" / "n7.png").write_bytes(b"")
    done = batch("photos", "--json")
    assert done.status == 1
    assert sum("error" in line for line in objects(done)) == 2
    assert len(files(folder / "out")) == 20
    assert "failed   2:" in done.err
    assert "photos/n3.png: damaged or cut off" in done.err
    assert "photos/n7.png: the file is empty" in done.err


def test_fail_fast_begins_no_more_after_the_first_failure(batch, folder):
    (folder / "photos" / "0.png").write_bytes(b"")
    done = batch("photos", "-r", "--fail-fast", "-j", "1")
    assert done.status == 1
    assert files(folder / "out") == []
    assert "stopped at the first failure (--fail-fast): 3 of 4 are left" in done.err


def test_a_missing_picture_fails_and_the_rest_is_done(batch, folder):
    done = batch("nowhere.png", "photos/a.png")
    assert done.status == 1
    assert "convfilter: nowhere.png: No such file or directory\n" in done.err
    assert files(folder / "out") == ["a.png"]


def test_kernel_and_picture_that_do_not_fit_are_said_of_each(batch):
    done = batch("photos", "-r", "-k", "opponent")
    assert done.status == 1
    assert "photos/may/c.png: the kernel has depth 3" in done.err
    assert "2 of 3 pictures filtered" in done.text


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["photos", "-k", "blurr"], 2, "did you mean 'blur'?"),
        ([], 2, "which pictures? name files or folders"),
        (["photos", "-o", "photos/a.png"], 1, "photos/a.png is a file; the results of a batch go"),
        (["photos", "-o", "-"], 2, "takes one picture, from apply; a batch needs a folder"),
        (["photos", "-o", "photos"], 2, "the next run would filter results"),
        (["photos", "--name", "{nonsense}{ext}"], 2, "--name: {nonsense} is none of"),
        (["photos", "--memory", "lots"], 2, "--memory: 'lots' is no amount such as 4G"),
        (["photos", "--format", "doc"], 2, "--format: 'doc' is none of"),
        (["photos", "--files-from", "nowhere"], 1, "nowhere: No such file or directory"),
        (["photos/may/c.png", "c.png"], 2, "would both be written to out/c.png"),
        (["photos", "-j", "0"], 2, "0 is out of range; allowed: 1 or more"),
    ],
)
def test_wrong_words_are_refused_before_any_work(batch, folder, words, status, said):
    Image.fromarray(noise((9, 9))).save(folder / "c.png")
    done = batch(*words)
    assert done.status == status, done.err
    assert said in done.err
    assert done.out == b""
    assert not (folder / "out").exists()


def test_without_a_folder_the_usage_is_shown(folder):
    done = run("batch", "photos", "-k", "blur", cwd=folder)
    assert done.status == 2
    assert "Missing option '-o'" in done.err


def test_a_folder_without_pictures_is_nothing_to_do(batch, folder):
    (folder / "empty").mkdir()
    done = batch("empty")
    assert (done.status, done.out) == (0, b"")
    assert "nothing to do" in done.err
    assert not (folder / "out").exists()


def test_names_come_from_a_list_on_standard_input(batch, folder):
    done = batch("--files-from", "-", "-0", stdin=b"photos/a.png\0photos/may/c.png\0")
    assert done.status == 0
    assert files(folder / "out") == ["photos/a.png", "photos/may/c.png"]


def test_nuls_in_a_list_are_noticed(batch):
    done = batch("--files-from", "-", stdin=b"photos/a.png\0")
    assert done.status == 2
    assert "--files-from: the names in - end with NULs: -0 reads them so" in done.err


def test_odd_names_go_through_the_shell_and_a_pipe(folder):
    for name in ("a b.png", "-dash.png", "new\nline.png", "quo'te\".png", "*.png"):
        Image.fromarray(noise((9, 9))).save(folder / "photos" / name)
    line = "find photos -name '*.png' -print0 | $CONVFILTER batch --files-from - -0 -o out -k blur --json"
    done = run_in_shell(line, folder)
    assert done.status == 0, done.err
    assert len(objects(done)) == 7
    assert "photos/new\nline.png" in files(folder / "out")


def test_a_suffix_that_lies_follows_the_content_where_nobody_is_in_the_way(batch, folder):
    Image.fromarray(noise((9, 9))).save(folder / "photos" / "x.jpg", format="PNG")
    batch("photos/x.jpg")
    assert files(folder / "out") == ["x.png"]
    Image.fromarray(noise((9, 9), seed=3)).save(folder / "photos" / "x.png")
    done = batch("photos", "-o", "both")
    assert done.status == 1
    assert (
        "photos/x.jpg: its result is PNG, and as x.png it would have the name of another"
        in done.err
    )
    assert "x.png" in files(folder / "both")


def test_numbers_are_named_as_they_are_written_and_refused_when_there(batch, folder):
    assert batch("photos", "--range", "float").status == 0
    assert files(folder / "out") == ["a.npy", "b.npy"]
    assert np.load(folder / "out" / "a.npy").dtype == np.float32
    assert batch("photos", "--range", "float").status == 1


def test_names_of_results_can_hold_the_kernel(batch, folder):
    batch("photos/a.png", "--name", "{kernel}/{stem}-{suffix}{ext}", "-k", "gaussian:sigma=2")
    assert files(folder / "out") == ["gaussian-sigma2/a-png.png"]


def test_options_of_batch_come_from_the_environment_where_they_say_how(batch, folder):
    changes = {"CONVFILTER_RECURSIVE": "1", "CONVFILTER_NAME": "{stem}_x{ext}"}
    done = batch("photos", **changes)
    assert files(folder / "out") == ["a_x.png", "b_x.jpg", "may/c_x.png"]
    assert "set by   CONVFILTER_NAME={stem}_x{ext}" in done.text
    assert batch("photos", "-o", "again", CONVFILTER_DRY_RUN="1").status == 0
    assert files(folder / "again")


def test_when_nobody_listens_any_more_the_pictures_are_filtered_all_the_same(folder):
    for number in range(12):
        Image.fromarray(noise((90, 90), seed=number)).save(folder / "photos" / f"n{number}.png")
    done = run_in_shell("$CONVFILTER batch photos -o out -k blur --json | head -n 1", folder)
    assert json.loads(done.text)
    assert "14 of 14 pictures filtered" in done.err
    assert len(files(folder / "out")) == 14


def test_on_a_terminal_there_is_a_bar_and_it_goes(folder):
    done = run_on_terminal("batch", "photos", "-o", "out", "-k", "blur", cwd=folder)
    assert done.status == 0
    assert "0/2" in done.terminal
    assert "Mpx/s" in done.terminal
    assert done.terminal.rindex("\x1b[?25h") < done.terminal.index("2 of 2 pictures filtered")


def test_without_colour_a_terminal_has_no_bar(folder):
    words = ["batch", "photos", "-o", "out", "-k", "blur"]
    done = run_on_terminal(*words, cwd=folder, NO_COLOR="1")
    assert "\x1b" not in done.terminal
    assert done.terminal.startswith("2 of 2 pictures filtered")


def test_a_second_run_on_one_folder_is_refused(batch, folder):
    from convfilter.batch.manifest import Manifest, manifest_path

    manifest = Manifest(manifest_path(str(folder / "out")))
    done = batch("photos")
    assert done.status == 1
    assert "another run writes to this folder: wait for it, or use another folder" in done.err
    manifest.close()
    assert batch("photos").status == 0


def test_notes_are_counted_not_repeated(batch, folder):
    for number in range(4):
        image = Image.fromarray(noise((9, 9), seed=number)).quantize(8)
        image.save(folder / "photos" / f"p{number}.png")
    done = batch("photos")
    assert "  note     4 × mode P was promoted to RGB (first: photos/p" in done.text


def test_a_full_disk_is_a_failure_of_each_picture_and_leaves_nothing(folder):
    line = "ulimit -f 1; $CONVFILTER batch photos -o out -k blur -q"
    Image.fromarray(noise((90, 90, 3))).save(folder / "photos" / "large.png")
    done = run_in_shell(line, folder)
    assert done.status == 1
    assert "large.png: could not be written: File too large" in done.err
    assert "large.png" not in files(folder / "out")
    assert not [name for name in files(folder / "out") if name.endswith(".part")]


def test_a_page_tells_of_all_pictures_of_earlier_runs_too(batch, folder):
    batch("photos/a.png")
    (folder / "photos" / "bad.png").write_text("no picture")
    done = batch("photos", "-r", "--resume", "--html", "report.html", "-q")
    assert done.status == 1
    page = (folder / "report.html").read_text()
    for name in ("a.png", "b.jpg", "c.png", "bad.png", "blur", "--html report.html"):
        assert name in page
    assert "3 of 4 pictures filtered" in page
    assert "done by an earlier run" in page


def test_a_page_can_lie_in_the_folder_that_is_made_for_the_results(batch, folder):
    assert batch("photos", "--html", "out/report.html").status == 0
    assert (folder / "out" / "report.html").exists()
    assert batch("photos", "--html", "nowhere/report.html", "-f").status == 1


def test_a_page_of_an_interrupted_run_does_not_tell_of_earlier_ones(batch, folder):
    batch("photos")
    (folder / "photos" / "0.png").write_bytes(b"")
    words = ["--resume", "--html", "r.html", "-k", "sharpen", "--fail-fast", "-j", "1", "-q"]
    assert batch("photos", *words).status == 1
    page = (folder / "r.html").read_text()
    assert "b.jpg" not in page


def test_a_picture_that_is_named_in_two_ways_is_filtered_once(batch, folder):
    done = batch("photos/a.png", str(folder / "photos" / "a.png"), "photos")
    assert done.status == 0
    assert "2 of 2 pictures filtered" in done.text


def test_what_is_no_page_is_not_replaced_by_one(batch, folder):
    (folder / "mine.html").write_text("<p>mine")
    done = batch("photos", "--html", "mine.html")
    assert done.status == 1
    assert "mine.html exists already and is no report of a batch" in done.err
    assert batch("photos", "--html", "page.txt").status == 2
    assert not (folder / "out").exists()
