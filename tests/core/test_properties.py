"""What holds for every picture and every kernel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pictures import assert_alike, assert_close, assert_same

import convfilter

DTYPES = ["uint8", "uint16", "int16", "int32", "float32", "float64"]
BORDERS = ["zero", "constant:3", "edge", "reflect", "symmetric", "wrap", "resize"]
sides = st.tuples(*[st.integers(0, 5)] * 4)
paddings = st.one_of(st.sampled_from(["valid", "same", "same-lower", "full"]), sides)
steps = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def _images(draw, least=1, largest=100):
    """Small whole numbers, so that no sum is ever rounded."""
    side = st.integers(least, least + 11)
    shape = draw(st.tuples(side, side))
    shape += draw(st.sampled_from([(), (1,), (2,), (3,)]))
    return draw(
        arrays(np.dtype(draw(st.sampled_from(DTYPES))), shape, elements=st.integers(0, largest))
    )


@st.composite
def _weights(draw, most=4, levels=2):
    shape = draw(st.tuples(*[st.integers(1, most)] * levels))
    return draw(arrays(np.int64, shape, elements=st.integers(-4, 4)))


@st.composite
def _options(draw):
    """Options that leave at least one window."""
    return {
        "stride": draw(steps),
        "dilation": draw(steps),
        "padding": draw(st.one_of(st.sampled_from(["same", "same-lower", "full"]), sides)),
        "border": draw(st.sampled_from(BORDERS[:-1])),
    }


@given(_images(13), _weights(), _options())
def test_linear_in_the_kernel(image, weights, options):
    other = np.roll(weights, 1) - 2
    one = convfilter.correlate(image, weights, **options)
    two = convfilter.correlate(image, other, **options)
    assert_same(convfilter.correlate(image, 3 * weights - other, **options), 3 * one - two)


@given(_images(13), _weights(), _options())
def test_linear_in_the_picture(image, weights, options):
    options["border"] = "edge"  # a constant is no linear function of the picture
    other = image[::-1, ::-1]
    image, other = image.astype(np.int32), other.astype(np.int32)
    one = convfilter.correlate(image, weights, **options)
    two = convfilter.correlate(other, weights, **options)
    assert_same(convfilter.correlate(2 * image - other, weights, **options), 2 * one - two)


@given(_images(), _weights(), st.integers(0, 3), st.integers(0, 3))
def test_a_shifted_picture_gives_a_shifted_result(image, weights, down, right):
    shifted = np.pad(image, [(down, 0), (right, 0)] + [(0, 0)] * (image.ndim - 2))
    plain = convfilter.correlate(image, weights, padding="full")
    assert_same(convfilter.correlate(shifted, weights, padding="full")[down:, right:], plain)


@given(_images(), paddings.filter(lambda p: isinstance(p, str)), st.sampled_from(BORDERS))
def test_a_single_one_is_the_picture_itself(image, padding, border):
    got = convfilter.correlate(image, [[1]], padding=padding, border=border, range_policy="clip")
    assert_alike(got, image)


@given(_images(), st.integers(0, 2), st.integers(0, 2), st.sampled_from(BORDERS[:-1]))
def test_a_one_among_zeros_moves_the_picture(image, row, column, border):
    weights = np.zeros((3, 3))
    weights[row, column] = 1
    got = convfilter.correlate(image, weights, padding="same", border=border)
    padded = convfilter.correlate(image, [[1]], padding=1, border=border)
    height, width = image.shape[:2]
    assert_same(got, padded[row : row + height, column : column + width])


@given(_images(13), _weights(), _options())
def test_flipping_is_convolving_and_twice_is_nothing(image, weights, options):
    plain = convfilter.correlate(image, weights, **options)
    turned = convfilter.convolve(image, weights, **options)
    assert_alike(convfilter.correlate(image, weights, flip=True, **options), turned)
    assert_alike(convfilter.convolve(image, weights[::-1, ::-1], **options), plain)


@given(_images(13), _weights())
def test_turning_the_picture_and_the_kernel_turns_the_result(image, weights):
    plain = convfilter.correlate(image, weights)
    assert_same(convfilter.convolve(image[::-1, ::-1], weights)[::-1, ::-1], plain)
    axes = (1, 0, 2)[: image.ndim]
    mirrored = convfilter.correlate(image.transpose(axes), weights.T)
    assert_same(mirrored.transpose(axes), plain)


@given(_images(), _weights(most=6), steps, steps, paddings)
def test_the_size_formula_is_the_size(image, weights, stride, dilation, padding):
    options = {"stride": stride, "dilation": dilation, "padding": padding}
    try:
        shape = convfilter.output_shape(image.shape, weights.shape, **options)
    except convfilter.ConvfilterError as refused:
        with pytest.raises(type(refused)):
            convfilter.correlate(image, weights, **options)
    else:
        assert convfilter.correlate(image, weights, **options).shape == shape


@given(_images(7), _weights(levels=4, most=3), _options())
def test_full_depth_is_the_sum_over_channels(image, weights, options):
    image = image if image.ndim == 3 else image[:, :, np.newaxis]
    weights = np.resize(weights, (weights.shape[0], image.shape[2], *weights.shape[2:]))
    got = convfilter.correlate(image, weights, **options)
    for index, per_map in enumerate(weights):
        planes = [
            convfilter.correlate(image[:, :, channel], plane, **options)
            for channel, plane in enumerate(per_map)
        ]
        assert_same(got[:, :, index], sum(planes))


@given(_images(13), _weights(), _options(), st.sampled_from(["float", "clip", "abs", "rescale"]))
def test_the_reference_agrees(image, weights, options, policy):
    got = convfilter.correlate(image, weights, range_policy=policy, **options)
    want = convfilter.reference.correlate(image, weights, range_policy=policy, **options)
    assert got.dtype == want.dtype
    assert_close(got, want, 1e-6 if policy == "rescale" and image.dtype.kind == "f" else 0)
