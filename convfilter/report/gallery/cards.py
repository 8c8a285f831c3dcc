"""A gallery's tiles as cards of a sheet or page, as lines, and as JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.kernel import Kernel, shape_text
from convfilter.core.properties import planes_of
from convfilter.gallery import Source, Tile
from convfilter.report import json_line
from convfilter.report.heat import NEGATIVE, POSITIVE, in_cells
from convfilter.report.outcome import MODE_WORDS, environment_lines
from convfilter.report.terminal import printable

if TYPE_CHECKING:
    from convfilter.images.contact_sheet import Section

# Cells of a side beyond which a kernel's weights are drawn in blocks.
MOST_CELLS = 44
NOTHING = (128, 128, 128, 36)  # a weight of 0: red, green, blue, alpha


class GalleryFacts(NamedTuple):
    """What a gallery's report tells.

    box   (width, height) that tiles fit into
    tiny  whether the picture is so small that it was enlarged
    written  what has to be said of the file
    """

    image: str
    output: str
    source: Source
    tiles: Sequence[Tile]
    box: tuple[int, int]
    tiny: bool
    columns: int
    environment: dict[str, str]
    written: tuple[str, ...] = ()


def title_of(facts: GalleryFacts) -> str:
    """The picture's name, and how large it is."""
    picture = facts.source.picture
    name = "standard input" if facts.image == "-" else os.path.basename(facts.image)
    mode = MODE_WORDS.get(picture.mode, picture.mode)
    return f"{printable(name)}  {shape_text(picture.shape)} {mode}"


def about_of(facts: GalleryFacts) -> str:
    """How the tiles came about."""
    height, width = facts.source.picture.shape[:2]
    share = min(facts.box[0] / width, facts.box[1] / height)
    size = "shown as it is"
    if share < 1:
        size = f"shrunk to {share:.0%}" if share >= 0.095 else f"shrunk to {share:.1%}"
    elif facts.tiny:
        size = "enlarged: every square is a pixel"
    about = f"Filtered at full size, then {size}. Weights: red is positive, blue negative."
    return " ".join([about, *amplified_words(facts)])


def amplified_words(facts: GalleryFacts) -> list[str]:
    """What "shown ×8" means, where it stands at a tile."""
    if not any(tile.view and tile.view.amplified > 1 for tile in facts.tiles):
        return []
    return ["Weak results are shown brighter than they are, as many times as their captions say."]


def sections_of(facts: GalleryFacts, original: Any = None) -> list[Section]:
    """Tiles as cards, under the headings of their groups.

    original  the view of the picture as it is, as the first card; None for none
    """
    from convfilter.images.contact_sheet import Card, Section

    sections = [
        Section(group, [card_of(tile) for tile in tiles])
        for group, tiles in groupby(facts.tiles, lambda tile: tile.order.group)
    ]
    if original is not None:
        first = Card(original, "as it is", (shape_text(facts.source.picture.shape),))
        sections[0] = Section(sections[0].heading, [first, *sections[0].cards])
    return sections


def card_of(tile: Tile) -> Any:
    """A tile as a card."""
    from convfilter.images.contact_sheet import Card

    caption = printable(tile.order.caption)
    kernels = tuple(weights_of(kernel) for kernel, _ in tile.job.steps) if tile.job else ()
    if tile.view is None or tile.outcome is None:
        sizes = [sizes_of(tile)] if tile.job else []
        return Card(None, caption, tuple(sizes), kernels, printable(str(tile.error)))
    return Card(tile.view.tile, caption, (words_of(tile), range_of(tile)), kernels)


def words_of(tile: Tile) -> str:
    """The sizes of a tile's kernels, and of the result: '3×3 → 457×610×3'."""
    assert tile.outcome is not None  # noqa: S101 - for the type checker
    return f"{sizes_of(tile)} → {shape_text(tile.outcome.output_shape)}"


def sizes_of(tile: Tile) -> str:
    """The sizes of a tile's kernels: '9×9, 3×3'."""
    assert tile.job is not None  # noqa: S101 - for the type checker
    return ", ".join(_size(kernel) for kernel, _ in tile.job.steps)


def _size(kernel: Kernel) -> str:
    members = f" ({kernel.combine} of {len(kernel.members)})" if kernel.members else ""
    return f"{shape_text(kernel.shape)}{members}"


def range_of(tile: Tile) -> str:
    """The range policy, how much it cut, and how many times as bright the result is shown."""
    assert tile.outcome is not None  # noqa: S101 - for the type checker
    assert tile.view is not None  # noqa: S101 - likewise
    result = tile.outcome.result
    facts = result.statistics
    share = (facts.below + facts.above) / max(facts.samples, 1)
    policy = ", ".join(dict.fromkeys(result.policy.split(",")))
    if share >= 0.0005 and result.policy != "float":
        policy += f", {share:.1%} cut"
    if tile.view.amplified > 1:
        policy += f", shown ×{tile.view.amplified}"
    return f"range {policy}"


def weights_of(kernel: Kernel) -> list[NDArray[np.uint8]]:
    """The weights of a kernel's planes as colours with alpha, (h, w, 4): red positive, blue negative."""
    planes = [in_cells(plane, MOST_CELLS) for _, plane in planes_of(kernel)]
    largest = max(float(np.abs(plane).max()) for plane in planes) or 1.0
    return [_coloured(plane / largest) for plane in planes]


def _coloured(shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    cells = np.empty((*shares.shape, 4), np.uint8)
    cells[:, :, :3] = np.where((shares > 0)[:, :, np.newaxis], POSITIVE, NEGATIVE)
    cells[:, :, 3] = np.rint(255 * (0.2 + 0.8 * np.abs(shares)))
    cells[shares == 0] = NOTHING
    return cells


def lines(facts: GalleryFacts) -> list[str]:
    """The report: what was made, and how."""
    count = len(facts.tiles)
    failed = sum(tile.error is not None for tile in facts.tiles)
    tiles = f"{count} tile{'s' * (count != 1)}" + (f", {failed} failed" if failed else "")
    output = "standard output" if facts.output == "-" else printable(facts.output)
    text = [f"{title_of(facts)}  →  {output}  {tiles}"]
    width, height = facts.box
    text.append(
        f"  tiles    {height}×{width} pixels (high×wide) at most; each kernel filters the whole "
        "picture, then it is shrunk"
    )
    text += [f"  note     {printable(note)}" for note in notes_of(facts)]
    return text + environment_lines(facts.environment)


def notes_of(facts: GalleryFacts) -> list[str]:
    """What has to be said of the picture or of tiles, each once."""
    every = [note for tile in facts.tiles if tile.outcome for note in tile.outcome.notes]
    return list(dict.fromkeys([*facts.source.notes, *every, *facts.written]))


def json_lines(facts: GalleryFacts) -> list[str]:
    """An object for each tile, in order: the report of a picture, and `tile`."""
    return [json_line.line(_fields(facts, tile, number)) for number, tile in enumerate(facts.tiles)]


def _fields(facts: GalleryFacts, tile: Tile, number: int) -> dict[str, Any]:
    place = {
        "tile": {
            "number": number,
            "caption": tile.order.caption,
            "group": tile.order.group or None,
            "spec": tile.order.spec,
            "amplified": tile.view.amplified if tile.view else None,
        }
    }
    if tile.outcome is not None:
        return json_line.fields(tile.outcome, facts.environment) | place
    assert tile.error is not None  # noqa: S101 - a tile has one of them
    return json_line.failure_fields(facts.image, tile.error) | place
