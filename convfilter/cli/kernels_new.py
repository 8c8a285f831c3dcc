"""`convfilter kernels new`."""

from __future__ import annotations

import click

from convfilter.cli.picture_options import replacing
from convfilter.cli.sections import SectionedCommand, what
from convfilter.cli.slips import SpecType


@click.command("new", cls=SectionedCommand, short_help="Make a kernel of your own.")
@click.argument("name")
@what("--weights", section="Weights", type=SpecType(), default=None, metavar="MATRIX",
      help='Rows by ";": "0 -1 0; -1 5 -1; 0 -1 0", " / 16" at the end divides.')  # fmt: skip
@what("--from", "origin", section="Weights", type=SpecType(), default=None, metavar="SPEC",
      help="Begin with another kernel, or with a file (.csv .npy .txt .mat .yaml).")  # fmt: skip
@what("--description", section="Words", default="", metavar="TEXT", help="What it does.")
@what(
    "--tag", "tags", section="Words", multiple=True, metavar="WORD", help="For kernels list --tag."
)
@replacing("a kernel of that name")
def command(
    name: str,
    weights: str | None,
    origin: str | None,
    description: str,
    tags: tuple[str, ...],
    overwrite: bool,
) -> None:
    """Make a kernel of your own: a commented YAML file in your folder, used by its name.

    \b
    convfilter kernels new my-sharpen --weights "0 -1 0; -1 5 -1; 0 -1 0"
    convfilter kernels new soft --from gaussian:sigma=3 --description "my soft focus"
    convfilter kernels new learnt --from weights.npy
    """
    from dataclasses import replace

    from convfilter.errors import OptionError
    from convfilter.presets.load import load_kernel
    from convfilter.presets.save import own_path, save_own
    from convfilter.presets.spec_text import is_name
    from convfilter.presets.write_yaml import yaml_text

    if weights is not None and origin is not None:
        raise OptionError(
            "--weights and --from were both given: a kernel begins with one of them; leave the other out"
        )
    if weights is None and origin is None:
        raise OptionError(
            f"which weights? convfilter kernels new {name} --weights "
            '"0 -1 0; -1 5 -1; 0 -1 0", or --from with a kernel or a file'
        )
    for tag in tags:
        if not is_name(tag):
            raise OptionError(f"--tag: {tag!r} is no word of letters, digits and '-'")
    own_path(name)  # refuses a name that is taken, before anything else is said
    kernel = load_kernel(weights or origin or "")
    source = "my own" if origin is None else f"made from {kernel.name}"
    described = replace(
        kernel,
        description=description or (kernel.description if origin else ""),
        source=source if origin is None or not kernel.source else f"{source}: {kernel.source}",
        aliases=(),
        tags=tuple(tag.lower() for tag in tags) or (kernel.tags if origin else ()),
    )
    comments = [f"convfilter apply PICTURE -k {name}"]
    path = save_own(name, yaml_text(described, comments=comments), overwrite=overwrite)
    click.echo(path)
    click.echo(f"try it: convfilter apply PICTURE -k {name}", err=True)
