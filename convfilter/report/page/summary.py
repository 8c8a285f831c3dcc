"""The upper part of the page, in plain HTML: what was asked for, what became of it, what failed."""

from __future__ import annotations

from collections.abc import Iterable

from convfilter.batch.record import Record
from convfilter.report.page.rows import Seen
from convfilter.report.page.told import Told
from convfilter.report.page.words import amount, count, duration, text

# Failures that are open to the eye; the rest unfolds.
FIRST_FAILURES = 12


def header(told: Told, seen: Seen) -> str:
    """Title, command, numbers."""
    every = count(told.total, "picture")
    title = every if told.well == told.total else f"{count(told.well)} of {every}"
    day = f"{told.started.day} {told.started:%B %Y, %H:%M}"
    return (
        f"<header><p class='eyebrow'>convfilter batch<time datetime='{told.started.isoformat()}'>{day}"
        f"</time></p><h1>{title} filtered</h1>{_parts_bar(told)}{_numbers(told)}"
        f"<pre class='command'><code>{text(told.command)}</code></pre>{_time_bar(seen)}</header>"
    )


def _parts_bar(told: Told) -> str:
    parts = [("done", told.done), ("skipped", told.skipped), ("failed", told.failed)]
    parts += [("left", told.left)] if told.left else []
    said = ", ".join(f"{count(number)} {name}" for name, number in parts)
    return _bar(parts, f"Of {count(told.total, 'picture')}: {said}", "parts")


def _numbers(told: Told) -> str:
    pairs = [
        ("done", count(told.done), "done"),
        ("skipped", count(told.skipped), "done by an earlier run") if told.skipped else None,
        ("failed" if told.failed else "", count(told.failed), "failed"),
        ("", count(told.left), "not begun") if told.left else None,
        ("", f"{amount(told.megapixels)} <small>Mpx</small>", "megapixels read"),
        ("", duration(told.elapsed_s), "from start to end"),
        ("", f"{_speed(told)} <small>Mpx/s</small>", "megapixels a second"),
    ]
    items = [
        f"<div class='{kind}'><dt>{label}</dt><dd>{number}</dd></div>"
        for kind, number, label in filter(None, pairs)
    ]
    return f"<dl class='numbers'>{''.join(items)}</dl>"


def _speed(told: Told) -> str:
    return amount(told.megapixels / told.elapsed_s) if told.elapsed_s > 0 else "–"


def _time_bar(seen: Seen) -> str:
    """How the time of all pictures divides: what to look at when it should go faster."""
    total = sum(seen.seconds)
    if not total:
        return ""
    parts = tuple(zip(("read", "filter", "write"), seen.seconds, strict=True))
    words = [f"{name} {seconds / total:.0%}" for name, seconds in parts]
    slowest = f"; slowest {text(seen.slowest.source)}, {duration(seen.slowest.seconds)}"
    labels = " ".join(
        f"<span class='key {name}'>{words}</span>"
        for (name, _), words in zip(parts, words, strict=True)
    )
    return (
        f"<div class='time'><p>{labels}<span class='dim'>of {duration(total)} over all cores{slowest}"
        f"</span></p>{_bar(parts, 'Time: ' + ', '.join(words), 'times')}</div>"
    )


def _bar(parts: Iterable[tuple[str, float]], said: str, kind: str) -> str:
    parts = list(parts)
    total, left, pieces = sum(number for _, number in parts) or 1, 0.0, []
    for name, number in parts:
        if number:
            width = 100 * number / total
            pieces.append(f"<rect x='{left:.4g}' width='{width:.4g}' height='1' class='{name}'/>")
            left += width
    return (
        f"<svg class='bar {kind}' viewBox='0 0 100 1' preserveAspectRatio='none' role='img' "
        f"aria-label='{text(said)}'>{''.join(pieces)}</svg>"
    )


def failures(told: Told, seen: Seen) -> str:
    """What went wrong, on top."""
    if not told.failed:
        return ""
    items = [_failure(record) for record in seen.failures]
    listed = f"<ul>{''.join(items[:FIRST_FAILURES])}</ul>"
    if more := items[FIRST_FAILURES:]:
        listed += f"<details><summary>{len(more)} more</summary><ul>{''.join(more)}</ul></details>"
    if told.failed > len(items):
        listed += (
            f"<p class='dim'>{count(told.failed - len(items))} more are in the table below.</p>"
        )
    return (
        f"<section class='failures' aria-labelledby='failed'><h2 id='failed'>"
        f"{count(told.failed, 'picture')} failed</h2>{listed}</section>"
    )


def _failure(record: Record) -> str:
    reason = record.error.removeprefix(f"{record.source}: ")
    return f"<li><bdi class='path'>{text(record.source)}</bdi><p>{text(reason)}</p></li>"


def settings(told: Told, cards: str) -> str:
    """What was asked for, beside the kernels."""
    pairs = [
        f"<div><dt>{text(label)}</dt><dd>{text(value)}</dd></div>" for label, value in told.settings
    ]
    heading = "Kernel" if len(told.steps) == 1 else "Kernels"
    listed = f"<dl class='settings'>{''.join(pairs)}</dl>"
    return (
        f"<div class='asked'><section aria-labelledby='kernels'><h2 id='kernels'>{heading}</h2>{cards}"
        f"</section><section aria-labelledby='settings'><h2 id='settings'>Settings</h2>{listed}"
        "</section></div>"
    )
