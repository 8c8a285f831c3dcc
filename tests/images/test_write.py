"""Writing: never over a file unasked, all or nothing, and what stands in the way is told."""

import os
import stat

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from pictures import assert_same, noise

from convfilter import alpha
from convfilter.errors import PictureError
from convfilter.images import replace, target, write

PIXELS = noise((14, 18, 3))
OLD = b"the old file"


@pytest.fixture
def source(tmp_path):
    return saved(tmp_path / "a.png", PIXELS)


@pytest.fixture
def old(tmp_path):
    """An output that exists already."""
    (tmp_path / "b.png").write_bytes(OLD)
    return tmp_path / "b.png"


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def _refused(source, output, *said, **options):
    """Refused with all of this, in one line; the folder is as it was."""
    before = {path: path.read_bytes() for path in source.parent.iterdir() if path.is_file()}
    with pytest.raises(PictureError) as caught:
        apply(source, output, **options)
    message = str(caught.value)
    assert all(word in message for word in said), message
    assert "\n" not in message
    after = {path: path.read_bytes() for path in source.parent.iterdir() if path.is_file()}
    assert after == before


# ── what exists ──


def test_an_existing_output_is_refused_with_both_ways_out(source, old):
    _refused(source, old, f"{old} exists already", "-f (--overwrite)", "-o NAME writes elsewhere")


def test_an_existing_default_name_is_refused_too(source, tmp_path):
    (tmp_path / "a_identity.png").write_bytes(OLD)
    _refused(source, "", f"{tmp_path}/a_identity.png exists already: -f (--overwrite) replaces it")


def test_it_is_refused_before_the_picture_is_read(tmp_path, old):
    before = _names(tmp_path)
    with pytest.raises(PictureError, match="exists already"):
        apply(tmp_path / "missing.png", old)
    assert _names(tmp_path) == before


def test_a_name_whose_suffix_follows_the_result_is_refused_before_filtering(
    source, tmp_path, monkeypatch
):
    (tmp_path / "a_identity.npy").write_bytes(OLD)
    monkeypatch.setattr(alpha, "run_with_alpha", lambda *_: pytest.fail("it was filtered"))
    _refused(source, "", "a_identity.npy exists already", range_policy="float")


def test_overwrite_replaces_the_file_and_keeps_its_permissions(source, old):
    old.chmod(0o640)
    apply(source, old, overwrite=True)
    assert_same(pixels_of(old), PIXELS)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_a_new_file_has_the_permissions_that_the_umask_leaves(source, tmp_path):
    before = os.umask(0o027)
    try:
        apply(source, tmp_path / "b.png")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "b.png").stat().st_mode) == 0o640


def test_a_picture_can_replace_its_source_when_asked(source, tmp_path):
    _refused(source, source, "exists already")
    apply(source, source, kernel="-1 1", overwrite=True, padding="valid")
    assert_same(pixels_of(source), np.abs(np.diff(PIXELS.astype(int), axis=1)))
    assert _names(tmp_path) == ["a.png"]


def test_a_link_is_followed_and_stays_a_link(source, tmp_path, old):
    link = tmp_path / "link.png"
    link.symlink_to(old)
    _refused(source, link, "exists already")
    apply(source, link, overwrite=True)
    assert link.is_symlink()
    assert_same(pixels_of(old), PIXELS)


def test_a_link_to_nothing_is_in_the_way_and_can_be_filled(source, tmp_path):
    link = tmp_path / "link.png"
    link.symlink_to(tmp_path / "later.png")
    _refused(source, link, "exists already")
    apply(source, link, overwrite=True)
    assert link.is_symlink()
    assert_same(pixels_of(tmp_path / "later.png"), PIXELS)


# ── where ──


def test_a_folder_gets_the_default_name(source, tmp_path):
    (tmp_path / "out").mkdir()
    outcome = apply(source, f"{tmp_path}/out/")
    assert outcome.output == f"{tmp_path}/out/a_identity.png"
    assert_same(pixels_of(outcome.output), PIXELS)


def test_a_folder_without_its_slash_is_refused_with_the_way(source, tmp_path):
    (tmp_path / "out.png").mkdir()
    _refused(source, tmp_path / "out.png", "is a folder", "end it with /")


@pytest.mark.parametrize("output", ["none/b.png", "none/", "file/b.png"])
def test_a_missing_folder_is_named(source, tmp_path, output):
    (tmp_path / "file").write_bytes(OLD)
    folder = output.split("/", maxsplit=1)[0]
    _refused(source, f"{tmp_path}/{output}", f"there is no folder {tmp_path}/{folder}")


def test_a_folder_where_nothing_can_be_made_is_named(source):
    _refused(source, "/proc/b.png", "/proc/b.png: ")


def test_a_folder_that_is_not_ours_to_write_is_refused_first(source, old, monkeypatch):
    monkeypatch.setattr(target.os, "access", lambda *_: False)
    _refused(source, old, f"{old}: the folder can't be written to", overwrite=True)


# ── all or nothing ──


class Broken(Exception):
    """Something nobody expects."""


@pytest.mark.parametrize("target", ["b.png", "new.png"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "could not be written: No space left on device"),
        (OSError("encoder error -2"), "could not be written: encoder error -2"),
        (ValueError("EXIF data is too long"), "PNG: EXIF data is too long"),
        (MemoryError(), "too large for this machine's memory"),
    ],
)
def test_a_failing_encoder_leaves_the_old_file_and_nothing_beside(
    source, old, tmp_path, monkeypatch, error, said, target
):
    def half(picture, target, file):
        file.write(b"half a picture")
        raise error

    monkeypatch.setattr(write, "_encode", half)
    _refused(source, tmp_path / target, f"{tmp_path / target}: {said}", overwrite=True)


@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_whatever_ends_the_work(source, old, tmp_path, monkeypatch, error):
    def half(picture, target, file):
        file.write(b"half a picture")
        raise error

    monkeypatch.setattr(write, "_encode", half)
    with pytest.raises(error):
        apply(source, old, overwrite=True)
    assert old.read_bytes() == OLD
    assert _names(tmp_path) == ["a.png", "b.png"]


def test_the_old_file_stands_until_the_new_one_is_whole(source, old, monkeypatch):
    def watched(picture, target, file):
        notes = encode(picture, target, file)
        file.flush()
        assert old.read_bytes() == OLD
        return notes

    encode = write._encode
    monkeypatch.setattr(write, "_encode", watched)
    apply(source, old, overwrite=True)
    assert_same(pixels_of(old), PIXELS)


@pytest.mark.parametrize("existed", [True, False])
def test_fsync_waits_for_the_file_before_its_name_and_for_the_folder_behind(
    source, old, tmp_path, monkeypatch, existed
):
    def watched(descriptor):
        renamed = target.exists() and target.read_bytes() != OLD
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            waited.append(("folder", renamed))
        else:
            assert_same(pixels_of(f"/proc/self/fd/{descriptor}"), PIXELS)
            waited.append(("file", renamed))

    waited, target = [], old if existed else tmp_path / "new.png"
    monkeypatch.setattr(replace.os, "fsync", watched)
    apply(source, target, overwrite=existed, fsync=True)
    assert waited == [("file", False), ("folder", True)]
    assert_same(pixels_of(target), PIXELS)


def test_without_fsync_nobody_waits_for_the_disk(source, tmp_path, monkeypatch):
    monkeypatch.setattr(replace.os, "fsync", lambda _: pytest.fail("it waited"))
    apply(source, tmp_path / "b.png")
    assert_same(pixels_of(tmp_path / "b.png"), PIXELS)


def test_a_file_that_appeared_meanwhile_is_not_touched(source, tmp_path, monkeypatch):
    def slow(picture, target, file):
        notes = encode(picture, target, file)
        (tmp_path / "b.png").write_bytes(OLD)
        return notes

    encode = write._encode
    monkeypatch.setattr(write, "_encode", slow)
    with pytest.raises(PictureError, match=r"b\.png appeared meanwhile: -f"):
        apply(source, tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes() == OLD
    assert _names(tmp_path) == ["a.png", "b.png"]


def test_a_file_system_without_hard_links_is_written_too(source, tmp_path, monkeypatch):
    def no_links(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(replace.os, "link", no_links)
    apply(source, tmp_path / "b.png")
    assert_same(pixels_of(tmp_path / "b.png"), PIXELS)
    assert _names(tmp_path) == ["a.png", "b.png"]


@pytest.mark.parametrize("letter", ["x", "名", "🦊"])
def test_names_up_to_the_file_systems_limit_can_be_written(source, tmp_path, letter):
    name = letter * (250 // len(letter.encode())) + ".png"
    apply(source, tmp_path / name)
    assert_same(pixels_of(tmp_path / name), PIXELS)


def test_a_name_beyond_the_file_systems_limit_is_refused(source, tmp_path):
    _refused(source, tmp_path / ("x" * 300 + ".png"), "File name too long")


@pytest.mark.parametrize(("suffix", "limit"), [(".webp", 16383), (".jpg", 65535)])
def test_sizes_that_a_format_can_not_hold_are_refused(tmp_path, suffix, limit):
    source = saved(tmp_path / "a.png", np.zeros((1, limit + 1), np.uint8))
    _refused(source, tmp_path / f"b{suffix}", f"b{suffix}: ")


def test_a_device_is_written_to_directly(source):
    assert apply(source, "/dev/null", format="png").output == "/dev/null"
    with pytest.raises(PictureError, match="/dev/full: could not be written: No space left"):
        apply(source, "/dev/full", format="png")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
