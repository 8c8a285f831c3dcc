"""For all tests: helpers beside this file can be imported, random examples never change."""

import gc
import os
import tempfile

import pytest
from hypothesis import settings
from thorough import THOROUGH

# Before numpy is imported. Its threads wait for each other where every core runs a test of its own:
# the tests of fits took 68 s of processor time, with one thread 7 s.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

# Kernels of whoever runs the tests are none of theirs.
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="convfilter-tests-")
os.environ.pop("CONVFILTER_KERNEL_PATH", None)

# The compiler makes millions of objects, few of them in circles: looking for those after every 700
# new ones, as usual, takes 8 % of its time.
gc.set_threshold(100_000, 10, 10)

settings.register_profile(
    "convfilter", derandomize=True, deadline=None, database=None, max_examples=60
)
settings.load_profile("convfilter")

# With tests or fixtures of ten seconds and more: begun first, so that no core waits for one at the end.
LONG = {
    "test_wheel.py", "test_docs.py", "test_site.py", "test_cluster.py",
    "test_exact_everywhere.py", "test_loop_list.py", "test_many_processes.py",
}  # fmt: skip


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """A headless browser, started once: see browser.py."""
    from browser import Chromium, find

    if (program := find()) is None:
        pytest.skip("no Chromium here")
    browser = Chromium(program, tmp_path_factory.mktemp("chromium") / "profile")
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def _fewer_loops(request):
    """Each loop takes a second to be compiled, and tests ask for some 560.

    tests/native runs every loop as it is written, and compiles one of every kind. Batches are compared
    with those of other processes, which know nothing of this.
    """
    if not {"native", "batch"} & set(request.path.parts):
        request.getfixturevalue("fewer_loops")


@pytest.fixture
def fewer_loops(monkeypatch):
    """Numpy stands in for the rarer loops, which gives the same; `make test-slow` compiles all."""
    from loop_list import is_usual

    from convfilter import native

    find = native.find
    if not THOROUGH:
        monkeypatch.setattr(native, "find", lambda loop: find(loop) if is_usual(loop) else None)
