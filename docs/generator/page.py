"""A page whose examples run: what they print is written in, pictures that they make are published.

```console          lines that begin with `$ ` are run, one after the other, in a folder with
$ convfilter …      the sample pictures; what was printed before is replaced. `\\` at the end
```                 goes on in the next line.
```pycon            the same for Python, `>>> ` and `... `, one session a page, after the commands.
```                 A block that needs PyTorch stays as it is where there is none.
<!-- run:           commands that nobody needs to read: they make pictures.
convfilter … -->
![…](a.png)         published if a command of the page has written an a.png.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from doctest import DocTestParser
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from generator.shell import SAMPLES, Unexpected, convfilter, environment

COMMANDS = re.compile(
    r"^```console\n(?P<shown>.*?)^```$|^<!-- run:(?P<hidden>.*?)-->$", re.MULTILINE | re.DOTALL
)
PYTHON = re.compile(r"^```pycon\n(?P<shown>.*?)^```$", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)#]+)\)")
SESSION = Path(__file__).with_name("session.py")


class Made(NamedTuple):
    """A page as it should be, and its pictures."""

    text: str
    pictures: dict[Path, bytes]


def make_page(path: Path) -> Made:
    """Run everything on a page."""
    text = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = {
            picture.name for picture in SAMPLES.iterdir() if picture.suffix in {".jpg", ".png"}
        }
        for picture in given:
            shutil.copy(SAMPLES / picture, folder)
        text = COMMANDS.sub(lambda block: _run_block(block, folder), text)
        text = _run_python(text, folder)
        made = {
            path.parent / target: (folder / Path(target).name).read_bytes()
            for target in PICTURE.findall(text)
            if Path(target).name not in given and (folder / Path(target).name).is_file()
        }
    return Made(text, made)


def typed_commands(body: str, prompt: str) -> Iterator[str]:
    """The commands of a block, as they were typed, lines that go on included."""
    lines = iter(body.strip("\n").split("\n"))
    for line in lines:
        if not line.strip() or not line.startswith(prompt):
            continue
        whole = line.removeprefix(prompt)
        while whole.endswith("\\"):
            whole += "\n" + next(lines)
        yield whole


def _run_block(block: re.Match[str], folder: Path) -> str:
    if block["hidden"] is not None:
        for typed in typed_commands(block["hidden"], prompt=""):
            _run(typed, folder)
        return block[0]
    parts = [f"$ {each}\n{_run(each, folder)}" for each in typed_commands(block["shown"], "$ ")]
    return "```console\n" + "\n".join(parts) + "```"


def _run(typed: str, folder: Path) -> str:
    program, *words = shlex.split(typed.replace("\\\n", " "))
    if program != "convfilter":
        raise Unexpected(f"only convfilter is run on pages, not {program}")
    printed = convfilter(*words, folder=folder).rstrip()
    return f"{printed}\n" if printed else ""


def _run_python(text: str, folder: Path) -> str:
    """All sessions of a page in one process; each example's output replaced."""
    blocks = [block["shown"] for block in PYTHON.finditer(text)]
    if find_spec("torch") is None:
        blocks = [shown for shown in blocks if "torch" not in shown]
    parsed = [DocTestParser().get_examples(shown) for shown in blocks]
    if not parsed:
        return text
    answer = subprocess.run(
        [sys.executable, str(SESSION)], cwd=folder, env=environment(), check=False, text=True,
        encoding="utf-8", capture_output=True,
        input=json.dumps([example.source for examples in parsed for example in examples]),
    )  # fmt: skip
    if answer.returncode:
        raise Unexpected(answer.stderr)
    outputs = iter(json.loads(answer.stdout))
    for shown, examples in zip(blocks, parsed, strict=True):
        parts = []
        for example in examples:
            first, *others = example.source.rstrip("\n").split("\n")
            parts += [f">>> {first}", *(f"... {line}".rstrip() for line in others)]
            parts += next(outputs).rstrip("\n").split("\n")
        new = "\n".join(part for part in parts if part)
        text = text.replace(f"```pycon\n{shown}```", f"```pycon\n{new}\n```")
    return text
