"""A region is cut from the whole picture's result, bit for bit, whatever lies around it."""

import random
from itertools import product

import numpy as np
import pytest
from pictures import assert_alike, assert_close, assert_same, noise

from convfilter import native, parts
from convfilter.alpha import run_with_alpha
from convfilter.core.composite import make_composite
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec
from convfilter.errors import OptionError, ShapeError
from convfilter.parts import Region, run_region
from convfilter.presets.load import load_kernel

BORDERS = ["zero", "constant:90", "edge", "reflect", "symmetric", "wrap"]
SMOOTH = make_kernel([[1, 2, 1], [2, 4, 2], [1, 2, 1]], 16, name="smooth")
LOPSIDED = make_kernel([[1, -2], [5, 3]], 7, name="lopsided")
TALL = make_kernel([[1], [2], [-3], [4]], 4, name="tall")
SOBEL = load_kernel("sobel")
# A kernel, its padding and its dilation.
CASES = {
    "smooth": (SMOOTH, "same", 1),
    "dilated": (SMOOTH, "same", 2),
    "even": (LOPSIDED, "same", 1),
    "even-lower": (LOPSIDED, "same-lower", 1),
    "before": (TALL, (3, 0, 0, 0), 1),
    "after": (TALL, (0, 6, 0, 0), 2),
    "sobel": (SOBEL, "same", 1),
}
SIZES = [(1, 1), (1, 4), (3, 2), (5, 6)]


@pytest.fixture
def uncompiled(monkeypatch):
    """numpy stands in for the loops, of which many would be needed; they give the same."""
    monkeypatch.setattr(native, "find", lambda _loop: None)


def _steps(*kernels, policy="clip", **options):
    last = len(kernels) - 1
    return tuple(
        (kernel, make_spec(range_policy=policy if number == last else "float", **options))
        for number, kernel in enumerate(kernels)
    )


def _regions(height, width):
    """Every region of a picture."""
    for top, left in product(range(height), range(width)):
        for down, across in product(range(1, height - top + 1), range(1, width - left + 1)):
            yield Region(top, left, down, across)


def _assert_cut(pixels, steps, regions, alpha=None, modes=None):
    """That each region is what lies there in the whole picture's result."""
    modes = modes or ("none",) * len(steps)
    whole = run_with_alpha(pixels, alpha, steps, modes)
    for region in regions:
        part = run_region(pixels, alpha, steps, modes, region)
        assert_alike(part.result.pixels, whole.result.pixels[region.slices])
        if alpha is not None:
            assert_alike(part.alpha, whole.alpha[region.slices])


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("case", CASES)
def test_every_region_of_small_pictures_is_cut_from_the_whole(case, border):
    kernel, padding, dilation = CASES[case]
    steps = _steps(kernel, padding=padding, dilation=dilation, border=border)
    for number, (height, width) in enumerate(SIZES):
        shape = (height, width, 3) if number % 2 else (height, width)
        _assert_cut(noise(shape, seed=number), steps, _regions(height, width))


def _random_kernel(choose, *, composite):
    size = choose.randint(1, 4), choose.randint(1, 4)
    rng = np.random.default_rng(choose.randrange(10**6))
    members = [make_kernel(rng.integers(-3, 5, size), choose.choice([1, 4, 9])) for _ in range(2)]
    if composite:
        return make_composite(members, choose.choice(["magnitude", "sum-abs", "max"]))
    return members[0]


def _random_step(choose, kernel, border):
    """A kernel with a padding that keeps the size, and whatever else a step can have."""
    dilation = choose.randint(1, 2), choose.randint(1, 2)
    down, across = (d * (k - 1) for d, k in zip(dilation, kernel.size, strict=True))
    top, left = choose.randint(0, down), choose.randint(0, across)
    around = (top, down - top, left, across - left)
    return kernel, make_spec(
        padding=choose.choice(["same", "same", "same-lower", around]),
        border=border,
        dilation=dilation,
        scale=choose.choice([1, "0.5"]),
        bias=choose.choice([None, 3]),
        normalize=choose.choice(["none", "size"]),
        flip=choose.choice([False, True]),
        range_policy=choose.choice(["clip", "abs", "auto"]),
    )


def _random_alpha(choose, shape, dtype):
    """Alpha that is often opaque, sometimes hides a corner, and sometimes isn't there."""
    if dtype not in ("uint8", "uint16") or choose.random() < 0.3:
        return None
    top = np.iinfo(dtype).max
    alpha = noise(shape, dtype, choose.randrange(10**6))
    opaque = np.random.default_rng(choose.randrange(10**6)).random(shape)
    alpha[opaque < choose.choice([0.2, 0.95, 1])] = top
    if choose.random() < 0.5:
        alpha[shape[0] // 2 :, shape[1] // 2 :] = 0
    return alpha


@pytest.mark.parametrize("seed", range(200))
def test_regions_of_chains_are_cut_from_the_whole(uncompiled, seed):
    choose = random.Random(seed)
    size = choose.randint(1, 8), choose.randint(1, 8)
    dtype = choose.choice(["uint8", "uint8", "uint16", "int32", "float32"])
    channels = choose.choice([(), (3,)])
    border, mixed = choose.choice(BORDERS), choose.random() < 0.4
    exact = choose.random() < 0.25
    mode = choose.choice(["keep", "premultiply", "premultiply", "straight"])
    steps, modes = [], []
    alpha = _random_alpha(choose, size, dtype)
    for _ in range(choose.choice([1, 2, 2, 3])):
        kernel = _random_kernel(choose, composite=choose.random() < 0.25)
        kind = choose.choice(BORDERS) if mixed else border
        kernel, spec = _random_step(choose, kernel, kind)
        steps.append((kernel, spec._replace(exact=exact)))
        keeps = mode == "premultiply" and (kernel.zero_sum or kernel.members)
        modes.append("none" if alpha is None else "keep" if keeps else mode)
    regions = choose.sample(list(_regions(*size)), min(4, size[0] * size[1]))
    _assert_cut(noise((*size, *channels), dtype, seed), tuple(steps), regions, alpha, tuple(modes))


@pytest.mark.parametrize("border", BORDERS)
def test_wide_pictures_are_read_where_they_lie(border):
    regions = [
        Region(0, 0, 20, 90),
        Region(7, 3, 1, 150),
        Region(30, 80, 10, 80),
        Region(3, 2, 5, 7),
    ]
    pixels = noise((40, 160, 3))
    _assert_cut(pixels, _steps(SMOOTH, padding="same", border=border), regions)
    _assert_cut(pixels, _steps(SOBEL, padding="same", border=border), regions)


@pytest.mark.parametrize("border", BORDERS)
def test_float_kernels_differ_by_their_algorithms_error_at_most(uncompiled, border):
    weights = np.random.default_rng(5).random((25, 25)) / 300
    steps = _steps(make_kernel(weights), SMOOTH, padding="same", border=border)
    pixels = noise((60, 70), "float32")
    whole = run_with_alpha(pixels, None, steps, ("none", "none")).result.pixels
    for region in (Region(0, 0, 9, 11), Region(20, 30, 40, 40), Region(59, 0, 1, 70)):
        part = run_region(pixels, None, steps, ("none", "none"), region)
        assert_close(part.result.pixels, whole[region.slices], 1e-4)


@pytest.mark.parametrize("border", BORDERS)
def test_an_opaque_part_of_a_picture_with_holes_has_weights_all_the_same(uncompiled, border):
    pixels, alpha = noise((9, 8, 3)), np.full((9, 8), 255, np.uint8)
    alpha[8, 7] = 10
    steps = _steps(SMOOTH, padding="same", border=border)
    _assert_cut(pixels, steps, _regions(4, 4), alpha, ("premultiply",))
    rim = run_region(pixels, alpha, steps, ("premultiply",), Region(0, 0, 1, 1)).alpha[0, 0]
    assert (rim < 255) == (border in {"zero", "wrap"})
    with pytest.raises(OptionError, match="premultiply divides"):
        run_region(
            pixels, alpha, _steps(SOBEL, padding="same"), ("premultiply",), Region(0, 0, 1, 1)
        )


@pytest.mark.parametrize("policy", ["clip", "abs", "offset", "rescale"])
@pytest.mark.parametrize("kernels", [(TALL,), (SMOOTH, TALL)])
def test_statistics_and_rescale_are_the_regions(uncompiled, kernels, policy):
    region = Region(1, 2, 4, 3)
    pixels = noise((9, 8))
    floats = run_with_alpha(
        pixels, None, _steps(*kernels, padding="same", policy="float"), ("none",) * len(kernels)
    ).result.pixels
    own = floats[region.slices].astype(np.float64)
    steps = _steps(*kernels, padding="same", policy=policy)
    got = run_region(pixels, None, steps, ("none",) * len(kernels), region).result
    least, greatest = own.min(), own.max()
    assert (got.statistics.least, got.statistics.greatest) == (least, greatest)
    assert got.statistics.samples == 12
    made = {"abs": np.abs(own), "offset": own + 128, "clip": own}.get(policy)
    if made is None:
        made = (own - least) / (greatest - least) * 255
        assert (got.pixels.min(), got.pixels.max()) == (0, 255)
    assert_same(got.pixels, np.rint(made).clip(0, 255))
    assert got.statistics.below == int((np.rint(made) < 0).sum())
    assert got.statistics.above == int((np.rint(made) > 255).sum())


def test_ends_from_elsewhere_are_what_rescale_stretches(uncompiled):
    pixels, region = noise((6, 6)), Region(2, 2, 2, 2)
    steps = _steps(SMOOTH, padding="same", policy="rescale")
    ends = run_with_alpha(pixels, None, steps, ("none",)).result
    part = run_region(pixels, None, steps, ("none",), region, ends.statistics)
    assert_same(part.result.pixels, ends.pixels[region.slices])


@pytest.mark.parametrize(
    ("border", "region", "read"),
    [
        ("reflect", Region(50, 60, 5, 7), (5 + 6, 7 + 6)),
        ("edge", Region(0, 0, 5, 7), (5 + 3, 7 + 3)),
        ("wrap", Region(0, 90, 5, 10), (5 + 6, 10 + 6)),
        ("zero", Region(99, 0, 1, 100), (1 + 3, 100)),
        ("symmetric", Region(99, 99, 1, 1), (4, 4)),
    ],
)
def test_only_what_a_region_depends_on_is_read(uncompiled, monkeypatch, border, region, read):
    seen = []

    def spied(pixels, *given, **named):
        seen.append(pixels.shape)
        return run_with_alpha(pixels, *given, **named)

    monkeypatch.setattr(parts, "run_with_alpha", spied)
    wider = _steps(SMOOTH, padding="same", border=border, dilation=2, policy="float")
    chain = (*wider, *_steps(SMOOTH, padding="same", border=border))
    run_region(noise((100, 100)), None, chain, ("none", "none"), region)
    assert seen == [read]


def test_steps_are_told_as_of_the_whole_picture(uncompiled):
    steps = _steps(SMOOTH, LOPSIDED, padding="same", border="reflect")
    whole = run_with_alpha(noise((9, 8)), None, steps, ("none", "none")).result
    part = run_region(noise((9, 8)), None, steps, ("none", "none"), Region(8, 0, 1, 1)).result
    assert part.geometry == whole.geometry
    assert [step[:3] for step in part.steps] == [step[:3] for step in whole.steps]
    assert [step.shape for step in part.steps] == [step.shape for step in whole.steps]


@pytest.mark.parametrize(
    ("kernel", "options", "error", "words"),
    [
        (
            SMOOTH,
            {"padding": "valid"},
            ShapeError,
            "padding valid makes the result 7×6: .* size 9×8",
        ),
        (SMOOTH, {"padding": 2}, ShapeError, r"padding \(2, 2, 2, 2\) makes the result 11×10"),
        (SMOOTH, {"padding": "same", "stride": 2}, ShapeError, "stride 2×2 makes the result 5×4"),
        (SMOOTH, {"padding": "same", "border": "resize"}, OptionError, "resize enlarges the whole"),
        (SMOOTH, {"padding": "same", "policy": "float"}, OptionError, "of float32, the picture"),
        (make_kernel(np.ones((3, 1, 1))), {}, OptionError, "result has 9×8 numbers"),
        (make_kernel(np.ones((2, 3, 1, 1))), {}, OptionError, "result has 9×8×2 numbers"),
    ],
)
def test_what_does_not_fit_into_the_picture_is_refused(kernel, options, error, words):
    steps = _steps(kernel, **options)
    with pytest.raises(error, match=words):
        run_region(noise((9, 8, 3)), None, steps, ("none",), Region(0, 0, 2, 2))


def test_a_step_that_does_not_fit_is_named(uncompiled):
    chain = (*_steps(SMOOTH, padding="full", policy="float"), *_steps(SMOOTH, padding="valid"))
    with pytest.raises(
        ShapeError, match="region: step 1, smooth: padding full makes the result 11×10"
    ):
        run_region(noise((9, 8)), None, chain, ("none", "none"), Region(0, 0, 2, 2))


def test_a_part_cannot_lose_its_alpha():
    steps = _steps(SMOOTH, padding="same")
    with pytest.raises(OptionError, match="the result has no alpha"):
        run_region(noise((9, 8)), noise((9, 8)), steps, ("drop",), Region(0, 0, 2, 2))


def test_wrap_after_another_border_is_refused_where_it_takes_too_much(uncompiled, monkeypatch):
    monkeypatch.setattr(parts, "MOST_FRAMED", 60)
    first = _steps(SMOOTH, padding="same", border="edge", policy="float")
    chain, modes = (*first, *_steps(SMOOTH, padding="same", border="wrap")), ("none", "none")
    inside, corner = Region(4, 4, 20, 20), Region(0, 0, 3, 3)
    _assert_cut(noise((30, 30)), chain, [inside])
    with pytest.raises(OptionError, match="smooth reads the picture's other end"):
        run_region(noise((30, 30)), None, chain, modes, corner)


def test_what_of_a_region_lies_outside_is_left_out(uncompiled):
    _assert_cut(noise((9, 8)), _steps(SMOOTH, padding="same"), [Region(7, 2, 100, 3)])
