"""What is measured: a picture's dtype and channels, a kernel's kind and size, stride, dilation.

dense       3×3 on integers: nine whole numbers of both signs; else random floats of both signs,
            divided by the sum of their magnitudes
separable   the gaussian with σ = size / 6, in floats
box         1 / size²
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DTYPES = ("uint8", "uint16", "float32")
CHANNELS = (1, 3)
SIZES = (3, 5, 7, 15, 31, 63, 101)
KINDS = ("dense", "separable", "box")
STEPS = (1, 2)
NINE = np.array([[-1, -2, 1], [2, 5, -2], [-1, 2, -3]])


class Case(NamedTuple):
    """One filter on one kind of picture; 1000×1000 pixels unless said otherwise."""

    dtype: str = "uint8"
    channels: int = 3
    kind: str = "dense"
    size: int = 3
    stride: int = 1
    dilation: int = 1
    height: int = 1000
    width: int = 1000

    @property
    def whole(self) -> bool:
        """Whether pixels are whole numbers: results are rounded and cut then."""
        return self.dtype != "float32"

    @property
    def margin(self) -> int:
        """Pixels from a window's middle to its rim."""
        return self.dilation * (self.size - 1) // 2

    @property
    def reach(self) -> int:
        """Pixels from one end of the spread kernel to the other."""
        return 2 * self.margin + 1

    @property
    def colour(self) -> str:
        """The colours in a word: grey or RGB."""
        return "grey" if self.channels == 1 else "RGB"

    @property
    def family(self) -> Case:
        """The same case without its size: a rival that was too slow here stays out above."""
        return self._replace(size=0)

    @property
    def text(self) -> str:
        """The case in words, as tables and logs name it."""
        words = f"{self.dtype} {self.colour} {self.kind} {self.size}×{self.size}"
        words += f", stride {self.stride}" if self.stride > 1 else ""
        return words + (f", dilation {self.dilation}" if self.dilation > 1 else "")


def matrix() -> list[Case]:
    """All cells; those of one family stand together, smallest kernel first."""
    cells = product(DTYPES, CHANNELS, KINDS, STEPS, STEPS, SIZES)
    return [Case(d, c, kind, size, s, dil) for d, c, kind, s, dil, size in cells]


def spread() -> list[Case]:
    """A tenth of the cells: every dtype, kind and size, each stride and dilation now and then."""
    cells = [
        Case(dtype, 3 if (place + step) % 2 else 1, kind, size)
        for step, dtype in enumerate(DTYPES)
        for kind in KINDS
        for place, size in enumerate((3, 7, 31, 101))
    ]
    cells += [Case("uint8", 3, kind, 5, stride=2) for kind in KINDS]
    return cells + [Case("float32", 1, kind, 15, dilation=2) for kind in KINDS]


def picture(case: Case) -> NDArray[Any]:
    """Noise over the full range, (H, W) or (H, W, 3), always the same."""
    random = np.random.default_rng(5)
    shape = (case.height, case.width) + ((case.channels,) if case.channels > 1 else ())
    if not case.whole:
        return random.random(shape, np.float32)
    return random.integers(0, np.iinfo(case.dtype).max, shape, case.dtype, endpoint=True)


def vector(case: Case) -> NDArray[np.float64]:
    """The one-dimensional factor of a separable kernel or a box."""
    if case.kind == "box":
        return np.full(case.size, 1 / case.size)
    places = np.arange(case.size) - case.size // 2
    bell = np.exp(-0.5 * (places / (case.size / 6)) ** 2)
    return bell / bell.sum()


def weights(case: Case) -> NDArray[Any]:
    """The kernel, (size, size): int64 where it is of whole numbers, else float64."""
    if case.kind != "dense":
        return np.outer(vector(case), vector(case))
    if case.whole and case.size == 3:
        return NINE
    # More positive than negative: on integers most sums then stay inside the range.
    drawn = np.random.default_rng(case.size).uniform(-0.5, 1, (case.size, case.size))
    return drawn / np.abs(drawn).sum()


def spread_out(values: NDArray[Any], dilation: int) -> NDArray[Any]:
    """Weights with zeros between them, for libraries that know no dilation."""
    if dilation == 1:
        return values
    wide = np.zeros([dilation * (n - 1) + 1 for n in values.shape], values.dtype)
    wide[tuple(slice(None, None, dilation) for _ in values.shape)] = values
    return wide


def inside(case: Case) -> tuple[slice, slice]:
    """The part of a strided result whose windows lie in the picture: no border plays a part."""
    first = -(-case.margin // case.stride)
    ends = [(n - 1 - case.margin) // case.stride + 1 for n in (case.height, case.width)]
    return slice(first, ends[0]), slice(first, ends[1])


def strided(case: Case, valid: NDArray[Any]) -> NDArray[Any]:
    """The windows that a stride picks, from a result of `valid` size (a view)."""
    first = -case.margin % case.stride
    return valid[first :: case.stride, first :: case.stride]


def to_pixels(case: Case, sums: NDArray[Any]) -> NDArray[Any]:
    """Float sums rounded and cut to the image's dtype; may use the memory of the sums."""
    if not case.whole:
        return sums
    np.rint(sums, out=sums)
    np.clip(sums, 0, np.iinfo(case.dtype).max, out=sums)
    return sums.astype(case.dtype)
