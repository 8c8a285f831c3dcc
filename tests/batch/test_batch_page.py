"""docs/batch.md: every command in it runs, on names that need their quotes."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pictures import noise
from PIL import Image
from running import settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "batch.md"
BLOCKS = re.findall(
    r"^```(\w+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
ODD = ("a b.jpg", "-dash.jpg", "quo'te\".jpg", "new\nline.png", "$HOME.png", "*.jpg")


def blocks(kind):
    found = [text for word, text in BLOCKS if word == kind]
    assert found
    return found


@pytest.fixture
def here(tmp_path):
    """A folder with photos/, and a bin/ that has the command."""
    (tmp_path / "photos" / "may").mkdir(parents=True)
    for number, name in enumerate(("plain.jpg", "may/deep.png")):
        Image.fromarray(noise((24, 31, 3), seed=number)).save(tmp_path / "photos" / name)
    command = tmp_path / "bin" / "convfilter"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convfilter "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def with_odd_names(folder):
    for number, name in enumerate(ODD):
        Image.fromarray(noise((24, 31, 3), seed=number)).save(folder / "photos" / name)
    return len(ODD)


def run(words, folder, **changes):
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words,
        cwd=folder,
        env=settings(PATH=path, HOME=str(folder), **changes),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("text", blocks("sh"), ids=lambda text: text.split("\n")[0][:50])
def test_every_shell_block_runs_on_odd_names(text, here):
    count = with_odd_names(here)
    done = run(["bash", "-euo", "pipefail", "-c", text], here)
    assert "rror" not in done.stderr
    made = [path for path in here.rglob("*") if path.suffix in {".jpg", ".png", ".webp"}]
    if "--dry-run" not in text:
        assert len(made) > count + 2
    if "xargs" in text:
        names = {path.name for path in (here / "small").iterdir()}
        assert {"a b_gaussian-sigma2.jpg", "-dash_gaussian-sigma2.jpg"} <= names
        assert len(names) == sum(name.endswith(".jpg") for name in ODD) + 1


def test_a_block_of_the_page_uses_find_and_xargs():
    assert any("xargs" in text for text in blocks("sh"))


def test_the_makefile_makes_what_is_missing_and_no_more(here):
    (here / "Makefile").write_text(blocks("make")[0])
    assert "convfilter apply" in run(["make"], here).stdout
    assert (here / "made" / "plain.jpg").exists()
    assert "Nothing to be done" in run(["make"], here).stdout


def test_the_line_for_cron_runs_twice_in_a_shell_that_knows_little(here):
    line = blocks("crontab")[0].strip()
    schedule, command = line.split("  ", 1)
    assert len(schedule.split()) == 5
    assert "%" not in command  # which cron takes for a line end
    for _ in range(2):
        done = run(["/bin/sh", "-c", command], here)
        assert (done.stdout, done.stderr) == ("", "")
    assert (here / "nightly" / "may" / "deep.png").exists()
