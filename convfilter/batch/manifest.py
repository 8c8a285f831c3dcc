"""What runs have done so far: a line a picture in `.convfilter.jsonl`, so that a stopped run goes on.

A line is added with one write, and none is ever changed: whenever the process ends, all but perhaps
the last one are whole. That one is ignored.

    {"run": …}      a run begins: version, command line, process
    {"begun": …}    a picture is being filtered: its output, if there is one, is ours
    {"done": …}     its output is there: source with size and time, settings, all that reports tell
    {"failed": …}   it has none: why
"""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Container, Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any, NamedTuple

from convfilter import __version__
from convfilter.batch.record import DONE, FAILED, SKIPPED, Record
from convfilter.errors import PictureError
from convfilter.images.remote import is_url

NAME = ".convfilter.jsonl"


class Entry(NamedTuple):
    """What the last word on a place is.

    source, size, mtime_ns   of the picture that was filtered; sha256: of its content, "" if not asked
    settings   digest of kernels and options;  version: the program's
    output     the place that was written, which may differ in its suffix; its size in `bytes`
    """

    source: str = ""
    size: int = -1
    mtime_ns: int = -1
    sha256: str = ""
    settings: str = ""
    version: str = ""
    output: str = ""
    bytes: int = -1


class Made:
    """What is known of outputs: place → entry, or None for one that was begun and has no end.

    Whatever is there of such a place is ours. A failure leaves an output as it was before.
    """

    def __init__(self) -> None:
        self.entries: dict[str, Entry | None] = {}
        self._before: dict[str, tuple[bool, Entry | None]] = {}

    def begin(self, place: str) -> None:
        """A run is at it."""
        self._before[place] = place in self.entries, self.entries.get(place)
        self.entries[place] = None

    def finish(self, place: str, entry: Entry) -> None:
        """Its output is there."""
        self._before.pop(place, None)
        self.entries[place] = entry

    def fail(self, place: str) -> None:
        """It has no new output."""
        was_known, entry = self._before.pop(place, (False, None))
        if was_known:
            self.entries[place] = entry
        else:
            self.entries.pop(place, None)

    def unended(self) -> set[str]:
        """Places that were begun and have no end."""
        return {place for place, entry in self.entries.items() if entry is None}


class Manifest:
    """The manifest of an output folder, held by one run at a time.

    made  what runs have made so far

    Raises PictureError if another run has it, or it can't be written.
    """

    def __init__(self, path: str, *, fsync: bool = False) -> None:
        self.path, self._fsync = path, fsync
        self._lock = threading.Lock()
        if os.path.lexists(path) and not os.path.isfile(path):
            raise PictureError(f"{path}: is no file: what is done is written down there")
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        except OSError as error:
            raise PictureError(f"{path}: {os.strerror(error.errno or 0)}") from None
        if not _locked(self._descriptor):
            os.close(self._descriptor)
            raise PictureError(
                f"{path}: another run writes to this folder: wait for it, or use another folder"
            )
        self.made = read_made(path)
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    self._append(b"\n")  # a run was ended while it wrote its last line

    def start(self, facts: dict[str, Any]) -> None:
        """A run begins."""
        self._write({"run": os.getpid(), "version": __version__, **facts})

    def begin(self, place: str) -> None:
        """From here on an output of that name is ours."""
        self.made.begin(place)
        self._write({"begun": place})

    def finish(self, place: str, entry: Entry, record: Record) -> None:
        """The output is there."""
        self.made.finish(place, entry)
        self._write(
            {
                "done": place,
                **entry._asdict(),
                "path": record.source,
                "modes": [record.source_mode, record.output_mode],
                "shapes": [record.source_shape, record.output_shape],
                "frames": record.frames,
                "seconds": [round(seconds, 6) for seconds in record.seconds],
                "notes": record.notes,
            }
        )

    def fail(self, place: str, record: Record) -> None:
        """There is no output."""
        error = {"type": record.error_type, "message": record.error}
        self.made.fail(place)
        self._write({"failed": place, "source": record.source, "error": error})

    def close(self) -> None:
        """Lets go of the folder."""
        os.close(self._descriptor)

    def _write(self, fields: dict[str, Any]) -> None:
        self._append(json.dumps(fields).encode() + b"\n")

    def _append(self, line: bytes) -> None:
        try:
            with self._lock:
                written = os.write(self._descriptor, line)
                if self._fsync:
                    os.fsync(self._descriptor)
        except OSError as error:
            raise PictureError(
                f"{self.path}: could not be written: {os.strerror(error.errno or 0)}"
            ) from None
        if written != len(line):
            raise PictureError(f"{self.path}: could not be written: {os.strerror(errno.ENOSPC)}")


def manifest_path(folder: str) -> str:
    """In the output folder; for a URL, which can't be added to, in the user's own state folder."""
    if not is_url(folder):
        return os.path.join(folder, NAME)
    from platformdirs import user_state_dir

    name = sha256(folder.rstrip("/").encode(errors="surrogateescape")).hexdigest()[:32]
    return os.path.join(user_state_dir("convfilter"), "batches", f"{name}.jsonl")


def read_made(path: str) -> Made:
    """What the runs of a manifest have made; nothing where there is no file."""
    made = Made()
    for line in _lines(path):
        if isinstance(place := line.get("begun"), str):
            made.begin(place)
        elif isinstance(place := line.get("failed"), str):
            made.fail(place)
        elif isinstance(place := line.get("done"), str) and (entry := _entry(line)):
            made.finish(place, entry)
    return made


def read_records(
    path: str, root: str, places: Container[str], skipped: Container[str] = ()
) -> Iterator[Record]:
    """The last word on each of some places, failures first.

    root     the output folder with its '/'
    skipped  places that the last run had not to do, for which an earlier one's word holds
    """
    last: dict[str, int] = {}
    failed: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(_lines(path)):
        place = str(line.get("done", line.get("failed", "")))
        if "run" in line:
            last = {place: at for place, at in last.items() if place in skipped}
            failed = {}
        elif place in places:
            last[place] = number
            failed.pop(place, None)
            if "failed" in line:
                failed[place] = line
    for place, line in failed.items():
        error = line.get("error")
        told = error if isinstance(error, dict) else {}
        message, kind = str(told.get("message", "")), str(told.get("type", ""))
        source = str(line.get("source", ""))
        yield Record(source, root + place, FAILED, error=message, error_type=kind)
    for number, line in enumerate(_lines(path)):
        if "done" in line and last.get(line["done"]) == number:
            yield _record(line, root, SKIPPED if line["done"] in skipped else DONE)


def _record(line: dict[str, Any], root: str, status: str) -> Record:
    # An earlier run may have been in another working folder.
    path = str(line.get("path", ""))
    there = is_url(path) or os.path.exists(path)
    told = {"source": path if there else line["source"], "output": root + line["output"]}
    with suppress(KeyError, TypeError, ValueError):
        (mode, new_mode), (shape, new_shape) = line["modes"], line["shapes"]
        read, filtered, written = map(float, line["seconds"])
        return Record(
            **told,
            status=status,
            source_mode=mode,
            source_shape=tuple(shape),
            output_mode=new_mode,
            output_shape=tuple(new_shape),
            frames=int(line["frames"]),
            seconds=(read, filtered, written),
            notes=tuple(line["notes"]),
        )
    return Record(**told, status=status)


def _entry(line: dict[str, Any]) -> Entry | None:
    """What a line says of an output; None where it is none of ours."""
    fields: dict[str, Any] = {name: line.get(name) for name in Entry._fields}
    usual = Entry()._asdict()
    if any(type(value) is not type(usual[name]) for name, value in fields.items()):
        return None
    return Entry(**fields)


def _lines(path: str) -> Iterator[dict[str, Any]]:
    """The whole lines of a manifest; none where there is no file."""
    if not os.path.isfile(path):
        return
    with open(path, "rb") as file:
        for line in file:
            with suppress(ValueError, RecursionError):
                fields = json.loads(line)
                if isinstance(fields, dict) and not ("done" in fields and _entry(fields) is None):
                    yield fields


def _locked(descriptor: int) -> bool:
    """Whether the file is ours now; where files know no locks, it is."""
    try:
        import fcntl
    except ImportError:  # no POSIX
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
    return True
