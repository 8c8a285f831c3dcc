"""Forked helpers: what they make is what threads make, and none stays behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from local_tasks import PLENTY, nothing, outputs, same
from made import files, hashes
from pictures import noise
from PIL import Image
from running import COMMAND, settings

from convfilter import native
from convfilter.batch.helpers import helping, may_fork
from convfilter.batch.local import LocalRun

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def processes(helpers):
    """The numbers of their processes."""
    return [helper._process for helper in helpers]


def is_there(process):
    """Whether it runs; what has ended, and was not asked for, does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(holds):
    """Not longer than half a minute."""
    end = time.monotonic() + 30
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    assert holds()


def test_results_are_those_of_threads(tasks):
    list(LocalRun(tasks, 2, PLENTY, nothing, same))
    by_threads = hashes(outputs(tasks))
    for path in outputs(tasks).iterdir():
        path.unlink()
    with helping(tasks[0].job, 2) as helpers:
        ended = list(LocalRun(tasks, 2, PLENTY, nothing, same, helpers=helpers))
    assert hashes(outputs(tasks)) == by_threads
    assert sorted(finished.task.place for finished in ended) == [task.place for task in tasks]
    assert all(finished.outcome.result.pixels.size == 0 for finished in ended)
    assert not any(map(is_there, processes(helpers)))


def test_threads_without_a_helper_filter_themselves(tasks):
    with helping(tasks[0].job, 1) as helpers:
        ended = list(LocalRun(tasks, 3, PLENTY, nothing, same, helpers=helpers))
    assert [finished.record.status for finished in ended] == ["done"] * 12


def test_a_picture_at_which_its_helper_is_killed_has_failed_and_the_rest_is_done(tasks):
    def begin(task):
        if task.place == "02.png":
            os.kill(*processes(helpers), signal.SIGKILL)

    with helping(tasks[0].job, 1) as helpers:
        ended = list(LocalRun(tasks, 1, PLENTY, begin, same, helpers=helpers))
    bad = [finished.record for finished in ended if finished.record.status == "failed"]
    assert len(ended) == 12
    assert [record.source for record in bad] == [tasks[2].source.path]
    assert ": the process that filtered it was killed (out of memory?" in bad[0].error


def test_a_fault_of_the_picture_is_told_as_ever(tasks):
    Path(tasks[3].source.path).write_bytes(b"")
    with helping(tasks[0].job, 2) as helpers:
        ended = list(LocalRun(tasks, 2, PLENTY, nothing, same, helpers=helpers))
    (bad,) = [finished for finished in ended if finished.record.status == "failed"]
    assert bad.record.error == f"{tasks[3].source.path}: the file is empty"
    assert type(bad.error).__name__ == bad.record.error_type == "PictureError"


def test_what_a_helper_has_to_say_is_said_by_its_parent(tasks, monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr(native, "tell", said.append)
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(tmp_path / "cache"))

    monkeypatch.setattr(native, "_functions", {})
    monkeypatch.setattr(native, "_told", set())
    with helping(tasks[0].job, 1) as helpers:
        list(LocalRun(tasks, 1, PLENTY, nothing, same, helpers=helpers))
    assert [line.split()[0] for line in said] == ["compiling"]


def test_stop_sends_away_who_waits_for_memory(tasks):
    """Two pictures don't fit: one waits until the other is done, or the run is stopped."""
    go_on = threading.Event()

    def end(finished):
        go_on.wait(10)
        return finished

    with helping(tasks[0].job, 2) as helpers:
        run = LocalRun(tasks[:2], 2, 1, nothing, end, helpers=helpers)
        threading.Timer(0.3, lambda: (run.stop(), go_on.set())).start()
        assert len(list(run)) <= 2
    assert not any(map(is_there, processes(helpers)))


def test_whoever_stops_listening_waits_for_what_is_begun(tasks):
    ended = []
    with helping(tasks[0].job, 2) as helpers:
        run = LocalRun(tasks, 2, PLENTY, nothing, lambda f: ended.append(f) or f, helpers=helpers)
        with closing(iter(run)) as ends:
            next(ends)
    assert sorted(finished.task.place for finished in ended) == files(outputs(tasks))
    assert len(ended) < 12
    assert not any(map(is_there, processes(helpers)))


def test_stores_are_left_to_the_parent(tasks):
    with helping(tasks[0].job, 1) as (helper,):
        assert helper.takes(tasks[0])
        assert not helper.takes(tasks[0]._replace(output="memory://box/a.png"))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_process_with_threads_is_not_forked(threads, monkeypatch):
    monkeypatch.setattr(threading, "active_count", lambda: threads)
    assert may_fork() == (sys.platform == "linux" and threads == 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_when_the_command_is_ended_its_helpers_go_and_leave_nothing(many_blurs, number):
    folder, process = many_blurs
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 2
    process.send_signal(number)
    process.wait()
    wait_until(lambda: not any(map(is_there, children)))
    made = files(folder / "out")
    assert [name for name in made if not name.endswith(".png")] == []
    for name in made:
        assert np.asarray(Image.open(folder / "out" / name)).shape == (400, 500, 3)


@pytest.fixture
def many_blurs(tmp_path):
    """A folder, and a batch with two jobs that has begun to fill out/."""
    (tmp_path / "photos").mkdir()
    Image.fromarray(noise((400, 500, 3))).save(tmp_path / "photos" / "000.png")
    for twin in range(1, 200):
        os.link(tmp_path / "photos" / "000.png", tmp_path / "photos" / f"{twin:03}.png")
    words = ["batch", "photos", "-o", "out", "-k", "blur", "--border", "edge", "-j", "2", "-q"]
    with subprocess.Popen([*COMMAND, *words], cwd=tmp_path, env=settings()) as process:
        wait_until(lambda: files(tmp_path / "out"))
        yield tmp_path, process
        process.kill()
