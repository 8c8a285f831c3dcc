"""Outcomes as JSON: one object on one line, keys that are never renamed."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from convfilter import __version__
from convfilter.core.execute import Done
from convfilter.core.geometry import Geometry
from convfilter.core.kernel import Kernel, plain_number
from convfilter.core.spec import Spec
from convfilter.job import Outcome
from convfilter.report.hints import hints


def outcome(done: Outcome, environment: dict[str, str]) -> str:
    """The report of one picture."""
    return line(fields(done, environment))


def fields(done: Outcome, environment: dict[str, str]) -> dict[str, Any]:
    """What the report of one picture holds."""
    job, result = done.job, done.result
    facts = result.statistics
    samples = max(facts.samples, 1)
    steps = [step_of(step) for step in result.steps]
    last = {key: value for key, value in steps[-1].items() if key != "shape"}
    return {
        "version": __version__,
        "input": {
            "path": job.source,
            "mode": done.source_mode,
            "shape": list(done.source_shape),
        },
        **last,
        "alpha": done.alpha,
        "exact": all(kernel.exact or spec.exact for kernel, spec in job.steps),
        "frames": done.frames,
        "linear": job.linear,
        "region": list(job.region) if job.region else None,
        "mask": job.mask or None,
        "output": {
            "path": done.output,
            "mode": done.output_mode,
            "shape": list(done.output_shape),
        },
        "range": {
            "policy": result.policy,
            "min": _number(facts.least),
            "max": _number(facts.greatest),
            "below": facts.below / samples,
            "above": facts.above / samples,
            "nonfinite": facts.nonfinite,
        },
        **_compared(done),
        "seconds": {
            "read": done.seconds.read,
            "filter": done.seconds.filter,
            "write": done.seconds.write,
        },
        "notes": list(done.notes),
        "environment": environment,
        "hints": hints(done),
        "steps": steps,
    }


def _compared(done: Outcome) -> dict[str, Any]:
    """How the picture differs from what it was, where that was asked for; an infinite PSNR is null."""
    if (facts := done.compared) is None:
        return {}
    return {
        "compare": {
            "path": facts.path,
            "psnr": _number(facts.psnr),
            "mean": facts.mean,
            "largest": facts.largest,
            "amplified": facts.amplified,
        }
    }


def failure(path: str, error: Exception) -> str:
    """The report of a picture that could not be filtered."""
    return line(failure_fields(path, error))


def failure_fields(path: str, error: Exception) -> dict[str, Any]:
    """What the report of a picture that could not be filtered holds."""
    return {
        "version": __version__,
        "input": {"path": path},
        "error": {"type": type(error).__name__, "message": str(error)},
    }


def step_of(step: Done) -> dict[str, Any]:
    """What one kernel did; `shape` is that of what it made."""
    kernel, spec, plan = step.kernel, step.spec, step.plan
    amounts = [str(a) if a.percent else float(a.value) for a in spec.bias_of(kernel)]
    return {
        "kernel": kernel_fields(kernel) | {"flipped": spec.flip},
        **geometry_fields(spec, step.geometry),
        "border": str(spec.border),
        "bias": amounts if len(amounts) > 1 else (amounts or [0.0])[0],
        "scale": float(spec.scale),
        "normalize": spec.normalize,
        "plan": {"algorithm": plan.algorithm, "reason": plan.reason, "sums": plan.sums},
        "shape": list(step.shape),
    }


def geometry_fields(spec: Spec, geometry: Geometry) -> dict[str, Any]:
    """What decides the shape of a result."""
    top, bottom, left, right = geometry.padding
    pixels = {"top": top, "bottom": bottom, "left": left, "right": right}
    return {
        "stride": list(spec.stride),
        "dilation": list(spec.dilation),
        "padding": {"mode": spec.padding.mode, **pixels},
        "formula": {"height": geometry.rows.formula, "width": geometry.columns.formula},
        "unused": {"bottom": geometry.rows.unused, "right": geometry.columns.unused},
    }


def kernel_fields(kernel: Kernel) -> dict[str, Any]:
    """What tells kernels apart."""
    fields: dict[str, Any] = {
        "name": kernel.name,
        "shape": list(kernel.shape),
        "file": kernel.file or None,
        "hash": kernel.digest,
        "sum": plain_number(kernel.map_sums[0]),
    }
    if kernel.formula:
        fields |= {"formula": kernel.formula, "parameters": dict(kernel.parameters)}
    if kernel.members:
        fields |= {
            "combine": kernel.combine,
            "members": [kernel_fields(member) for member in kernel.members],
        }
    return fields


def line(fields: dict[str, Any]) -> str:
    """JSON on one line, in ASCII: no stream and no file name can break it."""
    return json.dumps(fields, allow_nan=False)


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
