"""Many processes with one empty cache: all results right, only whole entries afterwards."""

import json
import time

import numpy as np
from processes import finish, start
from thorough import THOROUGH

from convfilter import native
from convfilter.native import cache
from convfilter.native.loops import Loop

# Each imports the compiler and compiles both loops, which takes it 2.6 s.
PROCESSES = 16 if THOROUGH else 3

# Waits for the others, filters with two loops, prints the sums of the results.
FILTER = """
import json, os, sys, time
import numpy as np
import convfilter
image = np.arange(40 * 70, dtype=np.uint8).reshape(40, 70)
open(sys.argv[1] + f"/ready-{os.getpid()}", "x").close()
while not os.path.exists(sys.argv[1] + "/go"):
    time.sleep(0.01)
whole = convfilter.correlate(image, [[1, 2, 1]], range_policy="clip")
floats = convfilter.correlate(image, [[0.5, np.pi], [1, 0]])
print(json.dumps([int(whole.sum()), round(float(floats.astype(float).sum()), 1)]))
"""
LOOPS = [
    Loop("few3", "uint8", "float32", "float32", "float32", "value"),
    Loop("few3", "uint8", "int16", "int16", "uint8", "whole"),
]

# Forgets and filters again and again; what it finds in the cache comes and goes.
FILTER_OFTEN = """
import sys
import numpy as np
import convfilter
from convfilter import native
for _ in range(int(sys.argv[1])):
    native._functions.clear()
    got = convfilter.correlate(np.full((3, 40), 2, np.uint8), [[1, 2, 1]], range_policy="clip")
    assert (got == 8).all(), got
    assert all(native._functions.values()), "numpy had to do it"
"""


def expected_sums():
    image = np.arange(40 * 70, dtype=np.uint8).reshape(40, 70).astype(float)
    whole = np.minimum(image[:, :-2] + 2 * image[:, 1:-1] + image[:, 2:], 255)
    floats = 0.5 * image[:-1, :-1] + np.pi * image[:-1, 1:] + image[1:, :-1]
    return whole.sum(), floats.sum()


def assert_whole(folder):
    """Nothing lies in the folder but entries, each of them whole."""
    names = sorted(path.name for path in folder.iterdir())
    assert names == list(cache.entries())
    for loop in LOOPS:
        entry = cache.read(loop.name, native.key_of(loop))
        assert entry is None or entry[1]
    return [name.rpartition("-")[0] for name in names]


def test_many_processes_fill_an_empty_cache_at_once(tmp_path, fresh):
    processes = [
        start(FILTER, tmp_path, CONVFILTER_CACHE_DIR=fresh.folder) for _ in range(PROCESSES)
    ]
    patience = time.monotonic() + 60
    while len(list(tmp_path.glob("ready-*"))) < PROCESSES and time.monotonic() < patience:
        time.sleep(0.05)
    (tmp_path / "go").touch()
    whole, floats = expected_sums()
    for process in processes:
        status, out, err = finish(process)
        assert (status, err) == (0, "")
        got_whole, got_floats = json.loads(out)
        assert got_whole == whole
        assert abs(got_floats - floats) < 1e-5 * floats
    assert assert_whole(fresh.folder) == [loop.name for loop in LOOPS]


def test_processes_filter_while_the_cache_is_cleared(fresh):
    fresh.folder.mkdir(mode=0o700)
    processes = [start(FILTER_OFTEN, 4, CONVFILTER_CACHE_DIR=fresh.folder) for _ in range(2)]
    cleared = 0
    while any(process.poll() is None for process in processes):
        cleared += cache.clear()
        time.sleep(0.05)
    assert [finish(process) for process in processes] == [(0, "", "")] * 2
    assert cleared > 0
    assert_whole(fresh.folder)
