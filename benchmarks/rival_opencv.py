"""OpenCV: filter2D for any kernel, sepFilter2D and GaussianBlur for factors, blur for boxes.

It knows neither stride nor dilation: everything is computed and every second pixel is a view;
a spread kernel is one with zeros. The result's memory is given with `dst=`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, spread_out, vector, weights
from numpy.typing import NDArray
from rivals import Call, Rival

PACKAGE = ("opencv-python-headless", "cv2")


def filter2d(case: Case, image: NDArray[Any]) -> Call:
    import cv2

    kernel = spread_out(weights(case).astype(np.float32), case.dilation)
    out, how = np.empty_like(image), {"borderType": cv2.BORDER_REFLECT_101}
    return lambda: _every(case, cv2.filter2D(image, -1, kernel, dst=out, **how))


def sep_filter2d(case: Case, image: NDArray[Any]) -> Call:
    import cv2

    factor = spread_out(vector(case).astype(np.float32), case.dilation)
    out, how = np.empty_like(image), {"borderType": cv2.BORDER_REFLECT_101}
    return lambda: _every(case, cv2.sepFilter2D(image, -1, factor, factor, dst=out, **how))


def gaussian_blur(case: Case, image: NDArray[Any]) -> Call:
    import cv2

    size, sigma = (case.size, case.size), case.size / 6
    out, how = np.empty_like(image), {"borderType": cv2.BORDER_REFLECT_101}
    return lambda: _every(case, cv2.GaussianBlur(image, size, sigma, dst=out, **how))


def blur(case: Case, image: NDArray[Any]) -> Call:
    import cv2

    size = (case.size, case.size)
    out, how = np.empty_like(image), {"borderType": cv2.BORDER_REFLECT_101}
    return lambda: _every(case, cv2.blur(image, size, dst=out, **how))


def _every(case: Case, pixels: NDArray[Any]) -> NDArray[Any]:
    return pixels[:: case.stride, :: case.stride]


RIVALS = (
    Rival("OpenCV filter2D", "cv2.filter2D(dst=)", *PACKAGE, lambda c: c.kind == "dense", filter2d),
    Rival(
        "OpenCV sepFilter2D",
        "cv2.sepFilter2D(dst=)",
        *PACKAGE,
        lambda c: c.kind == "separable" or (c.kind == "box" and c.dilation > 1),
        sep_filter2d,
        bound=2,
    ),
    Rival(
        "OpenCV GaussianBlur",
        "cv2.GaussianBlur(dst=)",
        *PACKAGE,
        lambda c: c.kind == "separable" and c.dilation == 1,
        gaussian_blur,
        bound=2,
    ),
    Rival(
        "OpenCV blur",
        "cv2.blur(dst=)",
        *PACKAGE,
        lambda c: c.kind == "box" and c.dilation == 1,
        blur,
    ),
)
