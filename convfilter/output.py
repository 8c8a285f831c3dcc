"""Where a job's picture goes, and in which format: names, suffixes, what exists, what can be held."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from convfilter.core.stages import chain_policy
from convfilter.errors import OptionError, PictureError
from convfilter.images.formats import (
    BY_NAME,
    BY_SUFFIX,
    ZARR,
    Format,
    format_named,
    stored_mode,
    suffix_of,
)
from convfilter.images.modes import MODES
from convfilter.images.target import (
    Target,
    check_extra,
    check_holds,
    check_side,
    check_target,
    is_device,
)
from convfilter.threads import core_count

if TYPE_CHECKING:
    from convfilter.core.kernel import Kernel
    from convfilter.filtering import Prepared
    from convfilter.job import Job

STANDARD_STREAM = "-"
# Formats that take what the source's own can't hold, the first that can.
INSTEAD = ("PNG", "TIFF", "NPY")


def choose_target(
    job: Job, source_format: str = "", prepared: Prepared | None = None
) -> tuple[Target, list[str]]:
    """The target of a job, and what has to be said about it.

    source_format  Pillow's name, and what will be made, once they are known

    Raises OptionError for words that name no format, PictureError for what can't be written:
    called before the picture is read, and again when the result's kind is known.
    """
    output = _output(job)
    by_default = _by_default(output)
    form = choose_format(job, source_format)
    notes = []
    if prepared is not None:
        mode = prepared.mode
        label = job.source if by_default or output == STANDARD_STREAM else output
        chosen = bool(job.format) or not (by_default or output == STANDARD_STREAM)
        if chosen and mode == "N" and prepared.map_mode:
            mode = prepared.map_mode  # pages of a file, or a sheet
        if chosen:
            numbers = prepared.made.policy == "float"
            check_holds(form, mode, label, numbers=numbers)
        elif stored_mode(form, mode) is None:
            instead = ("NPY",) if MODES[mode].dtype == "float32" else INSTEAD
            better = next(BY_NAME[name] for name in instead if stored_mode(BY_NAME[name], mode))
            notes.append(f"{form.name} can't hold {MODES[mode].words}: written as {better.name}")
            form = better
        check_extra(form, mode, label)
        check_side(form, mode, prepared.made.shape, label)
    path = output
    if by_default:
        path = os.path.join(output or os.path.dirname(job.source), default_name(job, form))
        if not output and os.path.realpath(path) == os.path.realpath(job.source):
            raise PictureError(f"{path}: the result would replace its source; name it with -o")
        if job.suffix_fixed and prepared is not None and path != planned_path(job):
            raise PictureError(
                f"{job.source}: its result is {form.name}, and as {os.path.basename(path)} it would have "
                "the name of another picture's: --name '{stem}-{suffix}{ext}' keeps them apart"
            )
    threads = job.spec.threads or core_count()
    target = Target(
        path,
        form,
        job.quality,
        job.keep_tables,
        job.compress,
        job.strip,
        job.overwrite or path == job.may_replace,
        threads,
        job.fsync,
    )
    if prepared or not by_default or form is ZARR or suffix_of(job.source) in BY_SUFFIX:
        check_target(target)
    return target, notes


def planned_path(job: Job) -> str:
    """Where the result will go, as far as words and names tell: what the file holds may change its suffix.

    Raises OptionError for words that name no format.
    """
    if not _by_default(job.output):
        return job.output
    form = choose_format(job)
    if not job.format and any(_by_numbers(job)) and stored_mode(form, "F") is None:
        form = BY_NAME["NPY"]
    return os.path.join(job.output or os.path.dirname(job.source), default_name(job, form))


def _by_numbers(job: Job) -> tuple[bool, bool]:
    """Whether the result will be floating-point numbers, or maps that make no picture."""
    maps = next((kernel.maps for kernel, _ in reversed(job.steps) if kernel.maps), 1)
    return chain_policy(job.steps) == "float", maps not in (1, 3)


def default_name(job: Job, form: Format) -> str:
    """By the job's template, with `_` between several kernels; {ext} is the source's own where it is one of the format's."""
    source = "stdin" if job.source == STANDARD_STREAM else os.path.basename(job.source)
    stem, own = os.path.splitext(source)
    return job.name.format(
        stem=stem,
        kernel="_".join(file_word(kernel) for kernel, _ in job.steps),
        ext=own if own.lower() in form.suffixes else form.suffixes[0],
        suffix=own[1:],
    )


def file_word(kernel: Kernel) -> str:
    """A kernel's name in letters, digits, '.', '-' and '_': gaussian-sigma2."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", kernel.name.replace("=", ""))


def _output(job: Job) -> str:
    """As typed; standard input goes to standard output."""
    if job.source == STANDARD_STREAM and not job.output:
        return STANDARD_STREAM
    return job.output


def _by_default(output: str) -> bool:
    """Whether the default name is wanted, here or in a folder."""
    return not output or output.endswith(("/", os.sep))


def choose_format(job: Job, source_format: str = "") -> Format:
    """The output's format as the words and names have it, whether it holds the result or not.

    Raises OptionError for words that name no format.
    """
    output = _output(job)
    if job.format:
        if (named := format_named(job.format)) is None:
            known = ", ".join(form.suffixes[0][1:] for form in (*BY_NAME.values(), ZARR))
            raise OptionError(f"format: {job.format!r} is none of {known}")
        return named
    if _by_default(output) or output == STANDARD_STREAM or is_device(output):
        if source_format == ZARR.name or suffix_of(job.source) in ZARR.suffixes:
            return ZARR
        by_content = BY_NAME.get("JPEG" if source_format == "MPO" else source_format)
        by_suffix = BY_SUFFIX.get(suffix_of(job.source))
        if by_content and by_suffix and by_content.writer == by_suffix.writer:
            return by_suffix
        return by_content or by_suffix or BY_NAME["PNG"]
    if suffix_of(output) in ZARR.suffixes:
        return ZARR
    if os.path.isdir(output):
        raise PictureError(f"{output} is a folder; end it with / to put the default name there")
    if (form := BY_SUFFIX.get(suffix_of(output))) is None:
        raise OptionError(
            f"output: {output!r} has no suffix of a known format ({', '.join((*BY_SUFFIX, *ZARR.suffixes))}); "
            "--format names one, a folder ends with /"
        )
    return form
