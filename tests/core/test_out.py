"""`out`: where to write, and what is refused as such a place."""

import numpy as np
import pytest
from pictures import assert_alike, noise, picture

import convfilter
from convfilter.errors import ConvfilterError, DTypeError, ShapeError

GREY = noise((6, 8))
ONE = [[1]]
BOX = np.ones((3, 3))


def _refused(error, call, said):
    with pytest.raises(ConvfilterError) as caught:
        call()
    assert type(caught.value) is error
    assert said in str(caught.value)


@pytest.mark.parametrize("policy", ["float", "clip", "rescale"])
@pytest.mark.parametrize("weights", [[[1, 2]], np.ones((3, 1, 2)), np.ones((4, 3, 2, 2))])
def test_out_is_filled_and_returned(weights, policy):
    image = noise((6, 7, 3))
    want = convfilter.correlate(image, weights, range_policy=policy)
    out = np.full_like(want, 77)
    assert convfilter.correlate(image, weights, range_policy=policy, out=out) is out
    assert_alike(out, want)


def _out(shape=(4, 6), dtype=np.float32):
    return np.zeros(shape, dtype)


@pytest.mark.parametrize(
    ("out", "error", "said"),
    [
        (_out(dtype=np.float64), DTypeError, "out must be a float32 array, got float64"),
        (_out(dtype=np.uint8), DTypeError, "got uint8"),
        (_out(dtype=">f4"), DTypeError, "got >f4"),
        ([[0.0] * 6] * 4, DTypeError, "got list"),
        (_out((6, 8)), ShapeError, "out is 6×8, the result 4×6"),
        (_out((4, 6, 1)), ShapeError, "out is 4×6×1, the result 4×6"),
        (_out((6, 4)).T, ShapeError, "C-contiguous"),
        (_out((4, 12))[:, ::2], ShapeError, "C-contiguous"),
        (_out()[::-1], ShapeError, "C-contiguous"),
    ],
)
def test_out_that_does_not_fit(out, error, said):
    _refused(error, lambda: convfilter.correlate(GREY, BOX, out=out), said)


def test_out_that_can_not_be_written():
    out = _out()
    out.flags.writeable = False
    _refused(ShapeError, lambda: convfilter.correlate(GREY, BOX, out=out), "writeable")


def test_out_that_overlaps_the_image():
    image = noise((4, 6), "float32")
    before = image.copy()
    _refused(ShapeError, lambda: convfilter.correlate(image, ONE, out=image), "overlaps the image")
    memory = np.zeros((7, 6), np.float32)
    _refused(ShapeError, lambda: convfilter.correlate(memory[:4], ONE, out=memory[3:]), "overlaps")
    assert (image == before).all()


def test_out_that_overlaps_an_image_of_a_type_that_is_converted():
    memory = np.arange(64, dtype=np.int8)
    image, out = memory.reshape(8, 8)[:2, :2], memory.view(np.float64)[:4].reshape(2, 2)
    _refused(ShapeError, lambda: convfilter.correlate(image, ONE, out=out), "overlaps")


def test_out_beside_the_image_in_the_same_memory_is_fine():
    memory = np.zeros((8, 6), np.float32)
    memory[:4] = picture("1 2 3 4 5 6; 1 2 3 4 5 6; 1 2 3 4 5 6; 7 7 7 7 7 7")
    out = memory[4:]
    assert convfilter.correlate(memory[:4], [[2]], out=out) is out
    assert out[3].tolist() == [14] * 6
