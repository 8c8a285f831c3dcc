"""`convfilter apply`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from convfilter.cli.options import (
    border_option,
    check_once,
    from_environment,
    geometry_options,
    implied_same,
    kernel_option,
    named_as_typed,
    pixel_count,
    report_options,
    spec_of,
    unknown_variables,
    value_options,
    work_options,
)
from convfilter.cli.picture_options import output_options, picture_options
from convfilter.cli.sections import SectionedCommand
from convfilter.cli.slips import FileName

if TYPE_CHECKING:
    from convfilter.errors import ConvfilterError
    from convfilter.job import Outcome
    from convfilter.parts import Region


@click.command("apply", cls=SectionedCommand)
@click.argument("image", type=FileName(), metavar="IMAGE")
@kernel_option
@geometry_options
@border_option
@value_options
@picture_options
@output_options
@work_options
@report_options
@click.pass_context
def command(ctx: click.Context, /, image: str, kernels: tuple[str, ...], **values: Any) -> None:
    """Filter IMAGE ('-': standard input) with a kernel, or several in turn, and write the result.

    \b
    convfilter apply flower.jpg -k sharpen                  writes flower_sharpen.jpg
    convfilter apply flower.jpg -k gaussian-7 --border edge the same size, soft
    convfilter apply flower.jpg -k sobel-x --gray -o edges.png
    convfilter apply flower.jpg -k "1 2 1; 2 4 2; 1 2 1 / 16" --stride 2
    convfilter apply flower.jpg -k gaussian:sigma=2 -k sobel one after the other
    convfilter apply scan.zarr -k blur                      a Zarr array of any size
    cat flower.jpg | convfilter apply - -k blur | display
    """
    from convfilter import native
    from convfilter.errors import ConvfilterError, OptionError

    # Standard output carries the picture, or the report, never both.
    piped = values["output"] == "-" or (image == "-" and not values["output"])
    if piped and sys.stdout.isatty():
        raise click.UsageError(
            "the picture's bytes would go to a terminal: name a file with -o", ctx
        )
    if not values["quiet"]:
        native.tell = lambda message: click.echo(message, err=True)
    try:
        outcome = _process(ctx, image, kernels, values)
    except ConvfilterError as raised:
        error = named_as_typed(ctx, raised) if isinstance(raised, OptionError) else raised
        if values["as_json"]:
            _report_failure(ctx, image, error, piped=piped)
        raise error from None
    _report(ctx, outcome, values, piped=piped)


def _process(
    ctx: click.Context, image: str, kernels: tuple[str, ...], values: dict[str, Any]
) -> Outcome:
    from convfilter import early
    from convfilter.images.wanted import Wanted
    from convfilter.job import Job
    from convfilter.pipeline import Reading, process

    wanted = Wanted(
        pixel_count(values["max_pixels"]),
        values["frame"],
        int(values["bits"] or 0),
        values["layout"] or "",
        values["allow_truncated"],
    )
    reading = early.take(image, wanted) or Reading(image, wanted)
    from convfilter.core.steps import make_steps  # numpy, while the picture is decoded
    from convfilter.presets.load import load_steps

    steps = [step for text in kernels for step in load_steps(text)]
    check_once(ctx, steps)
    job = Job(
        source=image,
        steps=make_steps(steps, spec_of(ctx, values)),
        output=values["output"] or "",
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
    return process(job, reading)


def _quality(value: int | str) -> dict[str, Any]:
    return {"keep_tables": True} if isinstance(value, str) else {"quality": value}


def _region(text: str | None) -> Region | None:
    if text is None:
        return None
    from convfilter.parts import parse_region

    return parse_region(text)


def _report(ctx: click.Context, outcome: Outcome, values: dict[str, Any], *, piped: bool) -> None:
    environment = from_environment(ctx)
    if not any(any(step.geometry.padding) for step in outcome.result.steps):
        environment.pop("CONVFILTER_BORDER", None)  # it had nothing to fill
    if values["as_json"]:
        from convfilter.report import json_line

        click.echo(json_line.outcome(outcome, environment), err=piped)
    elif not values["quiet"]:
        from convfilter.report.hints import hints
        from convfilter.report.outcome import lines
        from convfilter.report.terminal import show

        implied = implied_same(ctx)
        text = lines(outcome, environment, implied_by=implied, verbose=values["verbose"])
        text += [f"  note     {note}" for note in unknown_variables(ctx)]
        show(text, err=piped)
        if found := hints(outcome):
            show([f"hint: {found[0]}"], err=True)


def _report_failure(ctx: click.Context, image: str, error: ConvfilterError, *, piped: bool) -> None:
    from convfilter.cli.main import complain
    from convfilter.report import json_line

    if not piped:
        click.echo(json_line.failure(image, error))
        return
    complain(error)  # the object is the last line of standard error
    click.echo(json_line.failure(image, error), err=True)
    ctx.exit(error.exit_status)
