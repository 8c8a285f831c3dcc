"""README and docs say what the program says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from running import run
from uncompiled import UNCOMPILED

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
    ROOT / "sample_images/README.md",
]


def run_python(*words):
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_what_the_program_can_write_is_up_to_date():
    answer = run_python("docs/generate.py", "--check")
    assert answer.returncode == 0, answer.stdout + answer.stderr + "run: make readme"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def commands_of(page):
    """Lines that call convfilter, as written; those with `$` are run by docs/generate.py."""
    text = re.sub(r"<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = re.findall(
        r"^\s*(convfilter (?:apply|batch|shape|kernels|gallery|explain|animate) .*)$",
        text,
        re.MULTILINE,
    )
    return [line.split("   ")[0].split("#")[0].strip() for line in lines]


@pytest.mark.parametrize(
    "page",
    [
        ROOT / "README.md",
        ROOT / "docs/explain.md",
        ROOT / "docs/large.md",
        ROOT / "docs/seeing.md",
        ROOT / "docs/writing-kernels.md",
        ROOT / "sample_images/README.md",
    ],
    ids=lambda p: p.name if p.parent == ROOT else f"{p.parent.name}/{p.name}",
)
def test_every_command_in_it_works(page, tmp_path, monkeypatch):
    import shlex
    import shutil

    samples = tmp_path / "sample_images"
    shutil.copytree(
        ROOT / "sample_images", samples, ignore=shutil.ignore_patterns("render", "*.py")
    )
    for name in ("flower.jpg", "building.png", "sticker.png"):
        shutil.copy(samples / name, tmp_path)
    ridge = re.search(
        r"```yaml\n(.*?)```", (ROOT / "docs/writing-kernels.md").read_text(), re.DOTALL
    )[1]
    (tmp_path / "my-ridge.yaml").write_text(ridge)
    (tmp_path / "my.yaml").write_text(ridge)
    (tmp_path / "sharpen.mat").write_text("3 3\n0 -1 0\n-1 5 -1\n0 -1 0\n")
    _scan(tmp_path / "scan.zarr")
    # Galleries try fifty kernels: on a sixteenth of the pixels, in numpy, that takes a second.
    small = tmp_path / "small"
    small.mkdir()
    (small / "my.yaml").write_text(ridge)
    with Image.open(samples / "flower.jpg") as picture:
        picture.reduce(4).save(small / "flower.jpg")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    commands = commands_of(page)
    assert commands
    for command in commands:
        words = shlex.split(command)
        words += ["-f"] if words[1] in ("apply", "gallery", "animate") else []
        words = [word for word in words if word != "FILE..."]
        many = words[1] == "gallery"
        how = {"cwd": small, "command": UNCOMPILED} if many else {"cwd": tmp_path}
        answer = run(*words[1:], **how)
        assert answer.status == 0, f"{command}\n{answer.err}"


def _scan(path):
    import numpy as np
    import zarr

    zarr.create_array(path, data=np.zeros((60, 80), np.uint8), chunks=(16, 16))


@pytest.mark.parametrize("page", ["README.md", "docs/large.md"])
def test_the_python_example_runs(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    answer = run_python("-c", code)
    assert answer.returncode == 0, answer.stderr


def test_the_table_of_options_has_all_of_apply():
    import click

    from convfilter.cli.apply import command

    table = (ROOT / "docs/options.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(--?[a-z-]+)", table))
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert len(options) > 30
    assert [each.opts for each in options if not named & set(each.opts)] == []


def test_the_changelog_names_this_version():
    import convfilter

    assert f"## {convfilter.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
