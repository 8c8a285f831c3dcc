"""Text to a stream that may not have our signs, may be no terminal, or may not want colour."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

Colour = tuple[int, int, int] | int  # what click.style takes: red, green and blue, or one of 256

LEVELS = (0, 95, 135, 175, 215, 255)  # of red, green and blue in a terminal's 256 colours
PLAIN = str.maketrans(
    {"⌊": "floor(", "⌋": ")", "×": "x", "→": "->", "−": "-", "·": "*", "…": "...", "Σ": "sum ",
     "°": " degrees", "–": "-", "≠": "!=", "≥": ">=", "≤": "<=", "÷": "/", "α": "alpha", "√": "sqrt",
     "≈": "~", "²": "^2", "θ": "theta"}
)  # fmt: skip


def fit(text: str, stream: TextIO) -> str:
    """The text as the stream can show it: in ASCII words where its encoding lacks a sign."""
    try:
        text.encode(stream.encoding or "ascii", "strict")
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode("ascii", "backslashreplace").decode("ascii")
    except LookupError:
        return text.translate(PLAIN)
    return text


def printable(text: str) -> str:
    """A name without what a terminal would obey or can't encode."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def fit_output(text: str) -> str:
    """A line for standard output, of which a terminal obeys nothing."""
    return fit(printable(text), sys.stdout)


def coloured(stream: TextIO) -> bool:
    """Whether colour is wanted: a terminal that is not dumb, and no NO_COLOR."""
    dumb = os.environ.get("TERM") == "dumb"
    return stream.isatty() and not dumb and not os.environ.get("NO_COLOR")


def colour_as_shown(rgb: tuple[int, int, int]) -> Colour:
    """A colour in 24 bits where $COLORTERM says that the terminal knows them, else one of its 256."""
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return rgb
    red, green, blue = map(_nearest_level, rgb)
    return 16 + 36 * red + 6 * green + blue


def _nearest_level(part: int) -> int:
    return min(range(len(LEVELS)), key=lambda step: abs(LEVELS[step] - part))


def columns() -> int | None:
    """The width of the terminal; None where standard output goes elsewhere."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _width_of(stream: TextIO) -> int:
    """The signs in a line of a terminal, $COLUMNS if that is set; 0 where there is none."""
    if not stream.isatty():
        return 0
    try:
        given = int(os.environ.get("COLUMNS") or 0)
        return given or os.get_terminal_size(stream.fileno()).columns
    except (ValueError, OSError):
        return 0


def draws(stream: TextIO) -> bool:
    """Whether pictures can be drawn there in coloured half blocks."""
    return coloured(stream) and fit("▀", stream) == "▀"


def show(lines: Iterable[str], *, err: bool = False) -> None:
    """Prints lines, on a terminal in its width; the first word of indented ones, a label, is dimmed there."""
    import click

    stream = sys.stderr if err else sys.stdout
    texts = [[fit(line, stream)] for line in lines]
    if width := _width_of(stream):
        from convfilter.report.broken import broken

        texts = [broken(text, width) for (text,) in texts]
    for first, *more in texts:
        for text in (_faintly_labelled(first, stream), *more):
            click.echo(text, err=err, color=coloured(stream))


def _faintly_labelled(line: str, stream: TextIO) -> str:
    """An indented line with its first word, a label, dimmed where there is colour."""
    import click

    label = line[:11].strip() if line.startswith("  ") else ""
    if not label or not coloured(stream):
        return line
    return line[:11].replace(label, click.style(label, dim=True)) + line[11:]
