"""One task, done: what a thread here and a worker elsewhere do alike. Nothing is raised, all is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from convfilter.batch.budget import Stopped
from convfilter.batch.plan import Task
from convfilter.batch.record import DONE, FAILED, SKIPPED, Record
from convfilter.images.decoded import Extent
from convfilter.job import Job, Outcome
from convfilter.pipeline import Reading, process

Admit = Callable[[Extent], int]


class Finished(NamedTuple):
    """A task that came to its end.

    outcome  all that its report tells, without pixels; None where it failed or was skipped
    error    what was raised
    """

    task: Task
    record: Record
    outcome: Outcome | None = None
    error: Exception | None = None


def do(task: Task, admit: Admit) -> Finished:
    """Filters a task's picture; raises Stopped if it was never begun, and nothing else.

    admit  is told what will be decoded; waits for its memory, and says on how many cores it is done
    """
    threads = [1]

    def open_(extent: Extent) -> None:
        threads[0] = admit(extent)

    reading = Reading(task.job.source, task.job.wanted, open_)
    reading.decode()
    try:
        outcome = process(_on_cores(task.job, threads[0]), reading)
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001 - one bad picture must not stop the others
        return failed(task, error)
    return Finished(task, _record(outcome), without_pixels(outcome))


def failed(task: Task, error: Exception) -> Finished:
    """What is told of a picture that has no result."""
    message = str(error) or type(error).__name__
    record = Record(
        task.source.path, task.output, FAILED, error=message, error_type=type(error).__name__
    )
    return Finished(task, record, error=error)


def skipped(task: Task) -> Finished:
    """What is told of a picture that an earlier run has done."""
    return Finished(task, Record(task.source.path, task.output, SKIPPED))


def without_pixels(outcome: Outcome) -> Outcome:
    """All that reports tell of an outcome; its pixels would keep the memory of every picture."""
    result = outcome.result
    kind = np.empty((0, 0), result.pixels.dtype)
    return outcome._replace(result=result._replace(pixels=kind))


def _record(outcome: Outcome) -> Record:
    return Record(
        outcome.job.source,
        outcome.output,
        DONE,
        outcome.source_mode,
        tuple(outcome.source_shape),
        outcome.output_mode,
        tuple(outcome.output_shape),
        outcome.frames,
        (outcome.seconds.read, outcome.seconds.filter, outcome.seconds.write),
        outcome.notes,
    )


def _on_cores(job: Job, threads: int) -> Job:
    steps = tuple((kernel, spec._replace(threads=threads)) for kernel, spec in job.steps)
    return job._replace(steps=steps)
