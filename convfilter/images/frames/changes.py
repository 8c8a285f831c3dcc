"""Which part of a frame differs from the one before: the rest needs not be written again."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageChops

# Colours beside a clear one in 8 bits.
MOST_COLOURS = 255
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


def changed_only(before: Image.Image, image: Image.Image) -> Image.Image:
    """An opaque image, clear where it is as before: what stays there compresses to next to nothing.

    Drawings become a fifth as large so. As it is where that is the smaller part, and where more colours
    than 255 leave no room for a clear one.
    """
    if image.mode not in ("L", "RGB") or image.convert("RGB").getcolors(MOST_COLOURS) is None:
        return image
    bands = ImageChops.difference(before, image).split()
    changed = bands[0]
    for band in bands[1:]:
        changed = ImageChops.lighter(changed, band)
    mask = changed.point([0] + [255] * 255)
    if 2 * mask.histogram()[0] < image.width * image.height or mask.getbbox() is None:
        return image
    made = image.convert("RGB")
    made.putalpha(mask)
    return made
