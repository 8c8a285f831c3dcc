"""A file of every kind of pixels in `modes.MODES`, and any file's pixels as plain numbers."""

import numpy as np
from filtering import saved
from handmade import png_bytes
from pictures import noise
from PIL import Image

from convfilter.images.modes import MODES

SHAPE = (13, 17)
PNG_COLOUR_TYPES = {"LA;16": 4, "RGB;16": 2, "RGBA;16": 6}
# Kinds that pictures can have.
PICTURES = [name for name in MODES if name != "N"]


def channels_of(kind):
    """Numbers of a pixel, alpha among them."""
    return MODES[kind].channels + MODES[kind].alpha


def samples_of(kind, shape=SHAPE):
    """Numbers over the whole range of a kind, (H, W) or (H, W, channels) with alpha as the last.

    Floats are 64ths, so that every sum of a few is exact. Alpha is nothing or all in whole rows, which
    any format can hold.
    """
    count, dtype = channels_of(kind), MODES[kind].dtype
    samples = noise(shape if count == 1 else (*shape, count), dtype)
    if dtype == "float32":
        samples /= 64
    if MODES[kind].alpha:
        opaque = 1 if dtype == "float32" else np.iinfo(dtype).max
        samples[:, :, -1] = opaque
        samples[::3, :, -1] = 0
    return samples


def slopes_of(kind, shape=(24, 32)):
    """Soft slopes, which lossy formats keep closely."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    planes = [4 * y + 3 * x, 200 - 3 * y, 30 + 5 * x, np.where(x < 16, 255, 90)]
    count = channels_of(kind)
    if MODES[kind].alpha:
        planes = [*planes[: count - 1], planes[3]]
    return np.squeeze(np.dstack(planes[:count])).astype(np.uint8)


def written(folder, kind, samples, stem="a"):
    """A file of that kind, by another program than ours; its path."""
    if kind in PNG_COLOUR_TYPES:
        path = folder / f"{stem}.png"
        path.write_bytes(png_bytes(samples, 16, PNG_COLOUR_TYPES[kind]))
        return path
    if MODES[kind].deep:
        return _float_tiff(folder / f"{stem}.tif", kind, samples)
    suffix = ".tif" if kind in ("CMYK", "I", "F") else ".png"
    return saved(folder / f"{stem}{suffix}", samples, kind)


def _float_tiff(path, kind, samples):
    from tifffile import imwrite

    photometric = "rgb" if MODES[kind].channels == 3 else "minisblack"
    more = ["unassalpha"] if MODES[kind].alpha else []
    imwrite(path, samples, photometric=photometric, planarconfig="contig", extrasamples=more)
    return path


def numbers_in(path, kind):
    """The numbers of a file that holds a kind of pixels, read by another program than ours."""
    if path.suffix == ".npy":
        return np.load(path)
    if MODES[kind].deep and path.suffix == ".png":
        from imagecodecs import png_decode

        return png_decode(path.read_bytes())
    if MODES[kind].deep:
        from tifffile import imread

        return imread(path)
    with Image.open(path) as image:
        if image.mode == "P":  # of a GIF, which has no word for grey
            return np.asarray(image.convert(kind))
        pixels = np.asarray(image)
    return pixels.astype(np.uint16) if kind == "I;16" else pixels
