"""A full disk and a killed process: the old file stays, nothing is left beside it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filtering import pixels_of, saved
from pictures import noise

import convfilter

OLD = b"the old file"
PROJECT = str(Path(convfilter.__file__).parents[1])
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
from convfilter.__main__ import run
run()
"""
# Half a picture is written, then the process sends itself a signal and waits to be ended by it.
KILLED = """
import os, sys, time
number = int(sys.argv.pop(1))
from convfilter.images import write
def half(picture, target, file):
    file.write(b"half a picture")
    file.flush()
    os.kill(os.getpid(), number)
    time.sleep(60)
write._encode = half
from convfilter.__main__ import run
run()
"""
FILTERED = """
import os, sys, time
number = int(sys.argv.pop(1))
from convfilter import alpha
def endless(*_):
    os.kill(os.getpid(), number)
    time.sleep(60)
alpha.run_with_alpha = endless
from convfilter.__main__ import run
run()
"""


def _run(script, *words):
    path = os.pathsep.join(filter(None, [PROJECT, os.environ.get("PYTHONPATH", "")]))
    settings = {n: v for n, v in os.environ.items() if not n.startswith("CONVFILTER_")}
    if folder := os.environ.get("CONVFILTER_CACHE_DIR"):
        settings["CONVFILTER_CACHE_DIR"] = folder
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=settings | {"PYTHONPATH": path},
    )


def _apply(script, *before, folder, output, overwrite, more=()):
    words = ["apply", folder / "a.png", "-k", "identity", "-p", "same", "-o", folder / output]
    return _run(script, *before, *words, *more, *(["-f"] if overwrite else []))


def _nothing_happened(folder, output, *, existed):
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", *[output] * existed]
    if existed:
        assert (folder / output).read_bytes() == OLD


@pytest.fixture
def folder(tmp_path):
    saved(tmp_path / "a.png", noise((64, 64, 3)))
    return tmp_path


@pytest.mark.parametrize("existed", [True, False])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp", ".ppm", ".npy"])
def test_a_full_disk_is_told_and_leaves_the_target_intact(folder, suffix, existed):
    output = f"b{suffix}"
    if existed:
        (folder / output).write_bytes(OLD)
    done = _apply(LIMITED, folder=folder, output=output, overwrite=existed)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"convfilter: {folder / output}: could not be written: ")
    assert done.stderr.count("\n") == 1
    _nothing_happened(folder, output, existed=existed)


@pytest.mark.parametrize("suffix", [".gif", ".avif", ".tga", ".jp2"])
def test_a_full_disk_is_told_of_every_other_format(folder, suffix):
    done = _apply(LIMITED, folder=folder, output=f"b{suffix}", overwrite=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"convfilter: {folder}/b{suffix}: could not be written: ")
    assert done.stderr.count("\n") == 1
    _nothing_happened(folder, f"b{suffix}", existed=False)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_full_disk_is_noticed_in_16_bits_a_sample_too(folder, suffix):
    pytest.importorskip("imagecodecs")
    words = ["--bits", "16", "--compress", "1"]
    done = _apply(LIMITED, folder=folder, output=f"b{suffix}", overwrite=False, more=words)
    assert done.returncode == 1
    assert done.stderr.startswith(f"convfilter: {folder}/b{suffix}: could not be written: ")
    _nothing_happened(folder, f"b{suffix}", existed=False)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_full_disk_is_noticed_in_compressed_tiffs_too(folder, compression):
    saved(folder / "a.png", noise((64, 64, 3)), format="TIFF", compression=compression)
    done = _apply(LIMITED, folder=folder, output="b.tif", overwrite=False)
    assert done.returncode == 1
    assert "b.tif: could not be written: " in done.stderr
    _nothing_happened(folder, "b.tif", existed=False)


@pytest.mark.parametrize("existed", [True, False])
@pytest.mark.parametrize("script", [KILLED, FILTERED])
@pytest.mark.parametrize(
    ("number", "status", "said"),
    [(signal.SIGTERM, 143, ""), (signal.SIGINT, 130, "convfilter: interrupted")],
)
def test_a_process_that_is_ended_leaves_nothing(folder, number, status, said, script, existed):
    if existed:
        (folder / "b.png").write_bytes(OLD)
    done = _apply(script, int(number), folder=folder, output="b.png", overwrite=existed)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (status, "", said)
    _nothing_happened(folder, "b.png", existed=existed)


def test_a_process_that_is_killed_outright_leaves_the_old_file(folder):
    (folder / "b.png").write_bytes(OLD)
    done = _apply(KILLED, int(signal.SIGKILL), folder=folder, output="b.png", overwrite=True)
    assert done.returncode == -signal.SIGKILL
    assert (folder / "b.png").read_bytes() == OLD
    for path in folder.glob(".b.png.*"):
        assert path.name.endswith(".part")
        path.unlink()
    _nothing_happened(folder, "b.png", existed=True)


def test_the_scripts_above_write_pictures_when_nothing_stops_them(folder):
    done = _apply(LIMITED.replace("3000", "300000"), folder=folder, output="b.png", overwrite=False)
    assert done.returncode == 0, done.stderr
    assert pixels_of(folder / "b.png").shape == (64, 64, 3)
