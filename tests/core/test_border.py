"""Where pixels outside the picture come from."""

import math
from fractions import Fraction

import numpy as np
import pytest
from pictures import assert_same, noise, picture

import convfilter
from convfilter.core.border import Border, border_index, gather
from convfilter.core.problem import border_constant
from convfilter.core.resize import enlarge
from convfilter.core.spec import parse_border
from convfilter.core.words import BORDERS
from convfilter.errors import OptionError

NUMPY_MODES = ["edge", "reflect", "symmetric", "wrap"]
PADDINGS = [(before, after) for before in range(21) for after in range(21)]
ONE = [[1]]


@pytest.mark.parametrize("size", range(1, 7))
@pytest.mark.parametrize("mode", NUMPY_MODES)
def test_border_index_is_numpy_pad(mode, size):
    for before, after in PADDINGS:
        expected = np.pad(np.arange(size), (before, after), "edge" if size == 1 else mode)
        assert_same(border_index(size, before, after, mode), expected)


@pytest.mark.parametrize("size", range(1, 7))
@pytest.mark.parametrize("kind", ["zero", "constant"])
def test_constants_have_no_source(kind, size):
    for before, after in PADDINGS:
        expected = np.pad(np.arange(size), (before, after), constant_values=-1)
        assert_same(border_index(size, before, after, kind), expected)


@pytest.mark.parametrize("mode", NUMPY_MODES)
def test_an_axis_of_one_pixel_repeats_it(mode):
    assert border_index(1, 3, 2, mode).tolist() == [0] * 6


# The patterns of the documentation, with a b c d = 1 2 3 4 and V = 7.
@pytest.mark.parametrize(
    ("border", "expected"),
    [
        ("zero", "0 0 1 2 3 4 0 0"),
        ("constant:7", "7 7 1 2 3 4 7 7"),
        ("edge", "1 1 1 2 3 4 4 4"),
        ("reflect", "3 2 1 2 3 4 3 2"),
        ("symmetric", "2 1 1 2 3 4 4 3"),
        ("wrap", "3 4 1 2 3 4 1 2"),
    ],
)
def test_every_word_holds_its_pattern(border, expected):
    row, column = picture("1 2 3 4"), picture("1; 2; 3; 4")
    expected = picture(expected)
    assert_same(convfilter.correlate(row, ONE, padding=(0, 2), border=border), expected)
    assert_same(convfilter.correlate(column, ONE, padding=(2, 0), border=border), expected.T)


@pytest.mark.parametrize("word", [word for word in BORDERS if word != "resize"])
def test_patterns_shown_to_people_are_the_truth(word):
    kind = word.partition(":")[0]
    letters = [*"abcd", {"zero": "0", "constant": "V"}.get(kind)]
    row = [letters[i] for i in border_index(4, 2, 2, kind)]
    assert BORDERS[word] == f"{' '.join(row[:2])} | {' '.join(row[2:6])} | {' '.join(row[6:])}"


def test_a_word_for_both_axes_fills_the_corners():
    got = convfilter.correlate(picture("1 2; 3 4"), ONE, padding=1, border="wrap")
    assert_same(got, picture("4 3 4 3; 2 1 2 1; 4 3 4 3; 2 1 2 1"))
    got = convfilter.correlate(picture("1 2; 3 4"), ONE, padding=1, border="constant:9")
    assert_same(got, picture("9 9 9 9; 9 1 2 9; 9 3 4 9; 9 9 9 9"))


def test_padding_larger_than_the_picture_bounces_again():
    got = convfilter.correlate(picture("1 2 3"), ONE, padding=(0, 0, 5, 5), border="reflect")
    assert_same(got, picture("2 1 2 3 2 1 2 3 2 1 2 3 2"))
    got = convfilter.correlate(picture("1 2"), ONE, padding=(0, 0, 5, 3), border="symmetric")
    assert_same(got, picture("1 1 2 2 1 1 2 2 1 1"))


def test_edge_border_repeats_the_last_row():
    got = convfilter.correlate(picture("1 2; 3 4"), [[0], [0], [1]], padding="same", border="edge")
    assert_same(got, picture("3 4; 3 4"))


@pytest.mark.parametrize(
    ("synonym", "word"),
    [
        ("zeros", "zero"),
        ("replicate", "edge"),
        ("nearest", "edge"),
        ("circular", "wrap"),
        ("reflect101", "reflect"),
        ("REFLECT_101", "reflect"),
        (" Edge ", "edge"),
    ],
)
def test_words_that_mean_one_thing_elsewhere_are_taken(synonym, word):
    assert parse_border(synonym) == Border(word)


@pytest.mark.parametrize("word", ["mirror", "Mirror"])
def test_mirror_is_refused_with_the_table(word):
    with pytest.raises(OptionError) as caught:
        parse_border(word)
    message = str(caught.value)
    assert "'mirror' means two things" in message
    for name, pattern in BORDERS.items():
        assert any(name in line and pattern in line for line in message.splitlines()), name


def test_a_constant_in_percent_is_of_the_full_range():
    half = parse_border("constant:50%")
    assert border_constant(half, np.dtype("uint8")) == 128  # 127.5, half to even
    assert border_constant(half, np.dtype("uint16")) == 32768  # 32767.5
    assert border_constant(half, np.dtype("int16")) == 16384  # 16383.5
    assert border_constant(half, np.dtype("float32")) == 0.5
    assert border_constant(parse_border("constant:10%"), np.dtype("uint8")) == 26  # 25.5


def test_gather_picks_rows_and_columns_and_fills_the_rest():
    image = picture("1 2 3; 4 5 6")[:, :, np.newaxis]
    got = gather(image, np.array([1, -1, 0]), np.array([-1, 2, 2, 0]), np.uint8(9))
    assert_same(got[:, :, 0], picture("9 6 6 4; 9 9 9 9; 9 3 3 1"))


# ── resize: an independent evaluation of Catmull and Rom's cubic, in fractions ──


def _cubic(distance):
    """Keys' kernel with a = −1/2 at a distance from the sample."""
    t = abs(distance)
    if t <= 1:
        return Fraction(3, 2) * t**3 - Fraction(5, 2) * t**2 + 1
    if t < 2:
        return -Fraction(1, 2) * t**3 + Fraction(5, 2) * t**2 - 4 * t + 2
    return Fraction(0)


def _enlarged_line(line, new_size):
    size = len(line)
    result = []
    for place in range(new_size):
        v = Fraction(2 * place + 1, 2) * Fraction(size, new_size) - Fraction(1, 2)
        near = range(math.floor(v) - 1, math.floor(v) + 3)
        result.append(sum(_cubic(v - k) * line[min(max(k, 0), size - 1)] for k in near))
    return result


def _enlarged(image, height, width):
    rows = [_enlarged_line([Fraction(int(v)) for v in row], width) for row in image]
    columns = [_enlarged_line(column, height) for column in zip(*rows, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("size", [(1, 1), (1, 4), (3, 2), (4, 5), (6, 6)])
@pytest.mark.parametrize("added", [(0, 0), (1, 0), (2, 2), (3, 5), (11, 4)])
def test_resize_is_catmull_rom_with_pixel_centres_aligned(size, added):
    image = noise(size, "float64")
    height, width = size[0] + added[0], size[1] + added[1]
    got = enlarge(image[:, :, np.newaxis], height, width)[:, :, 0]
    want = np.array(_enlarged(image, height, width), np.float64)
    assert got.shape == (height, width)
    assert np.abs(got - want).max() <= 1e-12 * 100


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32"])
def test_resize_rounds_and_stays_in_the_range_of_the_type(dtype):
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    image = picture("0 1 0 1; 1 1 0 0; 0 1 1 0", bool)
    image = np.where(image, high, low).astype(dtype)
    got = enlarge(image[:, :, np.newaxis], 7, 9)[:, :, 0]
    assert got.dtype == dtype
    for place, exact in np.ndenumerate(np.array(_enlarged(image, 7, 9), object)):
        away = abs(int(got[place]) - min(max(exact, low), high))
        assert away <= Fraction(1, 2) + Fraction(1, 10**5), (place, got[place], float(exact))


def test_resize_then_filters_the_enlarged_picture_as_valid():
    image = noise((5, 6, 3))
    larger = enlarge(image, 5 + 4, 6 + 3)
    kernel = [[1, 2, 0], [0, -1, 3]]
    got = convfilter.correlate(image, kernel, padding=(1, 3, 2, 1), border="resize", stride=2)
    assert_same(got, convfilter.correlate(larger, kernel, stride=2))


def test_resize_without_padding_changes_nothing():
    image = noise((5, 6))
    assert_same(convfilter.correlate(image, ONE, border="resize"), image)
