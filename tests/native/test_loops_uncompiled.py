"""Every loop as plain Python over numpy's numbers, against a plain evaluation."""

from itertools import product

import numpy as np
import pytest
from loop_list import FLOAT_SUMS, all_loops, some_loops
from loop_trial import assert_trial, make_trial, plain_result, run_trial, uncompiled
from pictures import assert_same

import convfilter
from convfilter import native
from convfilter.core.kernel import make_kernel
from convfilter.native.loops import CHUNK

LOOPS = {loop.name: loop for loop in all_loops()}
FLOAT_SOURCES = [name for name, loop in LOOPS.items() if loop.source.startswith("float")]


@pytest.mark.parametrize("name", LOOPS)
def test_every_loop_is_the_sum_of_products_finished_once(name):
    for mirror in (1, -1):
        assert_trial(make_trial(LOOPS[name], 7, 3, mirror=mirror), uncompiled(LOOPS[name]))


@pytest.mark.parametrize("name", FLOAT_SOURCES)
def test_nan_and_infinity_are_counted_and_kept_out_of_the_extremes(name):
    for mirror in (1, -1):
        trial = make_trial(LOOPS[name], 7, 3, mirror=mirror, odd_numbers=True)
        assert plain_result(trial)[2][2] > 0, "the trial has no such number"
        with np.errstate(invalid="ignore"):
            assert_trial(trial, uncompiled(LOOPS[name]))


@pytest.mark.parametrize(
    "name", [name for name, loop in LOOPS.items() if loop.kind == "rounded" and loop.taps == 2]
)
def test_nan_becomes_pixel_0_and_infinity_the_end_of_the_range(name):
    loop = LOOPS[name]
    top = np.finfo(loop.sum).max
    trial = make_trial(loop, 4, 1)
    trial.image = np.array([1, 1, 2, 1, 1, 2, 2, 2], loop.source)
    trial.row_offset[:], trial.tap_row[:], trial.tap_column[:] = 0, 0, (0, 4)
    trial.weight[:] = top, -top
    trial.finish[:] = 0, 1, 0, 1, 0, 10, 100  # FLOAT_FINISH
    with np.errstate(over="ignore", invalid="ignore"):
        pixels, extremes, counts = run_trial(trial, uncompiled(loop))
    assert_same(pixels, [[10, 10, 0, 10]])  # 0, −∞, ∞ − ∞, −∞
    assert_same(extremes, [0, 0])
    assert_same(counts, [3, 0, 3])


@pytest.mark.parametrize(
    "name",
    [
        "taps2-uint8-int16-uint8-whole",
        "taps1-uint16-float32-uint16-rounded",
        "passes-uint8-float64-float32-value",
        "passes-int16-int32-int16-rational",
    ],
)
@pytest.mark.parametrize("width", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 1])
def test_chunks_join_without_a_seam(name, width):
    assert_trial(make_trial(LOOPS[name], width, 1), uncompiled(LOOPS[name]))


@pytest.mark.parametrize(
    "name", ["taps9-uint8-int16-uint8-rational", "taps9-uint8-int64-uint8-rational"]
)
def test_quotients_that_are_ties_round_to_even(name):
    loop = LOOPS[name]
    trial = make_trial(loop, 8, 1)
    trial.image = np.arange(8, dtype=np.uint8)
    trial.row_offset[:] = trial.tap_row[:] = trial.tap_column[:] = 0
    trial.weight[:] = [3, 0, 0, 0, 0, 0, 0, 0, 0]
    trial.divisor, trial.finish[:] = 6, (0, 1, 0, 0, 255)  # WHOLE_FINISH
    pixels, _, _ = run_trial(trial, uncompiled(loop))
    assert_same(pixels, [[0, 0, 1, 2, 2, 2, 3, 4]])


def asked_loops(monkeypatch):
    """The loops that correlate asks for, over pictures, kernels and options of every kind."""
    asked = set()
    monkeypatch.setattr(native, "find", asked.add)
    long = np.full((33, 33), np.pi)
    large = [[10**9, 10**9, -(10**9)]]
    kernels = [[[0]], [[1, 2]], [[1, 2, -1e3]], [[1, -(10**5)]], large, [[np.pi]], long]
    image = np.ones((40, 40))
    for dtype in FLOAT_SUMS:
        for weights, divisor in product(kernels, (1, 3, 4, 10**9)):
            kernel = make_kernel(np.array(weights), divisor)
            for policy, exact in product(("float", "clip", "rescale"), (False, True)):
                for bias in (0, 0.5):
                    options = {"range_policy": policy, "exact": exact}
                    convfilter.correlate(image.astype(dtype), kernel, bias, **options)
    return asked


def test_the_list_of_loops_is_what_the_core_asks_for(monkeypatch):
    asked = {tuple(loop[1:]) for loop in asked_loops(monkeypatch)}
    listed = {tuple(loop[1:]) for loop in LOOPS.values()}
    assert asked - listed == set(), "asked for, but not listed"
    assert listed - asked == set(), "listed, but never asked for"


def test_each_loop_has_a_name_of_its_own():
    assert len(LOOPS) == len(all_loops())


def test_some_loops_stand_for_every_combination_and_number_of_taps():
    chosen = some_loops()
    assert {loop[1:] for loop in chosen} == {loop[1:] for loop in all_loops() if loop.taps}
    assert {loop.taps for loop in chosen} == set(range(10))
