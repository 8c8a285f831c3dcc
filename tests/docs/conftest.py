"""The generator of the docs can be imported, and the site is built once."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))


@pytest.fixture(scope="session")
def build():
    """Of a folder of pages, makes a site in another: what `make docs` does."""
    return _build


def _build(docs, target):
    words = ["-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    command = [sys.executable, *words, "-d", f"{target}-parsed", str(docs), str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory, build):
    """The folder of the built site."""
    target = tmp_path_factory.mktemp("docs") / "site"
    answer = build(ROOT / "docs", target)
    assert answer.returncode == 0, answer.stderr
    return target
