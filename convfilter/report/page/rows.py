"""Records one by one: rows of the page's table, and what is added up of them on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, NamedTuple

from convfilter.batch.record import DONE, FAILED, SKIPPED, Record
from convfilter.report.outcome import MODE_WORDS
from convfilter.report.page.pairs import Choice, make_pairs
from convfilter.report.page.words import data
from convfilter.report.terminal import printable

# Records that are held at a time, and failures that the page tells above its table.
AT_ONCE = 64
MOST_FAILURES = 200
# As page.js knows them: in this order they are sorted.
STATUS_NUMBERS = {FAILED: 0, DONE: 1, SKIPPED: 2}


class Slowest(NamedTuple):
    """The picture that took longest."""

    source: str = ""
    seconds: float = 0.0


class Seen:
    """What was seen of the records.

    failures   the first of those that failed
    seconds    of reading, filtering and writing, all pictures done in this run together
    pairs      how many pictures are shown
    """

    def __init__(self) -> None:
        self.failures: list[Record] = []
        self.seconds = [0.0, 0.0, 0.0]
        self.slowest = Slowest()
        self.pairs = 0

    def add(self, record: Record) -> None:
        """One more record."""
        if record.status == FAILED:
            if len(self.failures) < MOST_FAILURES:
                self.failures.append(record)
        elif record.status == DONE:
            self.seconds = [sum(two) for two in zip(self.seconds, record.seconds, strict=True)]
            took = sum(record.seconds)
            if took > self.slowest.seconds:
                self.slowest = Slowest(record.source, took)


def write_rows(records: Iterable[Record], choice: Choice, into: IO[str]) -> Seen:
    """Writes every record as a row, and the pictures of some, as data for the page's script.

    Elements of class `rows` hold an array of rows each; `pair-N` the two pictures of row N, counted
    from 0.
    """
    seen, first = Seen(), 0
    for some in _parts(records):
        shown = []
        for number, record in enumerate(some, first):
            seen.add(record)
            if choice.takes(record):
                shown.append((number, record))
        pairs = make_pairs([record for _, record in shown])
        with_pair = set()
        for (number, _), pair in zip(shown, pairs, strict=True):
            if pair == (None, None) or choice.room_bytes <= 0:
                continue
            element = _element(f"id='pair-{number}'", data(pair.addresses))
            choice.room_bytes -= len(element)
            with_pair.add(number)
            into.write(element)
        seen.pairs += len(with_pair)
        rows = [row(record, shown=n in with_pair) for n, record in enumerate(some, first)]
        lines = ",\n".join(map(data, rows))
        into.write(_element("class='rows'", f"[{lines}]"))
        first += len(some)
    return seen


def row(record: Record, *, shown: bool) -> list[object]:
    """A record as page.js reads it: lists take half the room of objects with names.

    Status, source, output, both kinds and shapes, frames, milliseconds of reading, filtering and
    writing, notes, error, its name, whether its pictures are shown.
    """
    return [
        STATUS_NUMBERS[record.status],
        printable(record.source),
        printable(record.output),
        MODE_WORDS.get(record.source_mode, record.source_mode),
        record.source_shape,
        MODE_WORDS.get(record.output_mode, record.output_mode),
        record.output_shape,
        record.frames,
        [round(seconds * 1000, 2) for seconds in record.seconds],
        [printable(note) for note in record.notes],
        printable(record.error),
        record.error_type,
        int(shown),
    ]


def _parts(records: Iterable[Record]) -> Iterator[list[Record]]:
    each = iter(records)
    while some := list(islice(each, AT_ONCE)):
        yield some


def _element(attribute: str, content: str) -> str:
    return f"<script type='application/json' {attribute}>{content}</script>\n"
