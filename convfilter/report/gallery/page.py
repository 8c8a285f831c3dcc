"""A gallery as one HTML page that loads nothing: all pictures lie in it.

page.html is the page, page.css its looks, page.js what happens on a click. A policy in its head
allows these two by their hash, and pictures that are in the page: nothing else can load or run.
Source: https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from convfilter import __version__
from convfilter.core.receptive import field_through
from convfilter.images.contact_sheet import kernel_thumb
from convfilter.images.display import data_url
from convfilter.report.gallery.cards import (
    amplified_words,
    notes_of,
    range_of,
    sizes_of,
    title_of,
    weights_of,
    words_of,
)
from convfilter.report.terminal import printable

if TYPE_CHECKING:
    from convfilter.core.geometry import Axis
    from convfilter.core.kernel import Kernel
    from convfilter.gallery import Tile, View
    from convfilter.job import Outcome
    from convfilter.report.gallery.cards import GalleryFacts

THUMB = 88  # pixels of a side of a kernel's weights, shown at half of that
ABOUT = (
    "Filtered at full size, then shrunk to fit. A click enlarges, and lays the result over the picture "
    "as it was. Weights: red is positive, blue negative."
)


class Looks(NamedTuple):
    """cell_px  the least width of a tile in the page;  theme: light, dark, or '' for the reader's own."""

    cell_px: int
    theme: str


def page(facts: GalleryFacts, original: View, looks: Looks) -> str:
    """The whole page as text; `original` is the picture as it is."""
    width, height = facts.box
    columns = str(facts.columns) if facts.columns else "auto-fill"
    least = f"{max(140, round(looks.cell_px * width / max(width, height)))}px"
    own = f":root{{--ratio:{width}/{height};--cell:{least};--columns:{columns}}}\n"
    style, script = own + _text("page.css"), _text("page.js")
    name = escape(title_of(facts))
    return Template(_text("page.html")).substitute(
        theme=f' data-theme="{looks.theme}"' if looks.theme else "",
        scheme=looks.theme or "light dark",
        version=__version__,
        title=f"{name} – convfilter gallery",
        name=name,
        about=" ".join(
            map(escape, [ABOUT, *amplified_words(facts), *map(printable, notes_of(facts))])
        ),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        sections=_sections(facts),
        body='class="tiny"' if facts.tiny else "",
        original=original.large or original.small,
        clear='class="clear"' if original.tile.mode == "RGBA" else "",
    )


def _text(name: str) -> str:
    return (files("convfilter.report.gallery") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _sections(facts: GalleryFacts) -> str:
    groups = dict.fromkeys(tile.order.group for tile in facts.tiles)
    parts = []
    for group in groups:
        heading = f"<h2>{escape(group)}</h2>\n" if group else ""
        cards = "\n".join(_card(tile) for tile in facts.tiles if tile.order.group == group)
        parts.append(f'<section>\n{heading}<ul class="cards">\n{cards}\n</ul>\n</section>')
    return "\n".join(parts)


def _card(tile: Tile) -> str:
    name = escape(printable(tile.order.caption))
    lines = []
    if tile.view is None or tile.outcome is None:
        upper = f'<p class="fault">{escape(printable(str(tile.error)))}</p>'
        lines += [sizes_of(tile)] if tile.job else []
    else:
        view = tile.view
        large = f' data-large="{view.large}"' if view.large else ""
        place = f' data-place="{found}"' if (found := _place(tile.outcome)) else ""
        clear = ' class="clear"' if view.tile.mode == "RGBA" else ""
        upper = (
            f'<button type="button" class="picture" aria-label="Enlarge {name}"{place}{large}>'
            f'<img{clear} src="{view.small}" alt="{name}" width="{view.tile.width}" '
            f'height="{view.tile.height}" loading="lazy" decoding="async"></button>'
        )
        lines += [words_of(tile), range_of(tile)]
    kernels = [_weights(kernel) for kernel, _ in tile.job.steps] if tile.job else []
    words = "".join(f"<span>{escape(line)}</span>" for line in lines)
    caption = f'<div class="caption">{"".join(kernels)}<div><b>{name}</b>{words}</div></div>'
    return f"<li>{upper}{caption}</li>"


def _place(outcome: Outcome) -> str:
    """What a result lies over, as shares of the picture: left, top, width, height; '' if it can't be said."""
    steps = outcome.result.steps
    if outcome.output_mode == "N" or any(step.spec.border.kind == "resize" for step in steps):
        return ""
    columns = _extent([step.geometry.columns for step in steps])
    rows = _extent([step.geometry.rows for step in steps])
    return " ".join(f"{each:.6g}" for each in (columns[0], rows[0], columns[1], rows[1]))


def _extent(axes: list[Axis]) -> tuple[float, float]:
    """Where results begin along an axis, and how far they go, as shares of the picture's size.

    Each stands for as many pixels as there are from one to the next, itself in their middle.
    """
    field, size = field_through(axes)[-1], axes[0].size
    begin = field.anchor + 0.5 - field.jump / 2
    return begin / size, axes[-1].out * field.jump / size


def _weights(kernel: Kernel) -> str:
    url = data_url(kernel_thumb(weights_of(kernel), THUMB))
    name = escape(printable(kernel.name))
    return f'<img class="weights" src="{url}" alt="weights of {name}" width="46" height="46">'
