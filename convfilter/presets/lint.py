"""What is wrong with a kernel file, or looks like a slip, each with its place."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.kernel import Kernel, plain_number
from convfilter.core.properties import planes_of
from convfilter.errors import ConvfilterError
from convfilter.presets.build import kernel_of, read_members
from convfilter.presets.definition import LARGEST_FILE, files_in, stem_of
from convfilter.presets.kernel_file import examine_file, read_file
from convfilter.presets.lookup import canonical_name
from convfilter.presets.numbers import shortened
from convfilter.presets.registry import folder, look_up
from convfilter.presets.spec_text import can_be_typed, is_name

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
    """The file itself, or the kernel files of a folder: without arrays that can be no kernel."""
    if not os.path.isdir(path):
        return [path]
    return [file for file in files_in(path) if not _is_other_array(file)]


def _is_other_array(path: str) -> bool:
    """Whether a .npy file holds something else than a kernel, by its size or its levels."""
    if not path.lower().endswith(".npy"):
        return False
    if os.path.getsize(path) > LARGEST_FILE:
        return True
    try:
        return not 2 <= np.load(path, mmap_mode="r", allow_pickle=False).ndim <= 4
    except Exception:  # noqa: BLE001 - numpy's parser raises whatever bad bytes lead to
        return False  # what is wrong with it is worth telling


def check_file(path: str) -> list[Finding]:
    """All findings on one kernel file, in their order there."""
    try:
        if path.lower().endswith(".npy"):
            kernel = read_file(path)
            found = _about(kernel, path, {}) if isinstance(kernel, Kernel) else []
            return _about_names(path, (), {}) + found
        return _check_text(path)
    except ConvfilterError as error:
        return [_finding(path, error)]


def _check_text(path: str) -> list[Finding]:
    text, faults = examine_file(path)
    places = {key: f"{path}:{line}:{column}" for key, line, column in text.places}
    _, more = read_members(text)
    found = [_finding(path, fault) for fault in (*faults, *more)]
    found += _about_names(path, text.aliases, places)
    if not more and (text.weights or text.formula or text.combine):
        try:
            found += _about(kernel_of(text), path, places)
        except ConvfilterError as error:
            found.append(_finding(path, error))
    for key in ("description", "source") if places and not faults else ():
        if key not in places:
            found.append(Finding(f"{path}:1:1", f"{key!r} is missing", note=True))
    return sorted(found, key=lambda finding: _line_and_column(finding.place))


def _line_and_column(place: str) -> tuple[int, int]:
    match = re.search(r":(\d+):(\d+)$", place)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _finding(path: str, error: ConvfilterError) -> Finding:
    """What an error says, apart from the place that it begins with."""
    match = re.match(r"((?::\d+:\d+)?): (.*)", str(error).removeprefix(path), re.DOTALL)
    return Finding(path + match[1], match[2]) if match else Finding(path, str(error))


def _about_names(path: str, aliases: tuple[str, ...], places: dict[str, str]) -> list[Finding]:
    """Notes on a name or alias that will not do by itself behind -k."""
    name = stem_of(path)
    words = {name: f"{path}:1:1"}
    words |= {word: places.get(f"aliases.{n}", f"{path}:1:1") for n, word in enumerate(aliases)}
    found = []
    for word, place in words.items():
        preset = look_up(canonical_name(word))
        if not can_be_typed(word):
            if word == name or is_name(word):  # else it is a fault, told by who read the file
                said = "can't be typed as a name: -k takes the file's path alone"
                found.append(Finding(place, f"{shortened(word)!r} {said}", note=True))
        elif preset is not None and not _is_file_of(preset.name, path):
            said = f"is a preset's name too: it will have to be written preset/{word} or as a path"
            found.append(Finding(place, f"{word!r} {said}", note=True))
    return found


def _is_file_of(preset: str, path: str) -> bool:
    own = os.path.join(folder(), f"{preset}.yaml")
    return os.path.realpath(path) == os.path.realpath(own)


def _about(kernel: Kernel, path: str, places: dict[str, str]) -> list[Finding]:
    """What the numbers themselves tell."""

    def at(*keys: str) -> str:
        return next((places[key] for key in keys if key in places), f"{path}:1:1")

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
