"""Large pictures: time a pixel and memory of each algorithm, and of `apply`: → results/large.json.

12 Mpx and 108 Mpx RGB, 400 Mpx grey, uint8. Each line is measured in a process of its own, so that
its peak of memory is its own: what the filter takes beside the picture and its result.

python benchmarks/large.py
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from cases import Case, picture
from claims_start import ROOT, apply, clean, peak_bytes, quietly
from measure import Row, in_turn, save, summaries
from photos import photo, save_jpeg
from rivals import algorithm, cores, installed, own, set_threads

SIZES = {"12 Mpx": (3000, 4000, 3), "108 Mpx": (9000, 12000, 3), "400 Mpx": (20000, 20000, 1)}
KERNELS = (
    ("dense", 3),
    ("dense", 7),
    ("separable", 15),
    ("box", 31),
    ("dense", 31),
    ("dense", 101),
)
PEER = "opencv-python-headless"


def line(label: str, kind: str, size: int) -> Row:
    """One kernel on one size, in this process: OpenCV beside it, then the peak of convfilter."""
    height, width, channels = SIZES[label]
    case = Case("uint8", channels, kind, size, height=height, width=width)
    image = picture(case)
    set_threads(cores())
    few = case._replace(height=500, width=500)
    own(few, picture(few))()  # compiles the loops; the result's memory is untouched until used
    call = own(case, image)
    before = _peak()
    call()
    beside = max(0, _peak() - before - image.nbytes)
    peers = [rival for rival in installed()[0] if rival.distribution == PEER and rival.suits(case)]
    candidates = {"convfilter": call}
    candidates |= {rival.name: rival.prepare(case, image) for rival in peers}
    times = in_turn(candidates, budget_s=1, most=9)
    return {
        "picture": label,
        "kind": kind,
        "size": size,
        "algorithm": algorithm(case, image),
        "pixels": height * width,
        "peak_beside_bytes": beside,
        "times": summaries(times),
    }


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def whole(label: str) -> Row:
    """`convfilter apply` on a JPEG: seconds and peak."""
    height, width, channels = SIZES[label]
    with tempfile.TemporaryDirectory() as folder:
        source = save_jpeg(photo(height, width, channels), Path(folder) / "large.jpg")
        command = [*apply(source, Path(folder) / "out.jpg"), "-q"]
        times = in_turn({"convfilter apply": lambda: quietly(command)}, budget_s=3, most=5)
        peak = peak_bytes(command)
    in_pillow = height * width * (4 if channels > 1 else 1)
    return {
        "picture": label,
        "apply": True,
        "pixels": height * width,
        "peak_bytes": peak,
        "peak_over_picture": float(f"{peak / in_pillow:.3g}"),
        "times": summaries(times),
    }


def tell(row: Row) -> None:
    """One line for people."""
    median = next(iter(row["times"].values()))["median_s"]
    what = "apply" if row.get("apply") else f"{row['kind']} {row['size']}×{row['size']}"
    memory = row.get("peak_bytes", row.get("peak_beside_bytes")) / 1e6
    print(
        f"{row['picture']:>8} {what:<16} {median * 1e3:9.1f} ms  "
        f"{median / row['pixels'] * 1e9:8.2f} ns a pixel  {memory:7.0f} MB",
        flush=True,
    )


def main() -> None:
    """Every line in a child; apply at the end."""
    rows = []
    for label in SIZES:
        for kind, size in KERNELS:
            command = [sys.executable, __file__, label, kind, str(size)]
            answer = subprocess.run(
                command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, env=clean()
            )
            rows.append(json.loads(answer.stdout.splitlines()[-1]))
            tell(rows[-1])
        rows.append(whole(label))
        tell(rows[-1])
    save("large", rows)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(line(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
    else:
        main()
