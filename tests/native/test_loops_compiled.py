"""Compiled loops against the plain evaluation, also around every seam of their vectors and chunks."""

import pytest
from loop_list import some_loops
from loop_trial import assert_trial, compiled, make_trial, run_trial, uncompiled

from convfilter import native
from convfilter.native.loops import CHUNK

SEAMS = (1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, CHUNK - 1, CHUNK, CHUNK + 1)


LOOPS = {loop.name: loop for loop in some_loops()}
FLOAT_SOURCES = [name for name, loop in LOOPS.items() if loop.source.startswith("float")]


def trials(loop, **options):
    for seed, width in enumerate(SEAMS):
        yield make_trial(loop, width, 3, mirror=(-1) ** seed, seed=seed, **options)


@pytest.mark.parametrize("name", LOOPS)
def test_a_compiled_loop_is_right_at_every_seam(name):
    function = compiled(native.find(LOOPS[name]))
    for trial in trials(LOOPS[name]):
        assert_trial(trial, function)


@pytest.mark.parametrize("name", FLOAT_SOURCES)
def test_a_compiled_loop_keeps_nan_and_infinity_apart(name):
    function = compiled(native.find(LOOPS[name]))
    for trial in trials(LOOPS[name], odd_numbers=True):
        assert_trial(trial, function)


def test_no_rows_leave_everything_as_it_was():
    loop = some_loops()[0]
    for function in (uncompiled(loop), compiled(native.find(loop))):
        trial = make_trial(loop, 40, 1)
        trial.height = 0
        pixels, extremes, counts = run_trial(trial, function)
        assert pixels.size == 0
        assert extremes.tolist() == [32767, -32768]
        assert counts.tolist() == [0, 0, 0]
