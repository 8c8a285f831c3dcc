"""Animations and files of several pages: one picture a frame, each by itself.

No numpy here: it decodes while that is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.frames.composite import KEEP, Damaged, Parts, composited, mode_of
from convfilter.images.opening import damaged

if TYPE_CHECKING:
    from convfilter.images.frames.box_times import Times

COMPOSITED = ("GIF", "PNG")  # by us, the others by Pillow
HOLD_FRAMES = (*COMPOSITED, "WEBP", "AVIF", "TIFF")
TOO_LARGE = "too large for this machine's memory"
# What Pillow says of one frame, and nothing of the whole file.
OF_A_FRAME = frozenset(
    (
        "transparency",
        "background",
        "duration",
        "timestamp",
        "disposal",
        "blend",
        "bbox",
        "extension",
    )
)
# What it leaves standing from the page before where a TIFF's page says nothing.
OF_A_PAGE = ("icc_profile", "dpi", "resolution")


class Timing(NamedTuple):
    """When frames are shown.

    durations_ms   of each frame; 0 where none is told
    plays          how often all of them are shown, 0 for ever
    disposals      what becomes of each before the next, GIF's numbers: 0 not told, 1 it stays, 2 it
                   is cleared, 3 what was there before comes back. APNG's are one less
    default_image  whether the first is no frame of the animation: an APNG's picture for those who
                   show no animations
    kind           "animation" or "pages", which have no times
    """

    durations_ms: tuple[float, ...]
    plays: int
    disposals: tuple[int, ...]
    default_image: bool = False
    kind: str = "animation"

    def first(self, count: int) -> Timing:
        """Of so many frames from the start."""
        return self._replace(
            durations_ms=self.durations_ms[:count], disposals=self.disposals[:count]
        )


def pages_timing(count: int) -> Timing:
    """Of pages, which have no times."""
    return Timing((0.0,) * count, 1, (0,) * count, kind="pages")


def frame_count(image: Image.Image) -> int:
    """How many frames or pages an opened image has; never raises.

    A frame that is damaged counts, those behind it may not. Of MPO only the first one counts: phones
    keep a preview behind the picture.
    """
    if image.format == "GIF":
        with suppress(Exception):
            return _parts_of(image).promised
    if image.format == "TIFF":
        return _page_count(image)
    if image.format in HOLD_FRAMES:
        with suppress(Exception):
            return max(1, int(getattr(image, "n_frames", 1)))
    return 1


class Frames:
    """The frames of an opened Pillow image, decoded one by one; can be gone through several times.

    image  opened, not loaded yet; to be kept open, and left alone while it is gone through
    label  how messages call the file

    Frames of an animation have one size and mode: RGB, L where all colours are greys, with A where
    anything can be seen through in any of them, I;16. Pages have each their own; they are images of
    Pillow's kind for TIFF, with their tags, turned upright. Other frames are not turned, and have
    what `image.info` says of the whole file.

    Going through them raises PictureError for a frame that can't be decoded.
    """

    def __init__(self, image: Image.Image, label: str = "") -> None:
        self.image = image
        self.label = label
        self._mode = ""
        self._file = _file_of(image)
        self._parts = _parts_of(image) if image.format in COMPOSITED else None
        self.count = self._parts.promised if self._parts else frame_count(image)
        if image.format == "TIFF":
            image.filename = ""  # type: ignore[attr-defined]  # mapped files get the turned size
        self._info = {name: value for name, value in image.info.items() if name not in OF_A_FRAME}
        self.timing = self._read_timing()

    def __iter__(self) -> Iterator[Image.Image]:
        if self._parts is not None:
            return self._composited(self._parts)
        return (self._loaded(number) for number in range(self.count))

    def frame(self, number: int) -> Image.Image:
        """One of them, counted from 0; raises PictureError."""
        if not 0 <= number < self.count:
            raise PictureError(f"{self.label}: no frame {number}: there are 0 … {self.count - 1}")
        if self._parts is not None:
            return next(islice(self._composited(self._parts), number, None))
        return self._loaded(number)

    def _composited(self, parts: Parts) -> Iterator[Image.Image]:
        try:
            self._mode = self._mode or mode_of(parts)
            for image in composited(parts, self._mode):
                yield self._described(image)
        except MemoryError:
            raise PictureError(f"{self.label}: {TOO_LARGE}") from None
        except Damaged as error:
            raise self._damaged(error.number, error.reason) from None

    def _loaded(self, number: int) -> Image.Image:
        try:
            if self.image.format == "TIFF":
                return _page(self.image, number)
            self.image.seek(number)
            self.image.load()
            image = self.image.copy()
        except MemoryError:
            raise PictureError(f"{self.label}: {TOO_LARGE}") from None
        except Exception as error:  # noqa: BLE001 - decoders raise whatever bad bytes lead to
            raise self._damaged(number, error) from None
        return self._described(image)

    def _described(self, image: Any) -> Image.Image:
        """A frame that says of itself, and of the file it is from, what the source does."""
        image.info = dict(self._info)
        image.format = self.image.format
        image.filename = getattr(self.image, "filename", "")
        image._fp = self._file  # noqa: SLF001 - where others look for the file, for lack of a name
        described: Image.Image = image
        return described

    def _damaged(self, number: int, error: BaseException | str) -> PictureError:
        which = f": frame {number}" if self.count > 1 else ""
        return damaged(f"{self.label}{which}", error)

    def _read_timing(self) -> Timing:
        if self._parts is not None:
            return _timing_of(self._parts)
        if self.image.format == "TIFF":
            return pages_timing(self.count)
        times = _times_of(self.image)
        if times is None or len(times.durations_ms) != self.count:
            return Timing((0.0,) * self.count, 1, (KEEP,) * self.count)
        return Timing(*times)


def _timing_of(parts: Parts) -> Timing:
    missing = parts.promised - len(parts.parts)
    return Timing(
        tuple(part.duration_ms for part in parts.parts) + (0.0,) * missing,
        parts.plays,
        tuple(part.disposal for part in parts.parts) + (KEEP,) * missing,
        parts.default_image,
    )


def _parts_of(image: Image.Image) -> Parts:
    if image.format == "GIF":
        from convfilter.images.frames.gif_read import read_gif

        return read_gif(_content_of(image), image.size)
    from convfilter.images.frames.apng_read import read_apng

    return read_apng(_content_of(image), image.size)


def _times_of(image: Image.Image) -> Times | None:
    if image.format not in ("WEBP", "AVIF"):
        return None
    from convfilter.images.frames.box_times import avif_times, webp_times

    content = _content_of(image)
    return webp_times(content) if image.format == "WEBP" else avif_times(content)


def _content_of(image: Image.Image) -> bytes:
    """The file's bytes; its reader is put back to where it was."""
    file = _file_of(image)
    place = file.tell()
    file.seek(0)
    content: bytes = file.read()
    file.seek(place)
    return content


def _file_of(image: Any) -> Any:
    return getattr(image, "_fp", None) or image.fp


def _page_count(image: Any) -> int:
    with suppress(Exception):
        return max(1, int(image.n_frames))
    count = 1  # n_frames fails at the first page that is damaged; that one counts
    with suppress(Exception):
        while True:
            image.seek(count)
            count += 1
    with suppress(Exception):
        image.seek(0)
    return count + 1


def _page(image: Any, number: int) -> Image.Image:
    """A page as an image of its own, loaded."""
    from PIL.TiffImagePlugin import TiffImageFile

    file = image._fp  # noqa: SLF001 - `fp` is gone once anything was loaded
    file.seek(0)
    page = TiffImageFile(file)
    # Where the pages are is known: else 300 pages took 0.63 s, all those before each being read again.
    for places in ("_frame_pos", "_tag_data_limits"):
        with suppress(AttributeError):
            setattr(page, places, list(getattr(image, places)))
    if number:
        for name in OF_A_PAGE:
            page.info.pop(name, None)
    page.seek(number)
    page.load()
    return page
