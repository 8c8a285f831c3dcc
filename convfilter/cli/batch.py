"""`convfilter batch`."""

from __future__ import annotations

from typing import Any

import click

from convfilter.cli.options import (
    border_option,
    geometry_options,
    kernel_option,
    named_as_typed,
    report_options,
    value_options,
    work_options,
)
from convfilter.cli.picture_options import output_options, output_to, picture_options
from convfilter.cli.sections import SectionedCommand, how, stacked, what
from convfilter.cli.slips import FileName

source_options = stacked(
    how(
        "-r",
        "--recursive/--no-recursive",
        section="Sources",
        help="Go into the folders below a folder.",
    ),
    what(
        "--files-from",
        section="Sources",
        type=FileName(),
        default=None,
        metavar="FILE|-",
        help="Also the pictures that FILE names, one a line; '-' is standard input.",
    ),
    how(
        "-0",
        "--null/--no-null",
        "null",
        section="Sources",
        help="Names in that list end with a NUL, as find -print0 writes them.",
    ),
)

target_options = stacked(
    output_to(
        "DIR",
        "The folder for the results, made if need be; below it the tree of each SRC.",
        required=True,
    ),
    how(
        "--name",
        section="Output",
        default="{stem}{ext}",
        show_default=True,
        metavar="TEMPLATE",
        help="Names of the results: {stem}, {kernel}, {ext}, {suffix} (the source's, without dot).",
    ),
    what(
        "--resume",
        is_flag=True,
        section="Output",
        help="Do what an earlier run has not done, or what has changed since.",
    ),
    how(
        "--checksum/--no-checksum",
        section="Output",
        help="Whether a source has changed is seen by its content, not by size and time.",
    ),
    what(
        "--dry-run",
        is_flag=True,
        section="Output",
        help="Only say what would be done.",
    ),
)

run_options = stacked(
    how(
        "--memory",
        section="Work",
        default=None,
        metavar="N",
        help="Memory for pictures in flight, such as 4G.  [default: half of the machine's]",
    ),
    how(
        "--fail-fast/--no-fail-fast",
        section="Work",
        help="Begin no more pictures after one that failed.",
    ),
    how(
        "--scheduler",
        section="Work",
        default=None,
        metavar="ADDRESS|local",
        help="Let a dask.distributed cluster do it: tcp://host:8786, or one started here.",
    ),
)

page_option = what(
    "--html",
    section="Report",
    type=FileName(),
    default=None,
    metavar="FILE",
    help="Also a page with settings, pictures before and after, and a table of all.",
)


@click.command("batch", cls=SectionedCommand)
@click.argument("sources", type=FileName(), nargs=-1, metavar="[SRC]...")
@source_options
@kernel_option
@geometry_options
@border_option
@value_options
@picture_options
@target_options
@output_options
@work_options
@run_options
@report_options
@page_option
@click.pass_context
def command(
    ctx: click.Context, /, sources: tuple[str, ...], kernels: tuple[str, ...], **values: Any
) -> None:
    """Filter many pictures: files, folders, patterns; the results go into a folder.

    \b
    convfilter batch photos -o sharp -k sharpen            a folder
    convfilter batch photos -r -o sharp -k sharpen         and all folders below
    convfilter batch *.jpg -o small -k gaussian:sigma=2 -s 4 --format webp
    convfilter batch photos -o sharp -k sharpen --resume   goes on after an interruption
    find photos -name '*.png' -print0 | convfilter batch --files-from - -0 -o soft -k blur
    """
    from convfilter.cli.batch_run import run_batch
    from convfilter.errors import OptionError

    if not sources and not values["files_from"]:
        raise click.UsageError(
            "which pictures? name files or folders, or a list with --files-from", ctx
        )
    try:
        status = run_batch(ctx, sources, kernels, values)
    except OptionError as error:
        raise named_as_typed(ctx, error) from None
    ctx.exit(status)
