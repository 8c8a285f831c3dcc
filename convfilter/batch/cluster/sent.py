"""A task as it is sent to a worker, and its answer as whoever planned it knows it."""

from __future__ import annotations

import os
from typing import Any

from convfilter.batch.cluster.worker import Answer
from convfilter.batch.plan import Task
from convfilter.batch.work import Finished, failed
from convfilter.errors import ConvfilterError, PictureError
from convfilter.images.remote import is_url


def absolute(task: Task) -> Task:
    """For workers, whose working folder is another.

    What is lost with a worker may have been written: the planned output, which was not there before,
    may be replaced.
    """
    job, here = task.job, os.getcwd()
    changes: dict[str, Any] = {
        name: os.path.join(here, path)
        for name in ("source", "output", "mask")
        if (path := getattr(job, name)) and not is_url(path)
    }
    output = task.output if is_url(task.output) else os.path.join(here, task.output)
    may_replace = "" if task.exists else output
    return task._replace(job=job._replace(**changes, may_replace=may_replace))


def as_planned(task: Task, answer: Answer, *, told: bool) -> Finished:
    """What a worker did, in the words of whoever asked for it.

    told  whether errors say which worker it was
    """
    finished = answer.finished
    record = finished.record
    if finished.error is not None:
        message = record.error.replace(f"{os.getcwd()}/{task.source.path}", task.source.path)
        where = f" (on worker {answer.worker})" if told else ""
        known = isinstance(finished.error, ConvfilterError)
        kind = type(finished.error) if known else PictureError
        again = failed(task, kind(message + where))
        return again._replace(record=again.record._replace(error_type=record.error_type))
    output = os.path.join(os.path.dirname(task.output), os.path.basename(record.output))
    record = record._replace(source=task.source.path, output=output)
    outcome = finished.outcome
    if outcome is not None:
        job = outcome.job._replace(source=task.job.source, output=task.job.output)
        outcome = outcome._replace(job=job, output=output)
    return Finished(task, record, outcome)
