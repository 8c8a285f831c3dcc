"""Looks for files that convfilter does not end well with: `make fuzz`, or

    python tests/robust/fuzz.py --minutes 10 --keep found

Damaged files are decoded, filtered and encoded again in processes with little memory and little time.
A fault is a crash, an exception that is none of convfilter's, no ending within the time, too much memory,
a file that stays behind or can't be read, a message nobody can read, output that is no message of ours.
Each kind is kept in a few examples with what happened beside it. Exit status 1 if there are any.
"""

import argparse
import json
import os
import random
import re
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
HELPERS = PROJECT / "tests"
sys.path[:0] = [str(PROJECT), str(HELPERS)]

from fuzz_worker import FORMATS  # noqa: E402 - beside this file
from mutate import mutant  # noqa: E402
from seeds import NAMES, suffix_of  # noqa: E402

from convfilter.threads import core_count  # noqa: E402

ADDRESS_SPACE_BYTES = 3 * 2**30
PEAK_BYTES = 2**30
MAX_PIXELS = 5_000_000
TIMEOUT_S = 30  # some of it for a loop that has to be compiled
INPUTS_A_WORKER = 5000
EXAMPLES = 3
KERNELS = ("identity", "sharpen", "sobel-x", "blur")
GOOD = ("picture", "refused")
RARE_OPTIONS = {
    "--gray": (),
    "--allow-truncated": (),
    "--frame": ("0", "1", "7"),
    "--bits": ("8", "16"),
    "--alpha": ("drop", "straight"),
    "--stride": ("2",),
}


class Worker:
    """A process that runs the command, and can be replaced."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="convfilter-fuzz-"))
        self.out = self.folder / "out"
        self.out.mkdir()
        self.errors = (self.folder / "errors").open("w+b")
        self.left = INPUTS_A_WORKER
        env = {n: v for n, v in os.environ.items() if not n.startswith("CONVFILTER_")}
        folders = [str(PROJECT), str(HELPERS), env.get("PYTHONPATH", "")]
        env["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
        self.process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("fuzz_worker.py")),
                str(ADDRESS_SPACE_BYTES),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=env,
        )

    def run(self, suffix, content, options):
        """The kind of ending, and what was said.

        Each input is a file of its own: the one before may still be open, and must not change.
        """
        self.left -= 1
        for path in (*self.out.iterdir(), *self.folder.glob("a*")):
            path.unlink()
        name = f"a{self.left}{suffix}"
        source = self.folder / name
        source.write_bytes(content)
        words = ["apply", str(source), "-o", f"{self.out}/", *options]
        job = {"words": words, "out": str(self.out), "name": name}
        self.process.stdin.write(json.dumps(job).encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], TIMEOUT_S)
        if not ready:
            return "timeout", f"nothing within {TIMEOUT_S} s"
        if not (line := self.process.stdout.readline()):
            return "crash", f"status {self.process.wait()}\n{self._said()}"
        answer = json.loads(line)
        if answer["peak_bytes"] > PEAK_BYTES:
            return "memory", f"{answer['peak_bytes'] / 2**20:.0f} MB, then: {answer['text']}"
        return answer["kind"], answer["text"]

    def close(self):
        """Ends the process, and removes what it worked with."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _said(self):
        return os.pread(self.errors.fileno(), 10_000, 0).decode(errors="backslashreplace")


class Findings:
    """Endings, counted, and examples of faults on disk."""

    def __init__(self, folder):
        self.folder = folder
        self.endings, self.faults = Counter(), Counter()
        self._lock = threading.Lock()

    def add(self, kind, text, name, content, what):
        """Counts an ending; keeps the file if it is a fault not seen often yet."""
        with self._lock:
            self.endings[kind] += 1
            if kind in GOOD:
                return
            signature = f"{kind} {_place_of(text)}"
            self.faults[signature] += 1
            if self.faults[signature] > EXAMPLES:
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            number = sum(self.faults.values())
            path = self.folder / f"{kind}-{number:05}-{name}{suffix_of(name)}"
            path.write_bytes(content)
            path.with_name(path.name + ".txt").write_text(f"{what}\n{text}\n", encoding="utf-8")
            _say(f"{path}: {signature}")


def _place_of(text):
    """What tells one fault from another: the line of code, and the words without numbers and names."""
    lines = text.strip().splitlines() or [""]
    places = [line.strip() for line in lines if line.lstrip().startswith("File ")]
    words = re.sub(r"\S*/", "", lines[-1])
    words = re.sub(r"(['\"]).*", r"\1…", words)
    return " ".join([*places[-1:], re.sub(r"\d+", "N", words)[:80]])


def fuzz(lane, seed, until, findings):
    """One worker's share: inputs that depend on `seed` and `lane` alone."""
    chance = random.Random(f"{seed}/{lane}")
    worker = Worker()
    try:
        while time.monotonic() < until:
            name = chance.choice(NAMES)
            content, what = mutant(chance, name)
            options = _options(chance)
            kind, text = worker.run(suffix_of(name), content, options)
            findings.add(
                kind, text, name, content, f"{what}\nconvfilter apply … {' '.join(options)}"
            )
            if kind in ("crash", "timeout") or not worker.left:
                worker.close()
                worker = Worker()
    finally:
        worker.close()


@cache
def _known_options():
    """What the command says that it takes."""
    words = [sys.executable, "-m", "convfilter", "apply", "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=PROJECT)
    return {option: value for option, value in RARE_OPTIONS.items() if option in done.stdout}


def _options(chance):
    options = ["-k", chance.choice(KERNELS), "-p", chance.choice(("valid", "same"))]
    options += ["--max-pixels", str(MAX_PIXELS)]
    if chance.random() < 0.3:
        options += ["--format", chance.choice(FORMATS)]
    for option, values in _known_options().items():
        if chance.random() < 0.1:
            options += [option, chance.choice(values)] if values else [option]
    return options


def _say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main():
    """Runs the lanes; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument(
        "--keep", type=Path, default=PROJECT / "build" / "fuzz", help="folder for what is found"
    )
    parser.add_argument("--seed", default=str(time.time_ns()), help="the same inputs again")
    parser.add_argument("--jobs", type=int, default=core_count())
    chosen = parser.parse_args()
    _say(f"seed {chosen.seed}")
    findings, started = Findings(chosen.keep), time.monotonic()
    until = started + 60 * chosen.minutes
    lanes = [
        threading.Thread(target=fuzz, args=(lane, chosen.seed, until, findings))
        for lane in range(chosen.jobs)
    ]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    minutes, count = (time.monotonic() - started) / 60, findings.endings.total()
    _say(f"{count} inputs in {minutes:.1f} minutes, {count / minutes:.0f} a minute")
    for kind, number in findings.endings.most_common():
        _say(f"{number:8} {kind}")
    for signature, number in findings.faults.most_common():
        _say(f"{number:8} {signature}")
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
