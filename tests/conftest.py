"""For all tests: helpers beside this file can be imported, random examples never change."""

import os
import tempfile

from hypothesis import settings

# Kernels of whoever runs the tests are none of theirs.
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="convfilter-tests-")
os.environ.pop("CONVFILTER_KERNEL_PATH", None)

settings.register_profile(
    "convfilter", derandomize=True, deadline=None, database=None, max_examples=60
)
settings.load_profile("convfilter")
