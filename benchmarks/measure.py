"""Measuring side by side: all candidates in turn, round after round; medians, and ratios to one."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("convfilter", "numpy", "pillow", "numba", "llvmlite", "opencv-python-headless", "click")


def interleaved(candidates: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of every candidate in every round; one unmeasured round first."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, run in candidates.items():
            started = time.perf_counter()
            run()
            if number:
                times[name].append(time.perf_counter() - started)
    return times


def table(title: str, times: dict[str, list[float]], against: str) -> list[dict[str, object]]:
    """Prints and returns median, spread and ratio of each; `against` has the ratio 1."""
    base = statistics.median(times[against])
    rows = []
    print(f"\n{title}")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        low, high = min(seconds), max(seconds)
        rows.append(
            {"case": title, "name": name, "median_s": median, "min_s": low, "max_s": high,
             "ratio": median / base, "runs": len(seconds)}
        )  # fmt: skip
        print(
            f"  {name:<44} {median * 1e3:9.2f} ms  ({low * 1e3:.2f} … {high * 1e3:.2f})  "
            f"{median / base:6.2f} ×"
        )
    return rows


def save(name: str, rows: list[dict[str, object]]) -> Path:
    """Writes rows with machine, versions and commit to results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")
    return path


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
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
    command = ["git", "rev-parse", "--short", "HEAD"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "unknown"
