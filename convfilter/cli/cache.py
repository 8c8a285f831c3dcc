"""`convfilter cache show|warm|clear`."""

from __future__ import annotations

import click

from convfilter.cli.options import json_option, quiet_option
from convfilter.cli.sections import SectionedCommand
from convfilter.cli.slips import Group


@click.group("cache", cls=Group)
def command() -> None:
    """The compiled loops that are kept between runs.

    The first filter of a kind compiles a loop for this processor (under a second each); later runs
    load it in 2 ms. $CONVFILTER_CACHE_DIR moves the folder.
    """


@command.command("show", cls=SectionedCommand)
@json_option
def show(as_json: bool) -> None:
    """Show the folder and what is in it."""
    from convfilter import __version__
    from convfilter.native import cache
    from convfilter.report.json_line import line

    sizes = cache.entries()
    if as_json:
        facts = {"folder": cache.folder(), "entries": sizes, "bytes": sum(sizes.values())}
        click.echo(line({"version": __version__, "cache": facts}))
        return
    click.echo(f"{cache.folder()}  {len(sizes)} entries, {sum(sizes.values()) / 1024:.0f} KiB")
    for name, size in sizes.items():
        click.echo(f"  {size:>8}  {name}")


@command.command("warm", cls=SectionedCommand, short_help="Compile what the presets need.")
@quiet_option("No messages.")
def warm(quiet: bool) -> None:
    """Compile what the presets need on 8-bit and 16-bit pictures, for grey and colour.

    Takes half a minute; then no filter waits for the compiler.
    """
    from convfilter import native
    from convfilter.core.conv import loops_needed
    from convfilter.core.spec import make_spec
    from convfilter.presets.build import kernel_of
    from convfilter.presets.registry import presets

    kernels = [kernel_of(text) for text in presets().values()]
    specs = [make_spec(range_policy=policy) for policy in ("auto", "float")]
    loops = sorted(
        {
            loop
            for kernel in kernels
            for dtype in ("uint8", "uint16")
            for spec in specs
            for loop in loops_needed(kernel, dtype, spec)
        }
    )
    compiled = 0
    for number, loop in enumerate(loops, 1):
        if native.warm(loop):
            compiled += 1
            if not quiet:
                click.echo(f"{number} of {len(loops)}: {loop.name}", err=True)
    if not quiet:
        click.echo(
            f"{compiled} loops compiled, {len(loops) - compiled} were there already", err=True
        )


@command.command("clear", cls=SectionedCommand)
def clear() -> None:
    """Remove everything in the folder that convfilter put there."""
    from convfilter.errors import ConvfilterError
    from convfilter.native import cache

    click.echo(f"{cache.clear()} entries removed from {cache.folder()}", err=True)
    if left := len(cache.entries()):
        raise ConvfilterError(f"{left} entries in {cache.folder()} could not be removed")
