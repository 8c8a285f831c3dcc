"""Batches between stores, in one process: memory:// is known nowhere else."""

import fsspec
import pytest
from made import files
from pictures import noise
from PIL import Image

from convfilter.cli.main import main


@pytest.fixture(autouse=True)
def store(folder, monkeypatch):
    """memory://box/photos as photos/ of the folder; the manifest's folder is the test's own."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    there = fsspec.filesystem("memory")
    for name in files(folder / "photos"):
        there.pipe_file(f"/box/photos/{name}", (folder / "photos" / name).read_bytes())
    yield there
    there.rm("/box", recursive=True)


def batch(*words):
    return main(["batch", *words, "-k", "blur"], standalone_mode=False)


def test_a_tree_in_a_store_becomes_its_filtered_twin_in_another(folder, store, capsys):
    assert batch("memory://box/photos", "-r", "-o", "memory://box/out") == 0
    assert batch("photos", "-r", "-o", "out") == 0
    for name in files(folder / "out"):
        assert store.cat_file(f"/box/out/{name}") == (folder / "out" / name).read_bytes()
    assert "3 of 3 pictures filtered  →  memory://box/out" in capsys.readouterr().out


def test_it_goes_on_where_an_earlier_run_stopped(folder, store, capsys):
    assert batch("photos", "-r", "-o", "memory://box/out") == 0
    store.rm_file("/box/out/a.png")
    capsys.readouterr()
    assert batch("photos", "-r", "-o", "memory://box/out", "--resume") == 0
    out = capsys.readouterr().out
    assert "1 of 3 pictures filtered" in out
    assert "skipped  2, done by an earlier run" in out
    assert store.exists("/box/out/a.png")


def test_what_exists_in_a_store_is_refused_once(store):
    assert batch("photos", "-o", "memory://box/out") == 0
    with pytest.raises(Exception, match="2 of 2 outputs exist: --resume does"):
        batch("photos", "-o", "memory://box/out")


def test_results_among_the_sources_of_a_store_are_refused():
    with pytest.raises(Exception, match="the next run would filter results"):
        batch("memory://box/photos", "-r", "-o", "memory://box/photos/out")
    with pytest.raises(Exception, match="would replace a source"):
        batch("memory://box/photos/a.png", "-o", "memory://box/photos")


def test_a_file_url_is_a_path(folder):
    assert batch(f"file://{folder}/photos", "-o", f"file://{folder}/my%20out") == 0
    assert files(folder / "my out") == ["a.png", "b.jpg"]


def test_a_list_may_name_urls(folder):
    Image.fromarray(noise((9, 9))).save(folder / "x.png")
    (folder / "list").write_text("memory://box/photos/a.png\nx.png\n")
    assert batch("--files-from", "list", "-o", "out") == 0
    assert files(folder / "out") == ["a.png", "x.png"]
