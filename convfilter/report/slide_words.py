"""Numbers and sums in the frames of an animation, in the letters that its font has."""

from __future__ import annotations

from math import isfinite

from convfilter.core.traced import Number, PixelTrace
from convfilter.images.drawing import Words, text_width
from convfilter.report.explain_numbers import cell, denominator_of, short_text

# Pixels: around everything, and of text.
MARGIN, TEXT = 28, 19
# Okabe and Ito's colours, which are told apart by those who see red and green alike, and in grey.
INK, FAINT = (30, 30, 30), (130, 130, 130)
ORANGE, BLUE = (213, 94, 0), (0, 114, 178)


def brief(number: Number, over: int = 0) -> str:
    """A number in a cell: whole, or with as many digits as there is room for.

    >>> [brief(number) for number in (93, 0.0398, -0.5, 3.11111, 116.7)]
    ['93', '.04', '-.50', '3.1', '117']
    """
    value = float(number * (over or 1))
    if not isfinite(value) or value == round(value):
        return cell(number, over)
    if abs(value) >= 0.995:
        return f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
    return f"{value:.2f}".replace("0.", ".", 1)


def shown_value(trace: PixelTrace) -> Number:
    """What stands in the result: three digits of a number that is no pixel."""
    value = trace.values[0]
    if isinstance(value, float) and value != round(value):
        return float(f"{value:.3g}")
    return round(value) if isinstance(value, float) and abs(value) < 1e9 else value


def sum_words(trace: PixelTrace | None, top: int, width: int) -> list[Words]:
    """The sum and what becomes of it, in two lines from `top` on, on a canvas so wide."""
    if trace is None:
        return []
    plane = trace.steps[0].planes[0]
    each = plane.sums[0]
    over = denominator_of(each.weights)
    terms = [
        cell(product, over)
        for weights, products in zip(each.weights[0], each.products[0], strict=True)
        for weight, product in zip(weights, products, strict=True)
        if weight != 0
    ]
    written = " ".join(
        [
            *terms[:1],
            *(f"- {text[1:]}" if text.startswith("-") else f"+ {text}" for text in terms[1:]),
        ]
    )
    total = short_text(each.total)
    if over > 1:
        written = f"({written}) / {over}" if len(terms) > 1 else f"{written} / {over}"
        total = f"{short_text(each.total * over)} / {over} = {total}"
    line = f"{written} = {total}"
    if text_width(line, TEXT) > width - 2 * MARGIN:
        line = f"{len(terms)} products add up to {total}"
    lines = [Words("sum", MARGIN, top, line, TEXT, ORANGE, bold=True)]
    steps = _becomes(plane.scale, plane.bias, trace)
    row, column = trace.at
    place = f"row {row}, column {column} of the result:  {short_text(shown_value(trace))}"
    if steps:
        place += f"    ({', '.join(steps)})"
    lines.append(Words("pixel", MARGIN, top + TEXT + 10, place, TEXT, BLUE, bold=True))
    return lines


def _becomes(scale: Number, bias: Number, trace: PixelTrace) -> list[str]:
    """Scale, bias, range policy, rounding and saturation, those that do something."""
    plane, settled = trace.steps[0].planes[0], trace.settled[0]
    words = []
    if scale != 1:
        words.append(f"times {short_text(scale)}")
    if bias != 0:
        words.append(f"plus bias {short_text(bias)} = {short_text(plane.result)}")
    if settled.policy in ("abs", "offset", "rescale") and settled.moved != plane.result:
        words.append(f"{settled.policy}: {short_text(settled.moved)}")
    if settled.rounded is not None and settled.rounded != settled.moved:
        words.append(f"{short_text(settled.moved)} rounded")
    if settled.rounded is not None and settled.value != settled.rounded:
        words.append(f"{settled.rounded} cut off")
    return words
