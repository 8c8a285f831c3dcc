"""A picture's file as a small picture that browsers show."""

from __future__ import annotations

import io
import os
from math import isqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from convfilter.images.decode import decode
from convfilter.images.picture import Picture
from convfilter.images.read import to_picture
from convfilter.images.sheet import as_sheet
from convfilter.images.wanted import Wanted

# At 320 pixels a photograph takes 20 kB; 90 shows no more of it and takes 30.
QUALITY = 82
# Up to here a picture is shown pixel by pixel, each as it is, and takes 10 kB at most.
TINY_PX = 64
# Shares of all numbers that may be darker or brighter than what is shown: single ones, far out, would
# leave the rest grey.
DARKEST, BRIGHTEST = 0.01, 0.99


class Thumbnail(NamedTuple):
    """An encoded picture, and what it is: "image/jpeg", "image/png" or "image/webp"."""

    content: bytes
    kind: str
    width: int
    height: int


def thumbnail(path: str, longest_px: int, *, layout: str = "hwc") -> Thumbnail | None:
    """The picture in a file, at most so many pixels high and wide; of several frames the first.

    layout  of a .npy, as in `Wanted`

    Each pixel is the mean of those that it stands for: no rims that the filter didn't make. 16 bits
    are shown by their upper 8; other numbers as levels where nearly all are in 0 … 1 or 0 … 255, else
    from their least to their greatest. More maps than colours are a sheet. Profiles are not applied.
    None for what is no file or can't be read, whatever the reason: what went wrong with it was told
    when it was filtered.
    """
    if not os.path.isfile(path):  # '-', a URL; a pipe would be waited for
        return None
    try:
        wanted = Wanted(frame=0, bits=8, layout=layout, enough_px=longest_px)
        decoded = decode(path, wanted)
        # Now as they are: wide numbers are not cut at 255.
        picture = to_picture(decoded._replace(wanted=wanted._replace(bits=0)), gray=False)
        return _encoded(_reduced(picture, longest_px))
    except Exception:  # noqa: BLE001 - a report is written with or without a picture
        return None


def _reduced(picture: Picture, longest_px: int) -> Image.Image:
    """A picture of 8 bits in L, RGB or CMYK, or with alpha, of at most so many pixels a side."""
    samples = picture.pixels if picture.pixels.ndim == 3 else picture.pixels[:, :, np.newaxis]
    count = samples.shape[2]
    planes = [_plane(samples[:, :, index]) for index in range(count)]
    if picture.alpha is not None:
        planes.append(_plane(picture.alpha))
    if count not in (1, 3) and not picture.cmyk:
        return _sheet(planes, longest_px)
    size = _size(planes[0].size, longest_px)
    if planes[0].mode == "F":
        small = [_numbers(plane.resize(size, Image.Resampling.BOX)) for plane in planes]
        colours = _levels(np.dstack(small[:count]))
        planes = [Image.fromarray(colours[:, :, index]) for index in range(count)]
        planes += [Image.fromarray(_levels(alpha)) for alpha in small[count:]]
    mode = {1: "L", 3: "RGB", 4: "CMYK"}[count] + "A" * (picture.alpha is not None)
    image = planes[0] if mode == "L" else Image.merge(mode, planes)
    # Of colours with alpha Pillow takes the mean as alpha weighs them.
    return image.resize(size, Image.Resampling.BOX)


def _plane(samples: NDArray[Any]) -> Image.Image:
    """(H, W) numbers as an image of mode L, or F with 0 for what is not finite."""
    if samples.dtype == np.uint16:
        samples = (samples >> 8).astype(np.uint8)
    if samples.dtype == np.uint8:
        return Image.fromarray(np.ascontiguousarray(samples))
    with np.errstate(over="ignore"):
        numbers = samples.astype(np.float32)
    return Image.fromarray(np.where(np.isfinite(numbers), numbers, np.float32(0)))


def _numbers(image: Image.Image) -> NDArray[Any]:
    return np.asarray(image)


def _sheet(planes: list[Image.Image], longest_px: int) -> Image.Image:
    """All of them on one sheet."""
    each_px = max(1, longest_px // (isqrt(len(planes) - 1) + 1))
    size = _size(planes[0].size, each_px)
    small = [_numbers(plane.resize(size, Image.Resampling.BOX)) for plane in planes]
    image = Image.fromarray(as_sheet(_levels(np.dstack(small)))[0])
    return image.resize(_size(image.size, longest_px), Image.Resampling.BOX)


def _size(size: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """(width, height) with the same proportions, not larger.

    >>> _size((4000, 3000), 320), _size((5, 7), 320), _size((4000, 3), 320)
    ((320, 240), (5, 7), (320, 1))
    """
    share = min(1.0, longest_px / max(size))
    width, height = (max(1, round(side * share)) for side in size)
    return width, height


def _levels(numbers: NDArray[Any]) -> NDArray[np.uint8]:
    """Numbers as levels from 0 to 255."""
    if numbers.dtype == np.uint8:
        return numbers
    low, high = (float(edge) for edge in np.quantile(numbers, (DARKEST, BRIGHTEST)))
    for top in (1.0, 255.0):
        if low >= 0 and high <= top:
            low, high = 0.0, top
            break
    shares = (numbers - low) / ((high - low) or 1.0)
    return np.rint(np.clip(shares, 0, 1) * 255).astype(np.uint8)


def _encoded(image: Image.Image) -> Thumbnail:
    """JPEG; PNG where a pixel is to be seen as it is; WebP where there is alpha, if it can be had."""
    if image.mode == "CMYK":
        image = image.convert("RGB")
    name, options = "JPEG", {"quality": QUALITY}
    if max(image.size) <= TINY_PX:
        name, options = "PNG", {}
    elif image.mode.endswith("A"):
        has_webp = features.check("webp")
        name, options = ("WEBP", {"quality": QUALITY}) if has_webp else ("PNG", {})
    file = io.BytesIO()
    image.save(file, name, **options)
    return Thumbnail(file.getvalue(), f"image/{name.lower()}", image.width, image.height)
