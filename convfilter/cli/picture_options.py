"""Options on pictures: how they are read, which part is filtered, and how they are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convfilter.cli.sections import Function, how, stacked, what
from convfilter.cli.slips import FileName, Quality, Whole, Word
from convfilter.core.words import ALPHA_MODES
from convfilter.images.formats import PNG_LEVEL

colour_options = stacked(
    how(
        "--gray/--no-gray",
        "--grey/--no-grey",
        "gray",
        section="Picture",
        help="Turn colour to grey first (Rec. 601 luma).",
    ),
    how(
        "--alpha",
        section="Picture",
        type=Word(ALPHA_MODES),
        default="auto",
        show_default=True,
        help="Transparency: weigh colours with it, keep it as it is, filter it, or drop it.",
    ),
    how(
        "--linear/--no-linear",
        section="Picture",
        help="Filter light, not its sRGB codes: blurred edges keep their brightness.",
    ),
)

part_options = stacked(
    what(
        "--region",
        section="Picture",
        default=None,
        metavar="TOP,LEFT,HEIGHT,WIDTH",
        help="Filter this part only, or WxH+X+Y; the rest stays. Means --padding same.",
    ),
    what(
        "--mask",
        section="Picture",
        type=FileName(),
        default=None,
        metavar="FILE",
        help="Filter where this picture is white, leave what is black, mix in between. Means "
        "--padding same.",
    ),
)

reading_options = stacked(
    what(
        "--frame",
        section="Picture",
        type=Whole(0),
        default=None,
        metavar="N",
        help="Only this frame or page, counted from 0.  [default: all, each by itself]",
    ),
    how(
        "--bits",
        section="Picture",
        type=Word(("8", "16")),
        default=None,
        metavar="8|16",
        help="Bits a sample: takes 16-bit pictures as 8 bits or the other way, makes pixels of "
        "floating-point results from 0 to 1.  [default: as they are]",
    ),
    how(
        "--layout",
        section="Picture",
        type=Word(("hwc", "hwca")),
        default=None,
        metavar="hwc|hwca",
        help="The axes of a .npy or Zarr array are height, width, channels, even where they don't look so; hwca: the "
        "last channel is alpha.",
    ),
    how(
        "--allow-truncated/--no-allow-truncated",
        section="Picture",
        help="Fill what is missing in a damaged file instead of refusing it.",
    ),
    how(
        "--max-pixels",
        section="Picture",
        default="500M",
        show_default=True,
        metavar="N",
        help="Refuse larger pictures, or frames in sum, before they are decoded.",
    ),
)

picture_options = stacked(colour_options, part_options, reading_options)


def output_to(
    metavar: str, words: str, *, required: bool = False
) -> Callable[[Function], Function]:
    """Where to write, as a command knows it; click takes what has a default, even None, as not needed."""
    needed: dict[str, Any] = {"required": True} if required else {"default": None}
    return what(
        "-o",
        "--output",
        "--out",
        "output",
        section="Output",
        type=FileName(),
        metavar=metavar,
        help=words,
        **needed,
    )


def replacing(existing: str) -> Callable[[Function], Function]:
    """That what exists may be replaced: 'an existing output'."""
    return what("-f", "--overwrite", is_flag=True, section="Output", help=f"Replace {existing}.")


def format_option(words: str) -> Callable[[Function], Function]:
    """The output's format by its name."""
    return how("--format", section="Output", default="", metavar="NAME", help=words)


def quality_option(metavar: str, words: str) -> Callable[[Function], Function]:
    """What formats with losses may lose."""
    return how(
        "--quality",
        section="Output",
        type=Quality(1, 100),
        default=92,
        show_default=True,
        metavar=metavar,
        help=words,
    )


output_option = output_to(
    "FILE|DIR/|-",
    "Where to write; '-' is standard output.  [default: {stem}_{kernel}{ext} beside the picture]",
)

compare_option = what(
    "--compare",
    section="Output",
    type=FileName(),
    default=None,
    metavar="FILE.png",
    help="Also a picture of before, after and the difference, enlarged; PSNR in the report.",
)

output_options = stacked(
    replacing("an existing output"),
    format_option(
        "Format of the output: jpg, png, tif, webp, avif, gif, bmp, ppm, tga, jp2, npy, zarr.  "
        "[default: by its suffix]"
    ),
    quality_option(
        "N|keep",
        "Quality of JPEG, WebP and AVIF, 1 to 100; keep: the JPEG source's own tables.",
    ),
    how(
        "--compress",
        section="Output",
        type=Whole(0, 9),
        default=None,
        metavar="LEVEL",
        help=f"Effort for PNG: 0 none, {PNG_LEVEL} as usual, 9 small and slow; for TIFF: 0 or not.",
    ),
    how(
        "--strip/--no-strip",
        section="Output",
        help="Leave EXIF, XMP, ICC profile, texts and DPI out, of a Zarr array its attributes.",
    ),
    how(
        "--fsync/--no-fsync",
        section="Output",
        help="Wait until the disk has the output: whole even after a power failure.",
    ),
)
