"""How a batch is going: counts, speed, the slowest and the failed."""

from __future__ import annotations

import time
from collections import Counter
from heapq import heappush, heappushpop

from convfilter.batch.record import DONE, FAILED, Record

SLOWEST = 3
MOST_NOTES = 100  # kinds of them that are told apart


class Tally:
    """Counts of what came to its end so far; its size does not grow with the pictures, but with failures.

    total  pictures of the batch
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.counts: Counter[str] = Counter()
        self.pixels = 0
        self.failed: list[Record] = []
        self.notes: Counter[str] = Counter()
        self.first_with: dict[str, str] = {}
        self._slowest: list[tuple[float, int, Record]] = []
        self._started = time.perf_counter()
        self._ended: float | None = None

    def add(self, record: Record) -> None:
        """One more."""
        self.counts[record.status] += 1
        self.pixels += record.pixels
        if record.status == FAILED:
            self.failed.append(record)
        elif record.status == DONE:
            entry = sum(record.seconds), self.counts.total(), record
            push = heappush if len(self._slowest) < SLOWEST else heappushpop
            push(self._slowest, entry)
            for note in record.notes:
                if note in self.notes or len(self.notes) < MOST_NOTES:
                    self.notes[note] += 1
                    self.first_with.setdefault(note, record.source)

    def end(self) -> None:
        """The clock is stopped."""
        self._ended = time.perf_counter()

    @property
    def elapsed_s(self) -> float:
        """Since the beginning."""
        return (self._ended or time.perf_counter()) - self._started

    @property
    def ended(self) -> int:
        """Pictures that came to an end, whatever it was."""
        return self.counts.total()

    @property
    def megapixels(self) -> float:
        """Of the pictures that were filtered."""
        return self.pixels / 1e6

    @property
    def slowest(self) -> list[Record]:
        """A few that took longest, the slowest first."""
        return [record for *_, record in sorted(self._slowest, reverse=True)]
