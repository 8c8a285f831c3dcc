"""Seams that single algorithms have: four rows at once, blocks of taps, running sums, Fourier tiles."""

from itertools import product

import numpy as np
import pytest
from definition import Case
from pictures import noise
from seams import agrees, forget_works

from convfilter.core import bands, box, fourier
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec
from convfilter.native.loops import CHUNK, TAPS_A_BLOCK

DTYPES = ["uint8", "uint16", "int16", "int32", "float32", "float64"]
PRODUCT = np.outer([1, -2, 1, 3], [2, 1, -1])
EQUAL = np.full((3, 4), 2)
NEITHER = np.arange(20).reshape(4, 5) % 7 - 3
THREADS = (1, 3)
LAYOUTS = [
    {"padding": "valid"},
    {"padding": "same", "border": "edge"},
    {"padding": "full", "border": "constant:9"},
    {"padding": (9, 9, 30, 30), "border": "reflect"},
    {"padding": "same-lower", "border": "wrap", "dilation": (1, 3)},
    {"padding": "same-lower", "border": "wrap", "dilation": (3, 2)},
    {"padding": "same", "border": "symmetric", "stride": (2, 1)},
    {"padding": "same", "border": "resize", "stride": (3, 2)},
    {"padding": "full", "border": "edge", "stride": (1, 3), "dilation": (2, 1)},
]


@pytest.fixture
def small_bands(monkeypatch):
    """Bands of a few rows, and threads however small the picture is."""
    monkeypatch.setattr(bands, "BAND_PRODUCTS", 1)
    monkeypatch.setattr(bands, "LEAST_THREADED_PRODUCTS", 0)
    forget_works()
    yield
    forget_works()


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("number", range(len(LAYOUTS)))
def test_every_plan_in_small_bands(number, threads, small_bands):
    seen = set()
    for index, (kernel, channels) in enumerate(product((PRODUCT, EQUAL, NEITHER), (0, 3))):
        dtype = DTYPES[(number + index) % len(DTYPES)]
        shape = (41, 23, channels) if channels else (41, 23)
        case = Case(noise(shape, dtype), kernel, policy="clip", **LAYOUTS[number])
        seen.update(agrees(case, {"threads": threads}))
    assert seen >= {"direct", "separable", "fourier"}


# ── four rows at once, and the ring of lines ──


@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 31, 32, 33])
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_results_of_any_height(height, stride):
    for number, (kernel, dilation) in enumerate(product((PRODUCT, EQUAL, NEITHER), (1, 2, 3))):
        reach = dilation * (kernel.shape[0] - 1)
        rows = (height - 1) * stride + reach + 1
        image = noise((rows, 21), DTYPES[(number + height) % 6], seed=height)
        agrees(Case(image, kernel, stride=(stride, 1), dilation=(dilation, 1)))


def test_rows_further_apart_than_windows_are_left_out():
    for kernel in (PRODUCT, NEITHER):
        agrees(Case(noise((50, 21)), kernel, stride=(11, 1)))
        agrees(Case(noise((50, 21), "float64"), kernel, stride=(7, 9), padding="full"))


@pytest.mark.parametrize("maps", [1, 2, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("threads", THREADS)
def test_any_number_of_maps(maps, threads, small_bands):
    bank = np.arange(maps * 3 * 2 * 3).reshape(maps, 3, 2, 3) % 7 - 3
    for dtype, width in (("uint8", 20), ("float32", 66), ("int32", 33)):
        image = noise((9, width, 3), dtype, seed=maps)
        agrees(Case(image, bank, padding="same", border="edge"), {"threads": threads})


def test_maps_without_taps_between_maps_that_have_some():
    bank = np.zeros((6, 2, 2, 2), int)
    bank[1] = np.arange(8).reshape(2, 2, 2) - 3
    bank[5, 1, 1, 1] = 2
    for dtype in DTYPES:
        agrees(Case(noise((9, 20, 2), dtype), bank, bias=5, padding="same", border="wrap"))


# ── blocks of taps ──


@pytest.mark.parametrize(
    "taps", [n + d for n in (TAPS_A_BLOCK, 2 * TAPS_A_BLOCK) for d in (-1, 0, 1)]
)
@pytest.mark.parametrize("tall", [False, True])
def test_blocks_of_taps(taps, tall):
    line = (np.arange(taps) % 5 - 2) * 2 + 1
    kernel = line[:, np.newaxis] if tall else line[np.newaxis]
    for dtype in DTYPES:
        shape = (taps + 5, 40) if tall else (6, taps + 70)
        agrees(Case(noise(shape, dtype), kernel))


@pytest.mark.parametrize("taps", [63, 64, 65])
def test_blocks_of_taps_down_and_across(taps):
    kernel = np.outer(np.arange(taps) % 3 + 1, [1, 2, 0, -1])
    for each, dtype in product((kernel, kernel.T), DTYPES):
        agrees(Case(noise((80, 80), dtype), each, padding="same", border="symmetric"))


# ── chunks ──


@pytest.mark.parametrize("row_length", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 1])
@pytest.mark.parametrize("kernel", [PRODUCT, EQUAL, NEITHER], ids=["product", "equal", "neither"])
def test_rows_around_the_chunk(kernel, row_length):
    for number, (stride, channels) in enumerate(product((1, 2, 3), (0, 3))):
        columns = (row_length - 1) * stride + kernel.shape[1]
        shape = (9, columns, channels) if channels else (9, columns)
        image = noise(shape, DTYPES[(number + row_length) % 6], seed=row_length)
        policy = ("float", "clip")[number % 2]
        agrees(Case(image, kernel, stride=(1, stride), policy=policy))


def test_running_sums_whose_channels_do_not_divide_the_chunk():
    for channels in (7, 11):
        image = noise((5, 700, channels))
        for stride in (1, 2):
            agrees(Case(image, EQUAL, stride=(1, stride)))


# ── fresh starts of running sums ──


@pytest.mark.parametrize("most_rows", [1, 2, 7])
@pytest.mark.parametrize("threads", THREADS)
def test_running_sums_that_start_again(most_rows, threads, monkeypatch):
    monkeypatch.setattr(box, "MOST_ROWS", most_rows)
    forget_works()
    for number, layout in enumerate(LAYOUTS):
        image = noise((23, 20), DTYPES[number % 6])
        agrees(Case(image, EQUAL, **layout), {"threads": threads})
    forget_works()


# ── Fourier tiles ──


@pytest.fixture(params=[16, 20, 32])
def small_tiles(request, monkeypatch):
    """Tiles of at most that many pixels a side."""
    monkeypatch.setattr(fourier, "LARGEST_TILE", request.param)
    forget_works()
    yield request.param
    forget_works()


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("number", range(len(LAYOUTS)))
def test_small_fourier_tiles(number, threads, small_tiles):
    for index, (kernel, channels) in enumerate(product((PRODUCT, NEITHER), (0, 3))):
        shape = (41, 53, channels) if channels else (41, 53)
        image = noise(shape, DTYPES[(number + index) % 6])
        case = Case(image, kernel, policy=("clip", "float")[index % 2], **LAYOUTS[number])
        spec = make_spec(**case.options)
        size = fourier._tiling(make_problem(image, kernel, spec)).size
        assert max(size) <= small_tiles, size
        suited = agrees(case, {"threads": threads}, plans=("fourier",))
        assert suited or image.dtype == np.int32  # sums of int64 would not come out exact


@pytest.mark.parametrize("size", [15, 16, 17, 18, 19, 20, 21, 31, 32, 33])
def test_results_around_the_size_of_a_tile(size, small_tiles):
    for height, width in ((size, 40), (40, size), (size, size)):
        agrees(Case(noise((height, width)), NEITHER), plans=("fourier",))
        full_depth = np.arange(2 * 3 * 4).reshape(2, 3, 4) % 5 - 2
        agrees(Case(noise((height, width, 2), "float32"), full_depth), plans=("fourier",))


def test_a_kernel_that_leaves_one_pixel_of_a_tile(small_tiles):
    kernel = np.arange(small_tiles**2).reshape(small_tiles, -1) % 5 - 2
    for dtype in ("uint8", "int16", "float32", "float64"):
        agrees(Case(noise((small_tiles + 5, small_tiles + 9), dtype), kernel), plans=("fourier",))
