"""Dask arrays, chunk by chunk: the result of the same call in memory, and nothing computed before its time."""

import pickle
import random
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from chain_cases import chain_case
from pictures import assert_alike, assert_close, noise

import convfilter
from convfilter import native
from convfilter.core.conv import run_steps
from convfilter.errors import ConvfilterError, DTypeError, OptionError, ShapeError

dask = pytest.importorskip("dask")
import dask.array as da  # noqa: E402

import convfilter.dask  # noqa: E402

BORDERS = ["zero", "constant:7", "edge", "reflect", "symmetric", "wrap"]
PADDINGS = [("valid", "zero"), *product(["same", "same-lower", "full", (1, 2, 3, 0)], BORDERS)]
DTYPES = ["uint8", "uint16", "int16", "int32"]
POLICIES = ["float", "clip", "abs", "rescale"]


@pytest.fixture(autouse=True)
def in_this_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture
def uncompiled(monkeypatch):
    """numpy stands in for the loops, of which many would be needed; they give the same."""
    monkeypatch.setattr(native, "find", lambda _loop: None)


def chunked(image, choose):
    """In chunks of 1, of 2, or of any sizes."""
    return da.from_array(image, chunks=tuple(_sizes(size, choose) for size in image.shape))


def _sizes(size, choose):
    step = choose.choice([1, 2, 0]) if size < 12 else 0
    if step:
        return step
    cuts = sorted(choose.sample(range(1, size), choose.randint(0, min(3, size - 1))))
    return tuple(np.diff([0, *cuts, size]).tolist())


def assert_lazy_same(lazy, want):
    """What is known beforehand is right, and so are the numbers."""
    assert (lazy.shape, lazy.dtype) == (want.shape, want.dtype)
    assert (lazy._meta.ndim, lazy._meta.dtype) == (want.ndim, want.dtype)
    assert_alike(lazy.compute(), want)


@pytest.mark.parametrize(("padding", "border"), PADDINGS)
def test_every_stride_and_dilation_is_bit_for_bit_that_in_memory(uncompiled, padding, border):
    number = PADDINGS.index((padding, border))
    for stride, dilation in product([1, 2, 3], [1, 2]):
        number += 1
        choose = random.Random(number)
        size = choose.randint(3, 8), choose.randint(3, 8)
        image = noise((*size, 3) if number % 3 == 0 else size, DTYPES[number % 4], number)
        kernel = choose.randint(1, 4), choose.randint(1, 4)
        weights = np.random.default_rng(number).integers(-3, 4, kernel)
        options = {"padding": padding, "border": border, "stride": stride, "dilation": dilation}
        options["range_policy"] = POLICIES[number // 2 % 4]
        try:
            want = convfilter.correlate(image, weights, **options)
        except ShapeError:
            with pytest.raises(ShapeError):
                convfilter.dask.correlate(chunked(image, choose), weights, **options)
            continue
        assert_lazy_same(
            convfilter.dask.correlate(chunked(image, choose), weights, **options), want
        )


@pytest.mark.parametrize("turn", range(3))
def test_chains_composites_banks_and_sums_over_channels(uncompiled, turn):
    judged = 0
    for seed in range(7000 + 20 * turn, 7020 + 20 * turn):
        image, steps = chain_case(seed)
        if any(spec.border.kind == "resize" for _, spec in steps):
            continue
        lazy = chunked(image, random.Random(seed))
        try:
            want = run_steps(image, steps).pixels
        except ConvfilterError as error:
            with pytest.raises(type(error)):
                convfilter.dask._in_chunks(lazy, steps)
            continue
        assert_lazy_same(convfilter.dask._in_chunks(lazy, steps), want)
        judged += 1
    assert judged > 10


@pytest.mark.parametrize("plan", ["direct", "separable", "box", "fourier"])
def test_float_kernels_lie_within_their_error(plan):
    image = noise((90, 80), "float32", 2)
    rng = np.random.default_rng(3)
    weights = {"box": np.full((9, 9), 0.013), "separable": np.outer(*rng.normal(size=(2, 9)))}
    kernel = weights.get(plan, rng.normal(size=(9, 9)))
    options = {"padding": "same", "border": "symmetric", "plan": plan}
    got = convfilter.dask.correlate(da.from_array(image, chunks=(37, 29)), kernel, **options)
    want = convfilter.correlate(image, kernel, **options)
    bound = 2e-5 * np.abs(kernel).sum() * np.abs(image).max()
    assert_close(got.compute(), want, bound)


@pytest.mark.parametrize("policy", ["float", "rescale"])
def test_exact_float_kernels_are_bit_for_bit_those_in_memory(policy):
    image = noise((60, 50), "float32", 3)
    weights = np.random.default_rng(4).normal(size=(5, 5))
    options = {"padding": "same", "border": "wrap", "exact": True, "range_policy": policy}
    got = convfilter.dask.correlate(da.from_array(image, chunks=(17, 21)), weights, **options)
    want = convfilter.correlate(image, weights, **options)
    assert got.compute().tobytes() == want.tobytes()


@pytest.mark.parametrize("plan", ["auto", "box", "fourier"])
def test_a_nan_stays_within_the_windows_that_reach_it(plan):
    image = noise((40, 50), "float32", 5)
    image[20, 30] = np.nan
    lazy = da.from_array(image, chunks=(11, 9))
    got = convfilter.dask.correlate(lazy, np.full((5, 5), 0.3), padding="same", plan=plan).compute()
    there = np.isnan(got)
    assert there.sum() == 25
    assert there[18:23, 28:33].all()


def test_convolve_turns_the_kernel():
    image, weights = noise((9, 8)), [[1, 2], [3, 5]]
    got = convfilter.dask.convolve(da.from_array(image, chunks=4), weights, padding="same")
    assert_lazy_same(got, convfilter.convolve(image, weights, padding="same"))


def test_apply_kernels_takes_what_it_takes_in_memory():
    image = noise((40, 44, 3), "uint8", 6)
    lazy = da.from_array(image, chunks=(13, 20, 2))
    for kernels in ("gaussian:sigma=2,stride=2 then sobel", ["box-3", ([[1, 2]], {"stride": 3})]):
        got = convfilter.dask.apply_kernels(lazy, kernels, range_policy="clip", padding="same")
        want = convfilter.apply_kernels(image, kernels, range_policy="clip", padding="same")
        assert_lazy_same(got, want)


def test_chunks_of_the_result_lie_over_those_of_the_array():
    lazy = da.zeros((100, 70, 3), chunks=((40, 60), 20, 1), dtype=np.uint8)
    same = convfilter.dask.correlate(lazy, np.ones((3, 3)), padding="same")
    assert same.chunks == ((40, 60), (20, 20, 20, 10), (3,))
    halved = convfilter.dask.correlate(lazy, np.ones((3, 3)), padding="same", stride=2)
    assert halved.chunks == ((20, 30), (10, 10, 10, 5), (3,))
    valid = convfilter.dask.correlate(lazy, np.ones((5, 5)))
    assert valid.chunks == ((38, 58), (18, 20, 20, 8), (3,))
    bank = convfilter.dask.correlate(lazy, np.ones((8, 3, 3, 3)), padding="same")
    assert bank.chunks == ((40, 60), (20, 20, 20, 10), (8,))
    assert convfilter.dask.correlate(lazy, np.ones((3, 3, 3)), padding="same").ndim == 2


def test_nothing_is_computed_before_it_is_asked_for():
    def fail(block):
        raise AssertionError("computed")

    lazy = da.zeros((20, 20), chunks=5, dtype=np.uint8).map_blocks(fail, dtype=np.uint8)
    for policy in ("clip", "rescale"):
        convfilter.dask.correlate(lazy, np.ones((3, 3)), range_policy=policy)


def test_a_chunk_of_the_result_computes_only_what_it_reads():
    met = []

    def watched(block, block_id):
        met.append(block_id)
        return block

    lazy = da.zeros((50, 50), chunks=10, dtype=np.uint8)
    lazy = lazy.map_blocks(watched, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))
    options = {"padding": "same", "border": "wrap"}
    convfilter.dask.correlate(lazy, np.ones((3, 3)), **options).blocks[0, 2].compute()
    assert sorted(met) == [(y, x) for y in (0, 1, 4) for x in (1, 2, 3)]


def test_the_same_call_has_the_same_name_and_another_has_not():
    lazy = da.zeros((20, 20), chunks=5, dtype=np.uint8)
    for policy in ("clip", "rescale"):
        names = [
            convfilter.dask.correlate(
                lazy, convfilter.load_kernel(kernel), range_policy=policy, bias=bias
            ).name
            for kernel, bias in (("sharpen", 1), ("sharpen", 1), ("sharpen", 2), ("blur", 1))
        ]
        assert names[0] == names[1]
        assert len(set(names)) == 3


def test_rescale_makes_its_array_twice_rather_than_hold_it():
    met = []

    def watched(block, block_id):
        met.append(block_id)
        return block

    lazy = da.ones((40, 40), chunks=10, dtype=np.uint8)
    lazy = lazy.map_blocks(watched, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))
    convfilter.dask.correlate(lazy, np.ones((3, 3)), range_policy="rescale").compute()
    assert len(met) == 2 * 16
    assert len(set(met[:16])) == 16


def test_whole_numbers_that_may_not_fit_are_checked_when_they_are_there():
    image = np.array([[1, 2**31]] * 4)
    fits = convfilter.dask.correlate(da.from_array(image[:, :1], chunks=2), [[3]])
    assert fits.compute().ravel().tolist() == [3.0] * 4
    large = convfilter.dask.correlate(da.from_array(image, chunks=2), [[3]])
    with pytest.raises(DTypeError, match="int64 images are filtered as int32"):
        large.compute()


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint32", "float16", ">u2", ">f4"])
def test_other_numbers_are_taken_as_in_memory(dtype):
    image = (noise((9, 8)) > 100).astype(dtype)
    got = convfilter.dask.correlate(da.from_array(image, chunks=4), [[1, 2]], range_policy="clip")
    assert_lazy_same(got, convfilter.correlate(image, [[1, 2]], range_policy="clip"))


@pytest.mark.parametrize(
    ("lazy", "weights", "options", "error", "said"),
    [
        (np.zeros((9, 9)), [[1]], {}, DTypeError, "a dask array is needed, got ndarray"),
        (da.zeros(9), [[1]], {}, ShapeError, "got 1 dimensions"),
        (da.zeros((9, 9), dtype=complex), [[1]], {}, DTypeError, "images hold uint8"),
        (da.zeros((2, 2)), np.ones((3, 3)), {}, ShapeError, "the output would be empty"),
        (da.zeros((9, 9)), np.ones((2, 3, 3)), {}, ShapeError, "the kernel has depth 2"),
        (da.zeros((9, 9)), "sharpen", {}, DTypeError, r"load_kernel\('sharpen'\)"),
        (da.zeros((9, 9)), [[1]], {"stride": 0}, OptionError, "stride: 0 is no whole number"),
        (da.zeros((9, 9)), [[1, 2]], {"plan": "box"}, OptionError, "plan: box can't do this"),
        (
            da.zeros((9, 9)),
            [[1, 2]],
            {"padding": "same", "border": "resize"},
            OptionError,
            "border: resize enlarges the whole picture",
        ),
    ],
)
def test_errors_come_before_anything_is_computed(lazy, weights, options, error, said):
    with pytest.raises(error, match=said):
        convfilter.dask.correlate(lazy, weights, **options)


def test_chunks_of_unknown_sizes_are_refused_with_a_way():
    lazy = da.ones((9, 9), chunks=3)
    with pytest.raises(ShapeError, match=r"array\.compute_chunk_sizes"):
        convfilter.dask.correlate(lazy[lazy[:, 0] > 0], [[1]])


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_threads_change_nothing(scheduler):
    image = noise((300, 400, 3), "uint8", 7)
    lazy = da.from_array(image, chunks=(64, 100, 3))
    got = convfilter.dask.apply_kernels(
        lazy, "sharpen then sobel", range_policy="rescale", padding="same", border="edge"
    )
    want = convfilter.apply_kernels(
        image, "sharpen then sobel", range_policy="rescale", padding="same", border="edge"
    )
    assert_alike(got.compute(scheduler=scheduler), want)


def test_a_result_can_be_sent_to_another_process():
    image = noise((20, 24), "uint8", 8)
    for policy in ("clip", "rescale"):
        lazy = convfilter.dask.apply_kernels(
            da.from_array(image, chunks=7), "gaussian:sigma=1 then sobel", range_policy=policy
        )
        want = convfilter.apply_kernels(image, "gaussian:sigma=1 then sobel", range_policy=policy)
        assert_alike(pickle.loads(pickle.dumps(lazy)).compute(), want)


CLUSTER = """
import numpy as np, dask.array as da
from distributed import Client, LocalCluster
import convfilter, convfilter.dask
def main():
    image = np.arange(200 * 300, dtype=np.uint16).reshape(200, 300) * np.uint16(7919)
    lazy = da.from_array(image, chunks=(70, 90))
    options = dict(padding="same", border="wrap", range_policy="rescale")
    want = convfilter.apply_kernels(image, "sharpen then sobel", **options)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster):
            got = convfilter.dask.apply_kernels(lazy, "sharpen then sobel", **options).compute()
    assert got.dtype == want.dtype and np.array_equal(got, want)
    print("the same")
if __name__ == "__main__":
    main()
"""


def test_two_workers_of_a_cluster_make_the_same(tmp_path):
    pytest.importorskip("distributed")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "the same\n", done.stderr


WITHOUT_DASK = """
import sys
sys.modules["dask"] = None
import convfilter
try:
    import convfilter.dask
except ImportError as error:
    print(error)
"""


def test_without_dask_the_extra_is_named():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DASK], capture_output=True, text=True, check=True
    )
    assert done.stdout == "convfilter.dask filters dask arrays: pip install 'convfilter[cluster]'\n"
