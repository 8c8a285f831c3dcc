"""How a batch is going, while it goes: a bar on a terminal, a line now and then in a log, or nothing."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import Protocol

from convfilter import signals
from convfilter.batch.record import FAILED
from convfilter.batch.tally import Tally
from convfilter.report.batch import progress_line
from convfilter.report.terminal import coloured, fit

# Seconds between two lines of a log.
LOG_EVERY_S = 15.0
SHOW_CURSOR = b"\x1b[?25h"


class Progress(Protocol):
    """What is shown while a batch goes."""

    def update(self) -> None:
        """Another picture came to its end."""
        ...

    def say(self, line: str) -> None:
        """A line on standard error, whatever is shown there."""
        ...

    def close(self) -> None:
        """Nothing is shown any more."""
        ...


def make_progress(tally: Tally, *, quiet: bool, lines: bool) -> Progress:
    """What suits standard error.

    lines  whether something is printed for each picture, which a bar would get in the way of
    """
    if quiet:
        return Quiet(tally)
    return Bar(tally) if coloured(sys.stderr) and not lines else Log(tally)


class Quiet:
    """Nothing but what has to be said."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def update(self) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        sys.stderr.write(f"{fit(line, sys.stderr)}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Nothing."""


class Log(Quiet):
    """A line every few seconds."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        self._next = time.monotonic() + LOG_EVERY_S

    def update(self) -> None:
        if time.monotonic() >= self._next and self.tally.ended < self.tally.total:
            self._next = time.monotonic() + LOG_EVERY_S
            self.say(progress_line(self.tally))


class Bar:
    """rich's bar: pictures, Mpx/s, time left, failures."""

    def __init__(self, tally: Tally) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._tally = tally
        columns = (
            BarColumn(bar_width=None),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[speed]:.0f} Mpx/s"),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("[red]{task.fields[failed]}"),
        )
        console = Console(stderr=True)
        self._bar = Progress(*columns, console=console, transient=True, redirect_stdout=False)
        self._task = self._bar.add_task("", total=tally.total, speed=0.0, failed="")
        self._shown = ExitStack()
        signals.farewell = SHOW_CURSOR  # which it hides
        self._shown.enter_context(self._bar)

    def update(self) -> None:
        tally = self._tally
        failed = tally.counts[FAILED]
        self._bar.update(
            self._task,
            completed=tally.ended,
            speed=tally.megapixels / max(tally.elapsed_s, 1e-9),
            failed=f"{failed} failed" if failed else "",
        )

    def say(self, line: str) -> None:
        self._bar.console.print(
            fit(line, sys.stderr), markup=False, highlight=False, soft_wrap=True
        )

    def close(self) -> None:
        self._shown.close()
        signals.farewell = b""
