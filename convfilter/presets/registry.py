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

from convfilter.core.kernel import Kernel
from convfilter.errors import ConvfilterError, UnknownKernel
from convfilter.native import cache as store
from convfilter.presets.numbers import KernelText, kernel_of

FORMAT = "presets 1"


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
    files = _preset_files()
    key = f"{FORMAT} {sys.implementation.cache_tag}\n" + "\0".join(map("\0".join, files.items()))
    with suppress(OSError):
        if (entry := store.read("presets", key)) is not None:
            found = marshal.loads(entry[1])  # noqa: S302 - read as safely as code is
            return {fields[0]: KernelText(*fields) for fields in found}
    from convfilter.presets.kernel_file import read_yaml

    texts = [read_yaml(text, name) for name, text in files.items()]
    with suppress(OSError):
        store.write("presets", key, "", marshal.dumps([tuple(text) for text in texts]))
    return {text.name: text for text in texts}


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


def find(name: str) -> Kernel:
    """The preset of a name or alias; raises UnknownKernel with the nearest one."""
    if (text := look_up(name)) is not None:
        return kernel_of(text)
    from convfilter.core.spec import nearest

    known = presets()
    words = [*known, *(alias for text in known.values() for alias in text.aliases)]
    hint = nearest(name, words)
    raise UnknownKernel(
        f"no kernel named {name!r}{hint or ';'} 'convfilter kernels list' shows all {len(known)}"
    )
