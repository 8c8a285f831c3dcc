"""Compiled loops against the plain evaluation, also around every seam of their vectors and chunks."""

import pytest
from loop_list import all_loops, some_loops
from loop_trial import assert_trial, compiled, make_trial, plain_result, run_trial, uncompiled

from convfilter import native
from convfilter.native.loops import CHUNK, Loop

SEAMS = (1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, CHUNK - 1, CHUNK, CHUNK + 1)
HEIGHTS = (
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    9,
    15,
    16,
    17,
)  # four rows at once, eight with a dilation; two bands

LOOPS = {loop.name: loop for loop in some_loops()}
SHARED = {loop.name: loop for loop in some_loops() if loop.rows_at_once > 1}
FLOAT_SOURCES = [name for name, loop in LOOPS.items() if loop.source.startswith("float")]
LONG = [name for name, loop in LOOPS.items() if loop.chunk > CHUNK]


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
    loop = LOOPS[name]
    function = compiled(native.find(loop))
    for trial in trials(loop, odd_numbers=True):
        if loop.form == "box":  # running sums carry them on: they are counted, that is all
            assert run_trial(trial, function)[2][2] >= plain_result(trial)[2][2]
        else:
            assert_trial(trial, function)


@pytest.mark.parametrize("name", SHARED)
def test_four_rows_at_once_end_at_any_height(name):
    function = compiled(native.find(SHARED[name]))
    for seed in range(4):  # rows that are neighbours and rows that are two apart, and maps
        for height in HEIGHTS:
            assert_trial(make_trial(SHARED[name], 20, height, seed=seed), function)


@pytest.mark.parametrize("taps", [63, 64, 65, 127, 128, 129])
@pytest.mark.parametrize("form", ["many1", "many4"])
@pytest.mark.parametrize(
    "numbers", [("uint16", "int32"), ("uint8", "float32"), ("int16", "float64")]
)
def test_blocks_of_64_taps_join_without_a_seam(form, taps, numbers):
    source, sums = numbers
    kind, pixel = ("whole", sums) if sums == "int32" else ("value", sums)
    loop = Loop(form, source, sums, sums, pixel, kind)
    function = compiled(native.find(loop))
    for seed, width in enumerate((1, 65, CHUNK + 1)):
        assert_trial(make_trial(loop, width, 5, seed=seed, window=(1, taps)), function)


@pytest.mark.parametrize("name", LONG)
def test_long_chunks_join_without_a_seam(name):
    function = compiled(native.find(LOOPS[name]))
    chunk = LOOPS[name].chunk
    for seed, width in enumerate((chunk - 1, chunk, chunk + 1)):
        assert_trial(make_trial(LOOPS[name], width, 1, seed=seed), function)


def test_no_rows_leave_everything_as_it_was():
    for form in ("few1", "many1", "many4", "terms"):
        loop = next(loop for loop in all_loops() if loop.form == form)
        for function in (uncompiled(loop), compiled(native.find(loop))):
            trial = make_trial(loop, 40, 1)
            trial.height = 0
            pixels, extremes, counts = run_trial(trial, function)
            assert pixels.size == 0
            assert extremes.tolist() == [32767, -32768]
            assert counts.tolist() == [0, 0, 0]
