"""Weights as text: one place for what a number, a row and a table of numbers look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from convfilter.core.kernel import Amount, plain_number
from convfilter.core.rational import read_decimal
from convfilter.presets.formulas.parameters import plain

MOST_BITS = 1000  # of numbers that are written without an exponent
TOKEN = re.compile(r"[^\s,]+")


def exact_text(value: Fraction) -> str:
    """A number as text that reads as the same number.

    >>> exact_text(Fraction(25, 2)), exact_text(Fraction(1, 3)), exact_text(Fraction("1e-500"))
    ('12.5', '1/3', '1e-500')
    """
    if max(value.denominator.bit_length(), value.numerator.bit_length()) > MOST_BITS:
        return plain(value)
    text = plain_number(value)
    return text if read_decimal(text) == value else str(value)


def shortened(text: str) -> str:
    """As much of a text as a message has room for."""
    return text if len(text) <= 60 else text[:57] + "…"


def amount_of(text: str) -> Amount:
    """'10' or '50%'; raises ValueError for anything else."""
    if text.endswith("%"):
        return Amount(read_decimal(text[:-1].strip()), percent=True)
    return Amount(read_decimal(text))


def split_row(text: str) -> list[tuple[int, str]]:
    """The numbers of a row, separated by blanks or by commas, each with its column (from 0).

    Raises ValueError where both are used, so that a decimal comma is not taken for two numbers.
    """
    if "," in text:
        text = text.rstrip().removesuffix(",")
        if not all(piece.strip() for piece in text.split(",")):
            raise ValueError(f"{text.strip()!r} has nothing between two commas")
        pieces = re.finditer(r"[^,]+", text)
        row = [(m.start() + len(m[0]) - len(m[0].lstrip()), m[0].strip()) for m in pieces]
        if any(re.search(r"\S\s+\S", piece) for _, piece in row):
            raise ValueError(
                f"{text.strip()!r} mixes ',' and blanks: if ',' is a decimal comma, write 0.5"
            )
        return row
    return [(m.start(), m[0]) for m in TOKEN.finditer(text)]


def even_rows(rows: list[list[str]]) -> tuple[int, int]:
    """Height and width; raises ValueError for rows of different lengths, naming the first.

    >>> even_rows([["1", "2"], ["3", "4"]])
    (2, 2)
    """
    usual = usual_length([len(row) for row in rows])
    for number, row in enumerate(rows, 1):
        if len(row) != usual:
            raise ValueError(f"row {number} has {len(row)} numbers, the others have {usual}")
    return len(rows), usual


def matrix_of(text: str) -> list[list[Fraction]]:
    """A matrix as it is typed: rows by ';', line ends or brackets, numbers by blanks or commas.

    Raises ValueError.

    >>> matrix_of("1 2; 0.5 4") == matrix_of("[[1, 2], [1/2, 4]]")
    True
    """
    body = re.sub(r"\]\s*,?\s*\[", ";", text.strip()).strip("[] \t\n")
    rows = [[n for _, n in split_row(row)] for row in re.split(r"[;\n]", body) if row.strip()]
    if not rows:
        raise ValueError("there are no numbers: write rows by ';', as in \"1 2 4; 4 7 3\"")
    even_rows(rows)
    return [values_of(row) for row in rows]


def usual_length(lengths: list[int]) -> int:
    """The most frequent length, the first of several."""
    counts = Counter(lengths)
    return max(counts, key=counts.__getitem__)


def values_of(texts: Sequence[str]) -> list[Fraction]:
    """Every number's value, each text read once; raises ValueError for the first that is none."""
    known = {text: read_decimal(text) for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]
