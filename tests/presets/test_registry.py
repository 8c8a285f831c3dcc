"""Where presets are found, and the parsed copy of them in the cache folder."""

import os
from pathlib import Path

import pytest

import convfilter
from convfilter.presets import registry, yaml_kernel


@pytest.fixture
def index(monkeypatch, tmp_path):
    """An empty cache folder, and a registry as at the start of a process."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(folder))
    registry.presets.cache_clear()
    yield folder
    registry.presets.cache_clear()


def _again():
    registry.presets.cache_clear()
    return registry.presets()


def _entry(folder):
    (entry,) = folder.glob("presets-*")
    return entry


def test_presets_are_the_yaml_files_of_the_checkout():
    folder = Path(registry.folder())
    assert folder.name == "kernels"
    assert (folder.parent / "pyproject.toml").exists() or folder.parent.name == "convfilter"
    assert {path.stem for path in folder.glob("*.yaml")} == set(registry.presets())


def test_the_working_folder_is_not_searched(tmp_path, monkeypatch):
    (tmp_path / "mine.yaml").write_text("weights: [[1]]\n")
    (tmp_path / "sharpen.yaml").write_text("weights: [[7]]\n")
    monkeypatch.chdir(tmp_path)
    assert convfilter.load_kernel("sharpen").map_sums == [1]
    with pytest.raises(convfilter.ConvfilterError, match="no kernel named 'mine'"):
        convfilter.load_kernel("mine")


@pytest.fixture
def parsed(monkeypatch):
    """The names of the files that were parsed."""
    names = []

    def read_yaml(text, label, file=""):
        names.append(label)
        return original(text, label, file)

    original = yaml_kernel.read_yaml
    monkeypatch.setattr(yaml_kernel, "read_yaml", read_yaml)
    return names


def test_the_parsed_copy_says_the_same_as_the_files(index, parsed):
    first = registry.presets()
    assert len(parsed) == len(first)
    assert _entry(index).stat().st_mode & 0o077 == 0
    assert _again() == first
    assert len(parsed) == len(first)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[:-1],
        lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        lambda _: b"{}",
        lambda content: os.urandom(len(content)),
    ],
)
def test_a_damaged_copy_is_rebuilt(index, damage):
    first = registry.presets()
    whole = _entry(index).read_bytes()
    _entry(index).write_bytes(damage(whole))
    assert _again() == first
    assert _entry(index).read_bytes() == whole


def test_a_copy_that_others_could_have_written_is_not_believed(index, parsed):
    first = registry.presets()
    _entry(index).chmod(0o666)
    assert _again() == first
    assert len(parsed) == 2 * len(first)


def test_without_a_cache_folder_the_files_are_parsed(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONVFILTER_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert "sharpen" in _again()
    registry.presets.cache_clear()


def test_a_changed_preset_is_seen_at_once(index, monkeypatch, tmp_path):
    folder = tmp_path / "kernels"
    folder.mkdir()
    (folder / "one.yaml").write_text("weights: [[1, 2]]\n")
    monkeypatch.setattr(registry, "folder", lambda: folder)
    assert _again()["one"].weights == ("1", "2")
    (folder / "one.yaml").write_text("weights: [[3, 4]]\n")
    assert _again()["one"].weights == ("3", "4")
