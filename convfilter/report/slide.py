"""A kernel that slides over a few numbers, frame by frame: where everything stands, before it is drawn.

From left to right: the numbers with their rim of padding, the kernel over its products, the result as far
as it is filled. Below: the sum, and what becomes of it. Each frame is one pixel of the result.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from convfilter.core.traced import Number, PixelTrace
from convfilter.core.traces import Traces
from convfilter.images.drawing import Box, Colour, Drawing, Words, text_width
from convfilter.report.explain_numbers import denominator_of, short_text
from convfilter.report.slide_words import (
    BLUE,
    FAINT,
    INK,
    MARGIN,
    ORANGE,
    TEXT,
    brief,
    shown_value,
    sum_words,
)

# Pixels: a cell at most and at least, between the parts, around all of them, and of text.
MOST_CELL, LEAST_CELL, GAP, TITLE, SMALL = 54, 26, 36, 25, 16
GRID, SMALL_CELL = 430, 44  # what the numbers may take, and a cell of the kernel
# Milliseconds: the first windows are looked at, the rest is watched; the end is read.
FIRST_MS, ROW_MS, REST_MS, LAST_MS = 2000, 900, 400, 3500
# What the rest takes at most, and each frame of it at least.
REST_AT_MOST_MS, LEAST_MS = 24_000, 150
SLOW_FRAMES = 2
# Cells in which a weight has room beside a number, and its signs.
ROOMY, LONGEST_CORNER = 34, 4

WHITE = (255, 255, 255)
PAPER, EMPTY, RIM = (255, 255, 255), (247, 247, 247), (236, 236, 240)
POSITIVE, NEGATIVE, NOTHING = (255, 228, 196), (207, 229, 247), (244, 244, 244)
LINE = (190, 190, 190)


class Slide(NamedTuple):
    """What is animated.

    title, subtitle  what it is, and how the kernel moves
    made      every pixel of the result, traced, and what the kernel reads
    shaded    whether numbers are levels from black to white, 0 … 255
    """

    title: str
    subtitle: str
    made: Traces
    shaded: bool

    @property
    def numbers(self) -> tuple[tuple[Number, ...], ...]:
        """What the kernel reads, with the rim."""
        return self.made.numbers

    @property
    def rim(self) -> tuple[int, int, int, int]:
        """Rows above and below, columns left and right, that are padding."""
        return self.made.rim

    @property
    def traces(self) -> tuple[tuple[PixelTrace, ...], ...]:
        """One for each pixel of the result, row by row."""
        return self.made.traces


class Shot(NamedTuple):
    """A frame, and for how long it is seen."""

    drawing: Drawing
    duration_ms: float


class _Layout(NamedTuple):
    """Places and sizes that all frames share, in pixels."""

    cell: int
    small: int
    kernel_left: int
    result_left: int
    top: int
    products_top: int
    text_top: int
    width: int
    height: int


def shots(slide: Slide) -> list[Shot]:
    """All frames: one for each pixel of the result, and the result by itself at the end."""
    layout = _layout(slide)
    height, width = len(slide.traces), len(slide.traces[0])
    rest_ms = max(LEAST_MS, min(REST_MS, REST_AT_MOST_MS // max(height * width - width, 1)))
    made = []
    for number in range(height * width):
        place = divmod(number, width)
        ms = FIRST_MS if number < SLOW_FRAMES else ROW_MS if number < width else rest_ms
        made.append(Shot(_frame(slide, layout, place), ms))
    made.append(Shot(_frame(slide, layout, None), LAST_MS))
    return made


def key_shots(made: list[Shot], columns: int) -> list[Shot]:
    """Four of them that tell the story: the first window, the next, one of a later row, the end.

    columns  of the result: so many frames are a row
    """
    last = len(made) - 1
    later = min(columns + columns // 2, last - 1) if last > 2 else 1
    return [made[number] for number in dict.fromkeys((0, min(1, last), later, last))]


def _layout(slide: Slide) -> _Layout:
    rows, columns = len(slide.numbers), len(slide.numbers[0])
    step = slide.traces[0][0].steps[0]
    kernel_rows, kernel_columns = step.kernel.size
    size = max(LEAST_CELL, min(MOST_CELL, GRID // max(rows, columns)))
    top = MARGIN + TITLE + TEXT + 50
    below = max(rows, len(slide.traces)) * size
    # Kernel and products stand on top of each other beside the numbers.
    small = max(LEAST_CELL, min(size, SMALL_CELL, (GRID - SMALL - GAP) // (2 * kernel_rows)))
    kernel_left = MARGIN + columns * size + GAP
    result_left = kernel_left + max(kernel_columns * small, 3 * MOST_CELL) + GAP
    products_top = top + kernel_rows * small + SMALL + GAP
    bottom = max(top + below, products_top + kernel_rows * small)
    text_top = bottom + TEXT + 20
    width = max(
        result_left + len(slide.traces[0]) * size + MARGIN,
        2 * MARGIN + text_width(slide.title, TITLE, bold=True),
        2 * MARGIN + text_width(slide.subtitle, TEXT),
        680,
    )
    # Even sizes: what makes films of pictures asks for them.
    height = text_top + TEXT + 8 + MARGIN
    return _Layout(
        size, small, kernel_left, result_left, top, products_top, text_top, width + width % 2,
        height + height % 2,
    )  # fmt: skip


def _frame(slide: Slide, layout: _Layout, place: tuple[int, int] | None) -> Drawing:
    """The frame in which a pixel of the result is made; None: all are."""
    trace = None if place is None else slide.traces[place[0]][place[1]]
    boxes = [
        *_numbers(slide, layout, trace),
        *_kernel(slide, layout, trace),
        *_result(slide, layout, place),
    ]
    headings = [
        (MARGIN, layout.top, "picture" if slide.shaded else "numbers"),
        (layout.kernel_left, layout.top, f"kernel{_over(slide, trace)}"),
        (layout.kernel_left, layout.products_top, f"products{_over(slide, trace)}"),
        (layout.result_left, layout.top, "result"),
    ]
    words = [
        Words("title", MARGIN, MARGIN + TITLE, slide.title, TITLE, INK, bold=True),
        Words("subtitle", MARGIN, MARGIN + TITLE + TEXT + 8, slide.subtitle, TEXT, FAINT),
        *(Words("heading", x, y - 7, text, SMALL, FAINT) for x, y, text in headings),
        *sum_words(trace, layout.text_top, layout.width),
    ]
    return Drawing(layout.width, layout.height, tuple(boxes), tuple(words), PAPER)


def _over(slide: Slide, trace: PixelTrace | None) -> str:
    """What the kernel's numbers are divided by, where they are whole."""
    over = denominator_of((trace or slide.traces[0][0]).steps[0].planes[0].sums[0].weights)
    return f" / {over}" if over > 1 else ""


def _numbers(slide: Slide, layout: _Layout, trace: PixelTrace | None) -> list[Box]:
    """The numbers with their rim, and the window on them."""
    above, below, left, right = slide.rim
    rows, columns = len(slide.numbers), len(slide.numbers[0])
    taps = _taps(slide, trace)
    boxes, on_top = [], []
    for y, row in enumerate(slide.numbers):
        for x, number in enumerate(row):
            inside = above <= y < rows - below and left <= x < columns - right
            fill = _shade(number, shaded=slide.shaded) if inside else RIM
            box = Box(
                "number" if inside else "rim",
                MARGIN + x * layout.cell,
                layout.top + y * layout.cell,
                layout.cell + 1,
                layout.cell + 1,
                fill=fill,
                edge=LINE,
                text=brief(number),
                size_px=layout.cell * 2 // 5,
                ink=_readable(fill) if inside else FAINT,
                dashed=not inside,
            )
            if (y, x) not in taps:
                boxes.append(box)
                continue
            weight = taps[y, x]
            corner = f"x{brief(weight, _factor(slide))}" if weight != 0 else ""
            fits = layout.cell >= ROOMY and len(corner) <= LONGEST_CORNER
            on_top.append(
                box._replace(
                    role="tap" if weight != 0 else "no tap",
                    edge=ORANGE,
                    edge_px=3 if weight != 0 else 1,
                    corner=corner if fits else "",
                    corner_ink=_corner_ink(fill),
                    dashed=False,
                )
            )
    return [*boxes, *sorted(on_top, key=lambda box: box.edge_px), *_window(layout, taps)]


def _window(layout: _Layout, taps: dict[tuple[int, int], Number]) -> list[Box]:
    """A frame around all taps, the gaps between them too."""
    if not taps:
        return []
    rows, columns = [y for y, _ in taps], [x for _, x in taps]
    return [
        Box(
            "window",
            MARGIN + min(columns) * layout.cell - 2,
            layout.top + min(rows) * layout.cell - 2,
            (max(columns) - min(columns) + 1) * layout.cell + 5,
            (max(rows) - min(rows) + 1) * layout.cell + 5,
            edge=ORANGE,
            edge_px=3,
        )
    ]


def _taps(slide: Slide, trace: PixelTrace | None) -> dict[tuple[int, int], Number]:
    """The places of the window in the numbers, and the weight on each."""
    if trace is None:
        return {}
    step = trace.steps[0]
    above, _, left, _ = slide.rim
    weights = step.planes[0].sums[0].weights[0]
    return {
        (row + above, column + left): weights[i][j]
        for i, row in enumerate(step.window.rows)
        for j, column in enumerate(step.window.columns)
    }


def _factor(slide: Slide) -> int:
    return denominator_of(slide.traces[0][0].steps[0].planes[0].sums[0].weights)


def _kernel(slide: Slide, layout: _Layout, trace: PixelTrace | None) -> list[Box]:
    """The kernel, and below it the products of this window."""
    known = (trace or slide.traces[0][0]).steps[0].planes[0].sums[0]
    over = denominator_of(known.weights)
    boxes = []
    for role, top, table, filled in (
        ("weight", layout.top, known.weights[0], True),
        ("product", layout.products_top, known.products[0], trace is not None),
    ):
        for i, row in enumerate(table):
            for j, number in enumerate(row):
                fill = NOTHING if number == 0 else POSITIVE if number > 0 else NEGATIVE
                boxes.append(
                    Box(
                        role,
                        layout.kernel_left + j * layout.small,
                        top + i * layout.small,
                        layout.small + 1,
                        layout.small + 1,
                        fill=fill if filled else EMPTY,
                        edge=LINE,
                        text=brief(number, over) if filled else "",
                        size_px=layout.small * 2 // 5,
                        ink=FAINT if number == 0 else INK,
                    )
                )
    return boxes


def _result(slide: Slide, layout: _Layout, place: tuple[int, int] | None) -> list[Box]:
    """The result as far as it is made, and the pixel that is being made."""
    width = len(slide.traces[0])
    write = short_text if layout.cell >= ROOMY else brief
    now = len(slide.traces) * width if place is None else place[0] * width + place[1]
    boxes = []
    for y, row in enumerate(slide.traces):
        for x, trace in enumerate(row):
            number = y * width + x
            value = shown_value(trace)
            fill = EMPTY if number > now else _shade(value, shaded=slide.shaded)
            current = number == now
            boxes.append(
                Box(
                    "current" if current else "made" if number < now else "to come",
                    layout.result_left + x * layout.cell,
                    layout.top + y * layout.cell,
                    layout.cell + 1,
                    layout.cell + 1,
                    fill=fill,
                    edge=BLUE if current else LINE,
                    edge_px=4 if current else 1,
                    text=write(value) if number <= now else "",
                    size_px=layout.cell * 2 // 5,
                    ink=_readable(fill),
                )
            )
    return sorted(boxes, key=lambda box: box.edge_px)


def _shade(number: Number, *, shaded: bool) -> Colour:
    """A level as the grey that it is; other numbers stand on white."""
    if not shaded:
        return WHITE
    level = min(max(round(Fraction(number)), 0), 255)
    return (level, level, level)


def _readable(fill: Colour) -> Colour:
    """Ink on a grey."""
    return INK if fill[0] > 128 else WHITE


def _corner_ink(fill: Colour) -> Colour:
    """Ink of a weight on a grey: orange, or what stands out where that is dark too."""
    return (170, 60, 0) if fill[0] > 150 else (255, 190, 120)
