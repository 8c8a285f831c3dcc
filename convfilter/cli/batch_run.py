"""The course of a batch: pictures found, names checked, work done, all of it told."""

from __future__ import annotations

import codecs
import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import click

from convfilter import native, signals
from convfilter.batch.budget import parse_memory, usual_memory
from convfilter.batch.helpers import Helpers, fork_helpers, may_fork
from convfilter.batch.local import LocalRun
from convfilter.batch.manifest import Manifest, manifest_path, read_made, read_records
from convfilter.batch.outputs import Outputs
from convfilter.batch.plan import (
    Task,
    check_names,
    check_template,
    make_tasks,
    refuse_existing,
    with_existing,
)
from convfilter.batch.record import DONE, FAILED, SKIPPED
from convfilter.batch.run import (
    Ledger,
    Left,
    Run,
    Ways,
    refuse_strange,
    what_contents_leave,
    what_is_left,
)
from convfilter.batch.settings import digest
from convfilter.batch.sources import Found, Source, find_sources, split_list
from convfilter.batch.tally import Tally
from convfilter.batch.work import Finished, failed, skipped
from convfilter.cli.jobs import job_of, wanted_of
from convfilter.cli.options import (
    from_environment,
    implied_same,
    named_as_typed,
    unknown_variables,
)
from convfilter.errors import OptionError, PictureError
from convfilter.images.remote import is_url, local_path
from convfilter.job import Job
from convfilter.report import batch as told
from convfilter.report.hints import hints
from convfilter.report.outcome import environment_lines
from convfilter.report.progress import make_progress
from convfilter.report.terminal import show
from convfilter.threads import core_count

INTERRUPTED = 130
ENOUGH_HINTS = 100  # to see which one is most often right


class Planned(NamedTuple):
    """All that is known before the first picture is begun.

    folder   as typed, or the path behind a file:// URL
    missing  pictures that were named and can't be read, failed already
    """

    template: Job
    folder: str
    found: Found
    tasks: list[Task]
    missing: list[Finished]
    outputs: Outputs
    ways: Ways


def run_batch(
    ctx: click.Context, sources: tuple[str, ...], kernels: tuple[str, ...], values: dict[str, Any]
) -> int:
    """A batch from words to exit status. Raises ConvfilterError before any work, or where none can go on."""
    memory = values["memory"]
    memory_bytes = None if memory is None else parse_memory(memory)
    if values["scheduler"] is not None and not values["scheduler"].strip():
        raise OptionError("scheduler: the address is empty (an unset variable?)")
    planned = _plan(ctx, sources, kernels, values)
    if not planned.tasks and not planned.missing:
        _say_nothing_to_do(planned.found, values)
        return 0
    if values["dry_run"]:
        return _dry_run(planned, values)
    manifest = Manifest(manifest_path(planned.folder), fsync=values["fsync"])
    with closing(manifest):
        made = manifest.made
        left = what_is_left(planned.tasks, made, planned.outputs, planned.ways)
        refuse_strange(left)
        planned.outputs.clean(made.unended())
        manifest.start({"settings": planned.ways.settings, "command": sys.argv[1:]})
        jobs = values["jobs"] or core_count()
        address = values["scheduler"]
        helpers = Helpers()
        if not address and jobs > 1 and len(left.todo) > 1 and may_fork(left.todo):
            # Before there is a thread, and a terminal whose cursor has been moved.
            helpers = fork_helpers(left.todo, min(jobs, len(left.todo)), manifest.close)
        teller = _Teller(ctx, len(planned.tasks) + len(planned.missing), values)
        ledger = Ledger(manifest, planned.outputs, planned.ways)
        common = (ledger.begin, ledger.end)
        fail_fast = values["fail_fast"]
        run: Run
        if address:
            from convfilter.batch.cluster import ClusterRun

            say = teller.progress.say
            run = ClusterRun(
                left.todo, address, jobs, memory_bytes, *common, say, fail_fast=fail_fast
            )
        else:
            memory_bytes = memory_bytes or usual_memory()
            run = LocalRun(
                left.todo, jobs, memory_bytes, *common, fail_fast=fail_fast, helpers=helpers
            )
        status = _work(planned, left, run, teller, values)
        if values["html"]:
            _write_page(planned, manifest, teller, values["html"])
        if address:  # a worker that was lost can't clean up behind itself
            planned.outputs.clean(made.entries)
        return status


def _plan(
    ctx: click.Context, sources: tuple[str, ...], kernels: tuple[str, ...], values: dict[str, Any]
) -> Planned:
    template = job_of(ctx, kernels, values, wanted_of(values))
    template = template._replace(name=check_template(values["name"]))
    folder = local_path(values["output"])
    if folder == "-":
        raise OptionError("output: '-' takes one picture, from apply; a batch needs a folder")
    if not is_url(folder) and os.path.lexists(folder) and not os.path.isdir(folder):
        raise PictureError(f"{folder} is a file; the results of a batch go into a folder")
    found = find_sources(sources, _listed(values), recursive=values["recursive"])
    tasks = make_tasks(found.sources, template, folder)
    check_names(tasks, found, folder)
    outputs = Outputs(folder)
    tasks = with_existing(tasks, outputs)
    ways = Ways(digest(template), values["resume"], values["overwrite"], values["checksum"])
    if not (ways.resume or ways.overwrite):
        refuse_existing(tasks)
    _check_page(values["html"], folder, overwrite=values["overwrite"])
    missing = [_missing(path, reason) for path, reason in found.missing]
    return Planned(template, folder, found, tasks, missing, outputs, ways)


def _check_page(path: str | None, folder: str, *, overwrite: bool) -> None:
    """Refuses a page that could not be written; its folder may be that of the results, still to be made."""
    if path is None:
        return
    from convfilter.report.page.write import check_page

    inside = os.path.abspath(os.path.dirname(path) or ".") == os.path.abspath(folder)
    new = inside and not is_url(folder) and not os.path.lexists(folder)
    check_page(os.path.basename(path) if new else path, overwrite=overwrite or new)


def _listed(values: dict[str, Any]) -> Iterator[str]:
    """The names in the list, if there is one."""
    path = values["files_from"]
    if path is None:
        return iter(())
    try:
        with open(0 if path == "-" else path, "rb", closefd=path != "-") as file:
            content = file.read()
    except OSError as error:
        raise PictureError(f"{path}: {os.strerror(error.errno or 0)}") from None
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\0" in content and not values["null"]:
        raise OptionError(f"files-from: the names in {path} end with NULs: -0 reads them so")
    if values["null"] and content.count(b"\n") > 1 and b"\0" not in content:
        raise OptionError(f"null: the names in {path} have a line each, and no NUL: leave -0 out")
    return split_list(content, null=values["null"])


def _missing(path: str, reason: str) -> Finished:
    """A picture that fails before it was begun."""
    job = Job(source=path, steps=())
    return failed(Task(job, Source(path), "", ""), PictureError(f"{path}: {reason}"))


def _say_nothing_to_do(found: Found, values: dict[str, Any]) -> None:
    if not values["quiet"]:
        show(
            ["nothing to do: no pictures", *(f"  ignored  {w}" for w in told.ignored(found))],
            err=True,
        )


def _dry_run(planned: Planned, values: dict[str, Any]) -> int:
    made = read_made(manifest_path(planned.folder))
    left = what_is_left(planned.tasks, made, planned.outputs, planned.ways)
    refuse_strange(left)
    if planned.ways.resume and planned.ways.checksum:
        left = what_contents_leave(left, made, planned.outputs, planned.ways)
    for finished in planned.missing:
        show([f"convfilter: {told.complaint(finished.record)}"], err=True)
    show(told.plan_json(left) if values["as_json"] else told.plan_lines(left))
    if not values["quiet"]:
        lines = [f"{len(left.todo)} to do (--dry-run: nothing was done)"]
        if left.skipped:
            lines.append(f"  skipped  {len(left.skipped)}, done by an earlier run")
        show([*lines, *(f"  ignored  {words}" for words in told.ignored(planned.found))], err=True)
    return 1 if planned.missing else 0


def _work(planned: Planned, left: Left, run: Run, teller: _Teller, values: dict[str, Any]) -> int:
    """Does what is left and tells of it; the exit status."""
    tally = teller.tally

    def stop() -> None:
        run.stop()
        teller.progress.say("convfilter: what was begun is finished; Ctrl-C again ends at once")

    with closing(teller.progress), signals.gently(stop) as interrupted:
        before = [*planned.missing, *map(skipped, left.skipped)]
        if planned.missing and values["fail_fast"]:
            run.stop()
        with closing(iter(run)) as ends:
            for finished in chain(before, ends):
                teller.tell(finished)
    tally.end()
    if not values["quiet"]:
        _tell_end(planned, teller, values)
    if rest := tally.total - tally.ended:
        why = "interrupted" if interrupted else "stopped at the first failure (--fail-fast)"
        teller.progress.say(
            f"convfilter: {why}: {rest} of {tally.total} are left; --resume does them"
        )
    return INTERRUPTED if interrupted else 1 if tally.failed else 0


class _Teller:
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


def _tell_end(planned: Planned, teller: _Teller, values: dict[str, Any]) -> None:
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


def _write_page(planned: Planned, manifest: Manifest, teller: _Teller, path: str) -> None:
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
