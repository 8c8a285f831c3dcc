"""A kernel's weights drawn: cells that are warm where positive and cool where negative."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.kernel import Kernel, plain_number, shape_text
from convfilter.core.stages import Steps
from convfilter.report.heat import in_cells
from convfilter.report.outcome import kernel_words
from convfilter.report.page.words import count, text
from convfilter.report.weights import named_planes

# Cells of a side that still have room for numbers; more than any reader follows; a drawing's side in
# pixels, and a cell's; drawings of one kernel.
MOST_NUMBERS, MOST_CELLS = 9, 49
SIDE_PX, CELL_PX, WIDE_PX = 294, 42, 56
MOST_PLANES = 16
# From this share of the largest on a cell is so dark that its number is light.
DARK = 0.6


def kernel_cards(steps: Steps) -> str:
    """Every kernel by its name, its words and its weights."""
    cards = []
    for number, (kernel, spec) in enumerate(steps, 1):
        label = f"<p class='eyebrow'>step {number}</p>" if len(steps) > 1 else ""
        name, _, words = kernel_words(kernel, spec).partition(" ")
        facts = "".join(f"<p class='dim'>{text(fact)}</p>" for fact in _facts(kernel))
        cards.append(
            f"<article class='kernel'>{label}<h3>{text(name)}</h3><p>{text(words)}</p>{facts}"
            f"<div class='planes'>{_drawings(kernel)}</div></article>"
        )
    return "".join(cards)


def _facts(kernel: Kernel) -> list[str]:
    facts = [kernel.description] if kernel.description else []
    if kernel.formula:
        words = ", ".join(f"{name}={value}" for name, value in kernel.parameters)
        facts.append(f"{kernel.formula}({words})")
    if kernel.divisor != 1:
        facts.append(f"weights divided by {plain_number(kernel.divisor)}")
    return facts


def _drawings(kernel: Kernel) -> str:
    planes = named_planes(kernel)
    drawn = [_drawing(name, plane) for name, plane in planes[:MOST_PLANES]]
    if len(planes) > MOST_PLANES:
        drawn.append(f"<p class='dim'>and {count(len(planes) - MOST_PLANES, 'more table')}</p>")
    return "".join(drawn)


def _drawing(name: str, plane: NDArray[Any]) -> str:
    cells = in_cells(plane, MOST_CELLS)
    high, wide = cells.shape
    numbers = max(high, wide) <= MOST_NUMBERS
    texts = [[f"{weight:.3g}" for weight in row] for row in cells.tolist()]
    longest = max(len(each) for row in texts for each in row)
    side = (WIDE_PX if longest > 4 else CELL_PX) if numbers else SIDE_PX / max(high, wide)
    largest = float(np.abs(plane).max()) or 1.0
    parts = []
    for y, row in enumerate(cells.tolist()):
        for x, weight in enumerate(row):
            parts.append(_cell(x * side, y * side, side, weight / largest))
            if numbers:
                parts.append(_number(x, y, side, texts[y][x], weight / largest))
    said = f"{name + ': ' if name else ''}weights of {shape_text(plane.shape)}"
    rows = "; ".join(" ".join(row) for row in texts) if numbers else f"largest {largest:.3g}"
    width, height = wide * side, high * side
    captions = [text(name)] if name else []
    if not numbers:
        captions.append(f"the strongest colour is ±{largest:.3g}")
    if cells.shape != plane.shape:
        captions.append(f"each cell the largest of up to {_block(plane, cells)} weights")
    caption = f"<figcaption class='dim'>{'<br>'.join(captions)}</figcaption>" if captions else ""
    return (
        f"<figure><svg viewBox='0 0 {width:.5g} {height:.5g}' width='{width:.5g}' role='img' "
        f"aria-label='{text(f'{said}: {rows}')}'>{''.join(parts)}</svg>{caption}</figure>"
    )


def _block(plane: NDArray[Any], cells: NDArray[Any]) -> str:
    return shape_text(tuple(-(-n // m) for n, m in zip(plane.shape, cells.shape, strict=True)))


def _cell(x: float, y: float, side: float, share: float) -> str:
    gap = 2 if side > 20 else 0
    sign = "positive" if share > 0 else "negative" if share < 0 else "nothing"
    strength = f" fill-opacity='{0.12 + 0.88 * abs(share):.2f}'" if share else ""
    round_px = " rx='4'" if gap else ""
    return (
        f"<rect x='{x:.5g}' y='{y:.5g}' width='{side - gap:.4g}' height='{side - gap:.4g}'{round_px} "
        f"class='{sign}'{strength}/>"
    )


def _number(x: int, y: int, side: float, weight: str, share: float) -> str:
    middle_x, middle_y = (x + 0.5) * side - 1, (y + 0.5) * side - 1
    kind = " class='light'" if abs(share) > DARK else " class='zero'" if share == 0 else ""
    return (
        f"<text x='{middle_x:.5g}' y='{middle_y:.5g}'{kind}>{text(weight.replace('-', '−'))}</text>"
    )
