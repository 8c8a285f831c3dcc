"""What is animated: a few numbers of a picture, one kernel, and the file that the frames go into."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convfilter.errors import OptionError
from convfilter.images.blank import blank_picture
from convfilter.images.drawing import Drawing, drawn
from convfilter.images.formats import BY_SUFFIX, suffix_of
from convfilter.images.frames.reading import Timing
from convfilter.images.picture import Metadata, Picture
from convfilter.images.target import Target, check_target
from convfilter.images.write import write_frames, write_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convfilter.core.kernel import Kernel
    from convfilter.core.spec import Spec
    from convfilter.core.stages import Steps
    from convfilter.core.traced import Place

# Rows and columns of a photograph that are shown; and of all numbers, padding included, at most: more
# can't be read.
USUAL_CELLS, MOST_CELLS = 8, 14
MOVING, STILL = ("GIF", "WEBP"), "PNG"
STILL_COLUMNS, STILL_GAP = 2, 16


class Part(NamedTuple):
    """A few pixels (H, W) of a picture, and where they begin."""

    pixels: NDArray[Any]
    top: int
    left: int


def one_kernel(steps: Steps) -> tuple[Kernel, Spec]:
    """The only step, a kernel that gives one number a pixel; raises OptionError."""
    if len(steps) > 1:
        raise OptionError(
            f"kernel: one at a time slides, here are {len(steps)}; convfilter explain shows several step "
            "by step"
        )
    kernel, spec = steps[0]
    if kernel.members:
        names = ", ".join(dict.fromkeys(member.name for member in kernel.members))
        raise OptionError(
            f"kernel: {kernel.name} is made of {len(kernel.members)} kernels; one at a time slides: {names}"
        )
    if kernel.depth is not None:
        raise OptionError(
            f"kernel: {kernel.name} adds up {kernel.depth} channels; one that is laid on a single channel "
            "slides"
        )
    return kernel, spec


def cut_out(pixels: NDArray[Any], at: Place | None, kernel: Kernel, spec: Spec) -> Part:
    """Pixels around a place of a picture (H, W): 8×8, more where a kernel covers many, less with much padding.

    at  row and column of the picture; None: its middle

    Raises OptionError for a place outside.
    """
    starts, sizes = [], []
    height, width = pixels.shape
    place = (height // 2, width // 2) if at is None else at
    if not (0 <= place[0] < height and 0 <= place[1] < width):
        raise OptionError(
            f"at: row {place[0]}, column {place[1]} is outside the picture, which has {height}×{width} "
            f"pixels: rows 0 … {height - 1}, columns 0 … {width - 1}"
        )
    for axis, (middle, length) in enumerate(zip(place, pixels.shape, strict=True)):
        reach = spec.dilation[axis] * (kernel.size[axis] - 1)
        room = MOST_CELLS - sum(spec.padding.around(axis, reach))
        size = min(max(USUAL_CELLS, reach + 4), max(room, 1), length)
        starts.append(min(max(middle - size // 2, 0), length - size))
        sizes.append(size)
    top, left = starts
    return Part(pixels[top : top + sizes[0], left : left + sizes[1]], top, left)


def check_size(shape: tuple[int, ...], kernel: Kernel, spec: Spec) -> None:
    """Raises OptionError for more numbers, their padding among them, than can be read."""
    reaches = [d * (k - 1) for d, k in zip(spec.dilation, kernel.size, strict=True)]
    sides = [
        length + sum(spec.padding.around(axis, reach))
        for axis, (length, reach) in enumerate(zip(shape, reaches, strict=True))
    ]
    if max(sides) > MOST_CELLS:
        raise OptionError(
            f"{sides[0]}×{sides[1]} numbers with their padding, {MOST_CELLS}×{MOST_CELLS} can be shown: use "
            "a smaller kernel, padding or matrix"
        )


def slide_target(path: str, *, overwrite: bool) -> Target:
    """Where the frames go; raises OptionError for other formats, PictureError for what can't be written."""
    form = BY_SUFFIX.get(suffix_of(path))
    if form is None or form.name not in (*MOVING, STILL):
        raise OptionError(
            f"output: {path!r}: an animation ends with .gif or .webp, its key frames with .png"
        )
    target = Target(path, form, overwrite=overwrite)
    check_target(target)
    return target


def write_slide(drawings: Sequence[Drawing], durations_ms: Sequence[float], target: Target) -> int:
    """Writes drawings as frames that are played for ever, or side by side; returns the file's bytes.

    Raises PictureError.
    """
    if target.format.name == STILL:
        write_picture(_side_by_side([drawn(drawing) for drawing in drawings]), target)
    else:
        lossless = Metadata(lossless=True)
        pictures = [Picture(drawn(drawing), metadata=lossless) for drawing in drawings]
        timing = Timing(tuple(durations_ms), 0, (1,) * len(pictures))
        write_frames(pictures, timing, target)
    return os.path.getsize(target.path)


def _side_by_side(frames: Sequence[NDArray[Any]]) -> Picture:
    """Frames of one size, two in a row."""
    height, width, _ = frames[0].shape
    columns = min(STILL_COLUMNS, len(frames))
    rows = -(-len(frames) // columns)
    down, across = height + STILL_GAP, width + STILL_GAP
    shape = (rows * down - STILL_GAP, columns * across - STILL_GAP, 3)
    picture = blank_picture(shape, frames[0].dtype, Metadata(), has_alpha=False)
    picture.pixels[...] = 255
    for number, frame in enumerate(frames):
        top, left = number // columns * down, number % columns * across
        picture.pixels[top : top + height, left : left + width] = frame
    return picture
