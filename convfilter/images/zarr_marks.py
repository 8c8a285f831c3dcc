"""How a Zarr array is known from outside: it is a folder, with a file in it that says so."""

from __future__ import annotations

import json
import os
from contextlib import suppress

from convfilter.images.formats import ZARR, suffix_of

# Version 3 says in its file which it is.
VERSION_3 = "zarr.json"
VERSION_2 = {".zarray": "array", ".zgroup": "group"}


def is_zarr(path: str) -> bool:
    """Whether a path is meant as a Zarr array: by its suffix, or by what lies in the folder."""
    if suffix_of(path) in ZARR.suffixes:
        return True
    marks = VERSION_3, *VERSION_2
    return os.path.isdir(path) and any(os.path.isfile(os.path.join(path, mark)) for mark in marks)


def kind_of(path: str) -> str:
    """'array', or 'group' of several, by what a folder says of itself; '' for anything else."""
    for mark, kind in VERSION_2.items():
        if os.path.isfile(os.path.join(path, mark)):
            return kind
    with suppress(OSError, ValueError), open(os.path.join(path, VERSION_3), "rb") as file:
        told = json.load(file)
        return str(told.get("node_type", "")) if isinstance(told, dict) else ""
    return ""


def without_slash(path: str) -> str:
    """A path without the slash that completion puts behind an array's name, which means no folder."""
    bare = path.rstrip("/" + os.sep)
    return bare if suffix_of(bare) in ZARR.suffixes else path
