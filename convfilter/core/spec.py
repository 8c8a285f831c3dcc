"""How to convolve: every option parsed once, into one frozen value. Below this line nothing is loose.

Command line and Python API hand their values to the same functions: text as it was typed, or numbers,
tuples and lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import numpy as np

from convfilter.core.border import Border
from convfilter.core.geometry import Padding
from convfilter.core.kernel import Amount, Kernel
from convfilter.core.rational import as_fraction
from convfilter.core.words import (
    BORDER_SYNONYMS,
    BORDERS,
    NORMALIZE,
    PADDING_MODES,
    PLANS,
    RANGE_POLICIES,
)
from convfilter.errors import OptionError

LARGEST_STEP = 2**31 - 1
VALID = Padding("valid")
ZERO = Border("zero")

Value = TypeVar("Value")


class Spec(NamedTuple):
    """The options of one convolution; pairs are (y, x).

    bias     None: the kernel's own; else one amount, or one a map
    threads  how many cores may work at once; None: all that this process may use
    """

    stride: tuple[int, int] = (1, 1)
    padding: Padding = VALID
    border: Border = ZERO
    dilation: tuple[int, int] = (1, 1)
    bias: tuple[Amount, ...] | None = None
    scale: Fraction = Fraction(1)
    normalize: str = "none"
    flip: bool = False
    range_policy: str = "auto"
    exact: bool = False
    plan: str = "auto"
    threads: int | None = None

    def bias_of(self, kernel: Kernel) -> tuple[Amount, ...]:
        """The bias that holds with a kernel: its own, unless another was given."""
        return kernel.bias if self.bias is None else self.bias


def make_spec(
    *,
    stride: Any = 1,
    padding: Any = "valid",
    border: Any = "zero",
    dilation: Any = 1,
    bias: Any = None,
    scale: Any = 1,
    normalize: Any = "none",
    flip: bool = False,
    range_policy: Any = "auto",
    exact: bool = False,
    plan: Any = "auto",
    threads: Any = None,
) -> Spec:
    """Options as typed or given → Spec; every complaint about them is raised here (OptionError)."""
    return Spec(
        stride=parse_pair("stride", stride),
        padding=parse_padding(padding),
        border=parse_border(border),
        dilation=parse_pair("dilation", dilation),
        bias=parse_bias(bias),
        scale=parse_number("scale", scale),
        normalize=parse_word("normalize", normalize, NORMALIZE),
        flip=bool(flip),
        range_policy=parse_word("range", range_policy, RANGE_POLICIES),
        exact=bool(exact),
        plan=parse_word("plan", plan, PLANS),
        threads=None if threads is None else _whole("threads", threads, least=1),
    )


def spec_of(**options: Any) -> Spec:
    """`make_spec`, remembered: a loop over small pictures calls it with the same options each time.

    (20 of the 65 µs that 32×32 pixels take.) Equal values of different types must not be confused.
    """
    plain = all(map(_is_plain, options.values()))
    return _remembered(**options) if plain else make_spec(**options)


def _is_plain(value: Any) -> bool:
    if type(value) is tuple:
        return all(type(part) in (int, str) for part in value)
    return value is None or type(value) in (int, str, bool)


_remembered = lru_cache(maxsize=64, typed=True)(make_spec)


def parse_word(name: str, value: Any, words: Sequence[str]) -> str:
    """One of the words; case doesn't matter and `_` counts as `-`.

    >>> parse_word("padding", "Same_Lower", ("same", "same-lower"))
    'same-lower'
    """
    word = value.strip().lower().replace("_", "-") if isinstance(value, str) else ""
    if word in words:
        return word
    raise OptionError(f"{name}: {value!r} is none of {', '.join(words)}{nearest(word, words)}")


def nearest(word: object, words: Iterable[str]) -> str:
    """'; did you mean …?' for a slip of the pen, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(str(word), list(words), 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def parse_pair(name: str, value: Any) -> tuple[int, int]:
    """A whole number ≥ 1 for both axes, or y and x.

    >>> parse_pair("stride", "1,2"), parse_pair("stride", 3)
    ((1, 2), (3, 3))
    """
    numbers = _list_of(value)
    if len(numbers) not in (1, 2):
        raise OptionError(f"{name}: {value!r}: one whole number, or two as Y,X")
    pair = [_whole(name, number, least=1) for number in numbers]
    return pair[0], pair[-1]


def parse_padding(value: Any) -> Padding:
    """A mode, or pixels: one number, (y, x), or (top, bottom, left, right).

    >>> parse_padding("1,2").pixels
    (1, 1, 2, 2)
    """
    if isinstance(value, Padding):
        return value
    word = value.strip().lower().replace("_", "-") if isinstance(value, str) else ""
    if word in PADDING_MODES:
        return Padding(word)
    if word and not word[0].isdigit() and word[0] not in "-+−":
        raise OptionError(
            f"padding: {value!r} is none of {', '.join(PADDING_MODES)} nor pixels "
            f"(P, Y,X or TOP,BOTTOM,LEFT,RIGHT){nearest(word, PADDING_MODES)}"
        )
    numbers = _list_of(value)
    if len(numbers) not in (1, 2, 4):
        raise OptionError(f"padding: {value!r}: pixels are P, Y,X or TOP,BOTTOM,LEFT,RIGHT")
    pixels = [_whole("padding", number, least=0) for number in numbers]
    if len(pixels) == 4:
        return Padding("pixels", (pixels[0], pixels[1], pixels[2], pixels[3]))
    y, x = pixels[0], pixels[-1]
    return Padding("pixels", (y, y, x, x))


def parse_border(value: Any) -> Border:
    """A word of BORDERS or a synonym; `constant:V`, `constant:50%` or ("constant", V).

    >>> str(parse_border("Replicate")), str(parse_border(("constant", 7)))
    ('edge', 'constant:7')
    """
    if isinstance(value, Border):
        return value
    if isinstance(value, (tuple, list)) and len(value) == 2:
        word, constant = value
    elif isinstance(value, str):
        word, _, constant = value.partition(":")
    else:
        word, constant = value, ""
    kind = word.strip().lower().replace("_", "-") if isinstance(word, str) else ""
    kind = BORDER_SYNONYMS.get(kind, kind)
    if kind == "constant":
        if constant == "":
            raise OptionError("border: 'constant' needs a value: constant:128 or constant:50%")
        amount = parse_amount("border constant", constant)
        return Border("constant", amount.value, amount.percent)
    if kind == "constant:v" or kind not in BORDERS:
        raise OptionError(_border_complaint(value, kind))
    if constant != "":
        raise OptionError(f"border: only 'constant' takes a value, {value!r} was given")
    return Border(kind)


def _border_complaint(value: object, kind: str) -> str:
    table = "\n".join(f"  {word:<11}{pattern}" for word, pattern in BORDERS.items())
    if kind == "mirror":
        return (
            "border: 'mirror' means two things elsewhere (SciPy's is our reflect, ImageMagick's and "
            f"libvips' our symmetric); say which:\n{table}"
        )
    hint = nearest(kind, [*BORDERS, *BORDER_SYNONYMS])
    return f"border: {value!r} is no border{hint}{' One' if hint else '; one'} of:\n{table}"


def parse_bias(value: Any) -> tuple[Amount, ...] | None:
    """One amount or a list of them, one a map; None stays None: the kernel's own.

    >>> [str(amount) for amount in parse_bias("10,50%")]
    ['10', '50%']
    """
    if value is None:
        return None
    if isinstance(value, Amount):
        return (value,)
    return tuple(parse_amount("bias", each) for each in _list_of(value))


def parse_amount(name: str, value: Any) -> Amount:
    """A number in the picture's own units, or a percentage such as '50%'."""
    if isinstance(value, Amount):
        return value
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and text.endswith("%"):
        return Amount(parse_number(name, text[:-1].strip()), percent=True)
    return Amount(parse_number(name, text))


def parse_number(name: str, value: Any) -> Fraction:
    """A finite number, exactly as written."""
    try:
        return as_fraction(value.strip() if isinstance(value, str) else value)
    except ValueError as error:
        raise OptionError(f"{name}: {error}") from None


def _list_of(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [piece.strip() for piece in value.split(",")]
    if isinstance(value, np.ndarray):
        return list(value.ravel())
    return list(value) if isinstance(value, (tuple, list)) else [value]


def _whole(name: str, value: Any, *, least: int) -> int:
    convert: Callable[[Any], int] = int
    number = None
    if (isinstance(value, (int, np.integer)) and not isinstance(value, bool)) or (
        isinstance(value, str) and len(value) < 20 and value.removeprefix("+").isdecimal()
    ):
        number = convert(value)
    if number is None or not least <= number <= LARGEST_STEP:
        raise OptionError(f"{name}: {value!r} is no whole number ≥ {least}")
    return number
