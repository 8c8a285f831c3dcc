"""Composites in one loop give what their kernels' sums give apart."""

from itertools import product

import numpy as np
import pytest
from pictures import assert_alike, noise

import convfilter
from convfilter.core import chain, reference
from convfilter.core.composite import make_composite
from convfilter.core.conv import run
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec
from convfilter.presets.load import load_kernel

ROBERTS = [load_kernel("roberts-1"), load_kernel("roberts-2")]
COMPOSITES = {
    "sobel": load_kernel("sobel"),
    "kirsch": load_kernel("kirsch"),
    "roberts": make_composite(ROBERTS, "sum-abs", name="roberts"),
    "halves": make_composite([make_kernel([[1, 2, -1]], 2), make_kernel([[0, -3, 1]], 2)], "max"),
}
BORDERS = ["zero", "constant:9", "edge", "reflect", "symmetric", "wrap"]


@pytest.fixture
def together(monkeypatch):
    """How often one loop did it, and how often not."""
    found = []

    def counted(*given):
        found.append(original(*given) is not None)
        return original(*given)

    original = chain.run_together
    monkeypatch.setattr(chain, "run_together", counted)
    return found


def _apart(monkeypatch, image, kernel, **options):
    with monkeypatch.context() as patch:
        patch.setattr(chain, "run_together", lambda *_: None)
        return convfilter.correlate(image, kernel, **options)


@pytest.mark.parametrize("name", COMPOSITES)
@pytest.mark.parametrize("policy", ["auto", "float"])
def test_all_small_sizes_and_borders_agree_with_the_definition(together, name, policy):
    kernel = COMPOSITES[name]
    for number, (height, width) in enumerate(product(range(3, 8), range(3, 8))):
        channels = (height, width, 3) if number % 2 else (height, width)
        image = noise(channels, "uint8", number)
        options = {
            "padding": ["same", "full", "valid", (1, 2, 0, 3)][number % 4],
            "border": BORDERS[number % len(BORDERS)],
            "stride": 1 + number % 3 // 2,
            "flip": number % 5 == 0,
            "range_policy": policy,
        }
        got = convfilter.correlate(image, kernel, **options)
        want = reference.correlate(image, kernel, **options)
        if policy == "float":
            np.testing.assert_allclose(got, want, rtol=1e-6)
        else:
            assert_alike(got, want)
    assert together == [True] * 25


@pytest.mark.parametrize("name", COMPOSITES)
@pytest.mark.parametrize("width", [63, 64, 65, 129, 640, 641])
def test_rows_of_any_length_are_the_same_apart(monkeypatch, together, name, width):
    image = noise((5, width, 3), "uint8", width)
    for policy in ("auto", "offset"):
        options = {"padding": "same", "border": "edge", "range_policy": policy}
        got = convfilter.correlate(image, COMPOSITES[name], **options)
        assert_alike(got, _apart(monkeypatch, image, COMPOSITES[name], **options))
    assert all(together)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_wide_and_float_pictures_agree_with_the_definition(together, dtype):
    image = noise((9, 70), dtype, 3)
    got = convfilter.correlate(image, COMPOSITES["sobel"], range_policy="clip")
    want = reference.correlate(image, COMPOSITES["sobel"], range_policy="clip")
    np.testing.assert_allclose(got.astype(float), want.astype(float), rtol=1e-6)
    assert together == [True]


def test_a_bias_comes_after_combining(together):
    image = noise((9, 70), "uint8", 3)
    for name, kernel in COMPOSITES.items():
        got = convfilter.correlate(image, kernel, bias=20, range_policy="clip")
        want = reference.correlate(image, kernel, bias=20, range_policy="clip")
        assert got.tolist() == want.tolist(), name
    assert together == [True] * 4


def test_what_is_not_finite_goes_another_way(together):
    image = np.ones((12, 80), np.float32)
    image[6, 40] = np.inf
    got = convfilter.correlate(image, COMPOSITES["sobel"])
    assert together == [False, False]  # the whole, then its band
    odd = np.argwhere(~np.isfinite(got)) - [5, 39]
    assert sorted(map(tuple, odd.tolist())) == sorted(
        set(product((-1, 0, 1), (-1, 0, 1))) - {(0, 0)}
    )


def test_forced_plans_and_directions_in_float64_are_not_for_it(together):
    image = noise((40, 40), "uint8", 3)
    convfilter.correlate(image, load_kernel("sobel"), plan="fourier")
    pair = [load_kernel("frei-chen-x"), load_kernel("frei-chen-y")]
    convfilter.correlate(image, make_composite(pair, "angle"), exact=True)
    assert not any(together)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_directions_are_those_of_the_two_sums(together, dtype):
    image = noise((40, 150), dtype, 3)
    image[:9] = 7  # flat
    x, y = (convfilter.correlate(image, load_kernel(f"sobel-{axis}")) for axis in "xy")
    want = np.degrees(np.arctan2(y.astype(float), x.astype(float) + 0.0))
    degrees = convfilter.correlate(image, load_kernel("sobel-angle"))
    apart = np.abs(degrees - want)
    assert np.minimum(apart, 360 - apart).max() < 3e-5
    assert degrees.min() > -180
    assert degrees.max() <= 180
    top = int(np.iinfo(dtype).max) + 1
    levels = convfilter.correlate(image, load_kernel("sobel-angle"), range_policy="auto")
    want = np.rint(want / 360 * top).astype(int) % top
    apart = np.abs(levels.astype(int) - want)
    assert np.minimum(apart, top - apart).max() <= 1
    assert (apart > 0).mean() < 0.01
    assert together == [True] * 2
    assert (levels[:6] == 0).all()


@pytest.mark.parametrize("policy", ["auto", "float"])
def test_the_statistics_of_directions_are_degrees(policy):
    facts = run(
        noise((40, 150), "uint8", 3), load_kernel("sobel-angle"), make_spec(range_policy=policy)
    ).statistics
    assert -180 < facts.least < -179
    assert 179 < facts.greatest <= 180


def test_statistics_are_those_of_the_results(monkeypatch):
    image = noise((50, 90, 3), "uint8", 3)
    for kernel in COMPOSITES.values():
        facts = run(image, kernel, make_spec()).statistics
        with monkeypatch.context() as patch:
            patch.setattr(chain, "run_together", lambda *_: None)
            apart = run(image, kernel, make_spec()).statistics
        ends = (facts.least, facts.greatest)
        assert ends == pytest.approx((apart.least, apart.greatest), rel=1e-6)
        assert facts[2:] == apart[2:]


def test_exact_composites_of_floats_are_the_same_on_every_number_of_threads():
    image = noise((300, 200, 3), "uint8", 3)
    kernel = load_kernel("frei-chen")
    results = [
        convfilter.correlate(image, kernel, exact=True, threads=threads) for threads in (1, 2, 3)
    ]
    assert all(np.array_equal(results[0], other) for other in results[1:])
    small = image[:12, :20]
    got = convfilter.correlate(small, kernel, exact=True)
    np.testing.assert_allclose(got, reference.correlate(small, kernel), rtol=1e-7)
