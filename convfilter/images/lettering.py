"""Words on pictures, in the font that comes with Pillow: it has the signs of ASCII, and few others."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from PIL import ImageFont

if TYPE_CHECKING:
    from PIL import ImageDraw

ELLIPSIS = "…"
# Signs that the font has beside ASCII's, and what stands for those that it lacks.
HAS = f"{ELLIPSIS}·°"
INSTEAD = str.maketrans(
    {"×": "x", "−": "-", "–": "-", "→": "->", "Σ": "sum", "⌊": "floor(", "⌋": ")", "ß": "ss",
     "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "’": "'", "‘": "'", "“": '"', "”": '"'}
)  # fmt: skip

PIECES = re.compile(r"[^\s,:]+[,:]*\s*|[,:]+\s*")


class Ink(NamedTuple):
    """How words are written: pixels high, (red, green, blue)."""

    size_px: int
    colour: tuple[int, int, int]


@cache
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """The font that comes with Pillow."""
    made = ImageFont.load_default(size_px)
    assert isinstance(made, ImageFont.FreeTypeFont)  # noqa: S101 - for the type checker
    return made


def in_font(text: str) -> str:
    """A text in signs that the font has: letters without accents, '?' for what has none.

    >>> in_font("Zoë 3×3 − 日")
    'Zoe 3x3 - ?'
    """
    apart = unicodedata.normalize("NFKD", text.translate(INSTEAD))
    letters = (sign for sign in apart if not unicodedata.combining(sign))
    return "".join(sign if " " <= sign <= "~" or sign in HAS else "?" for sign in letters)


def line_height(size_px: int) -> int:
    """From one line to the next, in pixels."""
    return round(size_px * 1.32)


def width_of(text: str, size_px: int) -> float:
    """Of a text that the font has, in pixels."""
    return font(size_px).getlength(text)


def cut(text: str, size_px: int, width_px: int) -> str:
    """A text on one line, its middle left out where there is no room."""
    text = in_font(text)
    if width_of(text, size_px) <= width_px:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        kept = (fits + too_long) // 2
        if width_of(_without_middle(text, kept), size_px) <= width_px:
            fits = kept
        else:
            too_long = kept
    return _without_middle(text, fits)


def _without_middle(text: str, kept: int) -> str:
    """So many signs of a text, from both ends."""
    return text[: (kept + 1) // 2] + ELLIPSIS + text[len(text) - kept // 2 :]


def wrapped(text: str, size_px: int, width_px: int, most: int) -> list[str]:
    """A text in lines, at most so many; what is left over is cut from the last one.

    Lines end at blanks, and behind commas and colons.
    """
    lines: list[str] = []
    pieces = PIECES.findall(in_font(text))
    while pieces and len(lines) < most - 1:
        taken = 1
        while taken < len(pieces) and _fits(pieces[: taken + 1], size_px, width_px):
            taken += 1
        lines.append(cut("".join(pieces[:taken]).strip(), size_px, width_px))
        pieces = pieces[taken:]
    return [*lines, cut("".join(pieces).strip(), size_px, width_px)] if pieces else lines


def _fits(pieces: list[str], size_px: int, width_px: int) -> bool:
    return width_of("".join(pieces).strip(), size_px) <= width_px


def write(draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, ink: Ink) -> None:
    """A line of text whose top left corner is at (x, y)."""
    draw.text(place, in_font(text), ink.colour, font(ink.size_px))
