"""Decoded image → Picture: promoted to a kind that can be filtered, never narrowed without a word."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convfilter.errors import OptionError, PictureError
from convfilter.images.decoded import Decoded
from convfilter.images.depth import has_signs, is_unsigned, is_white_zero
from convfilter.images.formats import NPY, ZARR
from convfilter.images.memory import pixels_of
from convfilter.images.modes import DEEP_GREY, TAKEN_AS, WITH_TRANSPARENCY
from convfilter.images.opening import damaged
from convfilter.images.picture import Picture

TOPS = {"uint8": 255, "uint16": 65535}
# Rec. 601 as Pillow's convert("L") has it, in 65536ths, for 8 bits; in thousandths for the rest.
LUMA_65536 = (19595, 38470, 7471)
LUMA_1000 = (299, 587, 114)


def to_picture(decoded: Decoded, *, gray: bool) -> Picture:
    """The pixels and alpha of a decoded image.

    gray  colour becomes Rec. 601 luma: for 8 bits Pillow's convert("L"), for others
          0.299 R + 0.587 G + 0.114 B rounded to the type

    Raises PictureError for what another reader refuses, OptionError for grey of other channels than
    three.
    """
    if decoded.image is None:
        picture = _from_another_reader(decoded)
    else:
        picture = _from_image(decoded.image, decoded, gray=gray)
    picture = with_bits(picture, decoded.wanted.bits)
    if gray and picture.pixels.ndim == 3:
        picture = picture._replace(pixels=luma(picture.pixels), image=None)
    return picture


def _from_another_reader(decoded: Decoded) -> Picture:
    if decoded.format in (NPY.name, ZARR.name):
        wanted = decoded.wanted
        array = _array(decoded)
        pixels = _filterable(array, decoded.label)
        alpha = None
        if wanted.layout == "hwca":
            pixels, alpha = _with_alpha_apart(pixels, decoded.label)
        notes: tuple[str, ...] = ()
        if pixels.dtype != array.dtype:
            notes = (f"numbers of type {array.dtype} were taken as {pixels.dtype}",)
        return Picture(pixels, alpha, format=decoded.format, notes=notes)
    from convfilter.images.deep.extra import read_deep
    from convfilter.images.deep.tiff import upright

    pixels, alpha = read_deep(
        decoded.source, decoded.format, decoded.wanted.max_pixels, decoded.page
    )
    pixels = upright(pixels, decoded.turn)
    pixels = _filterable(pixels, decoded.label)
    alpha = None if alpha is None else _filterable(upright(alpha, decoded.turn), decoded.label)
    return Picture(pixels, alpha, decoded.metadata, decoded.format, decoded.notes)


def _array(decoded: Decoded) -> NDArray[Any]:
    most_pixels, layout = decoded.wanted.max_pixels, decoded.wanted.layout[:3]
    if decoded.format == ZARR.name:
        from convfilter.images.zarr_folder import read_zarr

        return read_zarr(decoded.path, most_pixels, layout)
    from convfilter.images.numpy_file import read_array

    return read_array(decoded.source, most_pixels, layout=layout)


def _with_alpha_apart(array: NDArray[Any], label: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """(H, W, 2) and (H, W, 4) as grey or colours, and alpha."""
    if array.ndim != 3 or array.shape[2] not in (2, 4):
        raise PictureError(
            f"{label}: {'×'.join(map(str, array.shape))}: with alpha an array has 2 or 4 channels; leave "
            "--layout out"
        )
    colours = array[:, :, 0] if array.shape[2] == 2 else array[:, :, :3]
    return np.ascontiguousarray(colours), np.ascontiguousarray(array[:, :, -1])


def _filterable(array: NDArray[Any], label: str) -> NDArray[Any]:
    """As numbers that are filtered: (H, W, 1) is grey, half floats are widened, the rest of whole ones int32."""
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype.name in ("bool", "int8", "uint32", "int64", "uint64"):
        limits = np.iinfo(np.int32)
        if array.dtype != bool and (array.min() < limits.min or array.max() > limits.max):
            raise PictureError(
                f"{label}: numbers from {array.min()} to {array.max()}; whole numbers are filtered "
                f"from {limits.min} to {limits.max}: numpy's astype(float) makes others of them"
            )
        return array.astype(np.int32)
    return array


def _from_image(image: Image.Image, decoded: Decoded, *, gray: bool) -> Picture:
    try:
        image, notes = _promoted(image)
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise damaged(decoded.label, error) from None
    cmyk = image.mode == "CMYK"
    if has_signs(image):
        if image.mode != "L":
            raise PictureError(
                f"{decoded.label}: 8-bit numbers with a sign are read of grey TIFFs only: save it as .npy"
            )
        pixels, alpha = pixels_of(image).view(np.int8).astype(np.int32), None
        notes += ("8-bit numbers with a sign were taken as 32-bit ones",)
    elif image.mode in DEEP_GREY or image.mode in ("I", "F"):
        pixels, alpha = _grey_numbers(image, decoded), None
    else:
        pixels, alpha = _colours_and_alpha(image)
        # Luma of 16 bits is finer than that of 8, so it comes after --bits 16; inks have none of their own.
        if gray and pixels.ndim == 3 and (cmyk or decoded.wanted.bits != 16):
            pixels, cmyk = pixels_of(image.convert("L")), False
    every = (*decoded.notes, *notes)
    return Picture(pixels, alpha, decoded.metadata, decoded.format, every, cmyk=cmyk)


def _colours_and_alpha(image: Image.Image) -> tuple[Any, Any]:
    """Grey (H, W) or colours (H, W, channels), and alpha (H, W) or None, in the image's own memory if possible."""
    pixels = pixels_of(image)
    if not image.mode.endswith("A"):
        return pixels, None
    colours = pixels[:, :, 0] if image.mode == "LA" else pixels[:, :, :3]
    return colours, pixels[:, :, -1]


def _promoted(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """An image of a kind that can be filtered, and what was done to it."""
    if "transparency" in image.info and image.mode in WITH_TRANSPARENCY:
        mode = WITH_TRANSPARENCY[image.mode]
        note = f"mode {image.mode} with a transparent colour was promoted to {mode}"
        return image.convert(mode), (note,)
    if image.mode == "P" and image.palette is not None and image.palette.mode == "RGBA":
        return image.convert("RGBA"), ("mode P with transparent colours was promoted to RGBA",)
    mode = TAKEN_AS[image.mode]
    if mode in (image.mode, "I;16"):
        return image, ()
    made = _from_lab(image) if image.mode == "LAB" else image.convert(mode)
    return made, (f"mode {image.mode} was promoted to {mode}",)


def _from_lab(image: Image.Image) -> Image.Image:
    """CIE L*a*b* (D50) as sRGB: Pillow's convert knows no such way, its colour management does."""
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(lab, srgb, "LAB", "RGB")
    made = ImageCms.applyTransform(image, transform)
    if made is None:  # only where it was asked to work in place
        raise PictureError("LAB could not be converted")
    return made


def _grey_numbers(image: Image.Image, decoded: Decoded) -> Any:
    """Grey of 16-bit, 32-bit or floating-point numbers in the machine's byte order."""
    pixels = pixels_of(image)
    if image.mode == "I" and decoded.format == "PPM":
        pixels = pixels.astype(np.uint16)  # Pillow's widest kind, for what the file has in 16 bits
    elif image.mode == "I" and is_unsigned(image):
        pixels = _filterable(pixels.view(np.uint32), decoded.label)
    if is_white_zero(image) and pixels.dtype.kind == "u":
        pixels = 65535 - pixels
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def luma(pixels: NDArray[Any]) -> NDArray[Any]:
    """(H, W, 3) → (H, W), rounded to the type; raises OptionError for other channels than three."""
    made: NDArray[Any]
    if pixels.shape[2] != 3:
        raise OptionError(
            f"gray: {pixels.shape[2]} channels; luma is made of three, red, green and blue"
        )
    red, green, blue = (pixels[:, :, index] for index in range(3))
    if pixels.dtype == np.uint8:
        r, g, b = LUMA_65536
        wide = red.astype(np.uint32) * r + green.astype(np.uint32) * g + blue.astype(np.uint32) * b
        made = ((wide + 0x8000) >> 16).astype(np.uint8)
        return made
    r, g, b = LUMA_1000
    if pixels.dtype.kind == "f":
        sums = (red.astype(float) * r + green.astype(float) * g + blue.astype(float) * b) / 1000
        made = sums.astype(pixels.dtype)
        return made
    whole = red.astype(np.int64) * r + green.astype(np.int64) * g + blue.astype(np.int64) * b
    made = np.rint(whole / 1000).astype(pixels.dtype)
    return made


def with_bits(picture: Picture, bits: int) -> Picture:
    """Whole numbers with 8 or 16 bits a sample; floats stay until the result is written.

    The upper eight of 16 bits, as every reader of 8 bits takes them; 8 bits times 257. Other whole
    numbers are taken as they are and cut at the ends.
    """
    dtype = picture.pixels.dtype
    if not bits or dtype.kind == "f" or dtype.name == f"uint{bits}":
        return picture
    wide = np.dtype(f"uint{bits}")
    samples = picture.pixels
    if dtype.name in TOPS:
        said = f"{dtype.itemsize * 8} bits a sample were taken as {bits} (--bits {bits})"
    else:
        cut = int(((samples < 0) | (samples > TOPS[wide.name])).sum())
        said = f"whole numbers were taken as {bits} bits (--bits {bits}), {cut} of them cut"
    alpha = None if picture.alpha is None else _rescaled(picture.alpha, wide)
    notes = (*picture.notes, said)
    return picture._replace(pixels=_rescaled(samples, wide), alpha=alpha, notes=notes)


def _rescaled(samples: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    made: NDArray[Any]
    if samples.dtype.name not in TOPS:
        made = np.clip(samples, 0, min(TOPS[dtype.name], np.iinfo(samples.dtype).max)).astype(dtype)
    elif dtype == np.uint8:
        made = (samples >> 8).astype(np.uint8)
    else:
        made = samples.astype(np.uint16) * np.uint16(257)
    return made
