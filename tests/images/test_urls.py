"""Pictures at URLs: read whole, written whole; memory:// stands for all stores."""

import fsspec
import numpy as np
import pytest
from pictures import noise
from PIL import Image

from convfilter.core.spec import make_spec
from convfilter.core.steps import make_steps
from convfilter.errors import PictureError
from convfilter.images import opening
from convfilter.images.decode import decode
from convfilter.images.read import to_picture
from convfilter.images.remote import exists, is_url, listed, local_path, read, write
from convfilter.images.wanted import Wanted
from convfilter.job import Job
from convfilter.pipeline import process
from convfilter.presets.load import load_steps


@pytest.fixture(autouse=True)
def store(tmp_path):
    """memory://box with a.png, b.jpg, deep/c.png, notes.txt; gone afterwards."""
    files = fsspec.filesystem("memory")
    Image.fromarray(noise((12, 15, 3))).save(tmp_path / "a.png")
    Image.fromarray(noise((12, 15, 3))).save(tmp_path / "b.jpg")
    np.save(tmp_path / "d.npy", noise((7, 8)))
    for name, source in (("a.png", "a.png"), ("b.jpg", "b.jpg"), ("deep/c.png", "a.png")):
        files.pipe_file(f"/box/{name}", (tmp_path / source).read_bytes())
    files.pipe_file("/box/notes.txt", b"none")
    files.pipe_file("/box/deep/d.npy", (tmp_path / "d.npy").read_bytes())
    yield files
    files.rm("/box", recursive=True)


def job(source, output, **fields):
    return Job(source, make_steps(load_steps("blur"), make_spec()), output, **fields)


def test_what_is_a_url():
    assert is_url("s3://bucket/a.png")
    assert is_url("memory://a")
    assert not is_url("a.png")
    assert not is_url("C:\\a.png")
    assert not is_url("file:///a.png")
    assert local_path("file:///a%20b.png") == "/a b.png"
    assert local_path("a%20b.png") == "a%20b.png"


def test_a_picture_at_a_url_is_the_picture():
    picture = to_picture(decode("memory://box/a.png", Wanted()), gray=False)
    assert (picture.pixels == noise((12, 15, 3))).all()
    array = to_picture(decode("memory://box/deep/d.npy", Wanted()), gray=False)
    assert (array.pixels == noise((7, 8))).all()


def test_results_are_written_whole_under_the_same_bytes(tmp_path, store):
    process(job(str(tmp_path / "a.png"), str(tmp_path / "out.png")))
    outcome = process(job("memory://box/a.png", "memory://box/new/out.png"))
    assert outcome.output == "memory://box/new/out.png"
    assert store.cat_file("/box/new/out.png") == (tmp_path / "out.png").read_bytes()


def test_default_names_go_below_a_url():
    assert process(job("memory://box/b.jpg", "memory://box/new/")).output == (
        "memory://box/new/b_blur.jpg"
    )


def test_a_result_that_exists_is_refused():
    with pytest.raises(PictureError, match=r"memory://box/a\.png exists already"):
        process(job("memory://box/b.jpg", "memory://box/a.png"))
    process(job("memory://box/b.jpg", "memory://box/a.png", overwrite=True))


def test_what_is_not_there_is_said():
    with pytest.raises(PictureError, match=r"^memory://box/x\.png: No such file or directory$"):
        decode("memory://box/x.png", Wanted())


def test_an_empty_file_is_said():
    write("memory://box/empty.png", b"")
    with pytest.raises(PictureError, match=r"memory://box/empty\.png: empty"):
        decode("memory://box/empty.png", Wanted())


def test_what_is_too_large_is_said(monkeypatch):
    monkeypatch.setattr(opening, "MOST_STREAMED", 100)
    with pytest.raises(PictureError, match="copy it to a file first"):
        decode("memory://box/a.png", Wanted())


def test_a_store_that_nobody_knows_is_said():
    with pytest.raises(PictureError, match="nowhere://a: "):
        read("nowhere://a", 10)


def test_a_folder_lists_its_files_and_those_below_when_asked():
    names, is_folder = listed("memory://box", recursive=False)
    assert is_folder
    assert [name.inside for name in names] == ["a.png", "b.jpg", "notes.txt"]
    names, _ = listed("memory://box/", recursive=True)
    assert [name.inside for name in names][-2:] == ["deep/d.npy", "notes.txt"]
    assert all(name.size > 0 and name.url.startswith("memory://") for name in names)


def test_a_file_lists_itself_and_a_pattern_what_it_matches():
    names, is_folder = listed("memory://box/a.png", recursive=False)
    assert ([name.inside for name in names], is_folder) == (["a.png"], False)
    names, _ = listed("memory://box/**/*.png", recursive=False)
    assert [name.inside for name in names] == ["a.png", "deep/c.png"]
    with pytest.raises(PictureError, match="matches nothing"):
        listed("memory://box/*.gif", recursive=False)


def test_whether_something_is_there():
    assert exists("memory://box/a.png")
    assert not exists("memory://box/z.png")
