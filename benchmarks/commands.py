"""Whole commands, file to file, against the commands others have: → results/commands.json.

A sharpening 3×3 on 459×612 and on 12 Mpx, JPEG → JPEG and JPEG → PNG; JPEG at quality 92 with the
source's chroma sampling for all that can be told so. PNG at each command's own default level.
Each command is its own program, never a script of the same name that calls it. Threads alike.

python benchmarks/commands.py
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from claims_start import FLOWER, apply, clean, quietly
from measure import Row, claim, in_turn, ratio, save, summaries
from photos import QUALITY, photo, save_jpeg
from rivals import cores

MASK = "0 -1 0 -1 5 -1 0 -1 0"
OWN = "convfilter apply"
# Where the program stands under another name: Debian has it so.
OTHER_NAMES = {"convert": ("convert-im6.q16", "convert-im6.q16hdri", "convert-im7.q16")}


class Task(NamedTuple):
    """One picture to be filtered into one file."""

    source: Path
    target: Path
    mask: Path
    plain: bool  # 4:4:4, else 4:2:0

    @property
    def jpeg(self) -> bool:
        """Whether a JPEG is written, not a PNG."""
        return self.target.suffix == ".jpg"


class Command(NamedTuple):
    """A rival: its name, the program's possible names, its words, and a remark."""

    name: str
    programs: tuple[str, ...]
    words: Callable[[Task], list[str]]
    ask: str  # for its version
    remark: str = ""


def vips(task: Task, precision: str) -> list[str]:
    sampling = "off" if task.plain else "on"
    how = f"[Q={QUALITY},subsample-mode={sampling}]" if task.jpeg else ""
    files = [str(task.source), f"{task.target}{how}", str(task.mask)]
    return ["conv", *files, "--precision", precision]


def magick(task: Task) -> list[str]:
    rows = "3x3: 0,-1,0 -1,5,-1 0,-1,0"
    how = ["-morphology", "Convolve", rows]
    sampling = "4:4:4" if task.plain else "4:2:0"
    how += ["-sampling-factor", sampling, "-quality", str(QUALITY)] if task.jpeg else []
    return [str(task.source), *how, str(task.target)]


def graphics_magick(task: Task) -> list[str]:
    how = ["-convolve", MASK.replace(" ", ",")]
    sampling = "1x1" if task.plain else "2x2"
    how += ["-sampling-factor", sampling, "-quality", str(QUALITY)] if task.jpeg else []
    return ["convert", str(task.source), *how, str(task.target)]


def ffmpeg(task: Task) -> list[str]:
    masks = ":".join([MASK] * 4)
    how = ["-vf", f"convolution={masks}", "-frames:v", "1", "-update", "1"]
    how += ["-q:v", "2"] if task.jpeg else []
    quiet = ["-nostdin", "-loglevel", "error", "-y"]
    count = ["-threads", str(cores()), "-filter_threads", str(cores())]
    return [*quiet, *count, "-i", str(task.source), *how, str(task.target)]


COMMANDS = (
    Command("vips conv, float", ("vips",), lambda task: vips(task, "float"), "--version"),
    Command("vips conv, integer", ("vips",), lambda task: vips(task, "integer"), "--version"),
    Command("ImageMagick -morphology Convolve", ("magick", "convert"), magick, "-version"),
    Command("GraphicsMagick -convolve", ("gm",), graphics_magick, "version"),
    Command(
        "ffmpeg convolution",
        ("ffmpeg",),
        ffmpeg,
        "-version",
        "JPEG at -q:v 2; it filters luma and chroma, without going to RGB",
    ),
)


def program(names: tuple[str, ...]) -> str | None:
    """The first real program among the names on the PATH; scripts and their like are passed over."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    for name in names:
        for word in (name, *OTHER_NAMES.get(name, ())):
            for folder in folders:
                found = shutil.which(word, path=folder)
                if found and _compiled(Path(found).resolve()):
                    return str(Path(found).resolve())
    return None


def _compiled(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4)
    # ELF of Linux; Mach-O and PE of others.
    return (
        head == b"\x7fELF"
        or head[:2] == b"MZ"
        or head in {b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"}
    )


def set_alike() -> None:
    """The same number of threads for all, by the variables they know."""
    for name in ("VIPS_CONCURRENCY", "MAGICK_THREAD_LIMIT", "OMP_NUM_THREADS"):
        os.environ[name] = str(cores())


def run_task(label: str, task: Task, budget_s: float) -> Row:
    """All commands on one task, in turn."""
    candidates: dict[str, Callable[[], None]] = {}
    words = {OWN: [*apply(task.source, task.target), "-q"]}
    for command in COMMANDS:
        if found := program(command.programs):
            words[command.name] = [found, *command.words(task)]
    sizes = {}
    for name, line in words.items():
        task.target.unlink(missing_ok=True)
        quietly(line)
        sizes[name] = task.target.stat().st_size
        candidates[name] = lambda line=line: quietly(line, clean())
    times = in_turn(candidates, budget_s=budget_s, least=5)
    print(f"\n{label}")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"  {name:<36} {median * 1e3:8.1f} ms   {sizes[name] / 1e6:.2f} MB", flush=True)
    row: Row = {"task": label, "times": summaries(times), "bytes": sizes}
    if label == "12 Mpx, JPEG → JPEG":
        own, theirs = (ratio(times, OWN, f"vips conv, {kind}") for kind in ("float", "integer"))
        worse = None if own is None or theirs is None else max(own, theirs)
        what = "apply 12 Mpx JPEG → JPEG / faster of vips conv's precisions"
        row |= claim("commands", what, "≤ 1", worse)
        row["times"] = summaries(times)
    return row


def main() -> None:
    """Measures and writes."""
    set_alike()
    missing = [command.name for command in COMMANDS if not program(command.programs)]
    for name in missing:
        print(f"left out: {name}: no such program here")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mask = folder / "sharpen.mat"
        mask.write_text("3 3\n0 -1 0\n-1 5 -1\n0 -1 0\n")
        large = save_jpeg(photo(3000, 4000), folder / "photo.jpg")
        for label, source, budget_s in (("459×612", FLOWER, 3), ("12 Mpx", large, 4)):
            for ending in ("jpg", "png"):
                task = Task(source, folder / f"out.{ending}", mask, plain=source == FLOWER)
                kind = "JPEG" if ending == "jpg" else "PNG"
                rows.append(run_task(f"{label}, JPEG → {kind}", task, budget_s))
    save("commands", rows, missing=missing, programs=versions(), remarks=_remarks())


def versions() -> dict[str, str]:
    """Each program by its own name, and what it says of its version."""
    said = {}
    for command in COMMANDS:
        if found := program(command.programs):
            asked = subprocess.run([found, command.ask], capture_output=True, text=True)
            words = asked.stdout.split("\n")[0].removeprefix("Version: ").split()
            said[Path(found).name] = " ".join(words[:3]).removesuffix(" Copyright")
    return said


def _remarks() -> dict[str, str]:
    return {command.name: command.remark for command in COMMANDS if command.remark}


if __name__ == "__main__":
    sys.exit(main())
