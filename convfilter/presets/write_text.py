"""A kernel as the text that gives it back: what can be pasted behind -k."""

from __future__ import annotations

from typing import Any

import numpy as np

from convfilter.core.kernel import Kernel, make_kernel
from convfilter.presets.numbers import exact_text


def spec_text(kernel: Kernel) -> str:
    """The SPEC of a kernel's values: a matrix, or nested lists for full depth and banks.

    >>> from convfilter.presets.load import load_kernel
    >>> spec_text(load_kernel("gaussian-3"))
    '1 2 1; 2 4 2; 1 2 1 / 16'
    """
    weights: Any = kernel.weights.tolist()
    divisor = exact_text(kernel.divisor)
    if kernel.numerators is not None and not _decimal(kernel):
        weights, divisor = kernel.numerators.tolist(), str(kernel.denominator)
    if kernel.weights.ndim == 2 and kernel.weights.size > 1:
        text = "; ".join(" ".join(_number(n) for n in row) for row in weights)
    else:
        text = _nested(weights)
    return text if divisor == "1" else f"{text} / {divisor}"


def _decimal(kernel: Kernel) -> bool:
    """Whether weights and divisor, printed as decimals, give the same exact values."""
    if 10**9 % kernel.divisor.denominator:
        return False
    twin = make_kernel(kernel.weights, kernel.divisor)
    if twin.numerators is None or kernel.numerators is None:
        return False
    same = np.array_equal(twin.numerators, kernel.numerators)
    return same and twin.denominator == kernel.denominator


def _nested(numbers: Any) -> str:
    if isinstance(numbers, list):
        return "[" + ", ".join(_nested(n) for n in numbers) + "]"
    return _number(numbers)


def _number(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0") if "e" not in text else text
