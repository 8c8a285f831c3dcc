"""Options as typed → what is done to a picture; for all commands that filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from convfilter.cli.options import check_once, pixel_count, spec_of
from convfilter.images.wanted import Wanted

if TYPE_CHECKING:
    from convfilter.job import Job
    from convfilter.parts import Region


def wanted_of(values: dict[str, Any]) -> Wanted:
    """How pictures are to be read."""
    return Wanted(
        pixel_count(values["max_pixels"]),
        values["frame"],
        int(values["bits"] or 0),
        values["layout"] or "",
        values["allow_truncated"],
    )


def job_of(
    ctx: click.Context, kernels: tuple[str, ...], values: dict[str, Any], wanted: Wanted
) -> Job:
    """All that is done to a picture, of which neither source nor output are named yet."""
    from convfilter.core.steps import make_steps
    from convfilter.job import Job
    from convfilter.presets.load import load_steps

    steps = [step for text in kernels for step in load_steps(text)]
    check_once(ctx, steps)
    return Job(
        source="",
        steps=make_steps(steps, spec_of(ctx, values)),
        format=values["format"],
        overwrite=values["overwrite"],
        gray=values["gray"],
        alpha=values["alpha"],
        **_quality(values["quality"]),
        compress=values["compress"],
        strip=values["strip"],
        wanted=wanted,
        linear=values["linear"],
        region=_region(values["region"]),
        mask=values["mask"] or "",
        fsync=values["fsync"],
        padding_chosen=values["padding"] is not None,
    )


def _quality(value: int | str) -> dict[str, Any]:
    return {"keep_tables": True} if isinstance(value, str) else {"quality": value}


def _region(text: str | None) -> Region | None:
    if text is None:
        return None
    from convfilter.parts import parse_region

    return parse_region(text)
