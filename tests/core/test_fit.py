"""The kernel between two pictures: found again from what `correlate` makes of a photograph."""

import numpy as np
import pytest
from pictures import assert_close, assert_same, noise
from skimage import data

import convfilter
from convfilter.core import least_squares
from convfilter.core.fit import at_an_end, fit_kernel, luma, simple_fractions
from convfilter.errors import OptionError, PictureError, ShapeError

COLOUR = data.astronaut()[60:210, 150:310]
GREY = data.camera()[40:200, 160:330]
SOFT_EDGE = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]) / 8


def random_kernel(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


KERNELS = {
    "random 3×3": random_kernel(3, 3),
    "random 5×5": random_kernel(5, 5),
    "random 2×4": random_kernel(2, 4),
    "random 1×7": random_kernel(1, 7),
    "random 4×1": random_kernel(4, 1),
    "a corner alone": np.array([[0.0, 0, 0], [0, 0, 0], [0, 0, 3]]),
    **{
        name: convfilter.load_kernel(name)
        for name in ("sobel-x", "gaussian-7", "sharpen", "unsharp-5", "prewitt-vertical")
    },
}
every_kernel = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS.keys())


def values_of(kernel):
    return kernel if isinstance(kernel, np.ndarray) else kernel.values


def windows_of(picture, size):
    """One row a window, one column a tap."""
    views = np.lib.stride_tricks.sliding_window_view(picture.astype(np.float64), size)
    return views.reshape(-1, size[0] * size[1])


def inverse_diagonal(found):
    """√ of the diagonal of (XᵀX)⁻¹, from the standard errors that it went into."""
    deviation = found.rms * np.sqrt(found.windows / (found.windows - found.rank))
    return found.standard_error / deviation


@pytest.mark.parametrize("picture", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@every_kernel
def test_a_kernel_is_found_again_in_its_float_results(kernel, padding, picture):
    after = convfilter.correlate(picture, kernel, padding=padding, border="edge")
    found = fit_kernel(picture, after, values_of(kernel).shape)
    assert_close(found.weights, values_of(kernel), 1e-6)
    assert (found.rank, found.bias, found.clipped) == (values_of(kernel).size, (0.0,), 0)


@pytest.mark.parametrize("size", [(9, 9), (15, 15), (12, 7)])
def test_large_kernels_are_found_as_well(size):
    weights = random_kernel(*size)
    after = convfilter.correlate(data.camera(), weights, exact=True)
    assert_close(fit_kernel(data.camera(), after, size).weights, weights, 1e-6)


@pytest.mark.parametrize("bias", [0, 100])
@every_kernel
def test_8_bit_results_tell_it_within_the_bounds_of_rounding(kernel, bias):
    weights = values_of(kernel)
    if bias == 0 and weights.sum() < 0:
        weights = kernel = -weights  # else all is cut off at 0
    after = convfilter.correlate(COLOUR, kernel, bias, range_policy="clip")
    found = fit_kernel(COLOUR, after, weights.shape, find_bias=bias > 0)
    errors = np.abs(found.weights - weights)
    spread = inverse_diagonal(found)
    assert (errors <= 0.5 * np.sqrt(found.windows) * spread).all()
    assert (errors <= 5 * spread / np.sqrt(12)).all()
    assert found.rms <= 0.3
    assert errors.max() < 1e-2


def test_the_standard_errors_are_as_large_as_the_errors():
    weights = random_kernel(5, 5)
    after = convfilter.correlate(COLOUR, weights, 120, range_policy="clip")
    found = fit_kernel(COLOUR, after, 5, find_bias=True)
    ratio = (found.weights - weights) / found.standard_error
    assert 0.5 < np.sqrt(np.mean(ratio**2)) < 2
    assert 0.27 < found.rms < 0.31  # rounding: 1/√12


def test_all_numbers_are_those_of_the_definition():
    before, after = noise((15, 17)), noise((13, 14), "float64")
    windows = windows_of(before, (3, 4))
    system = np.column_stack([windows, np.ones(len(windows))])
    want = np.linalg.lstsq(system, after.ravel(), rcond=None)[0]
    rest = after.ravel() - system @ want
    variance = rest @ rest / (rest.size - 13)
    errors = np.sqrt(variance * np.diag(np.linalg.inv(system.T @ system)))
    found = fit_kernel(before, after, (3, 4), find_bias=True)
    assert_close(found.weights.ravel(), want[:-1], 1e-12)
    assert_close(found.standard_error.ravel(), errors[:-1], 1e-12)
    assert_close([found.bias[0], found.bias_error[0]], [want[-1], errors[-1]], 1e-9)
    assert_close([found.rms, found.largest], [np.sqrt(np.mean(rest**2)), abs(rest).max()], 1e-9)
    assert_close(found.spread, after.std(), 1e-9)
    assert (found.windows, found.rank, found.unknowns) == (182, 13, 13)


def test_the_condition_is_that_of_the_windows():
    singular = np.linalg.svd(windows_of(GREY, (3, 2)), compute_uv=False)
    found = fit_kernel(GREY, GREY[2:, 1:].astype(np.float32), (3, 2))
    assert_close(found.condition, singular[0] / singular[-1], 1e-6)


def test_without_a_filter_the_middle_is_one():
    want = np.zeros((4, 4))
    want[1, 1] = 1  # "same" has ⌊(k − 1)/2⌋ rows before
    assert_close(fit_kernel(COLOUR, COLOUR.astype(np.float32), 4).weights, want, 1e-9)


def test_a_bias_is_found_only_if_asked_for():
    weights = random_kernel(3, 3)
    after = convfilter.correlate(GREY, weights, 12.5)
    found = fit_kernel(GREY, after, 3, find_bias=True)
    assert_close(found.weights, weights, 1e-6)
    assert_close(found.bias[0], 12.5, 1e-4)
    without = fit_kernel(GREY, after, 3)
    assert (without.bias, without.bias_error) == ((0.0,), (0.0,))
    assert without.rms > 1


def test_a_bias_in_8_bit_results_is_known_to_its_standard_error():
    after = convfilter.correlate(COLOUR, SOFT_EDGE, 128,
                                 range_policy="clip")  # fmt: skip
    found = fit_kernel(COLOUR, after, 3, find_bias=True)
    assert abs(found.bias[0] - 128) < 5 * found.bias_error[0]
    assert 0 < found.bias_error[0] < 0.05


def test_pixels_at_the_ends_of_the_range_are_left_out():
    after = convfilter.correlate(COLOUR, KERNELS["sharpen"], range_policy="clip")
    cut = int(((after == 0) | (after == 255)).sum())
    assert cut > 1000
    found = fit_kernel(COLOUR, after, 3)
    assert (found.clipped, found.windows) == (cut, after.size - cut)
    assert_close(found.weights, KERNELS["sharpen"].values, 1e-9)
    with_them = fit_kernel(COLOUR, after.astype(np.float32), 3)
    assert with_them.clipped == 0
    assert np.abs(with_them.weights - KERNELS["sharpen"].values).max() > 0.1


@pytest.mark.parametrize(("dtype", "ends"), [("uint16", (0, 65535)), ("int16", (-32768, 32767))])
def test_the_ends_are_those_of_the_dtype(dtype, ends):
    before = noise((12, 12), dtype)
    after = before.copy()
    after[5, 5], after[6, 6] = ends
    found = fit_kernel(before, after, 1)
    assert (found.clipped, found.windows) == (2, 142)
    assert_close(found.weights, [[1]], 1e-12)


def test_pixels_known_to_be_cut_are_left_out_too():
    after = GREY.astype(np.float64)
    after[60:90, 20:50] = 7
    cut = after == 7
    found = fit_kernel(GREY, after, 3, cut=cut)
    assert found.clipped == cut[1:-1, 1:-1].sum() >= 900
    assert_close(found.weights, [[0, 0, 0], [0, 1, 0], [0, 0, 0]], 1e-9)


def test_windows_that_hold_a_nan_are_left_out():
    weights = random_kernel(3, 5)
    before = GREY.astype(np.float64)
    after = convfilter.correlate(before, weights)
    before[20, 30], before[80, 90], after[50, 60] = np.nan, np.inf, np.nan
    found = fit_kernel(before, after, (3, 5), find_bias=True)
    assert (found.nonfinite, found.clipped) == (15 + 15 + 1, 0)
    assert_close(found.weights, weights, 1e-10)


def test_symmetric_weights_are_mirrored_and_the_best_of_those():
    before, after = noise((14, 15)), noise((12, 12), "float64")
    found = fit_kernel(before, after, (3, 4), symmetric=True)
    assert_close(found.weights, found.weights[::-1], 1e-12)
    assert_close(found.weights, found.weights[:, ::-1], 1e-12)
    assert (found.rank, found.unknowns) == (4, 4)
    windows = windows_of(before, (3, 4)).reshape(-1, 3, 4)
    mirrored = windows[:, :, :2] + windows[:, :, :1:-1]
    folded = np.stack([mirrored[:, 0] + mirrored[:, 2], mirrored[:, 1]], 1).reshape(-1, 4)
    want = np.linalg.lstsq(folded, after.ravel(), rcond=None)[0].reshape(2, 2)
    assert_close(found.weights[:2, :2], want, 1e-12)


def test_symmetric_weights_are_surer():
    kernel = KERNELS["gaussian-7"]
    after = convfilter.correlate(GREY, kernel, range_policy="clip")
    plain, mirrored = (fit_kernel(GREY, after, 7, symmetric=each) for each in (False, True))
    assert mirrored.unknowns == 16
    assert mirrored.standard_error[0, 0] < 0.6 * plain.standard_error[0, 0]
    assert (np.abs(mirrored.weights - kernel.values) < 5 * mirrored.standard_error).all()


def test_full_depth_finds_a_weight_for_each_channel():
    weights = random_kernel(3, 3, 2)
    after = convfilter.correlate(COLOUR, weights, 5)
    found = fit_kernel(COLOUR, after, (3, 2), full_depth=True, find_bias=True)
    assert_close(found.weights, weights, 1e-6)
    assert_close(found.bias, [5], 1e-4)


def test_of_a_colour_result_full_depth_finds_a_bank():
    weights = random_kernel(2, 3, 3, 3)
    bias = [3, -40.5]
    after = convfilter.correlate(COLOUR, weights, bias)
    found = fit_kernel(COLOUR, after, 3, full_depth=True, find_bias=True)
    assert found.standard_error.shape == found.weights.shape
    assert_close(found.weights, weights, 1e-6)
    assert_close(found.bias, bias, 1e-4)
    assert (found.rank, found.unknowns, found.windows) == (56, 56, after.size)


def test_maps_of_a_bank_leave_out_their_own_pixels():
    weights = np.stack([random_kernel(3, 2, 2) / 4, np.zeros((3, 2, 2))])
    weights[1, 0, 0, 1] = 4  # mostly beyond 255
    after = convfilter.correlate(COLOUR, weights, range_policy="clip")
    ends = at_an_end(after).sum(axis=(0, 1))
    found = fit_kernel(COLOUR, after, 2, full_depth=True)
    assert found.clipped == ends.sum() != 2 * ends[0]
    assert (np.abs(found.weights - weights) <= 5 * found.standard_error + 1e-9).all()


def test_grey_to_colour_is_a_bank_of_depth_1():
    weights = random_kernel(3, 1, 2, 2)
    after = convfilter.correlate(GREY, weights)
    found = fit_kernel(GREY, after, 2, full_depth=True)
    assert found.weights.shape == (3, 1, 2, 2)
    assert_close(found.weights, weights, 1e-6)


def test_smooth_float_pictures_cost_no_digits():
    before = convfilter.correlate(data.camera().astype(np.float64), np.ones((5, 5)) / 25)
    weights = random_kernel(9, 9)
    found = fit_kernel(before, convfilter.correlate(before, weights), 9)
    assert found.condition > 5000
    assert_close(found.weights, weights, 1e-12)  # the normal equations alone give 10⁻⁸


@pytest.mark.parametrize("find_bias", [False, True])
@pytest.mark.parametrize("shape", [(9, 40), (40, 9), (23, 23)])
def test_blocks_have_no_seams(monkeypatch, shape, find_bias):
    before, after = noise((*shape, 2)), noise((*shape, 2), "int16")
    whole = fit_kernel(before, after, (3, 2), find_bias=find_bias)
    for most in (1, 7, 50):
        monkeypatch.setattr(least_squares, "BLOCK_WINDOWS", (most, most))
        pieces = fit_kernel(before, after, (3, 2), find_bias=find_bias)
        assert_close(pieces.weights, whole.weights, 1e-11)
        assert_close(pieces.standard_error, whole.standard_error, 1e-11)
        assert pieces.windows == whole.windows == 2 * (shape[0] - 2) * (shape[1] - 1)
        assert_close(pieces.largest, whole.largest, 1e-8)


@pytest.mark.parametrize("find_bias", [False, True])
def test_what_a_periodic_picture_does_not_tell_is_as_small_as_can_be(find_bias):
    y, x = np.mgrid[:30, :40]
    before = noise((2, 4), seed=3)[y % 2, x % 4].astype(np.float64)
    weights = random_kernel(3, 5)
    after = convfilter.correlate(before, weights)
    found = fit_kernel(before, after, (3, 5), find_bias=find_bias)
    assert found.rank < found.unknowns == 15 + find_bias
    once = np.zeros((3, 5), bool)
    once[1, 1:4] = not find_bias  # the others come twice; a bias and 8 places can't be told apart
    assert_same(np.isfinite(found.standard_error), once)
    assert np.isfinite(found.bias_error[0]) != find_bias
    windows = windows_of(before, (3, 5))
    target = after.ravel()
    if find_bias:
        windows, target = windows - windows.mean(axis=0), target - target.mean()
    assert found.rank == np.linalg.matrix_rank(windows) + find_bias
    assert_close(found.weights.ravel(), np.linalg.pinv(windows, 1e-9) @ target, 1e-9)
    assert found.rms < 1e-9


def test_of_mirrored_weights_too_the_smallest_are_taken():
    before = np.tile(np.array([10, 200, 90], np.uint8), (20, 10))
    found = fit_kernel(before, before[2:, 2:].astype(np.float32), 3, symmetric=True)
    assert found.rank < found.unknowns == 4
    windows = windows_of(before, (3, 3))
    places = np.array([[0, 1, 0], [2, 3, 2], [0, 1, 0]]).ravel()
    mirrored = (places[:, np.newaxis] == range(4)) / np.sqrt([4, 2, 2, 1])
    want = mirrored @ np.linalg.pinv(windows @ mirrored, 1e-9) @ before[2:, 2:].ravel()
    assert_close(found.weights.ravel(), want, 1e-9)


def test_weights_beside_those_that_are_not_told_are_known():
    before = np.dstack([GREY, np.roll(GREY, 7, axis=0), np.roll(GREY, 7, axis=0)])
    after = convfilter.correlate(before, random_kernel(3, 1, 2), range_policy="clip")
    found = fit_kernel(before, after, (1, 2), full_depth=True)
    assert (found.rank, found.unknowns) == (4, 6)
    assert_same(np.isfinite(found.standard_error[:, 0, 0]), [True, False, False])
    assert_close(found.weights[1], found.weights[2], 1e-9)


@pytest.mark.parametrize("value", [0, 128, 0.3])
@pytest.mark.parametrize("find_bias", [False, True])
def test_a_flat_picture_is_refused(value, find_bias):
    before = np.full((20, 20), value)
    with pytest.raises(PictureError, match="BEFORE is flat"):
        fit_kernel(before, noise((20, 20), "float32"), 3, find_bias=find_bias)


def test_a_picture_that_is_flat_where_it_counts_is_refused():
    before = np.full((20, 20), 9, np.uint8)
    before[:, :5] = noise((20, 5))
    after = np.full((20, 20), 255, np.uint8)
    after[:, 8:] = 7
    with pytest.raises(PictureError, match="BEFORE is flat"):
        fit_kernel(before, after, 3)


def test_too_few_windows_are_refused():
    with pytest.raises(ShapeError, match="9 windows for 9 unknowns"):
        fit_kernel(noise((5, 5)), noise((5, 5), "float32"), 3)
    assert fit_kernel(noise((5, 6)), noise((5, 6), "float32"), 3).windows == 12


def test_a_picture_that_is_cut_off_everywhere_is_refused():
    after = np.full((20, 20), 255, np.uint8)
    after[3:5, 3:5] = 254
    with pytest.raises(PictureError, match=r"4 of 324 windows .* 320 because AFTER is at an end"):
        fit_kernel(noise((20, 20)), after, 3)


def test_a_picture_of_nan_is_refused():
    before = noise((20, 20), "float32")
    before[::3, ::3] = np.nan
    with pytest.raises(PictureError, match=r"0 of 324 windows .* 324 because of a NaN"):
        fit_kernel(before, noise((20, 20)).astype(np.float64), 3)


@pytest.mark.parametrize("scale", [1e200, 1e306])
@pytest.mark.parametrize("find_bias", [False, True])
def test_numbers_whose_squares_are_infinite_are_refused(scale, find_bias):
    before = abs(noise((20, 20), "float64")) * scale
    with pytest.raises(PictureError, match="too large"):
        fit_kernel(before, noise((20, 20), "float64"), 3, find_bias=find_bias)


def test_the_scale_of_the_numbers_does_not_matter():
    weights = random_kernel(3, 3)
    for scale in (1e-150, 1e-30, 1e100):
        before = GREY * scale
        found = fit_kernel(before, convfilter.correlate(before, weights), 3, find_bias=True)
        assert_close(found.weights, weights, 1e-10)
        assert found.rank == 10


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ((20, 30), ["BEFORE is 40×60, AFTER 20×30", "40×60 (padding same)", "36×58 (padding valid)",
                    "stride"]),
        ((38, 56), ["--size 3x5"]),
        ((42, 60), ["AFTER 42×60"]),
        ((60, 40), ["AFTER 60×40"]),
    ],
)  # fmt: skip
def test_sizes_that_do_not_fit_are_told(after, said):
    with pytest.raises(ShapeError) as error:
        fit_kernel(noise((40, 60)), noise(after), (5, 3))
    assert all(each in str(error.value) for each in said), error.value


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((9, 9, 3), (9, 9), "BEFORE has 3 channels, AFTER 1.*--full-depth.*--gray"),
        ((9, 9), (9, 9, 3), "BEFORE has 1 channel, AFTER 3"),
        ((2, 9), (2, 9), "no window fits: the kernel is 3×3, BEFORE 2×9"),
        ((9,), (9, 9), "BEFORE: an image is"),
        ((9, 9), (9, 0), "AFTER: the image is empty"),
    ],
)
def test_shapes_that_can_not_be_compared_are_told(before, after, said):
    with pytest.raises(ShapeError, match=said):
        fit_kernel(noise(before), noise(after), 3)


@pytest.mark.parametrize("size", [0, -1, "a", (3, 3, 3), 1.5, (51, 51)])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(OptionError, match=r"^size: "):
        fit_kernel(noise((60, 60)), noise((60, 60)), size)


@pytest.mark.parametrize(
    ("name", "divisor"), [("gaussian-3", 16), ("sobel-x", 1), ("blur", 25), ("unsharp-5", 256)]
)
def test_simple_kernels_are_recognized_in_8_bit_results(name, divisor):
    kernel = convfilter.load_kernel(name)
    after = convfilter.correlate(COLOUR, kernel, range_policy="clip")
    whole, found = simple_fractions(fit_kernel(COLOUR, after, kernel.size))
    assert found == divisor
    assert_same(whole / divisor, kernel.values)


def test_the_numbers_of_simple_kernels_are_whole_and_as_written():
    after = convfilter.correlate(COLOUR, np.array([[1, 2, 0], [-4, 8, 3]]) / 12)
    whole, divisor = simple_fractions(fit_kernel(COLOUR, after, (2, 3)))
    assert (whole.tolist(), divisor) == ([[1, 2, 0], [-4, 8, 3]], 12)


@pytest.mark.parametrize(("noise_rms", "told"), [(2, True), (200, False)])
def test_simple_kernels_are_recognized_where_noise_leaves_evidence(noise_rms, told):
    kernel = convfilter.load_kernel("gaussian-3")
    shake = np.random.default_rng(1).normal(0, noise_rms, (148, 158, 3))
    found = fit_kernel(COLOUR, convfilter.correlate(COLOUR, kernel) + shake, 3)
    assert (simple_fractions(found) is not None) == told
    assert (np.abs(found.weights - kernel.values) < 4 * found.standard_error).all()


def test_near_in_each_weight_is_not_enough():
    kernel = convfilter.load_kernel("unsharp-5")
    found = fit_kernel(COLOUR, convfilter.correlate(COLOUR, kernel, range_policy="clip"), 5)
    wrong = np.rint(found.weights * 255) / 255
    assert (np.abs(found.weights - wrong) < 4 * found.standard_error).all()
    assert simple_fractions(found)[1] == 256  # not 255: the residual would grow


def test_no_fraction_with_a_small_divisor_is_found_where_there_is_none():
    after = convfilter.correlate(COLOUR, random_kernel(3, 3))
    assert simple_fractions(fit_kernel(COLOUR, after, 3)) is None


def test_zeros_and_unknown_weights_have_no_simple_reading():
    found = fit_kernel(COLOUR, np.zeros(COLOUR.shape, np.float32), 3)
    assert simple_fractions(found) is None
    untold = found._replace(weights=np.ones((3, 3)), standard_error=np.full((3, 3), np.inf))
    assert simple_fractions(untold) is None


def test_mirrored_weights_are_no_evidence_of_their_own():
    after = convfilter.correlate(GREY, np.array([[0, 1, 0], [1, -2, 1], [0, 1, 0]]) / 2)
    found = fit_kernel(GREY, after, 3, symmetric=True)
    assert simple_fractions(found)[1] == 2
    unsure = found._replace(standard_error=np.full((3, 3), 0.0125), variances=(1e6,))
    assert simple_fractions(unsure) is None
    assert simple_fractions(unsure._replace(unknowns=9))[1] == 2


def test_luma_is_not_rounded_and_ends_are_found_in_whole_numbers_only():
    pixels = np.array([[[255, 0, 0], [1, 2, 254]]], np.uint8)
    assert_close(luma(pixels), [[76.245, 30.429]], 1e-12)
    assert_same(at_an_end(pixels), [[[True, True, True], [False, False, False]]])
    assert not at_an_end(pixels.astype(np.float32)).any()
    assert not at_an_end(pixels.astype(np.int64)).any()
