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


class ShapeFacts(NamedTuple):
    """Shapes of image, kernel and result; `image` is what was given."""

    image: str
    shape: tuple[int, ...]
    name: str
    kernel_shape: tuple[int, ...]
    spec: Spec
    geometry: Geometry
    result: tuple[int, ...]
    environment: dict[str, str]


def show_shape(facts: ShapeFacts) -> None:
    """Prints the shapes and both formulas."""
    shape = shape_text(facts.shape)
    given = shape if facts.image[:1].isdigit() and "." not in facts.image else ""
    name = given or f"{printable(facts.image)}  {shape}"
    axes = "high×wide" if len(facts.shape) == 2 else "high×wide×channels"
    lines = [
        f"{name} ({axes})  →  {shape_text(facts.result)}",
        f"  kernel   {f'{facts.name} {shape_text(facts.kernel_shape)}'.strip()}",
        *geometry_lines(facts.geometry),
    ]
    if any(facts.geometry.padding):
        mode = facts.spec.padding.mode
        lines.append(f"  padding  {mode}: {padding_pixels(facts.geometry)}")
    show([*lines, *environment_lines(facts.environment)])


def as_json(facts: ShapeFacts) -> str:
    """The same keys as the report of a picture."""
    return line(
        {
            "version": __version__,
            "input": {"path": facts.image, "mode": None, "shape": list(facts.shape)},
            "kernel": {"name": facts.name, "shape": list(facts.kernel_shape), "flipped": False},
            **geometry_fields(facts.spec, facts.geometry),
            "output": {"path": None, "mode": None, "shape": list(facts.result)},
            "environment": facts.environment,
        }
    )
