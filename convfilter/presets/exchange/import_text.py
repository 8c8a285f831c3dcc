"""Kernels in other programs' forms → Imported: the kernel, and notes to write into its file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from convfilter.errors import KernelError
from convfilter.presets.definition import LARGEST_FILE
from convfilter.presets.exchange.gimp import is_gimp, read_gimp
from convfilter.presets.exchange.imagemagick import is_imagemagick, read_imagemagick
from convfilter.presets.exchange.imported import Imported, origin
from convfilter.presets.exchange.tables import read_rows
from convfilter.presets.kernel_file import read_text
from convfilter.presets.load import load_kernel

STANDARD_INPUT = "standard input"
OWN = (".npy", ".yaml", ".yml")


def import_file(path: str) -> Imported:
    """The kernel in a file of any form that `import_kernel` knows, of numpy's, or of our own.

    path  '-' for a text from standard input

    Raises KernelError for a file that is missing, unreadable, larger than 1 MiB, or has a fault.
    """
    if path == "-":
        return import_kernel(_standard_input(), STANDARD_INPUT)
    if os.path.splitext(path)[1].lower() in OWN:
        return Imported(load_kernel(Path(path)), (origin(path),))
    return import_kernel(read_text(path), path)


def import_kernel(text: str, path: str) -> Imported:
    """The kernel in a text; `path` stands in messages and notes, its stem is the kernel's name.

    ImageMagick   a kernel string, or a command with `-morphology Correlate` or `Convolve`
    GIMP          the saved settings of its convolution matrix, or a gegl chain with one
    libvips       a matrix file
    tables        rows of numbers, with lines for divisor, offset or bias

    Raises KernelError with file:line:column, what is wrong, and what to do.

    >>> import_kernel("3x1+0+0: 1,-2,4", "dip.txt").kernel.weights.tolist()
    [[0.0, 0.0, 1.0, -2.0, 4.0]]
    """
    text = text.replace("\r\n", "\n")
    if is_gimp(text):
        return read_gimp(text, path)
    return read_imagemagick(text, path) if is_imagemagick(text) else read_rows(text, path)


def _standard_input() -> str:
    content = sys.stdin.buffer.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise KernelError(f"{STANDARD_INPUT}: larger than 1 MiB, which no kernel is")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KernelError(
            f"{STANDARD_INPUT}: no UTF-8 text; name the file to import .npy"
        ) from None
