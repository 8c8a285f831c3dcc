"""What a formula takes under one name: text → value, and value → its shortest text."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

Value = Fraction | int | tuple[int, int] | None

KINDS = {
    "number": "a number",
    "share": "a number, 100% being 1,",
    "whole": "a whole number",
    "size": "a whole number, or HxW,",
    "odd-size": "auto, or an odd whole number, or HxW of such,",
}
LONGEST = 15  # beyond, a number is written with an exponent where that is shorter


class Parameter(NamedTuple):
    """A name, and the values that it can have.

    help         a phrase, with the unit
    default      the value where nothing is said, as `plain` writes it
    example      an allowed value
    least, most  bounds, both allowed
    kind         a word of KINDS
    synonyms     other names for it
    """

    name: str
    help: str
    default: str
    example: str
    least: Fraction
    most: Fraction
    kind: str = "number"
    synonyms: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """In words, as 'a number from 0.01 to 1000'."""
        return f"{KINDS[self.kind]} from {plain(self.least)} to {plain(self.most)}"

    def read(self, text: str) -> Value:
        """A Fraction; an int for `whole`; (height, width) for sizes, None for auto.

        Raises ValueError with what was given, what is allowed, and what to write.

        >>> size = Parameter("size", "pixels", "auto", "9", Fraction(1), Fraction(99), "odd-size")
        >>> size.read("3X5"), size.read("7"), size.read("auto")
        ((3, 5), (7, 7), None)
        """
        word = text.strip().lower().replace("×", "x")
        try:
            return self._value(word)
        except ValueError:
            given = text if len(text) <= 40 else text[:40] + "…"
            raise ValueError(
                f"{self.name} is {given!r}, but has to be {self.allowed} ({self.help}); e.g. "
                f"{self.name}={self._fitting(word)}"
            ) from None

    def _value(self, word: str) -> Value:
        # Says what a parameter is without numpy, which comes with this.
        from convfilter.core.rational import read_decimal

        if self.kind == "odd-size" and word == "auto":
            return None
        divisor = 1
        if self.kind == "share" and word.endswith("%"):
            word, divisor = word[:-1].rstrip(), 100
        sides = word.split("x", 1) if self.kind.endswith("size") else [word]
        numbers = [read_decimal(side) / divisor for side in sides]
        if not all(self.least <= number <= self.most for number in numbers):
            raise ValueError("out of bounds")
        if self.kind in ("number", "share"):
            return numbers[0]
        if any(number.denominator != 1 for number in numbers):
            raise ValueError("no whole number")
        if self.kind == "odd-size" and any(number % 2 == 0 for number in numbers):
            raise ValueError("even")
        height, width = int(numbers[0]), int(numbers[-1])
        return height if self.kind == "whole" else (height, width)

    def _fitting(self, word: str) -> str:
        """The example, or for a size that is even or too large the next one that is allowed."""
        sides = word.split("x")
        if self.kind != "odd-size" or not all(side.isdecimal() for side in sides) or len(sides) > 2:
            return self.example
        return "x".join(str(min(int(side[:6]) | 1, int(self.most))) for side in sides)


def plain(value: Value) -> str:
    """The shortest text that `read` takes for a value.

    >>> [plain(value) for value in (Fraction("2.50"), Fraction(-1, 3), (3, 5), (7, 7), None)]
    ['2.5', '-1/3', '3x5', '7', 'auto']
    >>> plain(Fraction("1e-20")), plain(Fraction("0.001")), plain(Fraction(-1200))
    ('1e-20', '0.001', '-1200')
    """
    if value is None:
        return "auto"
    if isinstance(value, tuple):
        height, width = value
        return str(height) if height == width else f"{height}x{width}"
    return _decimal(Fraction(value))


def _decimal(value: Fraction) -> str:
    """As decimal digits, which are exact; n/d where they would never end."""
    twos, fives = _times(2, value.denominator), _times(5, value.denominator)
    places = max(twos, fives)
    if value.denominator != 2**twos * 5**fives:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator)
    padded = digits.rjust(places + 1, "0")
    whole, part = padded[: len(padded) - places], padded[len(padded) - places :]
    text = f"{whole}.{part}" if part else whole
    kept = digits.rstrip("0")
    short = f"{kept}e{len(digits) - len(kept) - places}"
    if len(text) > LONGEST and len(short) < len(text):
        text = short
    return "-" + text if value < 0 else text


def _times(factor: int, number: int) -> int:
    """How often a factor divides a number ≥ 1."""
    count = 0
    while number % factor == 0:
        number //= factor
        count += 1
    return count
