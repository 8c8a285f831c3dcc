"""Kernels in turn, and composites, against the definition; bands and threads don't show."""

import numpy as np
import pytest
from chain_cases import chain_case
from pictures import assert_same, noise, picture

import convfilter
from convfilter import native
from convfilter.core import chain, reference
from convfilter.core.composite import make_composite, rotations
from convfilter.core.conv import run_steps
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec
from convfilter.core.steps import make_steps
from convfilter.errors import OptionError, ShapeError
from convfilter.presets.load import load_kernel, load_steps


def _agree(image, steps):
    try:
        want = reference.run_steps(image, steps)
    except (ShapeError, OptionError) as error:
        with pytest.raises(type(error)):
            run_steps(image, steps)
        return False
    result = run_steps(image, steps)
    assert result.pixels.shape == want.shape
    assert result.pixels.dtype == want.dtype
    got, exact = result.pixels.astype(float), want.astype(float)
    largest = max(1.0, np.abs(exact).max(), np.abs(image.astype(float)).max())
    off = np.abs(got - exact)
    if steps[-1][0].combine == "angle":
        turn = 360 if want.dtype.kind == "f" else {"uint8": 256, "uint16": 65536}[want.dtype.name]
        off, largest = np.minimum(off, turn - off), 360.0
        # the direction of a sum that is all but nothing is anything
        assert np.median(off) <= 1e-2
        return True
    if want.dtype.kind == "f":
        assert off.max() <= 3e-5 * largest * _gain(steps)
    elif want.dtype == np.int32:
        assert off.max() <= 1
    else:
        assert off.max() <= 1
        assert (off > 0).mean() <= 0.04
    return True


def _gain(steps):
    gain = 1.0
    for kernel, _ in steps:
        gain *= max(1.0, sum(float(total) for total in kernel.map_abs_sums))
    return gain


def test_random_chains_agree_with_the_definition(monkeypatch):
    # Loops are judged elsewhere; here they would only take time to be compiled.
    monkeypatch.setattr(native, "find", lambda _: None)
    judged = sum(_agree(*chain_case(seed)) for seed in range(400))
    assert judged >= 250


@pytest.mark.parametrize(
    "spec",
    [
        "sharpen then sobel",
        "gaussian-3:stride=2 then laplacian",
        "sobel-x then gaussian-3",
        "sobel then box-3",
        "opponent then sobel",
    ],
)
@pytest.mark.parametrize("border", ["edge", "wrap"])
def test_compiled_chains_agree_with_the_definition(spec, border):
    image = noise((20, 23, 3), "uint8", 12)
    for policy in ("auto", "float"):
        common = make_spec(padding="same", border=border, range_policy=policy)
        assert _agree(image, make_steps(load_steps(spec), common))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("rows", [1, 2, 5])
def test_bands_and_threads_do_not_show(monkeypatch, rows, threads):
    monkeypatch.setattr(native, "find", lambda _: None)
    monkeypatch.setattr(chain, "BAND_NUMBERS", 1)
    monkeypatch.setattr(chain, "LEAST_SHARE", 0)
    monkeypatch.setattr(chain, "LEAST_THREADED_NUMBERS", 0)
    monkeypatch.setattr(chain, "_band_height", lambda *_: rows)
    for seed in range(1000, 1060):
        image, steps = chain_case(seed)
        steps = tuple((kernel, spec._replace(threads=threads)) for kernel, spec in steps)
        _agree(image, steps)


def test_the_result_is_the_same_with_any_number_of_threads():
    image = noise((400, 300, 3), "uint8", 5)
    steps = load_steps("gaussian:sigma=2 then sobel")
    results = [
        run_steps(image, make_steps(steps, make_spec(threads=threads, padding="same"))).pixels
        for threads in (1, 2, 3, 8)
    ]
    assert all(np.array_equal(results[0], other) for other in results[1:])


def test_nothing_is_rounded_or_cut_between_the_steps():
    # 100·3 = 300 is no 8-bit pixel, 300 / 3 is
    image = np.full((4, 4), 100, np.uint8)
    steps = make_steps(load_steps("[[3]] then [[1]] / 3"), make_spec())
    assert run_steps(image, steps).pixels.tolist() == image.tolist()
    below = make_steps(load_steps("[[-1]] then [[-1]]"), make_spec())
    assert run_steps(image, below).pixels.tolist() == image.tolist()


def _plainly(image, steps):
    """Steps in turn, tap by tap in float64; whole sums over their divisor, which is divided by once."""
    for kernel, _ in steps:
        whole = kernel.numerators is not None and image.dtype.kind in "iu"
        weights = kernel.numerators if whole else kernel.values
        rows, columns = (image.shape[axis] - weights.shape[axis] + 1 for axis in (0, 1))
        total = np.zeros((rows, columns), np.int64 if whole else np.float64)
        for i, j in np.argwhere(weights):
            total += weights[i, j] * image[i : i + rows, j : j + columns].astype(total.dtype)
        image = total / kernel.denominator if whole else total
    return image


# What is left of blurred numbers by a laplacian shows any rounding of them.
BLURS_AND_EDGES = ["box-3", "1 2 1; 2 4 2; 1 2 1 / 16", "gaussian:sigma=1", "gaussian-3 then box-3"]


@pytest.mark.parametrize("blur", BLURS_AND_EDGES)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
def test_exact_chains_are_float64_from_the_first_step_on(monkeypatch, blur, dtype):
    monkeypatch.setattr(native, "find", lambda _: None)
    image = noise((23, 19), dtype, 7)
    steps = load_steps(f"{blur} then laplacian then sharpen")
    made = run_steps(image, make_steps(steps, make_spec(exact=True, range_policy="float"))).pixels
    want = _plainly(image, [(step.kernel, None) for step in steps])
    assert_same(made, want.astype(made.dtype))


@pytest.mark.parametrize("blur", ["box-3", "gaussian:sigma=1"])
def test_compiled_loops_keep_float64_between_exact_steps(blur):
    image = noise((90, 70), "uint8", 7)
    steps = load_steps(f"{blur} then laplacian")
    made = run_steps(image, make_steps(steps, make_spec(exact=True, range_policy="float"))).pixels
    assert_same(made, _plainly(image, [(step.kernel, None) for step in steps]).astype(np.float32))


def test_chains_that_are_not_exact_stand_in_float32_between_the_steps():
    # a third is rounded to float32, and three of them are not whole
    image = np.full((1, 1), 100, np.uint8)
    thirds = "[[1]] / 3 then [[3]] then [[1]]:bias=-100"
    third = np.float32(100) / np.float32(3)
    assert convfilter.apply_kernels(image, thirds).item() == third * np.float32(3) - 100
    exactly = 100 / 3 * 3 - 100
    assert convfilter.apply_kernels(image, thirds, exact=True).item() == exactly


def test_two_blurs_are_the_blur_of_their_convolution():
    image = noise((40, 50), "float64", 3)
    twice = convfilter.apply_kernels(image, ["1 2 1", "1 3"])
    once = convfilter.correlate(image, np.convolve([1, 2, 1], [3, 1])[::-1][np.newaxis])
    np.testing.assert_allclose(twice, once, rtol=1e-12)


def test_per_step_options_give_the_shapes_of_the_size_formula():
    image = noise((459, 612), "uint8", 1)
    spec = "gaussian:sigma=1,stride=2,padding=3 then sobel-x:dilation=2"
    result = run_steps(image, make_steps(load_steps(spec), make_spec()))
    assert [step.shape for step in result.steps] == [(230, 306, 1), (226, 302, 1)]
    assert result.pixels.shape == (226, 302)


@pytest.mark.parametrize("option", ["stride", "dilation", "bias", "scale"])
def test_what_holds_for_one_step_is_refused_for_several(option):
    with pytest.raises(OptionError, match=rf"{option}: with 2 kernels.*-k box-3:{option}=2"):
        convfilter.apply_kernels(noise((9, 9), "uint8", 1), ["box-3", "sobel"], **{option: 2})


def test_normalize_is_said_of_each_step_too():
    with pytest.raises(OptionError, match="normalize: with 2 kernels"):
        convfilter.apply_kernels(noise((9, 9), "uint8", 1), ["box-3", "sobel"], normalize="size")


def test_only_the_last_step_has_a_range_policy():
    with pytest.raises(OptionError, match="range: step 1 of 2 makes no pixels"):
        convfilter.apply_kernels(noise((9, 9), "uint8", 1), ["box-3:range=abs", "sobel-x"])


@pytest.mark.parametrize(
    ("spec", "policy"),
    [
        ("sharpen then blur", "clip"),
        ("sobel-x then blur", "abs"),
        ("relief then blur", "offset"),
        ("blur then sobel", "clip"),
        ("sobel-x then relief", "offset"),
        ("sobel then blur", "clip"),
        ("sobel-x:bias=10 then blur", "clip"),
        ("blur:bias=10 then sobel-x", "abs"),
        ("sobel-x then blur:bias=10", "clip"),
        ("sobel-x then blur:range=offset", "offset"),
    ],
)
def test_auto_is_decided_from_the_last_step_back(spec, policy):
    result = run_steps(noise((12, 12), "uint8", 1), make_steps(load_steps(spec), make_spec()))
    assert result.policy == policy


def test_percentages_count_of_the_pictures_range_in_every_step():
    image = np.zeros((3, 3), np.uint8)
    spec = "[[1]] then [[1]]:bias=50%"
    assert convfilter.apply_kernels(image, spec)[1, 1] == 127.5
    spec = "[[1]] then 1 0 0:border=constant:50%,padding=same"
    assert convfilter.apply_kernels(image, spec)[1].tolist() == [128.0, 0.0, 0.0]


def test_a_flat_picture_is_flat_under_rescale():
    image = np.full((60, 70), 77, np.uint8)
    pixels = convfilter.apply_kernels(
        image, "gaussian:sigma=2 then laplacian", range_policy="rescale"
    )
    assert np.unique(pixels).tolist() == [0]


def test_a_nan_stays_within_the_windows_that_reach_it():
    image = np.ones((30, 30), np.float32)
    image[15, 15] = np.nan
    result = convfilter.apply_kernels(image, ["1 1 1; 1 1 1; 1 1 1", "1 0 1"])
    # the first step spreads it over 3×3 pixels; the second reads two columns, two apart
    assert int(np.isnan(result).sum()) == 3 * 5
    finite = convfilter.apply_kernels(
        np.ones((30, 30), np.float32), ["1 1 1; 1 1 1; 1 1 1", "1 0 1"]
    )
    assert np.array_equal(result[np.isfinite(result)], finite[np.isfinite(result)])


def test_out_is_filled_and_checked():
    image = noise((20, 30, 3), "uint8", 2)
    out = np.empty((18, 28, 3), np.uint8)
    kernels = ["sobel"]
    assert convfilter.apply_kernels(image, kernels, range_policy="clip", out=out) is out
    assert np.array_equal(out, convfilter.apply_kernels(image, kernels, range_policy="clip"))
    with pytest.raises(ShapeError, match="out is"):
        convfilter.apply_kernels(image, kernels, range_policy="clip", out=out[1:])


def test_apply_kernels_takes_arrays_kernels_texts_and_pairs():
    image = noise((20, 20), "uint8", 2)
    want = convfilter.apply_kernels(image, "1 2 1 / 4:stride=2 then sobel-x")
    kernels = [([[0.25, 0.5, 0.25]], {"stride": 2}), load_kernel("sobel-x")]
    assert np.array_equal(convfilter.apply_kernels(image, kernels), want)


# ── composites ──

RAMP = np.tile(np.arange(0, 100, 10, dtype=np.uint8), (7, 1))  # 10 brighter with each pixel


def test_magnitude_is_the_root_of_the_squares_rounded_once():
    image = noise((50, 60), "uint8", 4)
    x, y = (convfilter.correlate(image, load_kernel(f"sobel-{axis}")) for axis in "xy")
    squares = (x.astype(np.int64) ** 2 + y.astype(np.int64) ** 2).ravel().tolist()
    want = [min(255, round(square**0.5)) for square in squares]
    got = convfilter.correlate(image, load_kernel("sobel"), range_policy="auto")
    assert got.ravel().tolist() == want


def test_a_ramp_of_ten_a_pixel_has_a_sobel_magnitude_of_80():
    assert np.unique(convfilter.correlate(RAMP, load_kernel("sobel"))).tolist() == [80]


@pytest.mark.parametrize(
    ("slope", "degrees"),
    [((0, 1), 0), ((1, 1), 45), ((1, 0), 90), ((0, -1), 180), ((-1, 0), -90), ((-1, 1), -45)],
)
def test_the_angle_is_the_direction_of_the_rise_with_y_down(slope, degrees):
    y, x = np.mgrid[0:9, 0:9]
    image = (100 + 5 * (slope[0] * y + slope[1] * x)).astype(np.uint8)
    kernel = load_kernel("sobel-angle")
    assert np.unique(convfilter.correlate(image, kernel)) == pytest.approx([degrees], abs=1e-4)
    level = round(degrees % 360 / 360 * 256) % 256
    assert np.unique(convfilter.correlate(image, kernel, range_policy="auto")).tolist() == [level]


def test_flat_pictures_have_the_angle_0():
    image = np.full((9, 9), 77, np.uint16)
    kernel = load_kernel("sobel-angle")
    assert np.unique(convfilter.correlate(image, kernel, range_policy="clip")).tolist() == [0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"range_policy": "abs"}, "range: abs makes no sense of a direction"),
        ({"range_policy": "clip", "bias": 3}, "bias: a direction takes none"),
    ],
)
def test_what_makes_no_sense_of_an_angle_is_refused(options, said):
    with pytest.raises(OptionError, match=said):
        convfilter.correlate(RAMP, load_kernel("sobel-angle"), **options)


def test_angles_of_signed_pictures_are_refused_with_what_works():
    with pytest.raises(OptionError, match=r"uint8 and uint16 .* not in int16; --range float"):
        convfilter.correlate(RAMP.astype(np.int16), load_kernel("sobel-angle"), range_policy="clip")


@pytest.mark.parametrize("name", ["kirsch", "robinson", "prewitt-compass"])
def test_compass_kernels_are_the_largest_of_eight_turns(name):
    image = noise((30, 40), "uint8", 8)
    ring = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    base = load_kernel(name).members[0].weights
    responses = []
    for turn in range(8):
        weights = base.copy()
        for number, place in enumerate(ring):
            weights[place] = base[ring[(number + turn) % 8]]
        padded = image.astype(int)
        total = sum(
            weights[i, j] * padded[i : i + 28, j : j + 38] for i in range(3) for j in range(3)
        )
        responses.append(total)
    want = np.max(responses, axis=0)
    assert np.array_equal(convfilter.correlate(image, load_kernel(name)), want)


def test_eight_turns_come_back_to_the_first():
    kernel = make_kernel(np.arange(25).reshape(5, 5))
    eight = rotations(kernel, 8)
    assert len({turned.weights.tobytes() for turned in eight}) == 8
    assert eight[2].weights.tolist() == np.rot90(kernel.weights).tolist()
    assert eight[4] == kernel.flipped()
    assert [turned.weights.tolist() for turned in rotations(kernel, 4)] == [
        np.rot90(kernel.weights, times).tolist() for times in range(4)
    ]


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (2, 3, 3)])
def test_only_square_kernels_of_odd_size_turn(shape):
    with pytest.raises(ShapeError, match="rotations turn a square kernel of odd size"):
        rotations(make_kernel(np.ones(shape)), 8)


def test_composites_are_of_one_size_without_bias_and_not_of_composites():
    sobel, roberts = load_kernel("sobel"), load_kernel("roberts-1")
    with pytest.raises(ShapeError, match="one size, these have several"):
        make_composite([load_kernel("sobel-x"), roberts], "max")
    with pytest.raises(OptionError, match="it is a composite itself"):
        make_composite([sobel, sobel], "max")
    with pytest.raises(OptionError, match="exactly 2 kernels, here are 3"):
        make_composite([roberts] * 3, "angle")


def test_composites_are_equal_by_their_kernels_and_hashable():
    x, y = load_kernel("sobel-x"), load_kernel("sobel-y")
    magnitude = make_composite([x, y], "magnitude", name="mine")
    assert magnitude == load_kernel("sobel")
    assert hash(magnitude) == hash(load_kernel("sobel"))
    assert magnitude != make_composite([x, y], "max")
    assert magnitude != make_composite([y, x], "magnitude")


def test_a_composite_of_full_depth_kernels_gives_one_map():
    image = noise((9, 10, 2), "uint8", 3)
    members = [make_kernel(noise((2, 3, 3), "int16", seed) % 7) for seed in (1, 2)]
    got = convfilter.correlate(image, make_composite(members, "sum-abs"))
    want = sum(np.abs(convfilter.correlate(image, member)) for member in members)
    assert got.shape == (7, 8)
    assert np.array_equal(got, want)


# ── banks with a policy a map ──


def test_each_map_of_the_opponent_bank_has_its_own_range():
    image = noise((40, 50, 3), "uint8", 9)
    kernel = load_kernel("opponent")
    results = convfilter.correlate(image, kernel).astype(float)
    shifted = np.rint(results + np.array([0, 128, 128])).clip(0, 255)
    pixels = convfilter.correlate(image, kernel, range_policy="auto")
    assert pixels.tolist() == shifted.tolist()
    assert pixels.tolist() == reference.correlate(image, kernel, range_policy="auto").tolist()


def test_a_gray_picture_through_a_chain_stays_two_dimensional():
    assert picture("1 2 3; 4 5 6; 7 8 9").ndim == 2
    assert convfilter.apply_kernels(picture("1 2 3; 4 5 6; 7 8 9"), ["1 1", "1; 1"]).ndim == 2


@pytest.mark.parametrize("last", ["identity", "gaussian-3", "identity then identity"])
def test_the_ranges_of_a_banks_maps_hold_behind_a_plain_step_too(last):
    image = noise((40, 50, 3), "uint8", 9)
    spec = f"opponent then {last}"
    results = convfilter.apply_kernels(image, spec).astype(float)
    want = np.rint(results + np.array([0, 128, 128])).clip(0, 255)
    pixels = convfilter.apply_kernels(image, spec, range_policy="auto")
    assert np.abs(pixels - want).max() <= 1
    assert (pixels != want).mean() < 1e-3
    facts = run_steps(image, make_steps(load_steps(spec), make_spec())).statistics
    assert facts.below + facts.above < 0.01 * facts.samples


def test_ranges_of_maps_that_the_last_step_has_no_more_are_refused():
    image = noise((40, 50, 3), "uint8", 9)
    with pytest.raises(OptionError, match="policies of 3 maps, the result has 1"):
        convfilter.apply_kernels(image, ["opponent", "[[[1]], [[1]], [[1]]]"], range_policy="auto")


def test_a_step_that_does_not_fit_is_named():
    with pytest.raises(ShapeError, match=r"step 2, sobel5-x: .*would be empty"):
        convfilter.apply_kernels(noise((6, 6), "uint8", 1), "gaussian-3 then sobel5-x")
    with pytest.raises(ShapeError, match=r"step 2, opponent: .*depth 3"):
        convfilter.apply_kernels(noise((9, 9), "uint8", 1), "gaussian-3 then opponent")


def test_a_direction_takes_no_scale():
    with pytest.raises(OptionError, match="scale: a direction takes none"):
        convfilter.correlate(RAMP, load_kernel("sobel-angle"), scale=2)


def test_one_kernel_needs_no_list():
    image = noise((9, 9), "uint8", 1)
    want = convfilter.correlate(image, load_kernel("sobel"))
    assert np.array_equal(convfilter.apply_kernels(image, load_kernel("sobel")), want)


def test_an_option_that_no_step_has_is_refused_with_the_nearest():
    pair = (load_kernel("sobel-x"), {"strid": 2})
    with pytest.raises(OptionError, match=r"'strid' is no option of a step.*did you mean 'stride'"):
        convfilter.apply_kernels(noise((9, 9), "uint8", 1), [pair])


def test_a_bias_of_nothing_is_none():
    image = noise((9, 9), "uint8", 1)
    want = convfilter.apply_kernels(image, "box-3 then sobel-x")
    assert np.array_equal(convfilter.apply_kernels(image, "box-3 then sobel-x", bias=0), want)


def test_a_kernel_prints_as_a_few_words():
    assert repr(load_kernel("sharpen")) == "<Kernel sharpen 3×3>"
    assert repr(load_kernel("kirsch")) == "<Kernel kirsch 3×3 (max of 8)>"
