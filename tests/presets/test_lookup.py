"""Kernels of one's own: where they are looked for, and names that stand in two places."""

import os
import subprocess
import sys

import numpy as np
import pytest

import convfilter
from convfilter.errors import KernelError, OptionError, SpecError, UnknownKernel
from convfilter.presets.load import all_kernels
from convfilter.presets.lookup import own_kernels, user_folder
from convfilter.presets.save import own_path

MINE = "weights: [[1, 2]]\naliases: [my-other]\ntags: [mine]\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The user's folder of kernels."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config/convfilter/kernels"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """Two folders of $CONVFILTER_KERNEL_PATH, and one that isn't there."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setenv("CONVFILTER_KERNEL_PATH", f"{folders[0]}::{folders[1]}:{tmp_path}/gone")
    return folders


@pytest.mark.parametrize("name", ["mine", "Mine", "my-other", "MY_OTHER"])
def test_the_users_folder_is_searched_by_name_and_alias(home, name):
    (home / "mine.yaml").write_text(MINE)
    kernel = convfilter.load_kernel(name)
    assert (kernel.name, kernel.weights.tolist()) == ("mine", [[1, 2]])
    assert kernel.file == str(home / "mine.yaml")


def test_the_folders_of_the_path_are_searched(home, shared):
    (shared[1] / "mine.yaml").write_text(MINE)
    assert convfilter.load_kernel("mine").file == str(shared[1] / "mine.yaml")


@pytest.mark.parametrize("suffix", ["csv", "txt"])
def test_tables_have_the_name_of_their_file(home, suffix):
    (home / f"table.{suffix}").write_text("1 2\n3 4\n")
    assert convfilter.load_kernel("table").weights.tolist() == [[1, 2], [3, 4]]


def test_arrays_have_the_name_of_their_file(home):
    np.save(home / "array.npy", np.eye(3))
    kernel = convfilter.load_kernel("array")
    assert (kernel.file, kernel.weights.tolist()) == (str(home / "array.npy"), np.eye(3).tolist())


def test_a_name_in_two_places_is_refused_with_both(home, shared):
    (home / "mine.yaml").write_text(MINE)
    (shared[0] / "mine.csv").write_text("1 2\n")
    with pytest.raises(SpecError, match="'mine' is the name of 2 kernels") as caught:
        convfilter.load_kernel("mine")
    assert str(home / "mine.yaml") in str(caught.value)
    assert str(shared[0] / "mine.csv") in str(caught.value)
    assert convfilter.load_kernel(str(shared[0] / "mine.csv")).shape == (1, 2)


@pytest.mark.parametrize("name", ["sharpen", "Sharpen"])
def test_a_presets_name_is_refused_too_unless_it_is_said(home, name):
    (home / "sharpen.yaml").write_text("weights: [[7]]\n")
    with pytest.raises(SpecError, match=r"the preset \(preset/sharpen\)"):
        convfilter.load_kernel(name)
    assert convfilter.load_kernel("preset/sharpen").size == (3, 3)
    assert convfilter.load_kernel("preset/Sobel_X").name == "sobel-x"
    assert convfilter.load_kernel(str(home / "sharpen.yaml")).values.tolist() == [[7]]


def test_an_alias_that_is_a_presets_name_is_refused_when_it_is_used(home):
    (home / "mine.yaml").write_text("weights: [[1]]\naliases: [blur]\n")
    assert convfilter.load_kernel("mine").values.tolist() == [[1]]
    with pytest.raises(SpecError, match="2 kernels"):
        convfilter.load_kernel("blur")
    assert convfilter.load_kernel("sharpen").size == (3, 3)


def test_preset_slash_looks_nowhere_else(home):
    (home / "mine.yaml").write_text(MINE)
    with pytest.raises(UnknownKernel, match="no kernel named 'mine'"):
        convfilter.load_kernel("preset/mine")


def test_a_folder_that_is_named_twice_counts_once(home, monkeypatch):
    (home / "mine.yaml").write_text(MINE)
    monkeypatch.setenv("CONVFILTER_KERNEL_PATH", f"{home}:{home}/../kernels")
    assert convfilter.load_kernel("mine").weights.tolist() == [[1, 2]]


def test_a_file_with_a_fault_is_told_when_it_is_used_and_harms_no_other(home):
    (home / "bad.yaml").write_text("weights: [[1, x]]\n")
    (home / "mine.yaml").write_text(MINE)
    assert convfilter.load_kernel("mine").weights.tolist() == [[1, 2]]
    assert convfilter.load_kernel("sharpen").size == (3, 3)
    with pytest.raises(KernelError, match=r"bad\.yaml:1:15: 'x' is no number"):
        convfilter.load_kernel("bad")
    faults = [each for each in all_kernels() if not isinstance(each, convfilter.Kernel)]
    assert [str(fault).startswith(f"{home}/bad.yaml:1:15") for fault in faults] == [True]


def test_a_changed_file_is_seen_at_once(home):
    (home / "mine.yaml").write_text(MINE)
    assert convfilter.load_kernel("mine").weights.tolist() == [[1, 2]]
    (home / "mine.yaml").write_text("weights: [[3, 4]]\n")
    assert convfilter.load_kernel("mine").weights.tolist() == [[3, 4]]


@pytest.mark.parametrize("name", ["sharpen", "mine", "none-such"])
def test_a_pipe_in_the_folder_holds_nothing_up(home, name):
    (home / "mine.yaml").write_text(MINE)
    os.mkfifo(home / "pipe.yaml")
    os.mkfifo(home / "pipe.csv")
    code = f"import convfilter; print(convfilter.load_kernel({name!r}).name)"
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, timeout=30, capture_output=True, text=True, check=False)
    assert done.stdout == ("" if name == "none-such" else f"{name}\n")
    assert [text.name for text in own_kernels()] == ["mine"]


@pytest.mark.parametrize("stem", ["with blank", "then", "3x3", "é"])
def test_a_file_whose_name_can_not_be_typed_is_called_by_its_path(home, stem):
    path = home / f"{stem}.yaml"
    path.write_text(MINE)
    (text,) = own_kernels()
    assert text.name == str(path)
    assert convfilter.load_kernel(text.name).weights.tolist() == [[1, 2]]
    assert convfilter.load_kernel("my-other").name == str(path)
    assert [each.name for each in all_kernels() if each.file] == [str(path)]


@pytest.mark.parametrize("name", ["then", "THEN", "with blank"])
def test_a_name_that_can_not_be_typed_is_refused_for_ones_own(home, name):
    with pytest.raises(OptionError, match=r"^name: "):
        own_path(name)


def test_hidden_files_and_others_are_no_kernels(home):
    for name in (".mine.yaml", "notes.md", "mine.yaml~"):
        (home / name).write_text(MINE)
    assert own_kernels() == []


def test_the_nearest_name_may_be_ones_own(home):
    (home / "frobnicate.yaml").write_text("weights: [[1]]\n")
    with pytest.raises(UnknownKernel, match="did you mean 'frobnicate'"):
        convfilter.load_kernel("frobnicat")


def test_without_a_home_there_is_no_folder(monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", "")
    assert user_folder() == "" or user_folder().startswith("/")
    assert convfilter.load_kernel("sharpen").size == (3, 3)


def test_a_kernel_of_ones_own_is_equal_to_a_preset_with_its_values(home):
    (home / "mine.yaml").write_text("weights: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]\n")
    mine, preset = convfilter.load_kernel("mine"), convfilter.load_kernel("sharpen")
    assert (mine, mine.digest) == (preset, preset.digest)
