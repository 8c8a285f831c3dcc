"""A kernel as it was written, before any number is understood. Imports nothing: completion needs it."""

from __future__ import annotations

import os
from typing import NamedTuple

SUFFIXES = ("yaml", "yml", "csv", "npy", "txt", "mat")

# What `NAME:key=value` may say beside a preset's own parameters: options of that one step.
STEP_OPTIONS = (
    "stride",
    "padding",
    "dilation",
    "border",
    "bias",
    "scale",
    "normalize",
    "flip",
    "range",
)


class KernelText(NamedTuple):
    """Weights, a formula, or a composite; plain enough to be kept in the cache.

    weights     numbers as text, row-major, of `shape`; a composite's, if it turns one kernel
    formula     name of a function of the program, with `parameters`: (name, default) in order
    combine     how the sums of `members`, SPEC texts, become one
    rotations   how often the one member is turned to make the others; 0: not at all
    range       one policy, or one a map with commas between them
    file        its path; empty for presets and for text behind -k
    """

    name: str
    weights: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    divisor: str = "1"
    bias: tuple[str, ...] = ()
    range_policy: str = "auto"
    description: str = ""
    source: str = ""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    file: str = ""
    formula: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    combine: str = ""
    members: tuple[str, ...] = ()
    rotations: int = 0


def stem_of(path: str) -> str:
    """The file's name without folder and suffix: the kernel's name."""
    return os.path.splitext(os.path.basename(path))[0]
