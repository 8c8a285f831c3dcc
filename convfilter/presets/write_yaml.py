"""A kernel as a kernel file: YAML that reads back as the same kernel, and that people can edit.

Written without yaml: the little that a kernel file needs is plain text, aligned by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from convfilter.core.kernel import Amount, Kernel, make_exact_kernel, shape_text
from convfilter.core.words import COMBINATIONS
from convfilter.errors import OptionError
from convfilter.presets.definition import LARGEST_FILE, KernelText
from convfilter.presets.numbers import exact_text, shortened, values_of
from convfilter.presets.spec_text import parse_spec
from convfilter.presets.write_text import spec_text

# Words that other readers of YAML take for something else than text.
SPECIAL_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
LEVELS = {
    2: ("rows from top to bottom, laid on the picture as they stand here",),
    3: ("one table a channel; what they give is added up to one map",),
    4: ("one set a map; in it one table a channel, and what they give is added up",),
}
AFTER = {
    "divisor": "every weight is divided by it",
    "bias": "added to the sum; a percentage is one of the full range",
    "range": "clip, abs, offset, rescale or float",
}


class Written(NamedTuple):
    """Numbers as texts, row-major, over one divisor."""

    numbers: tuple[str, ...]
    shape: tuple[int, ...]
    divisor: str = "1"


def yaml_text(kernel: Kernel, *, comments: Sequence[str] = ()) -> str:
    """A kernel file's text; `read_yaml` makes an equal kernel of it.

    comments  lines for the top of the file, without '#'

    Computed weights are written as their formula while it gives them, composites as their members.
    Raises OptionError for a description of more than a line of plain text, and where the file would
    be larger than a kernel file may be.

    >>> from convfilter.presets.load import load_kernel
    >>> print(yaml_text(load_kernel("1 2; 3 -4 / 16")), end="")
    # rows from top to bottom, laid on the picture as they stand here
    weights:
      - [ 1,  2]
      - [ 3, -4]
    divisor: 16  # every weight is divided by it
    """
    text = "\n".join([*_lines(kernel, comments), ""])
    if (size := len(text.encode())) > LARGEST_FILE:
        raise OptionError(
            f"the kernel of {shape_text(kernel.weights.shape)} makes {size:,} bytes of YAML, a kernel "
            f"file holds up to {LARGEST_FILE:,}; numpy's .npy holds more weights in as many bytes"
        )
    return text


def exact_amount(amount: Amount) -> str:
    """An amount as text that reads as the same number.

    >>> from fractions import Fraction
    >>> exact_amount(Amount(Fraction(25, 2), percent=True)), exact_amount(Amount(Fraction(1, 3)))
    ('12.5%', '1/3')
    """
    return f"{exact_text(amount.value)}%" if amount.percent else exact_text(amount.value)


def _lines(kernel: Kernel, comments: Sequence[str]) -> Iterator[str]:
    for comment in comments:
        yield from (f"# {_printable(line)}".rstrip() for line in comment.splitlines() or [""])
    if kernel.description:
        yield f"description: {_scalar(_one_line('description', kernel.description))}"
    if source := _printable(kernel.source):  # can name a file, which can be called anything
        yield f"source: {_scalar(source)}"
    for key in ("aliases", "tags"):
        if words := [word for word in map(_name, getattr(kernel, key)) if word]:
            yield f"{key}: [{', '.join(words)}]"
    last = {}
    if kernel.members:
        yield f"combine: {kernel.combine}  # {', '.join(COMBINATIONS[:-1])} or {COMBINATIONS[-1]}"
        yield "kernels:"
        yield from (f"  - {_quoted(_spec(written_numbers(each)))}" for each in kernel.members)
    elif _is_computed(kernel):
        yield from _formula_lines(kernel)
    else:
        written = written_numbers(kernel)
        yield from (f"# {line}" for line in LEVELS[kernel.weights.ndim])
        yield "weights:"
        yield from _tables(written)
        last["divisor"] = [] if written.divisor == "1" else [written.divisor]
    last["bias"] = [exact_amount(amount) for amount in kernel.bias]
    last["range"] = [] if kernel.range_policy == "auto" else kernel.range_policy.split(",")
    pairs = {key: f"{key}: {_one_or_list(values)}" for key, values in last.items() if values}
    width = max(map(len, pairs.values()), default=0)
    yield from (f"{pair:<{width}}  # {AFTER[key]}" for key, pair in pairs.items())


def _is_computed(kernel: Kernel) -> bool:
    """Whether the formula still gives the values: a kernel that was normalized has its name only."""
    if not kernel.formula:
        return False
    from convfilter.presets.formulas import weights_of

    made = weights_of(kernel.formula, dict(kernel.parameters))
    return _same_values(make_exact_kernel(made.numbers, made.shape, made.divisor), kernel)


def _formula_lines(kernel: Kernel) -> Iterator[str]:
    from convfilter.presets.formulas import FORMULAS

    formula = FORMULAS[kernel.formula]
    yield f"formula: {kernel.formula}  # {formula.help}"
    yield "parameters:"
    about = {each.name: each for each in formula.parameters}
    pairs = {name: f"  {name}: {value}" for name, value in kernel.parameters}
    width = max(map(len, pairs.values()))
    for name, pair in pairs.items():
        yield f"{pair:<{width}}  # {about[name].help}"


def written_numbers(kernel: Kernel) -> Written:
    """Weights and divisor as texts that read as the kernel's values: as written, else the values.

    Weights as written do unless the values were divided once more, as `normalized` does. Floats that
    would read as exact numbers get a digit that only their exact value sees.
    """
    parsed = parse_spec(spec_text(kernel))
    if isinstance(parsed, KernelText):
        written = Written(parsed.weights, parsed.shape, parsed.divisor)
        if _says(written, kernel):
            return written
    plain = [repr(value).removesuffix(".0") for value in kernel.values.ravel().tolist()]
    written = Written(tuple(plain), kernel.values.shape)
    if _says(written, kernel):
        return written
    place = next(index for index, number in enumerate(plain) if float(number))
    mantissa, e, power = plain[place].partition("e")
    plain[place] = mantissa + ("" if "." in mantissa else ".") + "0" * 30 + "1" + e + power
    return written._replace(numbers=tuple(plain))


def _says(written: Written, kernel: Kernel) -> bool:
    """Whether the texts read as the kernel's values, exactly where it is exact."""
    numbers = values_of(written.numbers)
    return _same_values(make_exact_kernel(numbers, written.shape, written.divisor), kernel)


def _same_values(twin: Kernel, kernel: Kernel) -> bool:
    if twin.shape != kernel.shape:
        return False
    if twin.numerators is None or kernel.numerators is None:
        same = np.array_equal(twin.values, kernel.values)
        return same and twin.exact == kernel.exact
    ours, theirs = twin.numerators.ravel().tolist(), kernel.numerators.ravel().tolist()
    pairs = zip(ours, theirs, strict=True)
    return all(our * kernel.denominator == their * twin.denominator for our, their in pairs)


def _tables(written: Written) -> Iterator[str]:
    """The weights in block lists, one row a line, their columns aligned."""
    *outer, rows_each, columns = written.shape
    width = max(map(len, written.numbers))
    cells = [f"{number:>{width}}" for number in written.numbers]
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    names = ("map", "channel")[2 - len(outer) :]
    for count, place in enumerate(np.ndindex(*outer)):
        for level, name in enumerate(names):
            if not any(place[level + 1 :]):
                yield f"{'  ' * (level + 1)}- # {name} {place[level] + 1}"
        for row in rows[count * rows_each : (count + 1) * rows_each]:
            yield f"{'  ' * (len(outer) + 1)}- [{', '.join(row)}]"


def _spec(written: Written) -> str:
    """The SPEC of one of a composite's kernels."""
    numbers, shape = written.numbers, written.shape
    if len(shape) == 2 and len(numbers) > 1:
        starts = range(0, len(numbers), shape[1])
        text = "; ".join(" ".join(numbers[at : at + shape[1]]) for at in starts)
    else:
        text = _nested(numbers, shape)
    return text if written.divisor == "1" else f"{text} / {written.divisor}"


def _nested(numbers: Sequence[str], shape: tuple[int, ...]) -> str:
    if not shape:
        return numbers[0]
    step = len(numbers) // shape[0]
    parts = (numbers[at : at + step] for at in range(0, len(numbers), step))
    return "[" + ", ".join(_nested(part, shape[1:]) for part in parts) + "]"


def _one_or_list(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def _one_line(key: str, text: str) -> str:
    """A text without what can't be printed; blanks of other kinds become plain ones."""
    plain = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in text)
    if not plain.isprintable():
        sign = next(sign for sign in plain if not sign.isprintable())
        raise OptionError(
            f"{key}: {shortened(text)!r} holds {sign!r}, which can't be printed: one line of plain text"
        )
    return plain


def _printable(text: str) -> str:
    """The text on one line: no line breaks, no control characters, nothing that YAML forbids."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _scalar(text: str) -> str:
    """A text as YAML's plain scalar where that reads the same everywhere, else in quotes."""
    plain = text[:1].isalpha() and text[-1:] not in (" ", ":") and not re.search(r": | #", text)
    return text if plain and text.lower() not in SPECIAL_WORDS else _quoted(text)


def _name(word: str) -> str:
    """A word as the name that an alias or tag has to be; empty where nothing of it can stay."""
    word = re.sub("[^A-Za-z0-9_-]+", "-", word).lstrip("-_0123456789").rstrip("-")
    return _quoted(word) if word.lower() in SPECIAL_WORDS else word


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
