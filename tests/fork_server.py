"""The command many times over for the price of one start: a process that imports it once and forks.

Each run is a child with a memory, a folder, an environment and streams of its own that calls the
command's entry point and ends as it ends: with its exit status, or by a signal. That takes 30 ms of
processor time, a start from nothing 300.

    server = Server(environment)
    done = server.run("apply", "a.png", "-k", "identity", cwd=folder)
"""

import gc
import json
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from typing import NamedTuple

TIMEOUT_S = 180  # for what never ends: with all cores busy, loops to be compiled have taken 60
# What no run may exceed, so that a fault takes down nothing but itself.
MOST_MEMORY_BYTES = 4 * 2**30
LIMITS = ("more_memory_bytes", "largest_file_bytes")


class Ended(NamedTuple):
    """What became of one run.

    status  the exit status; −N for signal N, and "timeout" for one that took longer than TIMEOUT_S
    """

    status: int | str
    out: bytes
    err: str
    seconds: float
    peak_bytes: int


class Server:
    """A process that runs the command in children of its own, one at a time.

    compiled  whether loops are compiled ones; numpy's need no compiling, and no line about that is said
    """

    def __init__(self, env, *, compiled=False):
        words = [sys.executable, __file__, "compiled" if compiled else "plain"]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )

    def run(self, *words, cwd, stdin=os.devnull, env=None, terminal=False, **limits):
        """Runs the command; with limits if told so.

        stdin               a file that it reads as standard input
        env                 all variables of its environment, if others than the server's
        terminal            whether that file is a terminal, and standard output and error too
        more_memory_bytes   beyond what it has at its start
        largest_file_bytes  that it can write
        """
        job = {"words": list(map(os.fspath, words)), "cwd": os.fspath(cwd)}
        job |= {"stdin": os.fspath(stdin), "env": env, "terminal": terminal}
        job |= dict.fromkeys(LIMITS) | limits
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the server is gone"
        answer = json.loads(answer)
        return Ended(**answer | {"out": answer["out"].encode("latin-1")})

    def close(self):
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait(TIMEOUT_S)
        self._process.stdout.close()


def serve(*, compiled):
    """Jobs from standard input, one a line; what became of them on standard output."""
    prepare(compiled=compiled)
    for line in sys.stdin:
        ended = _run(json.loads(line))
        answer = ended._asdict() | {"out": ended.out.decode("latin-1")}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def prepare(*, compiled):
    """Imports all that a run needs, and nothing that starts a thread; loops are numpy's or compiled."""
    from convfilter.early import put_in_order

    put_in_order()
    from importlib import import_module
    from pkgutil import iter_modules

    from convfilter import cli, core, images, native, presets, report

    if not compiled:
        native._make = lambda _loop: None
    for package in (cli, core, images, presets, report):
        for module in iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
    from PIL import Image

    Image.init()
    _warm_up()
    gc.collect()
    gc.freeze()  # what is never looked at again need not be copied in children


def _warm_up():
    """One run of the command, in this process: what it makes once is there for all children."""
    from PIL import Image

    from convfilter import native
    from convfilter.cli.main import main

    with tempfile.TemporaryDirectory() as folder:
        picture = os.path.join(folder, "a.png")
        Image.new("RGB", (8, 8)).save(picture)
        words = ["apply", picture, "-k", "identity", "-q", "-o", os.path.join(folder, "b.png")]
        main(words, prog_name="convfilter", standalone_mode=False)
    native._functions.clear()  # children look for loops where their environment says
    native._told.clear()


def _run(job):
    started = time.perf_counter()
    out, err = os.pipe(), os.pipe()  # no files: what can be written to those may be limited
    child = os.fork()
    if not child:
        _become(job, out[1], err[1])
    os.close(out[1])
    os.close(err[1])
    said = _heard((out[0], err[0]), started + TIMEOUT_S)
    if said is None:
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    code = "timeout" if said is None else os.waitstatus_to_exitcode(status)
    printed, told = said or (b"", b"")
    told = told.decode(errors="backslashreplace")
    return Ended(code, printed, told, time.perf_counter() - started, usage.ru_maxrss * RSS_UNIT)


def _heard(pipes, deadline):
    """All that comes out of pipes until they are closed; None if that takes too long."""
    said = dict.fromkeys(pipes, b"")
    unfinished = set(pipes)
    try:
        while unfinished:
            left = deadline - time.perf_counter()
            ready, _, _ = select.select(list(unfinished), [], [], max(left, 0))
            if not ready:
                return None
            for pipe in ready:
                piece = os.read(pipe, 2**16)
                said[pipe] += piece
                if not piece:
                    unfinished.remove(pipe)
        return list(said.values())
    finally:
        for pipe in pipes:
            os.close(pipe)


def _become(job, out, err):
    try:
        os.chdir(job["cwd"])
        if job["env"] is not None:
            os.environ.clear()
            os.environ.update(job["env"])
        if job["terminal"]:
            out = err = os.open(job["stdin"], os.O_RDWR | os.O_NOCTTY)
        os.dup2(os.open(job["stdin"], os.O_RDONLY | os.O_NOCTTY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        encoding, _, faults = os.environ.get("PYTHONIOENCODING", "").partition(":")
        how = {"encoding": encoding or None, "errors": faults or None}
        sys.stdin, sys.stdout = os.fdopen(0, **how), os.fdopen(1, "w", **how)
        sys.stderr = os.fdopen(2, "w", 1, encoding or None, "backslashreplace")
        from convfilter import signals

        signals.standard_error = 2  # as in a process that has not been put in order yet
        if job["more_memory_bytes"] is None:
            _limit(resource.RLIMIT_AS, MOST_MEMORY_BYTES)
        else:
            _limit(resource.RLIMIT_AS, _address_space() + job["more_memory_bytes"])
        if job["largest_file_bytes"] is not None:
            _limit(resource.RLIMIT_FSIZE, job["largest_file_bytes"])
        sys.argv = ["convfilter", *job["words"]]
        from convfilter.__main__ import run

        run()
    except BaseException:  # noqa: BLE001 - as the interpreter would end it
        os.write(err, traceback.format_exc().encode())
    finally:  # not reached when all goes well: else the child would become a second server
        os._exit(99)


def _limit(what, amount):
    resource.setrlimit(what, (amount, amount))


def _address_space():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


RSS_UNIT = 1 if sys.platform == "darwin" else 1024

if __name__ == "__main__":
    serve(compiled=sys.argv[1] == "compiled")
