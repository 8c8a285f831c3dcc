"""Arrays as they come: any strides, byte order and number type; never modified; `out`."""

import copy

import numpy as np
import pytest
from pictures import assert_alike, assert_same, noise

import convfilter

DTYPES = ["uint8", "uint16", "int16", "int32", "float32", "float64"]


def _views(image):
    """The same pixels, laid out in memory in other ways."""
    spread = np.zeros((image.shape[0] * 2, image.shape[1] * 3, image.shape[2] + 2), image.dtype)
    spread[1::2, ::3, 1:-1] = image
    rows_apart = np.zeros((image.shape[0], image.shape[1] + 5, image.shape[2]), image.dtype)
    rows_apart[:, 2:-3] = image
    odd_bytes = np.zeros(image.nbytes + 1, np.uint8)[1:].view(image.dtype).reshape(image.shape)
    odd_bytes[...] = image
    records = np.zeros(image.shape, [("a", "u1"), ("pixel", image.dtype)])
    records["pixel"] = image
    return {
        "as it is": image,
        "Fortran order": np.asfortranarray(image),
        "planes": np.ascontiguousarray(image.transpose(2, 0, 1)).transpose(1, 2, 0),
        "transposed": np.ascontiguousarray(image.transpose(1, 0, 2)).transpose(1, 0, 2),
        "upside down": np.ascontiguousarray(image[::-1])[::-1],
        "mirrored": np.ascontiguousarray(image[:, ::-1])[:, ::-1],
        "channels backwards": np.ascontiguousarray(image[:, :, ::-1])[:, :, ::-1],
        "channels of a wider picture": spread[1::2, ::3, 1:-1],
        "columns of a wider picture": rows_apart[:, 2:-3],
        "big-endian": image.astype(image.dtype.newbyteorder(">")),
        "at an odd address": odd_bytes,
        "a field of records": records["pixel"],
    }


LAYOUTS = list(_views(noise((2, 2, 3))))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_any_strides_give_the_same_and_nothing_is_written(layout, dtype):
    plain = noise((9, 80, 3), dtype)
    image = _views(plain)[layout]
    before = copy.deepcopy(image)
    image.flags.writeable = False
    for options in (
        {},
        {"padding": "same", "border": "edge"},
        {"padding": "full", "stride": 2},
        {"padding": "full", "border": ("constant", 7)},
        {"padding": "same", "border": "resize"},
    ):
        for weights in ([[1, 2], [3, -4]], np.ones((3, 3, 3)), np.arange(12).reshape(3, 4)):
            want = convfilter.correlate(plain, weights, **options)
            assert_alike(convfilter.correlate(image, weights, **options), want)
    assert_same(image, before)


def test_a_row_repeated_by_a_stride_of_zero():
    row = noise((1, 80), "uint8")
    image = np.broadcast_to(row, (6, 80))
    want = convfilter.correlate(np.repeat(row, 6, axis=0), [[1, 2], [3, 4]])
    assert_alike(convfilter.correlate(image, [[1, 2], [3, 4]]), want)


@pytest.mark.parametrize(
    ("given_as", "counts_as"),
    [
        ("bool", "int32"),
        ("int8", "int32"),
        ("uint32", "int32"),
        ("int64", "int32"),
        ("uint64", "int32"),
        ("float16", "float32"),
    ],
)
def test_other_number_types(given_as, counts_as):
    image = (noise((5, 70)) % 2).astype(given_as)
    for policy in ("float", "clip"):
        got = convfilter.correlate(image, [[1, -2]], range_policy=policy)
        assert_alike(
            got, convfilter.correlate(image.astype(counts_as), [[1, -2]], range_policy=policy)
        )


def test_lists():
    assert convfilter.correlate([[1, 2, 4]], [[1, 2]]).dtype == np.float64
    assert convfilter.correlate([[1, 2, 4]], [[1, 2]], range_policy="clip").dtype == np.int32
    assert convfilter.correlate(((1, 2, 4),), ((1, 2),)).tolist() == [[5, 10]]
    assert convfilter.correlate([[0.5, 2.0]], [[1, 2]]).tolist() == [[4.5]]
    assert convfilter.correlate([[True, False]], [[1, 2]]).tolist() == [[1]]
