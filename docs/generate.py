"""Writes what the program can say itself into README and docs; --check only compares.

python docs/generate.py            writes the generated pages, runs the examples of all others and
                                   writes in what they print, and makes their pictures
python docs/generate.py --check    exit status 1 if something is out of date
python docs/generate.py NAME …     only pages with these words in their names: tutorial/blur
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from generator.command_line import command_line
from generator.formats import pictures_page
from generator.measured import with_algorithms, with_comparison
from generator.page import Made, make_page
from generator.pictures import same, strip
from generator.presets import presets_page, schema
from generator.python_api import python_page
from generator.shell import DOCS, ROOT

# Pages with tables between others' words.
TABLES = {
    DOCS / "pictures.md": pictures_page,
    DOCS / "how-it-works.md": with_algorithms,
    DOCS / "other-tools.md": with_comparison,
}
# Written from the first line to the last.
WHOLE = {
    DOCS / "command-line.md": command_line,
    DOCS / "presets.md": presets_page,
    DOCS / "python.md": python_page,
    DOCS / "kernel.schema.json": schema,
}


def pages() -> list[Path]:
    """Those that people write, with examples to run."""
    found = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("*/*.md"))]
    return [page for page in found if page not in WHOLE]


def made(path: Path) -> Made:
    """A page, and its pictures, as they should be."""
    if path in WHOLE:
        return Made(WHOLE[path](), {})
    page = make_page(path)
    if path in TABLES:
        page = page._replace(text=TABLES[path](page.text))
    if path == ROOT / "README.md":
        page.pictures[DOCS / "strip.jpg"] = strip()
    return page


def main() -> None:
    """Writes or compares."""
    parser = argparse.ArgumentParser(description="Write the generated parts of the docs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a page's name")
    parser.add_argument("--check", action="store_true", help="only compare")
    arguments = parser.parse_args()
    wanted = [
        path for path in [*WHOLE, *pages()]
        if not arguments.names or any(name in str(path) for name in arguments.names)
    ]  # fmt: skip
    # Commands run in processes of their own, so that threads are enough.
    with ThreadPoolExecutor(os.cpu_count()) as several:
        results = list(several.map(made, wanted))
    stale: list[Path] = []
    for path, result in zip(wanted, results, strict=True):
        if not path.exists() or path.read_text(encoding="utf-8") != result.text:
            stale.append(path)
            if not arguments.check:
                path.write_text(result.text, encoding="utf-8")
        for picture, data in result.pictures.items():
            if not picture.exists() or not same(picture.read_bytes(), data):
                stale.append(picture)
                if not arguments.check:
                    picture.parent.mkdir(exist_ok=True)
                    picture.write_bytes(data)
    if stale:
        names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        print("out of date:" if arguments.check else "written:", names)
    sys.exit(bool(stale) and arguments.check)


if __name__ == "__main__":
    main()
