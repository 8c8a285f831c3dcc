"""`convfilter cache show|warm|clear`."""

import json
import subprocess

import pytest
from click.testing import CliRunner
from running import COMMAND, run, settings

from convfilter.cli.main import main
from convfilter.presets import registry


@pytest.fixture
def filled(folder):
    """A cache folder of its own, filled by one run of apply."""
    place = folder / "cache"
    done = run("apply", "grey.png", "-k", "1 1", "-q", cwd=folder, CONVFILTER_CACHE_DIR=str(place))
    assert (done.status, done.err) == (0, "")
    return place


def test_the_first_filter_of_a_kind_tells_what_it_waits_for(folder):
    done = subprocess.run(
        [*COMMAND, "apply", "grey.png", "-k", "1 1", "-q"],
        cwd=folder,
        env=settings(CONVFILTER_CACHE_DIR=str(folder / "cache")),
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    done = subprocess.run(
        [*COMMAND, "apply", "grey.png", "-k", "1 2 1", "-o", "o.png"],
        cwd=folder,
        env=settings(CONVFILTER_CACHE_DIR=str(folder / "other")),
        capture_output=True,
        check=True,
    )
    told = done.stderr.decode().splitlines()
    assert told[0] == (
        "compiling a loop for this kind of filter (once; 'convfilter cache warm' makes the usual ones) …"
    )


def _run(filled, *words):
    return run("cache", *words, cwd=filled.parent, CONVFILTER_CACHE_DIR=str(filled))


def _sizes(place):
    return {path.name: path.stat().st_size for path in place.iterdir()}


def test_show_tells_the_folder_and_every_entry(filled):
    done = _run(filled, "show")
    lines = done.text.splitlines()
    assert (done.status, done.err) == (0, "")
    assert lines[0].startswith(f"{filled}  {len(_sizes(filled))} entries, ")
    assert sorted(line.split()[1] for line in lines[1:]) == sorted(_sizes(filled))


def test_show_as_json(filled):
    report = json.loads(_run(filled, "show", "--json").out)
    sizes = _sizes(filled)
    assert report["cache"] == {
        "folder": str(filled),
        "entries": sizes,
        "bytes": sum(sizes.values()),
    }
    assert sizes


def test_clear_removes_our_files_and_no_others(filled):
    (filled / "mine.txt").write_text("mine")
    count = len(_sizes(filled)) - 1
    done = _run(filled, "clear")
    assert (done.status, done.out) == (0, b"")
    assert done.err == f"{count} entries removed from {filled}\n"
    assert list(_sizes(filled)) == ["mine.txt"]


def test_an_empty_or_missing_folder_is_shown_and_cleared(folder):
    for words, said in ((("show",), "0 entries"), (("clear",), "0 entries removed")):
        done = run("cache", *words, cwd=folder, CONVFILTER_CACHE_DIR=str(folder / "none"))
        assert done.status == 0
        assert said in done.text + done.err
    assert not (folder / "none").exists()


def test_a_second_run_loads_what_the_first_compiled(filled):
    before = {path.name: path.stat().st_mtime_ns for path in filled.iterdir()}
    words = ("apply", "grey.png", "-k", "1 1", "-f", "-q")
    done = run(*words, cwd=filled.parent, CONVFILTER_CACHE_DIR=str(filled))
    assert (done.status, done.err) == (0, "")
    assert {path.name: path.stat().st_mtime_ns for path in filled.iterdir()} == before


def test_warm_compiles_what_the_presets_need_once(tmp_path, monkeypatch):
    one = {"identity": registry.presets()["identity"]}
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "presets", lambda: one)
    first = CliRunner().invoke(main, ["cache", "warm"])
    assert first.exit_code == 0, first.output
    entries = sorted(path.name for path in (tmp_path / "cache").iterdir())
    assert entries
    assert f"{len(entries)} loops compiled, 0 were there already" in first.stderr
    assert first.stdout == ""
    second = CliRunner().invoke(main, ["cache", "warm"])
    assert f"0 loops compiled, {len(entries)} were there already" in second.stderr
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == entries
    quiet = CliRunner().invoke(main, ["cache", "warm", "--quiet"])
    assert (quiet.exit_code, quiet.output) == (0, "")
