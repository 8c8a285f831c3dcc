"""Measuring side by side: all candidates in turn, round after round; medians, and ratios."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Collection, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PACKAGES = (
    "convfilter",
    "numpy",
    "pillow",
    "numba",
    "llvmlite",
    "click",
    "opencv-python-headless",
    "scipy",
    "torch",
    "kornia-rs",
    "halide",
)
CAP_S = 1.0  # a rival that takes longer is measured once
REST_S = 0.003  # after a candidate whose threads go on waiting actively: about 1 ms was seen

Row = dict[str, Any]


def in_turn(
    candidates: Mapping[str, Callable[[], object]],
    *,
    budget_s: float = 1.0,
    least: int = 3,
    most: int = 25,
    cap_s: float = float("inf"),
    spinning: Collection[str] = (),
    far: float = float("inf"),
) -> dict[str, list[float]]:
    """Seconds of every run: A B C A B C …; each has about the same time, at least `least` runs.

    The first run of each isn't counted unless it was long; longer than cap_s, it is the only one.
    Candidates whose first run took `far` times the fastest's have `least` runs: they are out.
    """
    times: dict[str, list[float]] = {}
    runs: dict[str, int] = {}
    first = {name: _timed(run, rest=name in spinning) for name, run in candidates.items()}
    for name, seconds in first.items():
        # Of a long run the first is as good as any.
        times[name] = [seconds] if seconds > min(budget_s, cap_s) else []
        if seconds <= cap_s:
            many = int(budget_s / seconds) if seconds < far * min(first.values()) else 0
            runs[name] = min(most, max(least, many)) - len(times[name])
    rounds = max(runs.values(), default=0)
    for turn in range(rounds):
        for name, count in runs.items():
            # Those with fewer runs sit out evenly, so that all meet the same quiet and noise.
            if (turn + 1) * count // rounds > turn * count // rounds:
                times[name].append(_timed(candidates[name], rest=name in spinning))
    return times


def _timed(run: Callable[[], object], *, rest: bool) -> float:
    started = time.perf_counter()
    run()
    seconds = time.perf_counter() - started
    if rest:
        time.sleep(REST_S)
    return seconds


def summary(seconds: list[float]) -> Row:
    """Median, spread and count of one candidate's runs."""
    figures = {
        "median_s": statistics.median(seconds),
        "min_s": min(seconds),
        "max_s": max(seconds),
    }
    return {name: float(f"{value:.4g}") for name, value in figures.items()} | {"runs": len(seconds)}


def summaries(times: Mapping[str, list[float]]) -> dict[str, Row]:
    """`summary` of every candidate."""
    return {name: summary(seconds) for name, seconds in times.items()}


def claim(
    group: str,
    what: str,
    bar: str,
    measured: float | None,
    times: Mapping[str, list[float]] | None = None,
    unit: str = "×",
) -> Row:
    """One row of the table of claims; printed too.

    bar        "≤ 1.6" or "≥ 6"
    measured   a number to compare with it; None: a rival or a part is missing here
    """
    sign, limit = bar.split()
    reached = None
    if measured is not None:
        measured = float(f"{measured:.4g}")
        reached = measured <= float(limit) if sign == "≤" else measured >= float(limit)
    verdict = {True: "reached", False: "MISSED", None: "not measured"}[reached]
    print(f"{group}: {what}: {measured} (bar {bar} {unit}) {verdict}", flush=True)
    row: Row = {"claim": group, "what": what, "bar": bar, "unit": unit, "measured": measured}
    return row | {"reached": reached, "times": summaries(times or {})}


def ratio(times: Mapping[str, list[float]], one: str, other: str) -> float | None:
    """Median of one candidate over that of another; None if one of them isn't here."""
    if one not in times or other not in times:
        return None
    return statistics.median(times[one]) / statistics.median(times[other])


def fastest(times: Mapping[str, list[float]], names: Collection[str]) -> str:
    """The name with the least median; the first name if none was measured."""
    here = [name for name in names if name in times]
    return min(here, key=lambda name: statistics.median(times[name]), default=next(iter(names)))


def save(name: str, rows: list[Row], **more: Any) -> Path:
    """Writes rows, one a line, with machine, versions and commit to results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    head = json.dumps({"machine": machine(), **more}, indent=1, ensure_ascii=False)
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    text = f'{head[:-2]},\n "rows": [\n{lines}\n ]\n}}\n'
    path.write_text(text, encoding="utf-8")
    print(f"\nwritten to {path.relative_to(RESULTS.parents[1])}")
    return path


def machine() -> Row:
    """What the figures were measured on."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "commit": _commit(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    answers = [
        subprocess.run(["git", *words], capture_output=True, text=True, cwd=RESULTS.parent).stdout
        for words in (
            ("rev-parse", "--short", "HEAD"),
            ("status", "--porcelain", "--", "../convfilter"),
        )
    ]
    name = answers[0].strip() or "unknown"
    return f"{name} and changes" if answers[1].strip() else name
