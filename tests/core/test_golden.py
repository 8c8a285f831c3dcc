"""tests/golden.json: inputs, options and results that any other program can check itself against.

    python tests/core/test_golden.py --write     computes the results anew, with the reference

A case has `image` (nested numbers) with `dtype`, `weights` with `divisor`, `options` by their names
in Python, and `result` with `result_dtype`. Numbers of results are exact: whole, or the shortest
decimal that reads back as the same float.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import convfilter
from convfilter.core.kernel import make_kernel

GOLDEN = Path(__file__).parents[1] / "golden.json"
ABOUT = (
    "Results of convfilter's reference, row-major. Options left out: stride 1, padding valid, "
    "border zero, dilation 1, bias 0, scale 1, normalize none, flip false, range_policy float. "
    "Weights are divided by divisor."
)

COURSE = [[1, 2, 4, 2, 1], [4, 7, 3, 2, 1], [4, 5, 2, 3, 1], [2, 1, 7, 8, 4], [3, 2, 4, 7, 8]]
COURSE_KERNEL = [[1, 0, 1], [0, 2, 1], [1, 0, 1]]
SMALL = [[10, 20, 30, 40], [50, 61, 70, 80], [90, 100, 110, 125]]
EXTREMES = [[0, 255, 0, 255], [255, 0, 255, 0], [0, 0, 255, 255]]
WEDGE = [[1, 2], [3, -4]]
EVEN = [[1, 2, 3, 4]]
SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
EDGES = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
BOX = [[1, 1, 1], [1, 1, 1], [1, 1, 1]]
COLOUR = [[[10, 0, 5], [20, 9, 7]], [[30, 8, 1], [40, 7, 2]], [[50, 6, 3], [60, 5, 4]]]
CUBE = [[[1, 2]], [[-3, 0]], [[0, 5]]]
BANK = [CUBE, [[[0, 1]], [[1, 0]], [[2, 2]]]]


def _case(name, image, weights, dtype="uint8", divisor=1, **options):
    return {
        "name": name,
        "dtype": dtype,
        "image": image,
        "weights": weights,
        "divisor": divisor,
        "options": options,
    }


def _cases():
    yield _case("course, as written", COURSE, COURSE_KERNEL)
    yield _case("course, turned", COURSE, COURSE_KERNEL, flip=True)
    yield _case("course, divided by nine", COURSE, COURSE_KERNEL, normalize="size")
    yield _case("course, every second window", COURSE, COURSE_KERNEL, stride=2)
    yield _case("steps that differ", COURSE, WEDGE, stride=[2, 1], dilation=[1, 3])
    for border in ("zero", "constant:7", "edge", "reflect", "symmetric", "wrap", "resize"):
        yield _case(f"border {border}", SMALL, WEDGE, padding=[2, 1, 3, 0], border=border)
    yield _case("a border in percent", SMALL, WEDGE, padding="full", border="constant:50%")
    yield _case(
        "padding far beyond the picture", [[1, 2, 3]], [[1]], padding=[0, 7], border="reflect"
    )
    yield _case("one pixel, reflected", [[5]], BOX, padding="same", border="reflect")
    for padding in ("valid", "same", "same-lower", "full", [1, 2]):
        yield _case(f"even kernel, padding {padding}", SMALL, EVEN, padding=padding)
    yield _case("same with an even turned kernel", SMALL, EVEN, padding="same", flip=True)
    yield _case("same with a stride", COURSE, SHARPEN, padding="same", border="edge", stride=2)
    for policy in ("clip", "abs", "offset", "rescale", "auto"):
        yield _case(f"range {policy}", EXTREMES, EDGES, padding="same", range_policy=policy)
    yield _case("sharpen, cut at both ends", EXTREMES, SHARPEN, padding="same", range_policy="clip")
    yield _case("mean, rounded", EXTREMES, BOX, divisor=9, padding="same", range_policy="clip")
    yield _case("half to even", [[0, 1, 2, 3, 4, 5]], [[1]], divisor=2, range_policy="clip")
    yield _case("decimals", SMALL, [[0.1, 0.8, 0.1]], range_policy="clip")
    yield _case("bias and scale", SMALL, WEDGE, bias=-10, scale=0.5, range_policy="clip")
    yield _case("bias in percent", SMALL, EDGES, bias="50%", padding="same", range_policy="clip")
    yield _case("uint16", [[0, 65535, 7], [65535, 1, 2]], WEDGE, "uint16", range_policy="clip")
    yield _case("int16", [[-32768, 32767, 5]], [[-1, 1]], "int16", divisor=3, range_policy="clip")
    yield _case("int32", [[-(2**31), 2**31 - 1, 5]], [[3, -1]], "int32")
    yield _case("float32", [[0.5, -0.25, 2]], [[3, -1]], "float32", bias=0.125)
    yield _case("float64, absolute", [[0.5, -0.25, 2]], [[1, -4]], "float64", range_policy="abs")
    yield _case("float64, rescaled", [[1, 2, 5, 4]], [[1]], "float64", range_policy="rescale")
    yield _case("colour, each channel by itself", COLOUR, WEDGE, padding="same", border="edge")
    yield _case("colour, full depth", COLOUR, CUBE, bias=1)
    yield _case("colour, a bank", COLOUR, BANK, bias=[1, -1], padding="same")
    yield _case("colour, a normalized bank", COLOUR, BANK, normalize="abs-sum", range_policy="clip")
    yield _case("normalize sum", SMALL, [[1, 2], [3, 1]], normalize="sum", range_policy="clip")


def _result(correlate, case):
    image = np.array(case["image"], case["dtype"])
    return correlate(image, make_kernel(case["weights"], case["divisor"]), **case["options"])


def write():
    """Computes every result with the reference and writes the file, a line an entry."""
    lines = []
    for case in _cases():
        result = _result(convfilter.reference.correlate, case)
        # A float32 through its own shortest decimal, 0.1 and not 0.10000000149011612
        texts = [float(str(number)) for number in result.ravel()]
        numbers = [int(t) if t == int(t) else t for t in texts]
        entry = {
            **case,
            "result_shape": list(result.shape),
            "result_dtype": result.dtype.name,
            "result": numbers,
        }
        lines.append(json.dumps(entry, ensure_ascii=False))
    body = ",\n".join(lines)
    GOLDEN.write_text(f'{{"about": "{ABOUT}", "cases": [\n{body}\n]}}\n', encoding="utf-8")


def _golden():
    if not GOLDEN.exists():
        return []
    return json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]


def _agrees(correlate, case):
    got = _result(correlate, case)
    assert got.dtype.name == case["result_dtype"]
    want = np.array(case["result"], got.dtype).reshape(case["result_shape"])
    assert got.shape == want.shape
    assert got.tolist() == want.tolist()


@pytest.mark.parametrize("case", _golden(), ids=lambda case: case["name"])
def test_convfilter_gives_the_golden_result(case):
    _agrees(convfilter.correlate, case)


@pytest.mark.parametrize("case", _golden(), ids=lambda case: case["name"])
def test_the_reference_gives_the_golden_result(case):
    _agrees(convfilter.reference.correlate, case)


def test_the_file_holds_every_case_of_this_script():
    inputs = [{key: case[key] for key in next(_cases())} for case in _golden()]
    assert inputs == json.loads(json.dumps(list(_cases())))


def test_the_course_s_numbers_stand_in_the_file():
    results = {case["name"]: case["result"] for case in _golden()}
    assert results["course, as written"] == [28, 20, 13, 28, 25, 22, 22, 39, 35]
    assert results["course, turned"] == [29, 25, 15, 30, 27, 23, 17, 32, 38]


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    write()
