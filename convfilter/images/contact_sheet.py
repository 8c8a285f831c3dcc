"""Many pictures on one sheet, each with its caption and the weights that made it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from convfilter.errors import PictureError
from convfilter.images.display import over_checker
from convfilter.images.lettering import Ink, cut, line_height, wrapped, write
from convfilter.images.memory import pixels_of
from convfilter.images.picture import Picture

Colour = tuple[int, int, int]
Planes = Sequence[NDArray[np.uint8]]

MARGIN, GAP = 28, 22
THUMB = 46  # pixels of a side of a kernel's weights
NARROWEST = 176  # a caption has to find room
TITLE, HEADING, NAME, SMALL = 22, 17, 14, 12
MOST_PLANES = 16
MOST_KERNELS = 3  # of a chain, whose weights are drawn
MOST_LINES = 3
USUAL_WIDTH = 1640
SHAPE = 4 / 3  # width to height of a sheet, if it may choose


class Theme(NamedTuple):
    """Colours of a sheet."""

    ground: Colour
    strong: Colour
    weak: Colour
    line: Colour
    fault_ground: Colour
    fault: Colour
    thumb: Colour


THEMES = {
    "light": Theme(
        (250, 250, 248), (28, 30, 34), (104, 108, 116), (208, 210, 214), (253, 240, 238),
        (164, 44, 32), (255, 255, 255),
    ),
    "dark": Theme(
        (24, 26, 30), (236, 237, 240), (156, 160, 168), (66, 70, 78), (56, 34, 34),
        (246, 150, 138), (36, 39, 45),
    ),
}  # fmt: skip


class Card(NamedTuple):
    """One tile: a picture, or why there is none, and what is written below it.

    kernels  of each kernel the weights of its planes as colours, (h, w, 4) uint8 with alpha
    """

    picture: Image.Image | None
    name: str
    lines: tuple[str, ...] = ()
    kernels: tuple[Planes, ...] = ()
    fault: str = ""


class Section(NamedTuple):
    """Cards under a heading, '' for none."""

    heading: str
    cards: Sequence[Card]


class Layout(NamedTuple):
    """box  (width, height) that pictures fit into;  columns: of cards, 0 for as many as look well."""

    box: tuple[int, int]
    columns: int
    theme: str


class Sheet(NamedTuple):
    """The finished picture, and of each card the (left, top) of its picture."""

    picture: Picture
    places: list[tuple[int, int]]


def draw_sheet(
    title: str, about: str, sections: Sequence[Section], layout: Layout, most_pixels: int
) -> Sheet:
    """A contact sheet as an RGB picture.

    Raises PictureError for one of more than `most_pixels`.
    """
    pen = _Pen(sections, layout, title, about)
    width, height = pen.width, pen.height
    if width * height > most_pixels:
        raise PictureError(
            f"the sheet would have {height}×{width} = {width * height} pixels: use a smaller --tile, or "
            "fewer kernels; --max-pixels raises the limit"
        )
    image = Image.new("RGB", (width, height), pen.theme.ground)
    pen.draw_on(image)
    return Sheet(Picture(pixels_of(image), image=image), pen.places)


class _Pen:
    """Measures a sheet, then draws it."""

    def __init__(self, sections: Sequence[Section], layout: Layout, title: str, about: str) -> None:
        self.sections, self.theme = sections, THEMES[layout.theme]
        self.box = layout.box
        self.cell = max(layout.box[0], NARROWEST)
        self.columns = layout.columns or _columns(sections, self.cell, layout.box[1])
        self.width = 2 * MARGIN + self.columns * (self.cell + GAP) - GAP
        self.title = cut(title, TITLE, self.width - 2 * MARGIN)
        self.about = wrapped(about, SMALL, self.width - 2 * MARGIN, MOST_LINES)
        self.top = MARGIN + line_height(TITLE) + len(self.about) * line_height(SMALL) + GAP
        self.rows = [
            (section.heading, section.cards[first : first + self.columns], first == 0)
            for section in sections
            for first in range(0, len(section.cards), self.columns)
        ]
        self.height = self.top + sum(self._row_height(*row) for row in self.rows) + MARGIN - GAP
        self.places: list[tuple[int, int]] = []

    def draw_on(self, image: Image.Image) -> None:
        """The whole sheet, on an image of its width and height."""
        draw = ImageDraw.Draw(image)
        write(draw, (MARGIN, MARGIN - 4), self.title, Ink(TITLE, self.theme.strong))
        y = MARGIN + line_height(TITLE)
        for line in self.about:
            write(draw, (MARGIN, y), line, Ink(SMALL, self.theme.weak))
            y += line_height(SMALL)
        y = self.top
        for heading, cards, is_first in self.rows:
            upper = y
            if heading and is_first:
                write(draw, (MARGIN, y), heading, Ink(HEADING, self.theme.strong))
                rule = y + line_height(HEADING) + 1
                draw.line([(MARGIN, rule), (self.width - MARGIN, rule)], self.theme.line)
                upper += _heading_height()
            for number, card in enumerate(cards):
                self._card(image, draw, card, (MARGIN + number * (self.cell + GAP), upper))
            y += self._row_height(heading, cards, is_first)

    def _row_height(self, heading: str, cards: Sequence[Card], is_first: bool) -> int:
        captions = max(self._caption_height(card) for card in cards)
        above = _heading_height() if heading and is_first else 0
        return above + self.box[1] + 8 + captions + GAP

    def _caption_height(self, card: Card) -> int:
        small = len(self._lines(card)) * line_height(SMALL)
        text = len(self._name(card)) * line_height(NAME) + small
        return max(THUMB if card.kernels else 0, self._text_place(card)[1] + text)

    def _text_place(self, card: Card) -> tuple[int, int]:
        """Where words begin: beside one kernel's weights, below those of several."""
        if len(card.kernels) > 1:
            return 0, THUMB + 6
        return (THUMB + 10, -2) if card.kernels else (0, -2)

    def _name(self, card: Card) -> list[str]:
        return wrapped(card.name, NAME, self.cell - self._text_place(card)[0], MOST_LINES)

    def _lines(self, card: Card) -> list[str]:
        room = self.cell - self._text_place(card)[0]
        return [line for text in card.lines for line in wrapped(text, SMALL, room, MOST_LINES)]

    def _card(
        self, image: Image.Image, draw: ImageDraw.ImageDraw, card: Card, place: tuple[int, int]
    ) -> None:
        left, top = place
        if card.picture is None:
            self._fault(draw, card, place)
        else:
            picture = over_checker(card.picture)
            x = left + (self.cell - picture.width) // 2
            y = top + (self.box[1] - picture.height) // 2
            image.paste(picture, (x, y))
            self.places.append((x, y))
        upper = top + self.box[1] + 8
        for number, planes in enumerate(card.kernels[:MOST_KERNELS]):
            thumb = kernel_thumb(planes, THUMB - 2)
            x = left + number * (THUMB + 4)
            corner = [(x, upper), (x + THUMB - 1, upper + THUMB - 1)]
            draw.rectangle(corner, self.theme.thumb, self.theme.line)
            image.paste(thumb, (x + 1, upper + 1), thumb)
        x, y = self._text_place(card)
        x, y = left + x, upper + y
        for line in self._name(card):
            write(draw, (x, y), line, Ink(NAME, self.theme.strong))
            y += line_height(NAME)
        for line in self._lines(card):
            write(draw, (x, y), line, Ink(SMALL, self.theme.weak))
            y += line_height(SMALL)

    def _fault(self, draw: ImageDraw.ImageDraw, card: Card, place: tuple[int, int]) -> None:
        left, top = place
        right, bottom = left + self.cell - 1, top + self.box[1] - 1
        draw.rectangle([(left, top), (right, bottom)], self.theme.fault_ground, self.theme.fault)
        room = max(1, (self.box[1] - 16) // line_height(SMALL))
        y = top + 8
        for line in wrapped(card.fault, SMALL, self.cell - 20, room):
            write(draw, (left + 10, y), line, Ink(SMALL, self.theme.fault))
            y += line_height(SMALL)
        self.places.append(place)


def _heading_height() -> int:
    return line_height(HEADING) + 14


def _columns(sections: Sequence[Section], cell: int, box_height: int) -> int:
    """As many as make a sheet of a pleasant shape, and no wider than a screen."""
    most = max(1, (USUAL_WIDTH - 2 * MARGIN + GAP) // (cell + GAP))
    count = sum(len(section.cards) for section in sections)
    tall = box_height + THUMB + GAP
    wished = math.ceil(math.sqrt(count * SHAPE * tall / (cell + GAP)))
    longest = max(len(section.cards) for section in sections)
    return max(1, min(most, longest, wished if len(sections) == 1 else most))


def kernel_thumb(planes: Planes, side: int) -> Image.Image:
    """The weights of a kernel as small coloured squares, RGBA of side × side; of several planes a grid.

    planes  (h, w, 4) uint8, the first 16 of them are drawn
    """
    shown = planes[:MOST_PLANES]
    across = math.ceil(math.sqrt(len(shown)))
    down = math.ceil(len(shown) / across)
    room = side // across - (2 if across > 1 else 0)
    thumb = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pitch = side / across
    for number, plane in enumerate(shown):
        cells = _squares(plane, max(1, room))
        row, column = divmod(number, across)
        x = round((column + 0.5) * pitch - cells.width / 2)
        y = round((row + 0.5 + (across - down) / 2) * pitch - cells.height / 2)
        thumb.paste(cells, (x, y))
    return thumb


def _squares(plane: NDArray[Any], room: int) -> Image.Image:
    """Cells as squares of whole pixels, with lines between them where they are large enough."""
    height, width = plane.shape[:2]
    each = room // max(height, width)
    if not each:
        size = (
            max(1, width * room // max(height, width)),
            max(1, height * room // max(height, width)),
        )
        return Image.fromarray(plane).resize(size, Image.Resampling.BOX)
    large = plane.repeat(each, 0).repeat(each, 1)
    if each >= 4:
        large[each - 1 :: each, :, 3] = 0
        large[:, each - 1 :: each, 3] = 0
        large = large[:-1, :-1]
    return Image.fromarray(np.ascontiguousarray(large))
