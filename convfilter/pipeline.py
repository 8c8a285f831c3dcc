"""One job → one outcome: read, filter, write. Every command that makes pictures calls `process`."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from convfilter.errors import PictureError
from convfilter.images.wanted import Wanted
from convfilter.job import Job, Outcome, Seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from convfilter.comparison import Comparing
    from convfilter.images.decoded import Decoded, Extent


class Reading:
    """A picture being decoded, on a thread of its own (`begin`) or where its result is asked for.

    On a thread it is started as early as possible: decoding lets go of the GIL, so it happens while
    numpy and the rest are imported. `opened` is set when that begins, or when it won't.
    `is_read` says that it was read here, before its result was asked for.

    admit  is told what will be decoded when the header was read, and may wait there, or raise
    """

    def __init__(
        self, source: str, wanted: Wanted, admit: Callable[[Extent], object] = bool
    ) -> None:
        self._source, self._wanted, self._admit = source, wanted, admit
        self._decoded: Decoded | None = None
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self.seconds = 0.0
        self.opened = threading.Event()
        self.is_read = False

    def begin(self) -> Reading:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._decode, daemon=True)
        self._thread.start()
        return self

    def decode(self) -> None:
        """Decodes here and now; raises nothing, what went wrong is told by `result`."""
        self._decode()
        self.is_read = True

    def _decode(self) -> None:
        try:
            from convfilter.images.decode import decode

            started = time.perf_counter()
            self._decoded = decode(self._source, self._wanted, self._open)
            self.seconds += time.perf_counter() - started
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            self._error = error
        finally:
            self.opened.set()

    def result(self) -> Decoded:
        """Waits for it and hands it over, once; raises what decoding raised."""
        if self._thread is not None:
            self._thread.join()
        elif not self.is_read:
            self.decode()
        if self._error is not None:
            raise self._error
        decoded, self._decoded = self._decoded, None  # whoever has it now lets go of its memory
        assert decoded is not None  # noqa: S101 - for the type checker
        return decoded

    def _open(self, extent: Extent) -> None:
        self.opened.set()
        waited = time.perf_counter()
        self._admit(extent)
        self.seconds -= time.perf_counter() - waited


def process(job: Job, reading: Reading | None = None) -> Outcome:
    """Reads, filters and writes one picture; `reading` is its decoding if that began already.

    Raises PictureError, ShapeError or OptionError; then nothing was written.
    """
    try:
        return _process(job, reading)
    except MemoryError:
        label = "standard input" if job.source == "-" else job.source
        raise PictureError(
            f"{label}: too large for this machine's memory; --region takes a part, -j 1 needs less"
        ) from None


def _process(job: Job, reading: Reading | None) -> Outcome:
    from convfilter.images.formats import ZARR
    from convfilter.images.zarr_marks import is_zarr, without_slash
    from convfilter.output import choose_format

    job = job._replace(source=without_slash(job.source), output=without_slash(job.output))
    if is_zarr(job.source) and choose_format(job, ZARR.name) is ZARR:
        from convfilter.strips import process_array

        return process_array(job)
    return _process_picture(job, reading)


def _process_picture(job: Job, reading: Reading | None) -> Outcome:
    from convfilter.filtering import dark_rim, filter_picture, prepare, read_mask
    from convfilter.images.read import to_picture
    from convfilter.images.write import arranged, write_picture
    from convfilter.output import choose_format, choose_target

    reading = reading or Reading(job.source, job.wanted)
    if not reading.is_read:
        choose_target(job)  # what can be refused before the picture is read
    comparing = _comparing(job)
    decoded = reading.result()
    if decoded.frames is not None:
        from convfilter.sequence import process_frames

        with closing(decoded):
            if job.compare:
                raise PictureError(
                    f"{job.source}: {decoded.frames.count} frames; one picture is compared: leave "
                    "--compare out, or take one with --frame N, counted from 0"
                )
            return process_frames(job, decoded, reading.seconds)
    started = time.perf_counter()
    picture = to_picture(decoded, gray=job.gray)
    read_at = time.perf_counter()
    form = choose_format(job, picture.format)
    prepared = prepare(picture, job, holds_floats="F" in form.modes)
    target, notes = choose_target(job, picture.format, prepared)
    if comparing:
        comparing.check(picture, prepared, target.path)
    weights = read_mask(job.mask) if job.mask else None
    done, result, alpha = filter_picture(picture, job, prepared, weights=weights)
    source_mode, source_shape = picture.mode, picture.shape
    compared = comparing.compare(picture, done, result.steps) if comparing else None
    done, said = arranged(done, target)
    notes = [*picture.notes, *prepared.notes, *notes, *said]
    del decoded, picture  # half of all memory in use, before the encoder asks for its own
    filtered_at = time.perf_counter()
    notes += write_picture(done, target)
    if comparing:
        comparing.write()
    return Outcome(
        job=job._replace(region=prepared.region),
        source_mode=source_mode,
        source_shape=source_shape,
        output=target.path,
        output_mode=done.mode,
        output_shape=done.shape,
        result=result,
        alpha=alpha,
        notes=tuple(notes),
        rim=dark_rim(done.pixels, result, job),
        seconds=Seconds(
            reading.seconds + read_at - started,
            filtered_at - read_at,
            time.perf_counter() - filtered_at,
        ),
        compared=compared,
        picture=done if job.keep else None,
    )


def _comparing(job: Job) -> Comparing | None:
    """What will compare the picture with its result, if that is asked for."""
    if not job.compare:
        return None
    from convfilter.comparison import Comparing

    return Comparing(job)
