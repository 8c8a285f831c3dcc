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
