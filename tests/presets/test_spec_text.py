"""The text behind -k: what it means, what is refused because it reads two ways, and printing it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import convfilter
from convfilter.core.kernel import make_kernel
from convfilter.errors import ConvfilterError, SpecError, UsageError
from convfilter.presets.build import kernel_of
from convfilter.presets.definition import KernelText
from convfilter.presets.spec_text import InFile, Named, parse_spec
from convfilter.presets.write_text import spec_text

SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
BINOMIAL = [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
NINTH = Fraction(1, 9)
BANK = [[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]]]


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ("sobel-x", "sobel-x", {}),
        ("Sobel_X", "sobel-x", {}),
        ("  SHARPEN\n", "sharpen", {}),
        ("gaussian:sigma=2,size=9", "gaussian", {"sigma": "2", "size": "9"}),
        ("Motion:Angle = 30", "motion", {"angle": "30"}),
        ("box:size=3x5", "box", {"size": "3x5"}),
    ],
)
def test_names(text, name, parameters):
    parsed = parse_spec(text)
    assert isinstance(parsed, Named)
    assert (parsed.name, parsed.parameters) == (name, parameters)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("my.yaml", "my.yaml"),
        ("./my.yml", "./my.yml"),
        ("../kernels/My Kernel.csv", "../kernels/My Kernel.csv"),
        ("/a/b.NPY", "/a/b.NPY"),
        ("w.txt", "w.txt"),
        ("libvips.mat", "libvips.mat"),
        (r"C:\kernels\my.yaml", r"C:\kernels\my.yaml"),
        ("5x5.csv", "5x5.csv"),
        ("-.yaml", "-.yaml"),
    ],
)
def test_files(text, path):
    parsed = parse_spec(text)
    assert isinstance(parsed, InFile)
    assert (parsed.path, parsed.parameters) == (path, {})


def test_a_file_can_have_parameters_in_its_text():
    parsed = parse_spec("my.yaml:sigma=2")
    assert (parsed.path, parsed.parameters) == ("my.yaml", {"sigma": "2"})


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("0 -1 0; -1 5 -1; 0 -1 0", SHARPEN),
        ("0 -1 0;-1 5 -1;0 -1 0;", SHARPEN),
        ("0 -1 0\n-1 5 -1\n0 -1 0\n", SHARPEN),
        ("0\t-1\t0;  -1 5   -1;0 -1 0", SHARPEN),
        ("0,-1,0;-1,5,-1;0,-1,0", SHARPEN),
        ("0, -1, 0; -1, 5, -1; 0, -1, 0", SHARPEN),
        ("0 −1 0; −1 5 −1; 0 −1 0", SHARPEN),
        ("[[0,-1,0],[-1,5,-1],[0,-1,0]]", SHARPEN),
        ("[[0, -1, 0],\n [-1, 5, -1],\n [0, -1, 0]]", SHARPEN),
        ("[[ 0. -1.  0.]\n [-1.  5. -1.]\n [ 0. -1.  0.]]", SHARPEN),
        ("[0 -1 0; -1 5 -1; 0 -1 0]", SHARPEN),
        ("[ 0, -1, 0; -1, 5, -1; 0, -1, 0 ]", SHARPEN),
        ("3x3:0,-1,0,-1,5,-1,0,-1,0", SHARPEN),
        ("3: 0,-1,0 -1,5,-1 0,-1,0", SHARPEN),
        ("3x3+1+1: 0,-1,0, -1,5,-1, 0,-1,0", SHARPEN),
        ("1 2 1; 2 4 2; 1 2 1 / 16", [[Fraction(w, 16) for w in row] for row in BINOMIAL]),
        ("1 2 1; 2 4 2; 1 2 1 /16", [[Fraction(w, 16) for w in row] for row in BINOMIAL]),
        ("1,2,1;2,4,2;1,2,1/ 16", [[Fraction(w, 16) for w in row] for row in BINOMIAL]),
        ("[[1,2,1],[2,4,2],[1,2,1]] / 16", [[Fraction(w, 16) for w in row] for row in BINOMIAL]),
        ("[1 2; 3 4] / -2", [[Fraction(-1, 2), -1], [Fraction(-3, 2), -2]]),
        ("1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9", [[NINTH] * 3] * 3),
        ("1/9,1/9,1/9;1/9,1/9,1/9;1/9,1/9,1/9", [[NINTH] * 3] * 3),
        ("−1/9 1/9", [[-NINTH, NINTH]]),
        ("1/2 1/3 / 5", [[Fraction(1, 10), Fraction(1, 15)]]),
        ("0.1 0.8 0.1", [[Fraction(1, 10), Fraction(8, 10), Fraction(1, 10)]]),
        (".5 1. +.5", [[Fraction(1, 2), 1, Fraction(1, 2)]]),
        ("1e-3 2E2 -1e0", [[Fraction(1, 1000), 200, -1]]),
        ("1 1 / 0.5", [[2, 2]]),
        ("010 1", [[10, 1]]),
        ("-1 0 1", [[-1, 0, 1]]),
        ("1;2;1", [[1], [2], [1]]),
        ("1 0; 0 -1", [[1, 0], [0, -1]]),
        ("2x3:1,2,3,4,5,6", [[1, 2], [3, 4], [5, 6]]),
        ("1x1:5", [[5]]),
        ("[[[1,2],[3,4]],[[5,6],[7,8]]]", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        ("[[[[1,2],[3,4]]],[[[5,6],[7,8]]]]", BANK),
        ("[[[0.299]], [[0.587]], [[0.114]]]", [[["0.299"]], [["0.587"]], [["0.114"]]]),
        ("1 2 3\r\n4 5 6\r\n", [[1, 2, 3], [4, 5, 6]]),
    ],
)
def test_matrices_have_exactly_the_values_written(text, want):
    kernel = convfilter.load_kernel(text)
    flat = np.array(want, dtype=object)
    assert kernel.weights.shape == flat.shape
    exact = [Fraction(int(n), kernel.denominator) for n in kernel.numerators.ravel()]
    assert exact == [Fraction(w) for w in flat.ravel()]
    assert kernel.name == "matrix-" + "x".join(map(str, flat.shape))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["the kernel is empty", "-k sharpen"]),
        ("1 2 1; 2 4 2; 1 2 1/16", ["two ways", "' / 16' to divide the whole", "decimal"]),
        ("0 -1 0 / -1 5 -1 / 0 -1 0", ["rows are separated by ';'", "at the end"]),
        ("1 / 2 / 1", ["rows are separated by ';'", "divisor"]),
        ("0,5 1 0,5", ["mixes ',' and blanks", "decimal comma", "0.5"]),
        ("[[0,5 1], [1 0,5]]", ["','", "blanks"]),
        ("1,,2", ["nothing between two commas"]),
        ("[[1,,2],[3,,4]]", ["nothing between two commas"]),
        ("5x5", ["5x5 is a size, weights are needed", '-k "0 -1 0; -1 5 -1; 0 -1 0"']),
        ("7", ["one number is no kernel", "quotes"]),
        ("1 2; 3; 4 5", ["row 2 has 1 numbers, the others have 2"]),
        ("1 2 3; 4 5 6; 7 8", ["row 3 has 2 numbers, the others have 3"]),
        ("1 2; 3 x", ["'x' is no number"]),
        ("1 nan; 3 4", ["'nan' is no number"]),
        ("1 inf; 3 4", ["'inf' is no number"]),
        ("1 1e400; 3 4", ["'1e400' is too large"]),
        ("1/0 1/9", ["'1/0' divides by zero"]),
        ("[[1,2],[3]]", ["rows of different lengths"]),
        ("[[1],2,3]", []),
        ("[[1,2],[3,4]", ["brackets"]),
        ("[[1,2],[3,4]]]", ["brackets"]),
        ("[[[[[1,2]]]]]", ["2 to 4 levels"]),
        ("3x3:1,2,3", ["3x3 needs 9 numbers, got 3"]),
        ("3x3+0+0:0,-1,0,-1,5,-1,0,-1,0", ["origin +0+0", "zeros"]),
        ("3x3:0,-1,0,-1,nan,-1,0,-1,0", ["'nan' is no number"]),
        ("gaussian=2", ["parameters stand behind a colon", "gaussian:NAME=2"]),
        ("gaussian:sigma=2,sigma=3", ["sigma is given twice"]),
        ("what is this?", ["neither a name, nor a file", "nor a matrix"]),
        ("sharpen blur", ["neither a name"]),
        ("my.json", ["neither a name", ".yaml", ".npy"]),
        ("./my", ["neither a name"]),
    ],
)
def test_what_can_not_be_read_is_refused_with_what_was_given(text, said):
    with pytest.raises(SpecError) as caught:
        convfilter.load_kernel(text)
    message = str(caught.value)
    assert repr(text.strip()) in message or not text
    for each in said:
        assert each in message, message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["1 2 / 0", "1 2 / -0.0", "[[1, 2], [3, 4]] / 0/7"])
def test_a_divisor_of_zero_is_refused(text):
    with pytest.raises(UsageError, match=r"divisor|' / '"):
        convfilter.load_kernel(text)


def test_a_long_text_is_shortened_in_the_message():
    with pytest.raises(SpecError) as caught:
        convfilter.load_kernel("1 " * 500 + "x")
    assert len(str(caught.value)) < 160
    assert "…" in str(caught.value)


def test_a_preset_with_fixed_weights_takes_no_parameters():
    with pytest.raises(SpecError, match="takes no parameter") as caught:
        convfilter.load_kernel("sharpen:sigma=2")
    assert "sigma=2 was given" in str(caught.value)


@pytest.mark.parametrize("weight", ["1e300", "-1e300", "1e-300"])
def test_values_beyond_all_floats_are_refused_rather_than_infinite(weight):
    with pytest.raises(ConvfilterError, match=r"large|finite|small"):
        convfilter.load_kernel(f"{weight} 1 / 1e-320")


# ── printing ──

WHOLE = st.integers(-1000, 1000).map(Fraction)
DECIMAL = st.decimals(-100, 100, places=4).map(Fraction)
RATIO = st.fractions(-5, 5, max_denominator=48)
SHAPES = st.one_of(
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3)),
    st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)),
)


@st.composite
def kernel_texts(draw):
    """Kernels of 2 to 4 levels, of whole numbers, decimals or fractions, with a divisor."""
    shape = draw(SHAPES)
    numbers = draw(st.sampled_from((WHOLE, DECIMAL, RATIO)))
    count = int(np.prod(shape))
    weights = draw(st.lists(numbers, min_size=count, max_size=count))
    divisor = draw(st.sampled_from(("1", "1", "16", "-256", "0.5", "1/3", "4096")))
    return KernelText("drawn", tuple(str(w) for w in weights), shape, divisor)


@given(kernel_texts())
def test_a_printed_kernel_reads_back_as_the_same_kernel(text):
    assume(len(text.weights) > 1)
    kernel = kernel_of(text)
    assert convfilter.load_kernel(spec_text(kernel)) == kernel


@pytest.mark.parametrize(
    ("weights", "shape", "divisor"),
    [
        (["2"], (1, 1), "1"),
        (["0.5"], (1, 1, 1), "1"),
        (["2"], (1, 1, 1, 1), "3"),
        (["1", "2"], (1, 2), "123456789.25"),
        (["1.4142135623730951", "1"], (1, 2), "1/3"),
        (["9007199254740993", "1"], (1, 2), "1"),
        (["1/3", "1/7"], (1, 2), "1/1000"),
        (["1e-12", "1"], (2, 1), "1e-12"),
        (["1e17", "-3"], (2, 1), "1"),
    ],
)
def test_odd_kernels_read_back_too(weights, shape, divisor):
    kernel = kernel_of(KernelText("odd", tuple(weights), shape, divisor))
    assert convfilter.load_kernel(spec_text(kernel)) == kernel


@given(
    st.lists(
        st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda w: w == 0 or abs(w) > 1e-9),
        min_size=2,
        max_size=6,
    )
)
def test_printed_floats_read_back_to_the_last_bit(weights):
    kernel = make_kernel([weights])
    again = convfilter.load_kernel(spec_text(kernel))
    assert again.values.tobytes() == (kernel.values + 0.0).tobytes()


def test_kernels_print_as_people_write_them():
    printed = [spec_text(convfilter.load_kernel(n)) for n in ("sharpen", "gaussian-3", "roberts-1")]
    assert printed == ["0 -1 0; -1 5 -1; 0 -1 0", "1 2 1; 2 4 2; 1 2 1 / 16", "1 0; 0 -1"]
    assert spec_text(make_kernel(BANK)) == "[[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]]]"
