"""Memory stays bounded, however large an array is: 4 GB filtered with less than 1."""

import os
import shutil
import sys

import numpy as np
import pytest
from running import run

import convfilter

zarr = pytest.importorskip("zarr")

GIGABYTE = 10**9
# The command, which tells in the end how much memory it had at most: not from getrusage, which counts the
# process that started it, too.
PEAK = """
import os, re, sys
from convfilter.cli import main
end = main.os._exit
def tell(status):
    peak = 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
    os.write(1, b"%d" % peak)
    end(status)
main.os._exit = tell
from convfilter.__main__ import run
run()
"""


def large(path, side, chunk):
    """A grey array of side × side, whose chunks are all links to three: 4 GB take no time and no space."""
    array = zarr.create_array(path, shape=(side, side), chunks=(chunk, chunk), dtype="uint8")
    y, x = np.mgrid[0:chunk, 0:chunk]
    count = side // chunk
    for number in range(3):
        pixels = (y // 16 * 7 + x // 8 * (5 + number)).astype(np.uint8)
        array[0:chunk, number * chunk : (number + 1) * chunk] = pixels
    for row in range(count):
        folder = path / "c" / str(row)
        folder.mkdir(exist_ok=True)
        for column in range(count):
            if not (folder / str(column)).exists():
                os.link(path / "c" / "0" / str((row + column) % 3), folder / str(column))
    return array


def peak_of(folder, *words):
    done = run("apply", *words, "-q", cwd=folder, command=[sys.executable, "-c", PEAK])
    assert done.status == 0, done.err
    return int(done.text)


def seams(source, made, side, chunk):
    """Windows round the corners of chunks, of panels and of the array: the source, and what became of it."""
    places = [0, chunk, side // 2, side - 10]
    for y in places:
        for x in places:
            top, left = max(y - 10, 0), max(x - 10, 0)
            bottom, right = min(y + 10, side), min(x + 10, side)
            yield source[top:bottom, left:right], made[top:bottom, left:right], (y, x)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("-k", "sharpen"), ("-k", "sobel", "--range", "rescale", "-j", "1")]
)
def test_4_gb_are_filtered_with_less_than_1(tmp_path, monkeypatch, words):
    if shutil.disk_usage(tmp_path).free < 6 * GIGABYTE:
        pytest.skip("less than 6 GB of disk are free")
    monkeypatch.setattr("running.TIMEOUT_S", 1800)
    side, chunk = 65536, 1024
    source = large(tmp_path / "a.zarr", side, chunk)
    assert source.nbytes > 4 * GIGABYTE
    peak = peak_of(tmp_path, "a.zarr", *words, "--border", "edge", "-o", "b.zarr")
    assert peak < GIGABYTE, f"{peak / 1e6:.0f} MB"
    made = zarr.open_array(tmp_path / "b.zarr", mode="r")
    if "rescale" in words:
        return
    kernel = convfilter.load_kernel("sharpen")
    for before, after, place in seams(source, made, side, chunk):
        want = convfilter.correlate(before, kernel, range_policy="clip")
        inner = after[1:-1, 1:-1]
        assert np.array_equal(inner, want), place


def test_twice_the_array_takes_no_more_memory(tmp_path):
    script = PEAK.replace("import os", "from convfilter import strips\nimport os", 1)
    script = script.replace("end =", "strips.BUDGET_BYTES = 2**22\nend =", 1)
    peaks = []
    for side in (4096, 8192):
        large(tmp_path / f"{side}.zarr", side, 256)
        words = ["apply", f"{side}.zarr", "-k", "blur", "--border", "edge", "-q"]
        done = run(*words, cwd=tmp_path, command=[sys.executable, "-c", script])
        assert done.status == 0, done.err
        peaks.append(int(done.text))
    assert peaks[1] - peaks[0] < 2**24  # the second is 48 MB larger
