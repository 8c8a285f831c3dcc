"""For all tests: this folder's helpers can be imported, and random examples are the same every time."""

from hypothesis import settings

settings.register_profile(
    "convfilter", derandomize=True, deadline=None, database=None, max_examples=60
)
settings.load_profile("convfilter")
