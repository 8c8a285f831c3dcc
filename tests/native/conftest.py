"""What all tests of compiled loops share."""

from functools import cache
from types import SimpleNamespace

import pytest


@cache
def _compiled(loop):
    from convfilter.native.compile import compile_loop
    from convfilter.native.load import target_machine

    return compile_loop(loop, target_machine())


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """convfilter.native as at the start of a process, with an empty cache of its own.

    .folder is the cache folder (not made yet), .told what was told to the user, .compiled the loops
    that were compiled, .restart() forgets the functions found so far.
    """
    from convfilter import native

    here = SimpleNamespace(folder=tmp_path / "cache", told=[], compiled=[])

    def compile_(loop):
        here.compiled.append(loop)
        return _compiled(loop)  # once a loop for all tests

    def restart():
        monkeypatch.setattr(native, "_functions", {})
        here.compiled.clear()
        here.told.clear()

    here.restart = restart
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(here.folder))
    monkeypatch.setattr(native, "_functions", {})
    monkeypatch.setattr(native, "_told", set())
    monkeypatch.setattr(native, "tell", here.told.append)
    monkeypatch.setattr(native, "_compile", compile_)
    return here
