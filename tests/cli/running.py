"""The command as a process of its own, with its streams apart."""

import errno
import os
import pty
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import convfilter

PROJECT = str(Path(convfilter.__file__).parents[1])
COMMAND = [sys.executable, "-m", "convfilter"]
FIRST_TIME = b"compiling a loop"  # said once for a kind of filter, wherever that is
TIMEOUT_S = 60


@dataclass
class Done:
    """What a process left: its exit status, and what it wrote (`terminal`: to one)."""

    status: int
    out: bytes
    err: str
    terminal: str = ""

    @property
    def text(self):
        """Standard output as text."""
        return self.out.decode()


def settings(**changes):
    """This environment without what would change the command's ways; None removes."""
    unwanted = ("CONVFILTER_", "PYTHONIOENCODING", "PYTHONUTF8", "LC_")
    unwanted += ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES")
    kept = {n: v for n, v in os.environ.items() if not n.startswith(unwanted)}
    if folder := os.environ.get("CONVFILTER_CACHE_DIR"):
        kept["CONVFILTER_CACHE_DIR"] = folder
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [PROJECT, kept.get("PYTHONPATH", "")]))
    kept |= {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"} | changes
    return {name: value for name, value in kept.items() if value is not None}


def run(*words, cwd, stdin=b"", command=COMMAND, **changes):
    """Runs the command with its words; `changes` are environment variables."""
    done = subprocess.run(
        [*command, *map(os.fspath, words)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=settings(**changes),
        timeout=TIMEOUT_S,
        check=False,
    )
    err = _without_first_time(done.stderr).decode(errors="surrogateescape")
    assert "Traceback" not in err, err
    return Done(done.returncode, done.stdout, err)


def run_in_shell(line, cwd, **changes):
    """A line for the shell; $CONVFILTER stands for the command."""
    words = ["-c", line]
    return run(*words, cwd=cwd, command=["/bin/bash"], CONVFILTER=" ".join(COMMAND), **changes)


def run_on_terminal(*words, cwd, columns=100, **changes):
    """Runs the command with standard output and error on a terminal."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    process = subprocess.Popen(
        [*COMMAND, *map(os.fspath, words)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env=settings(**changes),
    )
    os.close(theirs)
    content = b""
    try:
        while piece := _read(ours):
            content += piece
    finally:
        os.close(ours)
        status = process.wait(TIMEOUT_S)
    shown = _without_first_time(content).decode().replace("\r\n", "\n")
    assert "Traceback" not in shown, shown
    return Done(status, b"", "", shown)


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError as error:
        if error.errno != errno.EIO:  # how Linux says that nobody writes any more
            raise
        return b""


def _without_first_time(content):
    return b"".join(
        line for line in content.splitlines(keepends=True) if not line.startswith(FIRST_TIME)
    )


def save(path, pixels, **options):
    """An array as a picture file; its path."""
    Image.fromarray(pixels).save(path, **options)
    return path


def slopes(height, width):
    """A colour picture of soft slopes: no sum of a sharpening kernel is cut off."""
    y, x = np.mgrid[0:height, 0:width]
    return np.dstack([60 + y + x, 180 - 2 * y, 70 + 2 * x]).astype(np.uint8)
