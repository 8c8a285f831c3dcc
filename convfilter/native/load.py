"""Object code → a function that ctypes can call, by way of llvmlite's linker. Never numba."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from convfilter.native.loops import PARAMETERS

C_TYPES: dict[str, Any] = {"int64": ctypes.c_int64, "float64": ctypes.c_double}
LOOP_TYPE = ctypes.CFUNCTYPE(
    None, *[C_TYPES.get(kind, ctypes.c_void_p) for kind in PARAMETERS.values()]
)

LoopFunction = Callable[..., None]
_numbers = itertools.count()


@cache
def linker() -> llvm.LLJIT:
    """The process's linker; raises RuntimeError or OSError where code can't be made executable."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.create_lljit_compiler()


def host() -> tuple[str, str]:
    """The processor's name and its feature flags: code for one may not run on another."""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def target_machine() -> llvm.TargetMachine:
    """The code generator for this processor."""
    linker()
    cpu, features = host()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=cpu, features=features, opt=3, reloc="pic", codemodel="small"
    )


def load(symbol: str, code: bytes) -> LoopFunction:
    """The function `symbol` of an object file. Calls let go of the GIL. About 2 ms."""
    builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    library = builder.export_symbol(symbol).link(linker(), f"convfilter-{next(_numbers)}")
    function = LOOP_TYPE(library[symbol])
    function.keep_alive = library  # type: ignore[attr-defined]
    return function
