"""Loop → object code. The only module that imports numba, and only when the cache misses."""

from __future__ import annotations

from math import sqrt
from typing import Any

import llvmlite.binding as llvm

from convfilter.native.loops import (
    PARAMETERS,
    ROUNDER,
    Loop,
    source_of,
    tile_width,
    tiles_of,
)


def compile_loop(loop: Loop, machine: llvm.TargetMachine) -> tuple[str, bytes]:
    """The loop's symbol and its object code for `machine`.

    Takes about 0.3 s, the first one 0.5 s more for numba's import.
    """
    module, symbol = llvm_module(loop)
    return symbol, machine.emit_object(module)


def llvm_module(loop: Loop) -> tuple[llvm.ModuleRef, str]:
    """The loop's optimised LLVM module and the name of its function."""
    import numba

    rooms = {n: _room(n * tile_width(loop, n), getattr(numba, loop.acc)) for n in tiles_of(loop)}
    function = python_function(loop, numba, rooms, _four_pixels())
    pointer = numba.types.CPointer
    types = {name: getattr(loop, name) for name in ("source", "line", "acc", "sum", "pixel")}
    signature = []
    for kind in PARAMETERS.values():
        number = getattr(numba, types.get(kind.rstrip("*"), kind.rstrip("*")))
        signature.append(pointer(number) if kind.endswith("*") else number)  # type: ignore[no-untyped-call]
    fastmath: Any = {"contract"} if loop.fused else False
    if loop.finite:
        fastmath = {"contract", "nnan"}
    arguments = numba.void(*signature)
    compile_: Any = numba.cfunc(arguments, error_model="numpy", fastmath=fastmath)
    compiled = compile_(function)
    return llvm.parse_assembly(compiled.inspect_llvm()), compiled.native_name


def python_function(
    loop: Loop, types: Any, rooms: dict[int, Any], four_pixels: Any, root: Any = sqrt
) -> Any:
    """The loop as a Python function over the number types of numba, or of numpy to run it as it is.

    rooms  for every tile of the loop, by its rows, a function that makes room for it
    four_pixels  a function of (to, at, from, at) that puts four pixels of three numbers, side by side in
           `from`, where they lie four apart, and leaves the fourth numbers as they are; it may read
           sixteen numbers
    root   the square root of these numbers
    """
    namespace = {
        "four_pixels": four_pixels,
        "Line": getattr(types, loop.line),
        "Acc": getattr(types, loop.acc),
        "Sum": getattr(types, loop.sum),
        "Pixel": getattr(types, loop.pixel),
        "Real": getattr(types, loop.real),
        "Int32": types.int32,
        "Unsigned": types.uint16,
        "Wide": types.uint32,
        "ROUND": _rounder(loop),
        "Root": root,
    }
    namespace |= {f"room_{rows}": room for rows, room in rooms.items()}
    exec(source_of(loop), namespace)  # noqa: S102 - our own text, from names of a fixed list
    return namespace["loop"]


def _room(count: int, number: Any) -> Any:
    """A function for compiled code that makes room for `count` numbers on the stack.

    The compiler keeps them in registers, because it sees that no pointer leads there.
    """
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    def room(_context: Any) -> tuple[Any, Any]:
        def code(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
            kind = context.get_data_type(number)
            with builder.goto_entry_block():
                memory = builder.alloca(ir.ArrayType(kind, count))
                memory.align = 64
            return builder.bitcast(memory, kind.as_pointer())

        return types.CPointer(number)(), code  # type: ignore[no-untyped-call]

    return intrinsic(room)


def _four_pixels() -> Any:
    """One shuffle and two vectors in the compiled code; numbers one by one take three times as long."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    places = [
        16 + 4 * pixel + 3 if number == 3 else 3 * pixel + number
        for pixel in range(4)
        for number in range(4)
    ]
    int32 = ir.IntType(32)
    mask = ir.Constant(ir.VectorType(int32, 16), [ir.Constant(int32, place) for place in places])

    def four_pixels(_context: Any, to: Any, at: Any, source: Any, start: Any) -> tuple[Any, Any]:
        def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            to, at, source, start = arguments
            number = to.type.pointee
            sixteen = ir.VectorType(number, 16).as_pointer()
            into = builder.bitcast(builder.gep(to, [at]), sixteen)
            taken = builder.bitcast(builder.gep(source, [start]), sixteen)
            near = context.get_abi_sizeof(number)  # numbers lie at multiples of their own size
            old, new = (builder.load(place, align=near) for place in (into, taken))
            builder.store(builder.shuffle_vector(new, old, mask), into, align=near)

        return types.void(to, at, source, start), code

    return intrinsic(four_pixels)


def _rounder(loop: Loop) -> Any:
    import numpy as np

    return getattr(np, loop.real)(ROUNDER[loop.real])
