"""Every preset against an independent table: weights, sums, names, symmetry, rank, range policy."""

from fractions import Fraction

import numpy as np
import pytest

import convfilter
from convfilter.core.finish import resolve_policy
from convfilter.core.properties import rank, symmetry
from convfilter.errors import UnknownKernel
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
NAMES = sorted(TABLE)
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
    assert sorted(presets()) == NAMES


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


@pytest.mark.parametrize("name", NAMES)
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
        ("gausian-5", "gaussian-5"),
        ("sharpn", "sharpen"),
        ("sobell-x", "sobel-x"),
        ("Box_33", "box-3"),
        ("vertical-edges", "vertical-edge"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(name, nearest):
    with pytest.raises(UnknownKernel) as caught:
        convfilter.load_kernel(name)
    said = str(caught.value)
    assert repr(name.lower().replace("_", "-")) in said
    assert f"did you mean {nearest!r}?" in said
    assert f"'convfilter kernels list' shows all {len(TABLE)}" in said
    assert "\n" not in said


def test_a_name_like_nothing_is_refused_without_a_guess():
    with pytest.raises(UnknownKernel) as caught:
        convfilter.load_kernel("zzzzzz")
    assert "did you mean" not in str(caught.value)
    assert "'convfilter kernels list'" in str(caught.value)
