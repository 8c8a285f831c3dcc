"""Where nothing can be compiled numpy does the same, and one line says so."""

import json

import numpy as np
import pytest
from pictures import assert_alike, assert_close, noise
from processes import output_of

import convfilter
from convfilter import native
from convfilter.core.conv import run
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec

DTYPES = ("uint8", "uint16", "int16", "int32", "float32", "float64")
SIZES = [(7, 90), (5, 6)]  # with and without an interior

WHOLE = {
    "plain": np.array([[1, -2, 1], [0, 3, -1]]),
    "many taps": np.arange(-7, 8).reshape(3, 5),
    "no taps": np.zeros((2, 2)),
    "full depth": np.arange(-5, 7).reshape(3, 2, 2),
    "bank": np.arange(-11, 13).reshape(2, 3, 2, 2),
}
FLOATS = {name: weights * np.pi / 7 for name, weights in WHOLE.items()}
POLICIES = ("float", "auto", "clip", "abs", "offset", "rescale")
GEOMETRIES = {
    "valid": {},
    "same": {"padding": "same"},
    "same-lower, edge": {"padding": "same-lower", "border": "edge"},
    "full, constant": {"padding": "full", "border": ("constant", 7)},
    "pixels, reflect": {"padding": (2, 0, 3, 4), "border": "reflect"},
    "pixels, symmetric": {"padding": (0, 9, 1, 0), "border": "symmetric", "dilation": 2},
    "same, wrap": {"padding": "same", "border": "wrap", "stride": (1, 2)},
    "same, resize": {"padding": "same", "border": "resize"},
    "strides": {"padding": 2, "stride": (2, 3)},
    "strides and dilations": {"padding": 5, "stride": (3, 2), "dilation": (2, 1)},
}
AMOUNTS = [{}, {"bias": 3}, {"bias": "10%", "scale": "1/3"}, {"normalize": "abs-sum"}]


@pytest.fixture
def both(fewer_loops, monkeypatch):
    """Results from compiled loops and from numpy."""

    def results(image, weights, **options):
        kernel, spec = make_kernel(weights), make_spec(**options)
        loops = run(image, kernel, spec)
        with monkeypatch.context() as patch:
            patch.setattr(native, "find", lambda _: None)
            return loops, run(image, kernel, spec)

    return results


def possible(dtype, policy, weights, amounts):
    """Whether the combination is a legal one."""
    signed = dtype in ("int16", "int32")
    return not (policy == "offset" and signed) and (weights.any() or "normalize" not in amounts)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("dtype", DTYPES[:4])
def test_numpy_gives_the_same_for_exact_kernels(both, dtype, name, policy):
    weights = WHOLE[name]
    for index, (geometry, options) in enumerate(GEOMETRIES.items()):
        amounts = AMOUNTS[index % len(AMOUNTS)]
        if not possible(dtype, policy, weights, amounts):
            continue
        image = noise((*SIZES[index % 3 == 0], 3), dtype, seed=index)
        loops, plain = both(image, weights, range_policy=policy, **options, **amounts)
        assert_alike(plain.pixels, loops.pixels)
        assert plain.statistics == loops.statistics, geometry


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_gives_the_same_bits_where_exact_is_asked_for(both, dtype, name, policy):
    weights = FLOATS[name]
    for index, (geometry, options) in enumerate(GEOMETRIES.items()):
        amounts = AMOUNTS[index % len(AMOUNTS)]
        if not possible(dtype, policy, weights, amounts):
            continue
        image = noise((*SIZES[index % 3 == 0], 3), dtype, seed=index)
        how = options | amounts
        loops, plain = both(image, weights, range_policy=policy, exact=True, **how)
        assert_alike(plain.pixels, loops.pixels)
        assert plain.statistics == loops.statistics, geometry


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_gives_nearly_the_same_for_float_kernels(both, dtype, name):
    weights = FLOATS[name]
    for index, options in enumerate(GEOMETRIES.values()):
        image = noise((*SIZES[index % 3 == 0], 3), dtype, seed=index)
        loops, plain = both(image, weights, range_policy="float", **options)
        share = 1e-12 if plain.pixels.dtype == np.float64 else 1e-5
        bound = share * np.abs(weights).sum() * np.abs(image.astype(float)).max()
        assert plain.pixels.dtype == loops.pixels.dtype
        assert_close(plain.pixels, loops.pixels, bound)
        for policy in ("clip", "abs", "rescale"):
            loops, plain = both(image, weights, range_policy=policy, **options)
            assert plain.pixels.dtype == loops.pixels.dtype == image.dtype
            level = 1 if image.dtype.kind in "iu" else max(bound, share)
            assert_close(plain.pixels, loops.pixels, level)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("name", ["plain", "many taps", "full depth", "bank"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numpy_lets_nan_and_infinity_spread_as_far(both, dtype, name, exact):
    image = noise((9, 90, 3), dtype)
    image[2, 5], image[4, 30, 1], image[6, 70, 2] = np.nan, np.inf, -np.inf
    for options in GEOMETRIES.values():
        if options.get("border") == "resize":
            continue
        loops, plain = both(image, WHOLE[name], range_policy="float", exact=exact, **options)
        assert_alike(plain.pixels, loops.pixels)  # whole numbers: every finite sum is exact
        assert plain.statistics.nonfinite == loops.statistics.nonfinite > 0
        assert plain.statistics == loops.statistics


def test_a_result_goes_where_it_is_wanted(monkeypatch):
    monkeypatch.setattr(native, "find", lambda _: None)
    image, out = noise((5, 80)), np.zeros((5, 80), np.float32)
    assert convfilter.correlate(image, [[0, 2, 0]], padding="same", out=out) is out
    assert_alike(out, (image * np.float32(2)))


@pytest.mark.parametrize("reason", ["always the same", "of its own for {loop.name}"])
def test_one_hint_is_told_once_for_all_loops(fresh, monkeypatch, reason):
    def refuse(loop):
        raise RuntimeError(reason.format(loop=loop))

    monkeypatch.setattr(native, "_compile", refuse)
    for kernel in ([[2]], [[1, 2]], [[1, 2, 3]], [[2]]):
        want = convfilter.reference.correlate(noise((3, 9)), kernel)
        assert_alike(convfilter.correlate(noise((3, 9)), kernel), want)
    hints = [line for line in fresh.told if "numpy" in line]
    assert len(hints) == 1, hints
    assert len(fresh.told) - len(hints) <= 1  # that something is about to be compiled


def test_a_loop_that_failed_is_not_tried_again(fresh, monkeypatch):
    tried = []
    monkeypatch.setattr(native, "_compile", tried.append)
    for _ in range(3):
        convfilter.correlate(noise((3, 9)), [[1, 2]])
    assert len(tried) == 1


FILTER = """
import json, sys
for module in sys.argv[1:]:
    sys.modules[module] = None
import numpy as np
import convfilter
from convfilter import native
told = []
native.tell = told.append
image = np.arange(300, dtype=np.uint8).reshape(3, 100)
results = [convfilter.correlate(image, kernel) for kernel in ([[1, 2]], [[0.5, np.pi]])]
compiled = [function is not None for function in native._functions.values()]
print(json.dumps([[float(r.astype(float).sum()) for r in results], compiled, told]))
"""


def test_without_llvmlite_numpy_works_and_one_line_says_so(tmp_path):
    results = {}
    for missing in ("llvmlite", "numba", "nothing"):
        folder = tmp_path / missing
        printed = output_of(FILTER, missing, CONVFILTER_CACHE_DIR=folder)
        results[missing], compiled, told = json.loads(printed)
        assert compiled == [missing == "nothing"] * 2
        hints = [line for line in told if "numpy" in line]
        assert len(hints) == (missing != "nothing"), told
        assert all(missing in hint for hint in hints)
    assert results["llvmlite"] == results["numba"]
    assert np.allclose(results["numba"], results["nothing"], rtol=1e-6)


def test_without_numba_a_filled_cache_is_enough(tmp_path):
    want, _, _ = json.loads(output_of(FILTER, CONVFILTER_CACHE_DIR=tmp_path / "cache"))
    printed = output_of(FILTER, "numba", CONVFILTER_CACHE_DIR=tmp_path / "cache")
    assert json.loads(printed) == [want, [True, True], []]
