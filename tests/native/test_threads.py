"""Pieces of work on several cores: each once, errors told, nothing waits for itself, forks too."""

import os
import threading
from itertools import product

import numpy as np
import pytest
from pictures import noise
from processes import output_of

import convfilter
from convfilter import threads
from convfilter.core import bands
from convfilter.threads import run_all

THREADS = (1, 2, 3, 8)
UNLIMITED = 1_000_000


class Pieces:
    """Pieces of work that note when they run."""

    def __init__(self, count, failing=()):
        self.done, self.active, self.most = [], 0, 0
        self.lock, self.failing, self.count = threading.Lock(), failing, count

    def work(self, number):
        with self.lock:
            self.active += 1
            self.most = max(self.most, self.active)
        try:
            if number in self.failing:
                raise ZeroDivisionError(f"piece {number}")
            threading.Event().wait(0.001)
        finally:
            with self.lock:
                self.active -= 1
                self.done.append(number)

    def __iter__(self):
        return iter([lambda number=number: self.work(number) for number in range(self.count)])


def test_one_thread_takes_the_pieces_in_their_order():
    pieces = Pieces(20)
    run_all(list(pieces), 1)
    assert pieces.done == list(range(20))


@pytest.mark.parametrize(("count", "limit"), list(product((0, 1, 2, 7, 50), THREADS)))
def test_every_piece_runs_once_and_few_enough_at_once(count, limit):
    pieces = Pieces(count)
    run_all(list(pieces), limit)
    assert sorted(pieces.done) == list(range(count))
    assert pieces.most <= limit


def test_two_threads_work_at_the_same_time():
    meeting = threading.Barrier(2, timeout=30)
    run_all([meeting.wait, meeting.wait], 2)
    assert not meeting.broken


@pytest.mark.parametrize(("failing", "limit"), list(product((0, 5, 19), THREADS)))
def test_an_error_reaches_the_caller_when_all_is_quiet(failing, limit):
    pieces = Pieces(20, failing=(failing,))
    with pytest.raises(ZeroDivisionError, match=f"piece {failing}"):
        run_all(list(pieces), limit)
    assert pieces.active == 0
    done = len(pieces.done)
    after = Pieces(20)
    run_all(list(after), limit)
    assert sorted(after.done) == list(range(20))
    assert len(pieces.done) == done, "pieces ran on after the error was told"


@pytest.mark.parametrize("limit", THREADS)
def test_errors_everywhere_give_one_of_them(limit):
    with pytest.raises(ZeroDivisionError, match="piece"):
        run_all(list(Pieces(20, failing=range(20))), limit)


NESTED = """
import sys
from convfilter.threads import run_all
done = []
def nest(depth):
    if depth == 0:
        done.append(1)
    else:
        run_all([lambda: nest(depth - 1)] * 6, 4)
nest(4)
print(len(done))
"""


def test_calls_from_the_pools_own_threads_do_not_wait_for_themselves():
    assert output_of(NESTED, timeout_s=60) == str(6**4)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_the_core_count_respects_affinity():
    script = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from convfilter.threads import core_count
print(core_count())
"""
    assert output_of(script) == "1"


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("max 100000\n", UNLIMITED),
        ("100000 100000\n", 1),
        ("50000 100000\n", 1),
        ("250000 100000\n", 3),
        ("800000 100000\n", 8),
        ("", UNLIMITED),
        ("what?\n", UNLIMITED),
        (None, UNLIMITED),
    ],
)
def test_the_quota_of_the_control_group_counts(monkeypatch, tmp_path, text, cores):
    if text is not None:
        (tmp_path / "cpu.max").write_text(text)
    file = open
    monkeypatch.setattr(
        threads, "open", lambda _, **how: file(tmp_path / "cpu.max", **how), raising=False
    )
    assert threads._quota() == cores


@pytest.mark.parametrize("quota", [1, UNLIMITED])
def test_the_core_count_is_the_smaller_of_affinity_and_quota(monkeypatch, quota):
    monkeypatch.setattr(threads, "_quota", lambda: quota)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert threads.core_count.__wrapped__() == min(allowed, quota)


WEIGHTS = {
    "whole numbers": np.array([[1, 2, -1], [0, 1, 3]]),
    "floats": np.array([[0.1, np.pi], [np.e, -1.0], [1e-3, 0.7]]),
    "many taps": np.arange(1, 16).reshape(3, 5) * np.pi,
    "full depth": np.arange(18).reshape(3, 3, 2) * np.pi - 20,
}
OPTIONS = {
    "inside": {},
    "border": {"padding": "same", "border": "reflect"},
    "stride": {"padding": "full", "stride": (2, 3), "dilation": 2},
    "pixels": {"padding": "same", "range_policy": "auto"},
    "rescale": {"range_policy": "rescale"},
}


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_results_do_not_depend_on_the_number_of_threads(monkeypatch, weights, options, dtype):
    used = []
    monkeypatch.setattr(bands, "LEAST_THREADED_PRODUCTS", 1)
    monkeypatch.setattr(bands, "BAND_PRODUCTS", 500)
    monkeypatch.setattr(
        bands, "run_all", lambda pieces, n: (used.append((len(pieces), n)), run_all(pieces, n))
    )
    image = noise((61, 157, 3), dtype)
    results = [
        convfilter.correlate(
            image, WEIGHTS[weights], plan="direct", threads=count, **OPTIONS[options]
        ).tobytes()
        for count in THREADS
    ]
    assert list(dict.fromkeys(n for _, n in used)) == list(THREADS)  # rescale goes twice
    assert min(pieces for pieces, _ in used) > 3
    assert len(set(results)) == 1


def test_results_of_a_large_picture_do_not_depend_on_the_number_of_threads():
    image = noise((900, 1100), "float32")
    results = {
        convfilter.correlate(image, WEIGHTS["floats"], padding="same", threads=count).tobytes()
        for count in (*THREADS, None)
    }
    assert len(results) == 1


def test_many_threads_may_filter_at_once(fresh):
    image = noise((400, 800))
    kernels = [[[1, 2]], [[1], [3]], [[0.5, np.pi]]]
    want = [convfilter.correlate(image, kernel, threads=1).tobytes() for kernel in kernels]
    fresh.restart()
    meeting = threading.Barrier(12, timeout=60)
    right = []

    def work(number):
        meeting.wait()
        for turn in range(6):
            index = (number + turn) % len(kernels)
            got = convfilter.correlate(image, kernels[index], threads=1 + turn % 4)
            right.append(got.tobytes() == want[index])

    workers = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert right == [True] * 72


def test_a_loop_asked_for_by_many_threads_is_compiled_once(fresh):
    meeting = threading.Barrier(8, timeout=60)

    def work():
        meeting.wait()
        convfilter.correlate(noise((5, 80)), [[1, 2]])

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert len(fresh.compiled) == 1
