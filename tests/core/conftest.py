"""Fewer loops to compile: each takes a second or more, and there are some 600.

For some of the rarer ones numpy stands in, which gives the same. tests/native runs every loop as it is
written, and compiles one of every kind; `make test-slow` compiles all of them here, too.
"""

import os
from zlib import crc32

import pytest

from convfilter import native

# Of the loops for a kind of picture every so many are compiled.
ONE_OF = {"uint8": 2, "uint16": 4, "int16": 4, "int32": 4, "float32": 1, "float64": 1}


def is_compiled(loop):
    """Whether the tests of core compile a loop."""
    usual = (loop.source, loop.sum, loop.kind) == ("uint8", "int16", "whole")
    return usual or bool(loop.combine) or crc32(loop.name.encode()) % ONE_OF[loop.source] == 0


@pytest.fixture(autouse=True)
def _fewer_loops(monkeypatch):
    if os.environ.get("CONVFILTER_TEST_ALL_LOOPS"):
        return
    find = native.find
    monkeypatch.setattr(native, "find", lambda loop: find(loop) if is_compiled(loop) else None)
