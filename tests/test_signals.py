"""Ctrl-C and its kin: the process ends at once, whatever it is doing, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

FIRST = """
import sys
from convfilter.signals import install
install()
assert not {"click", "numpy", "PIL"} & set(sys.modules)
"""
BUSY = """
import threading, time
from convfilter.signals import install, unfinished
install()
unfinished.add(r"{part}")
def work():
    while True:
        sum(range(1000))
threading.Thread(target=work, daemon=True).start()
print("ready", flush=True)
while True:
    try:
        __import__("convfilter.core.conv")
        time.sleep(0.001)
    except BaseException:
        print("swallowed", flush=True)
"""
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def test_handlers_are_in_place_before_anything_heavy_is_imported():
    subprocess.run([sys.executable, "-c", FIRST], check=True)


@pytest.mark.parametrize("number", STATUS)
@pytest.mark.parametrize("delay_s", [0.0, 0.01, 0.05, 0.1])
def test_a_signal_ends_the_process_with_its_status(tmp_path, number, delay_s):
    part = tmp_path / "half.part"
    part.write_bytes(b"half a picture")
    script = BUSY.replace("{part}", str(part))
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    time.sleep(delay_s)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (STATUS[number], b"")
    assert err == (b"convfilter: interrupted\n" if number == signal.SIGINT else b"")
    assert not part.exists()


WRITING = """
import os, threading
from convfilter import signals
signals.install()
stopped = threading.Event()
def write():
    while not stopped.is_set():
        os.makedirs(r"{part}/c/0", exist_ok=True)
        open(r"{part}/c/0/1", "wb").close()
def stop():
    stopped.set()
    thread.join()
thread = threading.Thread(target=write)
thread.start()
with signals.written_aside(r"{part}"), signals.stopped_first(stop):
    print("ready", flush=True)
    {then}
"""


@pytest.mark.parametrize("then", ["threading.Event().wait()", "raise SystemExit(143)"])
def test_a_folder_goes_away_after_all_who_write_into_it_have_stopped(tmp_path, then):
    part = tmp_path / "a.part"
    script = WRITING.replace("{part}", str(part)).replace("{then}", then)
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    if "wait" in then:
        time.sleep(0.1)
        process.terminate()
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (143, b"")
    assert os.listdir(tmp_path) == []


TOGETHER = """
import os, signal, sys
from convfilter.signals import install, uninterrupted
install()
with uninterrupted():
    os.kill(os.getpid(), signal.SIGTERM)
    print("first", flush=True)
    print("second", flush=True)
print("third", flush=True)
"""


def test_a_signal_waits_for_what_belongs_together():
    done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (143, b"first\nsecond\n")
