"""A batch from its plan to its last picture: what is left to do, who does it, and what is written down."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from convfilter import __version__
from convfilter.batch.manifest import Entry, Made, Manifest
from convfilter.batch.outputs import Outputs
from convfilter.batch.plan import Task
from convfilter.batch.record import DONE, FAILED
from convfilter.batch.settings import content_digest
from convfilter.batch.work import Finished, failed, skipped
from convfilter.errors import PictureError
from convfilter.images.remote import is_url


class Ways(NamedTuple):
    """How a batch goes about it.

    settings  digest of kernels and options
    resume    what an earlier run has done is not done again
    overwrite  outputs that exist are replaced
    checksum  sources are compared by content, not by size and time
    """

    settings: str
    resume: bool = False
    overwrite: bool = False
    checksum: bool = False


class Left(NamedTuple):
    """What there is to do.

    todo     tasks to be done
    skipped  tasks that an earlier run has done
    strange  those to be done whose output exists, and was made by nobody that we know
    """

    todo: list[Task]
    skipped: list[Task]
    strange: list[Task]


class Run(Protocol):
    """Tasks being done, here or elsewhere."""

    def __iter__(self) -> Generator[Finished]:
        """Tasks as they come to their ends."""
        ...

    def stop(self) -> None:
        """Begins no more."""
        ...


def what_is_left(tasks: Sequence[Task], made: Made, outputs: Outputs, ways: Ways) -> Left:
    """What a run has to do, given what earlier ones made. With `checksum` sources are compared later."""
    left = Left([], [], [])
    for task in tasks:
        entry = made.entries.get(task.place) if ways.resume else None
        if entry and not ways.checksum and is_current(entry, task, outputs, ways):
            left.skipped.append(task)
            continue
        ours = ways.resume and task.place in made.entries
        if entry and entry.output != task.place and task.exists:
            ours = False  # what we made went by another suffix
        replaces = ways.overwrite or ours
        if task.exists and not replaces:
            left.strange.append(task)
        left.todo.append(task._replace(job=task.job._replace(overwrite=replaces)))
    return left


def what_contents_leave(left: Left, made: Made, outputs: Outputs, ways: Ways) -> Left:
    """The same once the contents of sources are compared, as a run does when it comes to them."""
    checked = Left([], list(left.skipped), left.strange)
    for task in left.todo:
        entry = made.entries.get(task.place)
        content = content_digest(task.source.path) if entry else ""
        current = entry and is_current(entry, task, outputs, ways, content)
        (checked.skipped if current else checked.todo).append(task)
    return checked


def refuse_strange(left: Left) -> None:
    """Raises PictureError where a resumed run would replace what no run has made."""
    if left.strange:
        one = len(left.strange) == 1
        raise PictureError(
            f"{len(left.strange)} output{'' if one else 's'} that no earlier run has made "
            f"exist{'s' if one else ''} (the first: {left.strange[0].output}): --overwrite with --resume "
            "replaces what is there, another folder keeps it"
        )


def is_current(entry: Entry, task: Task, outputs: Outputs, ways: Ways, content: str = "") -> bool:
    """Whether an earlier run's output is what this one would make.

    content  digest of the source; "" compares its size and time
    """
    size = outputs.size(entry.output)
    if entry.settings != ways.settings or entry.version != __version__ or size is None:
        return False
    if -1 not in (size, entry.bytes) and size != entry.bytes:
        return False
    if content:
        return entry.sha256 == content
    source = task.source
    same_file = entry.source == _absolute(source.path)
    return same_file and (entry.size, entry.mtime_ns) == (source.size, source.mtime_ns) != (-1, -1)


class Ledger:
    """Writes down what is begun and what came to its end, before anybody is told.

    Its methods are called from many threads.
    """

    def __init__(self, manifest: Manifest, outputs: Outputs, ways: Ways) -> None:
        self._manifest, self._outputs, self._ways = manifest, outputs, ways
        self._content: dict[str, str] = {}

    def begin(self, task: Task) -> Finished | None:
        """A task is begun; where it is done already, or can't be begun, its end."""
        try:
            if self._ways.checksum:
                content = content_digest(task.source.path)
                entry = self._manifest.made.entries.get(task.place) if self._ways.resume else None
                if entry and is_current(entry, task, self._outputs, self._ways, content):
                    return skipped(task)
                self._content[task.place] = content
            self._outputs.make_folder(task.place)
        except PictureError as error:
            return failed(task, error)
        self._manifest.begin(task.place)
        return None

    def end(self, finished: Finished) -> Finished:
        """A task came to its end, which is written down; what it really was."""
        task, record = finished.task, finished.record
        size = _size(record.output) if record.status == DONE else None
        if record.status == DONE and size is None:
            gone = PictureError(f"{task.source.path}: its output {record.output} is not there")
            finished = failed(task, gone)
        elif size is not None:
            source = task.source
            entry = Entry(
                source=_absolute(source.path),
                size=source.size,
                mtime_ns=source.mtime_ns,
                sha256=self._content.pop(task.place, ""),
                settings=self._ways.settings,
                version=__version__,
                output=self._outputs.place(record.output),
                bytes=size,
            )
            self._manifest.finish(task.place, entry, record)
        if finished.record.status == FAILED:
            self._manifest.fail(task.place, finished.record)
        return finished


def _size(path: str) -> int | None:
    """Of an output, in bytes; −1 of one in a store, None of one that is not there."""
    if is_url(path):
        return -1
    with suppress(OSError):
        return os.stat(path).st_size
    return None


def _absolute(path: str) -> str:
    return path if is_url(path) else os.path.abspath(path)
