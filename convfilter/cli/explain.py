"""`convfilter explain`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from convfilter.cli.jobs import job_of, wanted_of
from convfilter.cli.options import (
    border_option,
    from_environment,
    geometry_options,
    implied_same,
    json_option,
    kernel_option,
    told_as_typed,
    value_options,
    work_options,
)
from convfilter.cli.picture_options import picture_options
from convfilter.cli.sections import SectionedCommand
from convfilter.cli.slips import FileName
from convfilter.cli.sources import (
    as_numbers,
    image_or_matrix,
    matrix_picture,
    numbers_options,
    place_of,
)

if TYPE_CHECKING:
    from convfilter.explanation import Explanation


@click.command("explain", cls=SectionedCommand)
@click.argument("image", type=FileName(), metavar="IMAGE", required=False)
@kernel_option
@numbers_options("Pixel", "Which pixel of the result, counted from 0.")
@geometry_options
@border_option
@value_options
@picture_options
@work_options
@json_option
@click.pass_context
def command(ctx: click.Context, /, image: str | None, **values: Any) -> None:
    """Explain one pixel of what `apply` would make of IMAGE: every product, the sum, and the rest.

    Shows the window with the pixels that come from the border, the kernel as it is used, the products,
    the sum, scale, bias, range, rounding, and what is written. Nothing is written. Takes the options of
    `apply`.

    \b
    convfilter explain flower.jpg -k sharpen                 the pixel in the middle
    convfilter explain flower.jpg -k sobel --gray --at 0,0 --border edge
    convfilter explain flower.jpg -k gaussian:sigma=1 -k sobel-x --at 200,300
    convfilter explain --matrix "1 2 4; 4 7 3; 4 5 2" -k "1 0 1; 0 2 1; 1 0 1"
    """
    image_or_matrix(ctx, image, values["matrix"])
    with told_as_typed(ctx, image or "matrix", as_json=values["as_json"]):
        explanation = _explained(ctx, image, values)
    environment = from_environment(ctx)
    if values["as_json"]:
        from convfilter.report.explain_json import explanation_json

        click.echo(explanation_json(explanation, environment))
        return
    from convfilter.report.explain import lines
    from convfilter.report.screen import screen_of
    from convfilter.report.terminal import fit

    implied = implied_same(ctx)
    for text in lines(explanation, environment, screen_of(sys.stdout), implied_by=implied):
        click.echo(fit(text, sys.stdout))


def _explained(ctx: click.Context, image: str | None, values: dict[str, Any]) -> Explanation:
    from convfilter.pipeline import Reading

    at, wanted = place_of(values["at"]), wanted_of(values)
    if image is None:
        from convfilter.explanation import explain_picture, with_results

        job = job_of(ctx, values["kernels"], as_numbers(ctx, values), wanted)
        job = job._replace(source="matrix")
        return with_results(explain_picture(matrix_picture(values), job, at))
    reading = Reading(image, wanted).begin()
    from convfilter.explanation import explain

    job = job_of(ctx, values["kernels"], values, wanted)
    return explain(job._replace(source=image), at, reading)
