"""SPEC, the text behind -k: a name, a file, or a matrix in place. What reads two ways is refused.

sharpen · Sobel_X · gaussian:sigma=2,size=9          a preset, with parameters
my.yaml · ./kernels/a.csv · w.npy                    a file
"0 -1 0; -1 5 -1; 0 -1 0"  "1 2 1; 2 4 2; 1 2 1 / 16"  a matrix: rows by ; or line ends, numbers by
                                                     blanks or commas, one divisor at the end
[[0,-1,0],[-1,5,-1],[0,-1,0]]                        as Python and numpy print it, 2 to 4 levels
[0 -1 0; -1 5 -1; 0 -1 0]                            as MATLAB writes it
3x3:0,-1,0,-1,5,-1,0,-1,0                            as ImageMagick writes it (width first)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from convfilter.errors import SpecError
from convfilter.presets.numbers import KernelText, check_numbers, even_rows, split_row

SUFFIXES = ("yaml", "yml", "csv", "npy", "txt", "mat")
# Texts, not compiled patterns: a plain name, the usual case, needs none of them.
FILE = rf"(?is)((?:[a-z]:[\\/])?[^:;]*\.(?:{'|'.join(SUFFIXES)}))(?::(.*))?"
IMAGEMAGICK = r"(?s)(\d+)(?:x(\d+))?(?:\+(\d+)\+(\d+))?:(.*)"
DIVISOR = r"(?s)(.*?)(?:\s+/\s*|\s*/\s+)([^\s/;]+(?:/[^\s/;]+)?)\s*"
STARTS_MATRIX = r"[-−+]?[\d.]|\["
MATRIX_EXAMPLE = '-k "0 -1 0; -1 5 -1; 0 -1 0"'


class Named(NamedTuple):
    """A preset by name or alias, in lower case with `-`."""

    name: str
    parameters: dict[str, str]


class InFile(NamedTuple):
    """A kernel in a file."""

    path: str
    parameters: dict[str, str]


def parse_spec(text: str) -> Named | InFile | KernelText:
    """Reads a SPEC; raises SpecError with what was given and what to write instead.

    >>> parse_spec("Sobel_X")
    Named(name='sobel-x', parameters={})
    >>> parse_spec("1 2 1; 2 4 2; 1 2 1 / 16").shape
    (3, 3)
    """
    given = text.strip()
    if not given:
        raise SpecError("the kernel is empty; e.g. -k sharpen")
    try:
        return _parse(given)
    except ValueError as error:
        raise SpecError(f"kernel {_shortened(given)!r}: {error}") from None


def _parse(text: str) -> Named | InFile | KernelText:
    if _is_name(text):
        return Named(text.lower().replace("_", "-"), {})
    if match := re.fullmatch(FILE, text):
        return InFile(match[1], parse_parameters(match[2] or ""))
    if re.fullmatch(r"\d+x\d+", text):
        raise ValueError(f"{text} is a size, weights are needed: {MATRIX_EXAMPLE}")
    if match := re.fullmatch(IMAGEMAGICK, text):
        return _imagemagick(match)
    if re.match(STARTS_MATRIX, text) and not re.match(r"\.{1,2}[\\/]", text):
        return _matrix(text)
    name, _, parameters = text.partition(":")
    if not _is_name(name.strip()):
        raise ValueError(
            f"neither a name, nor a file ({', '.join('.' + s for s in SUFFIXES)}), nor a matrix"
        )
    return Named(name.strip().lower().replace("_", "-"), parse_parameters(parameters))


def _is_name(text: str) -> bool:
    """A letter, then letters, digits, '-' and '_'."""
    return text.isascii() and text[:1].isalpha() and re.sub("[-_]", "", text).isalnum()


def parse_parameters(text: str) -> dict[str, str]:
    """'sigma=2,size=9' as a mapping; a piece without '=' goes on with the one before it.

    >>> parse_parameters("padding=1,2,sigma=3")
    {'padding': '1,2', 'sigma': '3'}
    """
    found: dict[str, str] = {}
    key = ""
    for piece in text.split(",") if text.strip() else []:
        name, equals, value = piece.partition("=")
        if equals:
            key = name.strip().lower()
            if key in found:
                raise ValueError(f"{key} is given twice")
            found[key] = value.strip()
        elif key:
            found[key] += "," + piece.strip()
        else:
            raise ValueError(f"{piece.strip()!r}: parameters have names, as in sigma=2")
    return found


def _imagemagick(match: re.Match[str]) -> KernelText:
    width, height = int(match[1]), int(match[2] or match[1])
    numbers = re.split(r"[\s,]+", match[5].strip(" \t\n,"))
    if match[3] and (int(match[3]), int(match[4])) != ((width - 1) // 2, (height - 1) // 2):
        raise ValueError(
            f"the origin +{match[3]}+{match[4]} is not the middle: pad the matrix with zeros instead"
        )
    if len(numbers) != width * height:
        raise ValueError(f"{width}x{height} needs {width * height} numbers, got {len(numbers)}")
    check_numbers(numbers)
    return _text(numbers, (height, width))


def _matrix(text: str) -> KernelText:
    body, divisor = text, "1"
    if match := re.fullmatch(DIVISOR, body):
        body, divisor = match[1], match[2]
    if re.search(r"\s/|/\s", body):
        raise ValueError(
            "rows are separated by ';' or line ends; ' / ' stands once, at the end, before a divisor: "
            "'1 2 1; 2 4 2; 1 2 1 / 16'"
        )
    if re.match(r"\[\s*\[", body):
        numbers, shape = _nested(body)
    else:
        if body.startswith("["):
            body = body.strip("[] \n")
        rows = [[n for _, n in split_row(r)] for r in re.split(r"[;\n]", body) if r.strip()]
        numbers, shape = [number for row in rows for number in row], even_rows(rows)
    if len(numbers) == 1 and not body.startswith("[["):
        raise ValueError(
            f"one number is no kernel; put the whole matrix in quotes: {MATRIX_EXAMPLE}"
        )
    if sum("/" in number for number in numbers) == 1 and divisor == "1" and len(numbers) > 1:
        raise ValueError(
            "one '/' without blanks reads two ways: write ' / 16' to divide the whole matrix, or that "
            "entry as a decimal number"
        )
    check_numbers([*numbers, divisor])
    return _text(numbers, shape, divisor)


def _nested(text: str) -> tuple[list[str], tuple[int, ...]]:
    """[[…], […]] with commas or blanks, 2 to 4 levels deep."""
    for row in re.findall(r"[^\[\]]+", text):
        if row.strip(" \t\r\n,"):
            split_row(row)  # refuses two commas in a row, and ',' mixed with blanks
    numbers: list[str] = []
    counts = [0]
    depths = set()
    lengths: dict[int, int] = {}
    for piece in re.findall(r"[\[\]]|[^\s,\[\]]+", text):
        if piece == "[":
            counts[-1] += 1
            counts.append(0)
        elif piece == "]":
            level, count = len(counts), counts.pop()
            if not counts or lengths.setdefault(level, count) != count:
                raise ValueError("the brackets hold rows of different lengths")
        else:
            counts[-1] += 1
            depths.add(len(counts))
            numbers.append(piece)
    shape = tuple(lengths[level] for level in sorted(lengths))
    if len(depths) > 1:
        raise ValueError("numbers and lists of different depths stand side by side")
    if counts != [1] or not 2 <= len(shape) <= 4 or _product(shape) != len(numbers):
        raise ValueError("brackets that don't close, or not 2 to 4 levels of them")
    return numbers, shape


def _product(shape: tuple[int, ...]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product


def _text(numbers: list[str], shape: tuple[int, ...], divisor: str = "1") -> KernelText:
    name = f"matrix-{'x'.join(map(str, shape))}"
    return KernelText(name, tuple(numbers), shape, divisor)


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
