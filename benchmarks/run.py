"""The figures this version stands for, each against its peer in the same run: `make bench`.

filter   sharpen 3×3 on 3000×4000×3 uint8 against cv2.filter2D and copying the picture
warm     a whole `convfilter apply` against importing numpy, click and PIL.Image
first    the first `convfilter apply` ever, with an empty cache

python benchmarks/run.py [filter] [warm] [first]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import interleaved, save, table

ROOT = Path(__file__).resolve().parents[1]
FLOWER = ROOT / "sample_images" / "flower.jpg"
IMPORTS = [sys.executable, "-c", "import numpy, click, PIL.Image"]


def filter_alone() -> list[dict[str, object]]:
    """Sharpen 3×3 on 12 Mpx RGB; memory for the result is given to all."""
    import cv2
    import numpy as np

    import convfilter

    image = np.random.default_rng(0).integers(0, 256, (3000, 4000, 3), dtype=np.uint8)
    weights = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    ours, theirs, copied = np.empty_like(image), np.empty_like(image), np.empty_like(image)
    floats = weights.astype(np.float32)
    options = {"padding": "same", "border": "reflect", "range_policy": "clip", "out": ours}
    times = interleaved(
        {
            "convfilter.correlate(out=)": lambda: convfilter.correlate(image, weights, **options),
            "convfilter.correlate(out=), 1 thread": lambda: convfilter.correlate(
                image, weights, threads=1, **options
            ),
            "cv2.filter2D(dst=)": lambda: cv2.filter2D(image, -1, floats, dst=theirs),
            "np.copyto": lambda: np.copyto(copied, image),
        },
        rounds=25,
    )
    if not np.array_equal(ours, theirs):
        raise SystemExit("the results differ")
    return table("sharpen 3×3, 3000×4000×3 uint8", times, "convfilter.correlate(out=)")


def warm_command() -> list[dict[str, object]]:
    """The whole process, with everything compiled before."""
    with tempfile.TemporaryDirectory() as folder:
        apply = _apply(folder)
        times = interleaved(
            {
                "import numpy, click, PIL.Image": lambda: _quietly(IMPORTS),
                "convfilter apply flower.jpg -k sharpen": lambda: _quietly(apply),
                "convfilter --version": lambda: _quietly([*apply[:3], "--version"]),
            },
            rounds=25,
        )
    return table("warm command, 459×612", times, "import numpy, click, PIL.Image")


def first_command() -> list[dict[str, object]]:
    """The whole process, compiler and all, with a new cache folder each time."""
    times = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"CONVFILTER_CACHE_DIR": f"{folder}/cache"}
            started = time.perf_counter()
            _quietly(_apply(folder), environment)
            times.append(time.perf_counter() - started)
    name = "convfilter apply, empty cache"
    return table("first command, 459×612", {name: times}, name)


def _apply(folder: str) -> list[str]:
    output = f"{folder}/out.jpg"
    command = [sys.executable, "-m", "convfilter", "apply", str(FLOWER), "-k", "sharpen"]
    return [*command, "-q", "-f", "-o", output]


def _quietly(command: list[str], environment: dict[str, str] | None = None) -> None:
    environment = dict(environment or os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


PARTS = {"filter": filter_alone, "warm": warm_command, "first": first_command}

if __name__ == "__main__":
    rows = [row for name in sys.argv[1:] or PARTS for row in PARTS[name]()]
    print(f"\nwritten to {save('foundation', rows).relative_to(ROOT)}")
