"""Convfilter as a reader runs it: what a command prints, and which commands there are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SAMPLES = ROOT / "sample_images"
NOTE = "<!-- written by docs/generate.py -->"


class Unexpected(Exception):
    """A command of a page that fails; the message has what it printed."""


def convfilter(*words: str, folder: Path = ROOT) -> str:
    """What a command prints, standard error included, as on a terminal of 80 columns."""
    command = [sys.executable, "-m", "convfilter", *words]
    answer = subprocess.run(
        command, cwd=folder, env=environment(), text=True, check=False, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if answer.returncode:
        raise Unexpected(f"convfilter {' '.join(words)}\n{answer.stdout}")
    return re.sub(r"^compiling a loop.*\n", "", answer.stdout, flags=re.MULTILINE)


def environment() -> dict[str, str]:
    """Without settings of whoever writes the docs, but with their compiled loops."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CONVFILTER_")}
    if cache := os.environ.get("CONVFILTER_CACHE_DIR"):
        kept["CONVFILTER_CACHE_DIR"] = cache
    return kept | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}


def commands() -> list[str]:
    """Every command, those of groups behind the group's name."""
    import click

    from convfilter.cli.main import main as top

    found = [""]
    for name in top.list_commands(click.Context(top)):
        command = command_named(name)
        found.append(name)
        if isinstance(command, click.Group):
            found += [f"{name} {inner}" for inner in command.list_commands(click.Context(command))]
    return found


def command_named(words: str) -> click.Command:
    """The command that words such as "kernels list" call; "" is convfilter itself."""
    import click

    from convfilter.cli.main import main as top

    command: Any = top
    for word in words.split():
        command = command.get_command(click.Context(command), word)
    named: click.Command = command
    return named
