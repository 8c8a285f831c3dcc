"""Pictures of one size beside or below each other, each with its name."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from convfilter.images.display import TINY, fitted, over_checker, shown, times_of
from convfilter.images.lettering import Ink, cut, line_height, write
from convfilter.images.memory import pixels_of
from convfilter.images.picture import Picture

GAP, TEXT = 12, 14
GROUND, INK = (250, 250, 248), Ink(TEXT, (28, 30, 34))
# A tiny picture is drawn with squares for pixels, about this large.
LARGE = 320
# From which width to height on pictures stand below each other.
WIDE = 2.5


def draw_side_by_side(pictures: Sequence[tuple[str, Picture]]) -> Picture:
    """(name, picture) of one size as one RGB picture; pixel by pixel, but for tiny ones.

    Wide pictures stand below each other.
    """
    images = [(name, _drawn(picture)) for name, picture in pictures]
    width, height = images[0][1].size
    below = width > WIDE * height
    step = (0, height + line_height(TEXT) + GAP) if below else (width + GAP, 0)
    room = width if below else width + GAP
    count = len(images) - 1
    size = width + 2 * GAP + count * step[0], height + line_height(TEXT) + 2 * GAP + count * step[1]
    sheet = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(sheet)
    for number, (name, image) in enumerate(images):
        x, y = GAP + number * step[0], GAP + number * step[1]
        write(draw, (x, y - 5), cut(name, TEXT, room), INK)
        sheet.paste(image, (x, y + line_height(TEXT)))
    return Picture(pixels_of(sheet), image=sheet)


def _drawn(picture: Picture) -> Image.Image:
    image = over_checker(shown(picture))
    if max(image.size) > TINY:
        return image
    box = (LARGE, LARGE)
    return fitted(image, box, times_of(image.size, box))
