"""Tables of what was measured, from benchmarks/results: in docs/how-it-works.md and docs/other-tools.md."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

from generator.formats import with_block
from generator.shell import ROOT

RESULTS = ROOT / "benchmarks" / "results"
Row = dict[str, Any]


def with_algorithms(text: str) -> str:
    """Which algorithm was chosen for which kernel, and its milliseconds."""
    rows = [
        row for row in _rows("matrix")
        if (row["dtype"], row["channels"], row["stride"], row["dilation"]) == ("uint8", 3, 1, 1)
    ]  # fmt: skip
    sizes = sorted({row["size"] for row in rows})
    table = [
        "| kernel | " + " | ".join(f"{size}×{size}" for size in sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
    ]
    for kind in ("dense", "separable", "box"):
        cells = {row["size"]: row for row in rows if row["kind"] == kind}
        words = [
            f"{cells[size]['algorithm']} {_median_s(cells[size], 'convfilter') * 1e3:.3g}"
            for size in sizes
        ]
        table.append(f"| {kind} | {' | '.join(words)} |")
    return with_block(text, "algorithms", "\n".join(table))


def with_comparison(text: str) -> str:
    """How often convfilter is the fastest, and whole commands."""
    return with_block(with_block(text, "won", _won()), "commands", _commands())


def _won() -> str:
    """By kind of kernel: cells, won, median ratio, and who won the others."""
    table = [
        "| kernels 3×3 … 101×101 | cases | won here | median ratio | won elsewhere |",
        "|---" * 5 + "|",
    ]
    for kind in ("dense", "separable", "box"):
        rows = [row for row in _rows("matrix") if row["kind"] == kind]
        best = [_fastest_rival(row) for row in rows]
        ratios = [
            _median_s(row, name) / _median_s(row, "convfilter")
            for row, name in zip(rows, best, strict=True)
        ]
        lost = [name for name, ratio in zip(best, ratios, strict=True) if ratio < 1]
        by = sorted(set(lost), key=lost.count, reverse=True)
        table.append(
            f"| {kind} | {len(rows)} | {len(rows) - len(lost)} | {median(ratios):.1f} × | "
            f"{', '.join(f'{name} {lost.count(name)}' for name in by)} |"
        )
    return "\n".join(table)


def _commands() -> str:
    rows = _rows("commands")
    programs = list(rows[0]["times"])
    table = [
        "| | " + " | ".join(row["task"] for row in rows) + " |",
        "|---" + "|---:" * len(rows) + "|",
    ]
    for program in programs:
        words = [f"{_median_s(row, program) * 1e3:.0f}" for row in rows]
        table.append(f"| {program} | {' | '.join(words)} |")
    return "\n".join(table)


def _fastest_rival(row: Row) -> str:
    rivals = [name for name in row["times"] if name != "convfilter" and name not in row["limits"]]
    return min(rivals, key=lambda name: _median_s(row, name))


def _median_s(row: Row, name: str) -> float:
    return float(row["times"][name]["median_s"])


def _rows(name: str) -> list[Row]:
    found: list[Row] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["rows"]
    return found
