"""What a kernel in another program's form becomes, and how its faults are told."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from convfilter.core.kernel import Amount, Kernel, make_exact_kernel
from convfilter.errors import ConvfilterError, KernelError
from convfilter.presets.definition import stem_of

Rows = list[list[Fraction]]


class Imported(NamedTuple):
    """A kernel, and what has to be known about where it came from: a line each, without '#'."""

    kernel: Kernel
    notes: tuple[str, ...]


def imported(
    numbers: Sequence[Fraction],
    shape: tuple[int, ...],
    path: str,
    notes: Sequence[str],
    *,
    divisor: Fraction = Fraction(1),
    bias: Amount | None = None,
    range_policy: str = "auto",
) -> Imported:
    """Numbers in row-major order as a kernel named after the file they stood in."""
    try:
        kernel = make_exact_kernel(
            list(numbers),
            shape,
            divisor,
            bias=() if bias is None else (bias,),
            range_policy=range_policy,
            name=stem_of(path),
        )
    except ConvfilterError as error:
        raise fault(path, str(error)) from None
    return Imported(kernel, (origin(path), *notes))


def origin(path: str) -> str:
    """The line that says where a kernel came from."""
    return f"imported from {os.path.basename(path)}"


def fault(path: str, message: str, text: str = "", at: str = "") -> KernelError:
    """The error for a file; its place is where `at` first stands in the file's text."""
    before = text.partition(at)[0] if at and at in text else ""
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return KernelError(f"{path}:{line}:{column}: {message}")


def without_comments(text: str) -> str:
    """The text with lines that begin with '#' left empty, so that places stay where they are."""
    return re.sub(r"(?m)^[ \t]*#.*$", "", text)


def flat(rows: Rows) -> list[Fraction]:
    """Rows one after the other."""
    return [number for row in rows for number in row]


def outside_range(numbers: Sequence[Fraction], bias: Amount | None) -> tuple[str, list[str]]:
    """The range policy of a program that cuts negative sums off, with its note.

    Only where `auto` would do something else: for Σ = 0 without a bias.
    """
    if sum(numbers) or (bias is not None and bias.value):
        return "auto", []
    return "clip", ["negative sums are cut off, as there; without 'range' both signs are shown"]
