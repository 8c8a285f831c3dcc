"""Lines of a report that are longer than a terminal is wide, broken where a reader would."""

from __future__ import annotations

import re

# Where a report's words begin behind their label, and fewer signs than make a line of words.
WORDS_AT, LEAST_WORDS = 11, 20
LABELLED = re.compile(r"  \S.{7} (?=\S)")
COMMAND = "  try      "  # is copied, so it stays one line
ARROW, GAP = re.compile(r" +(?=(?:→|->) )"), re.compile(r" {2,}")


def broken(line: str, width: int) -> list[str]:
    """A line of a report as lines of at most so many signs; the words of a label stay under each other.

    It breaks before an arrow, else where there is a gap, else between words. Tables, JSON and commands
    are left as they are, and so is a word that is too long.

    >>> broken("  padding  same: 1 on each side; border edge  a a | a b c d | d d", 50)
    ['  padding  same: 1 on each side; border edge', '           a a | a b c d | d d']
    >>> broken("flower.jpg  459×612  →  small.jpg  230×306", 30)
    ['flower.jpg  459×612', '  →  small.jpg  230×306']
    """
    indent = _hanging(line)
    if not indent or width - indent < LEAST_WORDS:
        return [line]
    lines = []
    while len(line) > width and (place := _break_of(line, indent, width)):
        lines.append(line[:place])
        line = " " * indent + line[place:].lstrip()
    return [*lines, line]


def _hanging(line: str) -> int:
    """How far what is broken off a line is indented; 0: it is not broken."""
    if LABELLED.match(line):
        return 0 if line.startswith(COMMAND) else WORDS_AT
    if line.startswith("hint: "):
        return len("hint: ")
    return 2 if ARROW.search(line) and line[0] not in " {" else 0


def _break_of(line: str, indent: int, width: int) -> int:
    """Where a line ends that may have so many signs; 0: nowhere."""
    arrows, gaps = (
        [each.start() for each in kind.finditer(line, indent + 1) if each.start() <= width]
        for kind in (ARROW, GAP)
    )
    # a gap near the beginning would leave the line all but empty
    gaps = [place for place in gaps if place >= indent + (width - indent) // 3]
    word = line.rfind(" ", indent + 1, width + 1)
    return max(arrows or gaps or [word, 0])
