"""What is imported, and when: a filled cache needs no compiler, and `import convfilter` nothing."""

import json
import platform
import sys

import pytest
from processes import output_of

HEAVY = ("numba", "rich", "yaml")
IMPORT_ONLY = ("numpy", "PIL", "numba", "llvmlite", "click", "rich", "yaml", "ctypes")

FILTER = """
import json, sys
import convfilter
import numpy as np
image = np.arange(200, dtype=np.uint8).reshape(2, 100)
pixels = [
    convfilter.correlate(image, [[1, 2, 1]], range_policy="clip"),
    convfilter.correlate(image.astype(np.float32), [[0.5, 0.1]], padding="same"),
    convfilter.convolve(image, np.ones((5, 5)), padding=4, normalize="sum"),
]
from convfilter import native
print(json.dumps({
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
    "sums": [float(p.astype(float).sum()) for p in pixels],
    "loops": [function is not None for function in native._functions.values()],
}))
"""

IMPORT = """
import json, sys
import convfilter
dir(convfilter)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture(scope="module")
def cold_and_warm(tmp_path_factory):
    """What the script says with an empty cache, and with the one that it filled."""
    folder = tmp_path_factory.mktemp("warm") / "cache"
    return [json.loads(output_of(FILTER, CONVFILTER_CACHE_DIR=folder)) for _ in range(2)]


def test_a_warm_start_gives_the_same_results_from_compiled_loops(cold_and_warm):
    cold, warm = cold_and_warm
    assert warm["sums"] == cold["sums"]
    assert warm["loops"] == cold["loops"] == [True] * 3


@pytest.mark.parametrize("module", HEAVY)
def test_a_warm_start_does_not_import(cold_and_warm, module):
    assert module not in cold_and_warm[1]["modules"]


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="code has to be linked here"
)
def test_a_warm_start_needs_no_linker(cold_and_warm):
    assert "llvmlite" not in cold_and_warm[1]["modules"]


def test_a_cold_start_imports_the_compiler(cold_and_warm):
    """What makes its absence from a warm start a proof."""
    assert "numba" in cold_and_warm[0]["modules"]


@pytest.fixture(scope="module")
def imported_alone():
    """What `import convfilter` imports beyond what an interpreter has anyway."""
    bare = set(json.loads(output_of(IMPORT.replace("convfilter", "json"))))
    return set(json.loads(output_of(IMPORT))) - bare


def test_the_package_alone_is_imported(imported_alone):
    assert "convfilter" in imported_alone


@pytest.mark.parametrize("module", IMPORT_ONLY)
def test_the_package_alone_does_not_import(imported_alone, module):
    assert module not in imported_alone
