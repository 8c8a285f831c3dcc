"""What a batch would do: its pictures, their names, and what speaks against them; --dry-run tells of it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import click

from convfilter.batch.manifest import manifest_path, read_made
from convfilter.batch.outputs import Outputs
from convfilter.batch.plan import (
    Task,
    check_names,
    check_template,
    make_tasks,
    refuse_existing,
    with_existing,
)
from convfilter.batch.run import (
    Ways,
    refuse_strange,
    what_contents_leave,
    what_is_left,
)
from convfilter.batch.settings import digest
from convfilter.batch.sources import Found, Source, find_sources, split_list
from convfilter.batch.work import Finished, failed
from convfilter.cli.jobs import job_of, wanted_of
from convfilter.errors import OptionError, PictureError
from convfilter.images.remote import is_url, local_path
from convfilter.job import Job
from convfilter.report import batch as told
from convfilter.report.terminal import show


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


def template_of(ctx: click.Context, kernels: tuple[str, ...], values: dict[str, Any]) -> Job:
    """What the jobs of all pictures have in common. Raises OptionError."""
    template = job_of(ctx, kernels, values, wanted_of(values))
    return template._replace(name=check_template(values["name"]))


def plan_batch(template: Job, sources: tuple[str, ...], values: dict[str, Any]) -> Planned:
    """The plan of a batch. Raises OptionError, PictureError."""
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


def say_nothing_to_do(found: Found, values: dict[str, Any]) -> None:
    """That no pictures were found."""
    if not values["quiet"]:
        show(
            ["nothing to do: no pictures", *(f"  ignored  {w}" for w in told.ignored(found))],
            err=True,
        )


def dry_run(planned: Planned, values: dict[str, Any]) -> int:
    """Says what would be done; the exit status."""
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
