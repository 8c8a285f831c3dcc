"""Tables of numbers → KernelText: .csv, .txt, libvips' .mat. Faults begin with file:line:column."""

from __future__ import annotations

from convfilter.core.kernel import shape_text
from convfilter.core.rational import read_decimal
from convfilter.errors import KernelError
from convfilter.presets.definition import KernelText, stem_of
from convfilter.presets.numbers import split_row, usual_length

MOST_FAULTS = 20  # of one file: the rest of a megabyte is wrong for the same reason


def read_table(text: str, path: str) -> KernelText:
    """Rows of numbers by blanks or commas; '#' begins a comment. Raises the first fault."""
    return _sound(*examine_table(text, path))


def read_vips(text: str, path: str) -> KernelText:
    """Libvips' matrix: 'width height [scale [offset]]', then the rows. Raises the first fault."""
    return _sound(*examine_vips(text, path))


def _sound(table: KernelText, faults: list[KernelError]) -> KernelText:
    for fault in faults:
        raise fault
    return table


def examine_table(text: str, path: str) -> tuple[KernelText, list[KernelError]]:
    """A table and all its faults; with one there are no weights."""
    reader = _Reader(path)
    table = reader.table(text.splitlines(), 1)
    return (KernelText(table.name, file=path) if reader.faults else table), reader.faults


def examine_vips(text: str, path: str) -> tuple[KernelText, list[KernelError]]:
    """Libvips' matrix and all its faults; with one there are no weights."""
    reader = _Reader(path)
    head, *lines = text.splitlines() or [""]
    first = reader.row(head, 1) or []
    if not reader.faults and not 2 <= len(first) <= 4:
        reader.fault(1, 1, "the first line is 'width height [scale [offset]]'")
    scale = first[2] if len(first) > 2 else "1"
    if not reader.faults and read_decimal(scale) == 0:
        reader.fault(1, 1, "the scale is 0")
    table = reader.table(lines, 2)
    if not reader.faults and [read_decimal(side) for side in first[:2]] != [*reversed(table.shape)]:
        reader.fault(
            1,
            1,
            f"the first line says {first[0]} wide, {first[1]} high, but the rows are "
            f"{shape_text(table.shape)} (high×wide)",
        )
    if reader.faults:
        return KernelText(table.name, file=path), reader.faults
    bias = (first[3],) if len(first) > 3 else ()
    return table._replace(divisor=scale, bias=bias), []


class _Reader:
    """Reads a file's lines and keeps what is wrong with them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[KernelError] = []
        self.known: set[str] = set()  # texts that are numbers

    def fault(self, line: int, column: int, message: str) -> None:
        if len(self.faults) == MOST_FAULTS:
            message = f"and more: the first {MOST_FAULTS} faults of a table are told"
        if len(self.faults) <= MOST_FAULTS:
            self.faults.append(KernelError(f"{self.path}:{line}:{column}: {message}"))

    def table(self, lines: list[str], first: int) -> KernelText:
        """The rows in lines, counted from the number of the first."""
        rows = []
        for number, line in enumerate(lines, first):
            body = line.split("#", 1)[0].rstrip()
            if body and (row := self.row(body, number)) is not None:
                rows.append((number, row))
        if not rows and not self.faults:
            self.fault(1, 1, "no numbers in the file")
        usual = usual_length([len(row) for _, row in rows]) if rows else 0
        for place, (number, row) in enumerate(rows, 1):
            if len(row) != usual:
                words = f"row {place} has {len(row)} numbers, the others have {usual}"
                self.fault(number, 1, words)
        weights = tuple(number for _, row in rows for number in row)
        return KernelText(stem_of(self.path), weights, (len(rows), usual), file=self.path)

    def row(self, line: str, number: int) -> list[str] | None:
        """A line's numbers; None where it can't be told which they are."""
        try:
            row = split_row(line)
        except ValueError as error:
            self.fault(number, 1, str(error))
            return None
        for column, text in row:
            if text in self.known:
                continue
            try:
                read_decimal(text)
            except ValueError as error:
                self.fault(number, column + 1, str(error))
            else:
                self.known.add(text)
        return [text for _, text in row]
