"""`convfilter animate`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from convfilter.cli.jobs import steps_of, wanted_of
from convfilter.cli.options import (
    border_option,
    from_environment,
    geometry_options,
    json_option,
    kernel_option,
    quiet_option,
    told_as_typed,
    value_options,
)
from convfilter.cli.picture_options import output_to, reading_options, replacing
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
    from numpy.typing import NDArray

    from convfilter.core.kernel import Kernel
    from convfilter.core.spec import Spec
    from convfilter.core.traced import Place
    from convfilter.report.animate import AnimationFacts


@click.command("animate", cls=SectionedCommand)
@click.argument("image", type=FileName(), metavar="IMAGE", required=False)
@kernel_option
@numbers_options(
    "Numbers",
    "A pixel of IMAGE, counted from 0: 8x8 around it are shown.",
    ", up to 14x14 with their padding",
)
@geometry_options
@border_option
@value_options
@reading_options
@output_to(
    "FILE", "Where to write: .gif or .webp moves, .png has key frames side by side.", required=True
)
@replacing("an existing output")
@json_option
@quiet_option("No report.")
@click.pass_context
def command(ctx: click.Context, /, image: str | None, **values: Any) -> None:
    """Show a kernel sliding over a few numbers: the window, the products, the sum, the result filling up.

    Padding is a rim, stride a jump, dilation gaps. Colour is turned to grey first.

    \b
    convfilter animate flower.jpg -k sharpen --at 200,300 -o slide.gif
    convfilter animate --matrix "1 2 4 2; 4 7 3 2; 4 5 2 3; 2 1 7 8" -k "1 0; 0 2" -o course.gif
    convfilter animate flower.jpg -k sobel-x --border edge --stride 2 -o slide.webp
    """
    image_or_matrix(ctx, image, values["matrix"])
    with told_as_typed(ctx, image or "matrix", as_json=values["as_json"]):
        facts = _animated(ctx, image, values)
    if values["as_json"]:
        from convfilter.report.animate import as_json

        click.echo(as_json(facts))
    elif not values["quiet"]:
        from convfilter.report.animate import lines
        from convfilter.report.terminal import show

        show(lines(facts))


def _animated(ctx: click.Context, image: str | None, values: dict[str, Any]) -> AnimationFacts:
    from convfilter.animation import one_kernel, slide_target, write_slide
    from convfilter.core.traces import trace_every
    from convfilter.report.animate import AnimationFacts, subtitle_of, title_of
    from convfilter.report.slide import Slide, key_shots, shots

    at = place_of(values["at"])
    target = slide_target(values["output"], overwrite=values["overwrite"])
    kernel, spec = one_kernel(steps_of(ctx, values["kernels"], as_numbers(ctx, values)))
    numbers = _numbers(image, at, values, kernel, spec)
    made = trace_every(numbers.pixels, ((kernel, spec),))
    padding = made.traces[0][0].steps[0].geometry.padding
    slide = Slide(
        title_of(kernel, spec),
        subtitle_of(spec, padding, numbers.place),
        made,
        shaded=numbers.pixels.dtype.name == "uint8",
    )
    frames = shots(slide)
    moving = target.format.name != "PNG"
    if not moving:
        frames = key_shots(frames, len(made.traces[0]))
    drawings = [frame.drawing for frame in frames]
    durations_ms = [frame.duration_ms for frame in frames]
    file_bytes = write_slide(drawings, durations_ms, target)
    return AnimationFacts(
        image or "matrix",
        numbers.pixels.shape,
        target.path,
        (drawings[0].height, drawings[0].width),
        len(frames),
        sum(durations_ms) / 1000 if moving else 0.0,
        file_bytes,
        numbers.notes,
        from_environment(ctx),
    )


class _Numbers(NamedTuple):
    """What slides: pixels (H, W), where they are from, and what has to be said."""

    pixels: NDArray[Any]
    place: str
    notes: tuple[str, ...]


def _numbers(
    image: str | None, at: Place | None, values: dict[str, Any], kernel: Kernel, spec: Spec
) -> _Numbers:
    from convfilter.animation import check_size, cut_out
    from convfilter.core.kernel import shape_text

    if image is None:
        picture = matrix_picture(values)
        check_size(picture.pixels.shape, kernel, spec)
        return _Numbers(picture.pixels, f"{shape_text(picture.pixels.shape)} numbers", ())
    from convfilter.explanation import first_picture
    from convfilter.pipeline import Reading

    picture, notes = first_picture(Reading(image, wanted_of(values)), gray=True)
    notes = (*notes, "shown in grey: colour is turned to luma, as by --gray")
    part = cut_out(picture.pixels, at, kernel, spec)
    check_size(part.pixels.shape, kernel, spec)
    height, width = part.pixels.shape
    name = "standard input" if image == "-" else os.path.basename(image)
    place = f"{name}, rows {part.top} to {part.top + height - 1}, columns {part.left} to {part.left + width - 1}"
    if picture.alpha is not None:
        notes = (*notes, "transparency is left out")
    return _Numbers(part.pixels, place, notes)
