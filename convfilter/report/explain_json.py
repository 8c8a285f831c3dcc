"""The trace of a pixel as JSON: one object on one line, keys that are never renamed.

Numbers are JSON's, null where they are not finite. Exact fractions stand beside them as text: "sum": 3.111…,
"sum_exact": "28/9".
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Any

from convfilter import __version__
from convfilter.core.traced import Number, PixelTrace, Plane, Settled, StepTrace, Sum, Table
from convfilter.explanation import Explanation
from convfilter.report.explain_place import part_read
from convfilter.report.json_line import line, step_of


def explanation_json(explanation: Explanation, environment: dict[str, str]) -> str:
    """All that `convfilter explain` tells, and every product."""
    picture, made, trace = explanation.picture, explanation.prepared, explanation.trace
    row, column = trace.at
    straight = explanation.traced.straight
    part = part_read(trace)
    return line(
        {
            "version": __version__,
            "input": {
                "path": explanation.job.source,
                "mode": picture.mode,
                "shape": list(picture.shape),
            },
            "output": {"mode": made.mode, "shape": list(made.made.shape)},
            "at": {"row": row, "column": column, "x": column, "y": row},
            "reads": part._asdict(),
            "alpha": ", ".join(dict.fromkeys(made.modes)),
            "linear": explanation.job.linear,
            "steps": [
                step_of(done) | _step(step)
                for done, step in zip(explanation.steps, trace.steps, strict=True)
            ],
            **_end(trace),
            "alpha_trace": None
            if straight is None
            else {"steps": [_step(step) for step in straight.steps], **_end(straight)},
            "after": [
                {"name": each.name, "words": each.words, "values": list(map(_number, each.values))}
                for each in explanation.after
            ],
            "values": list(map(_number, explanation.values)),
            "written": list(map(_number, explanation.written)),
            "written_alpha": None
            if explanation.written_alpha is None
            else _number(explanation.written_alpha),
            "agrees": explanation.agrees,
            "notes": list(explanation.notes),
            "environment": environment,
        }
    )


def _end(trace: PixelTrace) -> dict[str, Any]:
    """From Y to numbers of the pixel's type."""
    return {
        "dtype": trace.dtype,
        "hidden": trace.hidden,
        "settled": [_settled(each) for each in trace.settled],
    }


def _step(step: StepTrace) -> dict[str, Any]:
    window = step.window
    return {
        "at": list(step.at),
        "exact": step.exact,
        "window": {
            "rows": list(window.rows),
            "columns": list(window.columns),
            "from_rows": [None if place < 0 else place for place in window.from_rows],
            "from_columns": [None if place < 0 else place for place in window.from_columns],
            "outside": window.outside,
            "source": list(window.source),
            "border": window.border,
            "constant": _number(window.constant),
            "enlarged": window.enlarged,
        },
        "planes": [_plane(plane) for plane in step.planes],
    }


def _plane(plane: Plane) -> dict[str, Any]:
    return {
        "sums": [_sum(each) for each in plane.sums],
        "combine": plane.combine or None,
        "scale": _number(plane.scale),
        "bias": _number(plane.bias),
        "cover": None if plane.cover is None else _number(plane.cover),
        "result": _number(plane.result),
        "result_exact": _exact(plane.result),
    }


def _sum(each: Sum) -> dict[str, Any]:
    return {
        "name": each.name or None,
        "weights": _table(each.weights),
        "numbers": _table(each.numbers),
        "shares": None if each.shares is None else _table(each.shares),
        "products": _table(each.products),
        "sum": _number(each.total),
        "sum_exact": _exact(each.total),
    }


def _settled(each: Settled) -> dict[str, Any]:
    return {
        "policy": each.policy,
        "ends": None if each.ends is None else list(map(_number, each.ends)),
        "moved": _number(each.moved),
        "rounded": each.rounded,
        "value": _number(each.value),
    }


def _table(table: Table) -> list[list[list[int | float | None]]]:
    return [[[_number(number) for number in row] for row in plane] for plane in table]


def _exact(number: Number) -> str | None:
    """The fraction as text; None for floats."""
    return None if isinstance(number, float) else str(Fraction(number))


def _number(number: Number) -> int | float | None:
    if isinstance(number, int):
        return number
    value = float(number)
    return value if isfinite(value) else None
