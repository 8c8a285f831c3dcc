"""Filtering one picture in this process, the way the command does it."""

import numpy as np
from PIL import Image

from convfilter.core.spec import make_spec
from convfilter.core.steps import make_steps
from convfilter.images.wanted import Wanted
from convfilter.job import Job
from convfilter.pipeline import process
from convfilter.presets.load import load_kernel, load_steps

JOB_FIELDS = ("format", "overwrite", "gray", "alpha", "quality", "keep_tables", "compress", "strip")
JOB_FIELDS += ("linear", "region", "mask", "fsync")


def apply(source, output="", kernel="identity", padding="same", **options):
    """Filters a file into another ('' for the default name); identity unless told otherwise.

    kernel  a SPEC, or several in a tuple, applied in turn
    """
    job = {name: options.pop(name) for name in JOB_FIELDS if name in options}
    job["wanted"] = Wanted(**{n: options.pop(n) for n in Wanted._fields if n in options})
    spec = make_spec(padding=padding, **options)
    if isinstance(kernel, tuple):
        steps = make_steps([step for text in kernel for step in load_steps(text)], spec)
    else:
        steps = ((load_kernel(str(kernel)), spec),)
    return process(Job(str(source), steps, output=str(output), **job))


def pixels_of(path):
    """The pixels of a picture file as Pillow reads them, or of a numpy file."""
    if str(path).endswith(".npy"):
        return np.load(path)
    with Image.open(path) as image:
        return np.asarray(image)


def mode_of(path):
    """The mode of a picture file as Pillow reads it."""
    with Image.open(path) as image:
        return image.mode


def saved(path, pixels, mode=None, **options):
    """An array as a picture file, four channels as inks where the mode is CMYK; its path."""
    image = inks(pixels) if mode == "CMYK" else Image.fromarray(pixels)
    assert mode in (None, image.mode)
    image.save(path, **options)
    return path


def inks(pixels):
    """(H, W, 4) uint8 as a CMYK image."""
    height, width = pixels.shape[:2]
    return Image.frombytes("CMYK", (width, height), pixels.tobytes())
