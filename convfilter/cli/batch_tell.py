"""A batch as it is told: each picture that ends, the summary, the page."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from datetime import datetime
from itertools import chain
from typing import Any

import click

from convfilter import native
from convfilter.batch.manifest import Manifest, read_records
from convfilter.batch.record import DONE, FAILED, SKIPPED
from convfilter.batch.tally import Tally
from convfilter.batch.work import Finished
from convfilter.cli.batch_plan import Planned
from convfilter.cli.options import (
    from_environment,
    implied_same,
    named_as_typed,
    unknown_variables,
)
from convfilter.errors import OptionError
from convfilter.report import batch as told
from convfilter.report.hints import hints
from convfilter.report.outcome import environment_lines
from convfilter.report.progress import make_progress
from convfilter.report.terminal import show

ENOUGH_HINTS = 100  # to see which one is most often right


class Teller:
    """Tells of each picture that came to its end."""

    def __init__(self, ctx: click.Context, total: int, values: dict[str, Any]) -> None:
        self.ctx, self._as_json, self._verbose = ctx, values["as_json"], values["verbose"]
        self.environment = from_environment(ctx)
        self.started = datetime.now()  # noqa: DTZ005 - the clock on the wall
        self.tally = Tally(total)
        self.skipped: set[str] = set()
        self.hints: Counter[str] = Counter()
        self.progress = make_progress(self.tally, quiet=values["quiet"], lines=self._as_json)
        if not values["quiet"]:
            native.tell = self.progress.say

    def tell(self, finished: Finished) -> None:
        """Of one more."""
        finished = _as_typed(self.ctx, finished)
        self.tally.add(finished.record)
        if finished.record.status == SKIPPED:
            self.skipped.add(finished.task.place)
        if finished.record.status == FAILED:
            self.progress.say(f"convfilter: {told.complaint(finished.record)}")
        elif self._verbose:
            self.progress.say(told.finished_line(finished.record))
        if self._as_json:
            self._print(told.finished_json(finished, self.environment))
        if finished.outcome is not None and self.hints.total() < ENOUGH_HINTS:
            self.hints.update(hints(finished.outcome)[:1])
        self.progress.update()

    def _print(self, line: str) -> None:
        """Whoever listened may have heard enough: the pictures are filtered all the same."""
        try:
            click.echo(line)
        except BrokenPipeError:
            self._as_json = False
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _as_typed(ctx: click.Context, finished: Finished) -> Finished:
    """With errors of options as they are typed."""
    if not isinstance(finished.error, OptionError):
        return finished
    error = named_as_typed(ctx, finished.error)
    return finished._replace(error=error, record=finished.record._replace(error=str(error)))


def tell_end(planned: Planned, teller: Teller, values: dict[str, Any]) -> None:
    """The summary: on standard output, unless lines of JSON are there."""
    ctx = teller.ctx
    settings = told.settings(planned.template, implied_by=implied_same(ctx))
    page = values["html"] or ""
    lines = told.summary(teller.tally, planned.found, planned.folder, settings, page)
    lines += environment_lines(teller.environment)
    lines += [f"  note     {note}" for note in unknown_variables(ctx)]
    show(lines, err=values["as_json"])
    if teller.hints and not values["as_json"]:
        [(hint, _)] = teller.hints.most_common(1)
        show([f"hint: {hint}"], err=True)


def write_page_of(planned: Planned, manifest: Manifest, teller: Teller, path: str) -> None:
    """A page of all pictures that came to an end, in this run or an earlier one."""
    from convfilter.report.page.told import Told
    from convfilter.report.page.write import write_page

    tally = teller.tally
    places = {task.place for task in planned.tasks}
    records = read_records(manifest.path, planned.outputs.root, places, teller.skipped)
    page = Told(
        command=shlex.join(["convfilter", *sys.argv[1:]]),
        started=teller.started,
        elapsed_s=tally.elapsed_s,
        settings=tuple(told.settings(planned.template, implied_by=implied_same(teller.ctx))),
        steps=planned.template.steps,
        total=tally.total,
        done=tally.counts[DONE],
        skipped=tally.counts[SKIPPED],
        failed=tally.counts[FAILED],
        megapixels=tally.megapixels,
    )
    write_page(path, page, chain((finished.record for finished in planned.missing), records))
