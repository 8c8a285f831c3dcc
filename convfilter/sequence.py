"""Animations and multi-page files: every frame filtered by itself, all written into one file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from convfilter.core.finish import Statistics, merge
from convfilter.core.stages import chain_policy
from convfilter.errors import PictureError
from convfilter.filtering import (
    Filtered,
    Prepared,
    dark_rim,
    filter_picture,
    prepare,
    read_mask,
)
from convfilter.images.decode import each_frame
from convfilter.images.decoded import Decoded
from convfilter.images.picture import Picture
from convfilter.images.read import to_picture
from convfilter.images.target import check_frames
from convfilter.images.write import arranged, write_frames
from convfilter.job import Job, Outcome, Seconds
from convfilter.output import choose_format, choose_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convfilter.images.target import Target


class _Made:
    """What has come of the frames so far."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []
        self.filtered: list[Filtered] = []
        self.notes: list[str] = []
        self.filter_seconds = 0.0


def process_frames(job: Job, decoded: Decoded, read_seconds: float) -> Outcome:
    """Reads, filters and writes all frames; raises what `pipeline.process` raises."""
    assert decoded.frames is not None  # noqa: S101 - for the type checker
    timing = decoded.frames.timing
    started = time.perf_counter()
    form = choose_format(job, decoded.format)
    check_frames(form, decoded.frames.count, job.output or job.source)
    ends = _ends(job, decoded, holds_floats="F" in form.modes)
    weights = read_mask(job.mask) if job.mask else None
    made, cut_off = _Made(), list[str]()
    target: Target | None = None
    first: tuple[str, tuple[int, ...]] = "", ()
    for picture, prepared in _prepared(job, decoded, cut_off, holds_floats="F" in form.modes):
        target, notes = choose_target(job, decoded.format, prepared)
        check_frames(target.format, decoded.frames.count, target.path, prepared.mode)
        first = first if made.pictures else (picture.mode, picture.shape)
        filter_started = time.perf_counter()
        filtered = filter_picture(picture, job, prepared, weights=weights, ends=ends)
        made.filter_seconds += time.perf_counter() - filter_started
        done, said = arranged(filtered.picture, target, several=True)
        made.pictures.append(done)
        made.filtered.append(filtered)
        made.notes += [*picture.notes, *prepared.notes, *notes, *said]
    assert target is not None  # noqa: S101 - there are at least two frames
    made.notes += [*cut_off, *_sizes(made.pictures)]
    written = time.perf_counter()
    timing = timing.first(len(made.pictures))
    made.notes += write_frames(made.pictures, timing, target)
    now = time.perf_counter()
    result = made.filtered[0].result
    statistics = merge([each.result.statistics for each in made.filtered])
    return Outcome(
        job=job,
        source_mode=first[0],
        source_shape=first[1],
        output=target.path,
        output_mode=made.pictures[0].mode,
        output_shape=made.pictures[0].shape,
        result=result._replace(statistics=statistics),
        alpha=made.filtered[0].alpha,
        notes=tuple(dict.fromkeys(made.notes)),
        rim=dark_rim(made.pictures[0].pixels, result, job),
        seconds=Seconds(
            read_seconds + written - started - made.filter_seconds,
            made.filter_seconds,
            now - written,
        ),
        frames=len(made.pictures),
        timing=timing,
        picture=made.pictures[0] if job.keep else None,
    )


def _prepared(
    job: Job, decoded: Decoded, said: list[str], *, holds_floats: bool
) -> Iterator[tuple[Picture, Prepared]]:
    """As many as there are; with --allow-truncated the damaged rest is left out, and `said`."""
    begun = False
    frames = each_frame(decoded)
    while True:
        try:
            frame = next(frames, None)
        except PictureError as error:
            if not job.wanted.allow_truncated or not begun:
                raise
            said.append(f"{error}: what follows is missing (--allow-truncated)")
            return
        if frame is None:
            return
        begun = True
        picture = to_picture(frame, gray=job.gray)
        yield picture, prepare(picture, job, holds_floats=holds_floats)


def _ends(job: Job, decoded: Decoded, *, holds_floats: bool) -> Statistics | None:
    """The least and greatest of all frames, for `rescale`: each is filtered a first time for it."""
    if chain_policy(job.steps) != "rescale":
        return None
    return merge(
        [
            filter_picture(picture, job, prepared).result.statistics
            for picture, prepared in _prepared(job, decoded, [], holds_floats=holds_floats)
        ]
    )


def _sizes(pictures: list[Picture]) -> list[str]:
    sizes = list(dict.fromkeys(picture.pixels.shape[:2] for picture in pictures))
    if len(sizes) == 1:
        return []
    listed = ", ".join(f"{height}×{width}" for height, width in sizes[:4])
    return [
        f"the frames' sizes differ ({listed}{', …' if len(sizes) > 4 else ''}); the first is told"
    ]
