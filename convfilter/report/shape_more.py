"""What `convfilter shape` tells when it is asked: receptive fields, costs, a table of shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convfilter.core.cost import Cost
from convfilter.core.geometry import Axis, Geometry
from convfilter.core.kernel import shape_text
from convfilter.core.receptive import Field

Fields = tuple[Field, Field]
BLANK = " " * 11


class TableRow(NamedTuple):
    """A stride and a dilation, and the (height, width) that each padding gives; None: no window fits."""

    stride: tuple[int, int]
    dilation: tuple[int, int]
    shapes: tuple[tuple[str, tuple[int, int] | None], ...]


def field_lines(geometry: Geometry, fields: Fields, before: Fields) -> list[str]:
    """What one result sees of the picture, by the formula with its numbers, in height and in width.

    before  what a result of the step before sees
    """
    rows = _field("height", geometry.rows, fields[0], before[0], "rows")
    columns = _field("width ", geometry.columns, fields[1], before[1], "columns")
    return [f"  field    {rows}", f"{BLANK}{columns}"]


def _field(label: str, axis: Axis, field: Field, before: Field, things: str) -> str:
    size = f"{before.size} + {axis.dilation}·({axis.kernel}−1)·{before.jump} = {field.size}"
    jump = f"jump {before.jump}·{axis.stride} = {field.jump}"
    end = field.start + field.size - 1
    return f"{label} {size}, {jump}; the first sees {things} {field.start} … {end}, middle {field.middle:g}"


def cost_lines(cost: Cost, kernel: tuple[int, ...], result: tuple[int, ...]) -> list[str]:
    """Weights, connections and multiply-adds, each beside those of a dense layer."""
    several = [str(cost.kernels)] if cost.kernels > 1 else []
    product = "·".join([*several, *map(str, kernel)])
    times = cost.dense_parameters / cost.parameters
    places = "·".join(map(str, result if len(kernel) == 2 else result[:2]))
    biases = f"{cost.biases} bias{'es' * (cost.biases > 1)}"
    dense = f"{cost.inputs}·{cost.outputs} + {cost.outputs} = {cost.dense_parameters}"
    return [
        f"  weights  {product} = {cost.weights}, and {biases}: {cost.parameters} parameters",
        f"{BLANK}dense: {dense}, {_times(times)} as many",
        f"  shared   each weight is used at {places} = {cost.places} places; dense: at one",
        f"  sparse   an output is made of {cost.reads} inputs; dense: of all {cost.inputs}",
        f"  mult-add {cost.outputs}·{cost.reads} = {cost.multiply_adds}; dense: {cost.dense_weights}",
    ]


def _times(share: float) -> str:
    return f"{share:.0f} times" if share >= 10 else f"{share:.2g} times"


def total_line(costs: Sequence[Cost]) -> str:
    """All steps together."""
    parameters = sum(cost.parameters for cost in costs)
    return f"  in all   {parameters} parameters, {sum(cost.multiply_adds for cost in costs)} multiply-adds"


def table_lines(rows: Sequence[TableRow]) -> list[str]:
    """Shapes by dilation and stride, a column for each padding; '-' where no window fits."""
    heads = ["dilation", "stride", *(name for name, _ in rows[0].shapes)]
    cells = [
        [
            _pair(row.dilation),
            _pair(row.stride),
            *("-" if shape is None else shape_text(shape) for _, shape in row.shapes),
        ]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    return [
        "  "
        + "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in (heads, *cells)
    ]


def _pair(numbers: tuple[int, int]) -> str:
    return str(numbers[0]) if numbers[0] == numbers[1] else f"{numbers[0]},{numbers[1]}"
