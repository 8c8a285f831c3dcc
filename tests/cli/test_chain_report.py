"""Several kernels on the command line: names, report, JSON, and what is refused."""

import json

import numpy as np
import pytest
from PIL import Image
from running import run

import convfilter

CHAIN = ("-k", "gaussian:sigma=1,stride=2", "-k", "sobel")


def test_the_default_name_holds_all_kernels(folder):
    assert run("apply", "a.png", *CHAIN, cwd=folder).status == 0
    assert (folder / "a_gaussian-sigma1_sobel.png").exists()


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("gaussian:sigma=2", "a_gaussian-sigma2.png"),
        ("gaussian:sigma=2.50,size=5x7", "a_gaussian-sigma2.5-size5x7.png"),
        ("motion:angle=-30", "a_motion-angle-30.png"),
        ("sharpen:stride=2", "a_sharpen.png"),
        ("-1 0 1; -2 0 2 then blur", "a_matrix-2x3_blur.png"),
    ],
)
def test_parameters_are_part_of_the_name(folder, spec, name):
    assert run("apply", "a.png", "-k", spec, cwd=folder).status == 0
    assert (folder / name).exists()


def test_twice_k_and_then_are_the_same(folder):
    assert run("apply", "a.png", *CHAIN, "-o", "one.png", cwd=folder).status == 0
    spec = "gaussian:sigma=1,stride=2 then sobel"
    assert run("apply", "a.png", "-k", spec, "-o", "two.png", cwd=folder).status == 0
    one, two = (np.asarray(Image.open(folder / f"{name}.png")) for name in ("one", "two"))
    assert np.array_equal(one, two)
    picture = np.asarray(Image.open(folder / "a.png"))
    assert np.array_equal(one, convfilter.apply_kernels(picture, spec, range_policy="auto"))


def test_each_step_has_its_lines_and_its_shape(folder):
    text = run("apply", "a.png", *CHAIN, cwd=folder).text
    lines = text.splitlines()
    assert lines[1].startswith("  step 1   gaussian:sigma=1 7×7, as written")
    assert lines[1].endswith("→  9×13×3")
    assert "⌊(24 + 0 + 0 − 1·(7−1) − 1) / 2⌋ + 1 = 9" in lines[2]
    assert lines[4].startswith("  step 2   sobel 3×3 (magnitude of 2), as written")
    assert lines[4].endswith("→  7×11×3")


def test_steps_in_json(folder):
    report = json.loads(run("apply", "a.png", *CHAIN, "--json", cwd=folder).out)
    first, second = report["steps"]
    assert first["kernel"]["name"] == "gaussian:sigma=1"
    assert first["kernel"]["parameters"] == {"sigma": "1", "size": "auto"}
    assert (first["stride"], first["shape"]) == ([2, 2], [9, 13, 3])
    assert second["kernel"]["combine"] == "magnitude"
    assert [each["name"] for each in second["kernel"]["members"]] == ["sobel-x", "sobel-y"]
    for key in ("kernel", "stride", "dilation", "padding", "formula", "unused", "plan", "border"):
        assert report[key] == second[key]
    assert report["output"]["shape"] == second["shape"] == [7, 11, 3]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--stride", "2"],
            "--stride: with 2 kernels it is said of each by itself: -k gaussian:sigma=1,stride=2",
        ),
        (["--bias", "3"], "--bias: with 2 kernels"),
        (["--normalize", "size"], "--normalize: with 2 kernels"),
        (["--dilation", "1,2"], "gaussian:sigma=1,stride=2"[:16]),
    ],
)
def test_options_of_one_step_are_refused_for_all(folder, words, said):
    done = run("apply", "a.png", "-k", "gaussian:sigma=1", "-k", "sobel", *words, cwd=folder)
    assert done.status == 2
    assert said in done.err


def test_an_option_from_the_environment_is_refused_by_its_name(folder):
    done = run("apply", "a.png", *CHAIN, cwd=folder, CONVFILTER_STRIDE="2")
    assert done.status == 2
    assert "from the environment: CONVFILTER_STRIDE" in done.err


def test_border_padding_and_flip_hold_for_every_step(folder):
    report = json.loads(
        run("apply", "a.png", "-k", "gaussian-3", "-k", "sobel", "--border", "edge", "--flip", "--json",
            cwd=folder).out
    )  # fmt: skip
    assert [step["padding"]["mode"] for step in report["steps"]] == ["same", "same"]
    assert [step["border"] for step in report["steps"]] == ["edge", "edge"]
    assert [step["kernel"]["flipped"] for step in report["steps"]] == [True, True]
    assert report["output"]["shape"] == [24, 31, 3]


def test_shape_tells_every_step(folder):
    done = run("shape", "459x612", "-k", "gaussian:sigma=2,stride=2", "-k", "5x5", cwd=folder)
    assert done.text.splitlines()[0] == "459×612 (high×wide)  →  220×296"
    assert "  step 1   gaussian:sigma=2 13×13  →  224×300" in done.text
    assert "  step 2   5×5  →  220×296" in done.text
    report = json.loads(run("shape", "9x9", "-k", "3x3", "-k", "3x3", "--json", cwd=folder).out)
    assert [step["shape"] for step in report["steps"]] == [[7, 7], [5, 5]]


def test_transparency_goes_along_the_chain(folder):
    y, x = np.mgrid[0:30, 0:40]
    red = np.where(
        ((y - 15) ** 2 + (x - 20) ** 2 < 64)[:, :, np.newaxis], [255, 0, 0, 255], [0, 255, 0, 0]
    )
    Image.fromarray(red.astype(np.uint8)).save(folder / "red.png")
    done = run("apply", "red.png", "-k", "blur", "-k", "gaussian-3", "-o", "o.png", cwd=folder)
    assert done.status == 0, done.err
    pixels = np.asarray(Image.open(folder / "o.png"))
    visible = pixels[:, :, 3] > 0
    assert 0 < visible.mean() < 1
    assert set(np.unique(pixels[:, :, 3])) > {0, 255}
    assert (pixels[visible][:, 1] == 0).all()  # no green shines through
    assert (pixels[visible][:, 0] == 255).all()


def test_an_opaque_picture_gives_exactly_the_colours_without_alpha(folder):
    colours = np.asarray(Image.open(folder / "noise.png"))
    opaque = np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)])
    Image.fromarray(opaque).save(folder / "opaque.png")
    for name in ("noise", "opaque"):
        words = ("apply", f"{name}.png", "-k", "gaussian-3 then sobel", "-o", f"{name}-o.png")
        assert run(*words, cwd=folder).status == 0
    plain, with_alpha = (np.asarray(Image.open(folder / f"{n}-o.png")) for n in ("noise", "opaque"))
    assert np.array_equal(with_alpha[:, :, :3], plain)
    assert (with_alpha[:, :, 3] == 255).all()
