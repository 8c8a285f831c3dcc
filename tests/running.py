"""The command as a process of its own, with its streams apart."""

import atexit
import errno
import os
import pty
import subprocess
import sys
import termios
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from fork_server import TIMEOUT_S, Server
from PIL import Image
from uncompiled import UNCOMPILED

import convfilter

PROJECT = str(Path(convfilter.__file__).parents[1])
COMMAND = [sys.executable, "-m", "convfilter"]
FIRST_TIME = b"compiling a loop"  # said once for a kind of filter, wherever that is
READ_AT_START = ("PYTHONPATH", "PYTHONUTF8", "LC_")  # by the interpreter


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


@cache
def _server(*, compiled=True):
    """Forks the command: a start from nothing takes ten times as long."""
    started = Server(settings(), compiled=compiled)
    atexit.register(started.close)
    return started


def run(*words, cwd, command=COMMAND, **changes):
    """Runs the command with its words; `changes` are environment variables.

    In a fork of a process that has imported it, or begun from nothing where only `run_anew` can.
    """
    if "stdin" in changes or command not in (COMMAND, UNCOMPILED) or _starts_anew(changes):
        return run_anew(*words, cwd=cwd, command=command, **changes)
    server = _server(compiled=command is COMMAND)
    done = server.run(*words, cwd=cwd, env=settings(**changes))
    return _done(done.status, done.out, done.err.encode())


def _starts_anew(changes):
    return any(name.startswith(READ_AT_START) for name in changes)


def run_anew(*words, cwd, stdin=b"", command=COMMAND, **changes):
    """The same with bytes in a pipe as standard input, by another command, or in a new interpreter."""
    done = subprocess.run(
        [*command, *map(os.fspath, words)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=settings(**changes),
        timeout=TIMEOUT_S,
        check=False,
    )
    return _done(done.returncode, done.stdout, done.stderr)


def _done(status, out, told):
    err = _without_first_time(told).decode(errors="surrogateescape")
    assert "Traceback" not in err, err
    return Done(status, out, err)


def run_in_shell(line, cwd, **changes):
    """A line for the shell; $CONVFILTER stands for the command."""
    words = ["-c", line]
    return run_anew(*words, cwd=cwd, command=["/bin/bash"], CONVFILTER=" ".join(COMMAND), **changes)


def run_on_terminal(*words, cwd, columns=100, **changes):
    """Runs the command with standard output and error on a terminal."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    with ThreadPoolExecutor(1) as reader:
        content = reader.submit(_read_all, ours)
        try:
            status = _status_on(theirs, words, cwd, changes)
        finally:
            os.close(theirs)
    shown = _without_first_time(content.result()).decode().replace("\r\n", "\n")
    assert "Traceback" not in shown, shown
    return Done(status, b"", "", shown)


def _status_on(terminal, words, cwd, changes):
    env = settings(**changes)
    if _starts_anew(changes):
        streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
        process = subprocess.run(
            [*COMMAND, *map(os.fspath, words)],
            **streams,
            cwd=cwd,
            env=env,
            timeout=TIMEOUT_S,
            check=False,
        )
        return process.returncode
    name = os.ttyname(terminal)
    return _server().run(*words, cwd=cwd, env=env, stdin=name, terminal=True).status


def _read_all(descriptor):
    content = b""
    while piece := _read(descriptor):
        content += piece
    os.close(descriptor)
    return content


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
