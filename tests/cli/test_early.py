"""The picture is begun before the words are understood: a guess that changes nothing but the time."""

import os

import pytest
from pictures import noise
from running import run, save

from convfilter import early
from convfilter.images.wanted import Wanted


@pytest.fixture
def inside(folder, monkeypatch):
    """In the folder of a.png, noise.png and a kernel that is called like a picture."""
    save(folder / "b.png", noise((4, 4)))
    (folder / "kernel.npy").write_bytes(b"")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CONVFILTER_MAX_PIXELS", raising=False)
    return folder


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("apply a.png -k sharpen", "a.png"),
        ("apply -k sharpen a.png", "a.png"),
        ("apply -f -o b.png a.png -k sharpen", "a.png"),
        ("apply --output b.png -k sharpen a.png", "a.png"),
        ("apply ./a.png", "./a.png"),
        ("apply - -k sharpen", None),
        ("apply missing.png -k sharpen", None),
        ("apply . -k sharpen", None),
        ("apply --max-pixels 9 a.png -k sharpen", None),
        ("apply a.png --max-pixels=9", None),
        ("shape a.png -k sharpen", None),
        ("a.png", None),
        ("--help", None),
        ("", None),
    ],
)
def test_the_first_picture_that_is_no_output_is_it(inside, words, found):
    assert early.guess(words.split()) == found


def test_a_limit_from_the_environment_is_waited_for(inside, monkeypatch):
    monkeypatch.setenv("CONVFILTER_MAX_PIXELS", "9")
    assert early.guess(["apply", "a.png"]) is None
    done = run("apply", "a.png", "-k", "sharpen", cwd=inside, CONVFILTER_MAX_PIXELS="9")
    assert (done.status, done.out) == (1, b"")
    assert "--max-pixels raises it" in done.err


def test_what_was_begun_is_taken_once(inside):
    early.begin(["apply", "a.png"])
    reading = early.take("a.png", Wanted())
    assert reading.opened.wait(60)
    assert reading.result().image.size == (31, 24)
    assert early.take("a.png", Wanted()) is None


@pytest.mark.parametrize(("source", "limit"), [("b.png", Wanted()), ("a.png", Wanted(10**6))])
def test_another_picture_or_limit_is_read_anew(inside, source, limit):
    early.begin(["apply", "a.png"])
    assert early.take(source, limit) is None
    assert early.take("a.png", Wanted()) is None


def test_a_wrong_guess_is_never_heard_of(inside):
    (inside / "broken.png").write_bytes(b"no picture")
    done = run("apply", "-k", "sharpen", "--format", "broken.png", "a.png", cwd=inside)
    assert done.status == 2
    assert "broken.png" in done.err
    assert "no picture of a kind" not in done.err
    done = run("apply", "a.png", "-k", "broken.png", "-o", "c.png", cwd=inside)
    assert done.status != 0
    assert not (inside / "c.png").exists()


def test_a_damaged_picture_is_told_as_ever(inside):
    content = (inside / "noise.png").read_bytes()
    (inside / "cut.png").write_bytes(content[: len(content) // 2])
    done = run("apply", "cut.png", "-k", "sharpen", cwd=inside)
    assert done.status == 1
    assert done.err.startswith("convfilter: cut.png: damaged or cut off")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_a_closed_stream_is_not_taken_for_the_picture(inside, stream):
    script = f'exec {stream}>&-; exec "$0" -m convfilter apply a.png -k sharpen -q'
    done = run(cwd=inside, command=["sh", "-c", script, os.sys.executable])
    assert done.status == 0, done.err
    assert (inside / "a_sharpen.png").exists()
