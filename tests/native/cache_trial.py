"""A loop whose cache entry is put to the test, and a false entry that must never be run."""

import llvmlite.binding as llvm
import numpy as np
from pictures import assert_same, noise

import convfilter
from convfilter import native
from convfilter.native import cache
from convfilter.native.load import target_machine
from convfilter.native.loops import PARAMETERS, Loop

LOOP = Loop(1, "uint8", "int16", "uint8", "whole")
IMAGE = noise((5, 40)) | 1
TWICE = np.minimum(IMAGE.astype(int) * 2, 255)


def entry():
    """The file of LOOP's entry."""
    return cache.entry_path(LOOP.name, native.key_of(LOOP))


def filtered():
    """An image filtered with LOOP; zeros if the loop does nothing."""
    out = np.zeros_like(IMAGE)
    return convfilter.correlate(IMAGE, [[2]], range_policy="clip", out=out)


def assert_right():
    """The result is that of LOOP, compiled, and not of anything else."""
    assert_same(filtered(), TWICE)
    assert native._functions[LOOP] is not None


def write_false_entry(path):
    """A whole entry with code that does nothing at all, so that whoever runs it can be told."""
    types = ("double" if kind == "float64" else "i64" for kind in PARAMETERS.values())
    text = f"define void @nothing({', '.join(types)}) {{\n ret void\n}}"
    cache.write(path, "nothing", target_machine().emit_object(llvm.parse_assembly(text)))
