"""An entry's key holds all that the object code depends on."""

import shutil
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm
import pytest

from convfilter import native
from convfilter.native import cache, load
from convfilter.native.loops import Loop

LOOP = Loop(5, "uint8", "int16", "uint8", "whole")
OTHER_TYPES = [
    LOOP._replace(taps=4),
    LOOP._replace(taps=0),
    LOOP._replace(source="uint16"),
    LOOP._replace(sum="int32"),
    LOOP._replace(pixel="int16"),
    LOOP._replace(kind="rational"),
]
CPU, FEATURES = "a-processor", "+one,-two"


@pytest.fixture(autouse=True)
def _a_processor(fresh, monkeypatch):
    """Loops for a processor that stays the same; nothing is remembered from test to test."""
    monkeypatch.setattr(load, "host", lambda: (CPU, FEATURES))
    native._surroundings.cache_clear()
    yield
    native._surroundings.cache_clear()


def key_now():
    """The key as a new process would make it."""
    native._surroundings.cache_clear()
    return native.key_of(LOOP)


def test_the_key_stays_when_nothing_changes():
    assert key_now() == key_now()


@pytest.mark.parametrize("other", OTHER_TYPES)
def test_the_key_changes_with_the_loops_types(other):
    assert native.key_of(other) != key_now()
    paths = {cache.entry_path(loop.name, native.key_of(loop)) for loop in (LOOP, other)}
    assert len(paths) == 2


def test_the_key_changes_with_the_loops_source(monkeypatch):
    before = key_now()
    text = native.source_of(LOOP)
    monkeypatch.setattr(native, "source_of", lambda loop: text + "    # other\n")
    assert key_now() != before


@pytest.mark.parametrize("file", ["compile.py", "load.py", "loops.py"])
def test_the_key_changes_with_the_program_that_makes_the_code(monkeypatch, tmp_path, file):
    shutil.copytree(Path(native.__file__).parent, tmp_path / "native")
    monkeypatch.setattr(native, "__file__", str(tmp_path / "native" / "__init__.py"))
    before = key_now()
    with open(tmp_path / "native" / file, "a", encoding="utf-8") as changed:
        changed.write("OTHER = 1\n")
    assert key_now() != before


@pytest.mark.parametrize("host", [("another", FEATURES), (CPU, "+one,+two"), (CPU, "")])
def test_the_key_changes_with_the_processor_and_its_features(monkeypatch, host):
    before = key_now()
    monkeypatch.setattr(load, "host", lambda: host)
    assert key_now() != before


def test_the_key_changes_with_the_version_of_numba(monkeypatch):
    before = key_now()
    monkeypatch.setattr(native, "_numba_version", lambda: "0.0.1")
    assert key_now() != before


def test_the_key_changes_with_the_version_of_llvmlite(monkeypatch):
    before = key_now()
    monkeypatch.setattr(llvmlite, "__version__", "0.0.1")
    assert key_now() != before


def test_the_key_changes_with_the_version_of_llvm(monkeypatch):
    before = key_now()
    monkeypatch.setattr(llvm, "llvm_version_info", (1, 2, 3))
    assert key_now() != before


def test_the_key_changes_with_the_system_and_its_abi(monkeypatch):
    before = key_now()
    monkeypatch.setattr(llvm, "get_default_triple", lambda: "riscv64-unknown-linux-gnu")
    assert key_now() != before


@pytest.mark.parametrize("name", ["platform", "machine", "python"])
def test_the_key_changes_with_the_platform(monkeypatch, name):
    before = key_now()
    if name == "platform":
        monkeypatch.setattr(native.sys, "platform", "elsewhere")
    elif name == "machine":
        monkeypatch.setattr(native.platform, "machine", lambda: "elsewhere")
    else:
        monkeypatch.setattr(native.sys.implementation, "cache_tag", "cpython-399")
    assert key_now() != before


def test_the_version_of_numba_is_that_of_the_package():
    import numba

    assert numba.__version__ in native._numba_version()


def test_without_numba_the_key_says_so(monkeypatch):
    monkeypatch.setattr(native.PathFinder, "find_spec", lambda name: None)
    assert native._numba_version() == "none"
    assert "numba none" in key_now()


def test_another_key_is_another_file_beside_the_first(fresh, monkeypatch):
    paths = []
    for features in ("+one", "+two"):
        monkeypatch.setattr(load, "host", lambda features=features: (CPU, features))
        key = key_now()
        paths.append(cache.entry_path(LOOP.name, key))
        cache.write(paths[-1], "name", features.encode())
    assert cache.entries() == sorted(paths)
    assert [cache.read(path)[1] for path in paths] == [b"+one", b"+two"]


def test_the_folder_is_the_one_chosen_else_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(tmp_path / "chosen"))
    assert cache.folder() == tmp_path / "chosen"
    for unset in (None, ""):
        if unset is None:
            monkeypatch.delenv("CONVFILTER_CACHE_DIR")
        else:
            monkeypatch.setenv("CONVFILTER_CACHE_DIR", unset)
        assert cache.folder().parts[-1] == "convfilter"


@pytest.mark.skipif(native.sys.platform != "linux", reason="XDG folders are those of Linux")
def test_the_users_folder_follows_xdg(monkeypatch, tmp_path):
    monkeypatch.delenv("CONVFILTER_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == tmp_path / "xdg" / "convfilter"
    for ignored in ("", "relative/folder"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert cache.folder() == tmp_path / "home" / ".cache" / "convfilter"
