"""A kernel as it was written, before any number is understood. Imports nothing: completion needs it."""

from __future__ import annotations

import os
from typing import NamedTuple

LARGEST_FILE = 2**20  # bytes of a kernel file
SUFFIXES = ("yaml", "yml", "csv", "npy", "txt", "mat")

SWITCHES = ("flip",)  # options of a step that say something without a value
# Options of `apply` that hold for all of a command: what can't stand behind a kernel's colon.
COMMAND_OPTIONS = (
    "gray",
    "grey",
    "alpha",
    "exact",
    "plan",
    "jobs",
    "max-pixels",
    "output",
    "format",
    "quality",
    "compress",
    "strip",
    "overwrite",
    "json",
    "quiet",
    "verbose",
)


class KernelText(NamedTuple):
    """Weights, a formula, or a composite; plain enough to be kept in the cache.

    weights     numbers as text, row-major, of `shape`; a composite's, if it turns one kernel
    formula     name of a function of the program, with `parameters`: (name, value) in order
    combine     how the sums of `members`, SPEC texts, become one
    parameters  those that were written; the others have the formula's defaults
    rotations   how often the one member is turned to make the others; 0: not at all
    range       one policy, or one a map with commas between them
    file        its path; empty for presets and for text behind -k
    places      where things stand in a YAML file: (key, line, column), and items of `kernels` and
                `aliases` by their number, as "kernels.0"
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
    places: tuple[tuple[str, int, int], ...] = ()


def files_in(folder: str) -> list[str]:
    """The paths of a folder's kernel files, by name: regular files, none of them hidden.

    Raises OSError for what is no folder, or can't be read. (A pipe would be read for ever.)
    """
    names = [name for name in sorted(os.listdir(folder)) if not name.startswith(".")]
    paths = [os.path.join(folder, name) for name in names if has_suffix(name)]
    return [path for path in paths if os.path.isfile(path)]


def has_suffix(name: str) -> bool:
    """Whether a name ends as a kernel file's does, in letters of either case."""
    _, dot, suffix = name.rpartition(".")
    return bool(dot) and suffix.lower() in SUFFIXES


def stem_of(path: str) -> str:
    """The file's name without folder and suffix: the kernel's name."""
    return os.path.splitext(os.path.basename(path))[0]
