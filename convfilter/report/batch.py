"""A batch as text: its settings, its summary, its plan, and a line of JSON for each picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convfilter import __version__
from convfilter.batch.plan import Task
from convfilter.batch.record import DONE, FAILED, SKIPPED, Record
from convfilter.batch.run import Left
from convfilter.batch.sources import Found
from convfilter.batch.tally import Tally
from convfilter.batch.work import Finished
from convfilter.core.kernel import shape_text
from convfilter.core.stages import chain_policy
from convfilter.images.formats import ELSEWHERE
from convfilter.job import Job
from convfilter.report import json_line
from convfilter.report.outcome import border_words, implied_words, kernel_words, values_words
from convfilter.report.page.words import duration
from convfilter.report.terminal import printable

SHOWN_FAILED = 20
SHOWN_NOTES = 5


def settings(job: Job, *, implied_by: str = "") -> list[tuple[str, str]]:
    """(label, words) of all that is alike for the pictures of a batch."""
    told: list[tuple[str, str]] = []
    for number, (kernel, spec) in enumerate(job.steps, 1):
        told.append(
            (f"step {number}" if len(job.steps) > 1 else "kernel", kernel_words(kernel, spec))
        )
        if spec.stride != (1, 1):
            told.append(("stride", _pair(spec.stride)))
        if spec.dilation != (1, 1):
            told.append(("dilation", _pair(spec.dilation)))
        if spec.padding.mode != "valid":
            pixels = spec.padding.mode == "pixels"
            words = implied_words(spec, implied_by)
            words = (
                "{} top, {} bottom, {} left, {} right".format(*spec.padding.pixels)
                if pixels
                else words
            )
            told.append(("padding", f"{words}; {border_words(spec)}"))
        if values := values_words(kernel, spec):
            told.append(("values", values))
    told.append(("range", chain_policy(job.steps)))
    options = {
        "gray": "yes" if job.gray else "",
        "light": "linear" if job.linear else "",
        "alpha": job.alpha if job.alpha != "auto" else "",
        "region": str(job.region or ""),
        "mask": job.mask,
        "bits": str(job.bits or ""),
        "frame": "" if job.wanted.frame is None else str(job.wanted.frame),
        "format": job.format,
        "strip": "yes" if job.strip else "",
    }
    return told + [(label, printable(words)) for label, words in options.items() if words]


def summary(
    tally: Tally, found: Found, output: str, told: Iterable[tuple[str, str]], page: str = ""
) -> list[str]:
    """What became of a batch: the counts, the slowest, the failed.

    page  where it is told with pictures
    """
    done, skipped, failed = (tally.counts[status] for status in (DONE, SKIPPED, FAILED))
    seconds = tally.elapsed_s
    text = [f"{done} of {_pictures(tally.total)} filtered  →  {printable(output)}"]
    text += [f"  {label:<8} {words}" for label, words in told]
    if done:
        speed = f"{tally.megapixels / seconds:.0f} Mpx/s, {done / seconds:.1f} pictures/s"
        text.append(f"  time     {tally.megapixels:.1f} Mpx in {duration(seconds)}: {speed}")
    if skipped:
        text.append(f"  skipped  {skipped}, done by an earlier run")
    if page:
        text.append(f"  page     {printable(page)}")
    text += [f"  ignored  {words}" for words in ignored(found)]
    text += list(_notes(tally))
    text += [
        f"  {'slowest' if not n else '':<8} {_slow(r)}"
        for n, r in enumerate(tally.slowest)
        if done > 3
    ]
    if failed:
        text.append(f"  failed   {failed}:")
        text += [f"           {complaint(record)}" for record in tally.failed[:SHOWN_FAILED]]
        if failed > SHOWN_FAILED:
            text.append(f"           and {failed - SHOWN_FAILED} more")
    return text


def ignored(found: Found) -> Iterator[str]:
    """Sentences on what lies in scanned folders and is not filtered."""
    if found.ignored:
        one = found.ignored == 1
        yield f"{found.ignored} file{' that is no picture' if one else 's that are no pictures'}"
    for suffix, count in found.elsewhere:
        yield f"{count} {suffix}: not read here, {ELSEWHERE[suffix]}"
    if found.passed:
        folders = "1 folder below: -r goes into it" if found.passed == 1 else ""
        yield folders or f"{found.passed} folders below: -r goes into them"


def plan_lines(left: Left) -> Iterator[str]:
    """What would be done, a line a picture."""
    for task in left.todo:
        replaces = "   (replaces what is there)" if task.exists else ""
        yield f"{printable(task.source.path)} → {printable(task.output)}{replaces}"


def plan_json(left: Left) -> Iterator[str]:
    """The same as JSON, with what would be skipped."""
    for task in left.todo:
        yield json_line.line({**_paths(task), "action": "replace" if task.exists else "filter"})
    for task in left.skipped:
        yield json_line.line({**_paths(task), "action": "skip"})


def finished_json(finished: Finished, environment: dict[str, str]) -> str:
    """One picture: the report of `apply`, the error, or that it was skipped."""
    task = finished.task
    if finished.outcome is not None:
        return json_line.outcome(finished.outcome, environment)
    if finished.error is not None:
        return json_line.failure(task.source.path, finished.error)
    return json_line.line({**_paths(task), "skipped": True})


def finished_line(record: Record) -> str:
    """One picture that did not fail, for --verbose."""
    paths = f"{printable(record.source)} → {printable(record.output)}"
    if record.status == SKIPPED:
        return f"{paths}  done by an earlier run"
    before, after = shape_text(record.source_shape), shape_text(record.output_shape)
    return f"{paths}  {before} → {after}, {duration(sum(record.seconds))}"


def complaint(record: Record) -> str:
    """Why a picture failed, beginning with its name."""
    source = printable(record.source)
    message = printable(record.error)
    return message if message.startswith(source) else f"{source}: {message}"


def progress_line(tally: Tally) -> str:
    """How far it is, for logs."""
    ended, seconds = tally.ended, tally.elapsed_s
    filtered = tally.counts[DONE]
    text = f"{ended} of {_pictures(tally.total)}, {tally.megapixels / max(seconds, 1e-9):.0f} Mpx/s"
    if filtered:
        text += f", about {duration(seconds / max(ended, 1) * (tally.total - ended))} left"
    return text + (f", {tally.counts[FAILED]} failed" if tally.counts[FAILED] else "")


def _paths(task: Task) -> dict[str, object]:
    return {
        "version": __version__,
        "input": {"path": task.source.path},
        "output": {"path": task.output},
    }


def _notes(tally: Tally) -> Iterator[str]:
    """What had to be changed, how often, and where first."""
    common = tally.notes.most_common(SHOWN_NOTES)
    for note, count in common:
        where = printable(tally.first_with[note])
        yield f"  note     {f'{count} × ' if count > 1 else ''}{printable(note)} (first: {where})"
    if more := len(tally.notes) - len(common):
        yield f"  note     and {more} kinds more: --json tells all"


def _slow(record: Record) -> str:
    return f"{printable(record.source)}: {duration(sum(record.seconds))}, {record.pixels / 1e6:.1f} Mpx"


def _pictures(count: int) -> str:
    return f"{count} picture{'s' if count != 1 else ''}"


def _pair(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]} down, {pair[1]} across"
