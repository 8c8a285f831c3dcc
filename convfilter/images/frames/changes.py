"""Which part of a frame differs from the one before: the rest needs not be written again."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageChops

COMPARABLE = ("L", "LA", "RGB", "RGBA")  # Pillow takes no differences of others

Box = tuple[int, int, int, int]


def changed_boxes(
    images: Sequence[Image.Image], stays: Sequence[bool], *, even: bool = False
) -> list[Box]:
    """Of each frame the box (left, upper, right, lower) that holds every pixel that changed.

    images  of one size and mode
    stays   whether a frame is still there when the next one comes; behind one that is not, and for
            the first, it is the whole
    even    whether boxes begin at even places, as WebP's do

    Frames that are alike have one of a pixel: each keeps its place and its time.
    """
    boxes: list[Box] = [(0, 0, *image.size) for image in images[:1]]
    for number in range(1, len(images)):
        box: Box = (0, 0, *images[number].size)
        if stays[number - 1] and images[number].mode in COMPARABLE:
            before, image = images[number - 1], images[number]
            changed = ImageChops.difference(before, image).getbbox(alpha_only=False)
            box = changed or (0, 0, 1, 1)
        left, upper = (place - place % 2 if even else place for place in box[:2])
        boxes.append((left, upper, *box[2:]))
    return boxes
