"""What a batch would do, before any of it is done: names of outputs, and all that speaks against them."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from string import Formatter
from typing import NamedTuple

from convfilter.batch.outputs import Outputs
from convfilter.batch.sources import Found, Source
from convfilter.errors import OptionError, PictureError
from convfilter.images.formats import BY_SUFFIX, suffix_of
from convfilter.images.remote import canonical, is_url
from convfilter.job import Job
from convfilter.output import planned_path

FIELDS = ("stem", "kernel", "ext", "suffix")
SHOWN = 3


class Task(NamedTuple):
    """One picture of a batch.

    job     all that is done to it
    output  the planned path or URL; what the file holds may change its suffix
    place   of the planned output below the output folder, with '/': what the manifest knows it by
    exists  whether something has that name already
    """

    job: Job
    source: Source
    output: str
    place: str
    exists: bool = False


def check_template(name: str) -> str:
    """A template for outputs' names, as typed; raises OptionError.

    >>> check_template("{kernel}/{stem}{ext}")
    '{kernel}/{stem}{ext}'
    """
    allowed = ", ".join(f"{{{field}}}" for field in FIELDS)
    try:
        parts = list(Formatter().parse(name))
    except ValueError as error:
        raise OptionError(f"name: {name!r}: {error}; {allowed} stand for parts of it") from None
    fields = [field for _, field, _, _ in parts if field is not None]
    if strange := next((part for part in parts if part[1] and part[1] not in FIELDS), None):
        raise OptionError(f"name: {{{strange[1]}}} is none of {allowed}")
    if "" in fields or any(spec or conversion for _, _, spec, conversion in parts):
        raise OptionError(f"name: {name!r}: braces hold nothing but one of {allowed}")
    if os.path.isabs(name) or ".." in re.split(r"[/\\]", name) or name.endswith("/"):
        raise OptionError(
            f"name: {name!r} is no name below the output folder: no '/' at its ends, no '..'"
        )
    if "stem" not in fields:
        raise OptionError(f"name: {name!r} would be the same for all pictures: use {{stem}}")
    if "ext" not in fields and suffix_of(name) not in BY_SUFFIX:
        raise OptionError(
            f"name: {name!r} has no suffix of a known format ({', '.join(BY_SUFFIX)}); end it with "
            "{ext} for that of the picture, or the one that --format names"
        )
    return name


def make_tasks(sources: Sequence[Source], template: Job, folder: str) -> list[Task]:
    """A task for each source; one that is named twice is one.

    template  a job without source, its name checked
    folder    below which the outputs go, a path or URL

    Raises OptionError for a name that asks for one format, and --format for another.
    """
    root = folder.rstrip("/") + "/"
    follows = "{ext}" in template.name
    if template.format and not follows:
        raise OptionError(f"name: {template.name!r} names a format, and so does --format: {{ext}}")
    tasks: dict[str, Task] = {}
    again = []
    for source in sources:
        job = template._replace(source=source.path, output=root + source.folder)
        output = planned_path(job)
        if not follows:
            job = job._replace(output=output)
        task = Task(job, source, output, output[len(root) :].replace(os.sep, "/"))
        if (other := tasks.setdefault(task.place, task)) is not task and not _same(other, task):
            again.append(task)
    # Where names differ in the suffix only, none may follow its result: it could take another's.
    every = [*tasks.values(), *again]
    stems = Counter(os.path.splitext(task.place)[0] for task in every)
    return [
        task._replace(job=task.job._replace(suffix_fixed=True))
        if stems[os.path.splitext(task.place)[0]] > 1
        else task
        for task in every
    ]


def _same(one: Task, other: Task) -> bool:
    """Whether two tasks have one picture, that was named in two ways."""
    paths = one.source.path, other.source.path
    if any(map(is_url, paths)):
        return paths[0] == paths[1]
    return os.path.realpath(paths[0]) == os.path.realpath(paths[1])


def check_names(tasks: Sequence[Task], found: Found, folder: str) -> None:
    """Raises OptionError for outputs that would meet each other, or be sources now or next time."""
    first: dict[str, Task] = {}
    clashes = [
        f"{other.source.path} and {task.source.path} would both be written to {task.output}"
        for task in tasks
        if (other := first.setdefault(task.place, task)) is not task
    ]
    if clashes:
        raise OptionError(
            f"name: {_some(clashes)}; --name '{{stem}}-{{suffix}}{{ext}}' keeps formats apart, one SRC "
            "folder with -r keeps folders apart"
        )
    if is_url(folder):
        _check_urls(tasks, found, folder)
    else:
        _check_paths(tasks, found, folder)


def _check_paths(tasks: Sequence[Task], found: Found, folder: str) -> None:
    real = os.path.realpath(folder)
    for scanned, recursive in found.scanned:
        if not is_url(scanned):
            _refuse_inside(folder, real, scanned, os.path.realpath(scanned), recursive, os.sep)
    real_folder = cache(os.path.realpath)  # a folder has many files
    sources = set()
    for task in tasks:
        if not is_url(path := task.source.path):
            sources.add(os.path.join(real_folder(os.path.dirname(path)), os.path.basename(path)))
            if os.path.islink(path):
                sources.add(os.path.realpath(path))
    for task in tasks:
        path = os.path.join(
            real_folder(os.path.dirname(task.output)), os.path.basename(task.output)
        )
        if path in sources or (os.path.islink(path) and os.path.realpath(path) in sources):
            raise OptionError(
                f"output: {task.output} would replace a source: name another folder, or names: "
                "--name '{stem}_{kernel}{ext}'"
            )


def _check_urls(tasks: Sequence[Task], found: Found, folder: str) -> None:
    root = canonical(folder).rstrip("/")
    for scanned, recursive in found.scanned:
        if is_url(scanned):
            _refuse_inside(folder, root, scanned, canonical(scanned).rstrip("/"), recursive, "/")
    sources = {canonical(task.source.path) for task in tasks if is_url(task.source.path)}
    for task in tasks:
        if f"{root}/{task.place}" in sources:
            raise OptionError(f"output: {task.output} would replace a source: name another folder")


def _refuse_inside(
    folder: str, real: str, scanned: str, above: str, recursive: bool, separator: str
) -> None:
    if real == above or (recursive and real.startswith(above.rstrip(separator) + separator)):
        raise OptionError(
            f"output: {folder} is {'in ' if real != above else ''}the folder {scanned} whose pictures are "
            "filtered, so the next run would filter results: name one outside"
        )


def with_existing(tasks: Sequence[Task], outputs: Outputs) -> list[Task]:
    """The tasks, and which outputs are there already."""
    return [task._replace(exists=outputs.exists(task.place)) for task in tasks]


def refuse_existing(tasks: Sequence[Task]) -> None:
    """Raises PictureError, once for all, where outputs exist."""
    if count := sum(task.exists for task in tasks):
        exist = "exists" if count == 1 else "exist"
        raise PictureError(
            f"{count} of {len(tasks)} outputs {exist}: --resume does what is missing or changed, "
            "--overwrite does all again"
        )


def _some(sentences: Sequence[str]) -> str:
    more = len(sentences) - SHOWN
    return "; ".join(sentences[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
