"""A picture drawn on the terminal: in full where the extra `preview` can, else in half blocks.

textual-image speaks Kitty's protocol and Sixel, and asks the terminal which of them it understands.
Where it knows neither, half blocks are drawn here: two pixels above each other in a sign's place.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, TextIO

from convfilter.report.terminal import colour_as_shown, fit

if TYPE_CHECKING:
    from PIL import Image

    from convfilter.images.picture import Picture

# Lines that are left for the report above it, and columns and lines that are drawn at least.
SPARED_LINES, FEWEST = 4, 8
# Columns of a picture in half blocks beyond which it is no preview any more.
MOST_COLUMNS = 120
LETTER = 8, 16  # pixels, wide and high


def why_not(stream: TextIO) -> str:
    """Why nothing can be drawn on a stream; '' where it can."""
    if not stream.isatty():
        name = "standard error" if stream is sys.stderr else "standard output"
        return f"{name} is no terminal"
    if os.environ.get("TERM") == "dumb":
        return "TERM=dumb: the terminal draws no colours"
    if os.environ.get("NO_COLOR"):
        return "NO_COLOR is set"
    if fit("▀", stream) != "▀":
        return f"the terminal's encoding, {stream.encoding}, has no half blocks"
    return ""


def show_preview(picture: Picture, stream: TextIO, *, stretched: bool) -> None:
    """Draws a picture on a stream, which can (`why_not`).

    stretched  its least and greatest number become black and white
    """
    from convfilter.images.display import over_checker, shown

    image = over_checker(shown(picture, stretched=stretched))
    columns, lines = shutil.get_terminal_size()
    room = max(FEWEST, columns - 1), max(FEWEST, lines - SPARED_LINES)
    if _in_full(image, stream, room):
        return
    stream.writelines(
        line + "\n" for line in half_blocks(image, (min(room[0], MOST_COLUMNS), 2 * room[1]))
    )
    stream.flush()


def half_blocks(image: Image.Image, box: tuple[int, int]) -> list[str]:
    """An RGB image as lines of coloured half blocks, no wider and higher than a box of pixels."""
    import click
    import numpy as np

    from convfilter.images.display import fitted

    rows = np.asarray(fitted(image, box)).tolist()
    rows += [None] * (len(rows) % 2)  # below the last row there is the terminal's own ground
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        below = lower or [None] * len(upper)
        cells = [
            click.style("▀", fg=_colour(above), bg=_colour(under), reset=False)
            for above, under in zip(upper, below, strict=True)
        ]
        lines.append("".join(cells) + "\x1b[0m")
    return lines


def _colour(pixel: list[int] | None) -> Any:
    return None if pixel is None else colour_as_shown((pixel[0], pixel[1], pixel[2]))


def _in_full(image: Image.Image, stream: TextIO, room: tuple[int, int]) -> bool:
    """Draws by the terminal's own protocol, and says whether that was possible.

    The library asks the terminal through both standard streams, and writes to standard output only.
    """
    if stream is not sys.__stdout__ or sys.__stdin__ is None or not sys.__stdin__.isatty():
        return False
    logging.getLogger("textual_image").setLevel(logging.ERROR)
    try:
        from textual_image import renderable
    except ImportError:
        return False
    except Exception:  # noqa: BLE001 - it asks the terminal, whose answers are anybody's
        return False
    if renderable.Image not in (renderable.SixelImage, renderable.TGPImage):
        return False
    from rich.console import Console

    # No larger than the picture, as far as one can tell: few letters are smaller than this.
    columns = min(room[0], -(-image.width // LETTER[0]))
    lines = min(room[1], -(-image.height // LETTER[1]))
    Console(file=stream, width=columns, height=lines).print(
        renderable.Image(image, width="auto", height="auto")
    )
    stream.flush()
    return True
