"""The claims about whole processes: how fast `apply` starts, and how much memory it takes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Row, claim, in_turn, ratio
from photos import photo, save_jpeg

ROOT = Path(__file__).resolve().parents[1]
FLOWER = ROOT / "sample_images" / "flower.jpg"
IMPORTS = [sys.executable, "-c", "import numpy, click, PIL.Image"]


def start() -> list[Row]:
    """Warm and first `apply` on 459×612 pixels."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*apply(FLOWER, Path(folder) / "out.jpg"), "-q"]
        quietly(command)
        candidates = {
            "convfilter apply": lambda: quietly(command),
            "import numpy, click, PIL.Image": lambda: quietly(IMPORTS),
        }
        times = in_turn(candidates, budget_s=4, most=25)
        imported = _imports(command, "numba")
    warm = ratio(times, "convfilter apply", "import numpy, click, PIL.Image")
    return [
        claim("start", "warm apply, 459×612 / importing numpy, click, PIL", "≤ 1.5", warm, times),
        claim("start", "modules of numba imported by it", "≤ 0", imported, unit=""),
        *_first(),
    ]


def _imports(command: list[str], package: str) -> int:
    answer = subprocess.run(
        [command[0], "-X", "importtime", *command[1:]],
        capture_output=True,
        text=True,
        check=True,
        env=clean(),
    )
    names = [line.rsplit("|", 1)[-1].strip() for line in answer.stderr.splitlines()]
    return sum(name.split(".")[0] == package for name in names)


def _first() -> list[Row]:
    """The whole process, compiler and all, with a new cache folder each time."""
    said = []

    def first() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = apply(FLOWER, Path(folder) / "out.jpg")
            environment = clean() | {"CONVFILTER_CACHE_DIR": f"{folder}/cache"}
            answer = subprocess.run(
                command, capture_output=True, text=True, check=True, env=environment
            )
            said.append("compiling" in answer.stderr)

    times = in_turn({"convfilter apply": first}, budget_s=0, most=5, least=5)
    seconds = statistics.median(times["convfilter apply"])
    return [
        claim("start", "first apply ever, 459×612", "≤ 3", seconds, times, "s"),
        claim("start", "first applies that say so", "≥ 5", sum(said), unit="of 5"),
    ]


def memory() -> list[Row]:
    """The peak of `apply` on 9000×12000 RGB, over the four bytes a pixel of Pillow's picture."""
    with tempfile.TemporaryDirectory() as folder:
        source = save_jpeg(photo(9000, 12000), Path(folder) / "large.jpg")
        peak = peak_bytes([*apply(source, Path(folder) / "out.jpg"), "-q"])
    measured = peak / (4 * 9000 * 12000)
    what = f"apply, JPEG of 108 Mpx: {peak / 1e6:.0f} MB / 4 bytes a pixel"
    return [claim("memory", what, "≤ 2.2", measured)]


def apply(source: Path, target: Path) -> list[str]:
    """`convfilter apply -k sharpen`, the size kept."""
    command = [sys.executable, "-m", "convfilter", "apply", str(source), "-k", "sharpen"]
    return [*command, "--border", "edge", "-f", "-o", str(target)]


def clean() -> dict[str, str]:
    """The environment as an installed program meets it: with its bytecode kept."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def quietly(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Runs a command to its end; a failure is an error."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, check=True, env=environment or clean(), **quiet)


def peak_bytes(command: list[str]) -> int:
    """Most memory that one command ever had in RAM (ru_maxrss counts KiB)."""
    # A child starts with the memory of its parent counted in, so a small one stands between.
    small = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    small += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    answer = subprocess.run(
        [sys.executable, "-c", small, *command],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=clean(),
    )
    return int(answer.stdout.split()[-1]) * 1024
