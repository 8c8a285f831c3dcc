"""SPEC, the text behind -k: a name, a file, or a matrix in place. What reads two ways is refused.

sharpen · Sobel_X · gaussian:sigma=2,size=9          a preset, with parameters
my.yaml · ./kernels/a.csv · w.npy                    a file
"0 -1 0; -1 5 -1; 0 -1 0"  "1 2 1; 2 4 2; 1 2 1 / 16"  a matrix: rows by ; or line ends, numbers by
                                                     blanks or commas, one divisor at the end
[[0,-1,0],[-1,5,-1],[0,-1,0]]                        as Python and numpy print it, 2 to 4 levels
[0 -1 0; -1 5 -1; 0 -1 0]                            as MATLAB writes it
3x3:0,-1,0,-1,5,-1,0,-1,0                            as ImageMagick writes it (width first)
gaussian:sigma=2,stride=2 then sobel                 one after the other, with options of a step
preset/sharpen                                       the preset, where a kernel of yours has its name
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from convfilter.core.words import STEP_OPTIONS
from convfilter.errors import SpecError
from convfilter.presets.definition import SUFFIXES, SWITCHES, KernelText
from convfilter.presets.numbers import even_rows, shortened, split_row, values_of

# Texts, not compiled patterns: a plain name, the usual case, needs none of them.
FILE = rf"(?is)((?:[a-z]:[\\/])?[^:;]*\.(?:{'|'.join(SUFFIXES)}))(?::(.*))?"
IMAGEMAGICK = r"(?s)(\d+)(?:x(\d+))?(?:\+(\d+)\+(\d+))?:(.*)"
DIVISOR = r"(?s)(.*?)(?:\s+/\s*|\s*/\s+)([^\s/;]+(?:/[^\s/;]+)?)\s*"
THEN = r"(?i)(?:^|\s+)then(?=\s|$)"
STARTS_MATRIX = r"[-−+]?[\d.]|\["
MATRIX_EXAMPLE = '-k "0 -1 0; -1 5 -1; 0 -1 0"'


class Named(NamedTuple):
    """A kernel by name or alias, in lower case with `-`.

    parameters  as typed; a value without a name stands under ""
    preset      whether it was written preset/NAME
    """

    name: str
    parameters: dict[str, str]
    preset: bool = False


class InFile(NamedTuple):
    """A kernel in a file."""

    path: str
    parameters: dict[str, str]


class StepText(NamedTuple):
    """A kernel, and the options that hold for its step alone."""

    kernel: Named | InFile | KernelText
    options: dict[str, str]


def parse_steps(text: str) -> list[StepText]:
    """Reads a SPEC, whose kernels are applied in turn; raises SpecError with what to write instead.

    >>> [step.kernel.name for step in parse_steps("gaussian:sigma=2 then Sobel_X")]
    ['gaussian', 'sobel-x']
    >>> parse_steps("1 2 1; 2 4 2; 1 2 1 / 16 : stride=2")[0].options
    {'stride': '2'}
    """
    pieces = re.split(THEN, text) if "then" in text.lower() else [text]
    if len(pieces) > 1 and os.path.exists(text.strip()):
        raise SpecError(
            f"kernel {text.strip()!r} is a file, and reads as {len(pieces)} kernels in a row, too: "
            "give the file another name"
        )
    return [_step(piece.strip(), len(pieces)) for piece in pieces]


def parse_spec(text: str) -> Named | InFile | KernelText:
    """Reads a SPEC of one kernel without options; raises SpecError.

    >>> parse_spec("Sobel_X").name
    'sobel-x'
    >>> parse_spec("1 2 1; 2 4 2; 1 2 1 / 16").shape
    (3, 3)
    """
    steps = parse_steps(text)
    if len(steps) > 1:
        raise SpecError(f"{len(steps)} kernels in a row, where one is needed: {shortened(text)!r}")
    for key, value in steps[0].options.items():
        raise SpecError(
            f"{key}={value} is an option of a filter, not of a kernel: {shortened(text)!r}"
        )
    return steps[0].kernel


def _step(text: str, count: int) -> StepText:
    if not text:
        where = " before or behind 'then'" if count > 1 else ""
        raise SpecError(f"the kernel is empty{where}; e.g. -k sharpen")
    try:
        return _parse(text)
    except ValueError as error:
        raise SpecError(f"kernel {shortened(text)!r}: {error}") from None


def _parse(text: str) -> StepText:
    if is_name(text):
        return StepText(_named(text, {}), {})
    if match := re.fullmatch(FILE, text):
        parameters, options = _sorted_out(match[1], match[2] or "")
        return StepText(InFile(match[1], parameters), options)
    if re.fullmatch(r"\d+x\d+", text):
        raise ValueError(f"{text} is a size, weights are needed: {MATRIX_EXAMPLE}")
    if match := re.fullmatch(IMAGEMAGICK, text):
        return StepText(_imagemagick(match), {})
    if re.match(STARTS_MATRIX, text) and not re.match(r"\.{1,2}[\\/]", text):
        matrix, _, behind = text.partition(":")
        parameters, options = _sorted_out(matrix, behind)
        for key, value in parameters.items():
            from convfilter.presets.slips import hint_for

            typed = shortened(f"{key}={value}" if key else value)
            raise ValueError(f"a matrix takes no parameter ({typed}){hint_for(key or value)}")
        return StepText(_matrix(matrix.strip()), options)
    name, _, behind = text.partition(":")
    if not is_name(name.strip().removeprefix("preset/")):
        raise ValueError(_no_spec(text))
    parameters, options = _sorted_out(name, behind)
    return StepText(_named(name.strip(), parameters), options)


def _named(name: str, parameters: dict[str, str]) -> Named:
    alone = name.removeprefix("preset/")
    return Named(alone.lower().replace("_", "-"), parameters, preset=alone != name)


def _no_spec(text: str) -> str:
    """What is said of a text that is no kernel's, with the form that works where one is meant."""
    from convfilter.presets.slips import right_form

    meant = right_form(text)
    if meant and not meant.startswith("one kernel after the other"):
        return meant
    suffixes = ", ".join(f".{suffix}" for suffix in SUFFIXES)
    said = f"neither a name, nor a file ({suffixes}), nor a matrix"
    return f"{said}; {meant}" if meant else said


def _sorted_out(kernel: str, text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The parameters of a kernel, and the options of its step."""
    if ":" in text:
        from convfilter.presets.slips import mended

        if better := mended(text):
            raise ValueError(f"write {shortened(kernel.strip())}:{better}")
    given = parse_parameters(text)
    options = {key: given.pop(key) for key in STEP_OPTIONS if key in given}
    return given, options


def is_name(text: str) -> bool:
    """A letter, then letters, digits, '-' and '_'."""
    return text.isascii() and text[:1].isalpha() and re.sub("[-_]", "", text).isalnum()


def can_be_typed(name: str) -> bool:
    """Whether a name can stand behind -k: 'then' is the word between two kernels.

    >>> [can_be_typed(name) for name in ("then-some", "Then", "two words")]
    [True, False, False]
    """
    return is_name(name) and name.lower() != "then"


def parse_parameters(text: str) -> dict[str, str]:
    """'sigma=2,size=9' as a mapping; a piece without '=' goes on with the one before it.

    A first piece without a name stands under "", an option that says enough by itself means yes.

    >>> parse_parameters("padding=1,2,sigma=3,flip")
    {'padding': '1,2', 'sigma': '3', 'flip': 'yes'}
    """
    found: dict[str, str] = {}
    key = ""
    for piece in text.split(",") if text.strip() else []:
        name, equals, value = piece.partition("=")
        if name.strip().lower() in SWITCHES and not equals:
            equals, value = "=", "yes"
        if equals:
            key = name.strip().lower().replace("_", "-")
            if key in found:
                raise ValueError(f"{key} is given twice")
            if not key:
                raise ValueError(f"{piece.strip()!r} has no name before '='")
            found[key] = value.strip()
        elif found:
            found[key] += "," + piece.strip()
        elif piece.strip():
            found[""] = piece.strip()
        else:
            raise ValueError("nothing stands before the first comma")
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
    values_of(numbers)
    return _text(numbers, (height, width))


def _matrix(text: str) -> KernelText:
    # Long runs of blanks would take the pattern below, and the reader, a long time.
    body, divisor = re.sub(r"[ \t]+", " ", text), "1"
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
    values_of([*numbers, divisor])
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
