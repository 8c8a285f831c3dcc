"""Filtering one picture in this process, the way the command does it."""

import numpy as np
from PIL import Image

from convfilter.core.spec import make_spec
from convfilter.pipeline import Job, process
from convfilter.presets.load import load_kernel

JOB_FIELDS = ("format", "overwrite", "gray", "alpha", "quality", "compress", "strip", "max_pixels")


def apply(source, output="", kernel="identity", padding="same", **options):
    """Filters a file into another ('' for the default name); identity unless told otherwise."""
    job = {name: options.pop(name) for name in JOB_FIELDS if name in options}
    steps = ((load_kernel(str(kernel)), make_spec(padding=padding, **options)),)
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
    """An array as a picture file; its path."""
    image = Image.fromarray(pixels)
    assert mode in (None, image.mode)
    image.save(path, **options)
    return path
