"""Scripts in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import convfilter

PROJECT = Path(convfilter.__file__).parents[1]
HERE = Path(__file__).parent


def environment(**changes):
    """This process's environment with the project and these tests importable; None removes."""
    folders = [str(PROJECT), str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    path = os.pathsep.join(filter(None, folders))
    values = os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "error"} | changes
    return {name: str(value) for name, value in values.items() if value is not None}


def start(script, *arguments, cwd=None, **changes):
    """A running interpreter with a script's text; `changes` are environment variables."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment(**changes),
    )


def finish(process, timeout_s=120):
    """Waits; returns (exit status, what it printed, what it complained)."""
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"still running after {timeout_s} s:\n{out}\n{err}") from None
    return process.returncode, out, err


def output_of(script, *arguments, timeout_s=120, **changes):
    """What a script printed; it must end well."""
    status, out, err = finish(start(script, *arguments, **changes), timeout_s)
    assert status == 0, f"exit status {status}\n{out}\n{err}"
    return out.strip()
