"""Object code is run: what somebody else could have written is refused, and the result still right."""

import os
import signal
import stat
from contextlib import suppress

import pytest
from cache_trial import (
    LOOP,
    assert_right,
    entry,
    entry_names,
    read_entry,
    write_entry,
    write_false_entry,
)

from convfilter import native
from convfilter.native import cache

pytestmark = pytest.mark.skipif(not cache.POSIX, reason="owners and permissions as on POSIX")

STRANGER = 12345
LOOPS = [LOOP, LOOP._replace(form="few2"), LOOP._replace(form="few3")]


def as_link(path):
    path.rename(path.with_suffix(".target"))
    path.symlink_to(path.with_suffix(".target"))


def as_broken_link(path):
    path.unlink()
    path.symlink_to(path.with_suffix(".nowhere"))


def as_a_strangers(path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, STRANGER, -1)


def as_group_writable(path):
    path.chmod(path.stat().st_mode | stat.S_IWGRP)


def as_writable_by_all(path):
    path.chmod(path.stat().st_mode | stat.S_IWOTH)


def as_pipe(path):
    path.unlink()
    os.mkfifo(path, 0o600)


def as_folder(path):
    path.unlink()
    path.mkdir(mode=0o700)


UNSAFE = {
    "link": as_link,
    "belongs to another user": as_a_strangers,
    "can be written by others": as_writable_by_all,
    "written by others": as_group_writable,
}
UNSAFE_ENTRIES = UNSAFE | {"is a link": as_broken_link, "no regular file": as_pipe}


@pytest.fixture(autouse=True)
def _no_test_hangs():
    """Whoever waits for a pipe's other end is woken by a signal."""

    def wake(*_):
        pytest.fail("still waiting")

    before = signal.signal(signal.SIGALRM, wake)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("reason", UNSAFE_ENTRIES)
def test_an_unsafe_entry_is_refused_and_built_again(fresh, reason):
    write_false_entry()
    UNSAFE_ENTRIES[reason](entry())
    with pytest.raises(cache.UnsafeCache, match=reason):
        read_entry()
    assert_right()
    assert fresh.compiled == [LOOP]
    assert [line for line in fresh.told if reason in line], fresh.told
    fresh.restart()
    assert_right()
    assert fresh.compiled == [], "the entry was not replaced by a safe one"
    assert entry().is_file()
    assert not entry().is_symlink()


@pytest.mark.parametrize("reason", UNSAFE)
def test_an_unsafe_folder_is_refused(fresh, reason):
    write_false_entry()
    before = entry().read_bytes()
    UNSAFE[reason](fresh.folder)
    with pytest.raises(cache.UnsafeCache, match=reason):
        read_entry()
    with pytest.raises(cache.UnsafeCache, match=reason):
        write_entry("name", b"code")
    assert_right()
    assert fresh.compiled == [LOOP]
    assert [line for line in fresh.told if reason in line], fresh.told
    assert entry().read_bytes() == before, "something was written into it"
    assert len(list(fresh.folder.iterdir())) == 1


@pytest.mark.parametrize("reason", UNSAFE)
def test_an_unsafe_empty_folder_stays_empty(fresh, reason):
    fresh.folder.mkdir(mode=0o700)
    UNSAFE[reason](fresh.folder)
    assert_right()
    assert [line for line in fresh.told if reason in line], fresh.told
    assert list(fresh.folder.iterdir()) == []


def test_a_link_above_the_folder_is_all_right(fresh, monkeypatch, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(tmp_path / "link" / "cache"))
    assert_right()
    assert entry_names() == [entry().name]


def test_a_folder_in_an_entrys_place_costs_time_only(fresh):
    fresh.folder.mkdir(mode=0o700)
    entry().mkdir(mode=0o700)
    assert_right()
    assert list(entry().iterdir()) == []
    assert entry_names() == [entry().name]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors in /proc")
@pytest.mark.parametrize("change", [*UNSAFE_ENTRIES.values(), as_folder])
def test_a_refused_entry_leaves_no_descriptor_open(fresh, change):
    native.warm(LOOP)
    change(entry())
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with suppress(OSError):
            read_entry()
    assert len(os.listdir("/proc/self/fd")) == before


# Folders that even root can't write into.
UNWRITABLE = {
    "a file": "file",
    "below a file": "file/x/y",
    "a folder of the system": f"/proc/{os.getpid()}",
    "below a folder of the system": f"/proc/{os.getpid()}/x",
}


@pytest.fixture
def unwritable(monkeypatch, tmp_path):
    """Makes one of them the cache folder."""
    (tmp_path / "file").write_text("a regular file")
    return lambda place: monkeypatch.setenv(
        "CONVFILTER_CACHE_DIR", str(tmp_path / UNWRITABLE[place])
    )


@pytest.mark.parametrize("place", UNWRITABLE)
def test_an_unwritable_folder_costs_time_and_one_line(fresh, unwritable, place):
    unwritable(place)
    assert_right()
    for loop in LOOPS:
        assert native.find(loop) is not None
    about_compiling, *others = fresh.told
    assert about_compiling.startswith("compiling")
    assert len(others) == 1, others
    assert cache.clear() == 0


def too_long(path):
    path.rename(path.with_name("x"))
    os.environ["CONVFILTER_CACHE_DIR"] = str(path.with_name("x" * 300))


@pytest.mark.parametrize("change", [*UNSAFE.values(), too_long])
def test_a_bad_folder_is_told_as_often_for_many_loops_as_for_one(fresh, change):
    for loop in LOOPS:
        native.warm(loop)
    change(fresh.folder)
    fresh.restart()
    assert native.find(LOOPS[0]) is not None
    told = list(fresh.told)
    for loop in LOOPS[1:]:
        assert native.find(loop) is not None
    assert fresh.told == told


def test_nobody_listens_and_nothing_is_printed(fresh, unwritable, monkeypatch, capfd):
    monkeypatch.setattr(native, "tell", None)
    unwritable("a file")
    assert_right()
    assert capfd.readouterr() == ("", "")


def test_without_a_home_the_result_is_right(fresh, monkeypatch, tmp_path):
    monkeypatch.delenv("CONVFILTER_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    assert_right()
    assert list(tmp_path.iterdir()) == [], "something was written into the working folder"
    assert entry_names() == []
    assert cache.clear() == 0
