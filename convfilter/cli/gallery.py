"""`convfilter gallery`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from convfilter.cli.jobs import job_of, wanted_of
from convfilter.cli.options import (
    border_option,
    from_environment,
    geometry_options,
    json_option,
    named_as_typed,
    pixel_count,
    quiet_option,
    spec_of,
    told_as_typed,
    unknown_variables,
    value_options,
    work_options,
)
from convfilter.cli.picture_options import (
    colour_options,
    format_option,
    output_to,
    quality_option,
    reading_options,
    replacing,
)
from convfilter.cli.sections import SectionedCommand, how, stacked, what
from convfilter.cli.slips import FileName, SpecType, Whole, Word
from convfilter.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from convfilter.gallery import Order, Sizes, Tile
    from convfilter.images.target import Target
    from convfilter.images.wanted import Wanted
    from convfilter.job import Job
    from convfilter.report.gallery.cards import GalleryFacts

# The headings of the presets, by their first tag, in this order; other tags follow.
GROUPS = ("basic", "blur", "sharpen", "edges", "gradient", "relief", "texture", "colour")
OWN = "your own"
# The longer side of what a page enlarges to, and the pixels of a tile to one of the page: screens are
# fine today.
LARGE, FINE = 1280, 2

sheet_options = stacked(
    how("--tile", section="Sheet", type=Whole(32, 8192), default=240, show_default=True,
        metavar="PIXELS", help="The longer side of a tile; larger results are shrunk."),
    how("--columns", section="Sheet", type=Whole(1, 1000), default=None, metavar="N",
        help="Tiles beside each other.  [default: as many as look well]"),
    how("--theme", section="Sheet", type=Word(("light", "dark")), default=None,
        help="Dark on light or light on dark.  [default: light; a page follows its reader's]"),
)  # fmt: skip

output_options = stacked(
    output_to(
        "FILE|DIR/|-",
        "Where to write: .html is a page, .png, .jpg, .webp … a picture; '-' is standard output.  "
        "[default: {stem}_gallery.png beside the picture]",
    ),
    replacing("an existing output"),
    format_option("Format of the output: html, png, jpg, webp …  [default: by its suffix]"),
    quality_option("N", "Quality of JPEG, WebP and AVIF, 1 to 100."),
)


@click.command("gallery", cls=SectionedCommand)
@click.argument("image", type=FileName(), metavar="IMAGE")
@what("-k", "--kernel", "kernels", section="Kernel", type=SpecType(), multiple=True, metavar="SPEC",
      help='A kernel, or several in turn in quotes: "gaussian:sigma=2 then sobel"; each -k is a tile.  '
      "[default: all presets]")  # fmt: skip
@what("--tag", section="Kernel", default="", metavar="WORD",
      help="Only the presets with this tag: blur, sharpen, edges …")  # fmt: skip
@geometry_options
@border_option
@value_options
@colour_options
@reading_options
@sheet_options
@output_options
@work_options
@json_option
@quiet_option("No report.")
@click.pass_context
def command(ctx: click.Context, /, image: str, kernels: tuple[str, ...], **values: Any) -> None:
    """Show IMAGE under many kernels, on a sheet (.png, .jpg …) or a page (.html).

    Every kernel filters the picture at its full size; then the result is shrunk to its tile. A kernel
    that fails does not stop the others: its tile says why, and the exit status is 1.

    \b
    convfilter gallery flower.jpg                            all presets: flower_gallery.png
    convfilter gallery flower.jpg -o flower.html             a page: enlarges, compares
    convfilter gallery flower.jpg --tag edges --gray -o edges.png
    convfilter gallery flower.jpg -k blur -k "blur then sobel" -k my.yaml -o sheet.png
    """
    output = values["output"] or ("-" if image == "-" else "")
    piped = output == "-"
    if piped and sys.stdout.isatty():
        raise click.UsageError("the sheet's bytes would go to a terminal: name a file with -o", ctx)
    with told_as_typed(ctx, image, as_json=values["as_json"], err=piped):
        facts = _made(ctx, image, kernels, values | {"output": output})
    _report(ctx, facts, values, piped=piped)


def _made(
    ctx: click.Context, image: str, kernels: tuple[str, ...], values: dict[str, Any]
) -> GalleryFacts:
    wanted = wanted_of(values)
    if kernels and values["tag"]:
        raise OptionError("tag: it chooses among the presets, and -k names kernels: leave one out")
    from convfilter.pipeline import Reading

    target = _target(image, values)
    reading = Reading(image, wanted).begin()
    from convfilter.gallery import Sizes, box_of, fitting, make_tiles, read_source
    from convfilter.images.display import times_of
    from convfilter.threads import core_count

    orders = _orders(kernels, values["tag"])
    make_job = _job_maker(ctx, image, target.path, wanted, values)
    orders, source = fitting(orders, read_source(image, reading, gray=values["gray"]))
    shape = source.picture.shape
    is_page = target.format.name == "HTML"
    box = box_of(shape, values["tile"] * (FINE if is_page else 1))
    large = box_of(shape, LARGE) if is_page else None
    sizes = Sizes(box, large, times_of((shape[1], shape[0]), box))
    tiles = make_tiles(source, orders, make_job, sizes, values["jobs"] or core_count())
    from convfilter.report.gallery.cards import GalleryFacts

    facts = GalleryFacts(
        image,
        target.path,
        source,
        [_named(ctx, tile) for tile in tiles],
        sizes.tile,
        sizes.times > 0,
        values["columns"] or 0,
        from_environment(ctx),
    )
    notes = _write(facts, sizes, target, values | {"kernels": kernels})
    return facts._replace(written=tuple(notes))


def _target(image: str, values: dict[str, Any]) -> Target:
    from convfilter.gallery import sheet_target

    return sheet_target(
        image,
        values["output"],
        values["format"],
        quality=values["quality"] if isinstance(values["quality"], int) else 92,
        overwrite=values["overwrite"],
    )


def _orders(kernels: tuple[str, ...], tag: str) -> list[Order]:
    """What was asked for; else the presets by their first tag, and kernels of one's own behind them."""
    from convfilter.core.kernel import Kernel
    from convfilter.gallery import Order
    from convfilter.presets.load import all_kernels

    if kernels:
        return [Order(spec, "", spec) for spec in kernels]
    every = [kernel for kernel in all_kernels() if isinstance(kernel, Kernel)]
    if tag:
        tags = sorted({word for kernel in every for word in kernel.tags})
        if tag.lower() not in tags:
            raise OptionError(f"tag: {tag!r} is none of {', '.join(tags)}")
        every = [kernel for kernel in every if tag.lower() in kernel.tags]
    groups = [OWN if kernel.file else (*kernel.tags, "others")[0] for kernel in every]
    order = dict.fromkeys([*GROUPS, *groups])
    order[OWN] = order.pop(OWN, None)
    return [
        Order(kernel.name, group, kernel.file or kernel.name, kernel.depth)
        for wanted in order
        for kernel, group in zip(every, groups, strict=True)
        if group == wanted
    ]


def _job_maker(
    ctx: click.Context, image: str, output: str, wanted: Wanted, values: dict[str, Any]
) -> Callable[[str], Job]:
    """What makes a job of a SPEC; options that are wrong whatever the kernel are told at once."""
    spec_of(ctx, values)

    def make(text: str) -> Job:
        job = job_of(ctx, (text,), values, wanted)
        return job._replace(source=image, output=output)

    return make


def _named(ctx: click.Context, tile: Tile) -> Tile:
    if not isinstance(tile.error, OptionError):
        return tile
    return tile._replace(error=named_as_typed(ctx, tile.error))


def _write(facts: GalleryFacts, sizes: Sizes, target: Target, values: dict[str, Any]) -> list[str]:
    """Writes the sheet or page; notes on what the format did to it."""
    from convfilter.gallery import view_of
    from convfilter.images.write import write_picture, write_text
    from convfilter.report.gallery import cards as report

    original = view_of(facts.source.picture, sizes)
    if target.format.name == "HTML":
        from convfilter.report.gallery.page import Looks, page

        looks = Looks(values["tile"], values["theme"] or "")
        return write_text(page(facts, original, looks), target)
    from convfilter.images.contact_sheet import Layout, draw_sheet
    from convfilter.images.target import check_side

    sheet = draw_sheet(
        report.title_of(facts),
        report.about_of(facts),
        report.sections_of(facts, original.tile if values["kernels"] else None),
        Layout(facts.box, facts.columns, values["theme"] or "light"),
        pixel_count(values["max_pixels"]),
    )
    check_side(target.format, "RGB", sheet.picture.pixels.shape, target.label)
    return write_picture(sheet.picture, target)


def _report(
    ctx: click.Context, facts: GalleryFacts, values: dict[str, Any], *, piped: bool
) -> None:
    from convfilter.cli.main import complain
    from convfilter.report.gallery import cards as report
    from convfilter.report.terminal import show

    failed = [tile for tile in facts.tiles if tile.error is not None]
    if values["as_json"]:
        for line in report.json_lines(facts):
            click.echo(line, err=piped)
    elif not values["quiet"]:
        strange = [f"  note     {note}" for note in unknown_variables(ctx)]
        show([*report.lines(facts), *strange], err=piped)
    if not values["as_json"]:
        for tile in failed:
            message = " ".join(str(tile.error).split())
            complain(f"{tile.order.caption}: {message}")
    if failed:
        ctx.exit(1)
