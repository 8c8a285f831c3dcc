"""Kernels as tables, lines and JSON. rich only on a terminal."""

from __future__ import annotations

import sys
from math import isfinite
from typing import Any

from convfilter import __version__
from convfilter.core.finish import resolve_policy
from convfilter.core.kernel import Kernel, plain_number, shape_text
from convfilter.core.properties import factors, planes_of, rank, symmetry
from convfilter.errors import ConvfilterError
from convfilter.presets.write_text import spec_text
from convfilter.report.json_line import kernel_fields, line
from convfilter.report.response import gain_of, gain_words, response_lines
from convfilter.report.terminal import fit, printable, show
from convfilter.report.weights import show_weights

# Signs of a line to paste, of factors, and sums of a bank's maps, beyond which nobody reads.
LONGEST_SPEC, LONGEST_FACTORS, MOST_SUMS = 600, 120, 6


def list_lines(kernels: list[Kernel]) -> list[str]:
    """One line a kernel, for scripts: name, size, sum, range, tags, description, by tabs."""
    return ["\t".join(_row(kernel)) for kernel in kernels]


def list_json(kernels: list[Kernel]) -> str:
    """All of them as one object."""
    return line({"version": __version__, "kernels": [_fields(kernel) for kernel in kernels]})


def show_json(kernel: Kernel) -> str:
    """All that `show_kernel` tells, as one object."""
    planes = planes_of(kernel)
    facts = {
        "weights": kernel.weights.tolist(),
        "values": kernel.values.tolist(),
        "divisor": plain_number(kernel.divisor),
        "abs_sum": [plain_number(total) for total in kernel.map_abs_sums],
        "sums": [plain_number(total) for total in kernel.map_sums],
        "exact": kernel.exact,
        "symmetry": [symmetry(plane) for _, plane in planes],
        "rank": [rank(plane, exact=kernel.exact) for _, plane in planes],
        "factors": factors(kernel),
        "bias": [str(amount) for amount in kernel.bias],
        "spec": _spec(kernel),
        "gain": _gain(kernel),
        "range_in_effect": _policy(kernel),
    }
    return line({"version": __version__, "kernel": _fields(kernel) | facts})


def show_faults(faults: list[ConvfilterError]) -> None:
    """Files in the user's folders that hold no kernel, on standard error."""
    for fault in faults:
        show([f"not listed: {printable(str(fault))}"], err=True)


def show_table(kernels: list[Kernel]) -> None:
    """A table on the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("name", style="cyan", max_width=24, overflow="fold")
    table.add_column("size", no_wrap=True)
    table.add_column(fit("Σ", sys.stdout).strip(), max_width=6, overflow="fold")
    table.add_column("range", max_width=7)
    table.add_column("what it does", overflow="fold")
    for kernel in kernels:
        also = f" (also {', '.join(kernel.aliases)})" if kernel.aliases else ""
        policies = ", ".join(dict.fromkeys(_policy(kernel).split(",")))
        size, about = shape_text(kernel.shape), _about(kernel) + also
        cells = kernel.name, size, _sums(kernel), policies, about
        # Names and paths are anybody's: as Text nothing in them is markup.
        table.add_row(*(Text(fit(printable(cell), sys.stdout)) for cell in cells))
    Console(highlight=False).print(table)


def show_kernel(kernel: Kernel, dilation: tuple[int, int] = (1, 1)) -> None:
    """One kernel, whole; of many tables the first ones."""
    import click

    size = shape_text(kernel.shape)
    also = f" (also {', '.join(kernel.aliases)})" if kernel.aliases else ""
    made = f" ({kernel.combine} of {len(kernel.members)} kernels)" if kernel.members else ""
    words = [kernel.description] if kernel.description else []
    show([printable(f"{kernel.name}{also}  {size}{made}"), *map(printable, words), ""])
    show_weights(kernel)
    show(_facts(kernel, dilation))
    if kernel.depth is None:
        values = (kernel.members or (kernel,))[0].values
        which = f" of kernel 1, {kernel.members[0].name}" if kernel.members else ""
        pattern = "flat areas in the middle, patterns of 2 pixels at the rims"
        show(["", f"frequency response{printable(which)}: {pattern}"])
        for text in response_lines(values):
            click.echo(fit(f"  {text}", sys.stdout))


def _facts(kernel: Kernel, dilation: tuple[int, int]) -> list[str]:
    divisor = plain_number(kernel.divisor)
    exact = "exact: whole numbers over " + str(kernel.denominator) if kernel.exact else "float"
    if kernel.members:
        exact = "exact" if kernel.exact else "float"
    planes = planes_of(kernel)
    plain = kernel.depth is None and not kernel.members
    facts = [
        ("made by", _formula(kernel)),
        ("divisor", "" if divisor == "1" else divisor),
        ("Σ", ", ".join(plain_number(total) for total in kernel.map_sums)),
        ("Σ|w|", ", ".join(plain_number(total) for total in kernel.map_abs_sums)),
        ("gain", gain_words(kernel.values) if plain else ""),
        ("covers", _covers(kernel, dilation)),
        ("numbers", exact),
        ("symmetry", "; ".join(symmetry(planes[0][1])) or "none" if len(planes) == 1 else ""),
        ("rank", _rank_words(kernel)),
        ("factors", _factor_words(kernel)),
        ("range", _policy_words(kernel)),
        ("bias", ", ".join(str(amount) for amount in kernel.bias)),
        ("tags", ", ".join(kernel.tags)),
        ("source", printable(kernel.source)),
        ("file", printable(kernel.file)),
        ("hash", kernel.digest[:16]),
        ("as SPEC", "" if kernel.members else fitted(_as_options(kernel))),
    ]
    return ["", *(f"  {label:<8} {value}" for label, value in facts if value)]


def fitted(text: str) -> str:
    """A text that is worth pasting; a very long one is not."""
    return text if len(text) <= LONGEST_SPEC else "long: kernels export SPEC --to yaml"


def _formula(kernel: Kernel) -> str:
    words = ", ".join(f"{name}={value}" for name, value in kernel.parameters)
    return f"{kernel.formula}({words})" if kernel.formula else ""


def _covers(kernel: Kernel, dilation: tuple[int, int]) -> str:
    """The effective size, where dilation makes it another."""
    if dilation == (1, 1):
        return ""
    sides = [d * (k - 1) + 1 for d, k in zip(dilation, kernel.size, strict=True)]
    return f"{sides[0]}×{sides[1]} pixels with dilation {dilation[0]},{dilation[1]}: d·(k − 1) + 1"


def _factor_words(kernel: Kernel) -> str:
    if (found := factors(kernel)) is None:
        return ""
    column, row = (" ".join(numbers) for numbers in found)
    over = f" / {kernel.denominator}" if kernel.exact and kernel.denominator > 1 else ""
    words = f"({column})ᵀ · ({row}){over}"
    return words if len(words) <= LONGEST_FACTORS else ""


def _as_options(kernel: Kernel) -> str:
    """The line that gives the same result without the file: weights, and what is not `auto`."""
    words = [f'-k "{_spec(kernel)}"']
    if kernel.range_policy != "auto":
        words.append(f"--range {kernel.range_policy}")
    if any(amount.value for amount in kernel.bias):
        words.append(f"--bias {','.join(map(str, kernel.bias))}")
    return " ".join(words)


def _spec(kernel: Kernel) -> str:
    """What gives the kernel back behind -k: the name of a preset, else its numbers."""
    if kernel.formula and not kernel.file:
        return kernel.name
    return kernel.file or kernel.name if kernel.members else spec_text(kernel)


def _rank_words(kernel: Kernel) -> str:
    ranks = [rank(plane, exact=kernel.exact) for _, plane in planes_of(kernel)]
    words = ", ".join(map(str, ranks if len(set(ranks)) > 1 else ranks[:1]))
    alike = " each" if len(ranks) > 1 and len(set(ranks)) == 1 else ""
    return words + alike + (" (a column times a row)" if set(ranks) == {1} else "")


def _gain(kernel: Kernel) -> dict[str, float] | None:
    """The gains of a plain kernel; None where it has none, or they are no numbers of JSON."""
    if kernel.depth is not None or kernel.members:
        return None
    found = gain_of(kernel.values)
    return {"flat": found.flat, "largest": found.largest} if isfinite(found.largest) else None


def _policy(kernel: Kernel) -> str:
    """The range policy that the kernel gets if none is asked for."""
    return resolve_policy("auto", kernel, biased=any(amount.value for amount in kernel.bias))


def _policy_words(kernel: Kernel) -> str:
    policy = _policy(kernel)
    if kernel.range_policy != "auto":
        return policy
    return f"{policy} (auto{': Σ = 0' if policy == 'abs' else ''})"


def _sums(kernel: Kernel) -> str:
    """The sum; of a bank those of its maps if they differ, of a composite the different ones."""
    sums = [plain_number(total) for total in kernel.map_sums]
    if kernel.members or len(set(sums)) == 1:
        sums = list(dict.fromkeys(sums))
    more = [f"… ({len(sums)})"] if len(sums) > MOST_SUMS else []
    return ", ".join(sums[:MOST_SUMS] + more)


def _about(kernel: Kernel) -> str:
    """The description, with parameters, and the file and hash of a kernel of one's own."""
    about = kernel.description
    if kernel.parameters:
        about += f" ({', '.join(f'{name}={value}' for name, value in kernel.parameters)})"
    if kernel.file:
        about += f" [{kernel.file} {kernel.digest[:8]}]"
    return about.strip()


def _row(kernel: Kernel) -> tuple[str, ...]:
    size, tags = shape_text(kernel.shape).replace("×", "x"), ",".join(kernel.tags)
    words = kernel.name, size, _sums(kernel), _policy(kernel), tags, _about(kernel)
    return tuple(map(printable, words))


def _fields(kernel: Kernel) -> dict[str, Any]:
    return kernel_fields(kernel) | {
        "aliases": list(kernel.aliases),
        "tags": list(kernel.tags),
        "range": kernel.range_policy,
        "description": kernel.description,
        "source": kernel.source,
    }
