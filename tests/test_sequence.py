"""Animations and multi-page files through the whole program: each frame as if it were alone."""

import numpy as np
import pytest
from pictures import assert_same, noise
from PIL import Image

from convfilter.core.conv import run_steps
from convfilter.core.finish import merge
from convfilter.core.spec import make_spec
from convfilter.errors import OptionError, PictureError
from convfilter.images.wanted import Wanted
from convfilter.job import Job
from convfilter.parts import Region
from convfilter.pipeline import process
from convfilter.presets.load import load_kernel

FRAMES = [noise((12, 15, 3), seed=seed) // (seed + 1) for seed in range(4)]
DURATIONS = [100, 50, 200, 70]


@pytest.fixture
def pages(tmp_path):
    """Four RGB pages in a TIFF, the later the darker."""
    images = [Image.fromarray(frame) for frame in FRAMES]
    images[0].save(tmp_path / "a.tif", save_all=True, append_images=images[1:])
    return tmp_path / "a.tif"


@pytest.fixture
def animation(tmp_path):
    """The same as an APNG."""
    images = [Image.fromarray(frame) for frame in FRAMES]
    images[0].save(
        tmp_path / "a.png", save_all=True, append_images=images[1:], duration=DURATIONS, loop=2
    )
    return tmp_path / "a.png"


def filtered(source, output="", kernel="sharpen", **options):
    job = {name: options.pop(name) for name in Job._fields if name in options}
    steps = ((load_kernel(kernel), make_spec(**({"padding": "same"} | options))),)
    return process(Job(str(source), steps, output=str(output), **job))


def frames_of(path):
    with Image.open(path) as image:
        made = []
        for number in range(image.n_frames):
            image.seek(number)
            made.append(np.asarray(image.convert("RGB")))
        return made


def alone(frame, kernel="sharpen", ends=None, **options):
    steps = ((load_kernel(kernel), make_spec(**({"padding": "same"} | options))),)
    return run_steps(frame, steps, ends=ends)


@pytest.mark.parametrize("suffix", [".tif", ".png", ".gif"])
def test_every_frame_is_filtered_by_itself(pages, tmp_path, suffix):
    outcome = filtered(pages, tmp_path / f"b{suffix}")
    assert outcome.frames == 4
    for got, frame in zip(frames_of(tmp_path / f"b{suffix}"), FRAMES, strict=True):
        assert_same(got, alone(frame).pixels)


def test_an_animation_keeps_its_times(animation):
    outcome = filtered(animation)
    assert outcome.output.endswith("a_sharpen.png")
    with Image.open(outcome.output) as image:
        assert (image.n_frames, image.info["loop"]) == (4, 2)
        times = []
        for number in range(4):
            image.seek(number)
            times.append(image.info["duration"])
    assert times == DURATIONS


def test_rescale_stretches_all_frames_alike(pages, tmp_path):
    filtered(pages, tmp_path / "b.tif", range_policy="rescale")
    facts = [alone(frame, range_policy="rescale").statistics for frame in FRAMES]
    ends = merge(facts)
    made = frames_of(tmp_path / "b.tif")
    for got, frame in zip(made, FRAMES, strict=True):
        y = alone(frame, range_policy="float").pixels.astype(float)
        assert_same(got, np.rint((y - ends.least) / (ends.greatest - ends.least) * 255))
    assert (min(map(np.min, made)), max(map(np.max, made))) == (0, 255)
    assert max(np.max(frame) for frame in made[1:]) < 255


@pytest.mark.parametrize("kernel", ["sobel", "gaussian:sigma=1"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_given_ends_are_those_that_rescale_stretches(kernel, dtype):
    image = noise((9, 11), "uint16").astype(dtype)
    alone_facts = alone(image, kernel, range_policy="rescale").statistics
    width = alone_facts.greatest - alone_facts.least
    ends = alone_facts._replace(
        least=alone_facts.least - width, greatest=alone_facts.greatest + 2 * width
    )
    got = alone(image, kernel, ends=ends, range_policy="rescale").pixels
    y = alone(image.astype(float), kernel, range_policy="float").pixels
    top = {"uint8": 255, "uint16": 65535, "float32": 1}[dtype]
    want = (y - ends.least) / (4 * width) * top
    assert np.abs(got - want).max() <= (0.5 + 1e-3 if top > 1 else 1e-5)


def test_statistics_are_those_of_all_frames(pages):
    outcome = filtered(pages)
    facts = merge([alone(frame).statistics for frame in FRAMES])
    assert outcome.result.statistics == facts


def test_one_frame_can_be_taken(animation, tmp_path):
    outcome = filtered(animation, tmp_path / "b.bmp", wanted=Wanted(frame=2))
    assert outcome.frames == 1
    assert_same(np.asarray(Image.open(outcome.output)), alone(FRAMES[2]).pixels)


@pytest.mark.parametrize(("frame", "said"), [(4, "has 4 frames: --frame takes 0 … 3")])
def test_a_frame_that_is_not_there_is_refused(animation, frame, said):
    with pytest.raises(PictureError, match=said):
        filtered(animation, wanted=Wanted(frame=frame))


def test_a_single_picture_has_frame_0_only(tmp_path):
    Image.fromarray(FRAMES[0]).save(tmp_path / "one.png")
    filtered(tmp_path / "one.png", tmp_path / "b.png", wanted=Wanted(frame=0))
    with pytest.raises(PictureError, match=r"has 1 frame: --frame takes 0$"):
        filtered(tmp_path / "one.png", tmp_path / "c.png", wanted=Wanted(frame=1))


@pytest.mark.parametrize("suffix", [".jpg", ".bmp", ".npy", ".ppm"])
def test_a_format_for_one_picture_is_refused_with_those_for_several(animation, tmp_path, suffix):
    with pytest.raises(
        PictureError, match=r"holds one picture, not 4 frames; use .*\.gif.*--frame N"
    ):
        filtered(animation, tmp_path / f"b{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_frames_count_in_sum(animation, tmp_path):
    with pytest.raises(
        PictureError, match=r"4 frames of 12×15 are 720 pixels in sum.*--max-pixels"
    ):
        filtered(animation, tmp_path / "b.png", wanted=Wanted(max_pixels=719))
    filtered(animation, tmp_path / "b.png", wanted=Wanted(max_pixels=720))


def test_pages_of_different_sizes_and_kinds_stay_so(tmp_path):
    kinds = [noise((8, 9)), noise((5, 12, 3)), noise((7, 7, 4)), noise((6, 5), "uint16")]
    images = [Image.fromarray(pixels) for pixels in kinds]
    images[0].save(tmp_path / "a.tif", save_all=True, append_images=images[1:])
    outcome = filtered(tmp_path / "a.tif", kernel="identity", alpha="keep")
    with Image.open(outcome.output) as image:
        for number, pixels in enumerate(kinds):
            image.seek(number)
            assert_same(np.asarray(image), pixels)
    assert any("sizes differ (8×9, 5×12, 7×7, 6×5)" in note for note in outcome.notes)


def test_a_region_and_a_mask_hold_for_every_frame(pages, tmp_path):
    mask = np.zeros((12, 15), np.uint8)
    mask[:6] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    filtered(pages, tmp_path / "b.tif", region=Region(2, 3, 8, 9), mask=str(tmp_path / "m.png"))
    for got, frame in zip(frames_of(tmp_path / "b.tif"), FRAMES, strict=True):
        want = frame.copy()
        want[2:6, 3:12] = alone(frame).pixels[2:6, 3:12]
        assert_same(got, want)


def test_a_damaged_frame_is_named_and_nothing_is_written(tmp_path):
    images = [Image.fromarray(frame) for frame in FRAMES]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:])
    content = (tmp_path / "a.gif").read_bytes()
    (tmp_path / "a.gif").write_bytes(content[: len(content) * 3 // 4])
    with pytest.raises(PictureError, match=r"a\.gif: frame \d: damaged or cut off"):
        filtered(tmp_path / "a.gif", tmp_path / "b.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]


def test_an_existing_output_is_refused_before_the_frames_are_read(animation, tmp_path):
    (tmp_path / "b.png").write_bytes(b"old")
    with pytest.raises(PictureError, match="exists already"):
        filtered(animation, tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes() == b"old"


def test_what_can_not_be_filtered_is_refused_for_frames_too(animation, tmp_path):
    with pytest.raises(OptionError, match="region"):
        filtered(animation, tmp_path / "b.png", region=Region(99, 0, 4, 4))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_a_banks_maps_lie_on_one_sheet_a_frame(pages, tmp_path, suffix):
    bank = "[[[[1]],[[0]],[[0]]],[[[0]],[[1]],[[0]]]]"
    outcome = filtered(pages, tmp_path / f"b{suffix}", kernel=bank)
    assert (outcome.frames, outcome.output_shape) == (4, (12, 31))
    assert "2 maps as a sheet of 1×2, row by row" in outcome.notes
    with Image.open(tmp_path / f"b{suffix}") as image:
        for number, frame in enumerate(FRAMES):
            image.seek(number)
            sheet = np.asarray(image)
            assert_same(sheet[:, :15], frame[:, :, 0])
            assert_same(sheet[:, 16:], frame[:, :, 1])
