"""Ended at any moment while a picture replaces itself: it is whole, the old one or the new one."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from pictures import noise
from PIL import Image
from running import COMMAND, TIMEOUT_S, settings

SHAPE = (500, 700, 3)
WORDS = ("-k", "sharpen", "-q", "-f")
FEW, MANY = 6, 100
# From the moment that handlers are in place, which is told through a pipe.
FROM_THEN_ON = """
import os, sys
from convfilter import signals
pipe, put_in_place = int(sys.argv.pop(1)), signals.install
def install():
    put_in_place()
    os.write(pipe, b"!")
signals.install = install
from convfilter.__main__ import run
run()
"""
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}


class Replaced:
    """A picture that is filtered into itself again and again; `old` and `new`: its bytes."""

    def __init__(self, path, pixels):
        self.path = path
        options = {"compression": "tiff_lzw"} if path.suffix == ".tif" else {}
        Image.fromarray(pixels).save(path, **options)
        self.old = path.read_bytes()
        self.run()  # compiles what is missing
        self.restore()
        started = time.perf_counter()
        self.run()
        self.seconds = time.perf_counter() - started
        self.new = path.read_bytes()
        assert self.new != self.old

    def start(self, command=COMMAND, **options):
        """Begins to replace it."""
        name = self.path.name
        return subprocess.Popen(
            [*command, "apply", name, *WORDS, "-o", name],
            cwd=self.path.parent,
            env=settings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def run(self):
        process = self.start()
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0, err

    def restore(self):
        """As it was; what killed processes left is removed."""
        for path in self.parts():
            path.unlink()
        self.path.write_bytes(self.old)

    def parts(self):
        return list(self.path.parent.glob(".*.part"))

    def wait_for_part(self, process):
        """Whether it began to be written before the process ended."""
        deadline = time.monotonic() + TIMEOUT_S
        while process.poll() is None and time.monotonic() < deadline:
            if len(os.listdir(self.path.parent)) > 1:
                return True
        return False

    def is_whole(self):
        names = sorted(path.name for path in self.path.parent.iterdir() if path not in self.parts())
        return names == [self.path.name] and self.path.read_bytes() in (self.old, self.new)


@pytest.fixture(scope="module", params=[".png", pytest.param(".tif", marks=pytest.mark.slow)])
def replaced(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replaced")
    pixels = np.minimum(noise(SHAPE), 200)
    return Replaced(folder / f"a{request.param}", pixels)


def moments(count, name):
    """Shares of the usual duration, always the same, from the start to shortly behind the end."""
    chance = random.Random(name)
    return [1.1 * chance.random() for _ in range(count)]


some = pytest.mark.parametrize(
    "count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)


@some
def test_killed_at_any_moment_it_is_the_old_or_the_new_picture(replaced, count):
    endings = set()
    for share in moments(count, "killed"):
        replaced.restore()
        process = replaced.start()
        time.sleep(share * replaced.seconds)
        process.kill()
        process.communicate(timeout=TIMEOUT_S)
        assert replaced.is_whole(), f"killed after {share:.3f} of its time"
        endings.add(process.returncode)
    assert endings <= {0, -signal.SIGKILL}


@some
def test_killed_while_it_is_written_it_is_the_old_or_the_new_picture(replaced, count):
    met = 0
    for share in moments(count, "written"):
        replaced.restore()
        process = replaced.start()
        met += replaced.wait_for_part(process)
        time.sleep(0.1 * share * replaced.seconds)
        process.kill()
        process.communicate(timeout=TIMEOUT_S)
        assert replaced.is_whole(), f"killed after {share:.3f} of its writing"
    assert met or count == FEW  # it is written within milliseconds: few may miss them all


@some
@pytest.mark.parametrize("number", STATUS, ids=lambda number: number.name)
def test_ended_at_any_moment_nothing_is_left_beside_it(replaced, count, number):
    for share in moments(count // 2, number.name):
        replaced.restore()
        done, ready = _ended(replaced, number, lambda _, s=share: time.sleep(s * replaced.seconds))
        _check_ended(replaced, number, done, f"after {share:.3f} of its time")
        assert ready


@some
@pytest.mark.parametrize("number", STATUS, ids=lambda number: number.name)
def test_ended_while_it_is_written_nothing_is_left_beside_it(replaced, count, number):
    for _ in range(count // 3):
        replaced.restore()
        done, _ = _ended(replaced, number, replaced.wait_for_part)
        _check_ended(replaced, number, done, "while it was written")


def _ended(replaced, number, wait):
    """Signals a process that has its handlers in place, after waiting: what it left, what it told."""
    ours, theirs = os.pipe()
    command = [sys.executable, "-c", FROM_THEN_ON, str(theirs)]
    try:
        process = replaced.start(command, pass_fds=(theirs,))
        os.close(theirs)
        ready = os.read(ours, 1)
        wait(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT_S)
    finally:
        os.close(ours)
    return (process.returncode, out, err.decode()), ready


def _check_ended(replaced, number, done, moment):
    status, out, err = done
    assert status in (0, STATUS[number]), (moment, err)
    assert out == b""
    interrupted = status and number == signal.SIGINT
    assert err == ("convfilter: interrupted\n" if interrupted else ""), moment
    assert replaced.parts() == [], moment
    assert replaced.is_whole(), moment
