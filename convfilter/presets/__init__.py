"""Kernels from text: presets, files, matrices in place."""

from __future__ import annotations

from os import PathLike, fspath

from convfilter.core.kernel import Kernel
from convfilter.errors import SpecError
from convfilter.presets.numbers import KernelText
from convfilter.presets.spec_text import InFile, Named, parse_spec


def load_kernel(spec: str | PathLike[str]) -> Kernel:
    """The kernel that a SPEC names: a preset, a file, or a matrix in place.

    spec     text as behind the command line's -k, or a path
    returns  a Kernel, immutable and hashable; its weights are exact where they are written so

    Raises SpecError for text that can't be read, UnknownKernel for a name that isn't there, KernelError
    for a file with a fault.

    >>> load_kernel("prewitt-vertical").weights.tolist()
    [[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]]
    """
    parsed = InFile(fspath(spec), {}) if isinstance(spec, PathLike) else parse_spec(spec)
    if isinstance(parsed, KernelText):
        return parsed.kernel()
    if isinstance(parsed, Named):
        from convfilter.presets.registry import find

        name, kernel = parsed.name, find(parsed.name)
    else:
        from convfilter.presets.kernel_file import load_file

        name, kernel = parsed.path, load_file(parsed.path)
    _refuse_parameters(name, parsed.parameters)
    return kernel


def _refuse_parameters(name: str, parameters: dict[str, str]) -> None:
    for key, value in parameters.items():
        raise SpecError(
            f"{name} has fixed weights and takes no parameter ({key}={value} was given); options are "
            f"given by themselves, as in --stride 2"
        )
