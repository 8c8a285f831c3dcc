"""An entry's key holds all that the code depends on."""

import sys
from pathlib import Path

import pytest
from cache_trial import entry, entry_names, read_entry, write_entry

from convfilter import native
from convfilter.native import cache
from convfilter.native.link import host
from convfilter.native.loops import Loop

LOOP = Loop("few5", "uint8", "int16", "int16", "uint8", "whole")
OTHER_TYPES = [
    LOOP._replace(form="few4"),
    LOOP._replace(form="many1"),
    LOOP._replace(source="uint16"),
    LOOP._replace(acc="int32"),
    LOOP._replace(sum="int32"),
    LOOP._replace(pixel="int16"),
    LOOP._replace(kind="rational"),
]
PROGRAM = [
    f"native/{name}.py" for name in ("compile", "finishing", "flatten", "link", "loops", "sums")
]
VERSIONS = ["numba/_version.py", "llvmlite/_version.py"]
CPU = """processor\t: 0
model name\t: One that adds
flags\t\t: fpu sse2 avx2
bogomips\t: 5192.24

processor\t: 1
model name\t: One that adds
flags\t\t: fpu sse2 avx2
bogomips\t: 5192.25
"""


@pytest.fixture(autouse=True)
def _nothing_is_remembered(fresh):
    native._surroundings.cache_clear()
    yield
    native._surroundings.cache_clear()


@pytest.fixture
def texts(monkeypatch):
    """Part of a file's path → what is read in its place."""
    instead, read = {}, native._text

    def text(path, *arguments, **options):
        found = [content for part, content in instead.items() if part in path.replace("\\", "/")]
        return found[0] if found else read(path, *arguments, **options)

    monkeypatch.setattr(native, "_text", text)
    return instead


def key_now():
    """The key as a new process would make it."""
    native._surroundings.cache_clear()
    return native.key_of(LOOP)


def test_the_key_stays_when_nothing_changes():
    assert key_now() == key_now()


@pytest.mark.parametrize("other", OTHER_TYPES)
def test_the_key_changes_with_the_loops_types(other):
    assert native.key_of(other) != key_now()
    assert entry(other) != entry(LOOP)


def test_the_key_changes_with_the_loops_source(monkeypatch):
    before = key_now()
    text = native.source_of(LOOP)
    monkeypatch.setattr(native, "source_of", lambda _: text + "    # other\n")
    assert key_now() != before


@pytest.mark.parametrize("file", PROGRAM)
def test_the_key_changes_with_the_program_that_makes_the_code(texts, file):
    """compile and link choose what the compiler does, loops the parameters' types and roundings."""
    before = key_now()
    texts[file] = "OTHER = 1\n"
    assert key_now() != before


@pytest.mark.parametrize("file", VERSIONS)
def test_the_key_changes_with_the_version_of_the_compiler(texts, file):
    before = key_now()
    texts[file] = "version = '0.0.1'\n"
    assert key_now() != before


@pytest.mark.parametrize(
    ("old", "new"), [("One that adds", "One that multiplies"), ("avx2", "avx512f"), (" avx2", "")]
)
def test_the_key_changes_with_the_processor_and_its_features(texts, old, new):
    texts["/proc/cpuinfo"] = CPU
    before = key_now()
    texts["/proc/cpuinfo"] = CPU.replace(old, new)
    assert key_now() != before


def test_the_key_does_not_change_with_the_clock(texts):
    """Some lines of cpuinfo differ from one reading to the next."""
    texts["/proc/cpuinfo"] = CPU
    before = key_now()
    texts["/proc/cpuinfo"] = CPU.replace("5192", "5193")
    assert key_now() == before


@pytest.mark.parametrize("cpuinfo", ["", "processor\t: 0\nFeatures\t: fp asimd\n\n", "Hardware\n"])
def test_where_the_system_names_no_features_the_compiler_does(texts, monkeypatch, cpuinfo):
    texts["/proc/cpuinfo"] = cpuinfo
    assert native._processor() == host()
    before = key_now()
    monkeypatch.setattr("convfilter.native.link.host", lambda: (host()[0], "+another"))
    assert key_now() != before


@pytest.mark.parametrize("name", ["platform", "machine", "python"])
def test_the_key_changes_with_the_platform(monkeypatch, name):
    before = key_now()
    if name == "platform":
        monkeypatch.setattr(sys, "platform", "elsewhere")
    elif name == "python":
        monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-399")
    else:
        here = native.os.uname()
        monkeypatch.setattr(native.os, "uname", lambda: type(here)((*here[:4], "elsewhere")))
    assert key_now() != before


def test_there_is_a_key_where_the_system_is_not_posix(monkeypatch):
    monkeypatch.delattr(native.os, "uname")
    assert LOOP.name in key_now()


def test_another_key_is_another_file_beside_the_first(texts):
    names = []
    for flags in ("avx2", "avx512f"):
        texts["/proc/cpuinfo"] = CPU.replace("avx2", flags)
        native._surroundings.cache_clear()
        write_entry("name", flags.encode(), LOOP)
        names.append(entry(LOOP).name)
        assert read_entry(LOOP) == ("name", flags.encode())
    assert len(set(names)) == 2
    assert entry_names() == sorted(names)


def test_the_folder_is_the_one_chosen_else_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(tmp_path / "chosen"))
    assert cache.folder() == str(tmp_path / "chosen")
    for unset in (None, ""):
        if unset is None:
            monkeypatch.delenv("CONVFILTER_CACHE_DIR")
        else:
            monkeypatch.setenv("CONVFILTER_CACHE_DIR", unset)
        assert Path(cache.folder()).parts[-1] == "convfilter"


@pytest.mark.skipif(sys.platform != "linux", reason="XDG folders are those of Linux")
def test_the_users_folder_follows_xdg(monkeypatch, tmp_path):
    monkeypatch.delenv("CONVFILTER_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == str(tmp_path / "xdg" / "convfilter")
    for ignored in ("", "relative/folder"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert cache.folder() == str(tmp_path / "home" / ".cache" / "convfilter")
