"""The presets: kernels/*.yaml, found in the installed package or in the checkout.

Parsing all of them takes yaml and 30 ms, so what they say is kept in the cache folder, named by a
hash of all files. The working folder is never searched: a name means the same everywhere.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from convfilter.core.kernel import Kernel
from convfilter.errors import ConvfilterError, UnknownKernel
from convfilter.native import cache as store
from convfilter.presets.kernel_file import kernel_of, read_yaml
from convfilter.presets.numbers import KernelText

FORMAT = "presets 1"


@cache
def folder() -> Path:
    """Where the preset files are: in the package (a wheel), else beside it (a checkout)."""
    package = Path(__file__).resolve().parents[1]
    if (inside := package / "kernels").is_dir():
        return inside
    project = package.parent / "pyproject.toml"
    with suppress(OSError):
        if 'name = "convfilter"\n' in project.read_text(encoding="utf-8"):
            return package.parent / "kernels"
    raise ConvfilterError(f"the presets are missing: neither {inside} nor a checkout's kernels/")


@cache
def presets() -> dict[str, KernelText]:
    """Every preset by its name, sorted."""
    files = {
        path.name: path.read_text(encoding="utf-8") for path in sorted(folder().glob("*.yaml"))
    }
    key = sha256(json.dumps([FORMAT, files]).encode()).hexdigest()
    path = store.entry_path("presets", key)
    with suppress(OSError):
        if (entry := store.read(path)) is not None:
            return {name: _from_json(fields) for name, fields in json.loads(entry[1]).items()}
    texts = [read_yaml(text, name) for name, text in files.items()]
    found = {text.name: text for text in texts}
    with suppress(OSError):
        content = {name: asdict(text) for name, text in found.items()}
        store.write(path, "presets", json.dumps(content).encode())
    return found


def find(name: str) -> Kernel:
    """The preset of a name or alias; raises UnknownKernel with the nearest one."""
    known = presets()
    if name in known:
        return kernel_of(known[name])
    for text in known.values():
        if name in text.aliases:
            return kernel_of(text)
    from convfilter.core.spec import nearest

    words = [*known, *(alias for text in known.values() for alias in text.aliases)]
    hint = nearest(name, words)
    raise UnknownKernel(
        f"no kernel named {name!r}{hint or ';'} 'convfilter kernels list' shows all {len(known)}"
    )


def _from_json(fields: dict[str, Any]) -> KernelText:
    lists: Any = {k: tuple(v) for k, v in fields.items() if isinstance(v, list)}
    return KernelText(**(fields | lists))
