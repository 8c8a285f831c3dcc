"""Which pictures words, patterns and lists stand for, and where their results go."""

import os

import pytest

from convfilter.batch.sources import find_sources, split_list


@pytest.fixture(autouse=True)
def _here(folder, monkeypatch):
    monkeypatch.chdir(folder)


def found(*words, listed=(), recursive=False):
    return find_sources(words, listed, recursive=recursive)


def places(result):
    return [(source.path, source.folder) for source in result.sources]


def test_a_folder_gives_its_pictures_by_name_and_counts_the_rest():
    result = found("photos")
    assert places(result) == [("photos/a.png", ""), ("photos/b.jpg", "")]
    assert (result.ignored, result.passed, result.missing) == (1, 1, [])


def test_folders_below_are_gone_into_when_asked_and_their_tree_is_kept():
    result = found("photos", recursive=True)
    assert places(result)[-1] == ("photos/may/c.png", "may/")
    assert result.passed == 0


def test_a_named_file_is_a_source_whatever_its_suffix():
    result = found("photos/notes.txt")
    assert places(result) == [("photos/notes.txt", "")]


def test_an_existing_path_comes_before_a_pattern(folder):
    (folder / "IMG[1].png").write_bytes(b"x")
    (folder / "IMG1.png").write_bytes(b"x")
    assert places(found("IMG[1].png")) == [("IMG[1].png", "")]


def test_a_pattern_keeps_the_tree_below_its_fixed_part():
    assert places(found("photos/*.png")) == [("photos/a.png", "")]
    assert places(found("photos/**/*.png")) == [("photos/a.png", ""), ("photos/may/c.png", "may/")]


def test_folders_that_a_pattern_or_a_list_names_keep_their_own_names():
    assert places(found("phot*")) == [("photos/a.png", "photos/"), ("photos/b.jpg", "photos/")]
    assert ("photos/may/c.png", "may/") in places(found("photos/*"))
    assert places(found(listed=["photos/may"])) == [("photos/may/c.png", "photos/may/")]


def test_a_pattern_of_any_depth_names_each_picture_once():
    assert sorted(places(found("photos/**"))) == [
        ("photos/a.png", ""),
        ("photos/b.jpg", ""),
        ("photos/may/c.png", "may/"),
        ("photos/notes.txt", ""),
    ]


def test_a_link_that_leads_nowhere_is_named(folder):
    (folder / "photos" / "gone.png").symlink_to("nowhere.png")
    assert found("photos").missing == [("photos/gone.png", "a link that leads nowhere")]


def test_a_zarr_array_is_left_to_apply(folder):
    (folder / "photos" / "x.zarr").mkdir()
    assert found("photos", recursive=True).ignored == 2
    assert "apply filters by itself" in found("photos/x.zarr").missing[0][1]


def test_a_pattern_that_matches_nothing_is_missing():
    result = found("photos/*.gif")
    assert result.missing == [("photos/*.gif", "no such file, and as a pattern it matches nothing")]


def test_what_is_missing_is_no_reason_to_leave_out_the_rest():
    result = found("photos/a.png", "nowhere.png")
    assert len(result.sources) == 1
    assert result.missing == [("nowhere.png", "No such file or directory")]


def test_a_picture_that_is_named_twice_is_one():
    assert len(found("photos", "photos/a.png").sources) == 2


def test_listed_names_keep_their_folders_below_the_working_folder(folder):
    absolute = str(folder / "photos" / "may" / "c.png")
    result = found(listed=["photos/a.png", absolute])
    assert places(result) == [("photos/a.png", "photos/"), (absolute, "photos/may/")]


def test_listed_names_from_elsewhere_have_no_folder(folder, monkeypatch):
    monkeypatch.chdir(folder / "photos" / "may")
    assert places(found(listed=["../a.png"])) == [("../a.png", "")]


def test_hidden_files_and_folders_of_a_scanned_folder_are_passed_over(folder):
    (folder / "photos" / "._a.png").write_bytes(b"x")
    (folder / "photos" / ".thumbnails").mkdir()
    result = found("photos", recursive=True)
    assert len(result.sources) == 3
    assert result.ignored == 1


def test_kinds_that_are_read_elsewhere_are_told_apart(folder):
    (folder / "photos" / "x.HEIC").write_bytes(b"x")
    (folder / "photos" / "y.nef").write_bytes(b"x")
    result = found("photos")
    assert dict(result.elsewhere) == {".heic": 1, ".nef": 1}


def test_a_link_to_a_folder_is_not_followed(folder):
    (folder / "photos" / "again").symlink_to("..", target_is_directory=True)
    assert len(found("photos", recursive=True).sources) == 3


def test_a_list_has_a_name_a_line_or_between_nuls():
    assert list(split_list(b"a b.png\r\n\nc.png", null=False)) == ["a b.png", "c.png"]
    assert list(split_list(b"a\nb.png\0c.png\0", null=True)) == ["a\nb.png", "c.png"]
    assert list(split_list(b"\xff.png", null=False)) == [os.fsdecode(b"\xff.png")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_missing(folder):
    (folder / "photos" / "a.png").chmod(0)
    assert found("photos/a.png").missing == [("photos/a.png", "Permission denied")]
