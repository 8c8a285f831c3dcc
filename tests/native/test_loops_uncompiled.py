"""Every loop as plain Python over numpy's numbers, against a plain evaluation."""

import numpy as np
import pytest
from loop_list import all_loops, some_loops
from loop_trial import assert_trial, make_trial, plain_result, run_trial, uncompiled
from pictures import assert_same

from convfilter.native.loops import CHUNK

LOOPS = {loop.name: loop for loop in all_loops()}
FLOAT_SOURCES = [name for name, loop in LOOPS.items() if loop.source.startswith("float")]


@pytest.mark.parametrize("name", LOOPS)
def test_every_loop_is_the_sum_of_products_finished_once(name):
    for seed, mirror in enumerate((1, -1, 1, -1)):  # a form has up to four variants
        trial = make_trial(LOOPS[name], 7, 3, mirror=mirror, seed=seed)
        assert_trial(trial, uncompiled(LOOPS[name]))


@pytest.mark.parametrize("name", [name for name in FLOAT_SOURCES if not name.startswith("box")])
def test_nan_and_infinity_are_counted_and_kept_out_of_the_extremes(name):
    counted = 0
    for seed, mirror in enumerate((1, -1, 1, -1)):
        trial = make_trial(LOOPS[name], 30, 3, mirror=mirror, odd_numbers=True, seed=seed)
        with np.errstate(invalid="ignore"):
            assert_trial(trial, uncompiled(LOOPS[name]))
            counted += plain_result(trial)[2][2]
    assert counted > 0, "the trials have no such number"


@pytest.mark.parametrize("name", [name for name in FLOAT_SOURCES if name.startswith("box")])
def test_running_sums_count_no_fewer(name):
    for seed in range(4):
        trial = make_trial(LOOPS[name], 30, 3, odd_numbers=True, seed=seed)
        with np.errstate(invalid="ignore"):
            counted = run_trial(trial, uncompiled(LOOPS[name]))[2][2]
            assert counted >= plain_result(trial)[2][2] > 0


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, loop in LOOPS.items()
        if loop.kind == "rounded" and loop.taps == 2 and not loop.finite
    ],
)
def test_nan_becomes_pixel_0_and_infinity_the_end_of_the_range(name):
    loop = LOOPS[name]
    top = np.finfo(loop.sum).max
    trial = make_trial(loop, 4, 1)
    tables = trial.shape.tables
    trial.image = np.array([1, 1, 2, 1, 1, 2, 2, 2], loop.source)
    trial.row_offset[:], tables["tap_row"][:], tables["tap_column"][:] = 0, 0, (0, 4)
    trial.shape.length = 8
    trial.lines = {
        "runs": np.array([[0, 1, 0, 1, 8, 1]]),
        "edges": np.zeros((0, 2), np.int64),
        "constants": np.zeros(8, loop.source),
    }
    tables["weight"][:] = top, -top
    values = {"start": 0, "scale": 1, "bias": 0, "mirror": 1, "shift": 0, "low": 10, "high": 100}
    trial.finish = [values]
    with np.errstate(over="ignore", invalid="ignore"):
        pixels, extremes, counts = run_trial(trial, uncompiled(loop))
    assert_same(pixels[..., 0], [[10, 10, 0, 10]])  # 0, −∞, ∞ − ∞, −∞
    assert_same(extremes, [0, 0])
    assert_same(counts, [3, 0, 3])


@pytest.mark.parametrize(
    "name",
    [
        "few2-uint8-float32-uint8-rounded",
        "many1-uint16-float32-uint16-rounded",
        "many4-int16-int32-int16-rational",
        "terms-uint8-int16-uint8-reciprocal",
        "box-uint8-float64-float32-float32-value",
    ],
)
@pytest.mark.parametrize("width", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 1])
def test_chunks_join_without_a_seam(name, width):
    assert_trial(make_trial(LOOPS[name], width, 1), uncompiled(LOOPS[name]))


@pytest.mark.parametrize(
    ("name", "divisor"),
    [
        ("few9-uint8-int16-uint8-rational", 6),
        ("few9-uint8-int64-uint8-rational", 6),
        ("few9-uint8-int16-uint8-reciprocal", 8),
        ("few9-uint16-int32-uint16-reciprocal", 8),
    ],
)
def test_quotients_that_are_ties_round_to_even(name, divisor):
    loop = LOOPS[name]
    trial = make_trial(loop, 8, 1)
    tables = trial.shape.tables
    trial.image = np.arange(8, dtype=loop.source)
    trial.row_offset[:], trial.shape.length = 0, 0
    tables["tap_row"][:], tables["tap_column"][:], tables["segments"][:] = 0, 0, (0, 8, 1)
    tables["weight"][:] = [divisor // 2, 0, 0, 0, 0, 0, 0, 0, 0]
    trial.divisor = divisor
    trial.finish = [{"start": 0, "mirror": 1, "shift": 0, "low": 0, "high": 255}]
    pixels, _, _ = run_trial(trial, uncompiled(loop))
    assert_same(pixels[..., 0], [[0, 0, 1, 2, 2, 2, 3, 4]])


def test_each_loop_has_a_name_of_its_own():
    assert len(LOOPS) == len(all_loops())


def test_some_loops_stand_for_every_combination_and_form():
    chosen = some_loops()
    assert {loop[3:] for loop in chosen} == {loop[3:] for loop in all_loops()}
    assert {loop.form for loop in chosen} == {loop.form for loop in all_loops()}
    for form in ("many1", "many4", "terms"):
        accs = {(loop.acc, loop.sum) for loop in all_loops() if loop.form == form}
        assert {(loop.acc, loop.sum) for loop in chosen if loop.form == form} == accs


# That these tests can fail:


@pytest.mark.parametrize("form", ["few3", "many1", "many4", "terms", "box"])
@pytest.mark.parametrize("changed", ["weight", "image", "row_offset"])
def test_a_trial_notices_one_changed_number(form, changed):
    raw = [loop for loop in LOOPS.values() if loop.sum == loop.pixel == "int32"]
    loop = next(loop for loop in raw if loop.form == form)
    trial = make_trial(loop, 7, 3, seed=1)
    want = plain_result(trial)
    if changed == "weight":
        trial.shape.tables["weight"][0] += 1
    elif changed == "image":
        trial.image += 1
    else:
        trial.row_offset[:] = trial.row_offset[::-1].copy()
    got = run_trial(trial, uncompiled(loop))
    assert not all(np.array_equal(g, w) for g, w in zip(got, want, strict=True))
