"""Ended while a Zarr array is made: the name holds the old array or the new one, and nothing lies beside it."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from pictures import noise
from running import TIMEOUT_S, settings

zarr = pytest.importorskip("zarr")

SIDE, CHUNK = 600, 50
# The command with strips of one chunk each, told apart by a moment's rest.
SLOWLY = """
import sys, time
from convfilter import strips
strips.BUDGET_BYTES = 1
write = strips.ZarrArray.write
def slowly(*words):
    write(*words)
    time.sleep(0.01)
strips.ZarrArray.write = slowly
from convfilter.__main__ import run
sys.argv[0] = "convfilter"
run()
"""
# The same, ended by its own hand between the two renames by which one folder takes another's place.
BETWEEN = """
import os, signal
from convfilter.images import replace
rename, count = os.rename, []
def renamed(before, after):
    rename(before, after)
    count.append(after)
    if len(count) == 1:
        os.kill(os.getpid(), signal.SIGTERM)
os.rename = renamed
"""
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.fixture
def folder(tmp_path):
    """A folder with a.zarr, and b.zarr, which is to be replaced."""
    for name, pixels in (("a", noise((SIDE, SIDE))), ("b", np.full((SIDE, SIDE), 7, np.uint8))):
        made = zarr.create_array(
            tmp_path / f"{name}.zarr", shape=pixels.shape, chunks=(CHUNK, CHUNK), dtype="uint8"
        )
        made[...] = pixels
    return tmp_path


def start(folder, script=SLOWLY):
    words = ["apply", "a.zarr", "-k", "sharpen", "-p", "same", "-q", "-f", "-o", "b.zarr"]
    return subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=folder,
        env=settings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def chunks_beside(folder):
    """How many chunks the unfinished array has."""
    return sum(len(names) for part in folder.glob(".*.part") for _, _, names in os.walk(part / "c"))


def wait_for_chunks(folder, process, count):
    deadline = time.monotonic() + TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        if chunks_beside(folder) >= count:
            return
        time.sleep(0.002)
    pytest.fail("it ended before it was ended")


def is_old(folder):
    return (zarr.open_array(folder / "b.zarr", mode="r")[...] == 7).all()


@pytest.mark.parametrize("number", STATUS, ids=lambda number: number.name)
@pytest.mark.parametrize("count", [1, 20])
def test_ended_in_the_middle_the_old_array_is_there_and_nothing_else(folder, number, count):
    process = start(folder)
    wait_for_chunks(folder, process, count)
    process.send_signal(number)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == STATUS[number], err
    interrupted = number == signal.SIGINT
    assert (out, err) == (b"", b"convfilter: interrupted\n" if interrupted else b"")
    assert sorted(os.listdir(folder)) == ["a.zarr", "b.zarr"]
    assert is_old(folder)


def test_killed_in_the_middle_the_old_array_is_there(folder):
    process = start(folder)
    wait_for_chunks(folder, process, 20)
    process.kill()
    process.communicate(timeout=TIMEOUT_S)
    assert is_old(folder)


def test_ended_between_two_renames_the_new_array_is_there_and_nothing_else(folder):
    process = start(folder, BETWEEN + SLOWLY)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 143, err
    assert sorted(os.listdir(folder)) == ["a.zarr", "b.zarr"]
    assert not is_old(folder)


def test_left_alone_the_new_array_is_there_and_nothing_else(folder):
    process = start(folder)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, err
    assert sorted(os.listdir(folder)) == ["a.zarr", "b.zarr"]
    assert not is_old(folder)
