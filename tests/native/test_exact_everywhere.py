"""`exact`: the same bytes with any number of threads and on a processor without vectors of note."""

import platform
from itertools import product

import pytest
from processes import output_of
from thorough import part

# The processor is set before anything is compiled; code for another one goes into a folder of its own.
FILTER = """
import hashlib, sys
from convfilter.native import link
if len(sys.argv) > 2:
    link.host = lambda: (sys.argv[2], "")
import numpy as np
import convfilter
from convfilter import native
from convfilter.core import bands
from pictures import noise
from test_exact_everywhere import policies_for

bands.LEAST_THREADED_PRODUCTS, bands.BAND_PRODUCTS = 0, 40_000
choose = np.random.default_rng(3)
bell = np.exp(-((np.arange(15) - 7) ** 2) / 8)
kernels = [choose.normal(size=(n, n)) / n for n in (3, 5, 15)]
kernels += [np.outer(bell, bell) / bell.sum() ** 2, np.ones((5, 5)) / 7, choose.normal(size=(2, 3, 3, 3))]
for dtype in sys.argv[1].split():
    image = noise((61, 150, 3), dtype)
    image = image / np.array(3, dtype) if "float" in dtype else image
    for number, kernel in enumerate(kernels):
        for policy in policies_for(dtype, number):
            hashes = set()
            for threads in (1, 2, 3):
                options = {"padding": "same", "border": "reflect", "range_policy": policy}
                got = convfilter.correlate(image, kernel, exact=True, threads=threads, **options)
                hashes.add(hashlib.sha256(got.tobytes()).hexdigest())
            assert len(hashes) == 1, f"{dtype}, kernel {number}: the result depends on threads"
            print(dtype, number, policy, got.dtype, *hashes)
assert all(native._functions.values()), "numpy had to do it"
"""


DTYPES = ("uint8", "uint16", "float32", "float64")
# Loops are compiled anew for every processor: half of the dtypes for each, all in thorough runs.
DTYPES_ON = {"x86-64": part(DTYPES, every=2), "haswell": part(DTYPES, every=2, turn=1)}


def policies_for(dtype, number):
    """Likewise half of the ends that a sum can have: one for few taps, the other for many."""
    return part(("float", "clip"), every=2, turn=(DTYPES.index(dtype) + (number > 0)) % 2)


def lines_on(*processor, dtypes=DTYPES, **environment):
    """What the filter prints, compiled for a processor, or for this one."""
    if processor:
        environment |= {"NUMBA_CPU_NAME": processor[0], "NUMBA_CPU_FEATURES": ""}
    printed = output_of(FILTER, " ".join(dtypes), *processor, timeout_s=600, **environment)
    return printed.splitlines()


@pytest.fixture(scope="module")
def here():
    return lines_on()


def test_threads_do_not_change_a_byte(here):
    assert len(here) == sum(len(policies_for(*each)) for each in product(DTYPES, range(6)))
    assert len(set(here)) == len(here)


@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="names processors of x86-64"
)
@pytest.mark.parametrize("processor", DTYPES_ON)
def test_the_processor_does_not_change_a_byte(processor, here, tmp_path):
    """haswell fuses products with sums, x86-64 has neither that nor AVX."""
    if processor == "haswell":
        from convfilter.native.link import host

        if "+fma" not in host()[1]:
            pytest.skip("needs a processor that can run haswell's code")
    dtypes = DTYPES_ON[processor]
    lines = lines_on(processor, dtypes=dtypes, CONVFILTER_CACHE_DIR=tmp_path)
    assert lines == [line for line in here if line.split()[0] in dtypes]
    assert {line.split()[0] for line in lines} == set(dtypes)
