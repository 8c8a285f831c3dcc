"""The answer of `convfilter shape`, as lines or JSON."""

from __future__ import annotations

from typing import NamedTuple

from convfilter import __version__
from convfilter.core.geometry import Geometry
from convfilter.core.kernel import shape_text
from convfilter.core.spec import Spec
from convfilter.report.json_line import geometry_fields, line
from convfilter.report.outcome import environment_lines, geometry_lines, padding_pixels
from convfilter.report.terminal import printable, show


class ShapeStep(NamedTuple):
    """One kernel, or only its size (then without a name), and the shape that it makes."""

    name: str
    kernel_shape: tuple[int, ...]
    spec: Spec
    geometry: Geometry
    result: tuple[int, ...]


class ShapeFacts(NamedTuple):
    """Shapes of the image and of what each step makes; `image` is what was given."""

    image: str
    shape: tuple[int, ...]
    steps: list[ShapeStep]
    environment: dict[str, str]


def show_shape(facts: ShapeFacts) -> None:
    """Prints the shapes and both formulas of each step."""
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
    show([*lines, *environment_lines(facts.environment)])


def as_json(facts: ShapeFacts) -> str:
    """The same keys as the report of a picture."""
    steps = [_fields(step) for step in facts.steps]
    return line(
        {
            "version": __version__,
            "input": {"path": facts.image, "mode": None, "shape": list(facts.shape)},
            **steps[-1],
            "output": {"path": None, "mode": None, "shape": list(facts.steps[-1].result)},
            "environment": facts.environment,
            "steps": steps,
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
    }
