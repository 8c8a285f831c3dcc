"""One more and one fewer around every seam: vectors, tiles, chunks, lines, bands, threads.

Those of Fourier tiles, running sums and four rows at once: test_seams_of_plans.py.
"""

from itertools import product

import numpy as np
import pytest
from definition import Case
from pictures import noise
from seams import agrees, forget_works

import convfilter
from convfilter.core import bands, direct
from convfilter.core.bands import make_bands
from convfilter.core.conv import run
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec
from convfilter.native.loops import CHUNK, LONG_CHUNK

AROUND = [seam + step for seam in (16, 32, 64, 128, 256) for step in (-1, 0, 1)]
AROUND_CHUNK = [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 1]
DTYPES = ["uint8", "uint16", "int16", "int32", "float32", "float64"]

TWO_TAPS = np.array([[0, 2, 0], [0, 0, 0], [-1, 0, 0]])
NINE_TAPS = np.array([[1, 2, -1], [3, -2, 1], [-1, 1, 2]])
MANY_TAPS = np.arange(20).reshape(4, 5) % 7 - 3  # 17 taps, in tiles
KERNELS = [TWO_TAPS, NINE_TAPS, MANY_TAPS]


def _image_for(row_length, stride, reach, padding, channels, dtype):
    """A picture of three rows and more whose result has rows of exactly that many pixels."""
    width = row_length * stride if padding == "same" else (row_length - 1) * stride + reach + 1
    shape = (5, width, channels) if channels else (5, width)
    return noise(shape, dtype, seed=row_length)


def _rows_of(row_length, interior, monkeypatch):
    monkeypatch.setattr(direct, "LEAST_INTERIOR", interior)
    forget_works()
    layouts = product(KERNELS, (1, 2, 3), ("valid", "same"), (0, 3))
    for number, (kernel, stride, padding, channels) in enumerate(layouts):
        dtype = DTYPES[(number + row_length) % len(DTYPES)]
        image = _image_for(row_length, stride, kernel.shape[1] - 1, padding, channels, dtype)
        policy = ("float", "clip")[number // 2 % 2]
        yield Case(
            image, kernel, stride=(1, stride), padding=padding, border="reflect", policy=policy
        )


@pytest.mark.parametrize("row_length", AROUND)
@pytest.mark.parametrize("interior", [1, 10**9], ids=["in-place", "lines"])
def test_rows_around_vector_widths(row_length, interior, monkeypatch):
    for case in _rows_of(row_length, interior, monkeypatch):
        agrees(case)


@pytest.mark.parametrize("row_length", AROUND_CHUNK)
@pytest.mark.parametrize("interior", [1, 10**9], ids=["in-place", "lines"])
def test_rows_around_the_chunk_of_sums(row_length, interior, monkeypatch):
    for case in _rows_of(row_length, interior, monkeypatch):
        agrees(case)


@pytest.mark.parametrize("row_length", [LONG_CHUNK - 1, LONG_CHUNK, LONG_CHUNK + 1])
@pytest.mark.parametrize("interior", [1, 10**9], ids=["in-place", "lines"])
def test_rows_around_the_long_chunk_of_a_few_taps(row_length, interior, monkeypatch):
    for case in _rows_of(row_length, interior, monkeypatch):
        if np.count_nonzero(case.weights) <= 9 and case.image.shape[1] < 2 * LONG_CHUNK:
            agrees(case)


@pytest.mark.parametrize("samples", [5 * 16 - 1, 5 * 16 + 1, CHUNK - 2, CHUNK + 1])
def test_rows_of_colour_whose_samples_end_at_a_seam(samples):
    width = -(-samples // 3)
    image = noise((4, width + 2, 3), "uint8", seed=samples)
    agrees(Case(image, NINE_TAPS, policy="abs"))
    agrees(Case(image, MANY_TAPS[:3, :3], policy="float"))


@pytest.mark.parametrize("taps", range(18))
def test_every_number_of_taps(taps):
    flat = np.zeros(21, np.int64)
    flat[:taps] = np.arange(1, taps + 1)
    kernel = flat.reshape(3, 7)[:, ::-1]
    for dtype in ("uint8", "float32"):
        agrees(Case(noise((9, 70), dtype), kernel, padding="same", border="wrap"))


def test_full_depth_reads_every_channel_around_a_seam():
    weights = np.arange(2 * 3 * 2 * 3).reshape(2, 3, 2, 3) % 5 - 2
    for width in (31, 32, 33, 65):
        for stride in (1, 2, 3):
            image = noise((7, width, 3), "uint16", seed=width)
            agrees(Case(image, weights, stride=(2, stride), padding="full", border="symmetric"))


# ── bands ──


@pytest.fixture(params=[1, 7, 50, 400])
def small_bands(request, monkeypatch):
    """Bands of a few rows, and threads however small the picture is."""
    monkeypatch.setattr(bands, "BAND_PRODUCTS", 9 * 23 * request.param / 7)
    monkeypatch.setattr(bands, "LEAST_THREADED_PRODUCTS", 0)
    monkeypatch.setattr(direct, "LEAST_INTERIOR", 4)
    forget_works()
    yield
    forget_works()


LAYOUTS = [
    {"padding": "valid"},
    {"padding": "same", "border": "edge"},
    {"padding": "full", "border": "constant:9"},
    {"padding": (0, 3, 5, 0), "border": "zero"},
    {"padding": (9, 9, 30, 30), "border": "reflect"},
    {"padding": "same-lower", "border": "wrap", "dilation": (2, 3)},
    {"padding": "same", "border": "symmetric", "stride": (2, 1)},
    {"padding": "same", "border": "resize", "stride": (3, 2)},
    {"padding": "full", "border": "edge", "stride": (1, 3), "dilation": (1, 2)},
]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("number", range(len(LAYOUTS)))
def test_small_bands(number, threads, small_bands):
    for index, (kernel, channels) in enumerate(product(KERNELS, (0, 3))):
        dtype = DTYPES[(number + index) % len(DTYPES)]
        shape = (17, 23, channels) if channels else (17, 23)
        case = Case(noise(shape, dtype), kernel, policy="clip", **LAYOUTS[number])
        agrees(case, {"threads": threads})


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("policy", ["float", "clip", "rescale", "auto"])
def test_small_bands_of_a_bank(policy, threads, small_bands):
    bank = np.arange(5 * 3 * 2 * 2).reshape(5, 3, 2, 2) % 7 - 3
    image = noise((13, 19, 3), "int16")
    agrees(Case(image, bank, padding="same", border="edge", policy=policy), {"threads": threads})


def test_statistics_of_small_bands_are_those_of_the_whole(small_bands, monkeypatch):
    image = noise((17, 23, 3), "uint8")
    spec = make_spec(padding="same", border="edge", range_policy="clip", threads=3)
    parts = run(image, NINE_TAPS, spec).statistics
    monkeypatch.undo()
    assert run(image, NINE_TAPS, spec).statistics == parts
    assert parts.below > 0
    assert parts.above > 0


@pytest.mark.parametrize("threads", [1, 3])
def test_small_bands_are_many_and_go_to_the_threads(threads, monkeypatch):
    monkeypatch.setattr(bands, "BAND_PRODUCTS", 1)
    monkeypatch.setattr(bands, "LEAST_THREADED_PRODUCTS", 0)
    forget_works()
    calls = []

    def spy(pieces, threads):
        calls.append((len(pieces), threads))
        for piece in pieces:
            piece()

    monkeypatch.setattr(bands, "run_all", spy)
    options = {"padding": "same", "plan": "direct", "threads": threads, "range_policy": "clip"}
    convfilter.correlate(noise((17, 23)), NINE_TAPS, **options)
    assert calls == [(17 // 5, threads)]  # bands of fewer rows than two windows are no gain


def test_bands_cover_the_result_once(small_bands):
    image = noise((17, 23))
    for options in LAYOUTS:
        problem = make_problem(image, NINE_TAPS, make_spec(**options))
        height, width = problem.geometry.out
        for most_rows in (1, 5, 2**28):
            covered = np.zeros(height, int)
            for band in make_bands(problem, width, 9.0, most_rows):
                assert band.y1 - band.y0 <= most_rows
                covered[band.y0 : band.y1] += 1
            assert (covered == 1).all(), options


def test_bands_do_not_depend_on_threads(small_bands):
    image = noise((17, 23))
    for options in LAYOUTS:
        one, three = (
            make_bands(
                make_problem(image, NINE_TAPS, make_spec(threads=threads, **options)),
                23,
                9.0,
                2**28,
            )
            for threads in (1, 3)
        )
        assert one == three
