"""Forked processes that filter for the threads of a batch, which would wait for each other.

A small picture takes 9 ms of processor time, 3 of them in Python, with some eighty short calls that
let go of Python's lock and want it back. With two threads a picture took 7 to 9 ms, with two
processes 4.9 (459×612 JPEGs, two cores); 12 Mpx took 160 and 130.

Helpers are forked before the pictures are looked for: they stay small, however many there are. One
is told what differs from the job that all have in common. It asks before it decodes, and says how
the task came to its end: what may be begun, and what is written down, is the parent's. When the
parent is gone, for whatever reason, helpers remove what is unfinished and go too.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, NoReturn

from convfilter import native, signals
from convfilter.batch.budget import Stopped
from convfilter.batch.plan import Task
from convfilter.batch.sources import Source
from convfilter.batch.work import Admit, Finished, do, failed
from convfilter.errors import ConvfilterError, PictureError
from convfilter.images.decoded import Extent
from convfilter.images.memory import return_large_pieces
from convfilter.images.remote import is_url
from convfilter.job import Job

# What a helper says: a message for the user; what it would decode; a task's end; that there was none.
SAY, OPEN, ENDED, STOPPED = range(4)
# How long a helper may take to go; libraries that keep Python's lock don't hear that it should.
PATIENCE_S = 2.0


class Helper:
    """A process that does tasks, one at a time.

    template     what jobs have in common
    process      its number for the system
    to, answers  pipes
    """

    def __init__(self, template: Job, process: int, to: IO[bytes], answers: IO[bytes]) -> None:
        self._template, self._process, self._to, self._answers = template, process, to, answers
        self.is_gone = False

    def takes(self, task: Task) -> bool:
        """Whether it can do a task. Stores are left to the parent: memory:// is known there only."""
        return not (self.is_gone or is_url(task.source.path) or is_url(task.output))

    def do(self, task: Task, admit: Admit) -> Finished:
        """As `work.do`; a task at which it is gone has failed."""
        fields = zip(Job._fields, task.job, self._template, strict=True)
        changes = {name: value for name, value, usual in fields if value is not usual}
        try:
            self._send((changes, task.source.path, task.output))
            while True:
                kind, content = pickle.load(self._answers)  # noqa: S301 - our own child wrote it
                if kind == ENDED:
                    return Finished(task, *content)
                if kind == STOPPED:
                    raise Stopped
                if kind == OPEN:
                    self._send(_cores(content, admit))
                elif native.tell is not None:
                    native.tell(content)
        except (OSError, EOFError, pickle.UnpicklingError):
            self.is_gone = True
            reason = f"the process that filtered it {self._why()}"
            return failed(task, PictureError(f"{task.source.path}: {reason}"))

    def close(self) -> None:
        """Its pipes, as far as they are held here."""
        for pipe in (self._to, self._answers):
            with suppress(OSError):  # what was not sent yet
                pipe.close()

    def has_ended(self) -> bool:
        """Whether its process has; asked for, it is nobody's zombie any more."""
        with suppress(ChildProcessError):
            return os.waitpid(self._process, os.WNOHANG)[0] != 0
        return True

    def _why(self) -> str:
        with suppress(ChildProcessError):
            code = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
            if code == -signal.SIGKILL:
                return "was killed (out of memory? --memory and -j bound it)"
            return f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
        return "is gone"

    def _send(self, content: Any) -> None:
        pickle.dump(content, self._to)
        self._to.flush()


def may_fork() -> bool:
    """Whether this process can have helpers: only with a single thread, and only on Linux.

    Elsewhere the system's own libraries may not survive it.
    """
    return sys.platform == "linux" and threading.active_count() == 1


@contextmanager
def helping(template: Job, count: int) -> Iterator[list[Helper]]:
    """So many helpers, which end with this, or with the process; fewer where the system gives no more.

    template  what the jobs of all tasks have in common
    """
    told, life = _pipe()  # read by helpers, held by the parent: it ends when the parent does
    helpers: list[Helper] = []

    def end() -> None:
        """All go, whatever they are at; waits for them, but not for long."""
        life.close()
        until = time.monotonic() + PATIENCE_S
        while not all(helper.has_ended() for helper in helpers) and time.monotonic() < until:
            time.sleep(0.002)

    try:
        with signals.stopped_first(end):
            with told:
                for _ in range(count):
                    if (helper := _fork(template, told, life, helpers)) is None:
                        break
                    helpers.append(helper)
            yield helpers
    finally:
        for helper in helpers:
            helper.close()


def _fork(template: Job, told: IO[bytes], life: IO[bytes], others: list[Helper]) -> Helper | None:
    """One more, which lets go of what only the parent may hold; None where the system gives none."""
    (requests, to), (answers, back) = _pipe(), _pipe()
    try:
        process = os.fork()
    except OSError:
        for pipe in (requests, to, answers, back):
            pipe.close()
        return None
    if process == 0:
        for pipe in (life, to, answers):
            pipe.close()
        for other in others:
            other.close()
        _serve(template, told, requests, back)
    requests.close()
    back.close()
    return Helper(template, process, to, answers)


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    """Where it is read, and where it is written."""
    source, target = os.pipe()
    return open(source, "rb"), open(target, "wb")


def _cores(extent: Extent, admit: Admit) -> int:
    """What is answered to OPEN: 0 to let it be."""
    try:
        return admit(extent)
    except Stopped:
        return 0


def _serve(template: Job, told: IO[bytes], requests: IO[bytes], back: IO[bytes]) -> NoReturn:
    """A helper's life."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it says what follows
        signals.forget()
        threading.Thread(target=_go_with_parent, args=(told,), daemon=True).start()
        return_large_pieces()

        def say(kind: int, content: Any = None) -> None:
            pickle.dump((kind, content), back)
            back.flush()

        def admit(extent: Extent) -> int:
            say(OPEN, extent)
            return _allowed(pickle.load(requests))  # noqa: S301 - our own parent wrote it

        native.tell = lambda message: say(SAY, message)
        while True:
            changes, source, output = pickle.load(requests)  # noqa: S301
            task = Task(template._replace(**changes), Source(source), output, "")
            try:
                ended = do(task, admit)
            except Stopped:
                say(STOPPED)
            else:
                known = isinstance(ended.error, ConvfilterError)
                say(ENDED, (ended.record, ended.outcome, ended.error if known else None))
    except BaseException:  # noqa: BLE001 - nobody is there to hear of it; the parent tells that we are gone
        os._exit(1)


def _allowed(cores: int) -> int:
    if not cores:
        raise Stopped
    return cores


def _go_with_parent(told: IO[bytes]) -> None:
    """Waits until the parent is gone."""
    told.read(1)
    signals.end(signal.SIGTERM)
