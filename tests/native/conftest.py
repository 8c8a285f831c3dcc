"""What all tests of compiled loops share."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """convfilter.native as at the start of a process, with an empty cache of its own.

    .folder is the cache folder (not made yet), .told what was told to the user.
    """
    from convfilter import native

    told = []
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(native, "_functions", {})
    monkeypatch.setattr(native, "_told", set())
    monkeypatch.setattr(native, "tell", told.append)
    return SimpleNamespace(folder=tmp_path / "cache", told=told)
