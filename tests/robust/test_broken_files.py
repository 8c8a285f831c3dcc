"""Broken files: a picture, or one line that says what is wrong; never a traceback, never half a file."""

import os

import pytest
from corpus import cases
from judge import check_ending
from PIL import Image

# What must not be taken by a file of a few megabytes at most.
PEAK_BYTES = 1.5 * 2**30
KERNEL = ("-k", "identity", "-p", "same")
CASES = [
    pytest.param(case, id=case.name, marks=[pytest.mark.slow] if case.slow else [])
    for case in cases()
]


@pytest.fixture(autouse=True)
def no_other_limit(monkeypatch):
    """Pillow's own limit stays out of it when results are read back."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)


def test_there_are_enough_of_them_and_no_two_alike():
    names = [case.name for case in cases()]
    assert len(names) >= 300
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", CASES)
def test_a_broken_file_gives_a_picture_or_one_line(server, tmp_path, case):
    name = f"broken{case.suffix}"
    (tmp_path / name).write_bytes(case.make())
    (tmp_path / "out").mkdir()
    done = server.run("apply", name, *KERNEL, "-o", "out/", cwd=tmp_path)
    check_ending(done, tmp_path / "out", name, case.status)
    assert done.peak_bytes < PEAK_BYTES
    assert sorted(os.listdir(tmp_path)) == sorted([name, "out"])
