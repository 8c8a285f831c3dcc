"""Fewer loops to compile: each takes about a second, and the tests of core ask for some 560.

tests/native runs every loop as it is written, and compiles one of every kind.
"""

import pytest


@pytest.fixture(autouse=True)
def _fewer_loops(fewer_loops):
    pass
