"""Finished frames → an animation: GIF, APNG, WebP, AVIF. Pages of a TIFF: tiff_pages.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image

from convfilter.images.formats import Format
from convfilter.images.frames.durations import rounding_notes, whole_units
from convfilter.images.frames.reading import Timing

# Kinds whose numbers mean other things in another frame.
UNMIXED = {"1": "L", "P": "RGB", "PA": "RGBA"}

Options = dict[str, Any]
# What pages are shown for in an animation; they tell no times.
PAGE_MS = 1000.0
GIF_UNIT_MS = 10
# Browsers show frames of 10 ms or less for 100: what was longer must not become that.
SHORTEST_SHOWN_MS = 10
MOST_DURATIONS = {
    "GIF": 65535 * GIF_UNIT_MS,
    "PNG": 65535 * 1000,
    "WEBP": 2**24 - 1,
    "AVIF": 2**31 - 1,
}
MOST_PLAYS = {"GIF": 65536, "PNG": 2**31 - 1, "WEBP": 65535, "AVIF": 2**31 - 1}


def save_frames(
    images: Sequence[Image.Image],
    timing: Timing,
    file: BinaryIO,
    form: Format,
    options: Options,
) -> list[str]:
    """Writes frames, each finished; returns notes on what the format could not hold.

    images   of a mode that the format holds, all of one size
    options  Pillow's

    Raises ValueError for frames that don't fit together, and whatever Pillow's writers raise.
    """
    images, timing, notes = _fitting(images, timing, form)
    return notes + _SAVERS[form.name](images, timing, options, file)


def save_single(image: Image.Image, file: BinaryIO, options: Options) -> list[str]:
    """Writes one picture (L, LA, RGB, RGBA) as a GIF; returns notes."""
    return _save_gif([image], Timing((0.0,), 1, (0,)), options, file)


def _fitting(
    images: Sequence[Image.Image], timing: Timing, form: Format
) -> tuple[list[Image.Image], Timing, list[str]]:
    """Frames of one size and mode, times that the format can tell, and notes."""
    images, notes = list(images), []
    for number, image in enumerate(images):
        if image.size != images[0].size:
            raise ValueError(
                f"frames of an animation have one size: frame {number} has {image.height}×{image.width}, "
                f"frame 0 {images[0].height}×{images[0].width}"
            )
    if timing.kind == "pages" and len(images) > 1:
        timing = timing._replace(durations_ms=(PAGE_MS,) * len(images), plays=0)
        notes.append(f"pages have no times: each is shown for {PAGE_MS / 1000:g} s, for ever")
    if timing.default_image and form.name != "PNG" and len(images) > 1:
        images = images[1:]
        timing = timing._replace(
            durations_ms=timing.durations_ms[1:],
            disposals=timing.disposals[1:],
            default_image=False,
        )
        notes.append(
            f"{form.name} holds no picture for those who show no animations: the first was left out"
        )
    longest, plays = MOST_DURATIONS[form.name], MOST_PLAYS[form.name]
    if max(timing.durations_ms) > longest:
        timing = timing._replace(durations_ms=tuple(min(ms, longest) for ms in timing.durations_ms))
        notes.append(
            f"{form.name} shows a frame for {longest / 1000:g} s at most: longer ones were cut"
        )
    if timing.plays > plays:
        timing = timing._replace(plays=plays)
        notes.append(f"{form.name} plays {plays:,} times at most, and so this does")
    return _of_one_mode(images), timing, notes


def _of_one_mode(images: list[Image.Image]) -> list[Image.Image]:
    images = [image.convert(UNMIXED.get(image.mode, image.mode)) for image in images]
    modes = {image.mode for image in images}
    if len(modes) == 1:
        return images
    has_alpha = any(mode.endswith("A") for mode in modes)
    has_colour = any(mode.startswith("RGB") for mode in modes)
    if not modes <= {"L", "LA", "RGB", "RGBA"}:
        raise ValueError(f"frames of an animation are of one kind, not {', '.join(sorted(modes))}")
    mode = ("RGB" if has_colour else "L") + ("A" if has_alpha else "")
    return [image.convert(mode) for image in images]


def _save_gif(
    images: list[Image.Image], timing: Timing, options: Options, file: BinaryIO
) -> list[str]:
    from convfilter.images.frames.gif_write import write_gif

    centiseconds = whole_units(
        timing.durations_ms,
        GIF_UNIT_MS,
        lambda ms: 2 if ms > SHORTEST_SHOWN_MS else bool(ms),
    )
    comment = options.get("comment") or b""
    comment = comment.encode() if isinstance(comment, str) else comment
    notes = rounding_notes("GIF", timing.durations_ms, centiseconds, GIF_UNIT_MS)
    return notes + write_gif(images, centiseconds, timing.plays, timing.disposals, comment, file)


def _save_apng(
    images: list[Image.Image], timing: Timing, options: Options, file: BinaryIO
) -> list[str]:
    from convfilter.images.frames.apng_write import write_apng

    is_default = timing.default_image and len(images) > 1
    write_apng(
        images,
        timing.durations_ms,
        timing.plays,
        timing.disposals,
        options,
        file,
        default_image=is_default,
    )
    return []


def _save_webp(
    images: list[Image.Image], timing: Timing, options: Options, file: BinaryIO
) -> list[str]:
    from convfilter.images.frames.webp_write import write_webp

    milliseconds = whole_units(timing.durations_ms, 1)
    write_webp(images, milliseconds, timing.plays, timing.disposals, options, file)
    return rounding_notes("WebP", timing.durations_ms, milliseconds, 1)


def _save_avif(
    images: list[Image.Image], timing: Timing, options: Options, file: BinaryIO
) -> list[str]:
    from convfilter.images.frames.box_times import play

    if len(images) == 1:
        images[0].save(file, "AVIF", **options)
        still = timing._replace(durations_ms=(0.0,), plays=1)
        return (
            [] if timing.durations_ms == still.durations_ms else ["a single AVIF frame has no time"]
        )
    # A frame of no time would get 1 ms from libavif, unsaid.
    milliseconds = whole_units(timing.durations_ms, 1)
    milliseconds = [max(ms, 1) for ms in milliseconds]
    written = BytesIO()
    images[0].save(
        written, "AVIF", save_all=True, append_images=images[1:], duration=milliseconds, **options
    )
    content = bytearray(written.getbuffer())
    play(content, timing.plays)
    file.write(content)
    return rounding_notes("AVIF", timing.durations_ms, milliseconds, 1)


_Saver = Callable[[list[Image.Image], Timing, Options, BinaryIO], list[str]]
_SAVERS: dict[str, _Saver] = {
    "GIF": _save_gif,
    "PNG": _save_apng,
    "WEBP": _save_webp,
    "AVIF": _save_avif,
}
