"""`convfilter animate`: files that move, and what is refused."""

import itertools
import json

import numpy as np
import pytest
from pictures import noise
from PIL import Image
from running import run, save

COURSE = "1 2 4 2 1; 4 7 3 2 1; 4 5 2 3 1; 2 1 7 8 4; 3 2 4 7 8"
CROSS = "1 0 1; 0 2 1; 1 0 1"
MOST_BYTES = 2_000_000


def animated(*words, cwd):
    done = run("animate", *words, cwd=cwd)
    assert (done.status, done.err) == (0, ""), done.err
    return done.text.splitlines()


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_the_course_s_example_moves(tmp_path, suffix):
    name = f"course.{suffix}"
    text = animated("--matrix", COURSE, "-k", CROSS, "-o", name, cwd=tmp_path)
    with Image.open(tmp_path / name) as image:
        assert image.n_frames == 10
        assert image.info["loop"] == 0
        assert text[0] == f"matrix  5×5  →  {name}  {image.height}×{image.width}"
        times, frames = [], []
        for number in range(10):
            image.seek(number)
            image.load()
            frames.append(np.asarray(image.convert("RGB")).astype(int))
            times.append(image.info["duration"])
    assert text[1].startswith("  frames   10, 10.8 s, for ever; ")
    assert sum(times) == 10_800
    assert all((a != b).any() for a, b in itertools.pairwise(frames))


def test_gif_and_webp_show_the_same(tmp_path):
    for suffix in ("gif", "webp"):
        animated("--matrix", COURSE, "-k", CROSS, "-o", f"a.{suffix}", cwd=tmp_path)
    with Image.open(tmp_path / "a.gif") as gif, Image.open(tmp_path / "a.webp") as webp:
        for number in range(10):
            gif.seek(number)
            webp.seek(number)
            assert np.array_equal(gif.convert("RGB"), webp.convert("RGB")), number


def test_a_still_picture_has_four_key_frames(tmp_path):
    text = animated("--matrix", COURSE, "-k", CROSS, "-o", "course.png", cwd=tmp_path)
    assert text[1].startswith("  frames   4, side by side; ")
    animated("--matrix", COURSE, "-k", CROSS, "-o", "course.gif", cwd=tmp_path)
    with Image.open(tmp_path / "course.png") as still, Image.open(tmp_path / "course.gif") as gif:
        assert still.size == (2 * gif.width + 16, 2 * gif.height + 16)
        first = still.convert("RGB").crop((0, 0, *gif.size))
        assert np.array_equal(first, gif.convert("RGB"))


@pytest.mark.parametrize(
    "words",
    [
        ("-k", "sharpen", "--border", "edge"),
        ("-k", "gaussian:sigma=1", "-p", "same"),
    ],
)
def test_files_stay_small(folder, words):
    save(folder / "large.png", noise((60, 70, 3)))
    report = json.loads(
        "\n".join(animated("large.png", *words, "-o", "slide.gif", "--json", cwd=folder))
    )
    assert report["bytes"] == (folder / "slide.gif").stat().st_size <= MOST_BYTES
    assert report["frames"] == 65
    assert report["input"] == {"path": "large.png", "shape": [8, 8]}
    assert 20 <= report["seconds"] <= 60


def test_the_pixels_around_a_place_are_shown(folder):
    pixels = noise((30, 40), seed=9)
    save(folder / "large.png", pixels)
    text = run(
        "animate",
        "large.png",
        "-k",
        "1 1",
        "--at",
        "0,39",
        "-o",
        "corner.png",
        "--json",
        cwd=folder,
    ).text
    assert json.loads(text)["input"]["shape"] == [8, 8]
    assert run("animate", "grey.png", "-k", "1", "-o", "x.gif", cwd=folder).status == 2


def refused(*words, cwd):
    done = run("animate", *words, cwd=cwd)
    assert done.out == b""
    assert done.err.startswith("convfilter: ")
    return done.status, done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("a.png", "-k", "sobel"),
            "sobel is made of 2 kernels; one at a time slides: sobel-x, sobel-y",
        ),
        (("a.png", "-k", "blur then sobel-x"), "one at a time slides, here are 2"),
        (("a.png", "-k", "opponent"), "adds up 3 channels"),
        (("a.png", "-k", "gaussian:sigma=4", "-p", "same"), "14×14 can be shown"),
        (("--matrix", ";".join(["1 " * 15] * 3), "-k", "1 1"), "3×15 numbers with their padding"),
        (("a.png", "-k", "blur", "--at", "24,0"), "outside the picture, which has 24×31"),
        (("-k", "blur"), "a picture or --matrix is needed, neither was given"),
        (("a.png", "-k", "gaussian:sigma=4"), "the output would be empty"),
    ],
)
def test_what_can_not_be_shown_is_refused(folder, words, message):
    status, error = refused(*words, "-o", "slide.gif", cwd=folder)
    assert status == 2
    assert message in error
    assert not (folder / "slide.gif").exists()


def test_other_files_are_refused_and_existing_ones_kept(folder):
    status, error = refused("a.png", "-k", "blur", "-o", "slide.mp4", cwd=folder)
    assert (status, "ends with .gif or .webp, its key frames with .png" in error) == (2, True)
    (folder / "slide.gif").write_bytes(b"mine")
    status, error = refused("a.png", "-k", "blur", "-o", "slide.gif", cwd=folder)
    assert (status, "exists already: -f (--overwrite) replaces it" in error) == (1, True)
    assert (folder / "slide.gif").read_bytes() == b"mine"
    animated("a.png", "-k", "blur", "-o", "slide.gif", "-f", "-q", cwd=folder)
    assert (folder / "slide.gif").read_bytes()[:6] == b"GIF89a"


def test_quiet_says_nothing(tmp_path):
    assert animated("--matrix", "1 2 3", "-k", "1 1", "-o", "a.gif", "-q", cwd=tmp_path) == []
