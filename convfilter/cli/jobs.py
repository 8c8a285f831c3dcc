"""Options as typed → what is done to a picture; for all commands that filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from convfilter.cli.options import check_once, pixel_count, spec_of
from convfilter.images.wanted import Wanted

if TYPE_CHECKING:
    from convfilter.core.stages import Steps
    from convfilter.job import Job
    from convfilter.parts import Region

# Options whose values are a job's fields of the same name.
AS_TYPED = ("format", "overwrite", "gray", "alpha", "compress", "strip", "linear", "fsync")


def wanted_of(values: dict[str, Any]) -> Wanted:
    """How pictures are to be read."""
    return Wanted(
        pixel_count(values["max_pixels"]),
        values["frame"],
        int(values["bits"] or 0),
        values["layout"] or "",
        values["allow_truncated"],
    )


def steps_of(ctx: click.Context, kernels: tuple[str, ...], values: dict[str, Any]) -> Steps:
    """The kernels, each with its options."""
    from convfilter.core.steps import make_steps
    from convfilter.presets.load import load_steps

    steps = [step for text in kernels for step in load_steps(text)]
    check_once(ctx, steps)
    return make_steps(steps, spec_of(ctx, values))


def job_of(
    ctx: click.Context, kernels: tuple[str, ...], values: dict[str, Any], wanted: Wanted
) -> Job:
    """All that is done to a picture, of which neither source nor output are named yet.

    Options that a command has not are as usual.
    """
    from convfilter.job import Job

    return Job(
        source="",
        steps=steps_of(ctx, kernels, values),
        **{name: values[name] for name in AS_TYPED if name in values},
        **_quality(values.get("quality")),
        wanted=wanted,
        region=_region(values.get("region")),
        mask=values.get("mask") or "",
        padding_chosen=values["padding"] is not None,
    )


def _quality(value: int | str | None) -> dict[str, Any]:
    if value is None:
        return {}
    return {"keep_tables": True} if isinstance(value, str) else {"quality": value}


def _region(text: str | None) -> Region | None:
    if text is None:
        return None
    from convfilter.parts import parse_region

    return parse_region(text)
