"""One job → one outcome: read, filter, write. Every command that makes pictures calls `process`."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from convfilter.core.kernel import Kernel
from convfilter.core.spec import Spec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convfilter.alpha import AlphaResult
    from convfilter.core.conv import Result
    from convfilter.images.picture import Picture
    from convfilter.images.write import Target

MAX_PIXELS = 500_000_000
STANDARD_STREAM = "-"


@dataclass(frozen=True, eq=False)
class Job:
    """What to do with one picture.

    source      a path, or '-' for standard input
    output      a path, a folder that ends with '/', '-' for standard output, or '' for the default
                name beside the source
    format      name or suffix of the output's format, '' for what the names say
    quality     of JPEG and WebP
    """

    source: str
    kernel: Kernel
    spec: Spec
    output: str = ""
    format: str = ""
    overwrite: bool = False
    gray: bool = False
    alpha: str = "auto"
    quality: int = 92
    strip: bool = False
    max_pixels: int = MAX_PIXELS


@dataclass(frozen=True)
class Seconds:
    """How long the parts of a job took."""

    read: float
    filter: float
    write: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a job: all that a report tells."""

    job: Job
    source_mode: str
    source_shape: tuple[int, ...]
    output: str
    output_mode: str
    output_shape: tuple[int, ...]
    result: Result
    alpha: str
    notes: tuple[str, ...]
    rim: bool
    seconds: Seconds


def process(job: Job) -> Outcome:
    """Reads, filters and writes one picture.

    Raises PictureError, ShapeError or OptionError; then nothing was written.
    """
    from convfilter.output import choose_target

    choose_target(job)  # what can be refused before the picture is read
    linking = threading.Thread(target=_link_loops)
    linking.start()  # loading the loops' linker lets go of the GIL while the picture is decoded
    started = time.perf_counter()
    try:
        picture = _read(job)
    finally:
        linking.join()
    read_at = time.perf_counter()
    target, notes = _target_for(picture, job)
    filtered = _filter(picture, job)
    done = replace(picture, pixels=filtered.result.pixels, alpha=filtered.alpha)
    filtered_at = time.perf_counter()
    notes += _write(done, target)
    return Outcome(
        job=job,
        source_mode=picture.mode,
        source_shape=picture.shape,
        output=target.path,
        output_mode=done.mode,
        output_shape=done.shape,
        result=filtered.result,
        alpha=filtered.mode,
        notes=(*picture.notes, *notes),
        rim=_dark_rim(done.pixels, filtered.result, job),
        seconds=Seconds(
            read_at - started, filtered_at - read_at, time.perf_counter() - filtered_at
        ),
    )


def _target_for(picture: Picture, job: Job) -> tuple[Target, list[str]]:
    """Where to write, now that the kind of the result is known; nothing is filtered yet."""
    from convfilter.alpha import alpha_mode
    from convfilter.core.problem import make_problem
    from convfilter.images.picture import mode_of
    from convfilter.output import choose_target

    problem = make_problem(picture.pixels, job.kernel, job.spec)
    keeps_alpha = False
    if picture.alpha is not None:
        keeps_alpha = alpha_mode(job.alpha, job.kernel, problem.policy) != "drop"
    mode = mode_of(problem.result_shape, problem.pixel.name, has_alpha=keeps_alpha)
    target, notes = choose_target(job, picture.format, mode)
    if picture.alpha is not None and not keeps_alpha and job.alpha != "drop":
        notes.append(
            "alpha was dropped: a sum over channels, or plain numbers, has no place for it"
        )
    return target, notes


def _link_loops() -> None:
    from convfilter import native

    native.prepare()


def _read(job: Job) -> Picture:
    from convfilter.images.read import read_picture

    return read_picture(job.source, gray=job.gray, max_pixels=job.max_pixels)


def _write(picture: Picture, target: Target) -> list[str]:
    from convfilter.images.write import write_picture

    return write_picture(picture, target)


def _filter(picture: Picture, job: Job) -> AlphaResult:
    from convfilter.alpha import AlphaResult, run_with_alpha
    from convfilter.core.conv import run

    if picture.alpha is not None:
        return run_with_alpha(picture.pixels, picture.alpha, job.kernel, job.spec, job.alpha)
    return AlphaResult(run(picture.pixels, job.kernel, job.spec), None, "none")


def _dark_rim(pixels: NDArray[Any], result: Result, job: Job) -> bool:
    """Whether a zero border left a rim clearly darker than what lies beside it."""
    if job.spec.border.kind != "zero" or not all(result.geometry.padding):
        return False
    if result.policy not in ("clip", "auto") or min(pixels.shape[:2]) < 8:
        return False
    rim, inner = pixels[0].astype(float).mean(), pixels[3].astype(float).mean()
    return bool(rim < 0.8 * inner)
