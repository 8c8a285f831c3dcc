"""A kernel's weights drawn: cells that are warm where positive and cool where negative."""

from __future__ import annotations

from collections import defaultdict
from math import floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.kernel import Kernel, plain_number, shape_text
from convfilter.core.stages import Steps
from convfilter.report.heat import in_cells
from convfilter.report.outcome import kernel_words
from convfilter.report.page.words import count, text
from convfilter.report.weights import named_planes

# Cells of a side that still have room for numbers, those that are drawn at all, and drawings of a
# kernel: beyond that nobody follows.
MOST_NUMBERS, MOST_CELLS, MOST_PLANES = 9, 49, 24
# A cell with a number, in pixels: high, and wide for short and for longer ones; signs of those.
CELL_PX, WIDE_PX, GAP_PX, SHORT_SIGNS, MOST_SIGNS = 40, 60, 2, 4, 6
# A drawing without numbers: its longer side, where there are up to so many.
SIDES_PX = ((2, 294), (6, 196), (MOST_PLANES, 147))
# Shades of a colour without numbers; with them, the share of a colour that the least weight has,
# and from which share of the largest on its number is light.
SHADES, FAINTEST, DARK = 50, 0.12, 0.85


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
    shown = planes[:MOST_PLANES]
    side_px = next(side for most, side in SIDES_PX if len(shown) <= most)
    drawn = [_drawing(name, plane, side_px) for name, plane in shown]
    if len(planes) > MOST_PLANES:
        drawn.append(f"<p class='dim'>and {count(len(planes) - MOST_PLANES, 'more table')}</p>")
    return "".join(drawn)


def _drawing(name: str, plane: NDArray[Any], side_px: int) -> str:
    """One table of weights as a figure."""
    said = f"{name + ': ' if name else ''}weights of {shape_text(plane.shape)}"
    captions = [name] if name else []
    if numbers := number_texts(plane):
        svg, width, height = _with_numbers(plane, numbers)
        said += ": " + "; ".join(" ".join(row) for row in numbers)
        if any(float(sign) != w for sign, w in zip(_flat(numbers), plane.flat, strict=True)):
            captions.append("rounded")
    else:
        cells = in_cells(plane, MOST_CELLS)
        svg, width, height = _shades(cells), *_fitted(cells.shape, side_px)
        largest = f"±{np.abs(plane).max():.3g}"
        said += f", the largest {largest}"
        captions.append(f"full colour {largest}")
        if cells.shape != plane.shape:
            block = (-(-n // m) for n, m in zip(plane.shape, cells.shape, strict=True))
            captions.append(f"a cell is the largest of up to {shape_text(tuple(block))} weights")
    caption = "<br>".join(map(text, captions))
    box = f"{width:g} {height:g}" if numbers else f"{cells.shape[1]} {cells.shape[0]}"
    return (
        f"<figure><svg viewBox='0 0 {box}' width='{width:g}' height='{height:g}' role='img' "
        f"aria-label='{text(said)}'>{svg}</svg><figcaption class='dim'>{caption}</figcaption></figure>"
    )


def number_texts(plane: NDArray[Any]) -> list[list[str]]:
    """Weights as short as they fit into cells, rounded alike if need be; nothing where they don't.

    >>> number_texts(np.array([[-1, 0.5], [0, 16]])), number_texts(np.array([[1.83641, -0.0966]]))
    ([['-1', '0.5'], ['0', '16']], [['1.836', '-0.097']])
    """
    if max(plane.shape) > MOST_NUMBERS:
        return []
    rows = plane.tolist()
    ways = ["g"]
    if largest := float(np.abs(plane).max()):
        # Four digits of the largest, or fewer.
        most = min(4, max(0, 3 - floor(log10(largest))))
        ways += [f".{places}f" for places in range(most, max(0, most - 2) - 1, -1)]
    for way in ways:
        texts = [[_without_signed_zero(f"{weight:{way}}") for weight in row] for row in rows]
        if max(map(len, _flat(texts))) <= MOST_SIGNS:
            return texts
    return []


def _flat(texts: list[list[str]]) -> list[str]:
    return [each for row in texts for each in row]


def _without_signed_zero(number: str) -> str:
    return number if float(number) else "0"


def _with_numbers(plane: NDArray[Any], numbers: list[list[str]]) -> tuple[str, int, int]:
    """Cells with their numbers, and (width, height) of all in pixels."""
    longest = max(map(len, _flat(numbers)))
    wide, high = (CELL_PX if longest <= SHORT_SIGNS else WIDE_PX), CELL_PX
    largest = float(np.abs(plane).max()) or 1.0
    parts = []
    for y, row in enumerate((plane / largest).tolist()):
        for x, share in enumerate(row):
            parts.append(
                f"<rect x='{x * wide}' y='{y * high}' width='{wide - GAP_PX}' "
                f"height='{high - GAP_PX}' rx='4' {_colour(share, FAINTEST)}/>"
            )
            kind = " class='light'" if abs(share) > DARK else "" if share else " class='zero'"
            middle = f"x='{(x + 0.5) * wide - 1:g}' y='{(y + 0.5) * high - 1:g}'"
            parts.append(f"<text {middle}{kind}>{numbers[y][x].replace('-', '−')}</text>")
    return "".join(parts), plane.shape[1] * wide - GAP_PX, plane.shape[0] * high - GAP_PX


def _shades(cells: NDArray[Any]) -> str:
    """Cells of one unit each, those of a shade as one path: a tenth of the text that rectangles take."""
    high, wide = cells.shape
    largest = float(np.abs(cells).max()) or 1.0
    alike = defaultdict(list)
    for (y, x), shade in np.ndenumerate(np.rint(cells / largest * SHADES).astype(int)):
        if shade:
            alike[int(shade)].append(f"M{x} {y}h1v1h-1z")
    parts = [
        f"<path {_colour(shade / SHADES, 0)} d='{''.join(places)}'/>"
        for shade, places in sorted(alike.items())
    ]
    ground = f"<path class='nothing' d='M0 0h{wide}v{high}h-{wide}z'/>"
    return f"<g shape-rendering='crispEdges'>{ground}{''.join(parts)}</g>"


def _fitted(shape: tuple[int, ...], side_px: int) -> tuple[int, int]:
    """(width, height) in pixels with square cells, the longer one as given or shorter."""
    cell = min(CELL_PX, side_px / max(shape))
    return max(2, round(shape[1] * cell)), max(2, round(shape[0] * cell))


def _colour(share: float, faintest: float) -> str:
    """The class and opacity of a weight, −1 … 1 as a share of the largest."""
    if not share:
        return "class='nothing'"
    opacity = faintest + (1 - faintest) * abs(share)
    return f"class='{'positive' if share > 0 else 'negative'}' fill-opacity='{opacity:.2g}'"
