"""Every kind of kernel on every kind of picture, 1 Mpx, convfilter against the table of rivals.

python benchmarks/matrix.py                    all cells, under 15 minutes → results/matrix.json
python benchmarks/matrix.py --quick            a tenth of them, two minutes → results/quick.json
python benchmarks/matrix.py --only 'box 31'    cells whose name holds these words; nothing is kept

A rival slower than a second is measured once and left out for larger kernels of the same family.
"""

from __future__ import annotations

import argparse
import statistics
import time
from functools import lru_cache
from typing import Any

import numpy as np
from cases import Case, matrix, picture, spread
from measure import CAP_S, Row, in_turn, save, summaries
from numpy.typing import NDArray
from rivals import Call, Rival, agree, algorithm, cores, installed, own, set_threads

OWN = "convfilter"


class Memory:
    """What rivals needed for smaller kernels of a family: those that can't make it are left out."""

    def __init__(self) -> None:
        self._last: dict[tuple[Case, str], tuple[int, float]] = {}

    def too_slow(self, case: Case, name: str) -> bool:
        """Whether a kernel as much wider would take over a second; nobody grows slower than that."""
        size, seconds = self._last.get((case.family, name), (case.size, 0.0))
        return seconds > CAP_S or seconds * case.size / size > CAP_S

    def keep(self, case: Case, name: str, seconds: float) -> None:
        self._last[case.family, name] = (case.size, seconds)


def cell(case: Case, here: list[Rival], memory: Memory, budget_s: float) -> Row:
    """One case: all who can do it, in turn."""
    image = _picture(case.dtype, case.channels)
    able = [rival for rival in here if rival.suits(case)]
    left_out = [rival.name for rival in able if memory.too_slow(case, rival.name)]
    able = [rival for rival in able if rival.name not in left_out]
    candidates = {OWN: own(case, image)}
    candidates[OWN]()  # loops are compiled here, once
    candidates |= {rival.name: rival.prepare(case, image) for rival in able}
    spinning = {rival.name for rival in able if rival.spins}
    times = in_turn(candidates, budget_s=budget_s, cap_s=CAP_S, spinning=spinning, far=8)
    for name, seconds in times.items():
        memory.keep(case, name, statistics.median(seconds))
    wrong = _wrong(case, able, candidates, times)
    names = ("dtype", "channels", "kind", "size", "stride", "dilation")
    return {
        **{name: getattr(case, name) for name in names},
        "algorithm": algorithm(case, image),
        "times": summaries(times),
        "over_a_second": left_out,
        "limits": [rival.name for rival in able if rival.limit],
        "differs_from": wrong,
    }


def _wrong(
    case: Case,
    able: list[Rival],
    candidates: dict[str, Call],
    times: dict[str, list[float]],
) -> list[str]:
    """The fastest rival, if its result is another one: then one of the two times means nothing."""
    if not able:
        return []
    fastest = min(able, key=lambda rival: min(times[rival.name]))
    ours, theirs = candidates[OWN](), candidates[fastest.name]()
    return [] if agree(case, fastest, theirs, ours) else [fastest.name]


@lru_cache(1)
def _picture(dtype: str, channels: int) -> NDArray[Any]:
    return picture(Case(dtype, channels))


def best_rival(row: Row) -> tuple[str, float]:
    """The fastest competitor of a cell, and its seconds; ("", inf) if there is none."""
    medians = {
        name: figures["median_s"]
        for name, figures in row["times"].items()
        if name != OWN and name not in row["limits"]
    }
    name = min(medians, key=medians.__getitem__, default="")
    return name, medians.get(name, float("inf"))


def advantage(row: Row) -> float:
    """How often convfilter is done while the best rival works once; above 1 it is faster."""
    return best_rival(row)[1] / row["times"][OWN]["median_s"]


def _tell(place: str, case: Case, row: Row) -> None:
    name, seconds = best_rival(row)
    own_ms = row["times"][OWN]["median_s"] * 1e3
    print(
        f"{place} {case.text:<52} {row['algorithm']:<10} {own_ms:8.2f} ms   "
        f"{name} {seconds * 1e3:.2f} ms   {advantage(row):.2f} ×"
        + "".join(f"   RESULT DIFFERS from {other}" for other in row["differs_from"]),
        flush=True,
    )


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the cells")
    parser.add_argument("--only", metavar="WORDS", help="cells whose name holds these words")
    parser.add_argument(
        "--budget", type=float, default=0.12, metavar="S", help="seconds a candidate (0.12)"
    )
    arguments = parser.parse_args()
    set_threads(cores())
    here, missing = installed()
    for reason in missing:
        print(f"left out: {reason}")
    cells = spread() if arguments.quick else matrix()
    cells = [case for case in cells if (arguments.only or "") in case.text]
    rows, memory, started = [], Memory(), time.perf_counter()
    for number, case in enumerate(cells, 1):
        rows.append(cell(case, here, memory, arguments.budget))
        _tell(f"{number}/{len(cells)}", case, rows[-1])
    taken = time.perf_counter() - started
    ratios = np.array([advantage(row) for row in rows])
    print(f"\n{len(rows)} cells in {taken:.0f} s, median {np.median(ratios):.2f} ×, ", end="")
    print(f"{np.mean(ratios >= 1):.0%} won, {np.sum(ratios < 1 / 1.15)} below 1/1.15")
    if not arguments.only:
        save("quick" if arguments.quick else "matrix", rows, missing=missing)


if __name__ == "__main__":
    main()
