"""Sources that are no files, or no longer there, or not ours: one line each."""

import os
import shutil
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from judge import check_ending, complaint
from PIL import Image
from running import COMMAND, TIMEOUT_S, run_in_shell, settings
from seeds import seed

KERNEL = ("-k", "identity", "-p", "same", "-o", "out/")
WHOLE = {"a.png": "png-rgb", "photo.jpg": "jpg-rgb", "scan.tif": "tif-lzw"}


@pytest.fixture
def inside(tmp_path):
    """A folder of whole pictures, and an empty one called out."""
    for name, kind in WHOLE.items():
        (tmp_path / name).write_bytes(seed(kind))
    (tmp_path / "out").mkdir()
    return tmp_path


@pytest.fixture
def refused(server, inside):
    """Sees to it that a source is refused."""

    def check(name, said=""):
        done = server.run("apply", name, *KERNEL, cwd=inside)
        check_ending(done, inside / "out", _shown(name), (1,))
        assert said in complaint(done.err, _shown(name))

    return check


def _shown(name):
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in os.fspath(name))


def test_a_folder(inside, refused):
    (inside / "folder.png").mkdir()
    refused("folder.png", "Is a directory")
    refused("folder.png/", "Is a directory")
    refused("a.png/b.png", "Not a directory")


def test_a_link_that_leads_to_itself_or_nowhere(inside, refused):
    (inside / "round.png").symlink_to("round.png")
    (inside / "nowhere.png").symlink_to("none.png")
    refused("round.png", "symbolic links")
    refused("nowhere.png", "No such file")


def test_a_name_with_signs_that_a_terminal_would_obey(refused):
    refused("new\nline\x1b[2J\x07.png", "No such file")
    refused("x" * 300 + ".png", "File name too long")


def test_a_name_that_is_no_text(server, inside):
    done = server.run("apply", os.fsdecode(b"caf\xe9.png"), *KERNEL, cwd=inside)
    assert done.status == 1
    assert done.err == "convfilter: caf\\udce9.png: No such file or directory\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(inside, refused):
    (inside / "a.png").chmod(0)
    refused("a.png", "Permission denied")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(server, inside):
    (inside / "out").chmod(0o500)
    done = server.run("apply", "a.png", *KERNEL, cwd=inside)
    assert done.status == 1
    assert "can't be written to" in complaint(done.err, "out/")


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no /proc on this system")
@pytest.mark.parametrize("name", ["/proc/self/mem", "/proc/self/status", "/proc/self/fd"])
def test_files_that_the_system_makes_up(refused, name):
    refused(name)


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero"])
def test_devices(refused, name):
    refused(name)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", seed("png-rgb")[:300], seed("png-rgb")])
def test_a_pipe_with_a_name_whose_writer_goes_away(server, inside, content):
    os.mkfifo(inside / "pipe.png")
    writer = threading.Thread(target=_write, args=(inside / "pipe.png", content), daemon=True)
    writer.start()
    done = server.run("apply", "pipe.png", *KERNEL, cwd=inside)
    writer.join(TIMEOUT_S)
    expected = (
        (0, 1) if content == seed("png-rgb") else (1,)
    )  # a pipe need not be read as a file is
    check_ending(done, inside / "out", "pipe.png", expected)


def _write(path, content):
    with path.open("wb", buffering=0) as file:
        file.write(content)


def test_a_picture_that_vanishes_into_a_pipe_of_the_shell(inside):
    done = run_in_shell(f"$CONVFILTER apply <(cat photo.jpg) {' '.join(KERNEL)}", inside)
    check_ending(done, inside / "out", "/dev/fd/")


@pytest.mark.parametrize("name", ["a.png", "photo.jpg", "scan.tif"])
@pytest.mark.parametrize("length", [0, 1, 100, 500])
def test_a_picture_cut_off_on_standard_input_is_named_as_such(server, inside, name, length):
    (inside / "cut").write_bytes((inside / name).read_bytes()[:length])
    done = server.run("apply", "-", *KERNEL, cwd=inside, stdin="cut")
    check_ending(done, inside / "out", "standard input", (1,))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's here")
def test_standard_input_without_an_end_is_given_up(inside):
    line = f"ulimit -v 1500000; $CONVFILTER apply - {' '.join(KERNEL)} < /dev/zero"
    done = run_in_shell(line, inside, OPENBLAS_NUM_THREADS="1")
    assert done.status == 1
    complaint(done.err, "standard input: more than 1024 MiB: write it to a file first")
    assert not any((inside / "out").iterdir())


def test_a_picture_that_is_cut_shorter_while_it_is_read(inside):
    """A file that shrinks under an open descriptor: as when a download begins anew."""
    _cut_while_read(inside, "a.png", 0.1)


@pytest.mark.slow
def test_a_large_scan_that_is_cut_shorter_while_it_is_read(inside):
    """A decoder that maps the file into memory would end by a signal where the file no longer is."""
    rows = np.random.default_rng(1).integers(0, 256, (6000, 6000, 3), np.uint8)
    Image.fromarray(rows).save(inside / "whole.tif", compression="tiff_lzw")
    for seconds in (0.3, 0.4, 0.5, 0.6):
        shutil.copy(inside / "whole.tif", inside / "scan.tif")
        _cut_while_read(inside, "scan.tif", seconds)


def _cut_while_read(folder, name, seconds):
    process = subprocess.Popen(
        [*COMMAND, "apply", name, *KERNEL, "-f"],
        cwd=folder,
        env=settings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(seconds)
    os.truncate(folder / name, 200)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode in (0, 1), err
    assert b"Traceback" not in err
    left = list((folder / "out").iterdir())
    assert len(left) == (process.returncode == 0)
    assert bool(out) == (process.returncode == 0)
    for path in left:
        path.unlink()
