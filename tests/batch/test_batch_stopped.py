"""A batch that is ended at any moment: nothing half-written, and the next run makes it whole."""

import os
import random
import re
import signal
import subprocess
import time

import pytest
from made import files, hashes
from pictures import noise
from PIL import Image
from running import COMMAND, TIMEOUT_S, run, settings

COUNT = 30
WORDS = ("-o", "out", "-k", "gaussian:sigma=3", "--border", "edge")
FEW, MANY = 3, 20


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder with photos/ of 30 pictures, and `whole`, the outputs of a run that nobody stopped."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "photos").mkdir()
    for number in range(COUNT):
        image = Image.fromarray(noise((150, 200, 3), seed=number))
        image.save(folder / "photos" / f"{number:02}.png", compress_level=9)
    assert run("batch", "photos", *WORDS, cwd=folder).status == 0  # compiles what is missing
    return folder, hashes(folder / "out")


def begin(folder):
    """Begins a batch; gives the process when the first picture is done."""
    process = subprocess.Popen(
        [*COMMAND, "batch", "photos", *WORDS, "--resume"],
        cwd=folder,
        env=settings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if done_lines(folder):
            return process
        time.sleep(0.002)
    raise AssertionError(process.communicate())


def done_lines(folder):
    manifest = folder / "out" / ".convfilter.jsonl"
    return manifest.read_text().count('"done"') if manifest.exists() else 0


def end(process):
    out, err = process.communicate(timeout=TIMEOUT_S)
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
def folder(photos):
    """The folder, without outputs."""
    root, _ = photos
    for path in (root / "out").iterdir():
        path.unlink()
    return root


def partial(folder):
    return [name for name in files(folder / "out") if name.endswith(".part")]


def test_after_ctrl_c_all_that_was_begun_is_finished_and_it_says_how_to_go_on(photos, folder):
    _, whole = photos
    process = begin(folder)
    process.send_signal(signal.SIGINT)
    status, out, err = end(process)
    assert status == 130
    assert "what was begun is finished; Ctrl-C again ends at once" in err
    left = re.search(r"interrupted: (\d+) of 30 are left; --resume does them", err)
    done = hashes(folder / "out")
    assert int(left[1]) + len(done) == COUNT
    assert done.items() <= whole.items()
    assert f"{len(done)} of 30 pictures filtered" in out
    assert run("batch", "photos", *WORDS, "--resume", cwd=folder).status == 0
    assert hashes(folder / "out") == whole


def test_a_second_ctrl_c_ends_at_once_and_leaves_nothing_half_written(photos, folder):
    """One large picture is in work, that would take much longer."""
    large = folder / "photos" / "00.png"
    small = large.read_bytes()
    Image.fromarray(noise((3000, 3000, 3))).save(large, compress_level=1)
    words = ["batch", "photos", "-o", "out", "-k", "gaussian:sigma=3", "--compress", "9"]
    process = subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env=settings(),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        while not any(name.startswith(".00.png") for name in partial(folder)):
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        status, _, err = end(process)
    finally:
        large.write_bytes(small)
    assert status == 130
    assert err.endswith("convfilter: interrupted\n")
    assert partial(folder) == []
    assert "00.png" not in files(folder / "out")


def test_sigterm_ends_at_once_and_leaves_nothing_half_written(photos, folder):
    _, whole = photos
    process = begin(folder)
    process.terminate()
    assert end(process)[0] == 143
    assert partial(folder) == []
    assert hashes(folder / "out").items() <= whole.items()


def killed_and_resumed(folder, whole, seed):
    """Killed after a random time, again and again until a run comes through."""
    moments = random.Random(seed)
    for _ in range(3):
        process = begin(folder)
        time.sleep(moments.uniform(0, 0.4))
        process.kill()
        end(process)
        kept = {name: value for name, value in hashes(folder / "out").items() if name in whole}
        assert kept.items() <= whole.items(), "a file under a picture's name is half-written"
    done = run("batch", "photos", *WORDS, "--resume", cwd=folder)
    assert done.status == 0, done.err
    assert hashes(folder / "out") == whole
    for path in (folder / "out").iterdir():
        path.unlink()


def test_killed_at_random_moments_the_next_run_makes_it_whole(photos, folder):
    for seed in range(FEW):
        killed_and_resumed(folder, photos[1], seed)


@pytest.mark.slow
def test_killed_at_many_random_moments(photos, folder):
    for seed in range(MANY):
        killed_and_resumed(folder, photos[1], 100 + seed)


def test_a_run_that_was_killed_holds_the_folder_no_longer(photos, folder):
    process = begin(folder)
    os.kill(process.pid, signal.SIGKILL)
    end(process)
    assert run("batch", "photos", *WORDS, "--resume", "-q", cwd=folder).status == 0
