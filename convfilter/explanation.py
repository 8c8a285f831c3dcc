"""One pixel of what a job makes, explained: its trace, what happens behind it, and what really is written.

The picture is filtered as `apply` does it, too: so `rescale` knows its ends, the plan is the one that was
used, and whoever reads the explanation sees whether it ends where the program ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convfilter.alpha import opaque_of
from convfilter.alpha_trace import AlphaTrace, trace_with_alpha
from convfilter.core.execute import Done
from convfilter.core.finish import Statistics
from convfilter.core.trace import check_place
from convfilter.core.traced import Number, PixelTrace, Place
from convfilter.core.traces import trace_every
from convfilter.errors import OptionError
from convfilter.filtering import (
    Coloured,
    Prepared,
    filter_picture,
    into_pixels,
    masked,
    prepare,
    read_mask,
)
from convfilter.images.decode import each_frame
from convfilter.images.picture import Picture
from convfilter.images.read import to_picture
from convfilter.output import choose_format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convfilter.job import Job
    from convfilter.pipeline import Reading


# Pixels of a result of which each is traced: a matrix that can be read.
MOST_RESULTS = 400


class After(NamedTuple):
    """What happens to the traced numbers before they are a pixel of the picture.

    name    mask, light or bits
    words   what it does, with its numbers
    values  what comes out
    """

    name: str
    words: str
    values: tuple[Number, ...]


class Explanation(NamedTuple):
    """One pixel of a job's result.

    picture   what was read
    colours   what was filtered of it: its pixels, or their light
    steps     the kernels as they were applied, with the plans
    traced    the pixel's numbers, and its alpha
    after     what comes behind the trace, in turn
    written   what `apply` writes there; alpha apart, None where there is none
    notes     what has to be said
    results   of a small matrix: every Y, or what becomes of it where that is a pixel; [row][column]
    """

    job: Job
    picture: Picture
    prepared: Prepared
    colours: NDArray[Any]
    steps: tuple[Done, ...]
    traced: AlphaTrace
    after: tuple[After, ...]
    written: tuple[Number, ...]
    written_alpha: Number | None
    notes: tuple[str, ...]
    results: tuple[tuple[Number, ...], ...] = ()

    @property
    def trace(self) -> PixelTrace:
        """Of the colours."""
        return self.traced.trace

    @property
    def values(self) -> tuple[Number, ...]:
        """Where the explanation ends: what is to be written."""
        return self.after[-1].values if self.after else self.trace.values

    @property
    def agrees(self) -> bool:
        """Whether that is what is written; float kernels may differ by their rounding errors."""
        pairs = zip(self.values, self.written, strict=True)
        return all(a == b or (a != a and b != b) for a, b in pairs)  # noqa: PLR0124 - NaN is NaN


def explain(job: Job, at: Place | None, reading: Reading) -> Explanation:
    """Explains one pixel of a picture in a file, of several frames that of the first.

    Raises PictureError, ShapeError or OptionError, as `pipeline.process` does.
    """
    picture, notes = first_picture(reading, gray=job.gray)
    return explain_picture(picture, job, at, notes)


def first_picture(reading: Reading, *, gray: bool) -> tuple[Picture, tuple[str, ...]]:
    """The picture of a file, of several frames the first, and what has to be said of that.

    Raises PictureError.
    """
    decoded = reading.result()
    notes: tuple[str, ...] = ()
    if decoded.frames is not None:
        count = decoded.frames.count
        try:
            frame = next(each_frame(decoded))
        finally:
            decoded.close()
        decoded = frame
        notes = (f"frame 0 of {count}, by itself; --frame N takes another",)
    return to_picture(decoded, gray=gray), notes


def explain_picture(
    picture: Picture, job: Job, at: Place | None, notes: tuple[str, ...] = ()
) -> Explanation:
    """Explains one pixel of what a job makes of a picture that is read already.

    at  row and column of the result, from 0; None: the middle, of a region the region's
    """
    form = choose_format(job, picture.format)
    prepared = prepare(picture, job, holds_floats="F" in form.modes)
    place = _place(prepared, at)
    weights = read_mask(job.mask) if job.mask else None
    done, result, _ = filter_picture(picture, job, prepared, weights=weights)
    colours, alpha = _as_filtered(picture, job)
    traced = trace_with_alpha(
        colours, alpha, prepared.steps, prepared.modes, place, result.statistics
    )
    after = _after(job, prepared, traced, (colours, alpha), weights)
    return Explanation(
        job=job,
        picture=picture,
        prepared=prepared,
        colours=colours,
        steps=result.steps,
        traced=traced,
        after=after,
        written=_numbers(done.pixels[place]),
        written_alpha=None if done.alpha is None else done.alpha[place].item(),
        notes=(*notes, *picture.notes, *prepared.notes),
    )


def with_results(explanation: Explanation) -> Explanation:
    """The explanation of a small picture, with the results of all its pixels; of a larger one as it is."""
    trace, prepared = explanation.trace, explanation.prepared
    height, width = trace.shape[:2]
    if len(trace.shape) > 2 or height * width > MOST_RESULTS:
        return explanation
    kept = prepared.made.policy == "float"
    results = tuple(
        tuple(each.steps[-1].planes[0].result if kept else each.values[0] for each in row)
        for row in trace_every(explanation.colours, prepared.steps).traces
    )
    return explanation._replace(results=results)


def _place(prepared: Prepared, at: Place | None) -> Place:
    """The place, which has to lie in the region if there is one."""
    size, region = prepared.made.geometries[-1].out, prepared.region
    if region is None:
        return check_place(at, size)
    if at is None:
        return region.top + region.height // 2, region.left + region.width // 2
    row, column = check_place(at, size)
    rows, columns = (
        range(*part.indices(length)) for part, length in zip(region.slices, size, strict=True)
    )
    if row not in rows or column not in columns:
        raise OptionError(
            f"at: row {row}, column {column} lies outside the region, where the picture stays as it is; "
            f"the region has rows {rows[0]} … {rows[-1]}, columns {columns[0]} … {columns[-1]}"
        )
    return row, column


def _as_filtered(picture: Picture, job: Job) -> Coloured:
    """Colours and alpha as the kernels read them."""
    pixels, alpha = picture.pixels, picture.alpha
    if job.linear:
        from convfilter.light import to_linear

        pixels = to_linear(pixels)
        alpha = None if alpha is None else alpha / np.float32(opaque_of(alpha.dtype))
    return pixels, alpha


def _after(
    job: Job,
    prepared: Prepared,
    traced: AlphaTrace,
    source: Coloured,
    weights: NDArray[Any] | None,
) -> tuple[After, ...]:
    """Mask, and then light or bits: what filtering.py does behind the kernels, on one pixel."""
    trace, found = traced.trace, []
    row, column = trace.at
    spot = np.s_[row : row + 1, column : column + 1]
    size = (1, 1, *trace.shape[2:])
    numbers = np.array(trace.values, trace.dtype).reshape(size)
    if weights is not None:
        before = source[0][spot], None if source[1] is None else source[1][spot]
        seen = None if traced.alpha is None else np.array([[traced.alpha]], source[0].dtype)
        numbers, _ = masked(before, (numbers, seen), weights[spot])
        share = f"{_numbers(weights[row, column])[0]}/{opaque_of(weights.dtype)}"
        found.append(After("mask", f"{share} of it, the rest stays", _numbers(numbers)))
    if prepared.pixel != numbers.dtype:
        made, _ = into_pixels(numbers, prepared.pixel, Statistics(), job)
        top = opaque_of(prepared.pixel)
        words = "the sRGB level of that light" if job.linear else f"× {top}, rounded"
        found.append(After("light" if job.linear else "bits", words, _numbers(made)))
    return tuple(found)


def _numbers(values: NDArray[Any] | np.generic) -> tuple[Number, ...]:
    """An array's numbers as Python's."""
    return tuple(np.ravel(values).tolist())
