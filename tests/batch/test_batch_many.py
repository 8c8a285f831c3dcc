"""Ten thousand pictures, and large ones: memory, and the end of a run that is killed again and again."""

import os
import random
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from made import hashes
from pictures import noise
from PIL import Image
from running import COMMAND, run, settings

MANY = 10_000
KILLS = 20
MIB = 2**20
HELPER = 15 * MIB  # what each process of its own takes besides pictures


def watched(words, folder):
    """The most memory that a run and its helpers have had, in bytes; it has to end well."""
    process = subprocess.Popen(
        [*COMMAND, "batch", *words, "--json"],
        cwd=folder,
        env=settings(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak = 0
    while process.poll() is None:
        helpers = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with suppress(OSError):
            peak = max(peak, sum(map(_bytes, [process.pid, *helpers.read_text().split()])))
        time.sleep(0.003)
    assert process.returncode == 0
    return peak


def _bytes(pid):
    """Memory of a process now; what it shares with others counts in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


@pytest.fixture
def many(tmp_path):
    """photos/ with 10,000 pictures of 12×16 in a hundred folders, of a hundred kinds."""
    for number in range(100):
        folder = tmp_path / "photos" / f"{number:02}"
        folder.mkdir(parents=True)
        Image.fromarray(noise((12, 16, 3), seed=number)).save(folder / "00.png")
        for twin in range(1, 100):
            os.link(folder / "00.png", folder / f"{twin:02}.png")
    return tmp_path


@pytest.mark.slow
def test_ten_thousand_pictures_take_little_more_memory_than_a_hundred(many):
    few = watched(["photos/00", "-o", "few", "-k", "blur"], many)
    assert watched(["photos", "-r", "-o", "all", "-k", "blur"], many) < few + 40 * MIB
    assert len(hashes(many / "all")) == MANY


@pytest.mark.slow
def test_killed_at_random_moments_ten_thousand_results_are_whole(many):
    words = ["photos", "-r", "-k", "sharpen", "--border", "edge", "-q"]
    assert run_long([*words, "-o", "whole"], many) == 0
    whole = hashes(many / "whole")
    moments = random.Random(5)
    for _ in range(KILLS):
        process = subprocess.Popen(
            [*COMMAND, "batch", *words, "-o", "out", "--resume"], cwd=many, env=settings()
        )
        time.sleep(moments.uniform(0.2, 2.5))
        process.kill()
        process.wait()
    assert run_long([*words, "-o", "out", "--resume"], many) == 0
    assert hashes(many / "out") == whole


def run_long(words, folder):
    command = [*COMMAND, "batch", *words]
    return subprocess.run(command, cwd=folder, env=settings(), check=False).returncode


@pytest.mark.slow
def test_large_pictures_wait_for_each_others_memory(tmp_path):
    """Four at once would take 4·60 MiB and more; with 100 MiB one after the other has room."""
    (tmp_path / "photos").mkdir()
    soft = np.tile(np.arange(250, dtype=np.uint8), (5000, 20))
    Image.fromarray(soft).save(tmp_path / "photos" / "0.png", compress_level=1)
    for number in range(1, 6):
        os.link(tmp_path / "photos" / "0.png", tmp_path / "photos" / f"{number}.png")
    run("apply", "photos/0.png", "-k", "blur", "-o", "warm.png", cwd=tmp_path)
    one = watched(["photos", "-o", "one", "-k", "blur", "-j", "1"], tmp_path)
    bound = watched(
        ["photos", "-o", "bound", "-k", "blur", "-j", "4", "--memory", "100M"], tmp_path
    )
    free = watched(["photos", "-o", "free", "-k", "blur", "-j", "4"], tmp_path)
    assert bound < one + 20 * MIB + 4 * HELPER
    assert free > bound + 60 * MIB
