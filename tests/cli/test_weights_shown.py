"""Weights of large kernels: pictures of them, never more than anybody reads."""

import io

import numpy as np
import pytest
from running import run

from convfilter.report.heat import in_cells
from convfilter.report.response import gain_of, gain_words, response_at, response_lines

LINES = 60


def _weights(text):
    """The lines between the description and the facts."""
    return text.partition("\n\n")[2].partition("\n\n")[0].splitlines()


def _shown(folder, kernel):
    done = run("kernels", "show", kernel, cwd=folder)
    assert (done.status, done.err) == (0, "")
    return done.text


@pytest.mark.parametrize(
    ("kernel", "high", "wide"),
    [
        ("gaussian:sigma=200,size=701", 47, 47),
        ("gaussian:sigma=3", 19, 19),
        ("motion:length=300,angle=90", 47, 1),
        ("box:size=1x999", 1, 47),
        ("gabor", 47, 47),
    ],
)
def test_a_large_kernel_is_a_picture_of_few_cells(folder, kernel, high, wide):
    *picture, legend, last = _weights(_shown(folder, kernel))
    assert len(picture) == high
    assert max(map(len, picture)) <= 2 + 2 * wide
    assert "weights as a picture: a blank is 0" in legend
    assert last.endswith("--json has the numbers")
    padded = [line.ljust(2 + 2 * wide)[2:] for line in picture]
    assert padded == padded[::-1]
    assert padded == [line[::-1] for line in padded]


def test_the_legend_tells_the_largest_weight_and_the_blocks(folder):
    small = _weights(_shown(folder, "gaussian:sigma=3"))[-2:]
    assert small[0].endswith(" up to @ for |w| = 0.0177;")
    assert "each is" not in small[1]
    large = _weights(_shown(folder, "gaussian:sigma=90,size=301"))
    assert large[-1] == "  each is the largest of up to 7×7 weights; --json has the numbers"


@pytest.mark.parametrize("kernel", ["gabor-bank", "kirsch", "opponent", "tall.yaml"])
def test_all_tables_together_are_not_long(folder, kernel):
    rows = [[[number] for number in range(40)]] * 3
    (folder / "tall.yaml").write_text(f"weights: {rows}\n")
    lines = _weights(_shown(folder, kernel))
    assert len(lines) <= LINES + 3
    if kernel in ("gabor-bank", "tall.yaml"):
        assert any("more tables; --json has all of them" in line for line in lines)
    else:
        assert not any("more tables" in line for line in lines)


def test_numbers_stay_where_they_fit(folder):
    lines = _weights(_shown(folder, "unsharp"))
    assert len(lines) == 7
    assert "1.84" in lines[3]
    assert not any("picture" in line for line in lines)


@pytest.mark.parametrize("size", [(49, 49), (50, 50), (97, 98), (1001, 3), (1, 500), (1000, 999)])
def test_blocks_keep_size_largest_number_and_symmetry(size):
    rows, columns = (np.minimum(np.arange(n), np.arange(n)[::-1]) for n in size)
    numbers = np.cos(rows[:, np.newaxis] * 0.7) * np.cos(columns * 0.3)
    cells = in_cells(numbers, 48)
    assert max(cells.shape) in (47, 48)
    assert np.abs(cells).max() == np.abs(numbers).max()
    assert np.array_equal(cells, cells[::-1, ::-1])
    assert set(cells.ravel()) <= set(numbers.ravel())


def test_small_numbers_are_no_blocks():
    numbers = np.arange(6.0).reshape(2, 3)
    assert in_cells(numbers, 48) is numbers


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([[-1, 2, -1]], "0 on flat areas, at most 4 (a pattern of 2 pixels across)"),
        ([[-1], [2], [-1]], "0 on flat areas, at most 4 (a pattern of 2 pixels down)"),
        ([[1, -1]], "0 on flat areas, at most 2 (a pattern of 2 pixels across)"),
        ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], "1 on flat areas, which is the most"),
        ([[0, 0]], "0 on flat areas, which is the most"),
        (
            np.outer([1, 4, 6, 4, 1], [-1, -2, 0, 2, 1]),
            "0 on flat areas, at most 83.14 (a pattern of 6 pixels across)",
        ),
        ([[1e308, -1e308]], "0 on flat areas, at most inf (a pattern of 2 pixels across)"),
    ],
)
def test_the_largest_gain_and_its_pattern(weights, words):
    assert gain_words(np.array(weights)) == words


def test_gains_are_those_of_a_much_finer_grid():
    randoms = np.random.default_rng(5)
    frequencies = np.linspace(-0.5, 0.5, 401)
    for size in [(1, 7), (2, 2), (5, 6), (8, 2), (3, 9)] * 3:
        values = randoms.normal(size=size)
        found = gain_of(values)
        finest = response_at(values, frequencies, frequencies).max()
        assert finest * (1 - 1e-9) <= found.largest <= finest * 1.001
        across = np.array([found.across, -found.across])
        assert response_at(values, np.array([found.down]), across).max() == pytest.approx(
            found.largest
        )


def test_a_narrow_peak_between_the_points_of_a_coarse_grid_is_found():
    y, x = np.mgrid[-300:301, -300:301]
    values = np.exp(-(y**2 + x**2) / 20000) * np.cos(2 * np.pi * (y * 0.1234 + x * 0.0567))
    found = gain_of(values)
    assert (found.down, found.across) == pytest.approx((0.1234, 0.0567), abs=1e-5)
    assert found.largest == pytest.approx(np.exp(-(y**2 + x**2) / 20000).sum() / 2, rel=1e-4)


@pytest.mark.parametrize(
    "weights", [[[1, -1]], [[1, 2], [3, 4]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]
)
def test_the_picture_of_a_response_is_not_lopsided(weights, monkeypatch):
    monkeypatch.setattr("sys.stdout", io.StringIO())
    lines = [line.ljust(50) for line in response_lines(np.array(weights, float))]
    assert len(lines) == 25
    assert lines == [line[::-1] for line in lines[::-1]]
