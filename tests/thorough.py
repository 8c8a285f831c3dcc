"""What `make test` does a part of, and `make test-slow` all: that sets CONVFILTER_TEST_ALL_LOOPS.

A loop takes about a second to be compiled, and the sweep has nearly half a million cases.
"""

import os

THOROUGH = bool(os.environ.get("CONVFILTER_TEST_ALL_LOOPS"))


def part(items, every, turn=0):
    """Every so many of the items, beginning with number `turn`; in thorough runs all of them."""
    return items if THOROUGH else items[turn::every]
