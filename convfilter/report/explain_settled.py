"""From sums to the number that is written, line by line, a column for each channel or map."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

import numpy as np

from convfilter.core.arithmetic import FULL_RANGE, full_range
from convfilter.core.composite import TURN_LEVELS
from convfilter.core.finish import policy_shift
from convfilter.core.traced import Number, PixelTrace, Plane, StepTrace
from convfilter.explanation import Explanation
from convfilter.report.explain_numbers import short_text, text_of, text_with_value
from convfilter.report.screen import Screen

# How the sums of a composite become one.
COMBINED = {
    "magnitude": "√ of the sum of S²",
    "sum-abs": "sum of |S|",
    "max": "the largest S",
    "angle": "atan2(S2, S1) in degrees",
}
LABEL, GAP = 12, 2  # signs of a label with its indentation, and between columns


class Row(NamedTuple):
    """A label, the numbers of all columns, and what is said behind them."""

    label: str
    numbers: tuple[Number, ...]
    words: str = ""


def result_rows(step: StepTrace, members: list[str]) -> list[Row]:
    """From the sums of a step to Y: what does nothing is left out.

    members  names of a composite's kernels
    """
    planes = step.planes
    first = planes[0]
    rows = []
    if first.combine:
        for index, name in enumerate(members):
            sums = tuple(plane.sums[index].total for plane in planes)
            rows.append(Row(f"S{index + 1}", sums, name))
    else:
        rows.append(Row("Σ", tuple(plane.sums[0].total for plane in planes)))
    if first.cover is not None:
        rows.append(Row("÷ A", tuple(map(_over_cover, planes)), _cover_words(first)))
        if first.cover == 0:
            return rows
    if first.scale != 1:
        before = [_over_cover(plane) if first.cover else plane.sums[0].total for plane in planes]
        if first.combine:
            rows.append(Row("× scale", (), f"{text_of(first.scale)}, each S"))
        else:
            scaled = tuple(_times(y, first.scale) for y in before)
            rows.append(Row("× scale", scaled, text_of(first.scale)))
    biased = any(plane.bias for plane in planes)
    if first.combine:
        combined = tuple(_minus(plane.result, plane.bias) for plane in planes)
        rows.append(Row(first.combine, combined, COMBINED[first.combine]))
    if biased:
        biases = dict.fromkeys(text_of(plane.bias) for plane in planes)
        rows.append(Row("+ bias", tuple(plane.result for plane in planes), ", ".join(biases)))
    return rows


def _over_cover(plane: Plane) -> Number:
    if not plane.cover:
        return plane.result
    return float(plane.sums[0].total) / float(plane.cover)


def _cover_words(plane: Plane) -> str:
    if plane.cover == 0:
        return "nothing under the kernel can be seen (A = 0): the source's colour"
    return f"A = ΣKα / ΣK = {text_of(plane.cover or 0)}"


def _times(a: Number, b: Number) -> Number:
    product: Number = a * b
    return product


def _minus(a: Number, b: Number) -> Number:
    difference: Number = a - b
    return difference


def settled_rows(trace: PixelTrace) -> list[Row]:
    """From Y to the pixel: policy, rounding, saturation."""
    settled, dtype = trace.settled, np.dtype(trace.dtype)
    rows = []
    policies = list(dict.fromkeys(each.policy for each in settled))
    moved = tuple(each.moved for each in settled)
    if trace.hidden:
        rows.append(Row("range", (), "alpha is 0 here: colours are only rounded"))
    elif trace.steps[-1].planes[0].combine == "angle" and dtype.kind != "f":
        levels = TURN_LEVELS[trace.dtype]
        rows.append(Row("range", moved, f"θ / 360 · {levels}"))
    elif policies == ["rescale"]:
        rows.append(Row("range", moved, _stretch_words(trace, dtype)))
    elif policies == ["float"]:
        rows.append(Row("range", (), f"float: kept as it is, in {trace.dtype}"))
    elif policies == ["clip"] or dtype.kind == "f":
        words = f"clip to {_span(dtype)}" if dtype.kind != "f" else f"{', '.join(policies)}"
        rows.append(Row("range", () if policies == ["clip"] else moved, words))
    else:
        shift = text_of(policy_shift(",".join(policies), dtype))
        names = {"abs": "abs: |Y|", "offset": f"offset: Y + {shift}"}
        said = ", ".join(names.get(word, word) for word in policies)
        rows.append(Row("range", moved, f"{said}, then clip to {_span(dtype)}"))
    rounded = tuple(each.value if each.rounded is None else each.rounded for each in settled)
    if dtype.kind != "f":
        if rounded != moved:
            rows.append(Row("rounded", rounded, "half to even"))
        if trace.values != rounded:
            rows.append(Row("cut", trace.values, _cut_words(trace, dtype)))
    return rows


def _cut_words(trace: PixelTrace, dtype: np.dtype[np.generic]) -> str:
    if trace.steps[-1].planes[0].combine == "angle":
        return f"modulo {TURN_LEVELS[trace.dtype]}"
    return f"to {_span(dtype)}"


def _span(dtype: np.dtype[np.generic]) -> str:
    low, high = FULL_RANGE[dtype.name]
    return f"{low} … {high}"


def _stretch_words(trace: PixelTrace, dtype: np.dtype[np.generic]) -> str:
    low, high = full_range(dtype)
    ends = trace.settled[0].ends
    if ends is None:
        return "rescale"
    return f"rescale: {text_of(ends[0])} … {text_of(ends[1])} of the whole result to {low} … {high}"


def table_lines(rows: list[Row], names: list[str], screen: Screen, first: int = 0) -> list[str]:
    """Rows as lines; of more columns than there is room for some, `first` among them."""
    several = len(names) > 1
    write = short_text if several else text_with_value
    texts = [[write(number) for number in row.numbers] for row in rows]
    width = max([len(text) for row in texts for text in row] + [len(name) for name in names])
    width = width if several else 0
    room = max(1, (screen.width - LABEL - 30) // (width + GAP))
    begin = 0 if first < room else min(first, len(names) - room)
    part = slice(begin, begin + room)
    shown = names[part]
    lines = []
    if several:
        heading = "".join(f"{name:>{width + GAP}}" for name in shown)
        lines.append(" " * (LABEL - GAP) + screen.paint(heading, dim=True))
    for row, numbers in zip(rows, texts, strict=True):
        last = row.label in ("pixel", "Y")
        written = [f"{text:>{width}}" for text in numbers[part]]
        cells = (" " * GAP).join(written)
        label = screen.paint(f"{screen.fitted(row.label):<{LABEL - 2}}", dim=True)
        start = f"  {label}{screen.paint(cells, bold=last)}"
        lines += _with_words(start, LABEL + len(cells), row.words, screen.width)
    if len(names) > len(shown):
        words = f"… and {len(names) - len(shown)} more; --json has all of them"
        lines += _indented(words, screen.width)
    return lines


def _with_words(begin: str, length: int, words: str, width: int) -> list[str]:
    """A line of that length with words behind it, or below where there is no room for them."""
    if not words:
        return [begin]
    gap = GAP + 1 if length > LABEL else 0
    if length + gap + len(words) <= width:
        return [f"{begin}{' ' * gap}{words}"]
    below = _indented(words, width)
    return [begin.rstrip(), *below] if length > LABEL else [begin + below[0].strip(), *below[1:]]


def _indented(words: str, width: int) -> list[str]:
    indent = " " * LABEL
    return textwrap.wrap(words, width, initial_indent=indent, subsequent_indent=indent)


def after_rows(explanation: Explanation) -> list[Row]:
    """What comes behind the range policy."""
    return [Row(each.name, each.values, each.words) for each in explanation.after]
