"""What all tests of compiled loops share."""

import os
from types import SimpleNamespace
from zlib import crc32

import pytest

_compiled = {}


@pytest.fixture(autouse=True, scope="session")
def _each_module_once(tmp_path_factory):
    """What the compiler made of a loop is kept for all processes of a run: it takes a second or two.

    The cache holds machine code, which is no use to those who look at the module behind it.
    """
    import llvmlite.binding as llvm

    from convfilter.native import compile as compiler

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    really_make = compiler.llvm_module

    def llvm_module(loop):
        source = crc32(compiler.source_of(loop).encode())
        kept = folder / f"{loop.name}-{source:08x}.module"
        if not kept.exists():
            module, symbol = really_make(loop)
            aside = kept.with_suffix(f".{os.getpid()}")
            aside.write_bytes(symbol.encode() + b"\n" + module.as_bitcode())
            aside.replace(kept)
        symbol, _, bitcode = kept.read_bytes().partition(b"\n")
        return llvm.parse_bitcode(bitcode), symbol.decode()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "llvm_module", llvm_module)
        yield


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """convfilter.native as at the start of a process, with an empty cache of its own.

    .folder is the cache folder (not made yet), .told what was told to the user, .compiled the loops
    that were compiled, .restart() forgets the functions found so far.
    """
    from convfilter import native

    here = SimpleNamespace(folder=tmp_path / "cache", told=[], compiled=[])
    really_compile = native._compile

    def compile_(loop):
        here.compiled.append(loop)
        if loop not in _compiled:  # once a loop for all tests
            _compiled[loop] = really_compile(loop)
        return _compiled[loop]

    def restart():
        monkeypatch.setattr(native, "_functions", {})
        here.compiled.clear()
        here.told.clear()

    here.restart = restart
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(here.folder))
    monkeypatch.setattr(native, "_functions", {})
    monkeypatch.setattr(native, "_told", set())
    monkeypatch.setattr(native, "tell", here.told.append)
    monkeypatch.setattr(native, "_compile", compile_)
    return here
