"""Other programs that tests run, where they are installed, and a photograph to run them on."""

import os
import shutil
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from PIL import Image


@cache
def imagemagick():
    """ImageMagick's command (7: magick, 6: convert), or None. Windows has a convert of its own."""
    for name in ("magick", "convert"):
        if path := shutil.which(name):
            said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)
            if "ImageMagick" in said.stdout:
                return path
    return None


@cache
def ffmpeg_divides():
    """Whether ffmpeg's convolution heeds rdiv, which 5.1 does not."""
    halved = "format=gray,convolution=0m=0 0 0 0 2 0 0 0 0:0rdiv=0.25"
    words = ["ffmpeg", "-f", "lavfi", "-i", "color=white:s=8x8", "-vf", halved]
    words += ["-frames:v", "1", "-f", "rawvideo", "-"]
    done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, check=True)
    return max(done.stdout) < 200


def needs(program):
    """Skips the test where a program is missing."""
    found = imagemagick() if program == "imagemagick" else shutil.which(program)
    return pytest.mark.skipif(found is None, reason=f"{program} is not installed")


def photograph(kind):
    """A face, 101 high and 93 wide: 'colour', 'grey' or 'grey, 16 bits'."""
    skimage = pytest.importorskip("skimage.data", reason="its photograph is needed")
    colour = np.ascontiguousarray(skimage.astronaut()[60:161, 180:273])
    grey = np.ascontiguousarray(colour[:, :, 1])
    wide = grey.astype(np.uint16) * 257 + np.arange(93, dtype=np.uint16)
    return {"colour": colour, "grey": grey, "grey, 16 bits": wide}[kind]


def run_shell(text, folder):
    """Runs a script for the shell in a folder; `magick` is what is here of it."""
    if imagemagick():
        text = text.replace("\nmagick ", f"\n{imagemagick()} ")
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", text],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # small pictures: threads only wait
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def run_python(text, folder, monkeypatch):
    """Runs a Python script in a folder."""
    monkeypatch.chdir(folder)
    exec(compile(text, "exported.py", "exec"), {"__name__": "__main__"})


def run_convfilter(words, folder):
    """Runs convfilter as a process of its own."""
    project = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    paths = os.pathsep.join(filter(None, [project, os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-m", "convfilter", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
        check=False,
    )
    assert done.returncode == 0, done.stderr


def saved(path, like):
    """A picture's pixels, or an array's, of the kind of another."""
    if path.suffix == ".npy":
        return np.load(path)
    with Image.open(path) as image:
        if like.dtype == np.uint16:
            return np.asarray(image)
        return np.asarray(image.convert("RGB" if like.ndim == 3 else "L"))


def furthest(got, want):
    """The largest difference of two pictures of one shape."""
    assert got.shape == want.shape
    return int(np.abs(got.astype(np.int64) - want.astype(np.int64)).max())
