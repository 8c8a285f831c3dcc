"""How large the output is: the size formula, its text, and what no window reaches. Only here."""

from __future__ import annotations

from typing import NamedTuple

from convfilter.errors import ShapeError

LARGEST_AXIS = 2**28


class Padding(NamedTuple):
    """How many pixels are added: a mode, or pixels (top, bottom, left, right)."""

    mode: str = "valid"
    pixels: tuple[int, int, int, int] = (0, 0, 0, 0)

    def around(self, axis: int, reach: int) -> tuple[int, int]:
        """Pixels before and after an axis (0: height), reach = dilation·(kernel − 1)."""
        if self.mode == "same":
            return reach // 2, reach - reach // 2
        if self.mode == "same-lower":
            return reach - reach // 2, reach // 2
        if self.mode == "full":
            return reach, reach
        return self.pixels[2 * axis], self.pixels[2 * axis + 1]


class Axis(NamedTuple):
    """One axis of a convolution; all in pixels.

    out    = ⌊(size + before + after − dilation·(kernel − 1) − 1) / stride⌋ + 1
    unused = (size + before + after − dilation·(kernel − 1) − 1) mod stride

    Source: V. Dumoulin, F. Visin, A guide to convolution arithmetic for deep learning, 2016.

    >>> Axis(size=459, kernel=3, stride=2, dilation=1, before=0, after=0).out
    229
    """

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def reach(self) -> int:
        """Pixels from a window's first tap to its last: dilation·(kernel − 1)."""
        return self.dilation * (self.kernel - 1)

    @property
    def padded(self) -> int:
        """The size with its padding."""
        return self.size + self.before + self.after

    @property
    def out(self) -> int:
        """The output's size; 0 or less where not one window fits."""
        return (self.padded - self.reach - 1) // self.stride + 1

    @property
    def unused(self) -> int:
        """Rows or columns at the end of the padded picture that no window reaches."""
        return (self.padded - self.reach - 1) % self.stride

    @property
    def formula(self) -> str:
        """The size formula with this axis's numbers."""
        return (
            f"⌊({self.size} + {self.before} + {self.after} − {self.dilation}·({self.kernel}−1)"
            f" − 1) / {self.stride}⌋ + 1 = {self.out}"
        )


class Geometry(NamedTuple):
    """Both axes of a convolution."""

    rows: Axis
    columns: Axis

    @property
    def out(self) -> tuple[int, int]:
        """The output's height and width in pixels."""
        return self.rows.out, self.columns.out

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Pixels added at the top, bottom, left and right."""
        return self.rows.before, self.rows.after, self.columns.before, self.columns.after


def make_geometry(
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: Padding,
) -> Geometry:
    """The geometry of an image and a kernel, all pairs (height, width).

    Raises ShapeError when the image has no pixels or the output would be empty.
    """
    if min(size) < 1:
        raise ShapeError(f"the image is empty ({size[0]}×{size[1]}): nothing to filter")
    axes = []
    for axis in (0, 1):
        reach = dilation[axis] * (kernel[axis] - 1)
        before, after = padding.around(axis, reach)
        axes.append(Axis(size[axis], kernel[axis], stride[axis], dilation[axis], before, after))
    geometry = Geometry(*axes)
    if max(axis.padded for axis in axes) > LARGEST_AXIS:
        raise ShapeError(
            f"the padded image would have {geometry.rows.padded}×{geometry.columns.padded} pixels, "
            f"the limit is {LARGEST_AXIS} an axis; use a smaller padding"
        )
    if min(geometry.out) < 1:
        rows, columns = geometry.rows, geometry.columns
        raise ShapeError(
            f"the output would be empty: the kernel covers {rows.reach + 1}×{columns.reach + 1} "
            f"pixels but the image has {rows.padded}×{columns.padded} (padding included); "
            "use padding 'same', a smaller kernel or a larger image"
        )
    return geometry
