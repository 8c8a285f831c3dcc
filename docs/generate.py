"""Writes what the program can say itself into README and docs; --check only compares.

python docs/generate.py            rewrites the marked blocks and the generated pages
python docs/generate.py --check    exit status 1 if something is out of date
python docs/generate.py --strip    makes docs/strip.jpg, the picture at the top of the README
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
COMMANDS = (
    "",
    "apply",
    "kernels",
    "kernels list",
    "kernels show",
    "shape",
    "cache",
    "cache show",
    "cache warm",
    "cache clear",
)
NOTE = "<!-- written by docs/generate.py -->"


def convfilter(*words: str, folder: Path = ROOT) -> str:
    """What a command prints, standard error included, as on a terminal of 80 columns."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CONVFILTER_")}
    environment |= {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    if cache := os.environ.get("CONVFILTER_CACHE_DIR"):
        environment["CONVFILTER_CACHE_DIR"] = cache
    command = [sys.executable, "-m", "convfilter", *words]
    answer = subprocess.run(
        command, cwd=folder, env=environment, text=True, check=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return re.sub(r"^compiling the filter loops.*\n", "", answer.stdout, flags=re.MULTILINE)


def command_line() -> str:
    """docs/command-line.md: every --help."""
    parts = ["# The command line", NOTE]
    for command in COMMANDS:
        name = f"convfilter {command}".strip()
        text = convfilter(*command.split(), "--help")
        parts.append(f"## `{name}`\n\n```text\n{text.rstrip()}\n```")
    parts.append(variables())
    return "\n\n".join(parts) + "\n"


def variables() -> str:
    """The environment's variables, from the options that read them."""
    import click

    from convfilter.cli.apply import command

    rows = ["| variable | the same as |", "|---|---|"]
    for param in command.params:
        if isinstance(param, click.Option) and param.envvar:
            names = ", ".join(f"`{name}`" for name in param.envvar)
            long = ", ".join(f"`{name}`" for name in param.opts if name.startswith("--"))
            rows.append(f"| {names} | {long} |")
    rows.append("| `CONVFILTER_CACHE_DIR` | the folder of compiled loops |")
    text = "Every option that says how has one; options that say what, as `-k` and `-o`, have none."
    return f"## Environment variables\n\n{text}\n\n" + "\n".join(rows)


def presets_page() -> str:
    """docs/presets.md: a table of all presets."""
    from convfilter.core.kernel import plain_number
    from convfilter.presets.registry import find, presets
    from convfilter.presets.write_text import spec_text

    rows = [
        "| name | also | size | weights | Σ | range | what it does |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in presets():
        kernel = find(name)
        height, width = kernel.size
        policy = kernel.range_policy
        if policy == "auto":
            policy = "abs" if kernel.zero_sum else "clip"
        weights = spec_text(kernel) if height * width <= 9 else f"`kernels show {name}`"
        also = ", ".join(kernel.aliases)
        total = plain_number(kernel.map_sums[0])
        rows.append(
            f"| **{name}** | {also} | {height}×{width} | {weights} | {total} | {policy} | "
            f"{kernel.description} |"
        )
    sources = [f"- **{name}**: {find(name).source}" for name in presets()]
    text = ["# The presets", NOTE, "\n".join(rows), "## Sources", "\n".join(sources)]
    return "\n\n".join(text) + "\n"


def example() -> str:
    """The README's smallest example, as it really prints."""
    words = ["apply", "flower.jpg", "--kernel", "sharpen", "--stride", "2"]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "sample_images" / "flower.jpg", folder)
        text = convfilter(*words, folder=Path(folder))
    return f"```console\n$ convfilter {' '.join(words)}\n{text.rstrip()}\n```"


def with_block(text: str, name: str, content: str) -> str:
    """A text with the block between its markers replaced."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    return f"{before}{begin}\n{content}\n{end}{after}"


def strip() -> None:
    """The flower as it is, sharpened, its vertical edges, embossed: one picture, side by side."""
    from PIL import Image

    flower = ROOT / "sample_images" / "flower.jpg"
    with tempfile.TemporaryDirectory() as folder:
        tiles = [Image.open(flower)]
        for kernel in ("sharpen", "sobel-x", "emboss"):
            target = f"{folder}/{kernel}.png"
            convfilter("apply", str(flower), "-k", kernel, "--border", "edge", "-o", target, "-q")
            tiles.append(Image.open(target))
        # The middle of the picture at full size: what filters do shows in single pixels.
        box = (190, 20, 490, 320)
        sheet = Image.new("RGB", (4 * 300 + 3 * 8, 300), "white")
        for number, tile in enumerate(tiles):
            sheet.paste(tile.convert("RGB").crop(box), (number * 308, 0))
        sheet.save(DOCS / "strip.jpg", quality=88)


def main() -> None:
    """Writes or compares."""
    parser = argparse.ArgumentParser(description="Write the generated parts of the docs.")
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--strip", action="store_true", help="make docs/strip.jpg")
    arguments = parser.parse_args()
    if arguments.strip:
        strip()
        return
    readme = ROOT / "README.md"
    wanted = {
        DOCS / "command-line.md": command_line(),
        DOCS / "presets.md": presets_page(),
        readme: with_block(readme.read_text(encoding="utf-8"), "example", example()),
    }
    stale = []
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(ROOT)))
            if not arguments.check:
                path.write_text(text, encoding="utf-8")
    if stale:
        print("out of date:" if arguments.check else "written:", ", ".join(stale))
    sys.exit(bool(stale) and arguments.check)


if __name__ == "__main__":
    main()
