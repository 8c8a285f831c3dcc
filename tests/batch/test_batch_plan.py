"""Names of outputs, and what is refused before any work."""

import pytest

from convfilter.batch.outputs import Outputs
from convfilter.batch.plan import check_names, check_template, make_tasks, with_existing
from convfilter.batch.sources import Found, Source, find_sources
from convfilter.core.spec import make_spec
from convfilter.core.steps import make_steps
from convfilter.errors import OptionError
from convfilter.job import Job
from convfilter.presets.load import load_steps


def template(kernel="blur", name="{stem}{ext}", **fields):
    steps = make_steps(load_steps(kernel), make_spec(range_policy=fields.pop("range", "auto")))
    return Job(source="", steps=steps, name=name, **fields)


def planned(*paths, folder="out", **fields):
    sources = [Source(path, where) for where, path in paths]
    return [task.place for task in make_tasks(sources, template(**fields), folder)]


A, B = ("", "photos/a.jpg"), ("may/", "photos/may/b.png")


def test_results_have_the_sources_own_names_in_the_same_tree():
    assert planned(A, B) == ["a.jpg", "may/b.png"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("{stem}_{kernel}{ext}", ["a_blur.jpg", "may/b_blur.png"]),
        ("{kernel}/{stem}{ext}", ["blur/a.jpg", "may/blur/b.png"]),
        ("{stem}-{suffix}{ext}", ["a-jpg.jpg", "may/b-png.png"]),
        ("{stem}_small.webp", ["a_small.webp", "may/b_small.webp"]),
    ],
)
def test_names_follow_their_template(name, expected):
    assert planned(A, B, name=name) == expected


def test_the_format_decides_the_suffix():
    assert planned(A, B, format="webp") == ["a.webp", "may/b.webp"]


def test_numbers_go_into_npy_where_a_format_has_none():
    assert planned(A, ("", "c.tif"), range="float") == ["a.npy", "c.tif"]
    assert planned(A, kernel="gabor-bank") == ["a.npy"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{stem}{year}{ext}", "{year} is none of {stem}, {kernel}, {ext}, {suffix}"),
        ("{stem.__class__}{ext}", "is none of"),
        ("{stem!r}{ext}", "braces hold nothing but"),
        ("{}{ext}", "braces hold nothing but"),
        ("{stem{ext}", "name: "),
        ("../{stem}{ext}", "no name below the output folder"),
        ("/tmp/{stem}{ext}", "no name below the output folder"),
        ("same{ext}", "the same for all pictures: use {stem}"),
        ("{stem}.doc", "no suffix of a known format"),
    ],
)
def test_a_template_that_leads_nowhere_is_refused(name, said):
    with pytest.raises(OptionError, match="name") as caught:
        check_template(name)
    assert said in str(caught.value)


def test_two_formats_asked_for_are_refused():
    with pytest.raises(OptionError, match="so does --format"):
        planned(A, name="{stem}.png", format="webp")


def checked(found, folder, **fields):
    check_names(make_tasks(found.sources, template(**fields), folder), found, folder)


def test_two_pictures_with_one_name_are_refused_with_both():
    found = Found([Source("x/a.jpg"), Source("y/a.jpg"), Source("y/b.jpg")], [])
    with pytest.raises(OptionError, match=r"x/a\.jpg and y/a\.jpg would both be written to out/a"):
        checked(found, "out")


def test_names_that_differ_in_the_suffix_only_keep_their_suffix():
    found = Found([Source("a.jpg"), Source("a.png"), Source("b.png")], [])
    tasks = make_tasks(found.sources, template(), "out")
    assert [task.job.suffix_fixed for task in tasks] == [True, True, False]


@pytest.mark.parametrize(
    ("output", "recursive"), [("photos", False), ("photos/.", False), ("photos/out", True)]
)
def test_results_among_the_pictures_of_a_scanned_folder_are_refused(
    folder, monkeypatch, output, recursive
):
    monkeypatch.chdir(folder)
    found = find_sources(["photos"], [], recursive=recursive)
    with pytest.raises(OptionError, match="the next run would filter results"):
        checked(found, output, name="{stem}_{kernel}{ext}")


def test_a_folder_below_one_that_is_not_gone_into_is_fine(folder, monkeypatch):
    monkeypatch.chdir(folder)
    checked(find_sources(["photos"], [], recursive=False), "photos/out")


def test_a_result_that_would_replace_a_source_is_refused(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "link").symlink_to("photos", target_is_directory=True)
    with pytest.raises(OptionError, match=r"link/a\.png would replace a source"):
        checked(find_sources(["photos/a.png"], [], recursive=False), "link")


def test_a_link_that_leads_to_a_source_is_refused(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "out").mkdir()
    (folder / "out" / "a.png").symlink_to("../photos/a.png")
    with pytest.raises(OptionError, match="would replace a source"):
        checked(find_sources(["photos/a.png"], [], recursive=False), "out")


def test_what_exists_is_known_before_the_work(folder):
    (folder / "a.png").write_bytes(b"there")
    tasks = make_tasks([Source("x/a.png"), Source("x/b.png")], template(), str(folder))
    assert [task.exists for task in with_existing(tasks, Outputs(str(folder)))] == [True, False]
