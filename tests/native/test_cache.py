"""The cache of compiled loops: what it writes, and what it makes of damage."""

import os
import stat

import pytest
from cache_trial import (
    LOOP,
    TWICE,
    assert_right,
    entry,
    entry_names,
    filtered,
    read_entry,
    write_entry,
    write_false_entry,
)
from pictures import assert_same

from convfilter import native
from convfilter.native import cache
from convfilter.native.loops import Loop

OTHER = LOOP._replace(form="few2")
DAMAGE = {
    "emptied": lambda content: content[:0],
    "a single byte": lambda content: content[:1],
    "without its code": lambda content: content[: len(content) // 20],
    "without its last byte": lambda content: content[:-1],
    "without its first byte": lambda content: content[1:],
    "cut in half": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + b"\0",
    "of another format": lambda content: content.replace(cache.FORMAT, cache.FORMAT.upper(), 1),
    "of text": lambda content: b"text\n" * len(content),
    "of zeros": lambda content: bytes(len(content)),
}


def no_space(*_):
    raise OSError(28, "no space left on device")


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_loop_is_compiled_once_and_found_again(fresh):
    assert_right()
    assert fresh.compiled == [LOOP]
    fresh.restart()
    assert_right()
    assert fresh.compiled == []
    assert fresh.told == []


def test_compiling_is_told_once(fresh):
    for loop in (LOOP, OTHER):
        native.find(loop)
    assert [line for line in fresh.told if "compiling" in line] == fresh.told
    assert len(fresh.told) == 1


@pytest.mark.skipif(not cache.POSIX, reason="permissions are those of POSIX")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_entries_are_private_in_a_private_folder(fresh, umask):
    before = os.umask(umask)
    try:
        assert_right()
    finally:
        os.umask(before)
    assert mode_of(fresh.folder) == 0o700
    assert [mode_of(path) for path in fresh.folder.iterdir()] == [0o600]


def test_the_folder_is_made_with_its_parents(fresh, monkeypatch):
    deep = fresh.folder / "a" / "b"
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(deep))
    assert_right()
    assert list(deep.iterdir()) == [entry()]
    assert cache.entries() == {entry().name: entry().stat().st_size}


def test_an_entry_gives_back_what_was_written(fresh):
    content = bytes(range(256)) * 3
    write_entry("name", content)
    assert read_entry() == ("name", content)
    write_entry("other", b"")
    assert read_entry() == ("other", b"")


def test_an_entry_that_is_not_there_is_none(fresh):
    assert read_entry() is None
    fresh.folder.mkdir(mode=0o700)
    assert read_entry() is None


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_built_again(fresh, damage):
    native.warm(LOOP)
    whole = entry().read_bytes()
    entry().write_bytes(DAMAGE[damage](whole))
    assert read_entry() is None
    fresh.compiled.clear()
    assert_right()
    assert fresh.compiled == [LOOP]
    assert entry().read_bytes() == whole


def outcome(key):
    """What reading the entry gives, or the error it ends in."""
    try:
        return cache.read(LOOP.name, key)
    except Exception as error:  # noqa: BLE001 - each is a finding
        return error


@pytest.mark.parametrize("bit", [0x01, 0x10])
def test_a_flipped_byte_is_noticed_anywhere(fresh, bit):
    native.warm(LOOP)
    whole, key = bytearray(entry().read_bytes()), native.key_of(LOOP)
    with open(entry(), "r+b", buffering=0) as file:
        for place in [*range(60), *range(60, len(whole), 11), *range(len(whole) - 9, len(whole))]:
            file.seek(place)
            file.write(bytes([whole[place] ^ bit]))
            assert outcome(key) is None, f"byte {place} of {len(whole)}"
            file.seek(place)
            file.write(whole[place : place + 1])
    assert read_entry() is not None


def test_an_entry_of_another_key_is_none_of_ours(fresh):
    """Names hold a short hash of the key only: two keys may share a file."""
    native.warm(OTHER)
    entry(OTHER).rename(entry())
    assert read_entry() is None
    assert_right()


def test_a_flipped_byte_in_the_code_is_never_run(fresh):
    write_false_entry()
    content = bytearray(entry().read_bytes())
    content[-1] ^= 1
    entry().write_bytes(content)
    assert_right()


def test_a_whole_entry_is_run(fresh):
    """What makes the false entry a proof in the tests beside this one."""
    write_false_entry()
    assert (filtered() == 0).all()
    assert fresh.compiled == []


def test_an_entry_too_large_to_be_one_is_built_again(fresh, monkeypatch):
    monkeypatch.setattr(cache, "LARGEST_ENTRY", 1000)
    write_entry("name", bytes(2000))
    assert read_entry() is None
    assert_right()


@pytest.mark.parametrize("code", [b"", b"no object at all"])
def test_code_that_cannot_be_loaded_costs_time_only(fresh, code):
    write_entry("name", code)
    assert_same(filtered(), TWICE)


def test_warming_compiles_what_is_not_there_yet(fresh):
    assert native.warm(LOOP)
    assert not native.warm(LOOP)
    assert fresh.compiled == [LOOP]
    assert_right()
    assert fresh.compiled == [LOOP]


def test_warming_builds_a_damaged_entry_again(fresh):
    native.warm(LOOP)
    whole = entry().read_bytes()
    entry().write_bytes(whole[:-1])
    assert native.warm(LOOP)
    assert entry().read_bytes() == whole


def test_entries_are_listed_by_name(fresh):
    assert entry_names() == []
    loops = [LOOP, OTHER, Loop("few9", *LOOP[1:])]
    for loop in loops:
        native.warm(loop)
    assert entry_names() == sorted(entry(loop).name for loop in loops)


def test_left_over_temporary_files_disturb_nobody(fresh, monkeypatch):
    """They are what a writer leaves that is killed between writing and renaming."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", no_space)
        patch.setattr(os, "unlink", lambda _: None)
        assert_right()
    left = list(fresh.folder.iterdir())
    assert len(left) == 1
    assert entry_names() == []
    fresh.restart()
    assert_right()
    assert read_entry() is not None, "the entry was not kept"
    assert entry_names() == [entry().name]
    assert cache.clear() == 1
    assert list(fresh.folder.iterdir()) == []


def test_clearing_removes_all_entries_and_nothing_else(fresh):
    assert cache.clear() == 0
    for loop in (LOOP, OTHER):
        native.warm(loop)
    cache.write("of-another-version", "key", "name", b"code")
    (fresh.folder / "letter.txt").write_text("mine")
    assert cache.clear() == 3
    assert entry_names() == []
    assert [path.name for path in fresh.folder.iterdir()] == ["letter.txt"]
    fresh.restart()
    assert_right()
    assert fresh.compiled == [LOOP]


def test_a_write_that_fails_leaves_the_old_entry_and_no_other_file(fresh, monkeypatch):
    write_entry("old", b"code")
    monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(OSError, match="no space"):
        write_entry("new", b"code")
    assert read_entry() == ("old", b"code")
    assert list(fresh.folder.iterdir()) == [entry()]
