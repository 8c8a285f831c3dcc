"""Standard input and output: pictures through pipes, closed pipes, full and missing streams."""

import array
import fcntl
import io
import signal
import subprocess
import sys
import termios
import time

import numpy as np
import pytest
from pictures import assert_same
from PIL import Image
from running import COMMAND, run, run_in_shell, run_on_terminal, settings

KERNEL = ("-k", "sharpen")


def _picture(content):
    with Image.open(io.BytesIO(content)) as image:
        return image.format, np.asarray(image)


def _expected(folder):
    run("apply", "a.png", *KERNEL, "-o", "want.png", cwd=folder)
    with Image.open(folder / "want.png") as image:
        return np.asarray(image)


def test_a_picture_on_standard_output_stands_there_alone(folder):
    done = run("apply", "a.png", *KERNEL, "-o", "-", cwd=folder)
    form, pixels = _picture(done.out)
    assert (done.status, form) == (0, "PNG")
    assert_same(pixels, _expected(folder))
    assert done.err.startswith("a.png  24×31×3 RGB (high×wide×channels)  →  standard output  22×29")
    assert "  range    clip: " in done.err


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "TIFF", "PPM"])
def test_from_standard_input_to_standard_output_in_the_same_format(folder, form):
    source = io.BytesIO()
    with Image.open(folder / "a.png") as image:
        image.save(source, form)
    done = run("apply", "-", *KERNEL, cwd=folder, stdin=source.getvalue())
    got, pixels = _picture(done.out)
    assert (done.status, got, pixels.shape) == (0, form, (22, 29, 3))
    assert done.err.startswith("standard input  24×31×3 RGB")


def test_standard_input_into_a_file_and_into_a_folder(folder):
    content = (folder / "a.png").read_bytes()
    run("apply", "-", *KERNEL, "-o", "b.png", cwd=folder, stdin=content)
    (folder / "out").mkdir()
    done = run("apply", "-", *KERNEL, "-o", "out/", cwd=folder, stdin=content)
    assert done.text.startswith("standard input  ")
    for name in ("b.png", "out/stdin_sharpen.png"):
        assert_same(_picture((folder / name).read_bytes())[1], _expected(folder))
        (folder / "want.png").unlink()


def test_numbers_on_standard_output(folder):
    words = ("-o", "-", "--format", "npy", "--range", "float", "-q")
    done = run("apply", "grey.png", "-k", "-1 1", *words, cwd=folder)
    with Image.open(folder / "grey.png") as image:
        pixels = np.asarray(image).astype(np.float32)
    assert_same(np.load(io.BytesIO(done.out)), np.diff(pixels, axis=1))
    assert done.err == ""


def test_pictures_in_a_row_through_pipes(folder):
    line = "$CONVFILTER apply a.png -k sharpen -qo - | $CONVFILTER apply - -k sobel-x -q --gray"
    done = run_in_shell(f"set -o pipefail; {line}", folder)
    assert (done.status, done.err) == (0, "")
    assert _picture(done.out)[1].shape == (20, 27)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"no picture", "no picture of a kind read here"),
        (b"\x89PNG\r\n", "damaged or cut off, or PNG of a kind that is not read here"),
    ],
)
def test_standard_input_that_is_no_picture_is_named_as_such(folder, content, said):
    done = run("apply", "-", *KERNEL, cwd=folder, stdin=content)
    assert (done.status, done.out) == (1, b"")
    assert said in done.err
    assert done.err.startswith("convfilter: standard input: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("words", [["a.png", "-o", "-"], ["-"]])
def test_a_pictures_bytes_are_never_sent_to_a_terminal(folder, words):
    done = run_on_terminal("apply", *words, *KERNEL, cwd=folder)
    assert done.status == 2
    assert "would go to a terminal: name a file with -o" in done.terminal
    assert "PNG" not in done.terminal


# ── pipes and streams that are closed or full ──


@pytest.mark.parametrize(
    ("line", "bytes_read"),
    [
        ("$CONVFILTER apply noise.png -k sharpen -qo - --format bmp", 10),
        ("$CONVFILTER apply noise.png -k sharpen -o - --json", 1),
        ("$CONVFILTER kernels list", 10),
        ("$CONVFILTER kernels list --json", 10),
        ("$CONVFILTER kernels show gaussian-7", 1),
        ("$CONVFILTER --help", 1),
    ],
)
def test_a_closed_pipe_ends_quietly(folder, line, bytes_read):
    done = run_in_shell(
        f"{line} 2>err | head -c {bytes_read}; echo ${{PIPESTATUS[0]}} >status", folder
    )
    assert len(done.out) == bytes_read
    assert (folder / "status").read_text() == "0\n"
    assert "rror" not in (folder / "err").read_text()


def test_a_reader_that_is_gone_already_is_no_failure(folder):
    run_in_shell("{ sleep 0.3; $CONVFILTER kernels list 2>err; echo $? >status; } | true", folder)
    assert (folder / "status").read_text() == "0\n"
    assert (folder / "err").read_text() == ""


@pytest.mark.parametrize(
    "words", ["apply a.png -k sharpen -o -", "kernels list", "shape 9x9 -k 3x3", "--help"]
)
def test_a_full_disk_under_standard_output_is_a_failure(folder, words):
    done = run_in_shell(f"$CONVFILTER {words} >/dev/full", folder)
    assert done.status == 1
    complaint = [line for line in done.err.splitlines() if line.startswith("convfilter: ")]
    assert len(complaint) == 1
    assert "No space left on device" in complaint[0]
    assert "Exception" not in done.err


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-"])
@pytest.mark.parametrize(
    "words", ["apply a.png -k sharpen -f", "kernels list", "shape 9x9 -k 3x3", "--version"]
)
def test_streams_that_do_not_exist_are_no_failure(folder, words, closed):
    done = run_in_shell(f"$CONVFILTER {words} {closed}", folder)
    assert done.status == 0, done.err
    assert (folder / "a_sharpen.png").exists() == words.startswith("apply")


def test_a_missing_standard_input_is_told(folder):
    done = run_in_shell("$CONVFILTER apply - -k sharpen <&-", folder)
    assert (done.status, done.err) == (1, "convfilter: standard input: empty\n")


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [(signal.SIGINT, 130, "convfilter: interrupted"), (signal.SIGTERM, 143, "")],
)
def test_waiting_for_standard_input_can_be_ended(folder, number, status, said):
    process = subprocess.Popen(
        [*COMMAND, "apply", "-", *KERNEL, "-o", "b.png"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=settings(),
    )
    process.stdin.write(b"\x89")
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while _unread(process.stdin) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.decode().strip()) == (status, b"", said)
    assert not (folder / "b.png").exists()


def _unread(pipe):
    """How many bytes of a pipe nobody has taken yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_the_module_and_the_command_are_the_same(folder):
    script = [sys.executable, "-c", "from convfilter.cli.main import run; run()"]
    done = run("--version", cwd=folder, command=script)
    assert done.text == run("--version", cwd=folder).text


def test_what_the_encoder_refuses_is_told_on_the_way_to_standard_output_too(folder):
    Image.new("RGB", (17000, 4)).save(folder / "wide.png")
    done = run("apply", "wide.png", "-k", "sharpen", "-o", "-", "--format", "webp", cwd=folder)
    assert done.status == 1
    assert "wide.png: WEBP holds at most 16383 rows and columns" in done.err
    assert done.err.count("\n") == 1
