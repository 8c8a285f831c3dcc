"""Threads, memory in flight, cores: who works on what, and when."""

import threading
from contextlib import closing
from pathlib import Path

import pytest
from local_tasks import PLENTY, job, nothing, outputs, same

from convfilter.batch import local
from convfilter.batch.budget import Budget, Stopped, estimated_bytes, parse_memory
from convfilter.batch.local import LocalRun
from convfilter.batch.work import Finished, failed
from convfilter.errors import OptionError, PictureError
from convfilter.images.decoded import Extent


@pytest.mark.parametrize("jobs", [1, 2, 5, 40])
def test_every_task_comes_to_its_end_once(tasks, jobs):
    ended = list(LocalRun(tasks, jobs, PLENTY, nothing, same))
    assert sorted(finished.task.place for finished in ended) == [task.place for task in tasks]
    assert all(finished.record.status == "done" for finished in ended)


def test_what_reports_keep_holds_no_pixels(tasks):
    for finished in LocalRun(tasks, 2, PLENTY, nothing, same):
        assert finished.outcome.result.pixels.size == 0
        assert finished.outcome.result.pixels.dtype == "uint8"


def test_a_fault_that_nobody_foresaw_fails_its_picture_only(tasks, monkeypatch):
    process = local.do.__globals__["process"]

    def faulty(job, reading):
        if job.source.endswith("03.png"):
            raise ZeroDivisionError("of all things")
        return process(job, reading)

    monkeypatch.setitem(local.do.__globals__, "process", faulty)
    ended = list(LocalRun(tasks, 2, PLENTY, nothing, same))
    bad = [finished.record for finished in ended if finished.record.status == "failed"]
    assert [(record.error_type, record.error) for record in bad] == [
        ("ZeroDivisionError", "of all things")
    ]
    assert len(ended) == 12


def test_what_begin_ends_is_not_filtered(tasks):
    def begin(task):
        return failed(task, PictureError("not today")) if task.place == "02.png" else None

    ended = list(LocalRun(tasks, 2, PLENTY, begin, same))
    assert [f.task.place for f in ended if f.record.status == "failed"] == ["02.png"]


def test_after_a_failure_nothing_is_begun_where_that_was_asked_for(tasks):
    begun = []

    def begin(task):
        begun.append(task.place)
        return failed(task, PictureError("no")) if task.place == "01.png" else None

    list(LocalRun(tasks, 1, PLENTY, begin, same, fail_fast=True))
    assert begun == ["00.png", "01.png"]


def test_a_fault_of_the_ledger_ends_the_run(tasks):
    def end(_):
        raise PictureError("the disk is full")

    with pytest.raises(PictureError, match="the disk is full"):
        list(LocalRun(tasks, 2, PLENTY, nothing, end))


def test_after_stop_what_is_begun_is_finished_and_no_more_is_begun(tasks):
    begun, ended = [], []
    run = LocalRun(tasks, 2, PLENTY, lambda task: begun.append(task.place), same)
    for finished in run:
        run.stop()
        ended.append(finished.task.place)
    assert set(ended) <= set(begun)
    assert sorted(ended) == sorted(path.name for path in outputs(tasks).iterdir())
    assert len(ended) < 12


def test_whoever_stops_listening_waits_for_what_is_begun(tasks):
    begun, ended = [], []
    run = LocalRun(
        tasks,
        2,
        PLENTY,
        lambda task: begun.append(task.place),
        lambda finished: ended.append(finished.task.place) or finished,
    )
    with closing(iter(run)) as ends:
        next(ends)
    assert set(ended) <= set(begun)
    assert sorted(ended) == sorted(path.name for path in outputs(tasks).iterdir())
    assert len(ended) < 12


def test_stop_sends_away_who_waits_for_memory(tasks):
    """Two pictures don't fit: one waits until the other is done, or the run is stopped."""
    waiting, go_on = threading.Event(), threading.Event()

    def hold(task):
        if task.place == "01.png":
            waiting.set()

    def end(finished):
        waiting.wait(10)
        go_on.wait(10)
        return finished

    run = LocalRun(tasks[:2], 2, 1, hold, end)
    threading.Timer(0.2, lambda: (run.stop(), go_on.set())).start()
    assert len(list(run)) <= 2


def cores_used(tasks, jobs, memory, monkeypatch):
    """The cores that each picture was given."""
    given = []
    original = LocalRun._cores
    monkeypatch.setattr(
        LocalRun,
        "_cores",
        lambda self, wanted: given.append(original(self, wanted)) or given[-1],
    )
    list(LocalRun(tasks, jobs, memory, nothing, same))
    return given


def test_many_pictures_have_a_core_each_and_a_single_one_has_all(tasks, monkeypatch):
    assert cores_used(tasks[:1], 8, PLENTY, monkeypatch) == [8]
    Path(tasks[0].output).unlink()
    assert cores_used(tasks, 2, PLENTY, monkeypatch)[:6] == [1] * 6


def test_pictures_with_no_room_beside_them_have_all_cores(tasks, monkeypatch):
    assert set(cores_used(tasks, 4, 1000, monkeypatch)) == {4}


def test_a_budget_is_never_exceeded_but_by_one_alone():
    budget, held, most = Budget(100), [0], [0]
    turn = threading.Lock()

    def work(size):
        budget.take(size)
        with turn:
            held[0] += size
            most[0] = max(most[0], held[0] if held[0] != size else 0)
        threading.Event().wait(0.002)
        with turn:
            held[0] -= size
        budget.give_back(size)

    threads = [threading.Thread(target=work, args=(size,)) for size in [30, 60, 250, 40, 90, 5] * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < most[0] <= 100


def test_a_large_one_is_not_overtaken():
    budget, order = Budget(100), []
    budget.take(60)

    def take(size):
        budget.take(size)
        order.append(size)

    large = threading.Thread(target=take, args=(90,))
    large.start()
    while not budget._waiting:
        threading.Event().wait(0.001)
    small = threading.Thread(target=take, args=(10,))
    small.start()
    while len(budget._waiting) < 2:
        threading.Event().wait(0.001)
    assert order == []
    budget.give_back(60)
    large.join()
    small.join()
    assert order == [90, 10]


def test_a_stopped_budget_lets_nobody_in():
    budget = Budget(10)
    budget.stop()
    with pytest.raises(Stopped):
        budget.take(1)


@pytest.mark.parametrize(
    ("fields", "extent", "factor"),
    [
        ({}, Extent(1000), 3.5),
        ({}, Extent(1000, 4), 14),
        ({}, Extent(1000, alpha=True), 20),
        ({"alpha": "keep"}, Extent(1000, alpha=True), 3.5),
        ({"linear": True}, Extent(1000), 9),
        ({"format": "avif"}, Extent(1000), 8),
        ({"range_policy": "rescale"}, Extent(1000), 7),
        ({"kernel": "gabor-bank"}, Extent(1000), 15),
    ],
)
def test_memory_is_estimated_by_what_is_done(fields, extent, factor):
    assert estimated_bytes(extent, job(**fields)) == 1000 * factor


@pytest.mark.parametrize(
    ("text", "amount"), [("4G", 2**32), ("500M", 500 * 2**20), ("1.5gib", 3 * 2**29), ("12", 12)]
)
def test_memory_is_said_in_units_of_1024(text, amount):
    assert parse_memory(text) == amount


@pytest.mark.parametrize("text", ["", "G", "-4G", "0", "4 apples", "nan", "inf"])
def test_no_amount_of_memory(text):
    with pytest.raises(OptionError, match="is no amount"):
        parse_memory(text)


def test_finished_pictures_are_small(tasks):
    import pickle

    finished = next(iter(LocalRun(tasks[:1], 1, PLENTY, nothing, same)))
    assert isinstance(finished, Finished)
    assert len(pickle.dumps(finished)) < 10_000
