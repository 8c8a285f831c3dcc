"""Tables of numbers → KernelText: .csv, .txt, libvips' .mat. Faults begin with file:line:column."""

from __future__ import annotations

from convfilter.core.kernel import shape_text
from convfilter.core.rational import read_decimal
from convfilter.errors import KernelError
from convfilter.presets.definition import KernelText, stem_of
from convfilter.presets.numbers import even_rows, split_row, usual_length


def read_table(text: str, path: str) -> KernelText:
    """Rows of numbers by blanks or commas; '#' begins a comment."""
    rows, places = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if body := line.split("#", 1)[0].rstrip():
            rows.append(_row(body, path, number))
            places.append(number)
    if not rows:
        raise KernelError(f"{path}:1:1: no numbers in the file")
    try:
        shape = even_rows(rows)
    except ValueError as error:
        usual = usual_length([len(row) for row in rows])
        odd = next(p for p, row in zip(places, rows, strict=True) if len(row) != usual)
        raise KernelError(f"{path}:{odd}:1: {error}") from None
    return KernelText(stem_of(path), tuple(n for row in rows for n in row), shape, file=path)


def read_vips(text: str, path: str) -> KernelText:
    """Libvips' matrix: 'width height [scale [offset]]', then the rows."""
    head, _, body = text.partition("\n")
    first = _row(head, path, 1)
    if not 2 <= len(first) <= 4:
        raise KernelError(f"{path}:1:1: the first line is 'width height [scale [offset]]'")
    table = read_table("\n" + body, path)
    if [read_decimal(number) for number in first[:2]] != [*reversed(table.shape)]:
        raise KernelError(
            f"{path}:1:1: the first line says {first[0]} wide, {first[1]} high, but the rows are "
            f"{shape_text(table.shape)} (high×wide)"
        )
    scale = first[2] if len(first) > 2 else "1"
    if read_decimal(scale) == 0:
        raise KernelError(f"{path}:1:1: the scale is 0")
    bias = (first[3],) if len(first) > 3 else ()
    return KernelText(table.name, table.weights, table.shape, scale, bias, file=path)


def _row(line: str, path: str, number: int) -> list[str]:
    try:
        row = split_row(line)
    except ValueError as error:
        raise KernelError(f"{path}:{number}:1: {error}") from None
    for column, text in row:
        try:
            read_decimal(text)
        except ValueError as error:
            raise KernelError(f"{path}:{number}:{column + 1}: {error}") from None
    return [text for _, text in row]
