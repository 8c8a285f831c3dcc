"""What every export says of a kernel: its numbers, its options, the convfilter command it equals."""

from __future__ import annotations

import shlex
from typing import Any, NamedTuple

from convfilter.core.finish import resolve_policy
from convfilter.core.kernel import Kernel, shape_text
from convfilter.errors import ConvfilterError, OptionError
from convfilter.presets.load import load_kernel
from convfilter.presets.write_text import spec_text
from convfilter.presets.write_yaml import exact_amount

LEVELS = 255  # the greatest pixel of 8 bits


class Export(NamedTuple):
    """A kernel in the numbers that other programs take.

    numbers  nested lists of whole numbers over `divisor`; of the values, over 1, where they are
             no fractions
    policy   clip, abs, offset, rescale or float; for a bank also one a map, with commas
    biased   whether there is a bias that is not 0
    """

    kernel: Kernel
    numbers: Any
    divisor: int
    policy: str
    biased: bool

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.kernel.size

    @property
    def added_levels(self) -> float:
        """Bias and offset in levels of 8 bits."""
        bias = self.kernel.bias[0] if self.biased else None
        own = 0.0 if bias is None else float(bias.value) * (LEVELS / 100 if bias.percent else 1)
        return own + (128 if self.policy == "offset" else 0)


def make_export(kernel: Kernel, to: str) -> Export:
    """The kernel as an export; raises OptionError for composites, with what to export instead."""
    if kernel.members:
        names = list(dict.fromkeys(spec_words(member)[1] for member in kernel.members))
        raise OptionError(
            f"{kernel.name} is the {kernel.combine} of {len(kernel.members)} kernels, {to} has one at "
            f"a time; export its members: {', '.join(map(repr, names))} (--to yaml takes them all)"
        )
    numbers = kernel.values.tolist() if kernel.numerators is None else kernel.numerators.tolist()
    biased = any(amount.value for amount in kernel.bias)
    policy = resolve_policy("auto", kernel, biased=biased)
    return Export(kernel, numbers, kernel.denominator, policy, biased)


def flat_only(export: Export, program: str) -> None:
    """Refuses kernels that sum over channels; raises OptionError."""
    if export.kernel.depth is not None:
        raise OptionError(
            f"{program} lays one table on every channel by itself, this kernel has "
            f"{shape_text(export.kernel.weights.shape)} numbers: use --to torch, numpy or yaml"
        )


def same_as(export: Export, border: str = "edge", out: str = "out.png") -> str:
    """The comment with the convfilter command that gives the same pixels."""
    words = ["convfilter", "apply", "in.png", *spec_words(export.kernel)]
    return f"# the same as: {shlex.join([*words, '--border', border, '-o', out])}"


def spec_words(kernel: Kernel) -> list[str]:
    """The words behind `apply IN` that mean a kernel: by its name or file, else by its numbers."""
    for spec in filter(None, (kernel.name, kernel.file)):
        try:
            if load_kernel(spec) == kernel:
                return ["-k", spec]
        except ConvfilterError:
            continue
    return ["-k", spec_text(kernel), *option_words(kernel)]


def option_words(kernel: Kernel) -> list[str]:
    """The options beside a kernel's bare numbers: its bias and its range.

    Raises OptionError where no options can say it: for a bank with a range for each map.
    """
    if "," in kernel.range_policy:
        raise OptionError(
            f"no options say a range for each map ({kernel.range_policy}), a kernel file can: use "
            "--to yaml, and export that file"
        )
    words = []
    if any(amount.value for amount in kernel.bias):
        words += ["--bias", ",".join(map(exact_amount, kernel.bias))]
    return words if kernel.range_policy == "auto" else [*words, "--range", kernel.range_policy]


def number_text(number: float) -> str:
    """A number as all of these programs read it.

    >>> number_text(3), number_text(-2.0), number_text(1e-5)
    ('3', '-2', '1e-05')
    """
    return repr(number).removesuffix(".0")
