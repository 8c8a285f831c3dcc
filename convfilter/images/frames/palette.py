"""Pictures as GIF holds them: numbers of at most 256 colours, one of which may be clear.

Without dithering: it hides edges, and where a picture was filtered the noise would be taken for its
result. Of Pillow's ways to find 256 colours, over the photographs of scikit-image (astronaut, chelsea,
coffee, rocket, retina), mean absolute error of a channel and time:

    median cut                      2.0    0.26 s per million pixels
    median cut, then k-means        1.7    2.5
    maximum coverage                3.9    0.7
    octree                          2.9    0.006

Median cut it is; all its time goes into looking for each colour's nearest. Having it look at fewer
pixels and mapping the rest with a table makes 2.2 to 2.5 of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLOURS = 256
# Alpha from here on is opaque, below it is clear: GIF knows nothing in between.
OPAQUE = 128
GREYS = bytes(grey for grey in range(COLOURS) for _ in range(3))


class Indexed(NamedTuple):
    """A picture as GIF holds it.

    image        P, or L whose greys are the numbers of `table`
    table        RGB of each colour, three bytes each, 1 … 256 of them
    transparent  the number that is clear, if any is
    reduced      how many colours there were, if they were too many; 0 if all are as they were
    mixed        pixels whose alpha was neither 0 nor 255
    """

    image: Image.Image
    table: bytes
    transparent: int | None = None
    reduced: int = 0
    mixed: int = 0


def to_indexed(image: Image.Image, *, spare: bool = False) -> Indexed:
    """An L, LA, RGB or RGBA image as GIF holds it.

    spare  keeps a colour for what is clear even where nothing is, if that costs nothing exact

    Pixels are exact as long as their colours and the clear one are at most 256; L always is. What
    clear pixels looked like is gone.
    """
    if image.mode == "L":
        return Indexed(image, GREYS)
    clear, mixed = _clear_and_mixed(image)
    rgb = image.convert("RGB")
    if clear is not None:
        rgb.paste(_opaque_colour(rgb, clear), mask=clear)
    room = COLOURS - (clear is not None)
    colours = rgb.getcolors(room)
    if colours is None:
        room -= spare and clear is None
        found = rgb.quantize(room, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        table, reduced = bytes(found.getpalette() or GREYS)[: 3 * room], _colour_count(rgb)
    else:
        found, table = _exact(rgb, [colour for _, colour in colours])
        reduced = 0
    if clear is None and not (spare and len(table) < 3 * COLOURS):
        return Indexed(found, table, None, reduced, mixed)
    transparent = len(table) // 3
    if clear is not None:
        found.paste(transparent, mask=clear)
    return Indexed(found, table + bytes(3), transparent, reduced, mixed)


def has_clear(image: Image.Image) -> bool:
    """Whether any pixel of an image will be clear."""
    return _clear_and_mixed(image)[0] is not None


def palette_notes(frames: Sequence[Indexed]) -> list[str]:
    """What has to be said of frames that were not kept exactly."""
    notes = []
    most = max(frame.reduced for frame in frames)
    if most:
        count = sum(1 for frame in frames if frame.reduced)
        which = f" in {count} of {len(frames)} frames" if len(frames) > 1 else ""
        up_to = "up to " if count > 1 else ""
        notes.append(
            f"GIF holds 256 colours a frame: {up_to}{most:,} reduced{which}, without dithering"
        )
    if mixed := sum(frame.mixed for frame in frames):
        notes.append(
            f"GIF holds no half transparency: {mixed:,} pixels became opaque from alpha {OPAQUE} on, "
            "clear below"
        )
    return notes


def _clear_and_mixed(image: Image.Image) -> tuple[Image.Image | None, int]:
    """A mask (L, 255 where clear) of an image, None if nothing is; how many pixels are neither."""
    if not image.mode.endswith("A"):
        return None, 0
    alpha = image.getchannel("A")
    counts = alpha.histogram()
    mixed = sum(counts[1:255])
    if not any(counts[:OPAQUE]):
        return None, mixed
    return alpha.point([255] * OPAQUE + [0] * (256 - OPAQUE)), mixed


def _opaque_colour(rgb: Image.Image, clear: Image.Image) -> tuple[int, ...]:
    """The colour of a pixel that is not clear, so that clear ones take none of the room."""
    box = clear.point([255] + [0] * 255).getbbox()
    if box is None:
        return (0, 0, 0)
    left, upper, right, _ = box
    row = clear.crop((left, upper, right, upper + 1)).tobytes()
    colour = rgb.getpixel((left + row.index(0), upper))
    assert isinstance(colour, tuple)  # noqa: S101 - for the type checker
    return colour


def _exact(rgb: Image.Image, colours: list[Any]) -> tuple[Image.Image, bytes]:
    """An image of few colours as numbers of them, darkest first, and their table."""
    ordered = sorted(colours, key=lambda colour: (sum(colour), colour))
    packed = np.array([(red << 16) | (green << 8) | blue for red, green, blue in ordered])
    number_of = np.zeros(1 << 24, np.uint8)
    number_of[packed] = np.arange(len(ordered), dtype=np.uint8)
    image = Image.fromarray(number_of[_packed(rgb)])
    table = bytes(channel for colour in ordered for channel in colour)
    image.putpalette(table)
    return image, table


def _colour_count(rgb: Image.Image) -> int:
    # By a table: 3 ms for 113,382 colours, Pillow's own getcolors takes 167.
    seen = np.zeros(1 << 24, np.bool_)
    seen[_packed(rgb)] = True
    return int(np.count_nonzero(seen))


def _packed(rgb: Image.Image) -> NDArray[np.uint32]:
    """(H, W), 24 bits of colour in each."""
    red, green, blue = np.moveaxis(np.asarray(rgb).astype(np.uint32), 2, 0)
    packed: NDArray[np.uint32] = (red << np.uint32(16)) | (green << np.uint32(8)) | blue
    return packed
