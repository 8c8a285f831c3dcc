"""Ctrl-C, SIGTERM and SIGHUP for the command: at once, quietly, and nothing half-written left behind.

A handler that raises would do so wherever Python happens to be: inside an import it can be swallowed,
or leave a lock that a thread waits for. This one removes the unfinished files and ends the process.
The library installs nothing; there the `finally` clauses do the same.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# Temporary files and folders that stand beside their targets right now.
unfinished: set[str] = set()
# What a terminal is told before the process ends: that its cursor is to be seen again.
farewell = b""
# How many threads are at what no signal may come between, and those that came meanwhile.
_held = 0
_waiting: list[int] = []
_hold = threading.Lock()
# What has to be stopped first, where others go on writing on threads of their own.
_writers: set[Callable[[], None]] = set()
# Where messages go: a command's process moves it (early.py).
standard_error = 2


def forget() -> None:
    """In a forked child: what is written, and whoever writes, is the parent's."""
    unfinished.clear()
    _writers.clear()


@contextmanager
def written_aside(path: str) -> Iterator[None]:
    """For a temporary file or folder that is renamed when it is whole: whatever happens, it does not stay."""
    unfinished.add(path)
    try:
        yield
    finally:
        _remove(path)
        unfinished.discard(path)


@contextmanager
def stopped_first(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` in the end, also if that is a signal: before anything unfinished is removed."""
    _writers.add(stop)
    try:
        yield
    finally:
        stop()
        _writers.discard(stop)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """For two steps that leave things whole together only: a signal between them waits."""
    global _held  # noqa: PLW0603 - there is one process to end
    with _hold:
        _held += 1
    try:
        yield
    finally:
        with _hold:
            _held -= 1
        if _waiting and not _held:
            end(_waiting[0])


def install() -> None:
    """For the command's process: exit status 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)


@contextmanager
def gently(stop: Callable[[], None]) -> Iterator[list[int]]:
    """Within it the first Ctrl-C calls `stop`, on a thread of its own; the second ends as ever.

    Yields a list that holds the signal's number from the first one on.
    """
    met: list[int] = []

    def first(number: int, _frame: object) -> None:
        met.append(number)
        signal.signal(number, end)
        # Here the main thread may hold any lock; another one waits for it.
        threading.Thread(target=stop, daemon=True).start()

    before = signal.signal(signal.SIGINT, first)
    try:
        yield met
    finally:
        signal.signal(signal.SIGINT, before)


def end(number: int, _frame: object = None) -> None:
    """Ends the process as that signal does, now or when nothing is held any more."""
    if _held:
        _waiting.append(number)
        return
    if farewell:
        with suppress(OSError):
            os.write(standard_error, farewell)
    for stop in tuple(_writers):
        stop()
    for path in tuple(unfinished):
        _remove(path)
    if number == signal.SIGINT:
        with suppress(OSError):
            os.write(standard_error, b"convfilter: interrupted\n")
    os._exit(128 + number)


def _remove(path: str) -> None:
    """A file, or a folder with all that it holds."""
    with suppress(OSError):
        os.unlink(path)
        return
    for folder, _, names in os.walk(path, topdown=False):
        for name in names:
            with suppress(OSError):
                os.unlink(os.path.join(folder, name))
        with suppress(OSError):
            os.rmdir(folder)
