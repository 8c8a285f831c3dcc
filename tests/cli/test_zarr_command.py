"""The command on Zarr arrays: the same reports, the same errors, the same ways of writing."""

import json

import numpy as np
import pytest
from pictures import noise
from running import run, slopes
from test_start_up import _imported

zarr = pytest.importorskip("zarr")


@pytest.fixture
def arrays(folder):
    """The folder of pictures, with a.zarr (the numbers of a.png) and grey.zarr (20×26)."""
    zarr.create_array(folder / "a.zarr", data=slopes(24, 31), chunks=(8, 8, 3))
    zarr.create_array(folder / "grey.zarr", data=noise((20, 26)), chunks=(8, 8))
    return folder


def test_the_report_is_a_pictures(arrays):
    done = run("apply", "a.zarr", "-k", "sharpen", "--stride", "2", cwd=arrays)
    assert done.status == 0
    assert done.text == (
        "a.zarr  24×31×3 RGB (high×wide×channels)  →  a_sharpen.zarr  11×15×3 RGB\n"
        "  kernel   sharpen 3×3, as written (cross-correlation); direct: 5 of 9 taps\n"
        "  height   ⌊(24 + 0 + 0 − 1·(3−1) − 1) / 2⌋ + 1 = 11     1 row at the bottom is not reached\n"
        "  width    ⌊(31 + 0 + 0 − 1·(3−1) − 1) / 2⌋ + 1 = 15\n"
        "  range    clip: nothing cut (62 … 178)\n"
    )
    assert done.err == ""


@pytest.mark.parametrize("words", [("-k", "sobel"), ("-k", "blur:stride=2", "-k", "sobel-x")])
def test_json_tells_of_an_array_what_it_tells_of_a_picture(arrays, words):
    told = []
    for name in ("a.zarr", "a.png"):
        done = run("apply", name, *words, "--border", "zero", "--json", "-f", cwd=arrays)
        fields = json.loads(done.text)
        assert fields["input"].pop("path") == name
        assert fields["output"].pop("path").endswith(name[1:])
        assert set(fields.pop("seconds")) == {"read", "filter", "write"}
        told.append(fields)
    assert told[0] == told[1]


def test_an_error_is_an_object_too(arrays):
    done = run("apply", "a.zarr", "-k", "sharpen", "--region", "0,0,3,3", "--json", cwd=arrays)
    assert done.status == 2
    assert json.loads(done.text)["error"]["message"].startswith("--region: a Zarr array")
    assert len(done.err.splitlines()) == 1


def test_a_variable_that_can_not_be_obeyed_is_named(arrays):
    words = ("apply", "a.zarr", "-k", "sharpen")
    done = run(*words, cwd=arrays, CONVFILTER_LINEAR="1")
    assert done.status == 2
    assert "(from the environment: CONVFILTER_LINEAR; unset it" in done.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("none.zarr", "-k", "blur"), 1, "none.zarr: No such file or directory"),
        (("a.zarr", "-k", "blur", "-o", "grey.zarr"), 1, "grey.zarr exists already: -f"),
        (("a.zarr", "-k", "blur", "-o", "-"), 1, "a Zarr array is a folder, which no pipe takes"),
        (("a.zarr", "-k", "blur", "--border", "resize"), 2, "resize enlarges the whole picture"),
        (("grey.zarr", "-k", "[[[1]], [[1]], [[1]]]"), 2, "the kernel has depth 3"),
        (("a.zarr", "-k", "blur", "-o", "no/b.zarr"), 1, "there is no folder"),
    ],
)
def test_what_is_refused_is_said_in_a_line(arrays, words, status, said):
    before = sorted(path.name for path in arrays.iterdir())
    done = run("apply", *words, cwd=arrays)
    assert (done.status, done.text) == (status, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert sorted(path.name for path in arrays.iterdir()) == before


@pytest.mark.parametrize(
    ("option", "value"), [("--alpha", "keep"), ("--compare", "c.png"), ("--mask", "grey.png")]
)
def test_what_an_array_has_no_place_for_is_refused_with_what_to_do(arrays, option, value):
    done = run("apply", "a.zarr", "-k", "blur", option, value, cwd=arrays)
    assert (done.status, done.text) == (2, "")
    assert f"{option}: a Zarr array becomes another strip by strip" in done.err
    assert f"leave {option} out, or write a picture or a .npy with -o" in done.err
    assert not (arrays / "a_blur.zarr").exists()


def test_what_finds_nothing_to_do_in_an_array_is_said(arrays):
    words = ("--quality", "50", "--compress", "3", "--json")
    notes = [
        json.loads(run("apply", name, "-k", "blur", *words, "-o", "b.zarr", "-f", cwd=arrays).text)[
            "notes"
        ]
        for name in ("a.zarr", "a.png")
    ]
    assert notes[0] == notes[1]
    assert notes[0] == [
        "ZARR has no levels of quality: --quality did nothing",
        "ZARR has no levels of compression: --compress did nothing",
    ]


def test_stripped_arrays_have_no_attributes(arrays):
    zarr.open_array(arrays / "a.zarr", mode="r+").attrs["scanner"] = "the old one"
    for words, kept in (((), {"scanner": "the old one"}), (("--strip",), {})):
        done = run("apply", "a.zarr", "-k", "blur", *words, "-o", "b.zarr", "-f", cwd=arrays)
        assert done.status == 0
        assert zarr.open_array(arrays / "b.zarr", mode="r").attrs.asdict() == kept


def test_an_array_has_no_preview_which_is_said_where_it_was_typed(arrays):
    words = ("apply", "a.zarr", "-k", "blur", "-f", "-q")
    done = run(*words, "--preview", cwd=arrays)
    assert done.err == "convfilter: no preview: a Zarr array is never in memory as a whole\n"
    assert run(*words, cwd=arrays, CONVFILTER_PREVIEW="1").err == ""


def test_shape_tells_its_size(arrays):
    done = run("shape", "a.zarr", "-k", "5x5", "--stride", "2", cwd=arrays)
    assert (done.status, done.err) == (0, "")
    assert done.text.startswith("a.zarr  24×31×3 (high×wide×channels)  →  10×14×3\n")
    fields = json.loads(run("shape", "grey.zarr", "-k", "5x5", "--json", cwd=arrays).text)
    assert fields["output"]["shape"] == [16, 22]


def test_cores_do_not_show(arrays):
    for jobs in ("1", "3"):
        words = ("-k", "gaussian:sigma=2", "-k", "sobel", "--border", "wrap", "-j", jobs, "-q")
        done = run("apply", "grey.zarr", *words, "-o", f"{jobs}.zarr", cwd=arrays)
        assert (done.status, done.text, done.err) == (0, "", "")
    one, three = (zarr.open_array(arrays / f"{jobs}.zarr", mode="r")[...] for jobs in (1, 3))
    assert np.array_equal(one, three)


def test_a_picture_needs_neither_package_and_an_array_no_dask(arrays):
    run("apply", "a.png", "-k", "sharpen", "-f", "-q", cwd=arrays)
    assert not _imported(arrays, "apply", "a.png", "-k", "sharpen", "-f", "-q") & {"zarr", "dask"}
    imported = _imported(arrays, "apply", "a.zarr", "-k", "sharpen", "-f", "-q")
    assert "zarr" in imported
    assert not imported & {"dask", "numba"}
