"""A loop whose cache entry is put to the test, and a false entry that must never be run."""

from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
from pictures import assert_same, noise

import convfilter
from convfilter import native
from convfilter.native import cache
from convfilter.native.link import target_machine
from convfilter.native.loops import PARAMETERS, Loop

LOOP = Loop("few1", "uint8", "int16", "int16", "uint8", "whole")
IMAGE = noise((5, 40)) | 1
TWICE = np.minimum(IMAGE.astype(int) * 2, 255)


def entry(loop=LOOP):
    """The file of a loop's entry."""
    return Path(cache.entry_path(loop.name, native.key_of(loop)))


def read_entry(loop=LOOP):
    """A loop's symbol and code as the cache has them."""
    return cache.read(loop.name, native.key_of(loop))


def write_entry(symbol, code, loop=LOOP):
    """Puts something else in their place."""
    cache.write(loop.name, native.key_of(loop), symbol, code)


def write_false_entry():
    """A whole entry with code that does nothing at all, so that whoever runs it can be told."""
    types = ("double" if kind == "float64" else "i64" for kind in PARAMETERS.values())
    text = f"define void @nothing({', '.join(types)}) {{\n ret void\n}}"
    write_entry("nothing", target_machine().emit_object(llvm.parse_assembly(text)))


def entry_names():
    """The files of all entries, as the cache lists them."""
    return list(cache.entries())


def filtered():
    """An image filtered with LOOP; zeros if the loop does nothing."""
    out = np.zeros_like(IMAGE)
    return convfilter.correlate(IMAGE, [[2]], range_policy="clip", out=out)


def assert_right():
    """The result is that of LOOP, compiled, and not of anything else."""
    assert_same(filtered(), TWICE)
    assert native._functions[LOOP] is not None
