"""The answer of `convfilter shape`, as lines or JSON."""

from __future__ import annotations

from typing import NamedTuple

from convfilter import __version__
from convfilter.core.cost import Cost
from convfilter.core.geometry import Geometry
from convfilter.core.kernel import shape_text
from convfilter.core.receptive import Field
from convfilter.core.spec import Spec
from convfilter.report.json_line import geometry_fields, line
from convfilter.report.outcome import environment_lines, geometry_lines, padding_pixels
from convfilter.report.shape_more import (
    TableRow,
    cost_lines,
    field_lines,
    table_lines,
    total_line,
)
from convfilter.report.terminal import printable, show


class ShapeStep(NamedTuple):
    """One kernel, or only its size (then without a name), and the shape that it makes.

    fields  what its first result sees of the picture, in height and width
    """

    name: str
    kernel_shape: tuple[int, ...]
    spec: Spec
    geometry: Geometry
    result: tuple[int, ...]
    cost: Cost
    fields: tuple[Field, Field]


class ShapeFacts(NamedTuple):
    """Shapes of the image and of what each step makes; `image` is what was given.

    table  shapes of other strides, paddings and dilations; None where that was not asked for
    """

    image: str
    shape: tuple[int, ...]
    steps: list[ShapeStep]
    environment: dict[str, str]
    table: list[TableRow] | None = None


class Wish(NamedTuple):
    """What is told beside shapes and formulas."""

    field: bool = False
    cost: bool = False


PLAIN = Wish()


def show_shape(facts: ShapeFacts, wish: Wish = PLAIN) -> None:
    """Prints the shapes and both formulas of each step, and what else is wished."""
    shape = shape_text(facts.shape)
    given = shape if facts.image[:1].isdigit() and "." not in facts.image else ""
    name = given or f"{printable(facts.image)}  {shape}"
    axes = "high×wide" if len(facts.shape) == 2 else "high×wide×channels"
    lines = [f"{name} ({axes})  →  {shape_text(facts.steps[-1].result)}"]
    for number, step in enumerate(facts.steps, 1):
        made = f"  →  {shape_text(step.result)}" if len(facts.steps) > 1 else ""
        label = f"step {number}" if len(facts.steps) > 1 else "kernel"
        kernel = f"{step.name} {shape_text(step.kernel_shape)}".strip()
        lines += [f"  {label:<8} {kernel}{made}", *geometry_lines(step.geometry)]
        if any(step.geometry.padding):
            mode = step.spec.padding.mode
            lines.append(f"  padding  {mode}: {padding_pixels(step.geometry)}")
        before = facts.steps[number - 2].fields if number > 1 else (Field(), Field())
        lines += field_lines(step.geometry, step.fields, before) if wish.field else []
        lines += cost_lines(step.cost, step.kernel_shape, step.result) if wish.cost else []
    if wish.cost and len(facts.steps) > 1:
        lines.append(total_line([step.cost for step in facts.steps]))
    if facts.table is not None:
        lines += ["", *table_lines(facts.table)]
    show([*lines, *environment_lines(facts.environment)])


def as_json(facts: ShapeFacts) -> str:
    """The same keys as the report of a picture."""
    steps = [_fields(step) for step in facts.steps]
    table = {} if facts.table is None else {"table": [_row(row) for row in facts.table]}
    return line(
        {
            "version": __version__,
            "input": {"path": facts.image, "mode": None, "shape": list(facts.shape)},
            **steps[-1],
            "output": {"path": None, "mode": None, "shape": list(facts.steps[-1].result)},
            "environment": facts.environment,
            "steps": steps,
            "total": {
                "parameters": sum(step.cost.parameters for step in facts.steps),
                "multiply_adds": sum(step.cost.multiply_adds for step in facts.steps),
            },
            **table,
        }
    )


def _fields(step: ShapeStep) -> dict[str, object]:
    return {
        "kernel": {
            "name": step.name,
            "shape": list(step.kernel_shape),
            "flipped": step.spec.flip,
        },
        **geometry_fields(step.spec, step.geometry),
        "shape": list(step.result),
        "receptive_field": {
            "size": [field.size for field in step.fields],
            "jump": [field.jump for field in step.fields],
            "start": [field.start for field in step.fields],
            "middle": [field.middle for field in step.fields],
        },
        "cost": _cost(step.cost),
    }


def _cost(cost: Cost) -> dict[str, int]:
    return {
        "weights": cost.weights,
        "biases": cost.biases,
        "parameters": cost.parameters,
        "dense_parameters": cost.dense_parameters,
        "connections_per_output": cost.reads,
        "dense_connections_per_output": cost.inputs,
        "places_per_weight": cost.places,
        "multiply_adds": cost.multiply_adds,
        "dense_multiply_adds": cost.dense_weights,
    }


def _row(row: TableRow) -> dict[str, object]:
    return {
        "stride": list(row.stride),
        "dilation": list(row.dilation),
        "shapes": {name: None if shape is None else list(shape) for name, shape in row.shapes},
    }
