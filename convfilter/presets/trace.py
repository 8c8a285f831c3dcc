"""A kernel, weights or a SPEC → the trace of one pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from convfilter.core.kernel import Kernel
from convfilter.core.spec import make_spec
from convfilter.core.steps import make_steps
from convfilter.core.trace import trace_steps
from convfilter.core.traced import PixelTrace
from convfilter.presets.load import given_steps, is_pair


def trace_pixel(
    image: ArrayLike,
    kernels: Kernel
    | ArrayLike
    | str
    | Sequence[Kernel | ArrayLike | str | tuple[Kernel | ArrayLike, dict[str, Any]]],
    at: tuple[int, int] | None = None,
    bias: Any = None,
    *,
    range_policy: str = "float",
    **options: Any,
) -> PixelTrace:
    """Every product and the sum of one pixel of what `correlate` or `apply_kernels` would make.

        Y = bias + scale·Σ K·X, and what range policy, rounding and saturation make of it

    image    (H, W) or (H, W, C), as for `correlate`
    kernels  weights as for `correlate`; or as for `apply_kernels` a SPEC, or a list of kernels in turn:
             one with a Kernel, a SPEC or a pair in it, for nested lists of numbers are weights
    at       row and column of the result, counted from 0; None: the middle
    bias, range_policy, options  as there; `threads` and `plan` say nothing

    Returns a PixelTrace: each step with its window (where the numbers come from, and which of them the
    border gives), the weights as used, the products, their sum, Y; and how Y became the number that is
    written. Exact kernels on whole numbers: whole numbers and fractions, and just the number that
    `correlate` gives; likewise with exact=True. Others: float64, within the error of `correlate`.

    Of several kernels each but the last is traced in the middle of the next one's window.

    Raises OptionError for a place outside, and what `apply_kernels` raises.

    >>> image = [[1, 2, 4, 2], [4, 7, 3, 2], [4, 5, 2, 3]]
    >>> trace = trace_pixel(image, [[1, 0, 1], [0, 2, 1], [1, 0, 1]], at=(0, 0), normalize="size")
    >>> plane = trace.steps[0].planes[0]
    >>> plane.sums[0].numbers
    (((1, 2, 4), (4, 7, 3), (4, 5, 2)),)
    >>> plane.result, trace.values
    (Fraction(28, 9), (3.111111111111111,))
    """
    in_turn = isinstance(kernels, (list, tuple)) and any(
        isinstance(each, (str, Kernel)) or is_pair(each) for each in kernels
    )
    given: Any = kernels if in_turn else [kernels]
    steps = [step for each in given for step in given_steps(each)]
    common = make_spec(bias=bias, range_policy=range_policy, **options)
    return trace_steps(image, make_steps(steps, common), at)
