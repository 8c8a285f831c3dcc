"""A small matrix and all its results side by side: the window and the explained number are marked."""

from __future__ import annotations

from convfilter.core.traced import Number
from convfilter.explanation import Explanation
from convfilter.report.explain_numbers import text_of
from convfilter.report.explain_place import Part
from convfilter.report.screen import Screen

MARKED = {"fg": "yellow", "bold": True}
BETWEEN = "      "


def matrix_lines(explanation: Explanation, part: Part, screen: Screen) -> list[str] | None:
    """Both matrices; None where they don't fit beside each other."""
    pixels = explanation.picture.pixels
    if pixels.ndim != 2:
        return None
    window = {
        (y, x) for y in range(part.top, part.bottom + 1) for x in range(part.left, part.right + 1)
    }
    given = _drawn(pixels.tolist(), window, "  ", screen)
    made = _drawn(explanation.results, {explanation.trace.at}, "[]", screen)
    widths = [_width(pixels.tolist()), _width(explanation.results)]
    if 2 + sum(widths) + len(BETWEEN) > screen.width:
        return None
    heading = f"{'given':^{widths[0]}}{BETWEEN}{'result':^{widths[1]}}".rstrip()
    lines = [f"  {screen.paint(heading, dim=True)}"]
    for y in range(max(len(given), len(made))):
        left = given[y] if y < len(given) else " " * widths[0]
        right = made[y] if y < len(made) else ""
        lines.append(f"  {left}{BETWEEN}{right}".rstrip())
    return lines


def _cell(rows: list[list[Number]] | tuple[tuple[Number, ...], ...]) -> int:
    return max(len(text_of(number)) for row in rows for number in row)


def _width(rows: list[list[Number]] | tuple[tuple[Number, ...], ...]) -> int:
    return (_cell(rows) + 2) * len(rows[0])


def _drawn(
    rows: list[list[Number]] | tuple[tuple[Number, ...], ...],
    marked: set[tuple[int, int]],
    brackets: str,
    screen: Screen,
) -> list[str]:
    """Each row as a line; marked numbers in colour, and in brackets."""
    wide = _cell(rows)
    lines = []
    for y, row in enumerate(rows):
        texts = []
        for x, number in enumerate(row):
            text = text_of(number)
            if (y, x) in marked:
                text = f"{brackets[0]}{text}{brackets[1]}"
                texts.append(" " * (wide + 2 - len(text)) + screen.paint(text, **MARKED))
            else:
                texts.append(f"{text:>{wide + 1}} ")
        lines.append("".join(texts))
    return lines
