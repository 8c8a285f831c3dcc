"""`convfilter shape`."""

from __future__ import annotations

import re
from typing import Any

import click

from convfilter.cli.options import (
    from_environment,
    geometry_options,
    json_option,
    named_as_typed,
    pixel_count,
    spec_of,
)
from convfilter.cli.sections import SectionedCommand, what
from convfilter.cli.slips import FileName, SpecType

SIZE = re.compile(r"\d+(?:[x×]\d+){1,3}")


@click.command("shape", cls=SectionedCommand)
@click.argument("image", type=FileName(), metavar="IMAGE|SIZE")
@what("-k", "--kernel", "spec", section="Kernel", type=SpecType(), required=True,
      metavar="SPEC|SIZE", help="A kernel, or its size: 5x5, or 16x3x3x3 for a bank.")  # fmt: skip
@geometry_options
@json_option
@click.pass_context
def command(ctx: click.Context, /, image: str, spec: str, as_json: bool, **values: Any) -> None:
    """Tell the result's size without filtering: high x wide, from a picture or a size.

    \b
    convfilter shape 459x612 -k 5x5 --padding 2 --stride 2     230x306
    convfilter shape flower.jpg -k sharpen
    convfilter shape 32x32x3 -k 16x3x3x3 -p 1                  32x32x16
    """
    from convfilter.core.conv import output_shape
    from convfilter.core.geometry import make_geometry
    from convfilter.core.problem import check_depth
    from convfilter.errors import OptionError
    from convfilter.images.decode import read_size
    from convfilter.report import shape as report

    name, kernel_shape = _kernel(spec)
    if SIZE.fullmatch(image):
        shape = _sizes(image)
    else:
        height, width, channels = read_size(image, pixel_count("1000G"))
        check_depth(kernel_shape, (height, width, channels))
        shape = (height, width) if channels == 1 else (height, width, channels)
    try:
        options = spec_of(ctx, values)
    except OptionError as error:
        raise named_as_typed(ctx, error) from None
    sizes = (shape[0], shape[1]), (kernel_shape[-2], kernel_shape[-1])
    geometry = make_geometry(*sizes, options.stride, options.dilation, options.padding)
    result = output_shape(
        shape,
        kernel_shape,
        stride=options.stride,
        padding=options.padding,
        dilation=options.dilation,
    )
    environment = from_environment(ctx)
    facts = report.ShapeFacts(
        image, shape, name, kernel_shape, options, geometry, result, environment
    )
    if as_json:
        click.echo(report.as_json(facts))
    else:
        report.show_shape(facts)


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.split("[x×]", text))


def _kernel(spec: str) -> tuple[str, tuple[int, ...]]:
    if SIZE.fullmatch(spec):
        return "", _sizes(spec)
    from convfilter.presets import load_kernel

    kernel = load_kernel(spec)
    return kernel.name, kernel.weights.shape
