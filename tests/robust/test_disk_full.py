"""A disk that is full, at any byte of any format: one line, the old file as it was, nothing beside it."""

import errno
import os
import shutil
import subprocess

import numpy as np
import pytest
from judge import complaint
from pictures import noise
from PIL import Image
from running import run_in_shell

from convfilter.images.formats import BY_NAME

OLD = b"the old file"
SOURCES = {
    "L": noise((40, 50)),
    "LA": noise((40, 50, 2)),
    "RGB": noise((40, 50, 3)),
    "RGBA": noise((40, 50, 4)),
    "I;16": noise((40, 50), "uint16"),
}
KINDS = [
    pytest.param(form.suffixes[0], mode, id=f"{form.name}-{mode}")
    for form in BY_NAME.values()
    for mode in SOURCES
    if mode in form.modes
]
IDENTITY = ("-k", "identity", "-p", "same", "-f")
MESSAGE = f"could not be written: {os.strerror(errno.EFBIG)}"


def apply(server, folder, output, *words, most_bytes=None):
    words = ("apply", "a.png", *IDENTITY, "-o", output, *words)
    return server.run(*words, cwd=folder, largest_file_bytes=most_bytes)


def check_full(server, folder, output, *words):
    """At the first byte, in the middle, and when all but the last is written."""
    assert apply(server, folder, output, *words).status == 0
    size = (folder / output).stat().st_size
    for most_bytes in (0, size // 2, size - 1):
        (folder / output).write_bytes(OLD)
        done = apply(server, folder, output, *words, most_bytes=most_bytes)
        assert done.status == 1, most_bytes
        assert complaint(done.err, output) == f"{output}: {MESSAGE}"
        assert done.out == b""
        assert (folder / output).read_bytes() == OLD
        assert sorted(os.listdir(folder)) == sorted(["a.png", output])


@pytest.mark.parametrize(("suffix", "mode"), KINDS)
def test_wherever_a_file_breaks_off_the_old_one_stays(server, tmp_path, suffix, mode):
    Image.fromarray(SOURCES[mode]).save(tmp_path / "a.png")
    check_full(server, tmp_path, f"b{suffix}")


@pytest.mark.parametrize("words", [("-j", "1"), ("-j", "4")])
def test_a_large_jpeg_in_strips_breaks_off_like_a_small_one(server, tmp_path, words):
    pixels = np.tile(noise((100, 100)), (11, 11))
    Image.fromarray(pixels).save(tmp_path / "a.png", compress_level=1)
    check_full(server, tmp_path, "b.jpg", *words)


def test_metadata_that_does_not_fit_is_told_alike(server, tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "long" * 5000
    picture = Image.fromarray(SOURCES["RGB"])
    picture.save(tmp_path / "a.png", exif=exif, icc_profile=_icc(30_000))
    for output in ("b.jpg", "b.png", "b.tif", "b.webp"):
        check_full(server, tmp_path, output)
        (tmp_path / output).unlink()


def _icc(size):
    """A profile that says what it is for, and nothing else."""
    return (
        size.to_bytes(4, "big") + bytes(12) + b"RGB XYZ " + bytes(12) + b"acsp" + bytes(size - 40)
    )


@pytest.mark.parametrize("unbuffered", [None, "1"])
@pytest.mark.parametrize("form", ["png", "bmp", "npy"])
def test_a_file_behind_standard_output_that_breaks_off_is_a_failure(tmp_path, form, unbuffered):
    Image.fromarray(noise((400, 500, 3))).save(tmp_path / "a.png")
    line = f"ulimit -f 100; $CONVFILTER apply a.png -k identity -q -o - --format {form} >b"
    done = run_in_shell(line, tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert done.status == 1
    assert os.strerror(errno.EFBIG) in complaint(done.err, "output")


# ── a file system that is really full ──


def _unshared():
    """How a process gets mounts of its own here; None if it can't."""
    if (unshare := shutil.which("unshare")) is None:
        return None
    for words in ([unshare, "-m"], [unshare, "-rm"]):
        trial = [*words, "mount", "-t", "tmpfs", "-o", "size=64k", "none", "/mnt"]
        if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
            return " ".join(words)
    return None


@pytest.mark.parametrize(
    "suffix", [form.suffixes[0] for form in BY_NAME.values() if "L" in form.modes]
)
def test_a_file_system_without_room_is_told_by_name(tmp_path, suffix):
    if (unshared := _unshared()) is None:
        pytest.skip("no file system can be mounted here")
    Image.fromarray(noise((400, 500))).save(tmp_path / "a.png")
    (tmp_path / "full").mkdir()
    words = f"$CONVFILTER apply a.png {' '.join(IDENTITY)} -q -o full/b{suffix}"
    inside = f"mount -t tmpfs -o size=64k none full; printf old >full/b{suffix}; {words}"
    inside += f"; echo $?; ls -A full; cat full/b{suffix}"
    done = run_in_shell(f"{unshared} bash -c '{inside}'", tmp_path)
    assert done.text == f"1\nb{suffix}\nold"
    said = complaint(done.err, f"full/b{suffix}")
    assert said == f"full/b{suffix}: could not be written: {os.strerror(errno.ENOSPC)}"
