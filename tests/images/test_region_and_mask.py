"""--region and --mask, through the whole program: what is filtered, and what stays as it was."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from kinds import PICTURES, channels_of, numbers_in, samples_of, written
from pictures import assert_alike, assert_close, assert_same, noise
from PIL import Image

import convfilter
from convfilter.errors import OptionError, PictureError, ShapeError
from convfilter.images.modes import MODES
from convfilter.parts import Region

PROJECT = str(Path(convfilter.__file__).parents[1])
LOPSIDED = "1 2 0; -1 3 0; 0 0 1 / 6"
PART = Region(3, 5, 6, 7)
BORDERS = ["zero", "constant:10%", "edge", "reflect", "symmetric", "wrap"]


def _needs_extra(kind):
    if MODES[kind].deep:
        pytest.importorskip("imagecodecs")
        pytest.importorskip("tifffile")


def _apply(folder, source, kind, name="b", **options):
    """Filtered with LOPSIDED unless told otherwise: numbers and outcome."""
    output = folder / f"{name}{source.suffix}"
    outcome = apply(source, output, **{"kernel": LOPSIDED, "border": "edge"} | options)
    return numbers_in(output, kind), outcome


def _inside(shape, part=PART):
    places = np.zeros(shape[:2], bool)
    places[part.slices] = True
    return places


# ── region ──


@pytest.mark.parametrize("kind", PICTURES)
def test_a_region_of_every_kind_is_cut_from_the_whole_and_the_rest_stays(tmp_path, kind):
    _needs_extra(kind)
    samples = samples_of(kind)
    source = written(tmp_path, kind, samples)
    whole, _ = _apply(tmp_path, source, kind, "whole")
    got, outcome = _apply(tmp_path, source, kind, region=PART)
    places = _inside(samples.shape)
    assert (outcome.output_mode, outcome.output_shape) == (kind, samples.shape)
    assert_same(got[places], whole[places])
    assert_same(got[~places], samples[~places])
    assert not (whole[~places] == samples[~places]).all()


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("part", [Region(0, 0, 4, 3), Region(9, 12, 4, 5), Region(0, 0, 13, 17)])
def test_a_region_at_the_pictures_edge_meets_its_border(tmp_path, border, part):
    samples = samples_of("RGBA")
    source = written(tmp_path, "RGBA", samples)
    whole, _ = _apply(tmp_path, source, "RGBA", "whole", border=border)
    got, _ = _apply(tmp_path, source, "RGBA", border=border, region=part)
    places = _inside(samples.shape, part)
    assert_same(got[places], whole[places])
    assert_same(got[~places], samples[~places])


@pytest.mark.parametrize("kernel", [("box-3", "-1 0 1"), ("sobel",), ("gaussian:sigma=2",)])
def test_a_region_of_several_kernels_is_cut_from_the_whole(tmp_path, kernel):
    samples = samples_of("RGB")
    source = written(tmp_path, "RGB", samples)
    whole, _ = _apply(tmp_path, source, "RGB", "whole", kernel=kernel, exact=True)
    got, outcome = _apply(tmp_path, source, "RGB", kernel=kernel, exact=True, region=PART)
    assert_same(got[_inside(samples.shape)], whole[_inside(samples.shape)])
    assert [step.geometry.out for step in outcome.result.steps] == [(13, 17)] * len(kernel)


@pytest.mark.parametrize("kind", ["RGB", "RGBA", "I;16"])
def test_a_region_of_light_is_cut_from_the_whole_too(tmp_path, kind):
    samples = samples_of(kind)
    source = written(tmp_path, kind, samples)
    whole, _ = _apply(tmp_path, source, kind, "whole", linear=True)
    got, _ = _apply(tmp_path, source, kind, linear=True, region=PART)
    places = _inside(samples.shape)
    assert_close(got[places], whole[places], 1)  # sums of floats may be planned in another way
    assert_same(got[~places], samples[~places])


def test_rescale_stretches_what_the_region_has(tmp_path):
    samples = noise((13, 17))
    source = saved(tmp_path / "a.png", samples)
    got, outcome = _apply(
        tmp_path, source, "L", kernel="identity", range_policy="rescale", region=PART
    )
    part = samples[PART.slices].astype(int)
    facts = outcome.result.statistics
    assert (facts.least, facts.greatest, facts.samples) == (part.min(), part.max(), part.size)
    assert_same(got[PART.slices], np.rint((part - part.min()) * 255 / np.ptp(part)))


@pytest.mark.parametrize(("bits", "top"), [(8, 255), (16, 65535)])
def test_floats_become_pixels_inside_and_outside_of_the_region(tmp_path, bits, top):
    samples = (noise((13, 17), "float32") / 128).astype(np.float32)
    source = written(tmp_path, "F", samples)
    apply(source, tmp_path / "b.png", "1 1 0 / 2", region=PART, bits=bits)
    want = samples.astype(float)
    want[PART.slices] = ((np.pad(samples, ((0, 0), (1, 0)))[:, :-1] + samples) / 2)[PART.slices]
    assert_same(pixels_of(tmp_path / "b.png"), np.rint(np.clip(want, 0, 1) * top))


def test_a_regions_place_is_that_of_the_upright_picture(tmp_path):
    upright = noise((13, 17))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = saved(tmp_path / "a.png", np.rot90(upright).copy(), exif=exif)
    got, _ = _apply(tmp_path, turned, "L", region=PART)
    plain = saved(tmp_path / "up.png", upright)
    want, _ = _apply(tmp_path, plain, "L", "want", region=PART)
    assert_same(got, want)


def test_a_region_that_reaches_out_of_the_picture_is_cut_and_that_is_said(tmp_path):
    source = saved(tmp_path / "a.png", noise((13, 17)))
    got, outcome = _apply(tmp_path, source, "L", region=Region(9, 12, 99, 99))
    want, _ = _apply(tmp_path, source, "L", "want", region=Region(9, 12, 4, 5))
    assert_same(got, want)
    [note] = outcome.notes
    assert "9,12,99,99" in note
    assert "9,12,4,5" in note


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"region": Region(13, 0, 1, 1)}, "begins at row 13"),
        ({"region": PART, "stride": 2}, "stride"),
        ({"region": PART, "padding": "valid"}, "padding"),
        ({"region": PART, "kernel": "[[[1]],[[1]],[[1]]]"}, "shape"),
        ({"region": PART, "range_policy": "float"}, "--range float"),
        ({"region": PART, "border": "resize"}, "border resize"),
    ],
)
def test_what_can_not_be_a_part_of_the_picture_is_refused(tmp_path, options, said):
    source = written(tmp_path, "RGB", samples_of("RGB"))
    with pytest.raises((OptionError, ShapeError), match=r"^region: ") as caught:
        _apply(tmp_path, source, "RGB", **options)
    assert said in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


# ── mask ──

RAMP = np.tile(np.linspace(0, 255, 17).round().astype(np.uint8), (13, 1))


def _mixed(before, after, share):
    share = share[:, :, None] if before.ndim == 3 else share
    return before + (after.astype(float) - before) * share


@pytest.mark.parametrize("kind", [kind for kind in PICTURES if not MODES[kind].alpha])
def test_white_is_filtered_black_stays_and_grey_lies_between(tmp_path, kind):
    _needs_extra(kind)
    samples = samples_of(kind)
    source = written(tmp_path, kind, samples)
    mask = saved(tmp_path / "mask.png", RAMP)
    after, _ = _apply(tmp_path, source, kind, "after")
    got, outcome = _apply(tmp_path, source, kind, mask=str(mask))
    assert outcome.output_mode == kind
    assert_same(got[:, 0], samples[:, 0])
    assert_same(got[:, -1], after[:, -1])
    want = _mixed(samples, after, RAMP / 255)
    assert_close(got, want, 1e-5 if samples.dtype.kind == "f" else 0.5 + 1e-6)


ALPHA = np.tile(np.where(np.arange(17) % 2, 255, 51).astype(np.uint8), (13, 1))
# A file's name → what it holds.
MASKS = {
    "deep.png": RAMP * np.uint16(257),
    "floats.tif": (RAMP / 255).astype(np.float32),
    "bit.png": RAMP > 127,
    "rgb.png": np.dstack([RAMP] * 3),
    "la.png": np.dstack([RAMP, ALPHA]),
    "bytes.npy": RAMP,
    "bool.npy": RAMP > 127,
}


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_may_be_of_any_kind_whose_grey_says_how_much(tmp_path, name):
    samples = noise((13, 17))
    source = saved(tmp_path / "a.png", samples)
    if name.endswith(".npy"):
        np.save(tmp_path / name, MASKS[name])
    else:
        saved(tmp_path / name, MASKS[name])
    shares = {"bit.png": RAMP > 127, "bool.npy": RAMP > 127, "la.png": RAMP / 255 * (ALPHA / 255)}
    after, _ = _apply(tmp_path, source, "L", "after")
    got, _ = _apply(tmp_path, source, "L", mask=str(tmp_path / name))
    assert_close(got, _mixed(samples, after, shares.get(name, RAMP / 255)), 0.5 + 1e-5)
    assert not (got == samples).all()


def test_a_mask_of_whole_numbers_that_have_no_white_is_refused(tmp_path):
    source = saved(tmp_path / "a.png", noise((13, 17)))
    np.save(tmp_path / "mask.npy", RAMP.astype(np.int64))
    with pytest.raises((PictureError, ShapeError, OptionError), match=r"mask"):
        _apply(tmp_path, source, "L", mask=str(tmp_path / "mask.npy"))


@pytest.mark.parametrize("alpha", ["premultiply", "keep", "straight"])
def test_black_and_white_leave_transparent_pictures_as_before_and_as_filtered(tmp_path, alpha):
    samples = samples_of("RGBA")
    samples[:, :, 3] = noise((13, 17), seed=9)
    source = written(tmp_path, "RGBA", samples)
    board = (np.indices((13, 17)).sum(axis=0) % 2 * 255).astype(np.uint8)
    mask = saved(tmp_path / "mask.png", board)
    after, _ = _apply(tmp_path, source, "RGBA", "after", alpha=alpha)
    got, outcome = _apply(tmp_path, source, "RGBA", mask=str(mask), alpha=alpha)
    assert outcome.output_mode == "RGBA"
    assert_same(got, np.where(board[:, :, None] > 0, after, samples))


def test_a_mask_of_light_mixes_light(tmp_path):
    black, white = np.zeros((3, 3), np.uint8), np.full((3, 3), 128, np.uint8)
    source = saved(tmp_path / "a.png", black)
    mask = saved(tmp_path / "mask.png", white)
    for linear in (False, True):
        apply(source, tmp_path / f"{linear}.png", bias="100%", mask=str(mask), linear=linear)
    assert_same(pixels_of(tmp_path / "False.png"), white)
    share = 128 / 255
    level = 255 * (1.055 * share ** (1 / 2.4) - 0.055)
    assert_same(pixels_of(tmp_path / "True.png"), np.full((3, 3), round(level)))


def test_a_mask_and_a_region_both_count(tmp_path):
    samples = noise((13, 17))
    source = saved(tmp_path / "a.png", samples)
    mask = saved(tmp_path / "mask.png", RAMP)
    through, _ = _apply(tmp_path, source, "L", "through", mask=str(mask))
    got, _ = _apply(tmp_path, source, "L", mask=str(mask), region=PART)
    assert_same(got, np.where(_inside(samples.shape), through, samples))


def test_a_mask_is_turned_upright_like_any_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    samples = noise((13, 17))
    source = saved(tmp_path / "a.png", samples)
    turned = saved(tmp_path / "turned.png", np.rot90(RAMP).copy(), exif=exif)
    plain = saved(tmp_path / "plain.png", RAMP)
    got, _ = _apply(tmp_path, source, "L", mask=str(turned))
    want, _ = _apply(tmp_path, source, "L", "want", mask=str(plain))
    assert_same(got, want)


def test_a_mask_of_another_size_is_refused_with_both(tmp_path):
    source = saved(tmp_path / "a.png", noise((13, 17)))
    mask = saved(tmp_path / "mask.png", noise((17, 13)))
    with pytest.raises(ShapeError, match=r"mask\.png: the mask has 17×13 .* picture 13×17"):
        _apply(tmp_path, source, "L", mask=str(mask))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "mask.png"]


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_mask_that_can_not_be_read_is_named(tmp_path, content):
    source = saved(tmp_path / "a.png", noise((13, 17)))
    if content is not None:
        (tmp_path / "mask.png").write_bytes(content)
    with pytest.raises(PictureError, match=r"mask\.png: "):
        _apply(tmp_path, source, "L", mask=str(tmp_path / "mask.png"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stride": 2}, "the result has 7×9"),
        ({"padding": "valid"}, "the result has 11×15"),
        ({"kernel": "[[[1]],[[1]],[[1]]]"}, "the result has 13×17"),
        ({"range_policy": "float"}, "--range float"),
    ],
)
def test_a_result_that_does_not_lie_on_its_picture_has_no_mask(tmp_path, options, said):
    kind = "RGB"
    source = written(tmp_path, kind, samples_of(kind))
    assert channels_of(kind) == 3
    mask = saved(tmp_path / "mask.png", RAMP)
    with pytest.raises(OptionError, match=r"^mask: ") as caught:
        _apply(tmp_path, source, kind, mask=str(mask), **options)
    assert said in str(caught.value)


def test_the_picture_comes_back_whole_through_a_black_mask(tmp_path):
    samples = samples_of("RGBA")
    source = written(tmp_path, "RGBA", samples)
    mask = saved(tmp_path / "mask.png", np.zeros((13, 17), np.uint8))
    got, _ = _apply(tmp_path, source, "RGBA", mask=str(mask))
    assert_alike(got, samples)


# ── as typed ──


def _command(folder, *words):
    """The command's object of JSON, and its exit status."""
    path = os.pathsep.join(filter(None, [PROJECT, os.environ.get("PYTHONPATH", "")]))
    settings = {n: v for n, v in os.environ.items() if not n.startswith("CONVFILTER_")}
    if cache := os.environ.get("CONVFILTER_CACHE_DIR"):
        settings["CONVFILTER_CACHE_DIR"] = cache
    done = subprocess.run(
        [sys.executable, "-m", "convfilter", "apply", "a.png", *words, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=settings | {"PYTHONPATH": path},
    )
    return json.loads(done.stdout), done.returncode


@pytest.mark.parametrize("text", ["3,5,6,7", "7x6+5+3"])
def test_a_region_is_typed_in_either_notation_and_means_padding_same(tmp_path, text):
    source = saved(tmp_path / "a.png", noise((13, 17)))
    want, _ = _apply(tmp_path, source, "L", "want", kernel="box-3", border="zero", region=PART)
    told, status = _command(tmp_path, "-k", "box-3", "--region", text, "-o", "b.png")
    assert (status, told["region"], told["padding"]["mode"]) == (0, list(PART), "same")
    assert_same(pixels_of(tmp_path / "b.png"), want)


def test_a_mask_and_linear_light_are_typed_and_told(tmp_path):
    source = saved(tmp_path / "a.png", noise((13, 17)))
    mask = str(saved(tmp_path / "mask.png", RAMP))
    options = {"kernel": "box-3", "border": "zero", "mask": mask, "linear": True}
    want, _ = _apply(tmp_path, source, "L", "want", **options)
    words = ["-k", "box-3", "--mask", "mask.png", "--linear", "-o", "b.png"]
    told, status = _command(tmp_path, *words)
    assert (status, told["mask"], told["linear"]) == (0, "mask.png", True)
    assert_same(pixels_of(tmp_path / "b.png"), want)


def test_a_region_that_is_none_is_a_slip_of_usage(tmp_path):
    saved(tmp_path / "a.png", noise((13, 17)))
    told, status = _command(tmp_path, "-k", "box-3", "--region", "13,0,5,5", "-o", "b.png")
    assert status == 2
    assert told["error"]["message"].startswith("--region: ")
    assert not (tmp_path / "b.png").exists()
