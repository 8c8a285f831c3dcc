"""Loop → object code. The only module that imports numba, and only when the cache misses."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm

from convfilter.native.loops import PARAMETERS, ROUNDER, Loop, source_of


def compile_loop(loop: Loop, machine: llvm.TargetMachine) -> tuple[str, bytes]:
    """The loop's symbol and its object code for `machine`.

    Takes about 0.3 s, the first one 0.5 s more for numba's import.
    """
    module, symbol = llvm_module(loop)
    return symbol, machine.emit_object(module)


def llvm_module(loop: Loop) -> tuple[llvm.ModuleRef, str]:
    """The loop's optimised LLVM module and the name of its function."""
    import numba

    function = python_function(loop, numba)
    pointer = numba.types.CPointer
    types = {"source": loop.source, "sum": loop.sum, "pixel": loop.pixel}
    signature = []
    for kind in PARAMETERS.values():
        number = getattr(numba, types.get(kind.rstrip("*"), kind.rstrip("*")))
        signature.append(pointer(number) if kind.endswith("*") else number)  # type: ignore[no-untyped-call]
    fastmath = {"contract"} if loop.fused else False
    arguments = numba.void(*signature)
    compile_: Any = numba.cfunc(arguments, error_model="numpy", fastmath=fastmath)
    compiled = compile_(function)
    return llvm.parse_assembly(compiled.inspect_llvm()), compiled.native_name


def python_function(loop: Loop, types: Any) -> Any:
    """The loop as a Python function over the number types of numba, or of numpy to run it as it is."""
    namespace = {
        "Source": getattr(types, loop.source),
        "Sum": getattr(types, loop.sum),
        "Pixel": getattr(types, loop.pixel),
        "Real": getattr(types, loop.real),
        "Int32": types.int32,
        "ROUND": _rounder(loop),
    }
    exec(source_of(loop), namespace)  # noqa: S102 - our own text, from names of a fixed list
    return namespace["loop"]


def _rounder(loop: Loop) -> Any:
    import numpy as np

    return getattr(np, loop.real)(ROUNDER[loop.real])
