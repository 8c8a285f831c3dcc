"""Kernels and options of a batch as one short text: equal texts, equal outputs."""

from __future__ import annotations

import hashlib
import os

from convfilter.errors import PictureError
from convfilter.images.opening import streamed
from convfilter.images.remote import is_url
from convfilter.job import Job

# Fields of a job that decide where and when it is done, not what comes out.
ELSEWHERE = {"source", "output", "name", "suffix_fixed", "overwrite", "fsync", "compare", "keep"}
ELSEWHERE |= {"may_replace", "padding_chosen"}


def digest(job: Job) -> str:
    """A hash of all that decides an output but for its source: kernels, options, the mask's content."""
    fields = {name: value for name, value in job._asdict().items() if name not in ELSEWHERE}
    fields["steps"] = [(kernel.digest, spec._replace(threads=None)) for kernel, spec in job.steps]
    fields["wanted"] = job.wanted._replace(max_pixels=0)
    if job.mask:
        fields["mask"] = content_digest(job.mask)
    return hashlib.sha256(repr(sorted(fields.items())).encode()).hexdigest()[:32]


def content_digest(path: str) -> str:
    """SHA-256 of a file's content; raises PictureError."""
    if is_url(path):
        return hashlib.sha256(streamed(path)).hexdigest()
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PictureError(f"{path}: {os.strerror(error.errno or 0)}") from None
