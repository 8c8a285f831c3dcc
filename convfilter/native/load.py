"""Code → a function that ctypes can call. Never numba; llvmlite only where code has to be linked."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable
from typing import Any

from convfilter.native.loops import PARAMETERS

C_TYPES: dict[str, Any] = {"int64": ctypes.c_int64, "float64": ctypes.c_double}
LOOP_TYPE = ctypes.CFUNCTYPE(
    None, *[C_TYPES.get(kind, ctypes.c_void_p) for kind in PARAMETERS.values()]
)

# What stands in an entry's name field when its code needs no linking: FLAT and the first
# instruction's place.
FLAT = "flat+"

LoopFunction = Callable[..., None]


def load(symbol: str, code: bytes) -> LoopFunction:
    """The function in an entry of the cache; calls let go of the GIL.

    Raises OSError where memory can't be made executable.
    """
    if not symbol.startswith(FLAT):
        from convfilter.native.link import link

        address, owner = link(symbol, code)
    else:
        memory = executable(code)
        address, owner = ctypes.addressof(memory) + int(symbol[len(FLAT) :]), memory
    function = LOOP_TYPE(address)
    function.owner = owner  # type: ignore[attr-defined]
    return function


def executable(code: bytes) -> ctypes.Array[ctypes.c_char]:
    """A copy of the code in memory of its own, first written, then executable, never both."""
    pages = mmap.mmap(-1, len(code))
    pages[:] = code
    memory = (ctypes.c_char * len(code)).from_buffer(pages)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    if libc.mprotect(ctypes.addressof(memory), len(code), mmap.PROT_READ | mmap.PROT_EXEC):
        raise OSError(ctypes.get_errno(), "memory can't be made executable")
    return memory
