"""Compiled loops: found in the cache, or compiled once and kept there.

    function = find(Loop(5, "uint8", "int16", "uint8", "whole"))

`find` answers None where nothing can be compiled here; callers then do the same with numpy.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

from convfilter.native import cache as store
from convfilter.native.loops import Loop, source_of

if TYPE_CHECKING:
    from convfilter.native.load import LoopFunction

# What the command line shows its user: set once by it, silent for everybody else.
tell: Callable[[str], None] | None = None

# The modules whose text decides what is compiled.
MAKERS = ("compile", "finishing", "flatten", "link", "loops", "sums")

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
    store.write(loop.name, key_of(loop), *_compile(loop))
    return True


def key_of(loop: Loop) -> str:
    """All that the object code depends on, as text."""
    return "\n".join((source_of(loop), loop.name, *_surroundings()))


def _make(loop: Loop) -> LoopFunction | None:
    try:
        from convfilter.native.load import load

        if (entry := _cached(loop)) is not None:
            with suppress(Exception):  # whole, but of no use here: made anew
                return load(*entry)
        what = (
            "a loop for this kind of filter (once; 'convfilter cache warm' makes the usual ones) …"
        )
        _say("compiling", what)
        symbol, code = _compile(loop)
        _keep(loop, symbol, code)
        return load(symbol, code)
    except Exception as error:  # noqa: BLE001 - whatever the compiler meets, numpy still works
        reason = str(error) or type(error).__name__
        _say("nothing can be compiled here", f"({reason}): numpy does it, slower")
        return None


def _compile(loop: Loop) -> tuple[str, bytes]:
    """The loop's code, flat if possible, and what `load` has to know about it."""
    from convfilter.native.compile import compile_loop
    from convfilter.native.flatten import flatten
    from convfilter.native.link import target_machine
    from convfilter.native.load import FLAT

    symbol, code = compile_loop(loop, target_machine())
    if (flat := flatten(code, symbol)) is not None:
        place, code = flat
        symbol = f"{FLAT}{place}"
    return symbol, code


def _cached(loop: Loop) -> tuple[str, bytes] | None:
    try:
        return store.read(loop.name, key_of(loop))
    except OSError as error:
        _say("the cache of compiled loops is not used:", _cause(error))
        return None


def _keep(loop: Loop, symbol: str, code: bytes) -> None:
    try:
        store.write(loop.name, key_of(loop), symbol, code)
    except OSError as error:
        _say("compiled loops can't be kept for the next run:", _cause(error))


def _cause(error: OSError) -> str:
    cause = error.strerror or str(error)
    return f"{cause}; $CONVFILTER_CACHE_DIR names another folder"


def _say(what: str, more: str) -> None:
    """Tells each kind of news once, whatever the loop."""
    if tell is not None and what not in _told:
        _told.add(what)
        tell(f"{what} {more}")


@functools.cache
def _surroundings() -> tuple[str, ...]:
    """Versions and processor, found without importing what they belong to."""
    here = os.path.dirname(__file__)
    makers = [_text(f"{here}/{name}.py") for name in MAKERS]
    versions = [_text(f"{_folder_of(name)}/_version.py") for name in ("numba", "llvmlite")]
    posix = hasattr(os, "uname")
    machine = os.uname().machine if posix else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    python = f"{sys.implementation.cache_tag} {sys.platform} {machine}"
    return *makers, *versions, python, *_processor()


def _processor() -> tuple[str, ...]:
    """Name and features: home directories are shared between machines."""
    try:
        lines = _text("/proc/cpuinfo", most=16384).split("\n\n", 1)[0].splitlines()
    except OSError:
        lines = []
    facts = [
        line for line in lines if line.startswith(("cpu family", "model", "stepping", "flags"))
    ]
    if any(line.startswith("flags") for line in facts):
        return tuple(facts)
    from convfilter.native.link import host

    return host()


def _folder_of(package: str) -> str:
    found = PathFinder.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed")
    return os.path.dirname(found.origin)


def _text(path: str, most: int = -1) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(most)


def _renew_lock() -> None:
    """In a forked child the thread that may have held the lock does not exist."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)
