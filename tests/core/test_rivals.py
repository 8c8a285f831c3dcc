"""Every rival of the benchmarks computes what convfilter computes: else their times say nothing."""

import importlib
import subprocess
import sys
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from pictures import assert_close

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
sys.path.append(str(BENCHMARKS))
cases = importlib.import_module("cases")
rivals = importlib.import_module("rivals")

RIVALS = rivals.rivals()
SMALL = {"height": 75, "width": 68}
STEPS = {
    3: ((1, 1), (2, 1), (1, 2)),
    5: ((1, 1),),
    7: ((2, 2),),
    15: ((1, 1), (2, 1)),
    31: ((1, 1),),
}
CASES = [
    cases.Case(dtype, channels, kind, size, stride, dilation, **SMALL)
    for dtype, channels, kind in product(cases.DTYPES, cases.CHANNELS, cases.KINDS)
    for size, steps in STEPS.items()
    for stride, dilation in steps
]
# Wider than any block that rows are cut into.
CASES += [
    cases.Case(dtype, 3, kind, size, height=24, width=3000)
    for dtype, kind, size in product(cases.DTYPES, cases.KINDS, (3, 15))
]


@cache
def filtered(case):
    """A picture, and what convfilter makes of it: the same for all rivals."""
    image = cases.picture(case)
    return image, np.asarray(rivals.own(case, image)())


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival.name)
def test_a_rival_computes_the_same(rival):
    pytest.importorskip(rival.module, reason=f"{rival.name}: {rival.distribution} is not installed")
    suited = [case for case in CASES if rival.suits(case)]
    assert suited, f"{rival.name} suits no case"
    for case in suited:
        image, want = filtered(case)
        got = np.asarray(rival.prepare(case, image)())
        got, want, bound = rivals.compared(case, rival, got, want)
        assert got.dtype == image.dtype, f"{rival.name}, {case.text}"
        try:
            assert_close(got, want, bound)
        except AssertionError as error:
            raise AssertionError(f"{rival.name}, {case.text}: {error}") from None


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival.name)
def test_a_rival_names_its_functions(rival):
    module = rival.module.split(".")[0]
    known = {"PIL": "PIL.", "torch": "torch.", "cv2": "cv2."}
    assert known.get(module, module) in rival.functions
    assert rival.around in {"reflect", "edge", "zero", "valid"}
    assert rival.distribution in importlib.import_module("measure").PACKAGES


def test_names_are_told_apart():
    assert len({rival.name for rival in RIVALS}) == len(RIVALS)


def test_every_case_of_the_matrix_has_a_competitor_that_is_in_the_test_environment():
    here = {"cv2", "scipy.ndimage", "scipy.signal", "PIL.ImageFilter"}
    for case in cases.matrix():
        able = [rival for rival in RIVALS if rival.module in here and rival.suits(case)]
        assert able, case.text
    assert len(cases.matrix()) == 504


def test_a_rival_that_is_missing_is_left_out_by_name(monkeypatch):
    missing = RIVALS[0]._replace(name="nobody's", module="no_such_module")
    monkeypatch.setattr(rivals, "rivals", lambda: (missing,))
    here, left_out = rivals.installed()
    assert here == []
    assert len(left_out) == 1
    assert left_out[0].startswith("nobody's: ")


def test_strides_pick_windows_that_lie_inside():
    for size, stride, dilation in product((3, 5, 7), (1, 2), (1, 2)):
        case = cases.Case("uint8", 1, "box", size, stride, dilation, **SMALL)
        rows = np.arange(case.height)[:, np.newaxis] + np.zeros(case.width, int)
        valid = rows[case.margin : case.height - case.margin]
        valid = valid[:, case.margin : case.width - case.margin]
        inside = rows[:: case.stride, :: case.stride][cases.inside(case)]
        assert np.array_equal(cases.strided(case, valid), inside)


def test_scripts_are_not_taken_for_programs(tmp_path, monkeypatch):
    commands = importlib.import_module("commands")
    script = tmp_path / "vips"
    script.write_text("#!/bin/sh\nexec true\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commands.program(("vips",)) is None


def test_all_have_as_many_runs_as_time_allows():
    measure = importlib.import_module("measure")
    calls = []
    times = measure.in_turn(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, budget_s=1, most=4
    )
    assert "".join(calls) == "ab" * 5
    assert {name: len(seconds) for name, seconds in times.items()} == {"a": 4, "b": 4}


def test_the_page_about_speed_says_what_was_measured():
    answer = subprocess.run(
        [sys.executable, BENCHMARKS / "render.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr + "run: benchmarks/render.py"
