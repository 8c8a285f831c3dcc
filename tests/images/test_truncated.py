"""--allow-truncated: what is there is kept, what is missing is filled, and it is said."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from pictures import assert_same, noise
from PIL import Image, ImageFile

from convfilter.errors import PictureError
from convfilter.filtering import read_mask
from convfilter.images.filling import filling

COLOUR = noise((64, 48, 3))
FILLED = "damaged or cut off: what is missing was filled (--allow-truncated)"


def _cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


@pytest.mark.parametrize(
    ("suffix", "options"),
    [(".jpg", {}), (".jpg", {"progressive": True}), (".png", {}), (".bmp", {}), (".ppm", {})],
)
def test_the_part_that_is_there_is_kept(tmp_path, suffix, options):
    source = saved(tmp_path / f"a{suffix}", COLOUR, **options)
    whole = pixels_of(source)
    _cut(source, 0.6)
    with pytest.raises(PictureError, match=r"--allow-truncated|damaged or cut off"):
        apply(source, tmp_path / "b.npy")
    outcome = apply(source, tmp_path / "b.npy", allow_truncated=True)
    assert outcome.notes == (FILLED,)
    assert outcome.output_shape == (64, 48, 3)
    if not options:
        rows = slice(52, 64) if suffix == ".bmp" else slice(12)  # a BMP begins at the bottom
        assert_same(pixels_of(tmp_path / "b.npy")[rows], whole[rows])


def test_a_whole_file_is_read_without_a_word(tmp_path):
    source = saved(tmp_path / "a.png", COLOUR)
    outcome = apply(source, tmp_path / "b.npy", allow_truncated=True)
    assert outcome.notes == ()
    assert_same(pixels_of(tmp_path / "b.npy"), COLOUR)


def test_the_setting_does_not_outlive_the_picture(tmp_path):
    source = _cut(saved(tmp_path / "a.jpg", COLOUR), 0.6)
    apply(source, tmp_path / "b.npy", allow_truncated=True)
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    with pytest.raises(PictureError, match="damaged or cut off"):
        apply(source, tmp_path / "c.npy")


@pytest.fixture
def while_another_is_filled():
    """As long as the test runs, another thread is at filling a picture."""
    begun, go_on = Event(), Event()

    def fill():
        with filling():
            begun.set()
            return bool(ImageFile.LOAD_TRUNCATED_IMAGES) and go_on.wait(60)

    with ThreadPoolExecutor(1) as other:
        filled = other.submit(fill)
        assert begun.wait(20)
        yield
        go_on.set()
        assert filled.result()


@pytest.mark.usefixtures("while_another_is_filled")
def test_pages_are_not_filled_because_another_thread_fills(tmp_path):
    pages = [Image.fromarray(noise((20, 30), seed=seed)) for seed in range(5)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    source = _cut(tmp_path / "a.tif", 0.9)
    with pytest.raises(PictureError, match="frame 4: damaged or cut off"):
        apply(source, tmp_path / "b.tif")
    outcome = apply(source, tmp_path / "b.tif", allow_truncated=True)
    assert outcome.frames == 4
    assert "what follows is missing (--allow-truncated)" in outcome.notes[0]


@pytest.mark.usefixtures("while_another_is_filled")
def test_masks_are_not_filled_because_another_thread_fills(tmp_path):
    mask = _cut(saved(tmp_path / "mask.jpg", noise((64, 48))), 0.6)
    with pytest.raises(PictureError, match="damaged or cut off"):
        read_mask(str(mask))


def test_whoever_uses_pillow_beside_us_keeps_the_setting(tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # said by somebody else
    source = _cut(saved(tmp_path / "a.jpg", COLOUR), 0.6)
    with filling():
        pass
    with Image.open(source) as image:
        image.load()


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_where_nothing_is_left_there_is_nothing_to_fill(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(PictureError, match=r"a\.png: "):
        apply(tmp_path / "a.png", tmp_path / "b.npy", allow_truncated=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("suffix", [".gif", ".png", ".tif"])
def test_frames_before_the_damage_are_kept_with_their_times(tmp_path, suffix):
    frames = [noise((20, 30, 3), seed=seed) // 64 * 64 for seed in range(5)]
    images = [Image.fromarray(frame) for frame in frames]
    times = {} if suffix == ".tif" else {"duration": [100, 200, 300, 400, 500]}
    source = tmp_path / f"a{suffix}"
    images[0].save(source, save_all=True, append_images=images[1:], **times)
    _cut(source, 0.7)
    with pytest.raises(PictureError, match="damaged or cut off"):
        apply(source, tmp_path / f"b{suffix}")
    outcome = apply(source, tmp_path / f"b{suffix}", allow_truncated=True)
    assert 1 < outcome.frames < 5
    assert len(outcome.timing.durations_ms) == outcome.frames
    assert "what follows is missing (--allow-truncated)" in outcome.notes[0]
    with Image.open(outcome.output) as image:
        for number in range(outcome.frames):
            image.seek(number)
            assert_same(np.asarray(image.convert("RGB")), frames[number])
