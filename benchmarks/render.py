"""Writes docs/speed.md, its picture, and the README's table from results/*.json.

python benchmarks/render.py            writes them
python benchmarks/render.py --check    only compares: exit status 1 if something is out of date
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import render_tables as tables
from measure import RESULTS, Row
from render_picture import svg

ROOT = RESULTS.parents[1]
PAGE, PICTURE, README = ROOT / "docs/speed.md", ROOT / "docs/speed.svg", ROOT / "README.md"
NOTE = "<!-- written by benchmarks/render.py -->"
BEGIN, END = "<!-- speed: begin -->", "<!-- speed: end -->"
COMMANDS = {
    "matrix": "make bench",
    "claims": "make bench",
    "commands": "make bench-commands",
    "batch": "make bench-batch",
    "large": "make bench-large",
}


def results(name: str) -> Row | None:
    """What was measured, or None."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def page() -> str:
    """docs/speed.md."""
    found = {name: results(name) for name in COMMANDS}
    matrix, claims = found["matrix"], found["claims"]
    parts = ["# Speed", NOTE, tables.INTRODUCTION]
    if matrix:
        parts.append("![Milliseconds against kernel size, log-log](speed.svg)")
        parts.append(tables.PICTURE_TEXT)
    parts += ["## The claims", tables.CLAIMS_TEXT]
    parts.append(
        tables.claims(
            [
                *tables.derived(matrix),
                *tables.claim_rows(claims, found["commands"], found["batch"]),
            ]
        )
    )
    sections = (
        ("matrix", "## The matrix", tables.matrix),
        ("commands", "## Whole commands", tables.commands),
        ("batch", "## Folders", tables.folders),
        ("large", "## Large pictures", tables.large),
    )
    for name, title, write in sections:
        body = write(found[name]) if found[name] else f"Not measured yet: `{COMMANDS[name]}`."
        parts += [title, body]
    parts += ["## The rivals", tables.rival_table(), "## Where", tables.machines(found)]
    return "\n\n".join(parts) + "\n"


def block() -> str:
    """The README's table."""
    matrix = results("matrix")
    if not matrix:
        return "`make bench` measures it against others on your machine: [Speed](docs/speed.md)."
    return "\n\n".join(
        (
            tables.short(matrix),
            "![Milliseconds against kernel size, log-log](docs/speed.svg)",
            tables.short_text(matrix),
        )
    )


def with_block(text: str) -> str:
    """The README with the text between its markers replaced."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{block()}\n{END}{rest.split(END)[1]}"


def wanted() -> dict[Path, str | None]:
    """What each file should hold; None: it should not be there."""
    matrix = results("matrix")
    return {
        PAGE: page(),
        PICTURE: svg(matrix["rows"]) if matrix else None,
        README: with_block(README.read_text(encoding="utf-8")),
    }


def main() -> int:
    """Writes or compares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    stale = []
    for path, text in wanted().items():
        if text == (path.read_text(encoding="utf-8") if path.exists() else None):
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not check and text is None:
            path.unlink()
        elif not check:
            path.write_text(text, encoding="utf-8")
    if stale:
        print("out of date:" if check else "written:", ", ".join(stale))
    return int(bool(stale) and check)


if __name__ == "__main__":
    sys.exit(main())
