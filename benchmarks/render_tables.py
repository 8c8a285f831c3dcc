"""The tables of docs/speed.md and the README, in Markdown."""

from __future__ import annotations

import statistics
import textwrap
from collections import Counter
from collections.abc import Iterable

from cases import DTYPES, KINDS, SIZES, Case
from matrix import OWN, advantage, best_rival
from measure import Row
from rivals import rivals

INTRODUCTION = """\
All candidates of a line were measured in one run, in turn (A B C A B C …), with the same number of
threads, each at its best settings and with memory for the result where it takes that; figures are
medians. Layouts are converted before the clock starts. Only ratios mean something elsewhere: a
machine with other caches and vector units has other milliseconds. Losses stay in the tables."""

PICTURE_TEXT = """\
uint8 RGB, 1000×1000. OpenCV is the faster of the functions a user would pick; the others are
PyTorch, SciPy, kornia-rs and Pillow, the fastest of them at each size."""

CLAIMS_TEXT = """\
*Bar* is what was set out to reach. Halide is a program written and scheduled by hand for one
kernel, a line to be near to; it takes no part in the matrix."""

MATRIX_TEXT = """\
{cells} cells of 1000×1000 pixels: {{uint8, uint16, float32}} × {{grey, RGB}} × {{dense, separable,
box}} × 3 … 101 × stride 1, 2 × dilation 1, 2. A ratio is the fastest rival's time over
convfilter's: above 1 convfilter is faster."""

SHORT_CASES = (
    ("dense", 3),
    ("dense", 7),
    ("dense", 31),
    ("separable", 7),
    ("separable", 15),
    ("box", 31),
)


def table(head: Iterable[str], rows: Iterable[Iterable[str]], left: int = 1) -> str:
    """A Markdown table; columns after the first `left` ones are aligned to the right."""
    names = list(head)
    lines = [names, [*["---"] * left, *["---:"] * (len(names) - left)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ms(seconds: float) -> str:
    """Milliseconds with three digits."""
    value = seconds * 1e3
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def derived(matrix: Row | None) -> list[Row]:
    """The claims about the whole matrix."""
    ratios = [advantage(row) for row in matrix["rows"]] if matrix else []
    middle = statistics.median(ratios) if ratios else None
    slowest = 1 / min(ratios) if ratios else None
    return [
        {
            "claim": "matrix",
            "what": "median over all cells: fastest rival / time",
            "bar": "≥ 2",
            "unit": "×",
            "measured": middle,
            "reached": None if middle is None else middle >= 2,
        },
        {
            "claim": "matrix",
            "what": "slowest cell: time / fastest rival",
            "bar": "≤ 1.15",
            "unit": "×",
            "measured": slowest,
            "reached": None if slowest is None else slowest <= 1.15,
        },
    ]


def claim_rows(*documents: Row | None) -> list[Row]:
    """The rows that are claims, of all results."""
    return [row for found in documents if found for row in found["rows"] if "claim" in row]


def claims(rows: list[Row]) -> str:
    """Bar and measurement of each; misses in bold."""
    words = {True: "reached", False: "**missed**", None: "not measured"}
    lines = [
        (
            row["claim"],
            row["what"],
            f"{row['bar']} {row['unit']}".strip(),
            "–" if row["measured"] is None else f"{row['measured']:.3g}",
            words[row["reached"]],
        )
        for row in rows
    ]
    return table(("", "what", "bar", "measured", ""), lines, left=2)


def matrix(found: Row) -> str:
    """Medians by kind and dtype and by kind and size, who was fastest, and every loss."""
    rows = found["rows"]
    by_dtype = [
        [kind, *(_middle(rows, kind=kind, dtype=dtype) for dtype in DTYPES)] for kind in KINDS
    ]
    by_size = [[kind, *(_middle(rows, kind=kind, size=size) for size in SIZES)] for kind in KINDS]
    winners = Counter(best_rival(row)[0] for row in rows).most_common()
    fastest = ", ".join(f"{name} {count}" for name, count in winners)
    parts = [
        MATRIX_TEXT.format(cells=len(rows)),
        table(("median ratio (cells won)", *DTYPES), by_dtype),
        table(("median ratio (cells won)", *(f"{n}×{n}" for n in SIZES)), by_size),
        f"The fastest rival was, in so many cells: {fastest}.",
        *_differing(rows),
        _losses(rows),
    ]
    return "\n\n".join(parts)


def _middle(rows: list[Row], **wanted: object) -> str:
    chosen = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    if not chosen:
        return "–"
    ratios = [advantage(row) for row in chosen]
    won = sum(ratio >= 1 for ratio in ratios)
    return f"{statistics.median(ratios):.2f} ({won}/{len(ratios)})"


def _differing(rows: list[Row]) -> list[str]:
    cells = [_case(row).text for row in rows if row["differs_from"]]
    if not cells:
        return []
    return [
        f"**In {len(cells)} cells the results differ, so their times mean nothing:** "
        + "; ".join(cells)
    ]


def _losses(rows: list[Row]) -> str:
    lost = sorted((row for row in rows if advantage(row) < 1), key=advantage)
    title = f"### Cells lost: {len(lost)} of {len(rows)}"
    if not lost:
        return title
    lines = [
        (_case(row).text, row["algorithm"], ms(row["times"][OWN]["median_s"]), best_rival(row)[0],
         ms(best_rival(row)[1]), f"{advantage(row):.2f}")
        for row in lost
    ]  # fmt: skip
    head = ("cell", "algorithm", "ms", "fastest rival", "its ms", "ratio")
    return f"{title}\n\n{table(head, lines, left=2)}"


def _case(row: Row) -> Case:
    names = ("dtype", "channels", "kind", "size", "stride", "dilation")
    return Case(*(row[name] for name in names))


def commands(found: Row) -> str:
    """Milliseconds of whole processes."""
    tasks = [row for row in found["rows"] if "task" in row]
    names = list(dict.fromkeys(name for row in tasks for name in row["times"]))
    lines = [[name, *(_command_cell(row, name) for row in tasks)] for name in names]
    text = "Sharpen 3×3, file to file, milliseconds (and megabytes written). JPEG at quality 92 "
    text += "with the source's chroma sampling; PNG at each command's default level."
    remarks = [f"{name}: {remark}." for name, remark in found.get("remarks", {}).items()]
    return "\n\n".join([text, table(("", *(row["task"] for row in tasks)), lines), *remarks])


def _command_cell(row: Row, name: str) -> str:
    if name not in row["times"]:
        return "–"
    return f"{ms(row['times'][name]['median_s'])} ({row['bytes'][name] / 1e6:.2g})"


def folders(found: Row) -> str:
    """Milliseconds a picture, with each command line; workers; many small files."""
    text = "Sharpen 3×3, JPEG → JPEG, milliseconds a picture. The others under `xargs`, as many processes "
    text += "at once as there are cores, a thread each. DIR and OUT are folders."
    parts, rows = [text], found["rows"]
    for row in (row for row in rows if "folder" in row):
        lines = [
            (name, f"`{row['lines'][name]}`", ms(times["median_s"] / row["pictures"]))
            for name, times in row["times"].items()
        ]
        head = (f"{row['folder']}, {row['pictures']} pictures", "command", "ms")
        parts.append(table(head, lines, left=2))
    for row in rows:
        if "cluster" in row:
            parts.append(
                f"On a cluster, {row['cluster']}: the second worker brings {row['speed_up']:.2f} ×."
            )
        elif "many" in row:
            first, every = row["first_s"], row["all_s"]
            few, most = row["bytes_100"] / 2**20, row["bytes_all"] / 2**20
            parts.append(
                f"{row['many']}: the first is done after {first:.2f} s, all after {every:.0f} s; memory "
                f"of all processes {few:.0f} MiB with 100 of them, {most:.0f} MiB with all."
            )
    return "\n\n".join(parts)


def large(found: Row) -> str:
    """Nanoseconds a pixel and memory, by algorithm and picture."""
    filters = [row for row in found["rows"] if not row.get("apply")]
    wholes = [row for row in found["rows"] if row.get("apply")]
    lines = []
    for row in filters:
        peer = min((f["median_s"] for n, f in row["times"].items() if n != OWN), default=None)
        own = row["times"][OWN]["median_s"]
        lines.append(
            (row["picture"], f"{row['kind']} {row['size']}×{row['size']}", row["algorithm"],
             f"{own / row['pixels'] * 1e9:.3g}",
             "–" if peer is None else f"{peer / row['pixels'] * 1e9:.3g}",
             f"{row['peak_beside_bytes'] / 1e6:.0f} MB")
        )  # fmt: skip
    head = ("picture", "kernel", "algorithm", "ns a pixel", "OpenCV", "memory beside the pictures")
    apply = [
        (row["picture"], ms(row["times"]["convfilter apply"]["median_s"]),
         f"{row['peak_bytes'] / 1e6:.0f} MB", f"{row['peak_over_picture']:.2f}")
        for row in wholes
    ]  # fmt: skip
    text = "12 and 108 Mpx are RGB, 400 Mpx is grey; uint8."
    after = ("`apply`, JPEG → JPEG", "ms", "peak memory", "over the opened picture's")
    return "\n\n".join([text, table(head, lines, left=3), table(after, apply)])


def rival_table() -> str:
    """What is called; and where results are compared."""
    where = {"reflect": "everywhere", "edge": "inside", "zero": "inside", "valid": "inside"}
    lines = [
        [rival.name, f"`{rival.functions}`", rival.distribution, where[rival.around]]
        for rival in rivals()
    ]
    text = "Each is held to convfilter's result in `tests/core/test_rivals.py`."
    return f"{text}\n\n" + table(("rival", "called", "package", "compared"), lines, left=4)


def machines(found: dict[str, Row | None]) -> str:
    """Processor, versions and commit of each run."""
    lines = []
    for name, document in found.items():
        if document:
            m = document["machine"]
            versions = [f"{k} {v}" for k, v in m["versions"].items() if v != "not installed"]
            versions += document.get("programs", {}).values()
            text = f"- **{name}**: {m['cpu']}, {m['cores']} cores, Python {m['python']}, "
            text += f"{', '.join(versions)}; commit {m['commit']}"
            left = [line.split(":")[0] for line in document.get("missing", ())]
            lines.append(text + (f"; left out: {', '.join(left)}" if left else ""))
    return "\n".join(lines) or "Nothing was measured yet."


def short(found: Row) -> str:
    """The README's table: uint8 RGB, stride 1."""
    lines = []
    for kind, size in SHORT_CASES:
        for row in found["rows"]:
            if _case(row) == Case("uint8", 3, kind, size):
                name, seconds = best_rival(row)
                own = row["times"][OWN]["median_s"]
                lines.append(
                    (
                        f"{kind} {size}×{size}",
                        ms(own),
                        f"{name} {ms(seconds)}",
                        f"{seconds / own:.1f} ×",
                    )
                )
    return table(("1000×1000 RGB, milliseconds", "convfilter", "fastest rival", "ratio"), lines)


def short_text(found: Row) -> str:
    """The matrix in a sentence."""
    ratios = [advantage(row) for row in found["rows"]]
    won = sum(ratio >= 1 for ratio in ratios)
    text = (
        f"Over {len(ratios)} kinds of kernel and picture convfilter is {statistics.median(ratios):.1f} "
        f"times as fast as the fastest of OpenCV, PyTorch, SciPy, kornia-rs and Pillow (median), and "
        f"faster in {won} of them. [All figures, losses included](docs/speed.md)."
    )
    return textwrap.fill(text, 100)
