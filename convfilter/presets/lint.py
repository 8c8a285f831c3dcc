"""What is wrong with a kernel file, or looks like a slip, each with its place."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.kernel import Kernel, plain_number
from convfilter.core.properties import planes_of
from convfilter.errors import ConvfilterError
from convfilter.presets.build import kernel_of
from convfilter.presets.definition import SUFFIXES
from convfilter.presets.kernel_file import read_file, read_text
from convfilter.presets.yaml_kernel import examine_yaml
from convfilter.presets.yaml_tree import Node, parse_yaml

# A sum this near to 0 or 1, and not there, is a slip of a digit.
NEARLY = Fraction(1, 50)


class Finding(NamedTuple):
    """A line of `kernels check`; notes are no faults: what they say can be meant."""

    place: str
    message: str
    note: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {'note: ' if self.note else ''}{self.message}"


def kernel_files(path: str) -> list[str]:
    """The file itself, or the kernel files of a folder."""
    if not os.path.isdir(path):
        return [path]
    names = sorted(os.listdir(path))
    return [os.path.join(path, name) for name in names if name.rpartition(".")[2] in SUFFIXES]


def check_file(path: str) -> list[Finding]:
    """All findings on one kernel file, in the order of its keys."""
    try:
        if path.endswith((".yaml", ".yml")):
            return _check_yaml(path)
        read = read_file(path)
        kernel = read if isinstance(read, Kernel) else kernel_of(read)
        return _about(kernel, path, {})
    except ConvfilterError as error:
        return [_finding(error)]


def _check_yaml(path: str) -> list[Finding]:
    text = read_text(path)
    kernel_text, faults = examine_yaml(text, path, file=path)
    if faults:
        return [_finding(fault) for fault in faults]
    places = {key: value for key, (_, value) in parse_yaml(text, path).value.items()}
    found = _about(kernel_of(kernel_text), path, places)
    for key in ("description", "source"):
        if key not in places:
            found.append(Finding(f"{path}:1:1", f"{key!r} is missing", note=True))
    return found


def _finding(error: ConvfilterError) -> Finding:
    place, _, message = str(error).partition(": ")
    return Finding(place, message)


def _about(kernel: Kernel, path: str, places: dict[str, Node]) -> list[Finding]:
    """What the numbers themselves tell."""

    def at(*keys: str) -> str:
        node = next((places[key] for key in keys if key in places), None)
        return f"{path}:{node.line}:{node.column}" if node else f"{path}:1:1"

    weights = at("weights", "formula", "kernels", "combine")
    found = []
    for index, total in enumerate(kernel.map_sums):
        if slip := _slip(total):
            where = f" of map {index + 1}" if len(kernel.map_sums) > 1 else ""
            found.append(Finding(weights, f"the sum{where} is {slip}"))
    if senseless := _senseless_range(kernel):
        found.append(Finding(at("range"), senseless))
    height, width = kernel.size
    if height % 2 == 0 or width % 2 == 0:
        found.append(
            Finding(
                weights,
                f"{height}×{width} has no middle: the result lies half a pixel off",
                note=True,
            )
        )
    found += [Finding(weights, words, note=True) for words in _empty_rows(kernel)]
    return found


def _slip(total: Fraction | float) -> str:
    """The sum, where it is nearly 0 or 1."""
    for aim in (0, 1):
        distance = abs(Fraction(total) - aim)
        if distance and distance <= NEARLY:
            exact = plain_number(total)
            return f"{exact}, nearly but not {aim}; fractions such as 1/9 are exact"
    return ""


def _senseless_range(kernel: Kernel) -> str:
    policies = kernel.range_policy.split(",")
    sums = kernel.map_sums * (len(policies) if len(kernel.map_sums) == 1 else 1)
    values = kernel.values if kernel.maps and not kernel.members else kernel.values[np.newaxis]
    for policy, total, plane in zip(policies, sums, values, strict=False):
        unsigned = kernel.combine in ("magnitude", "sum-abs")
        if policy == "abs" and (unsigned or (plane >= 0).all()):
            return "range abs: no result is negative, so it does nothing"
        if policy == "offset" and (unsigned or total != 0):
            why = (
                "no result is negative" if unsigned else f"the sum is {plain_number(total)}, not 0"
            )
            return f"range offset moves 0 to the middle of the range, but {why}: half is cut off"
        if kernel.combine == "angle" and policy not in ("auto", "clip", "float"):
            return f"range {policy} makes no sense of a direction: clip or float"
    return ""


def _empty_rows(kernel: Kernel) -> list[str]:
    """Outer rows and columns of zeros, which only make the kernel larger."""
    members = kernel.members or (kernel,)
    planes = np.array([plane for member in members for _, plane in planes_of(member)])
    used: NDArray[np.bool_] = np.abs(planes).max(axis=0) > 0
    if not used.any():
        return ["all weights are 0"]
    if used.sum() == 1:  # an identity has its size for its own reasons
        return []
    sides: dict[str, NDArray[np.bool_]] = {
        "first row": used[0],
        "last row": used[-1],
        "first column": used[:, 0],
        "last column": used[:, -1],
    }
    return [f"the {name} holds zeros only" for name, side in sides.items() if not side.any()]
