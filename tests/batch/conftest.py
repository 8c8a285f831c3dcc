"""What the tests of batches share: a folder of pictures, and `batch`."""

import os
import sys

import pytest
from local_tasks import twelve_tasks
from pictures import noise
from PIL import Image


@pytest.fixture
def folder(tmp_path):
    """photos/ with a.png, b.jpg (24×31 RGB), notes.txt, and may/c.png (20×26 grey)."""
    photos = tmp_path / "photos"
    (photos / "may").mkdir(parents=True)
    Image.fromarray(noise((24, 31, 3))).save(photos / "a.png")
    Image.fromarray(noise((24, 31, 3), seed=1)).save(photos / "b.jpg")
    Image.fromarray(noise((20, 26), seed=2)).save(photos / "may" / "c.png")
    (photos / "notes.txt").write_text("no picture")
    return tmp_path


@pytest.fixture
def tasks(tmp_path):
    """Twelve pictures of 40×50 to be filtered."""
    return twelve_tasks(tmp_path)


@pytest.fixture
def batch(folder, monkeypatch, capsys):
    """Runs `convfilter batch` in the folder, with the kernel blur and, if none is named, -o out.

    In this process: a hundred starts of another would take a minute. Only standard input needs one.
    """
    from running import Done, run

    from convfilter import native
    from convfilter.cli.main import _guarded

    monkeypatch.setattr(native, "tell", native.tell)
    for name in [name for name in os.environ if name.startswith("CONVFILTER_")]:
        if name != "CONVFILTER_CACHE_DIR":
            monkeypatch.delenv(name)

    def call(*words, stdin=b"", **changes):
        output = [] if {"-o", "--output"} & set(words) else ["-o", "out"]
        kernel = [] if "-k" in words else ["-k", "blur"]
        words = ["batch", *map(str, words), *output, *kernel]
        if stdin:
            return run(*words, cwd=folder, stdin=stdin, **changes)
        with monkeypatch.context() as here:
            here.chdir(folder)
            here.setattr(sys, "argv", ["convfilter", *words])
            for name, value in changes.items():
                here.setenv(name, value)
            capsys.readouterr()
            status = _guarded()
        out, err = capsys.readouterr()
        said = [line for line in err.splitlines(keepends=True) if not line.startswith("compiling")]
        return Done(status, out.encode(), "".join(said))

    return call
