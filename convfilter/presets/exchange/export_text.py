"""Kernels in other programs' forms: commands, scripts, tables. What can't be said there is refused.

The first line of each names the convfilter command that gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable

from convfilter.core.kernel import Kernel, shape_text
from convfilter.core.spec import parse_word
from convfilter.errors import OptionError
from convfilter.presets.exchange import TARGETS, export_code, export_commands
from convfilter.presets.exchange.exported import Export, make_export, number_text, option_words
from convfilter.presets.write_yaml import written_numbers, yaml_text


def export_kernel(kernel: Kernel, to: str) -> str:
    """A kernel as a text for another program, one of TARGETS.

    imagemagick, vips, ffmpeg       commands for a shell, from in.png to out.png
    opencv, scipy, torch, numpy     a Python script that does the same
    csv                             the numbers
    yaml                            a kernel file of our own

    Raises OptionError for what the program can't do: composites, sums over channels, ranges, sizes.

    >>> from convfilter.presets.load import load_kernel
    >>> print(export_kernel(load_kernel("relief"), "csv"), end="")
    # with: --range offset
    -1,0,0
    0,0,0
    0,0,1
    """
    to = parse_word("to", to, TARGETS)
    if to == "yaml":
        return yaml_text(kernel)
    return WRITERS[to](make_export(kernel, to))


def _csv(export: Export) -> str:
    """The values: weights as written where nothing divides them, else decimals."""
    kernel = export.kernel
    if kernel.depth is not None:
        shape = shape_text(kernel.weights.shape)
        raise OptionError(f"a table has rows and columns alone, this kernel {shape}: use --to yaml")
    written = written_numbers(kernel)
    texts = list(written.numbers)
    if written.divisor != "1":
        texts = [number_text(value) for value in kernel.values.ravel().tolist()]
    width = kernel.size[1]
    rows = [",".join(texts[at : at + width]) for at in range(0, len(texts), width)]
    options = " ".join(option_words(kernel))
    return "\n".join([*([f"# with: {options}"] if options else []), *rows, ""])


WRITERS: dict[str, Callable[[Export], str]] = {
    "imagemagick": export_commands.imagemagick,
    "vips": export_commands.vips,
    "ffmpeg": export_commands.ffmpeg,
    "opencv": export_code.opencv,
    "scipy": export_code.scipy,
    "torch": export_code.torch,
    "numpy": export_code.numpy,
    "csv": _csv,
}
