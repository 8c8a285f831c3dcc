"""Folders of photographs against the commands others have, one process a picture: → results/batch.json.

A sharpening 3×3, JPEG → JPEG at quality 92 with the source's chroma sampling: 459×612 (4:4:4) and
12 Mpx (4:2:0). Rivals under `xargs -P`, as many at once as there are cores, with one thread each.
Then memory and growth: 10,000 small files, time to the first one, memory with 100 and with all.

python benchmarks/batch.py                     300 small and 30 large pictures, a few minutes
python benchmarks/batch.py --small 2000 --large 200 --rounds 1
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from claims_start import FLOWER
from commands import COMMANDS, MASK, program, versions
from measure import Row, claim, in_turn, ratio, save, summaries
from photos import QUALITY, photo, save_jpeg
from rivals import cores

OWN = "convfilter batch"
RUN = [sys.executable, "-m", "convfilter", "batch"]
MANY = 10_000
# Names a picture in the folder of sources; its result has the same name in the folder of targets.
PICTURE = "{}"


def commands(sources: Path, targets: Path, mask: Path, *, plain: bool) -> dict[str, list[str]]:
    """Shell words for each candidate. plain: 4:4:4, else 4:2:0."""
    source, target = f"{sources}/{PICTURE}", f"{targets}/{PICTURE}"
    lines = {OWN: [*RUN, str(sources), "-o", str(targets), "-k", "sharpen", "-q"]}
    if vips := program(("vips",)):
        how = f"[Q={QUALITY},subsample-mode={'off' if plain else 'on'}]"
        for kind in ("integer", "float"):
            words = [vips, "conv", source, target + how, str(mask), "--precision", kind]
            lines[f"vips conv, {kind}"] = xargs(words)
    if magick := program(("magick", "convert")):
        words = [magick, source, "-morphology", "Convolve", "3x3: 0,-1,0 -1,5,-1 0,-1,0"]
        words += ["-sampling-factor", "4:4:4" if plain else "4:2:0", "-quality", str(QUALITY)]
        lines["ImageMagick -morphology Convolve"] = xargs([*words, target])
    if gm := program(("gm",)):
        words = [gm, "convert", source, "-convolve", MASK.replace(" ", ",")]
        words += ["-sampling-factor", "1x1" if plain else "2x2", "-quality", str(QUALITY)]
        lines["GraphicsMagick -convolve"] = xargs([*words, target])
    return lines


def xargs(words: list[str]) -> list[str]:
    """One process a picture, on all cores; names come on standard input."""
    return ["xargs", f"-P{cores()}", f"-I{PICTURE}", *words]


def run_folder(label: str, sources: Path, rounds: int, *, plain: bool) -> Row:
    """All candidates on one folder, in turn, each into an empty folder."""
    names = sorted(path.name for path in sources.iterdir())
    listed = "".join(f"{name}\n" for name in names)
    with tempfile.TemporaryDirectory(dir=sources.parent) as folder:
        mask = Path(folder) / "sharpen.mat"
        mask.write_text("3 3\n0 -1 0\n-1 5 -1\n0 -1 0\n")
        targets = Path(folder) / "out"
        lines = commands(sources, targets, mask, plain=plain)
        candidates = {name: _fresh(words, targets, listed) for name, words in lines.items()}
        times = in_turn(candidates, budget_s=0, least=rounds, most=rounds)
    print(f"\n{label}, {len(names)} pictures")
    for name, seconds in times.items():
        each = statistics.median(seconds) / len(names) * 1e3
        print(f"  {name:<36} {each:8.2f} ms a picture   {shlex.join(lines[name])}", flush=True)
    told = {name: _told(words, sources, targets, mask) for name, words in lines.items()}
    return {"folder": label, "pictures": len(names), "times": summaries(times), "lines": told} | {
        name: ratio(times, name, OWN) for name in lines if name != OWN
    }


def _told(words: list[str], sources: Path, targets: Path, mask: Path) -> str:
    """A command line without this machine's folders."""
    line = shlex.join(words).replace(shlex.join(RUN), OWN)
    for path, name in ((mask, mask.name), (sources, "DIR"), (targets, "OUT")):
        line = line.replace(str(path), name)
    for command in COMMANDS:
        if found := program(command.programs):
            line = line.replace(f" {found} ", f" {Path(found).name} ")
    return line


def _fresh(words: list[str], targets: Path, listed: str) -> Callable[[], None]:
    def run() -> None:
        shutil.rmtree(targets, ignore_errors=True)
        targets.mkdir()
        subprocess.run(words, input=listed, text=True, check=True, capture_output=True)

    return run


def claims(row: Row, bars: dict[str, str]) -> list[Row]:
    """How many times as fast as a rival, against what was to be reached."""
    return [
        claim("batch", f"{row['folder']}: {rival} / {OWN}", bar, _worst(row, rival))
        for rival, bar in bars.items()
    ]


def _worst(row: Row, rival: str) -> float | None:
    return min((row[name] for name in row if name.startswith(rival)), default=None)


def on_cluster(sources: Path) -> Row:
    """Workers that are there already, one and two: the second one's worth."""
    from distributed import LocalCluster

    times: dict[str, list[float]] = {}
    for workers in (1, 2):
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
            ) as cluster,
            tempfile.TemporaryDirectory(dir=sources.parent) as folder,
        ):
            words = [*RUN, str(sources), "-o", folder, "-k", "sharpen", "-q", "-f"]
            words += ["--scheduler", cluster.scheduler_address]
            run = _quietly(words)
            times[f"{workers} workers"] = in_turn({"": run}, budget_s=0, least=3, most=3)[""]
    speed_up = ratio(times, "1 workers", "2 workers")
    print(f"\ncluster: the second worker brings {speed_up:.2f} ×")
    return {"cluster": "12 Mpx", "times": summaries(times), "speed_up": speed_up}


def _quietly(words: list[str]) -> Callable[[], None]:
    def run() -> None:
        subprocess.run(words, check=True, capture_output=True)

    return run


def many(folder: Path) -> Row:
    """10,000 small files: time until the first is done, and memory."""
    sources = folder / "many"
    sources.mkdir()
    small = save_jpeg(photo(3000, 4000)[:64, :96], folder / "small.jpg")
    for number in range(MANY):
        shutil.copy(small, sources / f"{number:05}.jpg")
    few = folder / "few"
    few.mkdir()
    for number in range(100):
        shutil.copy(small, few / f"{number:05}.jpg")
    _, few_bytes, _ = watched(few, folder / "few-out")
    first_s, many_bytes, all_s = watched(sources, folder / "many-out")
    print(f"\n{MANY} files of 64×96: first done after {first_s:.2f} s, all after {all_s:.1f} s")
    print(f"memory: {few_bytes / 2**20:.0f} MiB with 100, {many_bytes / 2**20:.0f} MiB with {MANY}")
    return {
        "many": f"{MANY} files of 64×96",
        "first_s": round(first_s, 3),
        "all_s": round(all_s, 2),
        "bytes_100": few_bytes,
        "bytes_all": many_bytes,
    }


def watched(sources: Path, target: Path) -> tuple[float, int, float]:
    """Seconds until the first picture is done, the most memory of all processes, seconds in all."""
    started = time.perf_counter()
    words = [*RUN, str(sources), "-o", str(target), "-k", "sharpen", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        json.loads(process.stdout.readline())
        first_s = time.perf_counter() - started
        peak_bytes = 0
        for number, _ in enumerate(process.stdout):
            if number % 50 == 0:
                helpers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
                peak_bytes = max(peak_bytes, sum(map(_bytes, [process.pid, *helpers.split()])))
    return first_s, peak_bytes, time.perf_counter() - started


def _bytes(pid: int | str) -> int:
    """Memory of a process now; what it shares with others counts in parts."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description="Folders, against one process a picture.")
    parser.add_argument("--small", type=int, default=300, help="pictures of 459×612")
    parser.add_argument("--large", type=int, default=30, help="pictures of 12 Mpx")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    for name in ("VIPS_CONCURRENCY", "MAGICK_THREAD_LIMIT", "OMP_NUM_THREADS"):
        os.environ[name] = "1"
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large = save_jpeg(photo(3000, 4000), folder / "photo.jpg")
        for label, picture, count in (
            ("459×612", FLOWER, wanted.small),
            ("12 Mpx", large, wanted.large),
        ):
            sources = folder / label.replace(" ", "-").replace("×", "x")
            sources.mkdir()
            for number in range(count):
                shutil.copy(picture, sources / f"{number:05}.jpg")
            row = run_folder(label, sources, wanted.rounds, plain=picture == FLOWER)
            bars = {"vips": "≥ 12", "ImageMagick": "≥ 4"} if picture == FLOWER else {}
            rows += [row, *claims(row, bars or {"vips": "≥ 2", "ImageMagick": "≥ 4"})]
        rows.append(on_cluster(folder / "12-Mpx"))
        rows.append(many(folder))
    save("batch", rows, programs=versions())


if __name__ == "__main__":
    main()
