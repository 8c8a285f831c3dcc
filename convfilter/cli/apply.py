"""`convfilter apply`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from convfilter.cli.options import (
    border_option,
    border_was_typed_alone,
    from_environment,
    geometry_options,
    kernel_option,
    named_as_typed,
    output_options,
    picture_options,
    pixel_count,
    report_options,
    spec_of,
    value_options,
    work_options,
)
from convfilter.cli.sections import SectionedCommand
from convfilter.cli.slips import FileName

if TYPE_CHECKING:
    from convfilter.pipeline import Outcome, Reading


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
    """Filter IMAGE ('-': standard input) with a kernel and write the result.

    \b
    convfilter apply flower.jpg -k sharpen                  writes flower_sharpen.jpg
    convfilter apply flower.jpg -k gaussian-7 --border edge the same size, soft
    convfilter apply flower.jpg -k sobel-x --gray -o edges.png
    convfilter apply flower.jpg -k "1 2 1; 2 4 2; 1 2 1 / 16" --stride 2
    cat flower.jpg | convfilter apply - -k blur | display
    """
    from convfilter import native
    from convfilter.cli.main import complain
    from convfilter.errors import ConvfilterError, OptionError
    from convfilter.pipeline import Reading

    quiet, as_json = values["quiet"], values["as_json"]
    # Standard output carries the picture, or the report, never both.
    piped = values["output"] == "-" or (image == "-" and not values["output"])
    if piped and sys.stdout.isatty():
        raise click.UsageError(
            "the picture's bytes would go to a terminal: name a file with -o", ctx
        )
    if not quiet:
        native.tell = lambda message: click.echo(message, err=True)
    try:
        reading = Reading(image, pixel_count(values["max_pixels"]))
        if len(kernels) > 1:
            raise OptionError("kernel: several kernels in a row are not possible yet; apply one")
        outcome = _process(ctx, image, kernels[0], values, reading)
    except ConvfilterError as raised:
        error = named_as_typed(ctx, raised) if isinstance(raised, OptionError) else raised
        if as_json:
            from convfilter.report import json_line

            if piped:
                complain(error)  # the object is the last line of standard error
            click.echo(json_line.failure(image, error), err=piped)
            if piped:
                ctx.exit(error.exit_status)
        raise error from None
    environment = from_environment(ctx)
    if as_json:
        from convfilter.report import json_line

        click.echo(json_line.outcome(outcome, environment), err=piped)
    elif not quiet:
        _report(ctx, outcome, environment, piped=piped, verbose=values["verbose"])


def _process(
    ctx: click.Context, image: str, kernel: str, values: dict[str, Any], reading: Reading
) -> Outcome:
    from convfilter.pipeline import Job, process
    from convfilter.presets import load_kernel

    return process(
        Job(
            source=image,
            kernel=load_kernel(kernel),
            spec=spec_of(ctx, values),
            output=values["output"],
            format=values["format"],
            overwrite=values["overwrite"],
            gray=values["gray"],
            alpha=values["alpha"],
            quality=values["quality"],
            strip=values["strip"],
        ),
        reading,
    )


def _report(
    ctx: click.Context, outcome: Outcome, environment: dict[str, str], *, piped: bool, verbose: bool
) -> None:
    from convfilter.report.hints import hints
    from convfilter.report.outcome import lines
    from convfilter.report.terminal import show

    text = lines(outcome, environment, implied_same=border_was_typed_alone(ctx), verbose=verbose)
    show(text, err=piped)
    if found := hints(outcome):
        show([f"hint: {found[0]}"], err=True)
