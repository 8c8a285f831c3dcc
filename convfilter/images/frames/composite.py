"""Parts of an animation → whole frames: what GIF and APNG leave to whoever shows them.

Pillow composites too, but not as the formats say: what a GIF clears it fills with the background's
colour instead of leaving it clear, a disposal once told goes on where the next frame tells none, and
of an APNG it blends alpha like a fourth colour, lays the first frame over the default image, and
restores what it has just changed where a frame was looked at in between.
Source: GIF89a, 23; PNG, third edition, 11.3.6.2 and 13.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

from PIL import Image

# What becomes of a frame's place before the next one, GIF's numbers.
UNSPECIFIED, KEEP, CLEAR, RESTORE = range(4)


class Part(NamedTuple):
    """What a file holds of one frame.

    box           (left, upper, right, lower) on the canvas
    duration_ms   0 where none is told
    disposal      UNSPECIFIED … RESTORE
    see_through   whether it may have pixels that are not opaque
    overwrites    whether those replace what is below; else they let it shine through
    pieces        one behind the other, a whole file of that part by itself
    """

    box: tuple[int, int, int, int]
    duration_ms: float
    disposal: int
    see_through: bool
    overwrites: bool
    pieces: tuple[bytes | memoryview, ...]


class Parts(NamedTuple):
    """All that an animation's file holds, as far as it could be read.

    kind           "GIF" or "PNG"
    size           (width, height) of the canvas
    plays          0: for ever
    promised       how many frames there should be
    default_image  whether the first of `parts` is shown where animations are not, and only there
    grey           whether all colours are greys
    deep_grey      whether they have 16 bits and no alpha
    alpha          whether alpha belongs to its kind of pixels, used or not
    fault          why there are less parts than promised
    """

    kind: str
    size: tuple[int, int]
    parts: tuple[Part, ...]
    plays: int = 1
    promised: int = 1
    default_image: bool = False
    grey: bool = False
    deep_grey: bool = False
    alpha: bool = False
    fault: str = "the file ends before it"


class Damaged(Exception):
    """A frame that can't be made; `number` counts from 0."""

    def __init__(self, number: int, reason: BaseException | str) -> None:
        super().__init__(str(reason))
        self.number = number
        self.reason = reason


def composited(animation: Parts, mode: str) -> Iterator[Image.Image]:
    """Every frame by itself, a new image of the canvas's size; raises Damaged.

    mode  what `mode_of` says
    """
    for number, canvas in enumerate(_canvases(animation)):
        if canvas.mode == mode:
            yield canvas.copy()
        elif canvas.mode == "RGBA":
            yield canvas.convert(mode)
        else:
            raise Damaged(number, f"frames of modes {mode} and {canvas.mode}")
    done = len(animation.parts)
    if done < animation.promised:
        raise Damaged(done, animation.fault)


def mode_of(animation: Parts) -> str:
    """RGB, L where all is grey, RGBA or LA where anything can be seen through in any frame.

    16-bit grey is I;16, and never seen through. Where the structure leaves it open the frames are decoded, up to the first
    pixel that is not opaque: many files call a colour transparent only to leave out what stays.
    """
    if animation.alpha:
        return "LA" if animation.grey else "RGBA"
    if animation.deep_grey:
        return "I;16"
    if _covers_always(animation) or not _seen_through(animation):
        return "L" if animation.grey else "RGB"
    return "LA" if animation.grey else "RGBA"


def _covers_always(animation: Parts) -> bool:
    """Whether every frame is opaque everywhere, told from where the parts are and what they are."""
    whole, covered = (0, 0, *animation.size), False
    for number, part in enumerate(animation.parts):
        left, upper, right, lower = part.box
        fills = left <= 0 and upper <= 0 and right >= whole[2] and lower >= whole[3]
        covered_before = covered
        covered = (fills and not part.see_through) or (covered and not _cuts(part))
        if not covered:
            return False
        if part.disposal == CLEAR:
            covered = False
        elif part.disposal == RESTORE:
            covered = covered_before
        if animation.default_image and not number:
            covered = False
    return True


def _cuts(part: Part) -> bool:
    return part.see_through and part.overwrites


def _seen_through(animation: Parts) -> bool:
    try:
        return any(
            canvas.getchannel("A").histogram()[255] < canvas.width * canvas.height
            for canvas in _canvases(animation)
        )
    except Damaged:
        return False  # told when that frame's turn comes


def _canvases(animation: Parts) -> Iterator[Image.Image]:
    """The canvas after every part; it goes on being drawn on."""
    canvas = Image.new("RGBA", animation.size)
    for number, part in enumerate(animation.parts):
        if animation.default_image and number == 1:
            canvas = Image.new("RGBA", animation.size)
        drawn = _decoded(animation, number)
        before = canvas
        canvas = _drawn_over(canvas, drawn, animation, number)
        yield canvas
        if part.disposal == CLEAR and canvas.mode == "RGBA":
            canvas.paste((0, 0, 0, 0), part.box)
        elif part.disposal == CLEAR:
            canvas = Image.new("RGBA", animation.size)
        elif part.disposal == RESTORE:
            canvas = before


def _drawn_over(
    canvas: Image.Image, drawn: Image.Image, animation: Parts, number: int
) -> Image.Image:
    """The canvas with a part on it: the same one unless its present state will be restored."""
    part = animation.parts[number]
    deep = drawn.mode != "RGBA"
    if deep and part.see_through:
        raise Damaged(number, "16-bit grey with transparency is not filtered in animations")
    is_first = number <= animation.default_image
    replaces = is_first or part.overwrites or not part.see_through
    if replaces and part.box == (0, 0, *animation.size):
        return drawn
    if drawn.mode != canvas.mode:
        raise Damaged(number, "16-bit grey that leaves gaps is not filtered in animations")
    if part.disposal == RESTORE:
        canvas = canvas.copy()
    if replaces:
        canvas.paste(drawn, part.box[:2])
    else:
        canvas.alpha_composite(drawn, part.box[:2])
    return canvas


def _decoded(animation: Parts, number: int) -> Image.Image:
    """A part by itself, RGBA, or 16-bit grey."""
    part = animation.parts[number]
    left, upper, right, lower = part.box
    try:
        if left == right or upper == lower:
            return Image.new("RGBA", (0, 0))
        image: Image.Image = _reader(animation.kind)(BytesIO(b"".join(part.pieces)))
        image.load()
        return image if image.mode.startswith("I;16") else image.convert("RGBA")
    except Exception as error:  # noqa: BLE001 - decoders raise whatever bad bytes lead to
        raise Damaged(number, error) from None


def _reader(kind: str) -> Any:
    if kind == "GIF":
        from PIL.GifImagePlugin import GifImageFile

        return GifImageFile
    from PIL.PngImagePlugin import PngImageFile

    return PngImageFile
