"""`convfilter kernels`: the group, and `list` and `show`."""

from __future__ import annotations

import sys

import click

from convfilter.cli import kernels_check, kernels_exchange, kernels_new
from convfilter.cli.options import json_option
from convfilter.cli.picture_options import replacing
from convfilter.cli.sections import SectionedCommand, what
from convfilter.cli.slips import FileName, Group, SpecType


@click.group("kernels", cls=Group)
def command() -> None:
    """List kernels, look at them, make your own, take them to other programs and back.

    \b
    convfilter kernels list --tag edges           those that find edges
    convfilter kernels show gaussian:sigma=2      weights, sums, symmetry, frequency response
    convfilter kernels new my-sharpen --weights "0 -1 0; -1 5 -1; 0 -1 0"
    convfilter kernels export sharpen --to opencv
    """


command.add_command(kernels_new.command)
command.add_command(kernels_check.command)
command.add_command(kernels_exchange.import_command)
command.add_command(kernels_exchange.export_command)


@command.command(
    "list",
    cls=SectionedCommand,
    short_help="List all kernels: name, size, sum, range, tags, description.",
)
@what("--tag", section="Choice", default="", metavar="WORD", help="Only those with this tag.")
@json_option
def list_kernels(tag: str, as_json: bool) -> None:
    """List all kernels: name, size, sum, range, tags, description.

    Of kernels of your own the file and the hash stand behind the description. In a pipe one line
    each, with tabs between the columns; on a terminal a table, without the tags.
    """
    from convfilter.core.kernel import Kernel
    from convfilter.errors import OptionError
    from convfilter.presets.load import all_kernels
    from convfilter.report import kernels
    from convfilter.report.terminal import fit

    everything = all_kernels()
    found = [kernel for kernel in everything if isinstance(kernel, Kernel)]
    if tag:
        tags = sorted({word for kernel in found for word in kernel.tags})
        if tag.lower() not in tags:
            raise OptionError(f"--tag: {tag!r} is none of {', '.join(tags)}")
        found = [kernel for kernel in found if tag.lower() in kernel.tags]
    if as_json:
        click.echo(kernels.list_json(found))
    elif sys.stdout.isatty():
        kernels.show_table(found)
    else:
        for line in kernels.list_lines(found):
            click.echo(fit(line, sys.stdout))
    kernels.show_faults([fault for fault in everything if not isinstance(fault, Kernel)])


@command.command(
    "show", cls=SectionedCommand, short_help="Show a kernel: weights, gain, symmetry, factors."
)
@click.argument("spec", type=SpecType())
@what("--png", section="Output", type=FileName(), default=None, metavar="FILE",
      help="Also write the frequency response as a picture.")  # fmt: skip
@replacing("an existing picture")
@json_option
def show(spec: str, png: str | None, overwrite: bool, as_json: bool) -> None:
    """Show a kernel: weights, sums, gain, symmetry, rank, factors, frequency response, source.

    \b
    convfilter kernels show emboss
    convfilter kernels show gaussian:sigma=2
    convfilter kernels show "1 2 1; 2 4 2; 1 2 1 / 16" --png response.png
    """
    from convfilter.errors import OptionError
    from convfilter.presets.load import load_steps
    from convfilter.report import kernels

    steps = load_steps(spec)
    if png and len(steps) > 1:
        raise OptionError(f"--png: one kernel at a time, these are {len(steps)}")
    if png:
        from convfilter.report.response import write_png

        write_png(steps[0].kernel, png, overwrite=overwrite)
    if as_json:
        for step in steps:
            click.echo(kernels.show_json(step.kernel))
        return
    for number, step in enumerate(steps):
        if number:
            click.echo()
        kernels.show_kernel(step.kernel, dilation_of(step.options))
    if png:
        click.echo(f"wrote {png}", err=True)


def dilation_of(options: dict[str, str]) -> tuple[int, int]:
    """The dilation that a step's options give."""
    from convfilter.core.spec import parse_pair

    return parse_pair("dilation", options.get("dilation", "1"))
