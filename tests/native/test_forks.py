"""Forked children, and threads that outlive the main thread: they filter as everybody else."""

import os

import pytest
from processes import output_of

# A fork in a process with threads is deprecated from Python 3.12 on; here it is what is tested.
FORKS = {"PYTHONWARNINGS": "error,ignore::DeprecationWarning"}
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

COMMON = """
import os, signal, sys, threading, time
import numpy as np
import convfilter
from convfilter import native
from convfilter.core import bands
from convfilter import threads

bands.LEAST_THREADED_PRODUCTS = 1
image = np.arange(600 * 700, dtype=np.int32).reshape(600, 700) % 251

def filtered():
    return convfilter.correlate(image.astype(np.uint8), [[1, 2, 1], [2, 4, 2]], threads=4)

def in_child(work):
    child = os.fork()
    if child == 0:
        signal.alarm(30)  # a child that waits for ever is killed by it
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


@needs_fork
def test_a_forked_child_filters_with_a_pool_of_its_own():
    script = """
want = filtered()
pool = threads._pool
assert pool is not None
def work():
    assert threads._pool is None
    return (filtered() == want).all() and threads._pool not in (None, pool)
print(in_child(work), in_child(lambda: in_child(work) == 0), (filtered() == want).all())
"""
    assert output_of(COMMON + script, **FORKS) == "0 0 True"


@needs_fork
def test_a_child_forked_before_anything_was_filtered_filters():
    script = """
print(in_child(lambda: filtered().sum() > 0), filtered().sum() > 0)
"""
    assert output_of(COMMON + script, **FORKS) == "0 True"


@needs_fork
def test_a_child_forked_while_the_pool_is_at_work_filters():
    script = """
want = filtered()
stop = threading.Event()
def always():
    while not stop.is_set():
        filtered()
workers = [threading.Thread(target=always) for _ in range(2)]
for worker in workers:
    worker.start()
print([in_child(lambda: (filtered() == want).all()) for _ in range(8)])
stop.set()
for worker in workers:
    worker.join()
"""
    assert output_of(COMMON + script, **FORKS) == str([0] * 8)


@needs_fork
def test_a_child_forked_while_a_thread_looks_for_a_loop_filters():
    script = """
make, looking = native._make, threading.Event()
def slowly(loop):
    looking.set()
    time.sleep(2)
    return make(loop)
native._make = slowly
worker = threading.Thread(target=filtered)
worker.start()
looking.wait()
def work():
    native._make = make
    return filtered().sum() > 0
print(in_child(work))
worker.join()
"""
    assert output_of(COMMON + script, **FORKS) == "0"


def test_a_thread_that_outlives_the_main_thread_filters():
    script = """
want = filtered()
def late():
    threading.main_thread().join()
    time.sleep(0.2)
    print((filtered() == want).all(), flush=True)
threading.Thread(target=late).start()
"""
    assert output_of(COMMON + script) == "True"
