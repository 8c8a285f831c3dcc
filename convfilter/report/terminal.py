"""Text to a stream that may not have our signs, may be no terminal, or may not want colour."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

PLAIN = str.maketrans(
    {"⌊": "floor(", "⌋": ")", "×": "x", "→": "->", "−": "-", "·": "*", "…": "...", "Σ": "sum ",
     "°": " degrees", "–": "-", "≠": "!=", "≥": ">=", "≤": "<=", "÷": "/", "α": "alpha", "√": "sqrt"}
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
    """Whether colour is wanted: a terminal, and no NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def draws(stream: TextIO) -> bool:
    """Whether pictures can be drawn there in coloured half blocks."""
    return coloured(stream) and fit("▀", stream) == "▀"


def show(lines: Iterable[str], *, err: bool = False) -> None:
    """Prints lines; the first word of indented ones, a label, is dimmed on a terminal."""
    import click

    stream = sys.stderr if err else sys.stdout
    for line in lines:
        text = fit(line, stream)
        if coloured(stream) and line.startswith("  "):
            head, label = text[:11], text[:11].strip()
            text = head.replace(label, click.style(label, dim=True)) + text[11:]
        click.echo(text, err=err, color=coloured(stream))
