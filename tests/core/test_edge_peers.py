"""Gradient magnitudes against scikit-image, whose kernels are scaled to a sum of 1 a side, and whose
magnitude is the root of the *mean* of the squares: 4·√2 times smaller for sobel, 3·√2 for prewitt, 16·√2 for
scharr, √2 for roberts."""

import numpy as np
import pytest
from scipy import ndimage
from skimage import data, filters

import convfilter

PHOTOGRAPH = data.camera()[100:300, 150:400]


@pytest.mark.parametrize(
    ("name", "scale"), [("sobel", 4), ("prewitt", 3), ("scharr", 16), ("roberts", 1)]
)
def test_magnitudes_are_those_of_scikit_image_at_their_scale(name, scale):
    ours = convfilter.correlate(PHOTOGRAPH, convfilter.load_kernel(name))
    theirs = getattr(filters, name)(PHOTOGRAPH.astype(float))
    # roberts lies between pixels: scikit-image puts it on the upper left one
    inner = theirs[:-1, :-1] if name == "roberts" else theirs[1:-1, 1:-1]
    np.testing.assert_allclose(ours, inner * scale * 2**0.5, rtol=1e-5, atol=1e-3)


def test_the_angle_is_that_of_the_two_derivatives():
    x, y = (ndimage.sobel(PHOTOGRAPH.astype(float), axis, mode="nearest") for axis in (1, 0))
    ours = convfilter.correlate(
        PHOTOGRAPH, convfilter.load_kernel("sobel-angle"), padding="same", border="edge"
    )
    apart = np.abs(ours - np.degrees(np.arctan2(y, x)))
    assert np.minimum(apart, 360 - apart).max() < 1e-3


def test_a_chain_is_two_calls_of_scipy():
    ours = convfilter.apply_kernels(
        PHOTOGRAPH, "gaussian:sigma=2,size=13 then laplacian", padding="same", border="reflect"
    )
    soft = ndimage.gaussian_filter(PHOTOGRAPH.astype(float), 2, mode="mirror", radius=6)
    theirs = ndimage.laplace(soft, mode="mirror")
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
