"""`convfilter kernels import` and `export`."""

from __future__ import annotations

import sys

import click

from convfilter.cli.picture_options import replacing
from convfilter.cli.sections import SectionedCommand, what
from convfilter.cli.slips import FileName, SpecType, Word
from convfilter.presets.exchange import TARGETS


@click.command(
    "import",
    cls=SectionedCommand,
    short_help="Read another program's kernel, print it as a kernel file.",
)
@click.argument("file", type=FileName())
@what("--name", section="Output", default="", metavar="NAME",
      help="Write it to your folder under this name.")  # fmt: skip
@replacing("a kernel of that name")
def import_command(file: str, name: str, overwrite: bool) -> None:
    """Read another program's kernel ('-': standard input) and print it as a kernel file.

    ImageMagick's kernel strings, libvips' .mat, GIMP's and plain text matrices, CSV, .npy.

    \b
    convfilter kernels import sharpen.mat
    echo "3x3: 0,-1,0 -1,5,-1 0,-1,0" | convfilter kernels import - --name from-magick
    """
    from convfilter.presets.exchange.import_text import import_file
    from convfilter.presets.write_yaml import yaml_text

    found = import_file(file)
    text = yaml_text(found.kernel, comments=found.notes)
    if not name:
        click.echo(text, nl=False)
        return
    from convfilter.presets.save import save_own

    click.echo(save_own(name, text, overwrite=overwrite))
    click.echo(f"try it: convfilter apply PICTURE -k {name}", err=True)


@click.command(
    "export",
    cls=SectionedCommand,
    short_help="Print the command or code that does the same elsewhere.",
)
@click.argument("spec", type=SpecType())
@what("--to", "target", section="Output", type=Word(TARGETS), required=True,
      help="The program or the form.")  # fmt: skip
def export_command(spec: str, target: str) -> None:
    """Print the command or the code that does the same elsewhere.

    With that program's flip, normalisation, border and rounding; the first line tells the command
    here that it is the same as.

    \b
    convfilter kernels export gaussian-5 --to imagemagick
    convfilter kernels export sobel-x --to torch > sobel.py
    """
    from convfilter.presets.exchange.export_text import export_kernel
    from convfilter.presets.load import load_kernel

    text = export_kernel(load_kernel(spec), target)
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
