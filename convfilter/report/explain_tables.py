"""A window, its kernel and their products side by side, as wide as the screen allows; else the strongest taps."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from convfilter.core.settled import total_of
from convfilter.core.traced import Number, Sum, Window
from convfilter.report.explain_numbers import (
    cell,
    cells,
    denominator_of,
    share_text,
    short_text,
    text_of,
)
from convfilter.report.screen import Screen

# Rows of a table, products that are written out as a sum and lines they may take, and strongest taps
# that are listed: more of each nobody reads.
MOST_ROWS, MOST_TERMS, MOST_SUM_LINES, MOST_TAPS = 11, 49, 4, 8
INDENT, LABEL = "  ", 12

Style = dict[str, Any]  # what click.style takes
OUTSIDE: Style = {"fg": "cyan"}
NOTHING: Style = {"dim": True}
POSITIVE: Style = {"fg": "red"}
NEGATIVE: Style = {"fg": "blue", "bold": True}


class _Table(NamedTuple):
    """Texts of one size, with the sign that stands before them and the words above."""

    sign: str
    heading: str
    texts: list[list[str]]
    styles: list[list[Style]]

    def width(self, gap: int) -> int:
        """Signs of a row, the heading's if that is wider."""
        return max(self.cell + gap, 1) * len(self.texts[0])

    @property
    def cell(self) -> int:
        """Signs of the widest number."""
        return max(len(text) for row in self.texts for text in row)


class Drawn(NamedTuple):
    """Lines, and whether they show every product."""

    lines: list[str]
    whole: bool


def sum_lines(each: Sum, channel: int, window: Window, name: str, screen: Screen) -> Drawn:
    """One channel of a sum: the tables and the sum written out; of large kernels the strongest taps."""
    tables = _tables(each, channel, window)
    rows = len(window.rows)
    drawn = None
    if rows <= MOST_ROWS:
        drawn = _beside(tables, window, name, screen, 2) or _beside(tables, window, name, screen, 1)
        if drawn is None and rows <= MOST_ROWS // 2:
            drawn = _below(tables, window, name, screen)
    if drawn is None:
        return Drawn(_strongest(each, channel, window, name, screen), whole=False)
    return Drawn([*drawn, *_written_out(each, channel, screen)], whole=True)


def total_of_channel(each: Sum, channel: int) -> Number:
    """The sum of one channel's products."""
    return total_of(product for row in each.products[channel] for product in row)


def _tables(each: Sum, channel: int, window: Window) -> list[_Table]:
    weights, numbers = each.weights[channel], each.numbers[channel]
    over = denominator_of(each.weights)
    behind = f" / {over}" if over > 1 else ""
    outside = [
        [window.is_outside(i, j) for j in range(len(window.columns))]
        for i in range(len(window.rows))
    ]
    shown = [
        [f"({text})" if out else f"{text} " if any(map(any, outside)) else text
         for text, out in zip(*rows, strict=True)]
        for rows in zip(cells(numbers, 0), outside, strict=True)
    ]  # fmt: skip
    plain = [[OUTSIDE if out else {} for out in row] for row in outside]
    tables = [_Table("", "window", shown, plain)]
    if each.shares is not None and any(a != 1 for row in each.shares[channel] for a in row):
        shares = [[share_text(share) for share in row] for row in each.shares[channel]]
        tables.append(_Table("×", "alpha", shares, _signs(weights, 0)))
    tables.append(_Table("×", f"kernel{behind}", cells(weights, over), _signs(weights, 1)))
    products = each.products[channel]
    tables.append(_Table("=", f"products{behind}", cells(products, over), _signs(products, 1)))
    return tables


def _signs(plane: tuple[tuple[Number, ...], ...], coloured: int) -> list[list[Style]]:
    """Red above 0, blue below, faint for nothing."""
    if not coloured:
        return [[{} for _ in row] for row in plane]
    return [[NOTHING if n == 0 else POSITIVE if n > 0 else NEGATIVE for n in row] for row in plane]


def _beside(
    tables: list[_Table], window: Window, name: str, screen: Screen, gap: int
) -> list[str] | None:
    """All tables in a row; None where they don't fit."""
    label = max(len(str(row)) for row in window.rows)
    widths = [max(table.width(gap), len(table.heading) + 1) for table in tables]
    signs = [f" {table.sign} " if table.sign else "" for table in tables]
    columns = max(len(str(column)) for column in window.columns) + 1
    first = max(tables[0].cell + gap, columns) * len(window.columns)
    widths[0] = max(widths[0], first)
    if len(INDENT) + label + 1 + sum(widths) + sum(map(len, signs)) > screen.width:
        return None
    headings = [
        f"{' ' * len(sign)}{_above(table, width)}"
        for sign, table, width in zip(signs, tables, widths, strict=True)
    ]
    numbered = "".join(f"{column:>{widths[0] // len(window.columns)}}" for column in window.columns)
    headings[0] = f"{numbered:>{widths[0]}}"
    lines = [
        INDENT + " " * (label + 1) + screen.paint("".join(headings).rstrip(), dim=True),
    ]
    middle = (len(window.rows) - 1) // 2
    for i, row in enumerate(window.rows):
        parts = [INDENT, screen.paint(f"{row:>{label}} ", dim=True)]
        for sign, table, width in zip(signs, tables, widths, strict=True):
            parts.append(sign if i == middle else " " * len(sign))
            each = width // len(table.texts[i])
            parts.append(" " * (width - each * len(table.texts[i])))
            parts += [
                screen.paint(f"{text:>{each}}", **style)
                for text, style in zip(table.texts[i], table.styles[i], strict=True)
            ]
        lines.append("".join(parts).rstrip())
    return _named(name, lines, screen)


def _above(table: _Table, width: int) -> str:
    """The heading in the middle of the numbers, which stand at the right of the width."""
    each = width // len(table.texts[0])
    blank = width - each * len(table.texts[0]) + each - table.cell
    inner = width - blank
    if len(table.heading) > inner:
        return f"{table.heading:>{width}}"
    return " " * blank + f"{table.heading:^{inner}}"


def _below(tables: list[_Table], window: Window, name: str, screen: Screen) -> list[str] | None:
    """One table under the other; None where one is too wide."""
    label = max(len(str(row)) for row in window.rows)
    if any(len(INDENT) + label + 1 + table.width(2) > screen.width for table in tables):
        return None
    lines = []
    for table in tables:
        lines.append(INDENT + screen.paint(f"{table.sign or ' '} {table.heading}", dim=True))
        for row, texts, styles in zip(window.rows, table.texts, table.styles, strict=True):
            painted = [
                screen.paint(f"{text:>{table.cell + 2}}", **style)
                for text, style in zip(texts, styles, strict=True)
            ]
            lines.append(INDENT + screen.paint(f"{row:>{label}} ", dim=True) + "".join(painted))
    return _named(name, lines, screen)


def _named(name: str, lines: list[str], screen: Screen) -> list[str]:
    return [INDENT + screen.paint(name, bold=True), *lines] if name else lines


def _written_out(each: Sum, channel: int, screen: Screen) -> list[str]:
    """'Σ -95 - 90 + 470 - 99 - 92 = 94', or how many products add up to what."""
    over = denominator_of(each.weights)
    factor = over or 1
    terms: list[Number] = [
        product
        for weights, products in zip(each.weights[channel], each.products[channel], strict=True)
        for weight, product in zip(weights, products, strict=True)
        if weight != 0
    ]
    total = total_of_channel(each, channel)
    texts = [cell(term, over) for term in terms]
    ending = _ending(total, factor)
    if not terms:
        return [f"{INDENT}{_sum_label(screen)}no taps: 0"]
    words = [texts[0]]
    words += [f"- {text[1:]}" if text.startswith("-") else f"+ {text}" for text in texts[1:]]
    if over > 1 and len(words) > 1:
        words[0], words[-1] = f"({words[0]}", f"{words[-1]})"
    if over > 1:
        words.append(f"/ {over}")
    lines = _filled([*words, ending], screen.width - LABEL) if len(words) <= MOST_TERMS else []
    if not lines or len(lines) > MOST_SUM_LINES:
        lines = [f"{len(terms)} products {ending.replace('=', 'add up to', 1)}"]
    heads = [f"{INDENT}{_sum_label(screen)}", *[" " * LABEL] * (len(lines) - 1)]
    return [head + line for head, line in zip(heads, lines, strict=True)]


def _sum_label(screen: Screen) -> str:
    return screen.paint(f"{screen.fitted('Σ'):<{LABEL - len(INDENT)}}", dim=True)


def _ending(total: Number, factor: int) -> str:
    """'= 94', '= 28 / 9 ≈ 3.11111'."""
    text = short_text(total)
    if factor == 1:
        return f"= {text}"
    sign = "≈" if "/" in text_of(total) else "="
    return f"= {short_text(total * factor)} / {factor} {sign} {text}"


def _filled(words: list[str], width: int) -> list[str]:
    """Words in lines of at most that width."""
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _strongest(each: Sum, channel: int, window: Window, name: str, screen: Screen) -> list[str]:
    """The products that count most, and what the rest add up to."""
    taps = [
        (product, weight, number, i, j)
        for i, rows in enumerate(
            zip(each.products[channel], each.weights[channel], each.numbers[channel], strict=True)
        )
        for j, (product, weight, number) in enumerate(zip(*rows, strict=True))
        if weight != 0
    ]
    taps.sort(key=lambda tap: -abs(float(tap[0])))
    shown, rest = taps[:MOST_TAPS], taps[MOST_TAPS:]
    table = [("row", "column", "number", "weight", "product")]
    for product, weight, number, i, j in shown:
        inside = f"({cell(number)})" if window.is_outside(i, j) else cell(number)
        places = str(window.rows[i]), str(window.columns[j])
        table.append((*places, inside, cell(weight), cell(product)))
    widths = [max(map(len, column)) + 2 for column in zip(*table, strict=True)]
    texts = [[f"{t:>{width}}" for t, width in zip(row, widths, strict=True)] for row in table]
    styles: list[Style] = [{}, *_signs((tuple(tap[0] for tap in shown),), 1)[0]]
    title = f"the {len(shown)} strongest of {len(taps)} products"
    lines = [
        INDENT + screen.paint(f"{name}: {title}" if name else title, bold=True),
        screen.paint("".join(texts[0]), dim=True),
    ]
    lines += [
        "".join(row[:-1]) + screen.paint(row[-1], **style)
        for row, style in zip(texts[1:], styles[1:], strict=True)
    ]
    if rest:
        total = total_of(tap[0] for tap in rest)
        lines.append(f"{INDENT} … {len(rest)} more add up to {short_text(total)}")
    return [*lines, f"{INDENT}{_sum_label(screen)}{short_text(total_of_channel(each, channel))}"]


def spans(places: tuple[int, ...]) -> str:
    """Places as words: '3', '3 … 5', '3, 5, 7', '3, 5 … 63'.

    >>> spans((3, 4, 5)), spans((3, 5, 7)), spans(tuple(range(3, 64, 2)))
    ('3 … 5', '3, 5, 7', '3, 5, 7 … 63')
    """
    if len(places) == 1:
        return str(places[0])
    if all(b - a == 1 for a, b in pairwise(places)):
        return f"{places[0]} … {places[-1]}"
    if len(places) <= 5:
        return ", ".join(map(str, places))
    return f"{', '.join(map(str, places[:3]))} … {places[-1]}"
