"""GIMP's convolution matrix: its saved settings, or the chain that `gegl` takes → Imported.

    (GimpGegl-gegl-convolution-matrix-config "my edges"
        (b2 -1.0) (b3 0.0) … (divisor 1.0) (offset 0.0) (normalize no) …)
    gegl in.png -o out.png -- gegl:convolution-matrix b2=-1 b3=0 … normalize=false

a…e are the columns, 1…5 the rows; what is not there has GIMP's own value: c3 is 1, other weights 0,
normalize is on. Measured with GEGL 0.4.42: laid on as written, in linear light.
"""

from __future__ import annotations

import re
from fractions import Fraction

from convfilter.core.kernel import Amount
from convfilter.core.rational import read_decimal
from convfilter.presets.exchange.imported import (
    Imported,
    Rows,
    fault,
    flat,
    imported,
    outside_range,
    without_comments,
)

OPERATION = re.compile(r"gegl[:-]convolution-matrix")
PROPERTY = re.compile(r"(?<![\w-])([a-e][1-5]|divisor|offset|normalize)(?:\s*=\s*|\s+)([^\s()]+)")
ON, OFF = ("yes", "true", "1"), ("no", "false", "0")
LIGHT = "GIMP computes in linear light, convfilter with the numbers of the file: not quite the same"


def is_gimp(text: str) -> bool:
    """Whether a text names GIMP's operation."""
    return bool(OPERATION.search(text))


def read_gimp(text: str, path: str) -> Imported:
    """The kernel of a text for which `is_gimp`; raises KernelError with its place."""
    text = without_comments(text)
    if len(OPERATION.findall(text)) > 1:
        raise fault(path, "several matrices in the file: leave one of them", text)
    given: dict[str, str] = {}
    for match in PROPERTY.finditer(text):
        name, value = match[1], match[2].strip("\"'")
        if name in given:
            raise fault(path, f"{name} stands twice: leave one matrix in the file", text, match[0])
        given[name] = value
    try:
        rows = [[_number(given, f"{column}{row}") for column in "abcde"] for row in "12345"]
        divisor, offset = _number(given, "divisor", "1"), _number(given, "offset")
        normalize = given.pop("normalize", "yes").lower()
        if normalize not in (*ON, *OFF):
            raise ValueError(f"normalize is yes or no, not {normalize!r}")  # noqa: TRY301 - one wall
    except ValueError as error:
        raise fault(path, str(error), text) from None
    if normalize in ON:
        divisor, offset = _normalized(rows)
    if not divisor:
        raise fault(path, "the divisor is 0", text, "divisor")
    bias = Amount(100 * offset, percent=True) if offset else None
    rows = _trimmed(rows)
    numbers, shape = flat(rows), (len(rows), len(rows))
    policy, about = outside_range(numbers, bias)
    notes = [LIGHT, *about]
    return imported(numbers, shape, path, notes, divisor=divisor, bias=bias, range_policy=policy)


def _number(given: dict[str, str], name: str, default: str = "") -> Fraction:
    return read_decimal(given.pop(name, default or ("1" if name == "c3" else "0")))


def _normalized(rows: Rows) -> tuple[Fraction, Fraction]:
    """What `normalize` makes of divisor and offset: the sum, and no light, all or half of it."""
    total = sum(flat(rows), Fraction(0))
    if total > 0:
        return total, Fraction(0)
    return (-total, Fraction(1)) if total else (Fraction(1), Fraction(1, 2))


def _trimmed(rows: Rows) -> Rows:
    """3×3 where nothing stands around it."""
    inner = [row[1:4] for row in rows[1:4]]
    outside = sum(map(bool, flat(rows))) - sum(map(bool, flat(inner)))
    return rows if outside else inner
