"""Pictures of every kind as what a screen shows: 8 bits, colour, of a size that fits."""

from __future__ import annotations

import base64
import io
from math import floor, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convfilter.images.picture import Picture
from convfilter.images.sheet import as_sheet

# Pictures of at most so many pixels a side are shown larger, every pixel as a square.
TINY = 64
# What is embedded in a page: photographs as JPEG, small pictures and those with alpha as they are.
JPEG_QUALITY, LOSSLESS_PIXELS = 88, 128 * 128
CHECKER = 8  # pixels of a square behind transparency
# A picture is dark where of a hundred samples no more than one is brighter than this share of the full
# range; so many samples at most are looked at.
DARK, USUAL_PERCENT, LOOKED_AT = 0.3, 99, 1_000_000
MOST_AMPLIFIED = 2**16


def shown(picture: Picture, *, stretched: bool = False) -> Image.Image:
    """A picture as 8-bit RGB, or RGBA where it has alpha; maps of a bank on one sheet.

    stretched  its least and greatest number become black and white, as of 32-bit whole numbers

    16 bits are rounded to 8, floats taken from 0 to 1, inks mixed.
    """
    pixels = picture.pixels
    if picture.image is not None and picture.image.mode in ("RGB", "RGBA"):
        return picture.image
    if picture.mode == "N":
        pixels, _ = as_sheet(np.atleast_3d(pixels))
    if picture.cmyk:
        height, width = pixels.shape[:2]
        inks = np.ascontiguousarray(pixels).tobytes()
        return Image.frombytes("CMYK", (width, height), inks).convert("RGB")
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    stretched = stretched or pixels.dtype.kind == "i"
    image = Image.fromarray(np.ascontiguousarray(eight_bits(pixels, stretched=stretched)))
    if picture.alpha is None:
        return image.convert("RGB")
    alpha = np.ascontiguousarray(eight_bits(picture.alpha, stretched=False))
    colours = image.convert("RGB")
    colours.putalpha(Image.fromarray(alpha))
    return colours


def amplification(pixels: NDArray[Any]) -> int:
    """How many times dark pixels are multiplied to be seen; 1 for all others.

    The largest power of two that leaves 99 samples of 100 within the full range.

    >>> amplification(np.uint8([[0, 3, 15]])), amplification(np.uint8([[0, 3, 150]]))
    (16, 1)
    """
    if pixels.dtype.kind == "i":
        return 1  # stretched in any case
    step = max(1, int((pixels.size / LOOKED_AT) ** 0.5))
    few = np.nan_to_num(pixels[::step, ::step], posinf=0, neginf=0)
    usual = float(np.percentile(few, USUAL_PERCENT)) or float(few.max())
    share = usual / _top(pixels.dtype)
    if not 0 < share < DARK:
        return 1
    return int(2 ** floor(log2(min(1 / share, MOST_AMPLIFIED))))


def amplified(picture: Picture, times: int) -> Picture:
    """The picture with its colours so many times as bright, cut at white."""
    pixels, top = picture.pixels, _top(picture.pixels.dtype)
    if pixels.dtype.kind == "f":
        brighter = np.clip(pixels * pixels.dtype.type(times), 0, top)
    else:
        levels = np.minimum(np.arange(top + 1) * times, top).astype(pixels.dtype)
        brighter = levels[pixels]
    return picture._replace(pixels=brighter, image=None)


def _top(dtype: np.dtype[Any]) -> int:
    return 1 if dtype.kind == "f" else int(np.iinfo(dtype).max)


def eight_bits(samples: NDArray[Any], *, stretched: bool) -> NDArray[np.uint8]:
    """Numbers as levels from 0 to 255, of the same shape.

    >>> eight_bits(np.uint16([0, 300, 65535]), stretched=False).tolist()
    [0, 1, 255]
    >>> eight_bits(np.float32([-2, 0, 2]), stretched=True).tolist()
    [0, 128, 255]
    """
    if samples.dtype == np.uint8:
        return samples
    numbers = np.nan_to_num(samples.astype(np.float32), posinf=0, neginf=0)
    if stretched:
        low, high = float(numbers.min()), float(numbers.max())
        numbers = (numbers - low) / ((high - low) or 1.0)
    elif samples.dtype.kind == "u":
        numbers /= 65535
    levels: NDArray[np.uint8] = np.rint(numbers.clip(0, 1) * 255).astype(np.uint8)
    return levels


def times_of(size: tuple[int, int], box: tuple[int, int]) -> int:
    """How many times a tiny picture is enlarged to fill a box, both (width, height); 0: it isn't tiny."""
    width, height = size
    return max(1, min(box[0] // width, box[1] // height)) if max(size) <= TINY else 0


def fitted(image: Image.Image, box: tuple[int, int], times: int = 0) -> Image.Image:
    """An image no wider and higher than a box, in its own proportions.

    times  as often as it is enlarged if there is room, its pixels squares; 0: it may only be shrunk

    It is shrunk by Hamming's filter: Lanczos would lay halos around edges, on a sheet that shows what
    sharpening does.
    """
    width, height = image.size
    share = min(box[0] / width, box[1] / height)
    if share >= 1:
        times = max(1, min(times, int(share)))
        return image.resize((width * times, height * times), Image.Resampling.NEAREST)
    size = max(1, round(width * share)), max(1, round(height * share))
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=3.0)


def over_checker(image: Image.Image) -> Image.Image:
    """RGB: what can be seen through stands before light and dark grey squares."""
    if image.mode != "RGBA":
        return image
    width, height = image.size
    rows, columns = np.ogrid[:height, :width]
    light = (rows // CHECKER + columns // CHECKER) % 2 == 0
    ground = Image.fromarray(np.where(light, np.uint8(236), np.uint8(204))).convert("RGBA")
    return Image.alpha_composite(ground, image).convert("RGB")


def data_url(image: Image.Image) -> str:
    """An image as a URL that holds it whole, for pages that load nothing."""
    small = image.width * image.height <= LOSSLESS_PIXELS
    lossless = image.mode == "RGBA" or small
    buffer = io.BytesIO()
    if lossless:
        image.save(buffer, "PNG", optimize=small)
    else:
        image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    kind = "png" if lossless else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
