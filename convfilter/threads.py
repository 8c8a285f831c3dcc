"""Independent pieces of work on the cores that this process may use."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Work = Callable[[], None]

_pool: ThreadPoolExecutor | None = None
_pool_lock = threading.Lock()


@cache
def core_count() -> int:
    """Cores that this process may use: its affinity mask, and the quota of its control group."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # no affinity on this system
        cores = os.cpu_count() or 1
    return max(1, min(cores, _quota()))


def _quota() -> int:
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            limit, period = file.read().split()[:2]
        return max(1, -(-int(limit) // int(period)))
    except (OSError, ValueError):  # no control groups, or "max"
        return 1_000_000


def run_all(pieces: Sequence[Work], threads: int) -> None:
    """Runs every piece, at most `threads` at once, in any order; raises the first error.

    The calling thread works too, so that a call from a pool's own thread can't wait for itself.
    """
    if threads <= 1 or len(pieces) <= 1:
        for piece in pieces:
            piece()
        return
    queue = iter(pieces)
    turn = threading.Lock()

    def work() -> None:
        while True:
            with turn:
                piece = next(queue, None)
            if piece is None:
                return
            piece()

    from concurrent.futures import wait

    futures = []
    with suppress(RuntimeError):  # at the interpreter's end no pool takes work: it is all done here
        for _ in range(min(threads, len(pieces)) - 1):
            futures.append(_executor(threads).submit(work))  # noqa: PERF401 - as far as it gets
    try:
        work()
    finally:
        # Whoever hasn't begun by now finds nothing left to do, and may never begin.
        begun = [future for future in futures if not future.cancel()]
        wait(begun)
    for future in begun:
        future.result()


def in_bands(height: int, size: int, numbers: int, work: Callable[[slice], None]) -> None:
    """Does `work` for bands of rows of about so many numbers each, on all cores.

    height, size  rows and numbers of all
    """
    tall = max(1, numbers * height // size)
    bands = [slice(y, min(y + tall, height)) for y in range(0, height, tall)]
    run_all([partial(work, rows) for rows in bands], core_count())


def _executor(threads: int) -> ThreadPoolExecutor:
    """The shared pool, made on first use."""
    global _pool  # noqa: PLW0603 - one pool a process
    from concurrent.futures import ThreadPoolExecutor  # 5 ms that small pictures don't need

    with _pool_lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(max(core_count(), threads), "convfilter")
        return _pool


def _forget() -> None:
    """In a forked child the pool's threads don't exist."""
    global _pool, _pool_lock
    _pool, _pool_lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
