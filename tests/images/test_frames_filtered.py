"""Animations and pages through the whole pipeline: every frame as if it were filtered alone."""

import io
import subprocess
import sys

import animations as drawn
import numpy as np
import pytest
from animations import CLEAR, KEEP, RESTORE, Drawn
from filtering import apply
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.frames.reading import pages_timing

KERNEL = "box"
SUFFIXES = {"GIF": ".gif", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif"}


def parts_of(*, clear):
    one, two, three = drawn.shades(3, seed=2)
    if clear:
        one = one.copy()
        one[2:5, 3:6] = 0
    return [
        Drawn(one, (0, 0), CLEAR if clear else KEEP),
        Drawn(two[:5, :6], (1, 2), RESTORE, 40),
        Drawn(three, (0, 0), KEEP, 30),
    ]


def alone(frames, folder):
    """Each frame by itself as a PNG, filtered."""
    found = []
    for number, image in enumerate(frames):
        source, target = folder / f"{number}.png", folder / f"{number}-filtered.png"
        image.save(source)
        apply(source, target, KERNEL)
        with Image.open(target) as filtered:
            found.append(np.asarray(filtered.convert("RGBA")))
    return found


def frames_in(path):
    return drawn.read(path.read_bytes())


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("source", ["GIF", "PNG"])
def test_no_frame_takes_anything_from_another(source, clear, tmp_path):
    make = drawn.gif_bytes if source == "GIF" else drawn.apng_bytes
    path = tmp_path / f"a{SUFFIXES[source]}"
    path.write_bytes(make(parts_of(clear=clear), plays=2))
    before = frames_in(path)
    wanted = alone(before, tmp_path)
    for suffix in (".png", ".tif"):
        target = tmp_path / f"b{suffix}"
        apply(path, target, KERNEL)
        found = frames_in(target)
        assert np.array_equal([np.asarray(image.convert("RGBA")) for image in found], wanted)
    assert frames_in(tmp_path / "b.png").timing.durations_ms == (100, 40, 30)
    assert frames_in(tmp_path / "b.png").timing.plays == before.timing.plays


def test_a_gif_with_clear_pixels_goes_through_and_back(tmp_path):
    path, target = tmp_path / "a.gif", tmp_path / "b.gif"
    path.write_bytes(drawn.gif_bytes(parts_of(clear=True), plays=0))
    apply(path, target)
    before, after = frames_in(path), frames_in(target)
    assert drawn.same([*map(drawn.rgba, after)], [*map(drawn.rgba, before)])
    assert (after.timing.durations_ms, after.timing.plays) == ((100, 40, 30), 0)


@pytest.mark.parametrize("suffix", [".bmp", ".png"])
def test_one_frame_can_be_had_by_itself(suffix, tmp_path):
    path, target = tmp_path / "a.gif", tmp_path / f"b{suffix}"
    path.write_bytes(drawn.gif_bytes(parts_of(clear=False)))
    apply(path, target, frame=1)
    [found] = frames_in(target)
    assert np.array_equal(drawn.rgba(found), drawn.rgba(frames_in(path).frame(1)))


def test_formats_of_one_picture_take_no_animation(tmp_path):
    path = tmp_path / "a.gif"
    path.write_bytes(drawn.gif_bytes(parts_of(clear=False)))
    with pytest.raises(PictureError, match=r"JPEG holds one picture, not 3 frames"):
        apply(path, tmp_path / "b.jpg")
    assert not (tmp_path / "b.jpg").exists()


def test_damage_leaves_no_file_and_is_named(tmp_path):
    path = tmp_path / "a.gif"
    content = drawn.gif_bytes(parts_of(clear=False))
    path.write_bytes(drawn.cut_behind(content, b"!\xf9\x04", 2))
    with pytest.raises(PictureError, match=r"a\.gif: frame 2: damaged or cut off: "):
        apply(path, tmp_path / "b.gif")
    assert not (tmp_path / "b.gif").exists()


def test_pages_keep_their_sizes_and_kinds(tmp_path):
    random = np.random.default_rng(1)
    images = [
        Image.fromarray(random.integers(0, 256, (9, 12), dtype=np.uint8)),
        Image.fromarray(random.integers(0, 256, (7, 8, 3), dtype=np.uint8)),
        Image.fromarray(random.integers(0, 65536, (5, 6)).astype(np.uint16)),
        Image.fromarray(random.random((8, 4), np.float32)),
    ]
    path, target = tmp_path / "a.tif", tmp_path / "b.tif"
    path.write_bytes(drawn.written(images, "TIFF", pages_timing(4))[0])
    apply(path, target)
    for found, wanted in zip(frames_in(target), images, strict=True):
        assert found.mode == wanted.mode
        assert np.array_equal(found, wanted)


def test_rescaled_frames_share_one_range(tmp_path):
    frames = [np.full((8, 8, 4), level, np.uint8) for level in (50, 100, 200)]
    for frame in frames:
        frame[..., 3] = 255
    path, target = tmp_path / "a.png", tmp_path / "b.png"
    path.write_bytes(drawn.apng_bytes([Drawn(frame) for frame in frames], (8, 8), has_alpha=False))
    apply(path, target, range_policy="rescale")
    found = [drawn.rgba(image)[0, 0, 0] for image in frames_in(target)]
    assert found == [0, 85, 255]


def test_frames_are_read_without_numpy():
    file = io.BytesIO(drawn.gif_bytes(parts_of(clear=True)))
    code = """
import io, sys
from PIL import Image
from convfilter.images.frames.reading import Frames
assert len([*Frames(Image.open(io.BytesIO(sys.stdin.buffer.read())))]) == 3
assert "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], input=file.getvalue(), check=True)
