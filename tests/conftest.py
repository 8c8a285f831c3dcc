"""For all tests: helpers beside this file can be imported, random examples never change."""

from hypothesis import settings

settings.register_profile(
    "convfilter", derandomize=True, deadline=None, database=None, max_examples=60
)
settings.load_profile("convfilter")
