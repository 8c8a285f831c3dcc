"""What can't be done is refused: by a named error that says what was given and what to do."""

import numpy as np
import pytest
from pictures import noise

import convfilter
from convfilter.core.kernel import make_kernel
from convfilter.errors import ConvfilterError, DTypeError, OptionError, ShapeError, UsageError

GREY = noise((6, 8))
COLOUR = noise((6, 8, 3))
ONE = [[1]]
BOX = np.ones((3, 3))


def _refused(error, call, *said):
    """The error is the named one, one line unless it shows a table, and says all of this."""
    with pytest.raises(ConvfilterError) as caught:
        call()
    assert type(caught.value) is error
    for each in said:
        assert each in str(caught.value), str(caught.value)


@pytest.mark.parametrize("error", [DTypeError, OptionError, ShapeError])
def test_wrong_calls_are_value_errors_with_exit_status_2(error):
    assert issubclass(error, UsageError)
    assert issubclass(error, ValueError)
    assert error.exit_status == 2


def test_wrong_numbers_are_type_errors_too():
    assert issubclass(DTypeError, TypeError)


# ── the image ──


@pytest.mark.parametrize(
    ("image", "error", "said"),
    [
        (np.zeros(5), ShapeError, ["1 dimensions (5)", "(height, width, channels)"]),
        (np.zeros((1, 2, 3, 4)), ShapeError, ["4 dimensions (1×2×3×4)"]),
        (7, ShapeError, ["0 dimensions"]),
        (None, ShapeError, ["0 dimensions"]),
        (np.zeros((0, 4)), ShapeError, ["the image is empty (0×4)"]),
        (np.zeros((4, 5, 0)), ShapeError, ["the image is empty (4×5×0)"]),
        ([], ShapeError, ["1 dimensions"]),
        ([[1, 2], [3]], ShapeError, ["the image's rows have different lengths"]),
        (np.zeros((2, 2), complex), DTypeError, ["uint8, uint16, int16", "got complex128"]),
        (np.zeros((2, 2), object), DTypeError, ["got object"]),
        ([["a", "b"]], DTypeError, ["got <U1"]),
        (np.zeros((2, 2), np.longdouble), DTypeError, ["got "]),
        (np.zeros((2, 2), "datetime64[s]"), DTypeError, ["got datetime64"]),
        ([[2**31]], DTypeError, ["int64", "-2147483648 … 2147483647", "2147483648 … 2147483648"]),
        ([[5, -(2**31) - 1]], DTypeError, ["reach -2147483649 … 5", "convert to float64"]),
        (np.array([[2**32 - 1]], np.uint32), DTypeError, ["uint32", "4294967295"]),
        (np.array([[2**63]], np.uint64), DTypeError, ["uint64", "9223372036854775808"]),
    ],
)
def test_images_that_are_none(image, error, said):
    _refused(error, lambda: convfilter.correlate(image, ONE), *said)


# ── the weights ──


@pytest.mark.parametrize(
    ("weights", "error", "said"),
    [
        (3, ShapeError, ["got 0 (shape a single number)"]),
        ([1, 2], ShapeError, ["2 levels (rows, columns)", "got 1 (shape 2)"]),
        (np.ones((1, 1, 1, 1, 1)), ShapeError, ["got 5 (shape 1×1×1×1×1)"]),
        (np.ones((0, 3)), ShapeError, ["the kernel is empty (shape 0×3)"]),
        ([[1, 2], [3]], ShapeError, ["the kernel's rows have different lengths"]),
        ([[1, np.nan]], OptionError, ["finite", "NaN"]),
        ([[1, -np.inf]], OptionError, ["finite"]),
        ([[1j]], DTypeError, ["real numbers", "complex128"]),
        ([["1"]], DTypeError, ["real numbers", "<U1"]),
        (None, DTypeError, ["real numbers", "object"]),
    ],
)
def test_weights_that_are_none(weights, error, said):
    _refused(error, lambda: convfilter.correlate(GREY, weights), *said)


def test_a_divisor_of_zero():
    _refused(OptionError, lambda: make_kernel(ONE, divisor=0), "the divisor is 0")
    _refused(OptionError, lambda: make_kernel(ONE, divisor="0/3"), "the divisor is 0")
    _refused(OptionError, lambda: make_kernel(ONE, divisor="three"), "divisor: 'three'")


def test_full_depth_on_other_channels():
    cube = np.ones((3, 5, 5))
    grey = np.zeros((480, 640), np.uint8)
    _refused(
        ShapeError,
        lambda: convfilter.correlate(grey, cube),
        "the kernel has depth 3 (3×5×5) but the image has 1 channel (480×640)",
        "use a 5×5 kernel, or a colour image",
    )
    _refused(
        ShapeError,
        lambda: convfilter.correlate(COLOUR, np.ones((2, 4, 1, 1))),
        "depth 4 (2×4×1×1)",
        "3 channels (6×8)",
    )


# ── sizes ──


def test_an_output_that_would_be_empty():
    _refused(
        ShapeError,
        lambda: convfilter.correlate(GREY, np.ones((7, 1))),
        "would be empty",
        "7×1",
        "6×8",
        "padding 'same'",
    )
    _refused(
        ShapeError,
        lambda: convfilter.correlate(GREY, BOX, dilation=(1, 5), padding=(0, 1)),
        "3×11",
        "6×10",
    )


@pytest.mark.parametrize("option", ["stride", "dilation"])
def test_a_step_of_zero(option):
    _refused(
        OptionError,
        lambda: convfilter.correlate(GREY, BOX, **{option: 0}),
        f"{option}: 0 is no whole number ≥ 1",
    )


# ── options against each other ──


@pytest.mark.parametrize("weights", [[[1, -1]], [[-1, -1]], [[0.5, -0.5]]])
def test_normalize_sum_without_a_positive_sum(weights):
    _refused(
        OptionError,
        lambda: convfilter.correlate(GREY, weights, normalize="sum"),
        "the sum is ",
        "abs-sum or size",
    )


def test_more_biases_than_maps():
    bank = np.ones((2, 3, 1, 1))
    _refused(
        ShapeError,
        lambda: convfilter.correlate(COLOUR, bank, bias=[1, 2, 3]),
        "bias: 3 numbers for 2 maps",
    )
    _refused(
        ShapeError, lambda: convfilter.correlate(GREY, BOX, bias=[1, 2]), "2 numbers for 1 map"
    )


@pytest.mark.parametrize("dtype", ["int16", "int32"])
def test_offset_where_zero_is_in_the_middle_already(dtype):
    _refused(
        OptionError,
        lambda: convfilter.correlate(GREY.astype(dtype), BOX, range_policy="offset"),
        f"where {dtype} has it already",
        "use clip",
    )


@pytest.mark.parametrize(
    ("border", "dtype", "said"),
    [
        ("constant:256", "uint8", "0 … 255"),
        ("constant:-1", "uint8", "0 … 255"),
        ("constant:0.5", "uint8", "0.5 is no uint8 value"),
        ("constant:120%", "uint8", "306 is no uint8 value"),
        ("constant:65536", "uint16", "0 … 65535"),
        ("constant:-32769", "int16", "-32768 … 32767"),
        ("constant:2147483648", "int32", "-2147483648 … 2147483647"),
        ("constant:1e39", "float32", "float32"),
    ],
)
def test_a_constant_that_the_dtype_can_not_hold(border, dtype, said):
    image = GREY.astype(dtype)
    _refused(OptionError, lambda: convfilter.correlate(image, ONE, padding=1, border=border), said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"range_policy": "clamp"}, "range: 'clamp'"),
        ({"plan": "magic"}, "plan: 'magic'"),
        ({"threads": 0}, "threads: 0"),
        ({"bias": "x"}, "bias: 'x'"),
        ({"scale": np.nan}, "scale: nan"),
        ({"border": "mirror"}, "'mirror' means two things"),
        ({"padding": "sane"}, "did you mean 'same'?"),
    ],
)
def test_options_are_refused_at_the_call(options, said):
    _refused(OptionError, lambda: convfilter.correlate(GREY, BOX, **options), said)
    _refused(OptionError, lambda: convfilter.choose_plan(GREY, BOX, **options), said)


def test_a_slip_in_an_option_s_name_is_refused():
    with pytest.raises(TypeError, match="strid"):
        convfilter.correlate(GREY, BOX, strid=2)
