"""One job → one outcome: read, filter, write. Every command that makes pictures calls `process`."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convfilter.core.execute import Result
    from convfilter.core.kernel import Kernel
    from convfilter.core.spec import Spec
    from convfilter.core.stages import Steps
    from convfilter.images.decode import Decoded
    from convfilter.images.picture import Picture
    from convfilter.images.write import Target

MAX_PIXELS = 500_000_000


class Job(NamedTuple):
    """What to do with one picture.

    source      a path, or '-' for standard input
    steps       kernels that are applied in turn, each with its options
    output      a path, a folder that ends with '/', '-' for standard output, or '' for the default
                name beside the source
    format      name or suffix of the output's format, '' for what the names say
    quality     of JPEG and WebP
    compress    of PNG and TIFF, 0 … 9; None for the usual
    padding_chosen  whether the padding was asked for; only the hints want to know
    """

    source: str
    steps: Steps
    output: str = ""
    format: str = ""
    overwrite: bool = False
    gray: bool = False
    alpha: str = "auto"
    quality: int = 92
    compress: int | None = None
    strip: bool = False
    max_pixels: int = MAX_PIXELS
    padding_chosen: bool = False

    @property
    def kernel(self) -> Kernel:
        """The last step's."""
        return self.steps[-1][0]

    @property
    def spec(self) -> Spec:
        """The last step's."""
        return self.steps[-1][1]


class Seconds(NamedTuple):
    """How long the parts of a job took."""

    read: float
    filter: float
    write: float


class Outcome(NamedTuple):
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


class Reading:
    """A picture being decoded on a thread.

    Started as early as possible: decoding lets go of the GIL, so it happens while numpy and the
    rest are imported. `opened` is set when that begins, or when it won't.
    """

    def __init__(self, source: str, max_pixels: int) -> None:
        self._source, self._max_pixels = source, max_pixels
        self._decoded: Decoded | None = None
        self._error: BaseException | None = None
        self.seconds = 0.0
        self.opened = threading.Event()
        self._thread = threading.Thread(target=self._decode, daemon=True)
        self._thread.start()

    def result(self) -> Decoded:
        """Waits for it and hands it over, once; raises what decoding raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        decoded, self._decoded = self._decoded, None  # whoever has it now lets go of its memory
        assert decoded is not None  # noqa: S101 - for the type checker
        return decoded

    def _decode(self) -> None:
        try:
            from convfilter.images.decode import decode

            started = time.perf_counter()
            self._decoded = decode(self._source, self._max_pixels, self.opened.set)
            self.seconds = time.perf_counter() - started
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            self._error = error
        finally:
            self.opened.set()


def process(job: Job, reading: Reading | None = None) -> Outcome:
    """Reads, filters and writes one picture; `reading` is its decoding if that began already.

    Raises PictureError, ShapeError or OptionError; then nothing was written.
    """
    from convfilter.alpha import Out, run_with_alpha
    from convfilter.images.read import to_picture
    from convfilter.images.write import write_picture
    from convfilter.output import choose_target

    choose_target(job)  # what can be refused before the picture is read
    reading = reading or Reading(job.source, job.max_pixels)
    decoded = reading.result()
    started = time.perf_counter()
    picture = to_picture(decoded, gray=job.gray)
    read_at = time.perf_counter()
    modes, done, target, notes = _prepare(picture, job)
    out = Out(done.pixels, done.alpha)
    filtered = run_with_alpha(picture.pixels, picture.alpha, job.steps, modes, out)
    source_mode, source_shape, notes = picture.mode, picture.shape, [*picture.notes, *notes]
    del decoded, picture  # half of all memory in use, before the encoder asks for its own
    filtered_at = time.perf_counter()
    notes += write_picture(done, target)
    return Outcome(
        job=job,
        source_mode=source_mode,
        source_shape=source_shape,
        output=target.path,
        output_mode=done.mode,
        output_shape=done.shape,
        result=filtered.result,
        alpha=", ".join(dict.fromkeys(modes)),
        notes=tuple(notes),
        rim=_dark_rim(done.pixels, filtered.result, job),
        seconds=Seconds(
            reading.seconds + read_at - started,
            filtered_at - read_at,
            time.perf_counter() - filtered_at,
        ),
    )


def _prepare(picture: Picture, job: Job) -> tuple[tuple[str, ...], Picture, Target, list[str]]:
    """How each step handles alpha, the result to be filled, and where to write it.

    Nothing is filtered yet: what can't be held or written is refused here.
    """
    from convfilter.alpha import alpha_modes
    from convfilter.core.conv import outline_steps
    from convfilter.errors import PictureError
    from convfilter.images.blank import blank_picture
    from convfilter.images.picture import mode_of
    from convfilter.output import choose_target

    pixels = picture.pixels
    made = outline_steps(pixels.shape, pixels.dtype, job.steps)
    for geometry in made.geometries:
        if (count := geometry.out[0] * geometry.out[1]) > max(job.max_pixels, pixels.size):
            raise PictureError(
                f"{job.source}: the result would have {geometry.out[0]}×{geometry.out[1]} = {count} "
                "pixels: use a smaller padding; --max-pixels raises the limit"
            )
    modes: tuple[str, ...] = ("none",) * len(job.steps)
    if picture.alpha is not None:
        modes = alpha_modes(job.alpha, job.steps, made.policy)
    keeps = picture.alpha is not None and "drop" not in modes
    mode = mode_of(made.shape, made.pixel.name, has_alpha=keeps)
    target, notes = choose_target(job, picture.format, mode)
    if "drop" in modes and job.alpha != "drop":
        notes.append(
            "alpha was dropped: a sum over channels, or plain numbers, has no place for it"
        )
    done = blank_picture(made.shape, made.pixel, picture.metadata, has_alpha=keeps)
    return modes, done, target, notes


def _dark_rim(pixels: NDArray[Any], result: Result, job: Job) -> bool:
    """Whether a zero border left a rim clearly darker than what lies beside it."""
    if job.spec.border.kind != "zero" or not all(result.geometry.padding) or job.kernel.members:
        return False
    if result.policy not in ("clip", "auto") or min(pixels.shape[:2]) < 8:
        return False
    rim, inner = pixels[0].astype(float).mean(), pixels[3].astype(float).mean()
    return bool(rim < 0.8 * inner)
