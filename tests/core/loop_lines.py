"""Lines written out, for tests that show them."""

import itertools

import numpy as np

from convfilter.native.loops import ABSENT


def line_text(problem, lines):
    """The line of the picture's first row as text, its pieces parted by |."""
    image = np.lib.stride_tricks.as_strided(problem.image, writeable=False)
    item = image.itemsize
    offset = next(int(offset) for offset in lines.row_offset if offset != ABSENT)
    line = lines.constants.copy()

    def number(place):
        return image.dtype.type(_at(image, (offset + place) * item))

    for to, to_step, start, pace, count, beside in lines.runs.tolist():
        for i, c in itertools.product(range(count), range(beside)):
            line[to + i * to_step + c] = number(start + i * pace + c)
    for to, start in lines.edges.tolist():
        line[to] = number(start)
    pieces = line.reshape(-1, lines.piece)
    return " | ".join(" ".join(map(str, piece)) for piece in pieces)


def _at(image, distance):
    """The number so many bytes from the image's first."""
    for place in np.ndindex(*image.shape):
        if sum(p * s for p, s in zip(place, image.strides, strict=True)) == distance:
            return image[place]
    raise AssertionError(f"{distance} bytes from the first number there is none of the image's")
