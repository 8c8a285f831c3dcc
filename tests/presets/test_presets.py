"""Every preset against an independent table: weights, sums, names, symmetry, rank, range policy."""

from fractions import Fraction

import numpy as np
import pytest

import convfilter
from convfilter.core.finish import resolve_policy
from convfilter.core.properties import rank, symmetry
from convfilter.core.words import STEP_OPTIONS
from convfilter.errors import UnknownKernel, UsageError
from convfilter.presets.definition import COMMAND_OPTIONS
from convfilter.presets.registry import presets

ROOT = "1.4142135623730951"  # of 2, as repr(2**0.5) prints it
BINOMIAL_7 = (
    "1 6 15 20 15 6 1; 6 36 90 120 90 36 6; 15 90 225 300 225 90 15; 20 120 300 400 300 120 20; "
    "15 90 225 300 225 90 15; 6 36 90 120 90 36 6; 1 6 15 20 15 6 1"
)
# name: weights, divisor, Σ, Σ|values|, range policy in effect, aliases
TABLE = {
    "identity": ("0 0 0; 0 1 0; 0 0 0", 1, 1, 1, "clip", []),
    "blur": ("1 1 1 1 1; " * 4 + "1 1 1 1 1", 25, 1, 1, "clip", ["box-5"]),
    "box-3": ("1 1 1; 1 1 1; 1 1 1", 9, 1, 1, "clip", ["mean-3"]),
    "gaussian-3": ("1 2 1; 2 4 2; 1 2 1", 16, 1, 1, "clip", ["binomial-3"]),
    "gaussian-5": (
        "1 4 6 4 1; 4 16 24 16 4; 6 24 36 24 6; 4 16 24 16 4; 1 4 6 4 1",
        *(256, 1, 1, "clip", ["binomial-5"]),
    ),
    "gaussian-7": (BINOMIAL_7, 4096, 1, 1, "clip", ["binomial-7"]),
    "smooth": ("1 1 1; 1 5 1; 1 1 1", 13, 1, 1, "clip", []),
    "sharpen": ("0 -1 0; -1 5 -1; 0 -1 0", 1, 1, 9, "clip", []),
    "sharpen-8": ("-1 -1 -1; -1 9 -1; -1 -1 -1", 1, 1, 17, "clip", []),
    "unsharp-5": (
        "1 4 6 4 1; 4 16 24 16 4; 6 24 -476 24 6; 4 16 24 16 4; 1 4 6 4 1",
        *(-256, 1, Fraction(696, 256), "clip", []),
    ),
    "detail": ("0 -1 0; -1 10 -1; 0 -1 0", 6, 1, Fraction(7, 3), "clip", []),
    "edge-enhance": ("-1 -1 -1; -1 10 -1; -1 -1 -1", 2, 1, 9, "clip", []),
    "emboss": ("-2 -1 0; -1 1 1; 0 1 2", 1, 1, 9, "clip", []),
    "relief": ("-1 0 0; 0 0 0; 0 0 1", 1, 0, 2, "offset", []),
    "outline": ("-1 -1 -1; -1 8 -1; -1 -1 -1", 1, 0, 16, "clip", []),
    "prewitt-horizontal": ("1 1 1; 0 0 0; -1 -1 -1", 1, 0, 6, "abs", []),
    "prewitt-vertical": ("1 0 -1; 1 0 -1; 1 0 -1", 1, 0, 6, "abs", ["vertical-edge"]),
    "prewitt-x": ("-1 0 1; -1 0 1; -1 0 1", 1, 0, 6, "abs", []),
    "prewitt-y": ("-1 -1 -1; 0 0 0; 1 1 1", 1, 0, 6, "abs", []),
    "sobel-x": ("-1 0 1; -2 0 2; -1 0 1", 1, 0, 8, "abs", ["sobel-vertical"]),
    "sobel-y": ("-1 -2 -1; 0 0 0; 1 2 1", 1, 0, 8, "abs", ["sobel-horizontal"]),
    "sobel5-x": (
        "-1 -2 0 2 1; -4 -8 0 8 4; -6 -12 0 12 6; -4 -8 0 8 4; -1 -2 0 2 1",
        *(1, 0, 96, "abs", ["sobel5-vertical"]),
    ),
    "sobel5-y": (
        "-1 -4 -6 -4 -1; -2 -8 -12 -8 -2; 0 0 0 0 0; 2 8 12 8 2; 1 4 6 4 1",
        *(1, 0, 96, "abs", ["sobel5-horizontal"]),
    ),
    "scharr-x": ("-3 0 3; -10 0 10; -3 0 3", 1, 0, 32, "abs", ["scharr-vertical"]),
    "scharr-y": ("-3 -10 -3; 0 0 0; 3 10 3", 1, 0, 32, "abs", ["scharr-horizontal"]),
    "roberts-1": ("1 0; 0 -1", 1, 0, 2, "abs", []),
    "roberts-2": ("0 1; -1 0", 1, 0, 2, "abs", []),
    "frei-chen-x": (
        f"-1 0 1; -{ROOT} 0 {ROOT}; -1 0 1",
        *(1, 0, 4 + 2 * float(ROOT), "abs", ["frei-chen-vertical"]),
    ),
    "frei-chen-y": (
        f"-1 -{ROOT} -1; 0 0 0; 1 {ROOT} 1",
        *(1, 0, 4 + 2 * float(ROOT), "abs", ["frei-chen-horizontal"]),
    ),
    "laplacian": ("0 1 0; 1 -4 1; 0 1 0", 1, 0, 8, "abs", ["laplacian-4"]),
    "laplacian-8": ("1 1 1; 1 -8 1; 1 1 1", 1, 0, 16, "abs", []),
    "log-5": (
        "0 0 1 0 0; 0 1 2 1 0; 1 2 -16 2 1; 0 1 2 1 0; 0 0 1 0 0",
        *(1, 0, 32, "abs", []),
    ),
}
# With parameters, at their defaults: size, Σ, rank (None: of no rank worth a name), range policy.
WITH_PARAMETERS = {
    "box": ((3, 3), 1, 1, "clip"),
    "disk": ((5, 5), 1, 3, "clip"),
    "motion": ((1, 9), 1, 1, "clip"),
    "gaussian": ((7, 7), 1, 1, "clip"),
    "unsharp": ((7, 7), 1, 2, "clip"),
    "log": ((11, 11), 0, 2, "abs"),
    "dog": ((11, 11), 0, 2, "abs"),
    "gabor": ((49, 49), 0, 1, "abs"),
}
# combine, first member's weights, number of members
COMPOSITES = {
    "sobel": ("magnitude", "-1 0 1; -2 0 2; -1 0 1", 2),
    "prewitt": ("magnitude", "-1 0 1; -1 0 1; -1 0 1", 2),
    "scharr": ("magnitude", "-3 0 3; -10 0 10; -3 0 3", 2),
    "roberts": ("magnitude", "1 0; 0 -1", 2),
    "frei-chen": ("magnitude", f"-1 0 1; -{ROOT} 0 {ROOT}; -1 0 1", 2),
    "sobel-angle": ("angle", "-1 0 1; -2 0 2; -1 0 1", 2),
    "kirsch": ("max", "5 5 5; -3 0 -3; -3 -3 -3", 8),
    "robinson": ("max", "-1 0 1; -2 0 2; -1 0 1", 8),
    "prewitt-compass": ("max", "1 1 1; 1 -2 1; -1 -1 -1", 8),
}
BANKS = {"gabor-bank": (16, 3, 25, 25), "opponent": (3, 3, 3, 3)}
NAMES = sorted(TABLE)
EVERY = sorted([*TABLE, *WITH_PARAMETERS, *COMPOSITES, *BANKS])
INTEGER = [name for name in NAMES if not name.startswith("frei-chen")]
# A column times a row gives the kernels of rank 1.
RANK_TWO = (
    "smooth sharpen sharpen-8 unsharp-5 detail edge-enhance relief outline roberts-1 roberts-2"
)
RANKS = dict.fromkeys(TABLE, 1) | dict.fromkeys(RANK_TWO.split(), 2)
RANKS |= {"laplacian": 2, "laplacian-8": 2, "emboss": 3, "log-5": 3}


def _rows(text):
    return [[Fraction(n) for n in row.split()] for row in text.split(";")]


def test_the_presets_are_those_of_the_table_and_no_others():
    assert sorted(presets()) == EVERY


@pytest.mark.parametrize("name", sorted(WITH_PARAMETERS))
def test_presets_with_parameters_are_those_of_the_table_at_their_defaults(name):
    size, total, known_rank, policy = WITH_PARAMETERS[name]
    kernel = convfilter.load_kernel(name)
    assert (kernel.name, kernel.size) == (name, size)
    assert float(kernel.map_sums[0]) == pytest.approx(total, abs=1e-12)
    assert kernel.zero_sum is (total == 0)
    assert rank(kernel.values, exact=kernel.exact) == known_rank
    assert resolve_policy("auto", kernel, biased=False) == policy
    assert symmetry(kernel.values)[:2] == ["top and bottom alike", "left and right alike"]


def test_only_the_gabor_is_scaled_to_an_absolute_sum_of_1():
    assert float(convfilter.load_kernel("gabor").map_abs_sums[0]) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", sorted(COMPOSITES))
def test_composites_are_those_of_the_table(name):
    combine, first, count = COMPOSITES[name]
    kernel = convfilter.load_kernel(name)
    assert (kernel.combine, len(kernel.members)) == (combine, count)
    rows = [[float(n) for n in row] for row in _rows(first)]
    assert kernel.members[0].weights.tolist() == rows
    assert kernel.zero_sum
    assert resolve_policy("auto", kernel, biased=False) == "clip"
    if count == 2 and name != "roberts":
        assert kernel.members[1].weights.tolist() == [list(row) for row in zip(*rows, strict=True)]


@pytest.mark.parametrize("name", sorted(BANKS))
def test_banks_have_the_shape_of_the_table(name):
    assert convfilter.load_kernel(name).shape == BANKS[name]


def test_the_opponent_bank_is_light_and_two_differences_of_colours():
    kernel = convfilter.load_kernel("opponent")
    assert kernel.map_sums == [1, 0, 0]
    assert kernel.range_policy == "clip,offset,offset"
    colours = kernel.values.sum(axis=(2, 3)).round(12).tolist()
    third = round(1 / 3, 12)
    assert colours == [[third] * 3, [0.5, -0.5, 0.0], [-0.25, -0.25, 0.5]]
    gaussian = convfilter.load_kernel("gaussian-3").values
    np.testing.assert_allclose(kernel.values[2, 2], gaussian / 2, rtol=1e-15)


def test_the_gabor_bank_has_two_phases_of_eight_angles_on_luma():
    kernel = convfilter.load_kernel("gabor-bank")
    assert kernel.zero_sum
    for index in range(16):
        spec = f"gabor:wavelength=4,sigma=2,angle={22.5 * (index // 2)},phase={90 * (index % 2)}"
        one = convfilter.load_kernel(spec).values
        for channel, share in enumerate((0.299, 0.587, 0.114)):
            np.testing.assert_allclose(kernel.values[index, channel], share * one, atol=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_weights_divisor_and_values_are_those_of_the_table(name):
    text, divisor, *_ = TABLE[name]
    kernel, rows = convfilter.load_kernel(name), _rows(text)
    assert kernel.name == name
    assert kernel.divisor == divisor
    assert kernel.weights.tolist() == [[float(w) for w in row] for row in rows]
    want = [[float(w / divisor) for w in row] for row in rows]
    assert kernel.values.tolist() == want


@pytest.mark.parametrize("name", NAMES)
def test_sums_are_those_of_the_table(name):
    _, _, total, size, *_ = TABLE[name]
    kernel = convfilter.load_kernel(name)
    assert kernel.map_sums == [total]
    assert float(kernel.map_abs_sums[0]) == pytest.approx(float(size), rel=1e-15)
    assert kernel.zero_sum is (total == 0)


@pytest.mark.parametrize("name", INTEGER)
def test_integer_presets_are_exact_over_the_least_common_denominator(name):
    text, divisor, total, size, *_ = TABLE[name]
    kernel = convfilter.load_kernel(name)
    values = [Fraction(w, divisor) for row in _rows(text) for w in row]
    assert kernel.exact
    assert [Fraction(int(n), kernel.denominator) for n in kernel.numerators.ravel()] == values
    assert sum(values) == total
    assert sum(map(abs, values)) == size == kernel.map_abs_sums[0]


@pytest.mark.parametrize("name", ["frei-chen-x", "frei-chen-y"])
def test_frei_chen_has_the_square_root_of_two_to_the_last_bit(name):
    kernel = convfilter.load_kernel(name)
    assert np.unique(np.abs(kernel.values)).tolist() == [0.0, 1.0, 2**0.5]
    assert not kernel.exact


@pytest.mark.parametrize("name", NAMES)
def test_the_range_policy_in_effect_is_that_of_the_table(name):
    kernel = convfilter.load_kernel(name)
    assert resolve_policy("auto", kernel, biased=False) == TABLE[name][4]


@pytest.mark.parametrize("name", NAMES)
def test_aliases_lead_to_the_same_kernel(name):
    kernel, aliases = convfilter.load_kernel(name), TABLE[name][5]
    assert list(kernel.aliases) == aliases
    for alias in aliases:
        assert convfilter.load_kernel(alias) == kernel
        assert convfilter.load_kernel(alias).name == name


@pytest.mark.parametrize("name", NAMES)
def test_the_rank_is_known(name):
    assert rank(convfilter.load_kernel(name).values) == RANKS[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_symmetry_told_is_that_of_the_weights(name):
    weights = convfilter.load_kernel(name).weights.tolist()
    turned = {
        "top and bottom {}": weights[::-1],
        "left and right {}": [row[::-1] for row in weights],
        "{} under a half turn": [row[::-1] for row in weights[::-1]],
        "{} when transposed": [list(column) for column in zip(*weights, strict=True)],
    }
    want = []
    for words, other in turned.items():
        opposite = [[-w for w in row] for row in other]
        if weights in (other, opposite):
            want.append(words.format("alike" if weights == other else "opposite"))
    assert symmetry(np.array(weights)) == want


def test_symmetries_tell_gradients_blurs_and_reliefs_apart():
    words = {n: symmetry(convfilter.load_kernel(n).values) for n in ("sobel-x", "blur", "relief")}
    assert words["sobel-x"][:2] == ["top and bottom alike", "left and right opposite"]
    assert len(words["blur"]) == 4
    assert all("alike" in word for word in words["blur"])
    assert words["relief"] == ["opposite under a half turn", "alike when transposed"]


@pytest.mark.parametrize("name", EVERY)
def test_every_preset_says_what_it_does_and_where_it_comes_from(name):
    kernel = convfilter.load_kernel(name)
    assert len(kernel.description.split()) >= 2
    assert len(kernel.source.split()) >= 2
    assert kernel.tags
    assert all(tag == tag.lower().replace(" ", "-") for tag in kernel.tags)


def test_no_name_stands_twice():
    words = [*presets(), *(alias for text in presets().values() for alias in text.aliases)]
    assert len(words) == len(set(words))
    assert all(word == word.lower() and "_" not in word for word in words)


@pytest.mark.parametrize("name", ["Sobel_X", "SOBEL-X", "sobel_x", " sobel-x ", "Sobel_Vertical"])
def test_case_and_underscores_do_not_matter(name):
    assert convfilter.load_kernel(name) == convfilter.load_kernel("sobel-x")


@pytest.mark.parametrize(
    ("pair", "other"),
    [(f"{name}-x", f"{name}-y") for name in ("prewitt", "sobel", "sobel5", "scharr", "frei-chen")],
)
def test_x_and_y_are_each_others_transpose(pair, other):
    x, y = convfilter.load_kernel(pair), convfilter.load_kernel(other)
    assert x.weights.T.tolist() == y.weights.tolist()


RAMP = np.tile(np.arange(0, 100, 10, dtype=np.uint8), (7, 1))  # 10 brighter with each pixel


@pytest.mark.parametrize(
    ("name", "image", "response"),
    [
        ("sobel-x", RAMP, 80),
        ("prewitt-vertical", RAMP, -60),
        ("prewitt-x", RAMP, 60),
        ("scharr-x", RAMP, 320),
        ("sobel5-x", RAMP, 1280),
        ("sobel-y", RAMP.T, 80),
        ("prewitt-y", RAMP.T, 60),
        ("prewitt-horizontal", RAMP.T, -60),
        ("scharr-y", RAMP.T, 320),
        ("sobel-x", RAMP.T, 0),
        ("sobel-y", RAMP, 0),
        ("laplacian", RAMP, 0),
        ("log-5", RAMP, 0),
    ],
)
def test_a_ramp_of_ten_a_pixel_gives_each_its_scale(name, image, response):
    signed = convfilter.correlate(image, convfilter.load_kernel(name))
    assert np.unique(signed).tolist() == [response]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("gausian", "gaussian"),
        ("binomial5", "binomial-5"),
        ("sharpn", "sharpen"),
        ("sobell-x", "sobel-x"),
        ("vertical-edges", "vertical-edge"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(name, nearest):
    with pytest.raises(UnknownKernel) as caught:
        convfilter.load_kernel(name)
    said = str(caught.value)
    assert repr(name.lower().replace("_", "-")) in said
    assert f"did you mean {nearest!r}?" in said
    assert f"'convfilter kernels list' shows all {len(EVERY)}" in said
    assert "\n" not in said


def test_a_name_like_nothing_is_refused_without_a_guess():
    with pytest.raises(UnknownKernel) as caught:
        convfilter.load_kernel("zzzzzz")
    assert "did you mean" not in str(caught.value)
    assert "'convfilter kernels list'" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("edge", "sobel"),
        ("edges", "kernels list --tag edges"),
        ("mean", "box:size=3"),
        ("average", "box:size=3"),
        ("unsharp-mask", "unsharp:sigma=1,amount=1"),
        ("Unsharp_Mask", "unsharp:sigma=1,amount=1"),
        ("gaussian-4", "gaussian:sigma=2,size=5"),
        ("gaussian-9", "gaussian:sigma=2,size=9"),
        ("Box_33", "box:size=33"),
        ("median", "no convolution"),
        ("blur:size=9", "box:size=9"),
        ("blur:9", "box:size=9"),
        ("sharpen:amount=2", "unsharp:sigma=2,amount=1.5"),
        ("gaussian:2", "write gaussian:sigma=2"),
        ("sobel:size=5", "sobel is a composite and takes no parameter"),
        ("gaussian:sgima=2", "did you mean 'sigma'?"),
        ("gaussian=2", "gaussian:NAME=2"),
        ("gaussian:sigma=0", "sigma is '0'"),
        ("gaussian:sigma=-1", "sigma is '-1'"),
        ("gaussian:size=4", "size"),
        ("motion:length=-3", "length is '-3'"),
        ("preset/none", "no kernel named 'none'"),
        ("gaussian:size", "gaussian:size says no value: write gaussian:size=VALUE"),
        ("sharpen:stride", "sharpen:stride says no value: write sharpen:stride=VALUE"),
        (
            "sharpen:strid=2",
            "did you mean the option 'stride'? it takes the options stride, padding",
        ),
        ("sharpen:strid", "did you mean the option 'stride'?"),
        ("sobel:bordr=edge", "did you mean the option 'border'?"),
        (
            "gaussian:strid=2",
            "gaussian has no parameter 'strid'; did you mean the option 'stride'?",
        ),
        ("gaussian:strid=2", "it takes sigma, size, and the options stride, padding, dilation"),
        ("gaussian:strid", "did you mean the option 'stride'?"),
        (
            "gaussian:foo=2",
            "gaussian has no parameter 'foo'; it takes sigma, size, and the options",
        ),
        ("sharpen:foo=2", "(foo=2 was given); unsharp:sigma=2,amount=1.5"),
        ("laplacian:foo=2", "(foo=2 was given); it takes the options stride, padding, dilation"),
        ("sharpen:gray=1", "--gray is an option of the whole command"),
        ("sharpen:gray", "--gray is an option of the whole command"),
        ("gaussian:plan=direct", "--plan is an option of the whole command"),
        ("sharpen:alpha=keep", "--alpha is an option of the whole command"),
        ("sharpen:Max_Pixels=9", "--max-pixels is an option of the whole command"),
        ("1 2 1 : gray=1", "--gray is an option of the whole command"),
        ("1 2 1 : strid=2", "did you mean the option 'stride'?"),
        ("gaussian:sigma:2", "write gaussian:sigma=2"),
        ("gaussian:sigma:2,size:5", "write gaussian:sigma=2,size=5"),
        ("gaussian:sigma=2:stride=2", "write gaussian:sigma=2,stride=2"),
        ("sharpen:border:constant:128", "write sharpen:border=constant:128"),
        ("gaussian(sigma=2)", "behind a colon: gaussian:sigma=2"),
        ("gaussian(2, 9)", "behind a colon: gaussian:sigma=2,size=9"),
        ("gaussian sigma=2", "behind a colon: gaussian:sigma=2"),
        ("gaussian, sigma=2 size=9", "behind a colon: gaussian:sigma=2,size=9"),
        ("gaussian 2", "behind a colon: gaussian:sigma=2"),
        ("sharpen,blur", '-k sharpen -k blur, or -k "sharpen then blur"'),
        ("sharpen blur", '-k sharpen -k blur, or -k "sharpen then blur"'),
        ("sharpen + blur", '-k sharpen -k blur, or -k "sharpen then blur"'),
        (
            "sharpen, gaussian:sigma=2, size=9",
            '-k "sharpen then gaussian:sigma=2,size=9"',
        ),
        ("Gaussian Blur", "gaussian:sigma=2 is that filter"),
        ("find edges", "kernels list --tag edges"),
        ("sobel x", "joined by hyphens: sobel-x"),
    ],
)
def test_words_of_beginners_lead_somewhere(name, said):
    with pytest.raises(UsageError) as caught:
        convfilter.load_kernel(name)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_name_is_told_twice():
    with pytest.raises(UsageError) as caught:
        convfilter.load_kernel("gaussian:foo=2")
    assert str(caught.value).count("gaussian") == 1


@pytest.mark.parametrize("name", COMMAND_OPTIONS)
def test_the_options_of_the_whole_command_are_those_of_apply(name):
    from convfilter.cli.apply import command

    options = {word for param in command.params for word in param.opts}
    assert f"--{name}" in options
    assert name not in STEP_OPTIONS


HEIGHT = np.clip(220 - 0.4 * (np.mgrid[-20:21, -20:21] ** 2).sum(axis=0), 40, 255)


@pytest.mark.parametrize("name", ["emboss", "relief"])
def test_a_dome_is_lit_from_where_the_description_says(name):
    kernel = convfilter.load_kernel(name)
    picture = HEIGHT.astype(np.uint8)
    lit = convfilter.correlate(picture, kernel, padding="same", border="edge", range_policy="auto")
    flanks = {
        "top left": lit[12, 12],
        "top right": lit[12, 28],
        "bottom left": lit[28, 12],
        "bottom right": lit[28, 28],
    }
    assert f"lit from the {max(flanks, key=flanks.get)}" in kernel.description


def test_radius_and_per_cent_are_understood_by_unsharp():
    kernel = convfilter.load_kernel("unsharp:radius=2,amount=150%")
    assert kernel == convfilter.load_kernel("unsharp:sigma=2,amount=1.5")
    assert kernel.name == "unsharp:sigma=2,amount=1.5"


@pytest.mark.parametrize("size", [1, 2, 3, 5, "2x7"])
def test_a_box_is_exact_at_any_size(size):
    kernel = convfilter.load_kernel(f"box:size={size}")
    assert kernel.exact
    assert kernel.map_sums == [1]


@pytest.mark.parametrize("name", EVERY)
def test_no_preset_has_a_parameter_with_the_name_of_an_option(name):
    assert not {key for key, _ in presets()[name].parameters} & set(STEP_OPTIONS)
