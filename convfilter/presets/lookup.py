"""Kernels by name: the presets, the folders of $CONVFILTER_KERNEL_PATH, the user's own folder.

A name that stands in two places is refused, and the working folder is never searched: a script
means the same everywhere, or says that it doesn't.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress

from convfilter.errors import SpecError, UnknownKernel
from convfilter.presets.definition import LARGEST_FILE, KernelText, files_in, stem_of
from convfilter.presets.registry import look_up, parsed, presets
from convfilter.presets.spec_text import can_be_typed

PATH_VARIABLE = "CONVFILTER_KERNEL_PATH"

# Words that people look for, and what they mean by them here.
LEADS = {
    "edge": "edges",
    "edges": "edges",
    "edge-detect": "edges",
    "find-edges": "edges",
    "canny": "edges",
    "gradient": "edges",
    "mean": "box:size=3 is the mean of 3×3 pixels",
    "average": "box:size=3 is the average of 3×3 pixels",
    "avg": "box:size=3 is the average of 3×3 pixels",
    "box-blur": "box:size=3 is the mean of 3×3 pixels",
    "unsharp-mask": "unsharp:sigma=1,amount=1 is that filter (radius is another name for sigma)",
    "usm": "unsharp:sigma=1,amount=1 is that filter (radius is another name for sigma)",
    "gaussian-blur": "gaussian:sigma=2 is that filter",
    "motion-blur": "motion:length=15,angle=30 is that filter",
    "bokeh": "disk:radius=5 is the blur of a lens",
    "lens-blur": "disk:radius=5 is the blur of a lens",
    "median": "a median is no convolution; smooth, box and gaussian are the nearest",
    "invert": 'a 1×1 kernel does it: -k "[[-1]]" --bias 100%',
}


def find(name: str, *, preset_only: bool = False) -> KernelText:
    """The kernel of a name or alias, in lower case with `-`.

    Raises UnknownKernel with the nearest one, SpecError for a name that stands in two places.
    """
    found = look_up(name)
    others = [] if preset_only else [text for text in own_kernels() if name in names_of(text)]
    if found is not None and not others:
        return found
    places = [f"the preset (preset/{found.name})"] if found else []
    places += [text.file for text in others]
    if len(places) > 1:
        raise SpecError(
            f"{name!r} is the name of {len(places)} kernels: {', '.join(places)}; "
            "write which, as preset/NAME or by its path"
        )
    if not places:
        raise UnknownKernel(_unknown(name, preset_only=preset_only))
    return others[0]


def names_of(text: KernelText) -> tuple[str, ...]:
    """A kernel's name and aliases, as they are compared; those that can stand behind -k."""
    return tuple(filter(can_be_typed, (canonical_name(text.name), *text.aliases)))


def canonical_name(name: str) -> str:
    """A name as it is compared.

    >>> canonical_name("Sobel_X")
    'sobel-x'
    """
    return name.strip().lower().replace("_", "-")


def is_known(name: str) -> bool:
    """Whether there is a kernel of that name or alias, in one place or several."""
    return look_up(name) is not None or any(name in names_of(text) for text in own_kernels())


def own_kernels() -> list[KernelText]:
    """The kernels in the user's folders, in order; tables and files at fault only by their names.

    A kernel whose file has a name that can't stand behind -k is called by its path, which can.
    """
    found: list[KernelText] = []
    yaml: dict[str, str] = {}
    for path in _own_files():
        if path.lower().endswith((".yaml", ".yml")) and (text := _content(path)):
            yaml[path] = text
        else:
            found.append(KernelText(stem_of(path), file=path))
    if yaml:
        for path, read in zip(yaml, parsed("own", yaml), strict=True):
            stub = KernelText(stem_of(path), file=path)
            found.append(read if isinstance(read, KernelText) else stub)
    return [text if can_be_typed(text.name) else text._replace(name=text.file) for text in found]


def kernel_folders() -> list[str]:
    """Where kernels are looked for by name, beside the presets; some may not exist."""
    given = os.environ.get(PATH_VARIABLE, "").split(os.pathsep)
    return [*(os.path.abspath(path) for path in given if path), *filter(None, [user_folder()])]


def user_folder() -> str:
    """The user's own kernels: the platform's folder for settings; '' where the user has no home."""
    if sys.platform == "linux":  # what platformdirs says there, without its import (4 ms)
        base = os.environ.get("XDG_CONFIG_HOME", "")
        base = base if os.path.isabs(base) else os.path.expanduser("~/.config")
        return os.path.join(base, "convfilter", "kernels") if os.path.isabs(base) else ""
    from platformdirs import user_config_dir

    return os.path.join(user_config_dir("convfilter", appauthor=False, roaming=True), "kernels")


def _own_files() -> list[str]:
    """Kernel files in the user's folders; a folder that stands there twice counts once."""
    files: dict[str, None] = {}
    for folder in kernel_folders():
        with suppress(OSError):
            files |= dict.fromkeys(files_in(os.path.realpath(folder)))
    return list(files)


def _content(path: str) -> str:
    """A file's text; '' where it can't be had, which is told when the kernel is used."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read(LARGEST_FILE + 1)
    except (OSError, UnicodeDecodeError):
        return ""
    return text if len(text) <= LARGEST_FILE else ""


def lead_for(name: str) -> str:
    """What a word means here that many people look for; empty for others."""
    lead = LEADS.get(name, "")
    if lead == "edges":
        known = [*presets().values(), *own_kernels()]
        words = ", ".join(text.name for text in known if "edges" in text.tags and text.combine)
        return f"{words} find edges in every direction; 'convfilter kernels list --tag edges' shows all"
    if re.fullmatch(r"(gaussian|binomial)-\d+", name):
        size = int(name.rpartition("-")[2])
        return (
            "gaussian-3, -5 and -7 are there; gaussian:sigma=2 or "
            f"gaussian:sigma=2,size={size + 1 - size % 2} take any"
        )
    if re.fullmatch(r"(box|mean|blur)-\d+", name):
        return f"box:size={name.rpartition('-')[2]} is the mean of that many pixels"
    return lead


def _unknown(name: str, *, preset_only: bool) -> str:
    from convfilter.core.spec import nearest

    if lead := lead_for(name):
        return f"no kernel named {name!r}; {lead}"
    known = list(presets().values())
    if not preset_only:
        known += own_kernels()
    hint = nearest(name, [word for text in known for word in names_of(text)])
    return f"no kernel named {name!r}{hint or ';'} 'convfilter kernels list' shows all {len(known)}"
