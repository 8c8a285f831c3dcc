"""ImageMagick's kernel strings, alone or in a whole command → Imported.

    3x3: 0,-1,0 -1,5,-1 0,-1,0          width x height, then the numbers by commas or blanks
    3x2+0+1: …                          the origin: which number lies on the pixel
    3x3: nan,1,- …                      places that are no part of the kernel: they weigh 0
    magick … -define convolve:scale=0.5 -morphology Convolve '3x3: …' …

`Correlate` lays a kernel on as written, as convfilter does; `Convolve` turns it by 180° first. Both measured
with 6.9.11, as were origins, scales and biases.
"""

from __future__ import annotations

import re
import shlex
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

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

STRING = re.compile(
    r"\s*(\d{1,4})(?:x(\d{1,4}))?(?:\+(\d{1,4})\+(\d{1,4}))?\s*([<>@^]*)\s*:(.*)", re.DOTALL
)
NAMED = re.compile(
    r"\s*(unity|gaussian|dog|log|blur|comet|binomial|laplacian|sobel|freichen|roberts|prewitt|compass"
    r"|kirsch|diamond|square|rectangle|octagon|disk|plus|cross|ring|peaks|edges|corners|diagonals"
    r"|lineends|linejunctions|ridges|convexhull|thinse|skeleton|chebyshev|manhattan|octagonal"
    r"|euclidean)\s*(?:[:<>@].*)?",
    re.IGNORECASE | re.DOTALL,
)
HOLES = ("nan", "-")
# What a command defines → the field of Options.
DEFINED = {"convolve:scale": "scale", "convolve:bias": "bias", "morphology:compose": "compose"}


class Part(NamedTuple):
    """One kernel of a string. `row` and `column` of the origin; `holes`: how many places weigh 0."""

    rows: Rows
    row: int
    column: int
    holes: int = 0


class Options(NamedTuple):
    """What a command says about its kernel."""

    method: str = ""
    scale: str = ""
    bias: str = ""
    compose: str = ""


def is_imagemagick(text: str) -> bool:
    """Whether a text is a kernel string or a command that has one."""
    text = without_comments(text)
    bare = text.strip(" \t\r\n'\"")
    found = STRING.fullmatch(bare) or NAMED.fullmatch(bare)
    return bool(found) or bool(re.search(r"(?<!\S)-(morphology|convolve)\s", text))


def read_imagemagick(text: str, path: str) -> Imported:
    """The kernel of a text for which `is_imagemagick`; raises KernelError with its place."""
    bare = without_comments(text).strip(" \t\r\n'\"")
    if STRING.fullmatch(bare) or NAMED.fullmatch(bare):
        string, options = bare, Options()
    else:
        string, options = _of_command(text, path)
    try:
        parts = [_part(piece) for piece in string.split(";") if piece.strip()]
        part, both_signs = _only(parts, options)
        return _finished(part, options, path, both_signs=both_signs)
    except ValueError as error:
        raise fault(path, str(error), text, string) from None


def _of_command(text: str, path: str) -> tuple[str, Options]:
    """The kernel string of a command, and its options."""
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        raise fault(path, "the command's quotes don't close", text) from None
    if "-convolve" in words:
        raise fault(
            path,
            "-convolve lays its numbers on as they stand and divides by their sum: write them as rows, "
            "with a line 'divisor: …'",
            text,
            "-convolve",
        )
    found = [(words[at + 1 : at + 3]) for at, word in enumerate(words) if word == "-morphology"]
    if len(found) != 1 or len(found[0]) != 2:
        raise fault(path, "one '-morphology METHOD KERNEL' is needed", text, "-morphology")
    method, string = found[0]
    given = {}
    for word, after in pairwise(words):
        key, _, value = after.partition("=")
        if word == "-define" and key.lower() in DEFINED:
            given[DEFINED[key.lower()]] = value
        elif word == "-bias":
            given["bias"] = after
    return string, Options(method=method.lower(), **given)


def _part(string: str) -> Part:
    if named := NAMED.fullmatch(string):
        raise ValueError(
            f"{named[1]} is a kernel that ImageMagick makes itself; 'magick xc: -define "
            f"morphology:showkernel=1 -morphology Convolve {shlex.quote(string.strip())} null:' prints its numbers: "
            "write them as rows. Or look for one like it: convfilter kernels list"
        )
    match = STRING.fullmatch(string)
    if not match:
        raise ValueError("an ImageMagick kernel is written as in '3x3: 0,-1,0 -1,5,-1 0,-1,0'")
    if match[5]:
        raise ValueError(
            f"{match[5]!r} turns the kernel into several: leave it out, and turn the rows by hand"
        )
    width, height = int(match[1]), int(match[2] or match[1])
    texts = re.findall(r"[^\s,]+", match[6])
    if not texts or len(texts) != width * height:
        raise ValueError(f"{width}x{height} needs {width * height} numbers, got {len(texts)}")
    holes = sum(text.lower() in HOLES for text in texts)
    numbers = [Fraction(0) if text.lower() in HOLES else read_decimal(text) for text in texts]
    row, column = (height - 1) // 2, (width - 1) // 2
    if match[3]:
        row, column = int(match[4]), int(match[3])
        if row >= height or column >= width:
            raise ValueError(f"the origin +{column}+{row} lies outside of {width}x{height}")
    rows = [numbers[at : at + width] for at in range(0, len(numbers), width)]
    return Part(rows, row, column, holes)


def _only(parts: list[Part], options: Options) -> tuple[Part, bool]:
    """The one kernel, and whether a second, its negative, only brings the other sign."""
    if len(parts) == 1:
        return parts[0], False
    if len(parts) == 2 and options.compose.lower() in ("lighten", "plus"):
        first, second = parts
        negative = [[-number for number in row] for row in second.rows]
        if first == second._replace(rows=negative):
            return first, True
    raise ValueError(f"{len(parts)} kernels with ';' between them: import one at a time")


def _finished(part: Part, options: Options, path: str, *, both_signs: bool) -> Imported:
    notes = []
    if not options.method:
        notes += [
            "laid on as ImageMagick's -morphology Correlate does; if it was used with Convolve,",
            "which turns kernels by 180 degrees, apply it with --flip",
        ]
    elif options.method == "convolve":
        part = _turned(part)
        notes += ["turned by 180 degrees, as ImageMagick's -morphology Convolve does"]
    elif options.method != "correlate":
        raise ValueError(
            f"-morphology {options.method} is no weighted sum of pixels; Correlate and Convolve are "
            "(without ':2' for twice)"
        )
    if part.holes:
        notes += [f"{part.holes} of its places are no part of the kernel (nan or -): they weigh 0"]
    rows = _centred(part)
    if len(rows) != len(part.rows) or len(rows[0]) != len(part.rows[0]):
        notes += ["zeros were added, so that the number that lies on the pixel is in the middle"]
    rows, divisor = _scaled(rows, options.scale)
    bias, numbers = _bias(options.bias), flat(rows)
    policy, about = outside_range(numbers, bias)
    if both_signs:
        policy, about = "auto" if policy == "clip" else "abs", []
    notes += about
    shape = len(rows), len(rows[0])
    return imported(numbers, shape, path, notes, divisor=divisor, bias=bias, range_policy=policy)


def _turned(part: Part) -> Part:
    rows = [row[::-1] for row in part.rows[::-1]]
    return Part(rows, len(rows) - 1 - part.row, len(rows[0]) - 1 - part.column, part.holes)


def _centred(part: Part) -> Rows:
    """The rows with zeros around them, so that the origin is in the middle, or just before it."""
    above, below = _zeros(part.row, len(part.rows))
    left, right = _zeros(part.column, len(part.rows[0]))
    wide = [[*_nothing(left), *row, *_nothing(right)] for row in part.rows]
    return [
        *(_nothing(len(wide[0])) for _ in range(above)),
        *wide,
        *(_nothing(len(wide[0])) for _ in range(below)),
    ]


def _zeros(place: int, size: int) -> tuple[int, int]:
    """How many to put before and behind."""
    before, after = place, size - 1 - place
    return (after - before if after > before + 1 else 0), max(before - after, 0)


def _nothing(count: int) -> list[Fraction]:
    return [Fraction(0)] * count


def _scaled(rows: Rows, text: str) -> tuple[Rows, Fraction]:
    """The rows and the divisor that `convolve:scale` makes of them.

    N  times N      !  divided by their sum, or by that of the positive ones where it is 0
    %  of N         ^  positive ones divided by their sum, negative ones by theirs
    """
    if not text:
        return rows, Fraction(1)
    if "," in text:
        raise ValueError(f"convolve:scale={text} adds to the middle: do that in the numbers")
    flags, number = re.sub(r"[^!^%]", "", text), re.sub(r"[!^%]", "", text)
    factor = read_decimal(number) if number else Fraction(1)
    factor = factor / 100 if "%" in flags else factor
    if not factor:
        raise ValueError(f"convolve:scale={text} makes all weights 0")
    positive = _total(rows, 1) or Fraction(1)
    if "^" in flags:
        negative = _total(rows, -1) or Fraction(1)
        split = [[n / (positive if n > 0 else negative) for n in row] for row in rows]
        return split, 1 / factor
    total = abs(_total(rows, 1) - _total(rows, -1)) or positive
    return rows, (total if "!" in flags else 1) / factor


def _total(rows: Rows, sign: int) -> Fraction:
    return sum((sign * n for row in rows for n in row if sign * n > 0), Fraction(0))


def _bias(text: str) -> Amount | None:
    if not text:
        return None
    if not text.endswith("%"):
        raise ValueError(
            f"the bias {text} counts in steps of ImageMagick's own depth: write it as a percentage"
        )
    return Amount(read_decimal(text[:-1]), percent=True)
