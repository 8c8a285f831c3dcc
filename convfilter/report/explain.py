"""`convfilter explain` on the terminal: where a pixel comes from, every product, the sum, and what becomes of it."""

from __future__ import annotations

import textwrap

from convfilter.core.border import CONSTANT
from convfilter.core.kernel import Kernel, shape_text
from convfilter.core.traced import Number, StepTrace
from convfilter.explanation import Explanation
from convfilter.images.formats import BY_SUFFIX, suffix_of
from convfilter.report.broken import WORDS_AT, broken
from convfilter.report.explain_matrix import matrix_lines
from convfilter.report.explain_numbers import text_of
from convfilter.report.explain_place import part_read, place_lines
from convfilter.report.explain_settled import (
    Row,
    after_rows,
    result_rows,
    settled_rows,
    table_lines,
)
from convfilter.report.explain_tables import Drawn, spans, sum_lines, total_of_channel
from convfilter.report.outcome import MODE_WORDS, environment_lines, step_lines
from convfilter.report.screen import Screen
from convfilter.report.terminal import PLAIN, printable
from convfilter.report.weights import member_names

# Lines of tables beyond which a student stops reading: the rest is told by its sums.
MOST_LINES = 40
# Signs that facts beside a picture need.
LEAST_BESIDE = 40
# Maps, and kernels of a composite, of which each is shown; of more the one that answers most.
MOST_PLANES, MOST_MEMBERS = 4, 2
COLOURS = {3: ("red", "green", "blue"), 4: ("cyan", "magenta", "yellow", "black")}


def lines(
    explanation: Explanation, environment: dict[str, str], screen: Screen, *, implied_by: str = ""
) -> list[str]:
    """All of it."""
    text = _told(_head(explanation, implied_by), screen)
    text += ["", *_place(explanation, screen), ""]
    steps = explanation.trace.steps
    for number, step in enumerate(steps, 1):
        if len(steps) > 1:
            text += [*_step_heading(explanation, number, screen), ""]
        room = MOST_LINES if number == len(steps) else 0  # of the steps before one table is enough
        text += [*_sums(explanation, step, number - 1, room, screen), ""]
        text += [*_results(explanation, step, number, screen), ""]
    text += _written(explanation, screen)
    notes = [f"  note     {printable(note)}" for note in explanation.notes]
    return text + _told(notes + environment_lines(environment), screen)


def _told(report: list[str], screen: Screen) -> list[str]:
    """A report's lines as there is room for them, with their labels faint."""
    text = []
    for line in report:
        first, *more = broken(line if screen.boxes else line.translate(PLAIN), screen.width)
        label = first[:WORDS_AT].strip() if first.startswith("  ") else ""
        if label:
            faint = screen.paint(label, dim=True)
            first = first[:WORDS_AT].replace(label, faint) + first[WORDS_AT:]
        text += [first, *more]
    return text


def _head(explanation: Explanation, implied_by: str) -> list[str]:
    """What `apply` would say before it has filtered."""
    picture, made = explanation.picture, explanation.prepared
    source = explanation.job.source
    name = "standard input" if source == "-" else printable(source)
    axes = "high×wide" if len(picture.shape) == 2 else "high×wide×channels"
    mode = "numbers" if explanation.results else MODE_WORDS.get(picture.mode, picture.mode)
    shape = made.made.shape
    if made.alpha:
        shape = (*shape, 2) if len(shape) == 2 else (*shape[:2], shape[2] + 1)
    result = MODE_WORDS.get(made.mode, made.mode)
    text = [f"{name}  {shape_text(picture.shape)} {mode} ({axes})  →  {shape_text(shape)} {result}"]
    alone = len(explanation.steps) == 1
    for number, step in enumerate(explanation.steps, 1):
        label = "kernel" if alone else f"step {number}"
        text += step_lines(step, label, implied_by=implied_by, alone=alone)
    if explanation.job.linear:
        text.append("  light    linear: sRGB decoded, filtered, encoded; numbers from 0 to 1")
    return text


def _place(explanation: Explanation, screen: Screen) -> list[str]:
    """Where the pixel is and what it depends on, beside a small picture; of a small matrix all numbers."""
    trace = explanation.trace
    part = part_read(trace)
    row, column = trace.at
    facts = [("pixel", f"row {row}, column {column} (x {column}, y {row})")]
    if len(trace.steps) == 1:
        step = trace.steps[0]
        facts += [("window", _window_words(step)), *_motion(step), *_border(step)]
    else:
        size = f"{part.bottom - part.top + 1}×{part.right - part.left + 1}"
        rows, columns = f"{part.top} … {part.bottom}", f"{part.left} … {part.right}"
        words = f"{size}: rows {rows}, columns {columns}, through {len(trace.steps)} steps"
        facts.append(("reads", words))
    matrices = matrix_lines(explanation, part, screen) if explanation.results else None
    if matrices is not None:
        return [*matrices, "", *_facts(facts, screen.width - 2, screen)]
    drawn = place_lines(explanation.picture.pixels, part, screen)
    across = len(drawn[-1])  # a frame's last line has no colours
    if screen.width < across + LEAST_BESIDE:
        return [*(f"  {line}" for line in drawn), "", *_facts(facts, screen.width - 2, screen)]
    beside = [line[2:] for line in _facts(facts, screen.width - across - 5, screen)]
    count = max(len(drawn), len(beside))
    drawn += [" " * across] * (count - len(drawn))
    beside += [""] * (count - len(beside))
    return [f"  {left}   {right}".rstrip() for left, right in zip(drawn, beside, strict=True)]


def _facts(facts: list[tuple[str, str]], width: int, screen: Screen) -> list[str]:
    """Labels with their words, in lines of that width."""
    text = []
    for label, words in facts:
        wrapped = textwrap.wrap(words, width - 9) or [""]
        heads = [label, *[""] * (len(wrapped) - 1)]
        text += [
            f"  {screen.paint(f'{head:<8}', dim=True)} {line}"
            for head, line in zip(heads, wrapped, strict=True)
        ]
    return text


def _window_words(step: StepTrace) -> str:
    window = step.window
    size = f"{len(window.rows)}×{len(window.columns)}"
    enlarged = f" of the enlarged picture, {shape_text(window.source)}" if window.enlarged else ""
    rows, columns = (
        f"{name}{'s' * (len(places) > 1)} {spans(places)}"
        for name, places in (("row", window.rows), ("column", window.columns))
    )
    return f"{size}: {rows}, {columns}{enlarged}"


def _motion(step: StepTrace) -> list[tuple[str, str]]:
    """Stride, dilation and padding, where they say where the window lies."""
    starts = []
    for name, axis, place in zip(("row", "column"), step.geometry, step.at, strict=True):
        times = f"·{axis.stride}" if axis.stride > 1 else ""
        before = f" − {axis.before}" if axis.before else ""
        if times or before:
            starts.append(f"{name} {place}{times}{before} = {place * axis.stride - axis.before}")
    stride, dilation = step.spec.stride, step.spec.dilation
    why = [
        f"stride {_pair(stride)}" if stride != (1, 1) else "",
        f"padding {_pair(step.geometry.padding[::2])}" if any(step.geometry.padding[::2]) else "",
    ]
    words = [f"begins at {', '.join(starts)} ({', '.join(filter(None, why))})"] if starts else []
    if dilation != (1, 1):
        words.append(f"dilation {_pair(dilation)}: from one tap to the next")
    return [("where", "; ".join(words))] if words else []


def _pair(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if numbers[0] == numbers[1] else f"{numbers[0]},{numbers[1]}"


def _border(step: StepTrace) -> list[tuple[str, str]]:
    """What lies outside, and what is read there."""
    window = step.window
    if window.enlarged:
        return [("border", "resize: the picture was enlarged to its padded size, and that is read")]
    if not window.outside:
        return []
    total = len(window.rows) * len(window.columns)
    words = f"{window.outside} of {total} outside, in brackets; {window.border}: "
    if CONSTANT in window.from_rows + window.from_columns:
        return [("border", f"{words}{text_of(window.constant)} is read there")]
    read = []
    for name, places, sources, size in (
        ("row", window.rows, window.from_rows, window.source[0]),
        ("column", window.columns, window.from_columns, window.source[1]),
    ):
        pairs = [
            f"{name} {place} reads {source}"
            for place, source in zip(places, sources, strict=True)
            if not 0 <= place < size
        ]
        read.append(", … ".join((pairs[0], pairs[-1])) if len(pairs) > 2 else ", ".join(pairs))
    return [("border", words + "; ".join(filter(None, read)))]


def _step_heading(explanation: Explanation, number: int, screen: Screen) -> list[str]:
    """Which step, where, and what its window lies on."""
    steps = explanation.trace.steps
    step = steps[number - 1]
    row, column = step.at
    title = screen.paint(f"step {number} of {len(steps)}: {printable(step.kernel.name)}", bold=True)
    source = "of the picture" if number == 1 else f"of what step {number - 1} made"
    facts = [
        ("pixel", f"row {row}, column {column} of its {shape_text(step.shape[:2])}"),
        ("window", f"{_window_words(step)} {source}"),
        *_motion(step),
        *_border(step),
    ]
    if number < len(steps):
        facts.append(
            ("goes to", f"the middle of step {number + 1}'s window; all numbers there are made so")
        )
    return [title, *_facts(facts, screen.width - 2, screen)]


def _plane_names(explanation: Explanation, step: StepTrace, index: int) -> list[str]:
    """Names of the channels or maps that a step makes; '' for the only one."""
    count = len(step.planes)
    if count == 1:
        return [""]
    if any(each.kernel.maps for each in explanation.trace.steps[: index + 1]):
        return [f"map {number}" for number in range(count)]
    return _channel_names(explanation, count)


def _channel_names(explanation: Explanation, count: int) -> list[str]:
    names = COLOURS.get(count, ())
    known = names and (count == 3 or explanation.picture.cmyk)
    return list(names) if known else [f"channel {number}" for number in range(count)]


def _member_names(kernel: Kernel) -> list[str]:
    return member_names(kernel) if kernel.members else [""]


def _sums(
    explanation: Explanation, step: StepTrace, index: int, room: int, screen: Screen
) -> list[str]:
    """Tables and sums of as many channels, maps and members as there is room for, one at least."""
    names = _plane_names(explanation, step, index)
    planes = list(range(len(step.planes)))
    if len(planes) > MOST_PLANES:
        planes = [_strongest_map(step)]
    text: list[str] = []
    left_out = 0
    for number in planes:
        for piece in _pieces(explanation, step, number, names[number], screen):
            if text and (len(text) + len(piece.lines) > room or not piece.whole):
                left_out += 1
                continue
            text += [*([""] if text else []), *piece.lines]
    left_out += (len(names) - len(planes)) * len(step.planes[0].sums[0].weights)
    if left_out:
        tables = "table is" if left_out == 1 else "tables are"
        words = f"{left_out} more {tables} not shown; the sums follow, --json has every product"
        wrapped = textwrap.wrap(words, screen.width - 2)
        text += ["", *(f"  {screen.paint(line, dim=True)}" for line in wrapped)]
    return text


def _strongest_map(step: StepTrace) -> int:
    """The plane whose result is farthest from 0."""
    results = [abs(float(plane.result)) for plane in step.planes]
    return results.index(max(results))


def _pieces(
    explanation: Explanation, step: StepTrace, number: int, name: str, screen: Screen
) -> list[Drawn]:
    """Each table with its sum; of many members the one that answers most."""
    plane = step.planes[number]
    members = list(zip(_member_names(step.kernel), plane.sums, strict=True))
    if len(members) > MOST_MEMBERS:
        totals = [float(each.total) for _, each in members]
        answers = totals if plane.combine == "max" else list(map(abs, totals))
        members = [members[answers.index(max(answers))]]
    pieces = []
    for member, each in members:
        count = len(each.weights)
        inner = _channel_names(explanation, count) if count > 1 else [""]
        for channel in range(count):
            title = ", ".join(filter(None, [name, member, inner[channel]]))
            pieces.append(sum_lines(each, channel, step.window, title, screen))
    return pieces


def _results(explanation: Explanation, step: StepTrace, number: int, screen: Screen) -> list[str]:
    names = _plane_names(explanation, step, number - 1)
    rows = []
    first = step.planes[0].sums[0]
    if len(first.weights) > 1:  # full depth: the channels' sums first
        inner = _channel_names(explanation, len(first.weights))
        for channel, name in enumerate(inner):
            sums: tuple[Number, ...] = tuple(
                total_of_channel(plane.sums[0], channel) for plane in step.planes
            )
            rows.append(Row(f"Σ {name}"[:9], sums))
    rows += result_rows(step, _member_names(step.kernel))
    trace = explanation.trace
    if number == len(trace.steps):
        rows += [*settled_rows(trace), *after_rows(explanation)]
        rows.append(Row("pixel", explanation.values))
    else:
        results = tuple(plane.result for plane in step.planes)
        if rows[-1].numbers == results:
            rows.pop()
        rows.append(Row("Y", results, f"goes on to step {number + 1} as it is"))
    return table_lines(rows, names, screen, first=_strongest_map(step))


def _written(explanation: Explanation, screen: Screen) -> list[str]:
    """Whether `apply` writes what was explained."""
    row, column = explanation.trace.at
    words = f"apply writes {' '.join(map(text_of, explanation.written))}"
    if explanation.written_alpha is not None:
        words += f", alpha {text_of(explanation.written_alpha)}"
    words += f" at row {row}, column {column}"
    form = BY_SUFFIX.get(suffix_of(explanation.job.source))
    if form is not None and not form.lossless:
        words += f"; {form.name} keeps that nearly, PNG exactly"
    if not explanation.agrees:
        sums = ", ".join(dict.fromkeys(step.plan.sums for step in explanation.steps))
        words += f": it adds up in {sums}, which rounds otherwise; with --exact both are the same"
    wrapped = textwrap.wrap(words, screen.width - 2)
    return [f"  {screen.paint(line, bold=True)}" for line in wrapped]
