"""Kernels as tables, lines and JSON. rich only on a terminal."""

from __future__ import annotations

import sys
from typing import Any

from convfilter import __version__
from convfilter.core.kernel import Kernel, plain_number, shape_text
from convfilter.core.properties import planes_of, rank, symmetry
from convfilter.presets.write_text import spec_text
from convfilter.report.json_line import kernel_fields, line
from convfilter.report.terminal import coloured, fit, show

NEGATIVE, POSITIVE = (70, 110, 220), (220, 80, 60)


def list_lines(kernels: list[Kernel]) -> list[str]:
    """One line a kernel, for scripts: name, size, sum, range, tags, description, by tabs."""
    return ["\t".join(_row(kernel)) for kernel in kernels]


def list_json(kernels: list[Kernel]) -> str:
    """All of them as one object."""
    return line({"version": __version__, "kernels": [_fields(kernel) for kernel in kernels]})


def show_json(kernel: Kernel) -> str:
    """All that `show_kernel` tells, as one object."""
    facts = {
        "weights": kernel.weights.tolist(),
        "divisor": plain_number(kernel.divisor),
        "abs_sum": [plain_number(total) for total in kernel.map_abs_sums],
        "sums": [plain_number(total) for total in kernel.map_sums],
        "exact": kernel.exact,
        "symmetry": [symmetry(plane) for _, plane in planes_of(kernel)],
        "rank": [rank(plane) for _, plane in planes_of(kernel)],
        "bias": [str(amount) for amount in kernel.bias],
        "spec": spec_text(kernel),
    }
    return line({"version": __version__, "kernel": _fields(kernel) | facts})


def show_table(kernels: list[Kernel]) -> None:
    """A table on the terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("name", "size", "Σ", "range"):
        table.add_column(name, style="cyan" if name == "name" else "", no_wrap=True)
    table.add_column("what it does")
    for kernel in kernels:
        name, size, total, policy, _tags, text = _row(kernel)
        also = f" (also {', '.join(kernel.aliases)})" if kernel.aliases else ""
        table.add_row(name, size, total, policy, text + also)
    Console(highlight=False).print(table)


def show_kernel(kernel: Kernel) -> None:
    """One kernel, whole."""
    size = shape_text(kernel.weights.shape)
    also = f" (also {', '.join(kernel.aliases)})" if kernel.aliases else ""
    show(
        [f"{kernel.name}{also}  {size}", *([kernel.description] if kernel.description else []), ""]
    )
    for name, plane in planes_of(kernel):
        if name:
            show([name])
        _weights(plane)
    show(_facts(kernel))


def _facts(kernel: Kernel) -> list[str]:
    divisor = plain_number(kernel.divisor)
    exact = "exact: whole numbers over " + str(kernel.denominator) if kernel.exact else "float"
    planes = planes_of(kernel)
    facts = [
        ("divisor", "" if divisor == "1" else divisor),
        ("Σ", ", ".join(plain_number(total) for total in kernel.map_sums)),
        ("Σ|w|", ", ".join(plain_number(total) for total in kernel.map_abs_sums)),
        ("numbers", exact),
        ("symmetry", "; ".join(symmetry(planes[0][1])) or "none" if len(planes) == 1 else ""),
        ("rank", _rank_words(kernel)),
        ("range", _policy(kernel)),
        ("bias", ", ".join(str(amount) for amount in kernel.bias)),
        ("tags", ", ".join(kernel.tags)),
        ("source", kernel.source),
        ("file", kernel.file),
        ("as SPEC", _as_options(kernel)),
    ]
    return ["", *(f"  {label:<8} {value}" for label, value in facts if value)]


def _as_options(kernel: Kernel) -> str:
    """The line that gives the same result without the file: weights, and what is not `auto`."""
    words = [f'-k "{spec_text(kernel)}"']
    if kernel.range_policy != "auto":
        words.append(f"--range {kernel.range_policy}")
    if any(amount.value for amount in kernel.bias):
        words.append(f"--bias {','.join(map(str, kernel.bias))}")
    return " ".join(words)


def _rank_words(kernel: Kernel) -> str:
    ranks = [rank(plane) for _, plane in planes_of(kernel)]
    words = ", ".join(map(str, ranks))
    return words + (" (a column times a row)" if ranks == [1] else "")


def _policy(kernel: Kernel) -> str:
    if kernel.range_policy != "auto":
        return kernel.range_policy
    return "abs (auto: Σ = 0)" if kernel.zero_sum else "clip (auto)"


def _row(kernel: Kernel) -> tuple[str, ...]:
    policy = _policy(kernel).split(" ", 1)[0]
    total = plain_number(kernel.map_sums[0])
    size = shape_text(kernel.weights.shape).replace("×", "x")
    return kernel.name, size, total, policy, ",".join(kernel.tags), kernel.description


def _fields(kernel: Kernel) -> dict[str, Any]:
    return kernel_fields(kernel) | {
        "aliases": list(kernel.aliases),
        "tags": list(kernel.tags),
        "range": kernel.range_policy,
        "description": kernel.description,
        "source": kernel.source,
    }


def _weights(plane: Any) -> None:
    """Weights as a table; on a terminal blue is negative, red positive."""
    import click

    texts = [[f"{number:.6g}" for number in row] for row in plane.tolist()]
    width = max(len(text) for row in texts for text in row)
    largest = max(abs(number) for row in plane.tolist() for number in row) or 1.0
    for row, numbers in zip(texts, plane.tolist(), strict=True):
        cells = [f" {text:>{width}} " for text in row]
        if coloured(sys.stdout):
            pairs = zip(cells, numbers, strict=True)
            cells = [_heat(cell, number / largest) for cell, number in pairs]
        click.echo(fit("  " + "".join(cells), sys.stdout))


def _heat(cell: str, share: float) -> str:
    import click

    if share == 0:
        return click.style(cell, dim=True)
    strength = 0.25 + 0.75 * abs(share)
    red, green, blue = (round(c * strength) for c in (POSITIVE if share > 0 else NEGATIVE))
    return click.style(cell, bg=(red, green, blue), fg=(255, 255, 255))
