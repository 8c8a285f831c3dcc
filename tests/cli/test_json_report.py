"""`--json`: one object on one line, with every key that was promised."""

import json

import numpy as np
import pytest
from running import run, save

import convfilter
from convfilter import errors
from convfilter.core.spec import make_spec
from convfilter.job import Job
from convfilter.pipeline import process
from convfilter.presets.load import load_kernel
from convfilter.report import json_line

NUMBER, WHOLE, TEXT = (int, float), int, str
OUTLINE = {
    "version": TEXT,
    "input": {"path": TEXT, "mode": TEXT, "shape": [WHOLE]},
    "kernel": {"name": TEXT, "shape": [WHOLE], "flipped": bool},
    "stride": [WHOLE],
    "dilation": [WHOLE],
    "padding": {"mode": TEXT, "top": WHOLE, "bottom": WHOLE, "left": WHOLE, "right": WHOLE},
    "border": TEXT,
    "bias": NUMBER,
    "normalize": TEXT,
    "alpha": TEXT,
    "exact": bool,
    "frames": WHOLE,
    "output": {"path": TEXT, "mode": TEXT, "shape": [WHOLE]},
    "formula": {"height": TEXT, "width": TEXT},
    "unused": {"bottom": WHOLE, "right": WHOLE},
    "range": {
        "policy": TEXT,
        "min": NUMBER,
        "max": NUMBER,
        "below": NUMBER,
        "above": NUMBER,
        "nonfinite": WHOLE,
    },
    "plan": {"algorithm": TEXT, "reason": TEXT},
    "seconds": {"read": NUMBER, "filter": NUMBER, "write": NUMBER},
    "hints": [TEXT],
    "steps": [dict],
}


def _check(value, outline, place="report"):
    if isinstance(outline, dict):
        for key, inner in outline.items():
            assert key in value, f"{place} has no {key!r}"
            _check(value[key], inner, f"{place}.{key}")
    elif isinstance(outline, list):
        assert isinstance(value, list), place
        for each in value:
            _check(each, outline[0], place)
    else:
        assert isinstance(value, outline), f"{place} is {value!r}"
        assert isinstance(value, bool) == (outline is bool), f"{place} is {value!r}"


def _strict(text):
    """The object on the last line, without NaN or Infinity."""

    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text.splitlines()[-1], parse_constant=refuse)


def _report(*words, cwd):
    done = run("apply", *words, "--json", cwd=cwd)
    assert (done.status, done.err) == (0, "")
    assert done.text.count("\n") == 1
    assert done.text.isascii()
    return _strict(done.text)


def test_all_keys_are_there_with_their_types(folder):
    report = _report("a.png", "-k", "sharpen", "--gray", cwd=folder)
    _check(report, OUTLINE)
    step = {key: OUTLINE[key] for key in ("kernel", "stride", "dilation", "padding", "plan")}
    assert len(report["steps"]) == 1
    _check(report["steps"][0], step, "step")


def test_the_values_are_those_of_the_run(folder):
    words = ["-k", "-1 0 2 / 2", "--flip", "-s", "2,3", "-d", "1,2", "-p", "0,1,2,3"]
    words += ["--border", "constant:50%", "--bias", "7", "--normalize", "size", "-o", "b.png"]
    report = _report("grey.png", *words, cwd=folder)
    assert report["version"] == convfilter.__version__
    assert report["input"] == {"path": "grey.png", "mode": "L", "shape": [20, 26]}
    assert report["output"] == {"path": "b.png", "mode": "L", "shape": [11, 9]}
    assert report["kernel"]["name"] == "matrix-1x3"
    assert (report["kernel"]["shape"], report["kernel"]["flipped"]) == ([1, 3], True)
    assert (report["stride"], report["dilation"]) == ([2, 3], [1, 2])
    want = {"mode": "pixels", "top": 0, "bottom": 1, "left": 2, "right": 3}
    assert report["padding"] == want
    assert (report["border"], report["bias"]) == ("constant:50%", 7)
    assert (report["normalize"], report["frames"]) == ("size", 1)
    assert (report["alpha"], report["exact"]) == ("none", True)
    assert report["formula"]["width"] == "⌊(26 + 2 + 3 − 2·(3−1) − 1) / 3⌋ + 1 = 9"
    assert report["unused"] == {"bottom": 0, "right": 2}
    assert report["range"]["policy"] == "clip"


@pytest.mark.parametrize("mode", ["valid", "same", "same-lower", "full"])
def test_the_mode_of_the_padding_is_the_word(folder, mode):
    report = _report("a.png", "-k", "sharpen", "-p", mode.upper(), "-q", cwd=folder)
    assert report["padding"]["mode"] == mode


def test_what_was_cut_is_told_as_shares(tmp_path):
    save(tmp_path / "a.png", np.array([[0, 100, 200, 250]], np.uint8))
    facts = _report("a.png", "-k", "2 0", "--bias", "-10", "-p", "0,1", cwd=tmp_path)["range"]
    assert (facts["min"], facts["max"]) == (-10, 490)
    assert (facts["below"], facts["above"], facts["nonfinite"]) == (2 / 5, 2 / 5, 0)


def test_all_hints_are_listed_and_none_is_printed(folder):
    hints = _report("a.png", "-k", "sobel-x", cwd=folder)["hints"]
    assert [hint.split()[0] for hint in hints] == ["these", "nothing", "the"]


def test_a_failure_is_an_object_with_an_error(folder):
    done = run("apply", "missing.png", "-k", "sharpen", "--json", cwd=folder)
    assert done.status == 1
    report = _strict(done.text)
    assert report["input"]["path"] == "missing.png"
    message = "missing.png: No such file or directory"
    assert report["error"] == {"type": "PictureError", "message": message}
    assert done.err == f"convfilter: {message}\n"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["-k", "sharpn"], "UnknownKernel"),
        (["-k", "1 x"], "SpecError"),
        (["-k", "sharpen", "-s", "0"], "OptionError"),
        (["-k", "none.yaml"], "KernelError"),
        (["-k", "[[[1]],[[1]]]"], "ShapeError"),
    ],
)
def test_the_type_of_an_error_is_its_name_in_the_library(folder, words, kind):
    done = run("apply", "a.png", *words, "--json", cwd=folder)
    assert done.status == getattr(errors, kind).exit_status
    assert _strict(done.text)["error"]["type"] == kind


def test_with_the_picture_on_standard_output_it_is_the_last_line_of_standard_error(folder):
    done = run("apply", "a.png", "-k", "sharpen", "-o", "-", "--json", cwd=folder)
    assert done.out.startswith(b"\x89PNG")
    _check(_strict(done.err), OUTLINE)
    failed = run("apply", "missing.png", "-k", "sharpen", "-o", "-", "--json", cwd=folder)
    assert (failed.status, failed.out) == (1, b"")
    assert _strict(failed.err)["error"]["type"] == "PictureError"


def test_nothing_finite_is_null(tmp_path):
    save(tmp_path / "a.png", np.full((4, 4), 9, np.uint8))
    done = process(Job(str(tmp_path / "a.png"), ((load_kernel("sharpen"), make_spec()),)))
    nan = float("nan")
    facts = done.result.statistics._replace(least=nan, greatest=nan, nonfinite=4)
    done = done._replace(result=done.result._replace(statistics=facts))
    told = _strict(json_line.outcome(done, {}))["range"]
    assert (told["min"], told["max"], told["nonfinite"]) == (None, None, 4)
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_line.line({"value": nan})
