"""What all tests of compiled loops share."""

from types import SimpleNamespace

import pytest

_compiled = {}


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """convfilter.native as at the start of a process, with an empty cache of its own.

    .folder is the cache folder (not made yet), .told what was told to the user, .compiled the loops
    that were compiled, .restart() forgets the functions found so far.
    """
    from convfilter import native

    here = SimpleNamespace(folder=tmp_path / "cache", told=[], compiled=[])
    really_compile = native._compile

    def compile_(loop):
        here.compiled.append(loop)
        if loop not in _compiled:  # once a loop for all tests
            _compiled[loop] = really_compile(loop)
        return _compiled[loop]

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
