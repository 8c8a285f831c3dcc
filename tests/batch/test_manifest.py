"""The manifest: lines that are added, one holder, torn ends."""

import errno
import json
import os
from pathlib import Path

import pytest

from convfilter.batch.manifest import Entry, Manifest, manifest_path, read_made, read_records
from convfilter.batch.record import DONE, FAILED, SKIPPED, Record
from convfilter.errors import PictureError

ENTRY = Entry("/x/a.png", 10, 20, "", "s", "1", "a.png", 30)
RECORD = Record("/x/a.png", "out/a.png", DONE, "RGB", (4, 5, 3), "RGB", (2, 3, 3), 1, (1, 2, 3))


@pytest.fixture
def path(tmp_path):
    return manifest_path(str(tmp_path / "out"))


def opened(path):
    return Manifest(path)


def written(path):
    manifest = Manifest(path)
    for place in ("a.png", "b.png", "c.png"):
        manifest.begin(place)
    manifest.finish("a.png", ENTRY, RECORD)
    manifest.fail("b.png", Record("/x/b.png", "", FAILED, error="bad", error_type="PictureError"))
    manifest.close()
    return path


def test_what_was_written_is_read_again(path):
    manifest = Manifest(written(path))
    assert manifest.made.entries == {"a.png": ENTRY, "c.png": None}
    assert manifest.made.unended() == {"c.png"}


def test_every_line_is_one_object(path):
    lines = Path(written(path)).read_text().splitlines()
    assert [next(iter(json.loads(line))) for line in lines] == ["begun"] * 3 + ["done", "failed"]


def test_a_torn_last_line_is_ignored_wherever_it_is_torn(path):
    whole = Path(written(path)).read_bytes()
    last = len(whole.rstrip(b"\n")) - whole.rstrip(b"\n").rfind(b"\n")
    for cut in range(1, last + 1):
        with open(path, "wb") as file:
            file.write(whole[:-cut])
        assert read_made(path).entries["a.png"] == ENTRY


def test_after_a_torn_line_the_next_one_is_whole(path):
    whole = Path(written(path)).read_bytes()
    with open(path, "wb") as file:
        file.write(whole[:-5])
    manifest = Manifest(path)
    manifest.finish("c.png", ENTRY, RECORD)
    manifest.close()
    assert read_made(path).entries["c.png"] == ENTRY


def test_what_is_begun_again_is_done_no_more(path):
    manifest = Manifest(written(path))
    manifest.begin("a.png")
    manifest.close()
    assert read_made(path).unended() == {"a.png", "c.png"}


def test_after_a_failure_an_output_is_what_it_was_before(path):
    manifest = Manifest(written(path))
    for place in ("a.png", "new.png"):
        manifest.begin(place)
        manifest.fail(place, RECORD)
    manifest.close()
    assert read_made(path).entries == {"a.png": ENTRY, "c.png": None}


@pytest.mark.parametrize(
    "line",
    [
        '{"begun": [1]}',
        '{"begun": 5}',
        '{"done": "a.png", "output": 5}',
        '{"failed": "a.png"}',
        "[" * 100_000,
        "7",
        "\xff",
    ],
)
def test_strange_lines_are_no_reason_to_fail(path, line):
    with open(written(path), "a", encoding="latin-1") as file:
        file.write(line + "\n")
    Manifest(path).close()
    list(read_records(path, "out/", {"a.png", "b.png"}))


def test_a_manifest_that_is_no_file_is_refused(tmp_path):
    (tmp_path / ".convfilter.jsonl").mkdir()
    with pytest.raises(PictureError, match="is no file"):
        Manifest(str(tmp_path / ".convfilter.jsonl"))


def test_records_are_those_of_the_last_run_but_for_what_it_skipped(path):
    manifest = Manifest(written(path))
    manifest.start({})
    manifest.close()
    assert list(read_records(path, "out/", {"a.png", "b.png"})) == []
    assert len(list(read_records(path, "out/", {"a.png", "b.png"}, {"a.png"}))) == 1


def test_a_second_holder_is_refused_until_the_first_lets_go(path):
    manifest = Manifest(path)
    with pytest.raises(PictureError, match="another run writes to this folder"):
        opened(path)
    manifest.close()
    Manifest(path).close()


def test_records_tell_the_last_word_failures_first(path):
    records = list(read_records(written(path), "out/", {"a.png", "b.png", "c.png"}))
    assert [(r.status, r.output) for r in records] == [(FAILED, "out/b.png"), (DONE, "out/a.png")]
    assert records[1] == RECORD
    assert list(read_records(path, "out/", {"a.png"})) == [RECORD]
    skipped = list(read_records(path, "out/", {"a.png"}, {"a.png"}))
    assert skipped == [RECORD._replace(status=SKIPPED)]


def test_a_url_has_its_manifest_in_the_state_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    one, other = manifest_path("s3://bucket/out/"), manifest_path("s3://bucket/other")
    assert one.startswith(str(tmp_path))
    assert one == manifest_path("s3://bucket/out")
    assert one != other


def test_a_full_disk_is_said(path, monkeypatch):
    manifest = Manifest(path)
    write = os.write

    def full(descriptor, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(PictureError, match="No space left"):
        manifest.begin("a.png")
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:3]))
    with pytest.raises(PictureError, match="No space left"):
        manifest.begin("a.png")
