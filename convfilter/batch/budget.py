"""How much memory pictures in flight may take: each waits, in turn, until there is room for it."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from convfilter.core.stages import chain_policy
from convfilter.errors import OptionError
from convfilter.images.decoded import Extent
from convfilter.images.formats import format_named, suffix_of
from convfilter.job import Job

# The most memory that a job took at any time, for a byte of its decoded picture: the picture, its
# result, and what stands between them. Measured as the peak of processes on 12 Mpx.
PLAIN = 3.5  # 1.5 … 2.8; a progressive JPEG has its coefficients besides
IN_FLOATS = 7.0  # 3.3 … 6.6: whatever makes a picture of floats between
LINEAR = 9.0  # 8.3
WEIGHED = 20.0  # 19: colours times alpha, in float64
WEIGHED_LINEAR = 31.0  # 30
# Formats whose encoders or decoders take memory of their own: 4.1, 7, 8.5 and 10.7.
FORMATS = {"WEBP": 5.0, "AVIF": 8.0, "GIF": 9.0, "JPEG2000": 11.0}
LARGE_KERNEL = 15  # from here on transforms may be used

UNITS = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def estimated_bytes(extent: Extent, job: Job) -> int:
    """The most memory that a job will take at any time, as far as its header tells."""
    factors = [PLAIN]
    last = job.steps[-1][0]
    if last.maps or _by_floats(job):
        factors.append(IN_FLOATS)
    if job.linear:
        factors.append(LINEAR)
    if extent.alpha and job.alpha in ("auto", "premultiply") and not last.zero_sum:
        factors.append(WEIGHED_LINEAR if job.linear else WEIGHED)
    for word in filter(None, (suffix_of(job.source), job.format)):
        form = format_named(word)
        factors.append(FORMATS.get(form.name if form else "", PLAIN))
    return round(extent.frame_bytes * extent.frames * (max(factors) + (last.maps or 0) / 2))


def _by_floats(job: Job) -> bool:
    """Whether a whole picture of floats stands between a picture and its result."""
    if chain_policy(job.steps) in ("rescale", "float") or job.mask or job.region or job.bits:
        return True
    return any(
        max(kernel.size) >= LARGE_KERNEL or spec.exact or spec.border.kind == "resize"
        for kernel, spec in job.steps
    )


def parse_memory(text: str) -> int:
    """'4G', '500M', '1.5g' as bytes, in units of 1024; raises OptionError.

    >>> parse_memory("1.5k")
    1536
    """
    word = text.strip().lower().removesuffix("b").removesuffix("i")
    unit = UNITS.get(word[-1:], 0)
    with suppress(ValueError, OverflowError):
        count = round(float(word[:-1] if unit else word) * (unit or 1))
        if count > 0:
            return count
    raise OptionError(f"memory: {text!r} is no amount such as 4G, 500M or 2000000000")


def usual_memory() -> int:
    """Half of the memory that this machine, or this process's control group, has."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    with suppress(OSError, ValueError), open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
        limits.append(int(file.read()))  # a ValueError: "max"
    return min(limits) // 2


class Stopped(Exception):
    """No picture is begun any more."""


class Budget:
    """Bytes that pictures in flight may take together; one alone may take more."""

    def __init__(self, total_bytes: int) -> None:
        self.total_bytes = total_bytes
        self._taken_bytes = 0
        self._waiting: deque[object] = deque()
        self._stopped = False
        self._changed = threading.Condition()

    def take(self, wanted_bytes: int) -> None:
        """Waits until there is room, and all who came before have had theirs; raises Stopped."""
        turn = object()
        with self._changed:
            self._waiting.append(turn)
            try:
                self._changed.wait_for(lambda: self._stopped or self._may_go(turn, wanted_bytes))
                if self._stopped:
                    raise Stopped
                self._taken_bytes += wanted_bytes
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()

    @contextmanager
    def share(self, job: Job) -> Iterator[Callable[[Extent], int]]:
        """What waits for the memory of a job once its picture's extent is known, and says how much that is.

        It is free again at the end.
        """
        taken = 0

        def take(extent: Extent) -> int:
            nonlocal taken
            wanted = estimated_bytes(extent, job)
            self.take(wanted)
            taken = wanted
            return wanted

        try:
            yield take
        finally:
            self.give_back(taken)

    def give_back(self, taken_bytes: int) -> None:
        """What was taken is free again."""
        with self._changed:
            self._taken_bytes -= taken_bytes
            self._changed.notify_all()

    def stop(self) -> None:
        """Whoever waits, and whoever comes, is sent away."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _may_go(self, turn: object, wanted_bytes: int) -> bool:
        fits = self._taken_bytes + wanted_bytes <= self.total_bytes
        return turn is self._waiting[0] and (fits or not self._taken_bytes)
