"""--resume: what is done is left, what changed is done again, what nobody knows is not touched."""

import os

import pytest
from made import files, hashes, objects
from pictures import noise
from PIL import Image


def again(batch, *words, **changes):
    """The outputs that a resumed run makes anew."""
    done = batch("photos", "-r", "--resume", "--json", *words, **changes)
    assert done.status == 0, done.err
    return sorted(line["output"]["path"] for line in objects(done) if "skipped" not in line)


@pytest.fixture
def finished(batch, folder):
    """A run that was not stopped; how its outputs were."""
    assert batch("photos", "-r").status == 0
    return hashes(folder / "out")


def test_nothing_is_done_twice(batch, folder, finished):
    times = {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*.png")}
    assert again(batch) == []
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())


def test_without_an_earlier_run_everything_is_done(batch):
    assert again(batch) == ["out/a.png", "out/b.jpg", "out/may/c.png"]


def test_a_missing_output_is_made_again(batch, folder, finished):
    (folder / "out" / "a.png").unlink()
    assert again(batch) == ["out/a.png"]
    assert hashes(folder / "out") == finished


def test_an_output_that_was_cut_is_made_again(batch, folder, finished):
    with (folder / "out" / "b.jpg").open("r+b") as file:
        file.truncate(100)
    assert again(batch) == ["out/b.jpg"]
    assert hashes(folder / "out") == finished


def test_a_source_that_changed_is_filtered_again(batch, folder, finished):
    Image.fromarray(noise((24, 31, 3), seed=9)).save(folder / "photos" / "a.png")
    assert again(batch) == ["out/a.png"]


def test_a_source_that_is_only_newer_is_filtered_again_unless_contents_are_compared(
    batch, folder, finished
):
    again(batch, "--checksum")  # from here on contents are known
    os.utime(folder / "photos" / "a.png", ns=(1, 1))
    assert again(batch, "--checksum") == []
    assert again(batch) == ["out/a.png"]


def test_with_checksums_a_change_is_seen_that_size_and_time_hide(batch, folder):
    path = folder / "photos" / "grey.bmp"
    Image.fromarray(noise((9, 9))).save(path)
    again(batch, "--checksum")
    facts = path.stat()
    Image.fromarray(noise((9, 9), seed=5)).save(path)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert again(batch) == []
    assert again(batch, "--checksum") == ["out/grey.bmp"]


@pytest.mark.parametrize(
    "words",
    [
        ["-k", "sharpen"],
        ["-k", "1 1 1; 1 1 1; 1 1 1"],
        ["--stride", "2"],
        ["--border", "edge"],
        ["--range", "abs"],
        ["--gray"],
        ["--quality", "50"],
        ["--strip"],
        ["--linear"],
        ["--flip"],
        ["--bias", "3"],
    ],
)
def test_other_values_or_options_do_all_again(batch, finished, words):
    assert len(again(batch, *words)) == 3


@pytest.mark.parametrize(
    "words", [["-j", "1"], ["--max-pixels", "1M"], ["--fsync"], ["-k", "box-5"], ["--memory", "1G"]]
)
def test_what_changes_no_output_does_nothing_again(batch, finished, words):
    assert again(batch, *words) == []


def test_the_content_of_a_mask_counts(batch, folder):
    mask = folder / "mask.png"
    (folder / "photos" / "may" / "c.png").unlink()
    Image.fromarray(noise((24, 31))).save(mask)
    again(batch, "--mask", "mask.png")
    assert again(batch, "--mask", "mask.png") == []
    Image.fromarray(noise((24, 31), seed=4)).save(mask)
    assert len(again(batch, "--mask", "mask.png")) == 2


def test_another_version_of_the_program_does_all_again(batch, folder, finished):
    manifest = folder / "out" / ".convfilter.jsonl"
    manifest.write_text(manifest.read_text().replace('"version": "', '"version": "0.'))
    assert len(again(batch)) == 3


def test_pictures_that_failed_are_tried_again(batch, folder):
    bad = folder / "photos" / "bad.png"
    bad.write_bytes(b"")
    assert batch("photos").status == 1
    Image.fromarray(noise((9, 9))).save(bad)
    assert again(batch) == ["out/bad.png", "out/may/c.png"]


def test_an_output_that_no_run_has_made_is_not_replaced(batch, folder):
    batch("photos/a.png")
    (folder / "out" / "b.jpg").write_bytes(b"mine")
    done = batch("photos", "--resume")
    assert done.status == 1
    assert "1 output that no earlier run has made exists (the first: out/b.jpg)" in done.err
    assert (folder / "out" / "b.jpg").read_bytes() == b"mine"
    assert batch("photos", "--resume", "--overwrite").status == 0
    assert (folder / "out" / "b.jpg").read_bytes() != b"mine"


def test_a_file_that_made_a_picture_fail_is_not_replaced_afterwards(batch, folder):
    """Its result goes by another suffix, where something lies already."""
    Image.fromarray(noise((9, 9))).save(folder / "photos" / "x.jpg", format="PNG")
    (folder / "out").mkdir()
    (folder / "out" / "x.png").write_bytes(b"mine")
    for _ in range(2):
        assert batch("photos", "--resume").status == 1
        assert (folder / "out" / "x.png").read_bytes() == b"mine"


def test_after_a_failure_a_file_of_that_name_is_not_ours(batch, folder):
    bad = folder / "photos" / "bad.png"
    bad.write_bytes(b"")
    batch("photos")
    Image.fromarray(noise((9, 9))).save(bad)
    (folder / "out" / "bad.png").write_bytes(b"mine")
    assert batch("photos", "--resume").status == 1
    assert (folder / "out" / "bad.png").read_bytes() == b"mine"


def test_dry_run_compares_contents_where_the_run_does(batch, folder):
    again(batch, "--checksum")
    os.utime(folder / "photos" / "a.png", ns=(1, 1))
    done = batch("photos", "-r", "--resume", "--checksum", "--dry-run")
    assert done.out == b""
    assert "skipped  3" in done.err


def test_an_output_whose_line_was_lost_is_ours_and_made_again(batch, folder, finished):
    manifest = folder / "out" / ".convfilter.jsonl"
    kept = [line for line in manifest.read_text().splitlines() if '"done": "a.png"' not in line]
    manifest.write_text("\n".join(kept) + "\n")
    assert again(batch) == ["out/a.png"]
    assert hashes(folder / "out") == finished


def test_unfinished_files_of_a_run_that_was_killed_go(batch, folder, finished):
    manifest = folder / "out" / ".convfilter.jsonl"
    with manifest.open("a") as file:
        file.write('{"begun": "a.png"}\n')
    left = folder / "out" / ".a.png.0123abcd.part"
    left.write_bytes(b"half")
    (folder / "out" / ".other.png.0123abcd.part").write_bytes(b"somebody else's")
    assert again(batch) == ["out/a.png"]
    assert not left.exists()
    assert ".other.png.0123abcd.part" in files(folder / "out")


def test_results_that_went_by_another_suffix_are_known(batch, folder):
    Image.fromarray(noise((9, 9))).save(folder / "photos" / "x.jpg", format="PNG")
    assert "out/x.png" in again(batch)
    assert again(batch) == []
    Image.fromarray(noise((9, 9), seed=2)).save(folder / "photos" / "x.jpg", format="PNG")
    assert again(batch) == ["out/x.png"]


def test_the_summary_counts_what_was_skipped(batch, finished):
    done = batch("photos", "-r", "--resume")
    assert "0 of 3 pictures filtered" in done.text
    assert "skipped  3, done by an earlier run" in done.text
