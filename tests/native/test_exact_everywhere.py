"""`exact`: the same bytes with any number of threads and on a processor without vectors of note."""

import platform

import pytest
from processes import output_of

# The processor is set before anything is compiled; the cache folder is the child's own.
FILTER = """
import hashlib, sys
from convfilter.native import link
if len(sys.argv) > 1:
    link.host = lambda: (sys.argv[1], "")
import numpy as np
import convfilter
from convfilter import native
from convfilter.core import bands
from pictures import noise

bands.LEAST_THREADED_PRODUCTS, bands.BAND_PRODUCTS = 0, 40_000
choose = np.random.default_rng(3)
bell = np.exp(-((np.arange(15) - 7) ** 2) / 8)
kernels = [choose.normal(size=(n, n)) / n for n in (3, 5, 15)]
kernels += [np.outer(bell, bell) / bell.sum() ** 2, np.ones((5, 5)) / 7, choose.normal(size=(2, 3, 3, 3))]
for dtype in ("uint8", "uint16", "float32", "float64"):
    image = noise((61, 150, 3), dtype)
    image = image / np.array(3, dtype) if "float" in dtype else image
    for number, kernel in enumerate(kernels):
        for policy in ("float", "clip"):
            hashes = set()
            for threads in (1, 2, 3):
                options = {"padding": "same", "border": "reflect", "range_policy": policy}
                got = convfilter.correlate(image, kernel, exact=True, threads=threads, **options)
                hashes.add(hashlib.sha256(got.tobytes()).hexdigest())
            assert len(hashes) == 1, f"{dtype}, kernel {number}: the result depends on threads"
            print(dtype, number, policy, got.dtype, *hashes)
assert all(native._functions.values()), "numpy had to do it"
"""


def lines_on(folder, *processor):
    """What the filter prints, compiled for a processor, or for this one."""
    names = {"NUMBA_CPU_NAME": processor[0], "NUMBA_CPU_FEATURES": ""} if processor else {}
    printed = output_of(FILTER, *processor, CONVFILTER_CACHE_DIR=folder, timeout_s=600, **names)
    return printed.splitlines()


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return lines_on(tmp_path_factory.mktemp("here"))


def test_threads_do_not_change_a_byte(here):
    assert len(here) == 4 * 6 * 2
    assert len(set(here)) == len(here)


@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="names processors of x86-64"
)
@pytest.mark.parametrize("processor", ["x86-64", "haswell"])
def test_the_processor_does_not_change_a_byte(processor, here, tmp_path):
    """haswell fuses products with sums, x86-64 has neither that nor AVX."""
    if processor == "haswell":
        from convfilter.native.link import host

        if "+fma" not in host()[1]:
            pytest.skip("needs a processor that can run haswell's code")
    assert lines_on(tmp_path, processor) == here
