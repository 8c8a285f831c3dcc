"""What the planner's costs are made of: nanoseconds a sample, one core, 1 Mpx grey.

Prints, for every algorithm, what was measured beside what it says of itself; and where one overtakes
another. The constants in core/direct.py, separable.py, box.py, fourier.py and taps.py come from here.

python benchmarks/thresholds.py
"""

from __future__ import annotations

import statistics
import time

import numpy as np

import convfilter
from convfilter.core.plan import ALGORITHMS
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec

SIZES = (3, 5, 7, 9, 11, 15, 21, 31, 45, 63, 101)
BUDGET_S = 0.1


def main() -> None:
    """One table a dtype."""
    rng = np.random.default_rng(0)
    for dtype in ("uint8", "float32", "float64"):
        image = rng.integers(0, 256, (1000, 1000)).astype(dtype)
        print(f"\n{dtype}: measured ns a sample (estimated)")
        for size in SIZES:
            print(f"  {size:4}", "   ".join(_cells(image, size)), flush=True)


def _cells(image: np.ndarray, size: int) -> list[str]:
    column = np.exp(-0.5 * ((np.arange(size) - size // 2) / (size / 6)) ** 2)
    dense = np.random.default_rng(size).normal(size=(size, size))
    box = convfilter.load_kernel("; ".join([" ".join(["1"] * size)] * size))
    kernels = {"dense": dense, "gaussian": np.outer(column, column), "box": box}
    cells = []
    for kind, kernel in kernels.items():
        for name, algorithm in ALGORITHMS.items():
            problem = make_problem(image, kernel, make_spec(padding="same", range_policy="clip"))
            wanted = kind == "dense" or name in ("separable", "box")
            if not wanted or not algorithm.suits(problem) or algorithm.cost(problem) > 60:
                continue
            measured = _measured(image, kernel, name)
            cells.append(f"{kind}/{name} {measured:6.2f} ({algorithm.cost(problem):.2f})")
    return cells


def _measured(image: np.ndarray, kernel: object, plan: str) -> float:
    """The median of the processor's time: others on the machine don't count."""
    times: list[float] = []
    end = time.perf_counter() + BUDGET_S
    while len(times) < 4 or time.perf_counter() < end:
        started = time.thread_time()
        convfilter.correlate(
            image, kernel, padding="same", range_policy="clip", plan=plan, threads=1
        )
        times.append(time.thread_time() - started)
    return statistics.median(times[1:]) * 1e9 / image.size


if __name__ == "__main__":
    main()
