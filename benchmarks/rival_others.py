"""kornia-rs (gaussians and boxes of bytes) and Pillow (3×3, 5×5 and boxes of bytes).

Pillow's GaussianBlur is left out: it is a few boxes in a row, another filter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, weights
from numpy.typing import NDArray
from rivals import Call, Rival


def kornia(case: Case, image: NDArray[Any]) -> Call:
    from kornia_rs import imgproc

    deep, size = image.reshape(*image.shape[:2], -1), (case.size, case.size)
    sigma = (case.size / 6, case.size / 6)

    def run() -> NDArray[Any]:
        if case.kind == "box":
            pixels = imgproc.box_blur(deep, size)
        else:
            pixels = imgproc.gaussian_blur(deep, size, sigma)
        return pixels.reshape(image.shape)[:: case.stride, :: case.stride]

    return run


def pillow_kernel(case: Case, image: NDArray[Any]) -> Call:
    from PIL import ImageFilter

    # Its rows are counted from below.
    rows = np.flipud(weights(case)).ravel().tolist()
    return _pillow(case, image, ImageFilter.Kernel((case.size, case.size), rows, scale=1))


def pillow_box(case: Case, image: NDArray[Any]) -> Call:
    from PIL import ImageFilter

    return _pillow(case, image, ImageFilter.BoxBlur(case.margin))


def _pillow(case: Case, image: NDArray[Any], how: Any) -> Call:
    from PIL import Image

    picture = Image.fromarray(image)
    s = case.stride
    # Its result is a picture of its own; the array to compare is made outside the clock.
    return lambda: _Late(picture.filter(how), s)


class _Late:
    """A picture that becomes an array when numpy asks."""

    def __init__(self, picture: Any, stride: int) -> None:
        self.picture, self.stride = picture, stride

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.asarray(self.picture)[:: self.stride, :: self.stride]


RIVALS = (
    Rival(
        "kornia-rs",
        "kornia_rs.imgproc.gaussian_blur, box_blur",
        "kornia-rs",
        "kornia_rs",
        lambda c: c.dtype == "uint8" and c.kind != "dense" and c.dilation == 1,
        kornia,
        around="edge",
        bound=3,  # its fixed-point sums lose a level or two at 31×31
    ),
    Rival(
        "Pillow Kernel",
        "PIL.ImageFilter.Kernel",
        "pillow",
        "PIL.ImageFilter",
        lambda c: c.dtype == "uint8" and c.kind == "dense" and c.size in {3, 5} and c.dilation == 1,
        pillow_kernel,
        around="edge",
    ),
    Rival(
        "Pillow BoxBlur",
        "PIL.ImageFilter.BoxBlur",
        "pillow",
        "PIL.ImageFilter",
        lambda c: c.dtype == "uint8" and c.kind == "box" and c.dilation == 1,
        pillow_box,
        around="edge",
    ),
)
