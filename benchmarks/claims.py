"""The claims about speed, one by one, each with its bar: → results/claims.json.

three     3×3 whole numbers on 12 Mpx uint8 RGB: against copying, OpenCV, Halide
banks     3→16 and 3→64 maps, float32: against PyTorch's better layout
stride    stride 2 against stride 1
threads   the second core
composites  magnitudes, compass kernels and chains, against OpenCV's functions in a row
growth    4 → 100 Mpx; 32×32
start     a warm `apply`; the first one ever
memory    `apply` on a JPEG of 108 Mpx

python benchmarks/claims.py [three] [banks] …
"""

from __future__ import annotations

import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import claims_start
import numpy as np
import rival_halide
import rival_torch
from cases import Case, picture
from measure import Row, claim, fastest, in_turn, ratio, save
from rivals import Call, cores, installed, own, set_threads

BIG = {"height": 3000, "width": 4000}
THREE = {
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "sobel-x": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
}


def three() -> list[Row]:
    rows = []
    for name, kernel in THREE.items():
        times, differing = _three_times(kernel)
        copy = fastest(times, ("np.copyto", "np.copyto, 2 threads"))
        to_copy = ratio(times, "convfilter", copy)
        rows += [
            claim("3×3, 12 Mpx", f"{name}: time / {copy}", "≤ 1.6", to_copy, times),
            claim(
                "3×3, 12 Mpx",
                f"{name}: filter2D(dst=) / time",
                "≥ 6",
                ratio(times, "cv2.filter2D", "convfilter"),
            ),
            claim(
                "3×3, 12 Mpx",
                f"{name}: time / Halide",
                "≤ 1.3",
                ratio(times, "convfilter", "Halide"),
            ),
            claim("3×3, 12 Mpx", f"{name}: numbers unlike filter2D's", "≤ 0", differing, unit=""),
        ]
    return rows


def _three_times(kernel: np.ndarray) -> tuple[dict[str, list[float]], int | None]:
    """Seconds of all candidates; and how many of convfilter's numbers aren't OpenCV's."""
    import convfilter

    case = Case("uint8", 3, "dense", 3, **BIG)
    image, pool = picture(case), ThreadPoolExecutor(2)
    ours, copied, halves = (
        np.empty_like(image),
        np.empty_like(image),
        [slice(1500), slice(1500, 3000)],
    )
    how = {"padding": "same", "border": "reflect", "range_policy": "clip", "out": ours}
    candidates: dict[str, Call] = {
        "convfilter": lambda: convfilter.correlate(image, kernel, **how),
        "convfilter, 1 thread": lambda: convfilter.correlate(image, kernel, threads=1, **how),
        "np.copyto": lambda: np.copyto(copied, image),
        "np.copyto, 2 threads": lambda: list(
            pool.map(lambda half: np.copyto(copied[half], image[half]), halves)
        ),
    }
    names = {rival.module for rival in installed()[0]}
    if "cv2" in names:
        candidates["cv2.filter2D"] = _filter2d(image, kernel)
    if "halide" in names:
        candidates["Halide"] = rival_halide.scheduled(case, image, kernel)
    times = in_turn(candidates, budget_s=0.4, most=60, spinning={"Halide"})
    if "cv2" not in names:
        return times, None
    return times, int(np.count_nonzero(ours != candidates["cv2.filter2D"]()))


def _filter2d(image: np.ndarray, kernel: np.ndarray) -> Call:
    import cv2

    floats, out = kernel.astype(np.float32), np.empty_like(image)
    return lambda: cv2.filter2D(image, -1, floats, dst=out)


def banks() -> list[Row]:
    import convfilter

    image = picture(Case("float32", 3))
    here = {rival.module for rival in installed()[0]}
    rows = []
    for size, bar in ((3, "≥ 2"), (5, "≥ 1.2")):
        for maps in (16, 64):
            kernels = np.random.default_rng(3).normal(size=(maps, 3, size, size))
            kernels = kernels.astype(np.float32)
            how = {"padding": "same", "out": np.empty((1000, 1000, maps), np.float32)}
            candidates = {"convfilter": partial(convfilter.correlate, image, kernels, **how)}
            if "torch" in here:
                candidates["torch, contiguous"] = rival_torch.bank(
                    image, kernels, channels_last=False
                )
                candidates["torch, channels-last"] = rival_torch.bank(
                    image, kernels, channels_last=True
                )
            spinning = set(candidates) - {"convfilter"}
            times = in_turn(candidates, budget_s=0.5, spinning=spinning)
            best = fastest(times, ("torch, contiguous", "torch, channels-last"))
            what = f"3→{maps}, {size}×{size}: {best} / time"
            rows.append(claim("banks", what, bar, ratio(times, best, "convfilter"), times))
    return rows


def composites() -> list[Row]:
    """What a user of OpenCV writes for the same: floats from one function to the next."""
    import convfilter

    image = picture(Case("uint8", 3, "dense", 3, **BIG))
    how = {"padding": "same", "border": "reflect", "range_policy": "auto"}
    how["out"] = np.empty_like(image)
    rows = []
    for spec, rival in _composite_rivals(image).items():
        candidates = {"convfilter": partial(convfilter.apply_kernels, image, spec, **how)}
        if rival is not None:
            candidates["OpenCV"] = rival
        times = in_turn(candidates, budget_s=0.8)
        what = f"{spec}: OpenCV / time"
        rows.append(claim("composites", what, "≥ 2", ratio(times, "OpenCV", "convfilter"), times))
    return rows


def _composite_rivals(image: np.ndarray) -> dict[str, Call | None]:
    specs = ("sobel", "kirsch", "gaussian:sigma=2 then sobel")
    if "cv2" not in {rival.module for rival in installed()[0]}:
        return dict.fromkeys(specs)
    import cv2

    from convfilter.presets.load import load_kernel

    def sobel(source: np.ndarray) -> np.ndarray:
        across, down = (cv2.Sobel(source, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
        return cv2.convertScaleAbs(cv2.magnitude(across, down))

    turns = [member.weights.astype(np.float32) for member in load_kernel("kirsch").members]

    def kirsch() -> np.ndarray:
        strongest = cv2.filter2D(image, -1, turns[0])
        for turn in turns[1:]:
            strongest = cv2.max(strongest, cv2.filter2D(image, -1, turn))
        return strongest

    def soft_edges() -> np.ndarray:
        return sobel(cv2.GaussianBlur(image.astype(np.float32), (13, 13), 2))

    return dict(zip(specs, (partial(sobel, image), kirsch, soft_edges), strict=True))


def stride() -> list[Row]:
    cases = [("uint8", "dense", size) for size in (3, 5, 7, 9, 11, 15)]
    cases += [("float32", "dense", size) for size in (3, 5, 15)]
    cases += [("uint8", "separable", size) for size in (5, 7, 15)]
    rows = []
    for dtype, kind, size in cases:
        case = Case(dtype, 3, kind, size, height=2000, width=3000)
        image = picture(case)
        candidates = {f"stride {s}": own(case._replace(stride=s), image) for s in (1, 2)}
        times = in_turn(candidates, budget_s=0.3)
        what = f"{dtype} RGB {kind}, {size * size} taps: stride 2 / stride 1"
        bar = "≤ 0.6" if size >= 5 else "≤ 1"
        rows.append(claim("stride", what, bar, ratio(times, "stride 2", "stride 1"), times))
    return rows


def threads() -> list[Row]:
    if cores() < 2:
        return [claim("second thread", "one core here", "≥ 1.7", None)]
    cases = [("dense", 5), ("dense", 7), ("dense", 15), ("separable", 7), ("separable", 15)]
    rows = []
    for kind, size in cases:
        case = Case("uint8", 3, kind, size, **BIG)
        image = picture(case)
        candidates = {
            "1 thread": own(case, image, threads=1),
            "2 threads": own(case, image, threads=2),
        }
        times = in_turn(candidates, budget_s=0.6)
        what = f"{kind} {size}×{size}: 1 thread / 2 threads"
        measured = ratio(times, "1 thread", "2 threads")
        rows.append(claim("second thread", what, "≥ 1.7", measured, times))
    return rows


def growth() -> list[Row]:
    rows = []
    for kind, size in (("dense", 3), ("dense", 7), ("separable", 15), ("box", 31), ("dense", 31)):
        small = Case("uint8", 3, kind, size, height=2000, width=2000)
        large = small._replace(height=10000, width=10000)
        candidates = {
            "4 Mpx": own(small, picture(small)),
            "100 Mpx": own(large, picture(large)),
        }
        times = in_turn(candidates, budget_s=0.5)
        grown = ratio(times, "100 Mpx", "4 Mpx")
        measured = None if grown is None else grown / 25
        what = f"{kind} {size}×{size}: time a pixel at 100 Mpx / at 4 Mpx"
        rows.append(claim("growth", what, "≤ 1.3", measured, times))
    return [*rows, *_tiny()]


def _tiny() -> list[Row]:
    rows = []
    for channels in (1, 3):
        case = Case("uint8", channels, "dense", 3, height=32, width=32)
        call = own(case, picture(case))
        times = in_turn({"50 calls": lambda call=call: [call() for _ in range(50)]}, most=60)
        micro = statistics.median(times["50 calls"]) / 50 * 1e6
        what = f"correlate on 32×32 {case.colour}, 3×3"
        rows.append(claim("small pictures", what, "≤ 100", micro, times, "µs"))
    return rows


PARTS = {
    "three": three,
    "banks": banks,
    "composites": composites,
    "stride": stride,
    "threads": threads,
    "growth": growth,
    "start": claims_start.start,
    "memory": claims_start.memory,
}

if __name__ == "__main__":
    set_threads(cores())
    chosen = sys.argv[1:] or list(PARTS)
    found = [row for name in chosen for row in PARTS[name]()]
    if len(chosen) == len(PARTS):
        save("claims", found, missing=installed()[1])
