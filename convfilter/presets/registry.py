"""The presets: kernels/*.yaml, found in the installed package or in the checkout.

Parsing all of them takes yaml and 30 ms, so what they say is kept in the cache folder, together with
all the files' text. The working folder is never searched: a name means the same everywhere.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from functools import cache
from typing import Any

from convfilter.errors import ConvfilterError, KernelError
from convfilter.native import cache as store
from convfilter.presets.definition import KernelText

FORMAT = "kernels 3"


@cache
def folder() -> str:
    """Where the preset files are: in the package (a wheel), else beside it (a checkout)."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "kernels")
    if os.path.isdir(inside):
        return inside
    checkout = os.path.dirname(package)
    with (
        suppress(OSError),
        open(os.path.join(checkout, "pyproject.toml"), encoding="utf-8") as file,
    ):
        if 'name = "convfilter"\n' in file.read():
            return os.path.join(checkout, "kernels")
    raise ConvfilterError(f"the presets are missing: neither {inside} nor a checkout's kernels/")


@cache
def presets() -> dict[str, KernelText]:
    """Every preset by its name, sorted."""
    found = {}
    for text in parsed("presets", _preset_files()):
        if isinstance(text, ConvfilterError):
            raise text
        found[text.name] = text
    return found


def parsed(store_name: str, files: dict[str, str]) -> list[KernelText | ConvfilterError]:
    """What YAML files say, or what is wrong with each: path → text; kept in the cache.

    A path without a folder is a preset's: its kernel has no file to tell of.
    """
    key = f"{FORMAT} {sys.implementation.cache_tag}\n" + "\0".join(map("\0".join, files.items()))
    with suppress(OSError):
        if (entry := store.read(store_name, key)) is not None:
            found = marshal.loads(entry[1])  # noqa: S302 - read as safely as code is
            return [_kept(fields) for fields in found]
    texts = [_read(text, path) for path, text in files.items()]
    kept = [str(text) if isinstance(text, ConvfilterError) else tuple(text) for text in texts]
    with suppress(OSError):
        store.write(store_name, key, "", marshal.dumps(kept))
    return texts


def _kept(fields: Any) -> KernelText | ConvfilterError:
    return KernelError(fields) if isinstance(fields, str) else KernelText(*fields)


def _read(text: str, path: str) -> KernelText | ConvfilterError:
    from convfilter.presets import yaml_kernel

    try:
        return yaml_kernel.read_yaml(text, path, file=path if os.path.dirname(path) else "")
    except KernelError as error:
        return error


def _preset_files() -> dict[str, str]:
    found = {}
    names = [name for name in os.listdir(folder()) if name.endswith(".yaml")]
    for name in sorted(names, key=lambda name: name.removesuffix(".yaml")):
        with open(os.path.join(folder(), name), encoding="utf-8") as file:
            found[name] = file.read()
    return found


def look_up(name: str) -> KernelText | None:
    """The preset of a name or alias."""
    known = presets()
    aliased = (text for text in known.values() if name in text.aliases)
    return known.get(name) or next(aliased, None)
