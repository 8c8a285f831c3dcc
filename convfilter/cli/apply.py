"""`convfilter apply`."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from convfilter.cli.jobs import job_of, wanted_of
from convfilter.cli.options import (
    border_option,
    from_environment,
    geometry_options,
    implied_same,
    kernel_option,
    named_as_typed,
    preview_option,
    report_options,
    unknown_variables,
    value_options,
    work_options,
)
from convfilter.cli.picture_options import (
    compare_option,
    output_option,
    output_options,
    picture_options,
)
from convfilter.cli.sections import SectionedCommand
from convfilter.cli.slips import FileName
from convfilter.images.modes import MODES

if TYPE_CHECKING:
    from convfilter.errors import ConvfilterError
    from convfilter.job import Outcome


@click.command("apply", cls=SectionedCommand)
@click.argument("image", type=FileName(), metavar="IMAGE")
@kernel_option
@geometry_options
@border_option
@value_options
@picture_options
@output_option
@output_options
@compare_option
@work_options
@report_options
@preview_option
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
        if os.path.isdir(image):
            way = f"convfilter batch {shlex.quote(image)} -o FOLDER filters the pictures in it"
            error = type(error)(f"{error}; {way}")
        if values["as_json"]:
            _report_failure(ctx, image, error, piped=piped)
        raise error from None
    _report(ctx, outcome, values, piped=piped)


def _process(
    ctx: click.Context, image: str, kernels: tuple[str, ...], values: dict[str, Any]
) -> Outcome:
    from convfilter import early
    from convfilter.pipeline import Reading, process

    wanted = wanted_of(values)
    reading = early.take(image, wanted) or Reading(image, wanted).begin()
    # From here on numpy is imported, while the picture is decoded.
    job = job_of(ctx, kernels, values, wanted)
    job = job._replace(
        source=image,
        output=values["output"] or "",
        compare=values["compare"] or "",
        keep=values["preview"],
    )
    return process(job, reading)


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
    if values["preview"]:
        _preview(ctx, outcome, err=piped or values["as_json"])


def _preview(ctx: click.Context, outcome: Outcome, *, err: bool) -> None:
    """Draws the result, or says why it can't be: once that was typed, a variable is for all terminals."""
    from convfilter.cli.main import complain
    from convfilter.report.preview import show_preview, why_not

    stream = sys.stderr if err else sys.stdout
    why = why_not(stream) if outcome.picture else "a Zarr array is never in memory as a whole"
    if outcome.picture is None or why:
        if ctx.get_parameter_source("preview") is ParameterSource.COMMANDLINE:
            complain(f"no preview: {why}")
        return
    floats = outcome.result.pixels.dtype.kind == "f"
    stretched = floats and MODES[outcome.source_mode].dtype.startswith("uint")
    show_preview(outcome.picture, stream, stretched=stretched)


def _report_failure(ctx: click.Context, image: str, error: ConvfilterError, *, piped: bool) -> None:
    from convfilter.cli.main import complain
    from convfilter.report import json_line

    if not piped:
        click.echo(json_line.failure(image, error))
        return
    complain(error)  # the object is the last line of standard error
    click.echo(json_line.failure(image, error), err=True)
    ctx.exit(error.exit_status)
