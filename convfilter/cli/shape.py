"""`convfilter shape`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from convfilter.cli.options import (
    check_once,
    from_environment,
    geometry_options,
    json_option,
    named_as_typed,
    pixel_count,
    spec_of,
)
from convfilter.cli.sections import SectionedCommand, stacked, what
from convfilter.cli.slips import FileName, SpecType

if TYPE_CHECKING:
    from convfilter.core.stages import Steps
    from convfilter.core.steps import Step
    from convfilter.report.shape import ShapeStep
    from convfilter.report.shape_more import TableRow

# 459x612, also as 459X612, "459 x 612", 459,612; and behind a kernel's size the options of its step.
SIZE = re.compile(r"\s*\d+(?:\s*[xX×,]\s*\d+){1,3}\s*")
SIZE_AND_OPTIONS = re.compile(rf"({SIZE.pattern})(?::(.*=.*))?")


# What --table shows beside what is asked for.
STRIDES, DILATIONS, PADDINGS = (1, 2, 3), (1, 2, 3), ("valid", "same", "full")

more_options = stacked(
    what("--table", is_flag=True, section="Report",
         help="Also the sizes with other strides, paddings and dilations."),
    what("--field", is_flag=True, section="Report",
         help="Also the receptive field: which pixels a result depends on, through all steps."),
    what("--cost", is_flag=True, section="Report",
         help="Also weights, connections and multiply-adds, against a dense layer."),
)  # fmt: skip


@click.command("shape", cls=SectionedCommand)
@click.argument("image", type=FileName(), metavar="IMAGE|SIZE")
@what("-k", "--kernel", "specs", section="Kernel", type=SpecType(), required=True, multiple=True,
      metavar="SPEC|SIZE",
      help="A kernel, or its size: 5x5, 5x5:stride=2, or 16x3x3x3 for a bank; several are applied "
      "in turn.")  # fmt: skip
@geometry_options
@more_options
@json_option
@click.pass_context
def command(
    ctx: click.Context, /, image: str, specs: tuple[str, ...], as_json: bool, **values: Any
) -> None:
    """Tell the result's size without filtering: high x wide, from a picture or a size.

    \b
    convfilter shape 459x612 -k 5x5 --padding 2 --stride 2     230x306
    convfilter shape flower.jpg -k sharpen
    convfilter shape 32x32x3 -k 16x3x3x3 -p 1                  32x32x16
    convfilter shape 459x612 -k gaussian:sigma=2,stride=2 -k sobel --field
    convfilter shape 32x32x3 -k 16x3x3x3 -p 1 --cost           448 parameters
    convfilter shape 459x612 -k 5x5 --table
    """
    from convfilter.core.problem import check_depth
    from convfilter.core.steps import make_steps
    from convfilter.errors import OptionError
    from convfilter.images.decode import read_size
    from convfilter.report import shape as report

    given = [step for spec in specs for step in _steps(spec)]
    try:
        check_once(ctx, given)
        steps = make_steps(given, spec_of(ctx, values))
    except OptionError as error:
        raise named_as_typed(ctx, error) from None
    if SIZE.fullmatch(image):
        shape = _sizes(image)
    else:
        height, width, channels = read_size(image, pixel_count("1000G"))
        check_depth(steps[0][0].shape, (height, width, channels))
        shape = (height, width) if channels == 1 else (height, width, channels)
    made = _made(shape, steps)
    table = _table(shape, made) if values["table"] else None
    facts = report.ShapeFacts(image, shape, made, from_environment(ctx), table)
    if as_json:
        click.echo(report.as_json(facts))
    else:
        report.show_shape(facts, report.Wish(values["field"], values["cost"]))


def _made(shape: tuple[int, ...], steps: Steps) -> list[ShapeStep]:
    """What each step makes of what the one before has made."""
    from convfilter.core.conv import output_shape
    from convfilter.core.cost import cost_of
    from convfilter.core.geometry import make_geometry
    from convfilter.core.receptive import field_through
    from convfilter.report.shape import ShapeStep

    made: list[ShapeStep] = []
    for kernel, spec in steps:
        geometry = make_geometry(
            (shape[0], shape[1]), kernel.size, spec.stride, spec.dilation, spec.padding
        )
        read, shape = (
            shape,
            output_shape(
                shape,
                kernel.shape,
                stride=spec.stride,
                padding=spec.padding,
                dilation=spec.dilation,
            ),
        )
        cost = cost_of(read, kernel.shape, shape, len(kernel.members) or 1)
        so_far = [step.geometry for step in made] + [geometry]
        fields = (
            field_through(each.rows for each in so_far)[-1],
            field_through(each.columns for each in so_far)[-1],
        )
        made.append(ShapeStep(kernel.name, kernel.shape, spec, geometry, shape, cost, fields))
    return made


def _table(shape: tuple[int, ...], made: list[ShapeStep]) -> list[TableRow]:
    """Sizes with strides and dilations of 1, 2, 3 and the paddings that have names, and what was asked for.

    Raises OptionError for several kernels.
    """
    from convfilter.errors import OptionError
    from convfilter.report.shape_more import TableRow

    if len(made) > 1:
        raise OptionError(f"--table: of one kernel, these are {len(made)}; --json has every step's")
    spec, kernel = made[0].spec, made[0].kernel_shape
    strides = sorted({(n, n) for n in STRIDES} | {spec.stride})
    dilations = sorted({(n, n) for n in DILATIONS} | {spec.dilation})
    paddings: dict[str, Any] = {name: name for name in PADDINGS}
    if spec.padding.mode == "pixels":
        top, bottom, left, right = spec.padding.pixels
        alike = top == bottom == left == right
        paddings[f"padding {top if alike else f'{top},{bottom},{left},{right}'}"] = spec.padding
    return [
        TableRow(
            stride,
            dilation,
            tuple(
                (name, _size(shape, kernel, stride=stride, dilation=dilation, padding=padding))
                for name, padding in paddings.items()
            ),
        )
        for dilation in dilations
        for stride in strides
    ]


def _size(
    shape: tuple[int, ...], kernel: tuple[int, ...], **options: Any
) -> tuple[int, int] | None:
    from convfilter.core.conv import output_shape
    from convfilter.errors import ShapeError

    try:
        height, width = output_shape(shape, kernel, **options)[:2]
    except ShapeError:
        return None
    return height, width


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def _steps(spec: str) -> list[Step]:
    """The kernels of a SPEC; of a size one without a name, whose weights take no memory."""
    import numpy as np

    from convfilter.core.kernel import Kernel, shape_text
    from convfilter.core.steps import Step
    from convfilter.errors import ShapeError
    from convfilter.presets.load import load_steps
    from convfilter.presets.spec_text import parse_parameters

    if (match := SIZE_AND_OPTIONS.fullmatch(spec)) is None or "," in match[1]:
        return load_steps(spec)
    sizes = _sizes(match[1])
    if min(sizes) < 1:
        raise ShapeError(f"the kernel is empty (shape {shape_text(sizes)})")
    weights = np.broadcast_to(np.zeros(1), sizes)
    options = dict(parse_parameters(match[2] or ""))
    return [Step(Kernel(weights, weights, None, name=""), options)]
