"""Halide: a program for one kernel, scheduled by hand. The line to be near to, not a competitor.

A picture's row is a flat run of W·C numbers, a tap at (i, j) the offset j·C in row i: no border,
whole vectors. Dense kernels: all taps in one loop. Factors: one row of vertical sums, which stays
in L1, then the horizontal ones; mirrored taps are added first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from cases import Case, vector, weights
from numpy.typing import NDArray
from rivals import Call, Rival

if TYPE_CHECKING:
    import halide as hl

ROWS = 32  # of one piece of work: 16 … 64 take the same time


def prepare(case: Case, image: NDArray[Any]) -> Call:
    return scheduled(case, image, weights(case) if case.kind == "dense" else None)


def scheduled(case: Case, image: NDArray[Any], kernel: NDArray[Any] | None) -> Call:
    """The program for a dense kernel, or for the case's factor; kernels of whole numbers in int16."""
    import halide as hl

    x, y = hl.Var("x"), hl.Var("y")
    source = hl.ImageParam(_type(case.dtype), 2)
    step = case.channels
    program, row = hl.Func("program"), hl.Func("row")
    if kernel is not None:
        sums = _dense(source, x, y, kernel, step, _sums(case, kernel))
    else:
        factor = vector(case)
        row[x, y] = _mirrored(factor, lambda i: _floats(source[x, y + i]))
        sums = _mirrored(factor, lambda j: row[x + j * step, y])
    program[x, y] = _pixel(case, sums)
    rows, columns = case.height - 2 * case.margin, case.width - 2 * case.margin
    piece = (min(ROWS, rows), _lanes(case, kernel))
    _schedule(program, row if kernel is None else None, (x, y), piece)
    run = program.compile_to_callable([source])

    flat = image.reshape(case.height, -1)
    out = np.empty((rows, columns * step), image.dtype)
    given, taken = hl.Buffer(flat), hl.Buffer(out)
    shaped = out.reshape(rows, columns, *image.shape[2:])

    def call() -> NDArray[Any]:
        run(given, taken)
        return shaped

    return call


def _schedule(
    program: hl.Func, row: hl.Func | None, places: tuple[hl.Var, hl.Var], piece: tuple[int, int]
) -> None:
    import halide as hl

    (x, y), (rows, lanes) = places, piece
    outer, inner = hl.Var("outer"), hl.Var("inner")
    program.split(y, outer, inner, rows).parallel(outer).vectorize(x, lanes)
    if row is not None:
        row.compute_at(program, inner).vectorize(x, lanes)


def _dense(source: Any, x: Any, y: Any, kernel: NDArray[Any], step: int, kind: Any) -> Any:
    import halide as hl

    total = None
    for (i, j), weight in np.ndenumerate(kernel):
        if weight:
            term = hl.cast(kind, source[x + int(j) * step, y + int(i)])
            term *= hl.cast(kind, int(weight) if kind.is_int() else hl.f32(float(weight)))
            total = term if total is None else total + term
    return total


def _mirrored(factor: NDArray[Any], at: Callable[[int], Any]) -> Any:
    import halide as hl

    last = len(factor) - 1
    total = at(last // 2) * hl.f32(float(factor[last // 2]))
    for i in range(last // 2):
        total += (at(i) + at(last - i)) * hl.f32(float(factor[i]))
    return total


def _pixel(case: Case, sums: Any) -> Any:
    import halide as hl

    if not case.whole:
        return sums
    if sums.type().is_float():
        sums = hl.round(sums)
    limit = int(np.iinfo(case.dtype).max)
    kind = sums.type()
    return hl.cast(_type(case.dtype), hl.clamp(sums, hl.cast(kind, 0), hl.cast(kind, limit)))


def _sums(case: Case, kernel: NDArray[Any]) -> Any:
    import halide as hl

    if kernel.dtype.kind == "f":
        return hl.Float(32)
    largest = int(np.abs(kernel).sum()) * int(np.iinfo(case.dtype).max)
    return hl.Int(16) if largest < 2**15 else hl.Int(32)


def _lanes(case: Case, kernel: NDArray[Any] | None) -> int:
    narrow = kernel is not None and kernel.dtype.kind != "f" and case.dtype == "uint8"
    return 64 if narrow else 32


def _floats(value: Any) -> Any:
    import halide as hl

    return hl.cast(hl.Float(32), value)


def _type(dtype: str) -> Any:
    import halide as hl

    return hl.Float(32) if dtype == "float32" else hl.UInt(int(dtype[4:]))


def _suits(case: Case) -> bool:
    # Loops are unrolled: larger kernels take longer to compile than to filter.
    small = case.size <= 5 if case.kind == "dense" else case.size <= 15
    return small and case.stride == 1 and case.dilation == 1


RIVALS = (
    Rival(
        "Halide",
        "halide.Func, scheduled by hand",
        "halide",
        "halide",
        _suits,
        prepare,
        around="valid",
        limit=True,
        spins=True,
    ),
)
