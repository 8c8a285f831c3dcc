"""Kernel files by their suffix: YAML, and tables of numbers (.csv, .txt, .mat, .npy).

Every fault is a KernelError that begins with file:line:column (.npy has only the file).
"""

from __future__ import annotations

import os
from typing import Any

from convfilter.core.kernel import Kernel, make_kernel
from convfilter.errors import ConvfilterError, KernelError
from convfilter.presets.definition import LARGEST_FILE, KernelText, stem_of


def read_file(path: str) -> KernelText | Kernel:
    """The kernel in a file, named after the file; a .npy file is a Kernel already.

    Raises KernelError for a file that is missing, unreadable, larger than 1 MiB, or has a fault.
    """
    if os.path.splitext(path)[1].lower() == ".npy":
        return _numpy_kernel(path)
    text, faults = examine_file(path)
    for fault in faults:
        raise fault
    return text


def examine_file(path: str) -> tuple[KernelText, list[KernelError]]:
    """The kernel in a text file and all its faults; one that can't be made has nothing to make it of.

    Raises KernelError for a file that is missing, unreadable, larger than 1 MiB, or no text.
    """
    suffix = os.path.splitext(path)[1].lower()
    text = read_text(path)
    if suffix in (".yaml", ".yml"):
        from convfilter.presets.yaml_kernel import examine_yaml

        return examine_yaml(text, path, file=path)
    from convfilter.presets.tables import examine_table, examine_vips

    return (examine_vips if suffix == ".mat" else examine_table)(text, path)


def _numpy_kernel(path: str) -> Kernel:
    import io

    import numpy as np

    try:
        array: Any = np.load(io.BytesIO(_read(path)), allow_pickle=False)
        return make_kernel(array, name=stem_of(path), file=path)
    except KernelError:
        raise
    except Exception as error:  # noqa: BLE001 - numpy's parser raises whatever bad bytes lead to
        reason = str(error) if isinstance(error, ConvfilterError) else "no array of numbers in it"
        raise KernelError(f"{path}: {reason}") from None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise KernelError(f"{path}: {os.strerror(error.errno or 0)}") from None
    if len(content) > LARGEST_FILE:
        raise KernelError(f"{path}: larger than 1 MiB, which no kernel file is")
    return content


def read_text(path: str) -> str:
    """A kernel file's text."""
    content = _read(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise KernelError(f"{path}:{line}:{column}: the file is not UTF-8") from None
