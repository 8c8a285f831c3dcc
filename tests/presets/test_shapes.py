"""The weights of formulas: against scipy, scikit-image and plain supersampling; Σ and symmetry exactly."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, gaussian_laplace
from skimage.filters import gabor_kernel

from convfilter.presets.formulas import weights_of
from convfilter.presets.formulas.shapes import cos_and_sin

UNIT = 2.0**-40
HALF_UNIT = UNIT / 2 + 1e-15  # a weight is rounded once, after float64 sums of another order


def made(formula, **values):
    return weights_of(formula, {name: str(value) for name, value in values.items()})


def array(formula, **values):
    """The values, in float64."""
    weights = made(formula, **values)
    exact = [float(number / weights.divisor) for number in weights.numbers]
    return np.array(exact).reshape(weights.shape)


def gabor(wavelength=8, angle=0, sigma=3, phase=0, aspect="0.5"):
    return array(
        "gabor", wavelength=wavelength, angle=angle, sigma=sigma, phase=phase, aspect=aspect
    )


def same_but_for_the_middle(found, want):
    """Equal within half a unit; the middle, which makes Σ exact, within half a unit for each tap."""
    middle = tuple(length // 2 for length in found.shape)
    error = np.abs(found - want)
    assert error[middle] <= HALF_UNIT * found.size
    error[middle] = 0
    assert error.max() <= HALF_UNIT


def delta(height, width):
    picture = np.zeros((height, width))
    picture[height // 2, width // 2] = 1
    return picture


ONE = [
    ("box", {"size": 3}),
    ("box", {"size": "4x7"}),
    ("disk", {"radius": "0.01"}),
    ("disk", {"radius": "0.6"}),
    ("disk", {"radius": "7.5"}),
    ("disk", {"radius": "40.3"}),
    ("motion", {"length": 9, "angle": 0}),
    ("motion", {"length": "9.3", "angle": 90}),
    ("motion", {"length": "0.5", "angle": 180}),
    ("motion", {"length": "0.5", "angle": 10}),
    ("motion", {"length": 25, "angle": "-37.5"}),
    ("gaussian", {"sigma": "0.01", "size": "auto"}),
    ("gaussian", {"sigma": "0.7", "size": "auto"}),
    ("gaussian", {"sigma": "20", "size": "auto"}),
    ("gaussian", {"sigma": "3", "size": "1x9"}),
    ("gaussian", {"sigma": "1000", "size": "5"}),
    ("unsharp", {"sigma": "1", "amount": "0", "size": "auto"}),
    ("unsharp", {"sigma": "2", "amount": "1/3", "size": "auto"}),
    ("unsharp", {"sigma": "5", "amount": "10", "size": "7x3"}),
]
ZERO = [
    ("log", {"sigma": "0.3", "size": "auto"}),
    ("log", {"sigma": "1.4", "size": "auto"}),
    ("log", {"sigma": "10", "size": "auto"}),
    ("log", {"sigma": "10", "size": "1x3"}),
    ("dog", {"sigma1": "1", "sigma2": "1.6"}),
    ("dog", {"sigma1": "7", "sigma2": "0.05"}),
    ("gabor", {"wavelength": 8, "angle": 0, "sigma": 4, "phase": 0, "aspect": "0.5"}),
    ("gabor", {"wavelength": 2, "angle": 0, "sigma": "0.5", "phase": 0, "aspect": 10}),
    ("gabor", {"wavelength": 1000, "angle": 77, "sigma": "0.5", "phase": 30, "aspect": 1}),
    ("gabor", {"wavelength": 5, "angle": -20, "sigma": 3, "phase": 90, "aspect": "0.1"}),
]
ROUNDED = [
    case for case in ONE + ZERO if case[0] != "box" and case[1].get("angle") not in (0, 90, 180)
]
ROUNDED += [case for case in ZERO if case[1].get("angle") == 0]


def ids(cases):
    return [f"{formula}:{','.join(map(str, values.values()))}" for formula, values in cases]


@pytest.mark.parametrize(("formula", "values"), ONE, ids=ids(ONE))
def test_what_keeps_brightness_has_a_sum_of_exactly_one(formula, values):
    weights = made(formula, **values)
    assert sum(weights.numbers) / weights.divisor == 1


@pytest.mark.parametrize(("formula", "values"), ZERO, ids=ids(ZERO))
def test_what_finds_changes_has_a_sum_of_exactly_zero(formula, values):
    weights = made(formula, **values)
    assert any(weights.numbers)
    assert sum(weights.numbers) == 0


@pytest.mark.parametrize(("formula", "values"), ROUNDED, ids=ids(ROUNDED))
def test_weights_of_no_fraction_are_multiples_of_a_unit(formula, values):
    weights = made(formula, **values)
    assert weights.divisor == 1
    assert {(number * 2**40).denominator for number in weights.numbers} == {1}


@pytest.mark.parametrize(("formula", "values"), ONE + ZERO, ids=ids(ONE + ZERO))
def test_there_are_as_many_numbers_as_the_shape_says(formula, values):
    weights = made(formula, **values)
    assert len(weights.numbers) == math.prod(weights.shape)
    assert len(weights.shape) == 2
    assert all(type(number) is Fraction for number in weights.numbers)


@pytest.mark.parametrize(
    ("size", "height", "width"), [("1", 1, 1), ("2", 2, 2), ("3x5", 3, 5), ("1001x1", 1001, 1)]
)
def test_a_box_is_ones_over_their_count(size, height, width):
    want = [Fraction(1)] * (height * width), (height, width), height * width
    assert made("box", size=size) == want


@pytest.mark.parametrize(
    "radius", ["0.3", "0.5", "0.55", "0.7", "0.75", "1", "1.5", "2", "5.3", "20"]
)
def test_a_disk_is_the_area_of_a_circle_in_each_pixel(radius):
    r = float(radius)
    found = array("disk", radius=radius)
    reach = math.ceil(r - 0.5)
    assert found.shape == (2 * reach + 1, 2 * reach + 1)
    # Every pixel as 4000 upright strips. Of a function that rises or falls, midpoints give the mean
    # within 1/4000 of its range, and in one pixel the strips' heights do so at most once each.
    strips = 4000
    x = np.arange(-reach - 0.5, reach + 0.5, 1 / strips) + 0.5 / strips
    top = np.sqrt(np.maximum(r * r - x * x, 0))
    edges = np.arange(-reach - 0.5, reach + 1)[:, np.newaxis]
    inside = np.diff(np.clip(edges, -top, top), axis=0)
    area = inside.reshape(len(found), len(found), strips).mean(axis=2)
    assert np.abs(found * math.pi * r * r - area).max() <= 2 / strips


@pytest.mark.parametrize("radius", ["0.2", "0.5"])
def test_a_circle_within_one_pixel_leaves_the_picture_alone(radius):
    assert made("disk", radius=radius).numbers == [1]


def test_a_disk_around_a_large_middle_is_even_inside_and_empty_in_the_corners():
    found = array("disk", radius=30)
    assert np.ptp(found[20:41, 20:41]) <= UNIT * found.size
    assert found[0, 0] == found[2, 3] == 0
    assert 0 < found[0, 30] < found[30, 29]


@pytest.mark.parametrize(
    "angle", [1, 15, 30, "44.9", 45, 60, 89, 100, 135, "-37.5", 217, 300, -360]
)
@pytest.mark.parametrize("length", ["0.7", "1.5", 4, 9, "20.5"])
def test_motion_is_the_length_of_a_segment_in_each_pixel(length, angle):
    found = array("motion", length=length, angle=angle)
    # 200 000 points; the part of the segment in one pixel may gain or lose one at either end.
    points = 200_000
    along = ((np.arange(points) + 0.5) / points - 0.5) * float(length)
    turn = math.radians(float(angle))
    down, across = (length // 2 for length in found.shape)
    rows = np.rint(along * math.sin(turn)).astype(int) + down
    columns = np.rint(along * math.cos(turn)).astype(int) + across
    assert min(rows.min(), columns.min()) >= 0
    want = np.zeros(found.shape)
    np.add.at(want, (rows, columns), 1 / points)
    assert np.abs(found - want).max() <= 2 / points + UNIT


@pytest.mark.parametrize(
    ("length", "angle", "numbers", "shape"),
    [
        (9, 0, "1 1 1 1 1 1 1 1 1", (1, 9)),
        (5, 90, "1 1 1 1 1", (5, 1)),
        (3, 180, "1 1 1", (1, 3)),
        (3, -90, "1 1 1", (3, 1)),
        (3, 360, "1 1 1", (1, 3)),
        (4, 0, "1/2 1 1 1 1/2", (1, 5)),
        ("1.5", 270, "1/4 1 1/4", (3, 1)),
    ],
)
def test_motion_along_rows_and_columns_is_exact(length, angle, numbers, shape):
    want = [Fraction(number) for number in numbers.split()]
    assert made("motion", length=length, angle=angle) == (want, shape, Fraction(length))


@pytest.mark.parametrize("angle", [0, 30, 90, 222])
def test_motion_within_one_pixel_leaves_the_picture_alone(angle):
    assert made("motion", length=1, angle=angle).numbers == [1]


def test_motion_at_45_degrees_runs_through_corners_only():
    found = array("motion", length=7, angle=45)
    assert found.shape == (5, 5)
    assert np.count_nonzero(found) == 5
    assert np.count_nonzero(found.diagonal()) == 5


@pytest.mark.parametrize("angle", [10, 45, 70, 123, 160])
def test_motion_turns_clockwise_and_its_rectangle_is_tight(angle):
    found = array("motion", length=15, angle=angle)
    forwards = angle < 90
    assert found[-1, -2:].any() == forwards
    assert found[-1, :2].any() != forwards
    assert all(edge.any() for edge in (found[0], found[-1], found[:, 0], found[:, -1]))


def test_motion_has_no_rim_for_shares_that_round_to_nothing():
    assert 3 * math.sqrt(2) < 4.2426406871194  # by 10⁻¹³: its ends lie so far beyond the corners
    assert made("motion", length="4.2426406871194", angle=45).shape == (3, 3)
    assert made("motion", length="4.2427", angle=45).shape == (5, 5)


@pytest.mark.parametrize("angle", ["0", "12.5", "45", "80", "90", "137"])
def test_motion_forth_is_motion_back_and_a_mirror_changes_the_sign(angle):
    found = array("motion", length="11.5", angle=angle)
    assert (found == found[::-1, ::-1]).all()
    assert (found == array("motion", length="11.5", angle=Fraction(angle) - 180)).all()
    assert (found[::-1] == array("motion", length="11.5", angle=-Fraction(angle))).all()
    assert (array("motion", length="11.5", angle=90 - Fraction(angle)) == found.T).all()


@pytest.mark.parametrize("sigma", ["0.3", "0.7", "1", "2.5", "8"])
def test_a_gaussian_is_that_of_scipy_over_the_same_window(sigma):
    reach = math.ceil(3 * float(sigma))
    found = array("gaussian", sigma=sigma, size="auto")
    assert found.shape == (2 * reach + 1, 2 * reach + 1)
    want = gaussian_filter(delta(*found.shape), float(sigma), radius=reach, mode="constant")
    same_but_for_the_middle(found, want)


@pytest.mark.parametrize(("height", "width"), [(1, 9), (7, 3), (5, 5)])
def test_a_gaussian_can_have_any_odd_window(height, width):
    found = array("gaussian", sigma=2, size=f"{height}x{width}")
    reach = height // 2, width // 2
    want = gaussian_filter(delta(height, width), 2, radius=reach, mode="constant")
    same_but_for_the_middle(found, want)


def test_a_narrow_gaussian_leaves_the_picture_alone():
    assert (array("gaussian", sigma="0.01", size="auto") == delta(3, 3)).all()


@pytest.mark.parametrize("amount", [0, 1, 3])
def test_unsharp_is_the_picture_and_as_often_what_the_gaussian_takes_away(amount):
    gaussian = np.array(made("gaussian", sigma="1.3", size="auto").numbers, object)
    identity = delta(9, 9).ravel().astype(int).astype(object)
    found = made("unsharp", sigma="1.3", amount=amount, size="auto")
    assert found.shape == (9, 9)
    assert found.numbers == list(identity + amount * (identity - gaussian))


def test_unsharp_with_a_broken_amount_is_rounded_once():
    gaussian = array("gaussian", sigma=1, size=7)
    found = array("unsharp", sigma=1, amount="1/3", size=7)
    same_but_for_the_middle(found, delta(7, 7) + (delta(7, 7) - gaussian) / 3)


@pytest.mark.parametrize(
    ("sigma", "size"), [("0.5", 3), ("1", 7), ("1.4", 11), ("4", 25), ("9", 11)]
)
def test_a_log_is_that_of_scipy_less_a_share_of_the_gaussian(sigma, size):
    found = array("log", sigma=sigma, size=size)
    options = {"radius": size // 2, "mode": "constant"}
    plain = gaussian_laplace(delta(size, size), float(sigma), **options)
    bell = gaussian_filter(delta(size, size), float(sigma), **options)
    same_but_for_the_middle(found, plain - plain.sum() * bell)


@pytest.mark.parametrize("sigma", ["1", "1.4", "3"])
def test_a_log_over_a_wide_window_is_that_of_scipy(sigma):
    reach = math.ceil(7 * float(sigma))
    size = 2 * reach + 1
    found = array("log", sigma=sigma, size=size)
    want = gaussian_laplace(delta(size, size), float(sigma), radius=reach, mode="constant")
    # Both miss Σ = 0 of the plane: by sampling (exp(−2π²σ²)) and by cutting off.
    assert np.abs(found - want).max() <= 1e-7


@pytest.mark.parametrize(
    ("sigma", "size"), [("0.3", "auto"), ("1.4", "auto"), ("20", "auto"), ("50", "3"), ("1", "1x3")]
)
def test_a_log_is_negative_in_the_middle_and_highest_at_a_distance(sigma, size):
    found = array("log", sigma=sigma, size=size)
    middle = tuple(length // 2 for length in found.shape)
    assert found.min() == found[middle] < 0 < found.max()


def test_a_log_has_the_window_of_its_gaussian():
    assert made("log", sigma="1.4", size="auto").shape == (11, 11)


@pytest.mark.parametrize(("sigma1", "sigma2", "size"), [("1", "1.6", 11), ("3", "0.5", 19)])
def test_a_dog_is_a_difference_of_gaussians_over_the_wider_window(sigma1, sigma2, size):
    found = made("dog", sigma1=sigma1, sigma2=sigma2)
    one, other = (made("gaussian", sigma=sigma, size=size) for sigma in (sigma1, sigma2))
    assert found.shape == (size, size)
    assert found.numbers == [a - b for a, b in zip(one.numbers, other.numbers, strict=True)]


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("disk", {"radius": "4.2"}),
        ("gaussian", {"sigma": "1.7", "size": "auto"}),
        ("unsharp", {"sigma": "1.7", "amount": "0.7", "size": "auto"}),
        ("log", {"sigma": "1.7", "size": "auto"}),
        ("dog", {"sigma1": "0.9", "sigma2": "1.7"}),
    ],
)
def test_what_has_no_direction_looks_alike_from_all_eight_sides(formula, values):
    found = array(formula, **values)
    assert (found == found[::-1]).all()
    assert (found == found[:, ::-1]).all()
    assert (found == found.T).all()


GABORS = [
    {"wavelength": 8, "angle": 0, "sigma": 4, "phase": 0, "aspect": "0.5"},
    {"wavelength": 5, "angle": 30, "sigma": 2, "phase": 90, "aspect": "0.5"},
    {"wavelength": "6.5", "angle": -75, "sigma": "2.5", "phase": 40, "aspect": 1},
    {"wavelength": 3, "angle": 200, "sigma": 1, "phase": -90, "aspect": 3},
    {"wavelength": 40, "angle": 10, "sigma": 2, "phase": 180, "aspect": "0.3"},
]


@pytest.mark.parametrize("values", GABORS, ids=lambda values: ",".join(map(str, values.values())))
def test_a_gabor_is_that_of_scikit_image_without_its_mean(values):
    found = array("gabor", **values)
    wavelength, angle, sigma, phase, aspect = map(float, values.values())
    size = 2 * math.ceil(3 * sigma / min(1, aspect)) + 1
    assert found.shape == (size, size)

    def theirs(frequency, offset):
        turn = math.radians(angle)
        shape = {"sigma_x": sigma, "sigma_y": sigma / aspect, "theta": turn, "n_stds": 20}
        wide = gabor_kernel(frequency, offset=math.radians(offset), **shape).real
        down, across = ((length - size) // 2 for length in wide.shape)
        return wide[down : down + size, across : across + size]

    wave, bell = theirs(1 / wavelength, phase), theirs(0, 0)
    want = wave - bell * wave.sum() / bell.sum()
    same_but_for_the_middle(found, want / np.abs(want).sum())


@pytest.mark.parametrize("values", GABORS, ids=lambda values: ",".join(map(str, values.values())))
def test_the_absolute_weights_of_a_gabor_add_up_to_one(values):
    found = made("gabor", **values).numbers
    assert abs(sum(map(abs, found)) - 1) <= len(found) * UNIT


@pytest.mark.parametrize("angle", [0, 17, 45, 90])
def test_a_gabor_of_phase_0_is_even_and_one_of_phase_90_is_odd(angle):
    even, odd = gabor(angle=angle), gabor(angle=angle, phase=90)
    assert (even == even[::-1, ::-1]).all()
    assert (odd == -odd[::-1, ::-1]).all()
    assert (odd == -gabor(angle=angle, phase=-90)).all()
    assert even.any()
    assert odd.any()


def test_a_gabor_at_90_degrees_is_one_at_0_turned():
    assert (gabor(angle=90) == gabor().T).all()
    assert (gabor(angle=90, phase=90) == gabor(phase=90).T).all()
    assert (gabor(angle=-30) == gabor(angle=30)[::-1]).all()


def test_a_gabor_turns_clockwise():
    found = gabor(wavelength=8, angle=45, phase=-90, aspect=1)
    middle = len(found) // 2
    assert found[middle + 1, middle + 1] > 0.01
    assert found[middle - 1, middle - 1] < -0.01
    assert abs(found[middle - 1, middle + 1]) <= UNIT


def test_a_gabor_answers_most_to_stripes_of_its_own_width():
    found = gabor(wavelength=8, sigma=6, aspect=1).sum(axis=0)
    x = np.arange(len(found)) - len(found) // 2
    answers = {width: found @ np.cos(2 * np.pi * x / width) for width in (4, 6, 7, 8, 9, 11, 16)}
    assert max(answers, key=answers.get) == 8


def test_a_gabor_bank_is_gabors_of_the_luma_channel_by_channel():
    shared = {"wavelength": 4, "sigma": 2, "aspect": "0.5"}
    bank = array("gabor-bank", angles=8, **shared)
    assert bank.shape == (16, 3, 25, 25)
    for number, channels in enumerate(bank):
        angle, phase = Fraction(45, 2) * (number // 2), 90 * (number % 2)
        gray = array("gabor", angle=angle, phase=phase, **shared)
        for channel, share in zip(channels, (0.299, 0.587, 0.114), strict=True):
            same_but_for_the_middle(channel, share * gray)


@pytest.mark.parametrize("angles", [1, 3, 8])
def test_every_channel_of_a_gabor_bank_has_a_sum_of_exactly_zero(angles):
    bank = made("gabor-bank", angles=angles, wavelength=4, sigma=1, aspect=1)
    assert bank.shape == (2 * angles, 3, 7, 7)
    assert bank.divisor == 1
    assert {(number * 2**40).denominator for number in bank.numbers} == {1}
    ends = range(0, len(bank.numbers) + 1, 49)
    channels = [bank.numbers[start:end] for start, end in pairwise(ends)]
    assert len(channels) == 6 * angles
    for channel in channels:
        assert any(channel)
        assert sum(channel) == 0


@pytest.mark.parametrize(
    ("formula", "values", "size"),
    [
        ("box", {"size": 1001}, (1001, 1001)),
        ("disk", {"radius": 500}, (1001, 1001)),
        ("motion", {"length": 1001, "angle": "0.001"}, (1, 1001)),
        ("gaussian", {"sigma": 166, "size": "auto"}, (997, 997)),
        ("log", {"sigma": 50, "size": "auto"}, (301, 301)),
        ("dog", {"sigma1": 160, "sigma2": "0.01"}, (961, 961)),
    ],
)
def test_the_largest_that_are_allowed_can_be_had(formula, values, size):
    assert made(formula, **values).shape == size


@pytest.mark.parametrize("angle", range(-360, 361, 15))
def test_the_cosine_and_sine_of_degrees_are_mirrored_exactly(angle):
    cosine, sine = cos_and_sin(Fraction(angle))
    assert (cosine, sine) == pytest.approx(
        (math.cos(math.radians(angle)), math.sin(math.radians(angle))), abs=1e-15
    )
    assert cos_and_sin(Fraction(90 - angle)) == (sine, cosine)
    assert cos_and_sin(Fraction(angle + 180)) == (-cosine, -sine)
    assert angle % 90 or {abs(cosine), abs(sine)} == {0, 1}
    assert angle % 90 != 45 or abs(cosine) == abs(sine)
