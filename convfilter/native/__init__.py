"""Compiled loops: found in the cache, or compiled once and kept there.

    function = find(Loop(5, "uint8", "int16", "uint8", "whole"))

`find` answers None where nothing can be compiled here; callers then do the same with numpy.
"""

from __future__ import annotations

import functools
import platform
import sys
import threading
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from convfilter.native import cache as store
from convfilter.native.loops import Loop, source_of

if TYPE_CHECKING:
    from convfilter.native.load import LoopFunction

# What the command line shows its user: set once by it, silent for everybody else.
tell: Callable[[str], None] | None = None

_functions: dict[Loop, LoopFunction | None] = {}
_lock = threading.Lock()
_told: set[str] = set()


def find(loop: Loop) -> LoopFunction | None:
    """The loop as a function, from this process, the cache, or the compiler; None if none can."""
    if loop in _functions:
        return _functions[loop]
    with _lock:
        if loop not in _functions:
            _functions[loop] = _make(loop)
        return _functions[loop]


def warm(loop: Loop) -> bool:
    """Sees to it that the loop lies in the cache; whether it had to be compiled."""
    if _cached(loop) is not None:
        return False
    store.write(store.entry_path(loop.name, key_of(loop)), *_compile(loop))
    return True


def prepare() -> None:
    """Loads what every loop needs, so that it can be done on a thread while something is read."""
    try:
        from convfilter.native.load import linker

        linker()
    except Exception:  # noqa: BLE001
        return  # `find` meets the same error and tells about it


def key_of(loop: Loop) -> str:
    """All that the object code depends on, as text."""
    return "\n".join((source_of(loop), loop.name, *_surroundings()))


def _make(loop: Loop) -> LoopFunction | None:
    try:
        from convfilter.native.load import load

        if (entry := _cached(loop)) is not None:
            return load(*entry)
        _say("compiling the filter loops for this processor (once; a second or two) …")
        symbol, code = _compile(loop)
        _keep(loop, symbol, code)
        return load(symbol, code)
    except Exception as error:  # noqa: BLE001 - whatever the compiler meets here, numpy still gives the result
        _say(f"nothing can be compiled here ({error or type(error).__name__}): numpy works, slower")
        return None


def _compile(loop: Loop) -> tuple[str, bytes]:
    from convfilter.native.compile import compile_loop
    from convfilter.native.load import target_machine

    return compile_loop(loop, target_machine())


def _cached(loop: Loop) -> tuple[str, bytes] | None:
    try:
        return store.read(store.entry_path(loop.name, key_of(loop)))
    except OSError as error:
        _say(f"the cache of compiled loops is not used: {error}")
        return None


def _keep(loop: Loop, symbol: str, code: bytes) -> None:
    try:
        store.write(store.entry_path(loop.name, key_of(loop)), symbol, code)
    except OSError as error:
        _say(f"compiled loops can't be kept for the next run: {error}")


def _say(message: str) -> None:
    if tell is not None and message not in _told:
        _told.add(message)
        tell(message)


@functools.cache
def _surroundings() -> tuple[str, ...]:
    import llvmlite
    import llvmlite.binding as llvm

    from convfilter.native.load import host

    compiler = Path(__file__).with_name("compile.py").read_text(encoding="utf-8")
    python = f"{sys.implementation.cache_tag} {platform.machine()} {sys.platform}"
    versions = f"numba {_numba_version()} llvmlite {llvmlite.__version__} {llvm.llvm_version_info}"
    return compiler, python, versions, llvm.get_default_triple(), *host()


def _numba_version() -> str:
    """The text of numba's version file: its version, without importing it (200 ms)."""
    found = PathFinder.find_spec("numba")
    if found is None or found.origin is None:
        return "none"
    return Path(found.origin).with_name("_version.py").read_text(encoding="utf-8")
