"""Pipes: what stands on which stream, readers that have enough, streams that are not files."""

import io
import os
import pty
import stat
import subprocess
import threading

import numpy as np
import pytest
from judge import complaint
from pictures import assert_same, noise
from PIL import Image
from running import COMMAND, TIMEOUT_S, run, run_in_shell, save, settings, slopes

LARGE = (300, 400, 3)  # more than a pipe holds
BLUR = ("-k", "blur")
LOST = 4  # rows and columns, by its 5×5 taps


@pytest.fixture
def inside(tmp_path):
    """A folder with a soft photo.jpg, and large.png that becomes more than a pipe holds."""
    save(tmp_path / "photo.jpg", slopes(48, 62))
    save(tmp_path / "large.png", noise(LARGE))
    return tmp_path


def opened(content):
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image


# ── what stands where ──


def test_a_photo_through_a_pipe_becomes_a_png_with_the_report_beside_it(inside):
    done = run_in_shell("cat photo.jpg | $CONVFILTER apply - -k blur --format png | cat", inside)
    image = opened(done.out)
    assert (done.status, image.format, image.size) == (0, "PNG", (62 - LOST, 48 - LOST))
    lines = done.err.splitlines()
    assert (
        lines[0]
        == "standard input  48×62×3 RGB (high×wide×channels)  →  standard output  44×58×3 RGB"
    )
    assert lines[1].startswith("  kernel   blur 5×5")
    run("apply", "photo.jpg", *BLUR, "-o", "b.png", cwd=inside)
    with Image.open(inside / "b.png") as want:
        assert_same(np.asarray(image), np.asarray(want))


@pytest.mark.parametrize("form", ["png", "jpg", "tif", "webp", "bmp", "ppm", "npy"])
def test_in_a_pipe_every_format_is_the_same_as_in_a_file(server, inside, form):
    words = ("apply", "photo.jpg", *BLUR, "-q")
    done = run(*words, "-o", "-", "--format", form, cwd=inside)
    assert (done.status, done.err) == (0, "")
    server.run(*words, "-o", f"b.{form}", cwd=inside)
    assert done.out == (inside / f"b.{form}").read_bytes()


def test_a_large_picture_passes_three_filters_in_a_row(inside):
    line = " | ".join(["$CONVFILTER apply - -k blur -q --format ppm"] * 3)
    done = run_in_shell(f"set -o pipefail; cat large.png | {line}", inside)
    assert (done.status, done.err) == (0, "")
    assert opened(done.out).size == (LARGE[1] - 3 * LOST, LARGE[0] - 3 * LOST)


# ── readers and writers that go away ──


@pytest.mark.parametrize("form", ["png", "npy"])
def test_a_reader_that_has_enough_ends_it_quietly(inside, form):
    line = f"$CONVFILTER apply large.png -k blur -o - --format {form} 2>err | head -c 10"
    done = run_in_shell(f"{line}; echo ${{PIPESTATUS[0]}} >status", inside)
    assert len(done.out) == 10
    assert (inside / "status").read_text() == "0\n"
    for line in _said(inside / "err"):
        assert line.startswith(("large.png  ", "  ", "hint: ")), line


def test_a_source_that_breaks_off_gives_no_picture(inside):
    done = run_in_shell("head -c 20000 large.png | $CONVFILTER apply - -k blur -o b.png", inside)
    assert (done.status, done.out) == (1, b"")
    complaint(done.err, "standard input: ")
    assert not (inside / "b.png").exists()
    assert not list(inside.glob(".*"))


def _said(path):
    """Lines of standard error, but for the one about the first time."""
    return [line for line in path.read_text().splitlines() if not line.startswith("compiling")]


# ── standard input ──


@pytest.mark.parametrize("feed", ["</dev/null", "< <(:)"])
@pytest.mark.parametrize("output", ["", "-o b.png"])
def test_an_empty_standard_input_is_told(inside, feed, output):
    done = run_in_shell(f"$CONVFILTER apply - -k blur {output} {feed}", inside)
    assert (done.status, done.out) == (1, b"")
    assert done.err == "convfilter: standard input: empty\n"
    assert not (inside / "b.png").exists()


def test_a_terminal_as_standard_input_can_be_ended_by_its_key(inside):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "apply", "-", *BLUR, "-o", "b.png"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=inside,
        env=settings(),
    )
    os.close(theirs)
    os.write(ours, b"\x04")
    out, err = process.communicate(timeout=TIMEOUT_S)
    os.close(ours)
    assert (process.returncode, out) == (1, b"")
    assert err == b"convfilter: standard input: empty\n"


def test_standard_input_may_be_a_file_that_was_read_in_part(inside):
    line = "{ head -c 0; $CONVFILTER apply - -k blur -q -o b.png; } < photo.jpg"
    assert run_in_shell(line, inside).status == 0
    assert opened((inside / "b.png").read_bytes()).size == (62 - LOST, 48 - LOST)


# ── outputs that are no files ──


def test_a_pipe_with_a_name_takes_a_picture_and_stays_a_pipe(inside):
    os.mkfifo(inside / "pipe.png")
    taken = []
    reader = threading.Thread(target=lambda: taken.append((inside / "pipe.png").read_bytes()))
    reader.start()
    done = run("apply", "large.png", *BLUR, "-o", "pipe.png", cwd=inside)
    reader.join(TIMEOUT_S)
    assert done.status == 0, done.err
    assert opened(taken[0]).size == (LARGE[1] - LOST, LARGE[0] - LOST)
    assert stat.S_ISFIFO((inside / "pipe.png").stat().st_mode)
    assert not list(inside.glob(".*"))


def test_a_reader_that_leaves_a_pipe_with_a_name_is_told(inside):
    os.mkfifo(inside / "pipe.bmp")
    line = "head -c 10 pipe.bmp >/dev/null & $CONVFILTER apply large.png -k blur -q -o pipe.bmp"
    done = run_in_shell(line, inside)
    assert done.status == 1
    assert complaint(done.err, "pipe.bmp") == "pipe.bmp: could not be written: Broken pipe"
    assert not list(inside.glob(".*"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
@pytest.mark.parametrize("form", ["png", "jpg", "tif", "webp", "bmp", "ppm", "npy"])
def test_a_device_that_is_full_says_so(server, inside, form):
    words = ("-o", "/dev/full", "--format", form)
    done = server.run("apply", "photo.jpg", *BLUR, *words, cwd=inside)
    assert (done.status, done.out) == (1, b"")
    assert done.err == "convfilter: /dev/full: could not be written: No space left on device\n"
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_what_goes_nowhere_is_written_all_the_same(inside):
    for line in (
        "-o /dev/null --format png",
        "-o - --format png >&-",
        "-o - --format png >/dev/null",
    ):
        done = run_in_shell(f"$CONVFILTER apply photo.jpg -k blur -q {line}", inside)
        assert (done.status, done.err) == (0, ""), line


@pytest.mark.parametrize("unbuffered", [None, "1"])
def test_a_pipe_that_does_not_wait_gets_all(inside, unbuffered):
    """Some programs give theirs away without the kindness to block: the writer waits by itself."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    words = ["apply", "large.png", *BLUR, "-q", "-o", "-", "--format", "bmp"]
    process = subprocess.Popen(
        [*COMMAND, *words],
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=inside,
        env=settings(PYTHONUNBUFFERED=unbuffered),
    )
    os.close(theirs)
    with os.fdopen(ours, "rb") as file:
        content = file.read()
    process.wait(TIMEOUT_S)
    err = process.stderr.read().decode()
    process.stderr.close()
    assert (process.returncode, _unasked(err)) == (0, [])
    assert opened(content).size == (LARGE[1] - LOST, LARGE[0] - LOST)


def _unasked(said):
    return [line for line in said.splitlines(keepends=True) if not line.startswith("compiling")]
