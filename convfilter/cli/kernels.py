"""`convfilter kernels list|show`."""

from __future__ import annotations

import sys

import click

from convfilter.cli.options import json_option
from convfilter.cli.sections import SectionedCommand, what
from convfilter.cli.slips import Group, SpecType


@click.group("kernels", cls=Group)
def command() -> None:
    """List kernels and look at them.

    \b
    convfilter kernels list               all presets
    convfilter kernels list --tag edges   those that find edges
    convfilter kernels show sharpen       weights, sums, symmetry, and the line to paste
    """


@command.command("list", cls=SectionedCommand)
@what("--tag", section="Choice", default="", metavar="WORD", help="Only those with this tag.")
@json_option
def list_kernels(tag: str, as_json: bool) -> None:
    """List the presets: name, size, sum, range, description.

    On a terminal a table; in a pipe one line each, with tabs between the columns.
    """
    from convfilter.errors import OptionError
    from convfilter.presets.registry import find, presets
    from convfilter.report import kernels

    found = [find(name) for name in presets()]
    if tag:
        tags = sorted({word for kernel in found for word in kernel.tags})
        if tag.lower() not in tags:
            raise OptionError(f"tag: {tag!r} is none of {', '.join(tags)}")
        found = [kernel for kernel in found if tag.lower() in kernel.tags]
    if as_json:
        click.echo(kernels.list_json(found))
    elif sys.stdout.isatty():
        kernels.show_table(found)
    else:
        for line in kernels.list_lines(found):
            click.echo(line)


@command.command("show", cls=SectionedCommand)
@click.argument("spec", type=SpecType())
@json_option
def show(spec: str, as_json: bool) -> None:
    """Show a kernel: weights, sums, symmetry, rank, range, source, and the line to paste.

    \b
    convfilter kernels show emboss
    convfilter kernels show "1 2 1; 2 4 2; 1 2 1 / 16"
    """
    from convfilter.presets import load_kernel
    from convfilter.report import kernels

    kernel = load_kernel(spec)
    if as_json:
        click.echo(kernels.show_json(kernel))
    else:
        kernels.show_kernel(kernel)
