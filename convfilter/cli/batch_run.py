"""The course of a batch: pictures found, names checked, work done, all of it told."""

from __future__ import annotations

import sys
from contextlib import closing
from itertools import chain
from typing import Any

import click

from convfilter import signals
from convfilter.batch.budget import parse_memory, usual_memory
from convfilter.batch.helpers import Helper, helping, may_fork
from convfilter.batch.local import LocalRun
from convfilter.batch.manifest import Manifest, manifest_path
from convfilter.batch.run import Ledger, Left, Run, refuse_strange, what_is_left
from convfilter.batch.work import skipped
from convfilter.cli.batch_plan import (
    Planned,
    dry_run,
    plan_batch,
    say_nothing_to_do,
    template_of,
)
from convfilter.cli.batch_tell import Teller, tell_end, write_page_of
from convfilter.errors import OptionError
from convfilter.threads import core_count

INTERRUPTED = 130
MOST_HELPERS = 64  # jobs beyond have threads only


def run_batch(
    ctx: click.Context, sources: tuple[str, ...], kernels: tuple[str, ...], values: dict[str, Any]
) -> int:
    """A batch from words to exit status. Raises ConvfilterError before any work, or where none can go on."""
    memory = values["memory"]
    memory_bytes = None if memory is None else parse_memory(memory)
    if values["scheduler"] is not None and not values["scheduler"].strip():
        raise OptionError("scheduler: the address is empty (an unset variable?)")
    template = template_of(ctx, kernels, values)
    jobs = values["jobs"] or core_count()
    values = values | {"jobs": jobs, "memory": memory_bytes}
    forks = not values["dry_run"] and not values["scheduler"] and jobs > 1 and may_fork()
    # Before there are many pictures, a thread, or a terminal whose cursor has been moved.
    with helping(template, min(jobs, MOST_HELPERS) if forks else 0) as helpers:
        planned = plan_batch(template, sources, values)
        if not planned.tasks and not planned.missing:
            say_nothing_to_do(planned.found, values)
            return 0
        if values["dry_run"]:
            return dry_run(planned, values)
        manifest = Manifest(manifest_path(planned.folder), fsync=values["fsync"])
        with closing(manifest):
            return _run(ctx, planned, manifest, helpers, values)


def _run(
    ctx: click.Context,
    planned: Planned,
    manifest: Manifest,
    helpers: list[Helper],
    values: dict[str, Any],
) -> int:
    """A batch that has a plan."""
    made = manifest.made
    left = what_is_left(planned.tasks, made, planned.outputs, planned.ways)
    refuse_strange(left)
    planned.outputs.clean(made.unended())
    manifest.start({"settings": planned.ways.settings, "command": sys.argv[1:]})
    teller = Teller(ctx, len(planned.tasks) + len(planned.missing), values)
    ledger = Ledger(manifest, planned.outputs, planned.ways)
    jobs, memory, address = values["jobs"], values["memory"], values["scheduler"]
    common = (ledger.begin, ledger.end)
    fail_fast = values["fail_fast"]
    run: Run
    if address:
        from convfilter.batch.cluster.run import ClusterRun

        say = teller.progress.say
        run = ClusterRun(left.todo, address, jobs, memory, *common, say, fail_fast=fail_fast)
    else:
        memory = memory or usual_memory()
        run = LocalRun(left.todo, jobs, memory, *common, fail_fast=fail_fast, helpers=helpers)
    status = _work(planned, left, run, teller, values)
    if values["html"]:
        write_page_of(planned, manifest, teller, values["html"])
    if address:  # a worker that was lost can't clean up behind itself
        planned.outputs.clean(made.entries)
    return status


def _work(planned: Planned, left: Left, run: Run, teller: Teller, values: dict[str, Any]) -> int:
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
        tell_end(planned, teller, values)
    if rest := tally.total - tally.ended:
        why = "interrupted" if interrupted else "stopped at the first failure (--fail-fast)"
        teller.progress.say(
            f"convfilter: {why}: {rest} of {tally.total} are left; --resume does them"
        )
    return INTERRUPTED if interrupted else 1 if tally.failed else 0
