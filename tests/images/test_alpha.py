"""Transparency: what can't be seen has no say, and an opaque picture is filtered like any other."""

import numpy as np
import pytest
from filtering import apply, mode_of, pixels_of, saved
from pictures import assert_close, assert_same, noise

from convfilter.alpha import alpha_modes, run_with_alpha
from convfilter.core.conv import run
from convfilter.core.spec import make_spec
from convfilter.core.steps import make_steps
from convfilter.errors import OptionError
from convfilter.presets.load import load_kernel, load_steps

BORDERS = ["zero", "constant:90", "edge", "reflect", "symmetric", "wrap", "resize"]
COLOUR = noise((7, 9, 3), seed=1)
ALPHA = np.where(noise((7, 9), seed=2) < 90, 0, noise((7, 9), seed=3))
ALPHA[2:6, 3:8] = 0  # a hole that whole windows fit into
LOPSIDED = "1 2 0; -1 3 0; 0 0 1 / 5"


def _filtered(mode, kernel="gaussian-3", pixels=COLOUR, alpha=ALPHA, **options):
    """Colours, alpha and mode of a small picture."""
    spec = make_spec(**{"padding": "same"} | options)
    done, mode = _run(pixels, alpha, load_kernel(kernel), spec, mode)
    return done.result.pixels, done.alpha, mode


def _run(pixels, alpha, kernel, spec, mode):
    steps = ((kernel, spec),)
    modes = alpha_modes(mode, steps, spec.range_policy)
    return run_with_alpha(pixels, alpha, steps, modes), modes[0]


def _padded(array, border, outside):
    around = ((1, 1), (1, 1)) + ((0, 0),) * (array.ndim - 2)
    if border in ("zero", "constant:90"):
        return np.pad(array, around, constant_values=outside)
    return np.pad(array, around, mode=border)


def _sums(values, planes):
    """Σ K·planes for every window of a picture that has its border already, in float64."""
    height, width = planes.shape[0] - 2, planes.shape[1] - 2
    total = np.zeros((height, width, *planes.shape[2:]))
    for (i, j), value in np.ndenumerate(values):
        total += value * planes[i : i + height, j : j + width]
    return total


def _by_definition(values, border, scale=1.0, bias=0.0, *, colour=COLOUR, top=255):
    """A = clip(ΣKα/ΣK, 0, 1) and b + scale·ΣKαX/A, unrounded; NaN where A is 0."""
    alpha = _padded(ALPHA / 255, border, 0.0 if border == "zero" else 1.0)
    outside = 90 * top / 255 if border == "constant:90" else 0.0
    colour = _padded(colour.astype(float), border, outside)
    share = np.clip(_sums(values, alpha) / values.sum(), 0, 1)
    share[np.abs(share) < 1e-12] = 0
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = bias + scale * _sums(values, alpha[:, :, None] * colour) / share[:, :, None]
    return np.where(share[:, :, None] > 0, seen, np.nan), share


@pytest.mark.parametrize("border", BORDERS[:-1])
@pytest.mark.parametrize(
    ("kernel", "options"),
    [
        ("gaussian-3", {}),
        ("sharpen", {}),
        (LOPSIDED, {}),
        (LOPSIDED, {"flip": True}),
        ("1 1 1; 1 1 1; 1 1 1", {"normalize": "sum"}),
        ("1 0 0; 0 1 0; 0 0 1", {"scale": "0.25", "bias": 40}),
        ("0 -1 0; -1 -1 -1; 0 -1 0", {}),
        ("-1 0 1; -1.4142135623730951 0.1 1.4142135623730951; -1 0 1", {"bias": 100}),
    ],
)
def test_premultiplied_results_are_those_of_the_definition(kernel, options, border):
    values = load_kernel(kernel).values
    values = values[::-1, ::-1] if options.get("flip") else values
    values = values / values.sum() if options.get("normalize") else values
    seen, share = _by_definition(
        values, border, float(options.get("scale", 1)), options.get("bias", 0)
    )
    colour, alpha, mode = _filtered("premultiply", kernel, border=border, **options)
    assert mode == "premultiply"
    assert_close(alpha, 255 * share, 0.5 + 1e-6)
    hidden = share == 0
    assert hidden.any()
    assert_same(colour[hidden], COLOUR[hidden])
    assert_close(colour[~hidden], np.clip(seen[~hidden], 0, 255), 0.5 + 1e-6)


@pytest.mark.parametrize("border", ["zero", "constant:90", "edge"])
@pytest.mark.parametrize(("dtype", "top"), [("uint16", 65535), ("float32", 1)])
def test_pixels_of_more_bits_follow_the_same_definition(dtype, top, border):
    colours = (COLOUR / 255 * top).astype(dtype)
    alpha = (ALPHA.astype(np.float64) / 255 * top).astype(dtype)
    outside = border.replace("90", str(90 * top / 255))
    bias, half = 40 * top / 255, 0.5 + 1e-6 if top > 1 else 1e-6
    seen, share = _by_definition(
        load_kernel(LOPSIDED).values, border, 0.25, bias, colour=colours, top=top
    )
    got, visible, _ = _filtered(
        "premultiply", LOPSIDED, colours, alpha, border=outside, scale="0.25", bias=bias
    )
    assert (got.dtype, visible.dtype) == (colours.dtype, alpha.dtype)
    assert_close(visible, top * share, half)
    hidden = share == 0
    assert hidden.any()
    assert_same(got[hidden], colours[hidden])
    assert_close(got[~hidden], np.clip(seen[~hidden], 0, top) if top > 1 else seen[~hidden], half)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("mode", ["auto", "premultiply", "keep", "drop"])
@pytest.mark.parametrize("kernel", ["gaussian-3", "emboss", "1 2; 3 -1 / 4", "frei-chen-x"])
def test_an_opaque_picture_gives_exactly_the_result_without_alpha(kernel, mode, border):
    if (kernel, mode) == ("frei-chen-x", "premultiply"):
        kernel = "0.3333333333333333 0.7"
    spec = make_spec(padding="same", border=border, stride=(1, 2))
    opaque = np.full((7, 9), 255, np.uint8)
    done, _ = _run(COLOUR, opaque, load_kernel(kernel), spec, mode)
    plain = run(COLOUR, load_kernel(kernel), spec)
    assert_same(done.result.pixels, plain.pixels)
    assert done.result.statistics == plain.statistics
    if mode == "drop":
        assert done.alpha is None
    else:
        assert_same(done.alpha, np.full(plain.pixels.shape[:2], 255))


@pytest.mark.parametrize("border", ["zero", "edge", "reflect", "wrap"])
def test_a_red_square_on_transparent_green_blurs_without_green(border):
    colour = np.full((12, 12, 3), (0, 255, 0), np.uint8)
    colour[4:8, 4:8] = (255, 0, 0)
    alpha = np.zeros((12, 12), np.uint8)
    alpha[4:8, 4:8] = 255
    got, seen, _ = _filtered("auto", "blur", colour, alpha, border=border)
    assert np.unique(got[seen > 0], axis=0).tolist() == [[255, 0, 0]]
    assert (seen > 0).sum() == 8 * 8
    assert seen[3, 3] == round(255 * 4 / 25)
    assert np.unique(got[seen == 0], axis=0).tolist() == [[0, 255, 0]]


@pytest.mark.parametrize("mode", ["straight", "keep", "drop"])
def test_the_other_modes_take_colours_as_they_are_stored(mode):
    colour, _, _ = _filtered(mode, border="edge")
    assert_same(
        colour,
        run(COLOUR, load_kernel("gaussian-3"), make_spec(padding="same", border="edge")).pixels,
    )


@pytest.mark.parametrize(("kernel", "mode"), [("blur", "premultiply"), ("sobel-x", "keep")])
def test_auto_premultiplies_unless_the_sum_is_zero(kernel, mode):
    got = _filtered("auto", kernel)
    want = _filtered(mode, kernel)
    assert got[2] == mode
    assert_same(got[0], want[0])
    assert_same(got[1], want[1])


def test_keep_takes_alpha_from_the_middle_of_each_window():
    same = _filtered("keep", "sobel-x")
    assert_same(same[1], ALPHA)
    strided = _filtered("keep", "sobel-x", padding="valid", stride=2)
    assert_same(strided[1], ALPHA[1:-1:2, 1:-1:2])
    dilated = _filtered("keep", "sobel-x", padding="valid", dilation=(1, 3))
    assert_same(dilated[1], ALPHA[1:-1, 3:-3])
    wide = _filtered("keep", "-1 0 0 0 1", padding="full", border="wrap")
    assert_same(wide[1], np.pad(ALPHA, ((0, 0), (2, 2)), mode="wrap"))


def test_straight_filters_alpha_like_a_colour():
    _, alpha, mode = _filtered("straight", "sharpen", border="reflect")
    assert mode == "straight"
    spec = make_spec(padding="same", border="reflect")
    assert_same(alpha, run(ALPHA, load_kernel("sharpen"), spec).pixels)


def test_rescale_never_stretches_alpha():
    _, alpha, _ = _filtered("straight", "gaussian-3", border="edge", range_policy="rescale")
    spec = make_spec(padding="same", border="edge")
    assert_same(alpha, run(ALPHA, load_kernel("gaussian-3"), spec).pixels)


def test_premultiplying_a_kernel_that_sums_to_zero_is_refused():
    with pytest.raises(OptionError, match=r"alpha.*premultiply.*which is 0; use keep"):
        _filtered("premultiply", "sobel-x")


@pytest.mark.parametrize("mode", ["auto", "premultiply", "keep", "straight"])
def test_grey_with_transparency_is_filtered_like_one_colour_of_three(mode):
    colour, alpha, _ = _filtered(mode, LOPSIDED, border="edge")
    grey, own, _ = _filtered(mode, LOPSIDED, COLOUR[:, :, 1].copy(), border="edge")
    assert_same(grey, colour[:, :, 1])
    assert_same(own, alpha)


def test_hidden_pixels_do_not_count_in_the_statistics():
    done = run_with_alpha(
        *(np.full((5, 5, 3), 200, np.uint8), np.zeros((5, 5), np.uint8)),
        *(((load_kernel("box-3"), make_spec()),), ("premultiply",)),
    )
    facts = done.result.statistics
    assert (facts.nonfinite, facts.below, facts.above) == (0, 0, 0)


# ── files ──

RGBA = np.dstack([COLOUR, ALPHA])


def test_a_picture_with_transparency_comes_out_with_its_alpha(tmp_path):
    outcome = apply(saved(tmp_path / "a.png", RGBA), kernel="gaussian-3", border="edge")
    colour, alpha, _ = _filtered("auto", border="edge")
    assert outcome.alpha == "premultiply"
    assert_same(pixels_of(outcome.output), np.dstack([colour, alpha]))


def test_drop_leaves_the_colours(tmp_path):
    outcome = apply(saved(tmp_path / "a.png", RGBA), tmp_path / "b.jpg", alpha="drop")
    assert (outcome.output_mode, mode_of(outcome.output)) == ("RGB", "RGB")
    assert outcome.notes == ()


@pytest.mark.parametrize(
    ("kernel", "options", "mode"),
    [
        ("[[[1]], [[2]], [[1]]]", {}, "L"),
        ("[[[[1]],[[0]],[[0]]], [[[0]],[[1]],[[0]]], [[[0]],[[0]],[[1]]]]", {}, "RGB"),
        ("gaussian-3", {"range_policy": "float"}, "RGB;F"),
    ],
)
def test_where_alpha_has_no_place_it_is_dropped_with_a_note(tmp_path, kernel, options, mode):
    outcome = apply(saved(tmp_path / "a.png", RGBA), kernel=kernel, **options)
    assert (outcome.output_mode, outcome.alpha) == (mode, "drop")
    assert any("alpha was dropped" in note for note in outcome.notes)


@pytest.mark.parametrize("kernel", ["gaussian:sigma=3", "disk:radius=9", "box:size=21"])
@pytest.mark.parametrize("border", ["zero", "edge", "constant:9"])
def test_what_no_tap_meets_stays_hidden_with_every_plan(kernel, border):
    colours = noise((60, 70, 3), "uint8", 4)
    alpha = np.zeros((60, 70), np.uint8)
    alpha[25:30, 30:34] = 200
    results = {}
    for plan in ("direct", "fourier", "auto"):
        spec = make_spec(padding="same", border=border, plan=plan)
        steps = ((load_kernel(kernel), spec),)
        done = run_with_alpha(colours, alpha, steps, ("premultiply",))
        results[plan] = done
        hidden = done.alpha == 0
        assert 0 <= done.result.statistics.least <= done.result.statistics.greatest <= 255.001
        if border != "constant:9":
            far = np.zeros_like(alpha, bool)
            far[:3], far[:, :3] = True, True
            assert np.array_equal(done.result.pixels[far], colours[far])
            assert hidden[far].all()
    for plan in ("fourier", "auto"):
        visible = results["direct"].alpha > 0
        apart = results[plan].result.pixels.astype(int) - results["direct"].result.pixels
        assert np.abs(apart[visible]).max() <= 1


def test_a_forced_plan_that_only_colours_suit_is_no_fault():
    colours = noise((30, 40, 3), "uint8", 4)
    alpha = noise((30, 40), "uint8", 5)
    spec = make_spec(plan="separable")
    steps = ((load_kernel("gaussian:sigma=1"), spec),)
    done = run_with_alpha(colours, alpha, steps, ("premultiply",))
    assert done.alpha.shape == (24, 34)


def test_a_direction_behind_a_weighed_step_has_levels_of_a_full_turn():
    # brightness falls to the right: 180°, level 128
    pixels = np.tile(np.array([200, 150, 100, 50], np.uint8), (4, 1))
    alpha = np.full((4, 4), 128, np.uint8)
    steps = make_steps(
        load_steps("1 1 / 2 then sobel-angle"), make_spec(padding="same", border="edge")
    )
    made = run_with_alpha(pixels, alpha, steps, alpha_modes("auto", steps, "clip"))
    assert made.result.pixels[1, 1] == 128


def test_what_can_not_be_seen_is_cut_to_what_pixels_hold():
    # 2·200 is no 8-bit pixel; alpha 0 hides it, and it must not come out as 400 modulo 256
    pixels, alpha = np.full((1, 3), 200, np.uint8), np.array([[255, 0, 0]], np.uint8)
    steps = make_steps(load_steps("[[2]] then [[1]]:scale=2"), make_spec(range_policy="clip"))
    made = run_with_alpha(pixels, alpha, steps, ("keep", "premultiply"))
    assert made.result.pixels.tolist() == [[255, 255, 255]]
    assert made.alpha.tolist() == [[255, 0, 0]]
