"""Boxes with words, drawn: what animations are made of. Whoever lays them out knows nothing of Pillow.

The font is the one that Pillow brings along, so pictures look alike everywhere; it has no signs but those
of Latin letters. Without FreeType it is a small one of fixed size.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, features

Colour = tuple[int, int, int]
LEVEL = 17  # 255 is 15 of them
LEVELS = [(level + LEVEL // 2) // LEVEL * LEVEL for level in range(256)]


class Box(NamedTuple):
    """A rectangle, in pixels, and a word in its middle.

    role        what it is, for those who ask where things are
    fill, edge  colours; None: not drawn. The edge lies inside
    text        made smaller where it would be too wide; '' for none
    corner      a small word at the lower right
    dashed      the edge is a row of dashes
    """

    role: str
    left: int
    top: int
    width: int
    height: int
    fill: Colour | None = None
    edge: Colour | None = None
    edge_px: int = 1
    text: str = ""
    size_px: int = 16
    ink: Colour = (0, 0, 0)
    corner: str = ""
    corner_ink: Colour = (0, 0, 0)
    dashed: bool = False


class Words(NamedTuple):
    """A line of text.

    anchor  Pillow's: what of the text stands at the place, "ls" the left end of its base line
    """

    role: str
    left: int
    top: int
    text: str
    size_px: int = 16
    ink: Colour = (0, 0, 0)
    bold: bool = False
    anchor: str = "ls"


class Drawing(NamedTuple):
    """What stands on a canvas, from back to front."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    words: tuple[Words, ...]
    background: Colour = (255, 255, 255)


def drawn(drawing: Drawing) -> NDArray[Any]:
    """The drawing as (height, width, 3) uint8, in 16 levels a channel.

    Smooth letters on many greys have a thousand colours, of which a GIF would hold 256; so they have
    about 130, all frames have the same, and what stays needs not be written again.
    """
    image = Image.new("RGB", (drawing.width, drawing.height), drawing.background)
    canvas = ImageDraw.Draw(image)
    for box in drawing.boxes:
        if box.fill is None:
            _draw_box(canvas, box)
        else:
            image.paste(_tile(box._replace(role="", left=0, top=0)), (box.left, box.top))
    for words in drawing.words:
        _draw_words(canvas, words)
    return np.asarray(image.point(LEVELS * 3))


def text_width(text: str, size_px: int, *, bold: bool = False) -> int:
    """How many pixels wide a text is."""
    length: float = _font(size_px).getlength(text)
    return round(length) + (2 if bold else 0)


@lru_cache(maxsize=2048)
def _tile(box: Box) -> Image.Image:
    """A box that hides what is behind it, by itself: most are the same in many frames."""
    image = Image.new("RGB", (box.width, box.height), box.fill)
    _draw_box(ImageDraw.Draw(image), box)
    return image


def _draw_box(canvas: ImageDraw.ImageDraw, box: Box) -> None:
    right, bottom = box.left + box.width - 1, box.top + box.height - 1
    corners = (box.left, box.top, right, bottom)
    if box.fill is not None:
        canvas.rectangle(corners, fill=box.fill)
    if box.edge is not None and box.dashed:
        _draw_dashes(canvas, corners, box.edge, box.edge_px)
    elif box.edge is not None:
        canvas.rectangle(corners, outline=box.edge, width=box.edge_px)
    if box.text:
        size_px = _fitting(box.text, box.size_px, box.width - 6)
        lift = box.height // 9 if box.corner else 0
        middle = (box.left + box.width / 2, box.top + box.height / 2 - lift)
        canvas.text(middle, box.text, fill=box.ink, font=_font(size_px), anchor=_anchor("mm"))
    if box.corner:
        size_px = _fitting(box.corner, max(box.size_px * 2 // 3, 9), box.width - 8)
        place = (right - 3, bottom - 3)
        canvas.text(
            place, box.corner, fill=box.corner_ink, font=_font(size_px), anchor=_anchor("rs"),
            stroke_width=0.4, stroke_fill=box.corner_ink,
        )  # fmt: skip


def _draw_dashes(
    canvas: ImageDraw.ImageDraw, corners: tuple[int, int, int, int], edge: Colour, width: int
) -> None:
    left, top, right, bottom = corners
    dash = 5
    for x in range(left, right, 2 * dash):
        end = min(x + dash, right)
        canvas.rectangle((x, top, end, top + width - 1), fill=edge)
        canvas.rectangle((x, bottom - width + 1, end, bottom), fill=edge)
    for y in range(top, bottom, 2 * dash):
        end = min(y + dash, bottom)
        canvas.rectangle((left, y, left + width - 1, end), fill=edge)
        canvas.rectangle((right - width + 1, y, right, end), fill=edge)


def _draw_words(canvas: ImageDraw.ImageDraw, words: Words) -> None:
    canvas.text(
        (words.left, words.top),
        words.text,
        fill=words.ink,
        font=_font(words.size_px),
        anchor=_anchor(words.anchor),
        stroke_width=0.5 if words.bold and _has_outlines() else 0,
        stroke_fill=words.ink,
    )


def _fitting(text: str, size_px: int, width: int) -> int:
    """The size, or the one in which a text is no wider."""
    wide = text_width(text, size_px)
    return size_px if wide <= width else max(8, size_px * width // wide)


@lru_cache(maxsize=32)
def _font(size_px: int) -> Any:
    if _has_outlines():
        return ImageFont.load_default(size_px)
    return ImageFont.load_default_imagefont()


def _anchor(anchor: str) -> str | None:
    """Fonts of fixed size know no anchors: their words begin at the place."""
    return anchor if _has_outlines() else None


@lru_cache(maxsize=1)
def _has_outlines() -> bool:
    return bool(features.check("freetype2"))
