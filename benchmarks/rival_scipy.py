"""SciPy: ndimage for small and factored kernels, oaconvolve for large ones.

ndimage cuts fractions off when it writes integers, and keeps intermediate sums in the result's
dtype: for integer pictures it writes float32, which is then rounded. It leaves zero weights out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, spread_out, strided, to_pixels, vector, weights
from numpy.typing import NDArray
from rivals import Call, Rival

NDIMAGE = ("scipy", "scipy.ndimage")


def correlate(case: Case, image: NDArray[Any]) -> Call:
    from scipy import ndimage

    kernel = _deep(spread_out(weights(case), case.dilation), image)
    out = np.empty(image.shape, np.float32)
    return lambda: _every(case, ndimage.correlate(image, kernel, output=out, mode="mirror"))


def correlate1d(case: Case, image: NDArray[Any]) -> Call:
    from scipy import ndimage

    factor = spread_out(vector(case), case.dilation)
    between, out = np.empty(image.shape, np.float32), np.empty(image.shape, np.float32)

    def run() -> NDArray[Any]:
        ndimage.correlate1d(image, factor, 0, between, "mirror")
        ndimage.correlate1d(between, factor, 1, out, "mirror")
        return _every(case, out)

    return run


def uniform_filter(case: Case, image: NDArray[Any]) -> Call:
    from scipy import ndimage

    out = np.empty(image.shape, np.float32)

    def run() -> NDArray[Any]:
        ndimage.uniform_filter(image, case.size, out, "mirror", axes=(0, 1))
        return _every(case, out)

    return run


def oaconvolve(case: Case, image: NDArray[Any]) -> Call:
    from scipy import signal

    # A convolution: the kernel turned by 180°.
    turned = spread_out(weights(case).astype(np.float32), case.dilation)[::-1, ::-1]
    kernel = _deep(turned, image)

    def run() -> NDArray[Any]:
        floats = image.astype(np.float32, copy=False)
        sums = signal.oaconvolve(floats, kernel, mode="valid", axes=(0, 1))
        return to_pixels(case, strided(case, sums))

    return run


def _every(case: Case, sums: NDArray[np.float32]) -> NDArray[Any]:
    return to_pixels(case, sums[:: case.stride, :: case.stride])


def _deep(kernel: NDArray[Any], image: NDArray[Any]) -> NDArray[Any]:
    return kernel[:, :, np.newaxis] if image.ndim == 3 else kernel


RIVALS = (
    Rival(
        "SciPy correlate",
        "scipy.ndimage.correlate(output=)",
        *NDIMAGE,
        lambda c: c.kind == "dense",
        correlate,
    ),
    Rival(
        "SciPy correlate1d",
        "scipy.ndimage.correlate1d(output=), twice",
        *NDIMAGE,
        lambda c: c.kind == "separable" or (c.kind == "box" and c.dilation > 1),
        correlate1d,
    ),
    Rival(
        "SciPy uniform_filter",
        "scipy.ndimage.uniform_filter(output=)",
        *NDIMAGE,
        lambda c: c.kind == "box" and c.dilation == 1,
        uniform_filter,
    ),
    Rival(
        "SciPy oaconvolve",
        "scipy.signal.oaconvolve",
        "scipy",
        "scipy.signal",
        # Below, the transforms alone take longer than everybody else's whole work.
        lambda c: c.kind == "dense" and c.reach >= 15,
        oaconvolve,
        around="valid",
    ),
)
