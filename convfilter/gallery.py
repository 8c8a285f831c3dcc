"""One picture, filtered by many kernels to be looked at side by side.

The picture is decoded once. Each kernel filters it at its full size; only then is the result shrunk,
and let go of: what is kept of a hundred kernels are a hundred tiles.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convfilter.errors import ConvfilterError, OptionError, PictureError
from convfilter.filtering import dark_rim, filter_picture, prepare
from convfilter.images.display import amplification, amplified, data_url, fitted, shown
from convfilter.images.formats import (
    BY_SUFFIX,
    FORMATS,
    Format,
    format_named,
    stored_mode,
    suffix_of,
)
from convfilter.images.read import to_picture
from convfilter.images.target import Target, check_target
from convfilter.job import Job, Outcome, Seconds
from convfilter.threads import run_all

if TYPE_CHECKING:
    from PIL import Image

    from convfilter.core.execute import Result
    from convfilter.images.picture import Picture
    from convfilter.pipeline import Reading

# Samples up to which kernels are at work side by side. Larger pictures keep all cores busy by
# themselves, and several results of theirs at once would only need more memory.
SIDE_BY_SIDE = 4_000_000
# How much larger a picture must become for a second one to lie in the page.
WORTH_IT = 1.5
PAGE = Format("HTML", (".html", ".htm"), ())


class Order(NamedTuple):
    """What one tile is to show.

    caption  as it is written below
    group    the heading it stands under, '' for none
    spec     of its kernels, one after the other
    depth    channels that a preset sums over, None for any: it is left out where there are others
    """

    caption: str
    group: str
    spec: str
    depth: int | None = None


class Sizes(NamedTuple):
    """Boxes that tiles fit into, (width, height) in pixels.

    large  None where it isn't wanted
    times  as often as a tiny picture, and what is made of it, is enlarged; 0: it isn't tiny
    """

    tile: tuple[int, int]
    large: tuple[int, int] | None = None
    times: int = 0


class View(NamedTuple):
    """A picture as it is shown: on the sheet, and in a page as URLs; `large` '' where it is no larger.

    amplified  how many times as bright a dark result is shown
    """

    tile: Image.Image
    small: str = ""
    large: str = ""
    amplified: int = 1


class Tile(NamedTuple):
    """What became of an order: a view and what a report tells of it, or an error.

    job  None where the order's words could not be understood
    """

    order: Order
    job: Job | None
    view: View | None
    outcome: Outcome | None
    error: ConvfilterError | None = None


class Source(NamedTuple):
    """The picture that is filtered, and what is said of it."""

    picture: Picture
    notes: tuple[str, ...]
    seconds: float


def read_source(path: str, reading: Reading, *, gray: bool) -> Source:
    """The picture; of several frames the first one, which is said. Raises PictureError."""
    decoded = reading.result()
    notes: tuple[str, ...] = ()
    if decoded.frames is not None:
        from convfilter.images.decode import each_frame

        count = decoded.frames.count
        with closing(decoded):
            decoded = next(each_frame(decoded))
        notes = (f"{path}: the first of {count} frames; --frame N takes another",)
    picture = to_picture(decoded, gray=gray)
    return Source(picture, (*notes, *picture.notes), reading.seconds)


def fitting(orders: list[Order], source: Source) -> tuple[list[Order], Source]:
    """Orders that the picture has the channels for, all of them if it has them for none; the rest is noted."""
    shape = source.picture.pixels.shape
    channels = shape[2] if len(shape) == 3 else 1
    kept = [order for order in orders if order.depth in (None, channels)]
    if not kept or len(kept) == len(orders):
        return orders, source
    others = ", ".join(order.caption for order in orders if order not in kept)
    has = f"{channels} channel{'s' * (channels != 1)}"
    note = f"{others}: left out, which sum over other channels than the picture's {has}"
    return kept, source._replace(notes=(*source.notes, note))


def box_of(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    """(width, height) of the box that a picture (H, W[, …]) fills when its longer side is `longest`.

    >>> box_of((459, 612, 3), 204)
    (204, 153)
    """
    height, width = shape[:2]
    share = longest / max(height, width)
    return max(1, round(width * share)), max(1, round(height * share))


def make_tiles(
    source: Source,
    orders: Sequence[Order],
    job_of: Callable[[str], Job],
    sizes: Sizes,
    threads: int,
) -> list[Tile]:
    """A tile for each order, in their order; whatever is wrong with one is its tile's error.

    job_of   what a SPEC asks for; may raise ConvfilterError
    threads  that may be at work
    """
    made: list[Tile | None] = [None] * len(orders)

    def work(number: int) -> None:
        made[number] = _tile(source, orders[number], job_of, sizes)

    beside = threads if source.picture.pixels.size <= SIDE_BY_SIDE else 1
    run_all([partial(work, number) for number in range(len(orders))], beside)
    return [tile for tile in made if tile is not None]


def view_of(picture: Picture, sizes: Sizes, *, stretched: bool = False) -> View:
    """A picture at the sizes in which it is shown."""
    image = shown(picture, stretched=stretched)
    tile = fitted(image, sizes.tile, sizes.times)
    if sizes.large is None:
        return View(tile)
    large = fitted(image, sizes.large, sizes.times)
    if large.width <= WORTH_IT * tile.width:
        return View(tile, data_url(large))
    return View(tile, data_url(tile), data_url(large))


def _tile(source: Source, order: Order, job_of: Callable[[str], Job], sizes: Sizes) -> Tile:
    job = None
    try:
        job = job_of(order.spec)
        return _filtered(source, order, job, sizes)
    except ConvfilterError as error:
        return Tile(order, job, None, None, error)
    except MemoryError:
        little = PictureError("too large for this machine's memory; -j 1 needs less")
        return Tile(order, job, None, None, little)


def _filtered(source: Source, order: Order, job: Job, sizes: Sizes) -> Tile:
    picture = source.picture
    started = time.perf_counter()
    prepared = prepare(picture, job, holds_floats=False)
    done, result, alpha = filter_picture(picture, job, prepared)
    ended = time.perf_counter()
    numbers = done.pixels.dtype.kind == "f" and picture.pixels.dtype.kind != "f"
    times = amplification(done.pixels) if _shows_strength(job, result) else 1
    bright = amplified(done, times) if times > 1 else done
    view = view_of(bright, sizes, stretched=numbers)._replace(amplified=times)
    shown_at = time.perf_counter()
    nothing: Any = np.empty(0, done.pixels.dtype)  # the report asks for the kind of pixels only
    outcome = Outcome(
        job=job,
        source_mode=picture.mode,
        source_shape=picture.shape,
        output=job.output,
        output_mode=done.mode,
        output_shape=done.shape,
        result=result._replace(pixels=nothing),
        alpha=alpha,
        notes=(*source.notes, *prepared.notes),
        rim=dark_rim(done.pixels, result, job),
        seconds=Seconds(source.seconds, ended - started, shown_at - ended),
    )
    return Tile(order, job, view, outcome)


def _shows_strength(job: Job, result: Result) -> bool:
    """Whether black stands for no answer at all: of kernels that answer to differences only."""
    if set(result.policy.split(",")) - {"abs", "clip"} or job.kernel.combine == "angle":
        return False
    biased = any(a.value for kernel, spec in job.steps for a in spec.bias_of(kernel))
    return not biased and any(kernel.zero_sum for kernel, _ in job.steps)


def sheet_target(image: str, output: str, format_name: str, **how: Any) -> Target:
    """Where a sheet goes, and in which format: by its name, or `format_name`; checked as far as can be.

    output  a path, a folder that ends with '/', '-', or '' for {stem}_gallery.png beside the picture
    how     fields of the Target

    Raises OptionError for words that name no format, PictureError for one that holds no colour, and
    for what can't be written.
    """
    by_default = not output or output.endswith(("/", os.sep))
    form = _format_of("" if by_default or output == "-" else output, format_name)
    path = output
    if by_default:
        stem = "stdin" if image == "-" else os.path.splitext(os.path.basename(image))[0]
        folder = output or os.path.dirname(image)
        path = os.path.join(folder, f"{stem}_gallery{form.suffixes[0]}")
    target = Target(path, form, **how)
    check_target(target)
    return target


def _format_of(path: str, format_name: str) -> Format:
    word = format_name.strip().lower().lstrip(".")
    suffix = f".{word}" if word else (suffix_of(path) if path else ".png")
    if suffix in PAGE.suffixes:
        return PAGE
    known = [form for form in FORMATS if stored_mode(form, "RGB")]
    if (form := BY_SUFFIX.get(suffix) or format_named(word)) in known:
        assert form is not None  # noqa: S101 - for the type checker
        return form
    able = ", ".join(each.suffixes[0] for each in (*known, PAGE))
    if form is not None:
        raise PictureError(
            f"{path or form.name}: {form.name} can't hold a sheet in colour; use {able}"
        )
    given = f"format: {format_name!r}" if word else f"output: {path!r}"
    raise OptionError(f"{given} names no format of a sheet: {able}")
