"""Rows of numbers as other programs write them → Imported.

0 -1 0                    by blanks, tabs or commas
-1,5,-1                   by commas
0,5;1;0,5                 by semicolons, with decimal commas, where that is the only reading
divisor: 16               lines of their own: divisor, offset or bias
3 3 16 0                  libvips: width, height, scale, offset before the rows
[[0, -1, 0], …]           as Python prints it, or one line as behind -k
"""

from __future__ import annotations

import os
import re

from convfilter.core.kernel import shape_text
from convfilter.core.rational import read_decimal
from convfilter.errors import ConvfilterError, KernelError
from convfilter.presets.definition import KernelText
from convfilter.presets.exchange.imported import Imported, fault, imported
from convfilter.presets.numbers import amount_of
from convfilter.presets.spec_text import parse_spec
from convfilter.presets.tables import read_table, read_vips

# No part gives back what it took: a line of a million blanks is read once.
SETTING = re.compile(
    r"(?im)^[ \t]*+(divisor|offset|bias)(?![\w-])[ \t]*+(?:[:=][ \t]*+)?([^\s#]*+)[ \t]*+(#.*)?$"
)


def read_rows(text: str, path: str) -> Imported:
    """The kernel of a table; raises KernelError with its place."""
    given: dict[str, str] = {}
    for match in SETTING.finditer(text):
        key = "divisor" if match[1].lower() == "divisor" else "bias"
        if key in given:
            raise fault(path, f"{match[1]} stands twice", text, match[0])
        given[key] = match[2]
    body = SETTING.sub("", text)
    found, notes = _table(body, path, plain=bool(given))
    try:
        divisor = read_decimal(given.get("divisor", "1")) * read_decimal(found.divisor)
        bias = amount_of(given["bias"]) if "bias" in given else None
        if found.bias and not bias:
            bias = amount_of(found.bias[0])
    except ValueError as error:
        raise fault(path, str(error), text, next(iter(given.values()), "")) from None
    numbers = [read_decimal(number) for number in found.weights]
    return imported(numbers, found.shape, path, notes, divisor=divisor, bias=bias)


def _table(body: str, path: str, *, plain: bool) -> tuple[KernelText, list[str]]:
    """The numbers, and notes; `plain`: lines beside them say that they are no libvips matrix."""
    note = "libvips' matrix: its scale is the divisor, its offset the bias"
    if os.path.splitext(path)[1].lower() == ".mat":
        return read_vips(body, path), [note]
    lines = [line.split("#", 1)[0].strip() for line in body.splitlines()]
    bare = "\n".join(lines)
    if "[" in bare or re.search(r"\s/\s", bare):
        return _typed(lines, path), []
    if any(";" in line.rstrip(";") for line in lines):
        return _semicolons(bare, lines, path)
    body = re.sub(r"(?m);[ \t]*$", "", body)
    rows = [line.split() for line in lines if line]
    if not plain and "," not in bare and _may_have_head(rows):
        try:
            table = read_table(body, path)
        except KernelError:
            return read_vips("\n".join(filter(None, lines)), path), [note]
        raise fault(
            path,
            f"this reads two ways: rows of {shape_text(table.shape)} numbers, or libvips' matrix of "
            f"{rows[0][1]}×{rows[0][0]} with its size before it; name the file .mat for that, or put "
            "'divisor: 1' on a line of its own for plain rows",
            body,
        )
    return read_table(body, path), []


def _may_have_head(rows: list[list[str]]) -> bool:
    """Whether the first of the rows can be libvips' 'width height [scale [offset]]'."""
    if not rows or not 2 <= len(rows[0]) <= 4:
        return False
    width, height = rows[0][:2]
    return height == str(len(rows) - 1) and all(width == str(len(row)) for row in rows[1:])


def _typed(lines: list[str], path: str) -> KernelText:
    """A matrix as behind -k: brackets, or rows with ' / 16' at the end."""
    try:
        parsed = parse_spec("\n".join(" ".join(line.split()) for line in lines if line))
    except ConvfilterError as error:
        raise fault(path, str(error)) from None
    if not isinstance(parsed, KernelText):
        raise fault(path, "no rows of numbers in the file")
    return parsed


def _semicolons(bare: str, lines: list[str], path: str) -> tuple[KernelText, list[str]]:
    """Columns, maybe with decimal commas, or rows; what reads both ways is refused with both."""
    pieces = [[piece.strip() for piece in line.rstrip(";").split(";")] for line in lines if line]
    as_columns = [[piece.replace(",", ".") for piece in row] for row in pieces]
    as_rows = [re.findall(r"[^\s,]+", piece) for row in pieces for piece in row]
    by_columns, by_rows = _even(as_columns), _even(as_rows)
    if by_columns and by_rows and ("," in bare or len(pieces) == 1):
        raise fault(
            path,
            f"';' reads two ways: between columns, {shape_text(by_columns)} numbers"
            f"{' with decimal commas' if ',' in bare else ''}, or between rows, {shape_text(by_rows)}; "
            "write decimals with '.', columns with ',' and rows on lines of their own",
            bare,
            ";",
        )
    if not by_columns and not by_rows:
        raise fault(
            path, "';' stands neither between even columns nor between even rows", bare, ";"
        )
    chosen = as_columns if by_columns else as_rows
    note = ["';' was read as the mark between columns, ',' as the decimal comma"]
    table = read_table("\n".join(" ".join(row) for row in chosen), path)
    return table, note if by_columns and "," in bare else []


def _even(rows: list[list[str]]) -> tuple[int, int] | None:
    """The shape of rows that are numbers and as long as each other; None for others."""
    try:
        for row in rows:
            for number in row:
                read_decimal(number)
    except ValueError:
        return None
    lengths = {len(row) for row in rows}
    return (len(rows), lengths.pop()) if len(lengths) == 1 and 0 not in lengths else None
