"""Writes what the program can say itself into README and docs; --check only compares.

python docs/generate.py            rewrites the marked blocks and the generated pages
python docs/generate.py --check    exit status 1 if something is out of date
python docs/generate.py --strip    makes docs/strip.jpg, the picture at the top of the README
python docs/generate.py --slide    makes docs/slide.gif, the course's example sliding
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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convfilter.core.kernel import Kernel

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
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
    return re.sub(r"^compiling a loop.*\n", "", answer.stdout, flags=re.MULTILINE)


def commands() -> list[str]:
    """Every command, those of groups behind the group's name."""
    import click

    from convfilter.cli.main import main as top

    found = [""]
    for name in top.list_commands(click.Context(top)):
        command = top.get_command(click.Context(top), name)
        found.append(name)
        if isinstance(command, click.Group):
            found += [f"{name} {inner}" for inner in command.list_commands(click.Context(command))]
    return found


def command_line() -> str:
    """docs/command-line.md: every --help."""
    parts = ["# The command line", NOTE]
    for command in commands():
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
    rows.append("| `CONVFILTER_KERNEL_PATH` | folders in which kernels are looked for by name |")
    text = "Every option that says how has one; options that say what, as `-k` and `-o`, have none."
    return f"## Environment variables\n\n{text}\n\n" + "\n".join(rows)


def presets_page() -> str:
    """docs/presets.md: tables of all presets, by kind."""
    from convfilter.presets.build import kernel_of
    from convfilter.presets.registry import presets

    kernels = [kernel_of(text) for text in presets().values()]
    composites = [kernel for kernel in kernels if kernel.members]
    computed = [kernel for kernel in kernels if kernel.formula]
    fixed = [kernel for kernel in kernels if not kernel.members and not kernel.formula]
    text = [
        "# The presets",
        NOTE,
        "## Fixed weights",
        fixed_table(fixed),
        "## With parameters",
        (
            "`gaussian:sigma=2,size=9`; what is not said has its default. Sizes, lengths, radii and "
            "wavelengths are in pixels, angles in degrees; y points down, so positive angles turn "
            "clockwise on the screen."
        ),
        computed_table(computed),
        "## Composites",
        "Each kernel gives its sums; how they become one is said beside it. Their range is clip.",
        composite_table(composites),
        "## Sources",
        "\n".join(f"- **{kernel.name}**: {kernel.source}" for kernel in kernels),
    ]
    return "\n\n".join(text) + "\n"


def fixed_table(kernels: list[Kernel]) -> str:
    """Names, weights, sums, ranges."""
    from convfilter.core.finish import resolve_policy
    from convfilter.core.kernel import plain_number, shape_text
    from convfilter.presets.write_text import spec_text

    rows = [
        "| name | also | size | weights | Σ | range | what it does |",
        "|---|---|---|---|---|---|---|",
    ]
    for kernel in kernels:
        policy = resolve_policy("auto", kernel, biased=False).replace(",", ", ")
        short = kernel.weights.size <= 9
        weights = spec_text(kernel) if short else f"`kernels show {kernel.name}`"
        sums = ", ".join(plain_number(total) for total in kernel.map_sums)
        rows.append(
            f"| **{kernel.name}** | {', '.join(kernel.aliases)} | {shape_text(kernel.shape)} | "
            f"{weights} | {sums} | {policy} | {kernel.description} |"
        )
    return "\n".join(rows)


def computed_table(kernels: list[Kernel]) -> str:
    """Names and parameters, with defaults, bounds and units."""
    from convfilter.presets.formulas import FORMULAS

    rows = [
        "| name | also | parameter | default | what it is | what it does |",
        "|---|---|---|---|---|---|",
    ]
    for kernel in kernels:
        parameters = {each.name: each for each in FORMULAS[kernel.formula].parameters}
        name, also, about = f"**{kernel.name}**", ", ".join(kernel.aliases), kernel.description
        for key, default in kernel.parameters:
            each = parameters[key]
            names = " or ".join([key, *each.synonyms])
            rows.append(
                f"| {name} | {also} | {names} | {default} | {each.help}: {each.allowed} | {about} |"
            )
            name = also = about = ""
    return "\n".join(rows)


def composite_table(kernels: list[Kernel]) -> str:
    """Names, how sums become one, and the kernels."""
    words = {
        "magnitude": "√Σ S²",
        "sum-abs": "Σ of absolute values",
        "max": "the largest",
        "angle": "atan2(S_y, S_x): a full turn over all levels, `--range float` gives degrees",
    }
    rows = ["| name | is | of | what it does |", "|---|---|---|---|"]
    for kernel in kernels:
        members = [member.name for member in kernel.members]
        turned = len(set(members)) == 1
        first = "its kernel" if members[0] == kernel.name else members[0]
        of = f"{len(members)} turns of {first}" if turned else ", ".join(members)
        rows.append(
            f"| **{kernel.name}** | {kernel.combine}: {words[kernel.combine]} | {of} | "
            f"{kernel.description} |"
        )
    return "\n".join(rows)


def pictures_page(text: str) -> str:
    """docs/pictures.md with the tables of kinds, modes and formats."""
    for name, content in (
        ("kinds", kinds_table()),
        ("modes", modes_table()),
        ("formats", formats_table()),
    ):
        text = with_block(text, name, content)
    return text


def kinds_table() -> str:
    """Kinds of pixels, from the table that the program goes by."""
    from convfilter.images.modes import MODES

    rows = ["| kind | what it is | numbers | colours | alpha |", "|---|---|---|---|---|"]
    for mode in MODES.values():
        numbers, colours = mode.dtype or "any", mode.channels or "any"
        alpha = "yes" if mode.alpha else ""
        rows.append(f"| `{mode.name}` | {mode.words} | {numbers} | {colours} | {alpha} |")
    return "\n".join(rows)


def modes_table() -> str:
    """What becomes of Pillow's modes."""
    from convfilter.images.modes import DEEP_GREY, TAKEN_AS, WITH_TRANSPARENCY

    rows = ["| read as | filtered as | with a transparent colour | said |", "|---|---|---|---|"]
    for mode, taken in TAKEN_AS.items():
        clear = WITH_TRANSPARENCY.get(mode)
        said = "" if taken == mode or mode in DEEP_GREY else "yes"
        shown = f"`{clear}`" if clear else ""
        rows.append(f"| `{mode}` | `{taken}` | {shown} | {said} |")
    return "\n".join(rows)


def formats_table() -> str:
    """What each format holds."""
    from convfilter.images.formats import FORMATS, NPY
    from convfilter.images.modes import MODES

    rows = [
        "| format | suffixes | kinds | with the extra | kept beside the pixels | several | lossless |",
        "|---|---|---|---|---|---|---|",
    ]
    for form in (*FORMATS, NPY):
        every = form.name == "NPY"
        plain = [f"`{mode}`" for mode in form.modes if not MODES[mode].deep]
        deep = [f"`{mode}`" for mode in form.modes if MODES[mode].deep and not every]
        cells = (
            form.name,
            " ".join(form.suffixes),
            "all" if every else " ".join(plain) or "read only",
            " ".join(deep),
            ", ".join(form.keeps),
            form.frames,
            "yes" if form.lossless else "no",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def schema() -> str:
    """docs/kernel.schema.json."""
    import json

    from convfilter.presets.schema import json_schema

    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


# The tiles of docs/gallery.jpg, beside the picture itself.
ELEVEN = (
    "gaussian:sigma=3", "motion:length=25,angle=30", "sharpen", "unsharp:radius=3,amount=200%",
    "sobel-x", "sobel", "gaussian:sigma=2 then sobel", "log:sigma=2,scale=20", "emboss", "relief",
    "1 0 -1; 2 0 -2; 1 0 -1",
)  # fmt: skip


def example() -> str:
    """The README's smallest example, as it really prints."""
    return console("apply", "flower.jpg", "--kernel", "sharpen", "--stride", "2")


COURSE = "1 2 4 2 1; 4 7 3 2 1; 4 5 2 3 1; 2 1 7 8 4; 3 2 4 7 8"
CROSS = "1 0 1; 0 2 1; 1 0 1"
# Blocks of docs/explain.md: a name, and the words behind `convfilter explain`.
EXPLAINED = {
    "course": ("--matrix", COURSE, "-k", CROSS, "--at", "0,0"),
    "ninths": ("--matrix", COURSE, "-k", CROSS, "--normalize", "size", "--at", "2,1"),
    "flip": ("--matrix", COURSE, "-k", CROSS, "--flip"),
    "stride": ("flower.jpg", "-k", "sharpen", "--stride", "2"),
    "border": ("flower.jpg", "-k", "sobel-x", "--gray", "--border", "edge", "--at", "0,611"),
    "large": ("flower.jpg", "-k", "gaussian:sigma=4", "--gray", "--at", "200,300"),
    "chain": ("flower.jpg", "-k", "gaussian-3", "-k", "sobel", "--gray", "--at", "120,300"),
    "alpha": ("sticker.png", "-k", "gaussian-3", "--at", "38,79"),
}


def explain_page(text: str) -> str:
    """docs/explain.md with what the program really prints."""
    for name, words in EXPLAINED.items():
        text = with_block(text, name, console("explain", *words))
    return text


def console(*words: str) -> str:
    """A command and what it prints, in a folder with the sample pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for name in words:
            if (ROOT / "sample_images" / name).is_file():
                shutil.copy(ROOT / "sample_images" / name, folder)
        text = convfilter(*words, folder=Path(folder))
    typed = " ".join(f'"{word}"' if " " in word else word for word in words)
    return f"```console\n$ convfilter {typed}\n{text.rstrip()}\n```"


def seeing_page(text: str) -> str:
    """docs/seeing.md with the commands as they really print."""
    gallery = ("gallery", "flower.jpg", "-k", "sharpen", "-k", "gaussian:sigma=2 then sobel")
    compare = ("apply", "flower.jpg", "-k", "blur", "--border", "edge", "--compare", "changed.png")
    for name, words in (
        ("gallery", (*gallery, "-o", "sheet.png")),
        ("compare", compare),
        ("table", ("shape", "459x612", "-k", "5x5", "--table")),
        ("field", ("shape", "459x612", "-k", "5x5:stride=2", "-k", "3x3", "-k", "3x3", "--field")),
        ("cost", ("shape", "32x32x3", "-k", "16x3x3x3", "-p", "1", "--cost")),
    ):
        text = with_block(text, name, console(*words))
    return text


def sheet() -> None:
    """The flower under eleven kernels: docs/gallery.jpg."""
    flower, kernels = str(ROOT / "sample_images" / "flower.jpg"), []
    for kernel in ELEVEN:
        kernels += ["-k", kernel]
    how = ("--gray", "--border", "edge", "--tile", "220", "--columns", "4", "--quality", "88")
    convfilter("gallery", flower, *kernels, *how, "-f", "-o", str(DOCS / "gallery.jpg"))


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


def slide() -> None:
    """The course's kernel sliding over the course's numbers."""
    words = ("--matrix", COURSE, "-k", CROSS, "-f", "-o", str(DOCS / "slide.gif"))
    print(convfilter("animate", *words), end="")


def main() -> None:
    """Writes or compares."""
    parser = argparse.ArgumentParser(description="Write the generated parts of the docs.")
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--strip", action="store_true", help="make strip.jpg and gallery.jpg")
    parser.add_argument("--slide", action="store_true", help="make docs/slide.gif")
    arguments = parser.parse_args()
    if arguments.strip:
        strip()
        sheet()
    if arguments.slide:
        slide()
    if arguments.strip or arguments.slide:
        return
    readme, pictures = ROOT / "README.md", DOCS / "pictures.md"
    seeing, explain = DOCS / "seeing.md", DOCS / "explain.md"
    text = with_block(readme.read_text(encoding="utf-8"), "example", example())
    text = with_block(text, "explain", console("explain", *EXPLAINED["ninths"]))
    wanted = {
        DOCS / "command-line.md": command_line(),
        DOCS / "presets.md": presets_page(),
        DOCS / "kernel.schema.json": schema(),
        pictures: pictures_page(pictures.read_text(encoding="utf-8")),
        seeing: seeing_page(seeing.read_text(encoding="utf-8")),
        explain: explain_page(explain.read_text(encoding="utf-8")),
        readme: text,
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
