"""The frequency response of a kernel: as a small picture in words, as a large one in a file."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.kernel import Kernel
from convfilter.core.properties import frequency_response
from convfilter.errors import OptionError
from convfilter.report.heat import picture_lines
from convfilter.report.terminal import draws

SMALL, LARGE, FINE = 24, 512, 256


def gain_words(values: NDArray[Any]) -> str:
    """How much flat areas and the most amplified pattern change.

    >>> gain_words(np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]))
    '1 on flat areas, at most 9 (a pattern of 2 pixels down and 2 across)'
    """
    response = frequency_response(values, FINE)
    flat = response[FINE // 2, FINE // 2]
    largest = float(response.max())
    if largest <= flat * (1 + 1e-9):
        return f"{flat:.4g} on flat areas, which is the most"
    near = np.argwhere(response >= largest * (1 - 1e-9))
    y, x = (np.abs(near - FINE // 2) / FINE)[0]
    return f"{flat:.4g} on flat areas, at most {largest:.4g} ({_pattern(y, x)})"


def _pattern(y: float, x: float) -> str:
    """A frequency, in cycles a pixel, by its period."""
    words = [f"{1 / f:.3g} pixels {way}" for f, way in ((y, "down"), (x, "across")) if f]
    return (
        f"a pattern of {' and '.join(words).replace(' pixels across', ' across', len(words) - 1)}"
    )


def response_lines(values: NDArray[Any]) -> list[str]:
    """A small picture, lowest frequencies in the middle."""
    rows = frequency_response(values, SMALL)
    return picture_lines(rows, colour=draws(sys.stdout))


def write_png(kernel: Kernel, path: str, *, overwrite: bool) -> None:
    """The response as a grey PNG of 512×512, white for the largest; members of a composite side by side.

    Raises OptionError for kernels of several channels, PictureError where it can't be written.
    """
    from convfilter.images.formats import BY_NAME, suffix_of
    from convfilter.images.picture import Picture
    from convfilter.images.write import Target, check_target, write_picture

    if kernel.depth is not None:
        raise OptionError(
            "png: kernels over several channels have a response for each, and no picture"
        )
    if suffix_of(path) != ".png":
        raise OptionError(f"png: {path!r} does not end with .png")
    target = Target(path, BY_NAME["PNG"], overwrite=overwrite)
    check_target(target)
    responses = [frequency_response(k.values, LARGE) for k in kernel.members or (kernel,)]
    sheet = np.concatenate(responses, axis=1)
    levels = np.rint(sheet * (255 / (sheet.max() or 1.0))).astype(np.uint8)
    write_picture(Picture(levels), target)
