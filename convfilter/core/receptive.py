"""What one pixel of a result sees of the picture, through kernels in turn, and which pixel it lies over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from convfilter.core.geometry import Axis


class Field(NamedTuple):
    """The receptive field along one axis, in pixels of the picture.

    size    how many a result depends on
    jump    from one result's field to the next one's
    start   where the first result's field begins; below 0 that is in the padding
    anchor  the picture's pixel that the first result lies over
    """

    size: int = 1
    jump: int = 1
    start: int = 0
    anchor: int = 0

    @property
    def middle(self) -> float:
        """Of the first result's field; between two pixels where its size is even."""
        return self.start + (self.size - 1) / 2


def anchor_of(axis: Axis) -> int:
    """The pixel of a window that its result lies over: the middle one.

    Of a window of even size it is the one before the middle, unless the padding has one more pixel
    before than after (`same-lower`): so a result of the picture's size always lies straight over it.
    """
    before, after = axis.reach // 2, axis.reach - axis.reach // 2
    return after if (axis.before, axis.after) == (after, before) else before


def field_through(axes: Iterable[Axis]) -> list[Field]:
    """The field behind each of several steps, in turn.

        size_l  = size_{l−1} + dilation_l·(kernel_l − 1)·jump_{l−1}        size_0 = 1
        jump_l  = stride_l·jump_{l−1}                                      jump_0 = 1
        start_l = start_{l−1} − padding_l·jump_{l−1}                       start_0 = 0

    axes  of one axis, each step's: what it reads is what the one before has made

    Source: A. Araujo, W. Norris, J. Sim, Computing receptive fields of convolutional neural networks,
    Distill, 2019.

    >>> two = Axis(9, kernel=5, stride=2, dilation=1, before=2, after=2), Axis(5, 3, 1, 2, 0, 0)
    >>> [tuple(field) for field in field_through(two)]
    [(5, 2, -2, 0), (13, 2, -2, 4)]
    """
    fields, last = [], Field()
    for axis in axes:
        last = Field(
            last.size + axis.reach * last.jump,
            last.jump * axis.stride,
            last.start - axis.before * last.jump,
            last.anchor + (anchor_of(axis) - axis.before) * last.jump,
        )
        fields.append(last)
    return fields
