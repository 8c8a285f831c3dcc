"""The import table: who may import whom, and the one address of each heavy package."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "convfilter"

# Each layer may import those below it. `errors` is everybody's.
LAYERS = ["cli", "report", "gallery", "animation", "explanation", "batch"]
LAYERS += ["pipeline", "sequence", "strips", "comparison", "differences", "filtering", "output"]
LAYERS += ["job", "light", "parts", "mask", "alpha_trace", "alpha"]
LAYERS += ["dask", "presets", "images", "core", "native"]
FORBIDDEN = {("presets", "images"), ("images", "core"), ("images", "native")}
HEAVY = {
    "numba": {"native/compile.py"},
    "llvmlite": {"native/compile.py", "native/link.py"},
    "ctypes": {"native/load.py", "images/memory.py"},
    "yaml": {"presets/yaml_tree.py"},
    "PIL": {"images/*", "images/*/*"},
    "imagecodecs": {"images/deep/png.py", "images/deep/tiff_write.py"},
    "tifffile": {"images/deep/tiff.py"},
    "zarr": {"images/zarr_store.py"},
    "rich": {"report/*"},
    "textual_image": {"report/preview.py"},
    "click": {"cli/*", "report/*"},
    "platformdirs": {"native/cache.py", "presets/lookup.py", "batch/manifest.py"},
    "fsspec": {"images/remote.py"},
    "dask": {"dask.py", "batch/cluster/connect.py"},
    "distributed": {f"batch/cluster/{name}.py" for name in ("connect", "run", "worker")},
}
# Modules that `--help`, or the start of every command, needs: nothing heavy at their top.
LIGHT = [
    "__init__.py",
    "__main__.py",
    "early.py",
    "signals.py",
    "errors.py",
    "core/words.py",
    "core/geometry.py",
    "job.py",
    "pipeline.py",
    "cli/main.py",
]


def sources():
    return sorted(ROOT.rglob("*.py"))


def layer_of(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "convfilter"


def imports(path, *, at_top=False):
    """Every module that a file imports, those under TYPE_CHECKING left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(node)
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and getattr(test.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(test)
    }
    for node in tree.body if at_top else ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_in_one_direction(path):
    layer = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if layer not in LAYERS:
        return
    for module in imports(path):
        if not module.startswith("convfilter."):
            continue
        target = layer_of(module)
        if target not in LAYERS:
            continue
        assert LAYERS.index(target) >= LAYERS.index(layer), (
            f"{path.relative_to(ROOT)} imports {module}: {layer} may not import {target}"
        )
        assert (layer, target) not in FORBIDDEN, f"{layer} imports {target}: they are siblings"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_packages_have_one_address(path):
    here = path.relative_to(ROOT)
    for module in imports(path):
        package = module.split(".")[0]
        allowed = HEAVY.get(package)
        assert allowed is None or any(here.match(place) for place in allowed), (
            f"{here} imports {package}: only {', '.join(sorted(allowed))} may"
        )


@pytest.mark.parametrize("name", LIGHT)
def test_what_every_start_needs_is_light(name):
    heavy = {"numpy", "PIL", "numba", "llvmlite", "rich", "yaml"}
    tops = {module.split(".")[0] for module in imports(ROOT / name, at_top=True)}
    assert not tops & heavy, f"{name} imports {tops & heavy} at its top"


def test_errors_import_nothing():
    assert list(imports(ROOT / "errors.py")) == []
