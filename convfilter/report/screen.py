"""What lines are made for: how wide they may be, whether in colour, and with which signs."""

from __future__ import annotations

import shutil
from typing import Any, NamedTuple, TextIO

from convfilter.report.terminal import PLAIN, coloured, fit

# In a pipe, and at most: tables that are wider are read badly.
USUAL_WIDTH, MOST_WIDTH = 100, 120


class Screen(NamedTuple):
    """A terminal or a pipe.

    width   signs in a line
    colour  whether they can have colour
    boxes   whether there are signs for frames
    """

    width: int = USUAL_WIDTH
    colour: bool = False
    boxes: bool = True

    def fitted(self, text: str) -> str:
        """A label as it will be shown: what is padded must have its last length."""
        return text if self.boxes else text.translate(PLAIN).strip()

    def paint(self, text: str, **style: Any) -> str:
        """The text in a style of click's, where there is colour."""
        if not self.colour or not any(style.values()):
            return text
        import click

        return click.style(text, **style)


def screen_of(stream: TextIO) -> Screen:
    """What a stream leads to; $COLUMNS says how wide a pipe is."""
    width = shutil.get_terminal_size((USUAL_WIDTH, 24)).columns
    return Screen(min(width, MOST_WIDTH), coloured(stream), fit("┌▪", stream) == "┌▪")
