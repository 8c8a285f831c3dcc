"""Large JPEGs are encoded in strips: the same file as Pillow writes in one go, on any number of cores."""

import errno
import io
import itertools

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from pictures import assert_alike, noise
from PIL import Image

from convfilter.images import jpeg, memory

memory.in_one_piece()
LEAST = 600  # pixels that are cut here, for speed


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Small pictures count as large."""
    monkeypatch.setattr(jpeg, "LEAST_PIXELS", LEAST)


def _image(mode, width, height):
    pixels = noise((height, width) if mode == "L" else (height, width, 3))
    return Image.fromarray(pixels).copy()


def _saved(image, threads, **options):
    buffer = io.BytesIO()
    jpeg.save_jpeg(image, buffer, options, threads)
    return buffer.getvalue()


def _in_one_go(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def _block_height(image, options):
    return 16 if image.mode == "RGB" and options.get("subsampling", 2) == 2 else 8


OPTIONS = [{"quality": 92}] + [{"quality": 80, "subsampling": number} for number in range(3)]
HEIGHTS = [*range(56, 74), 127, 128, 129, 256, 257, 511, 512, 513, 1030]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_the_file_is_the_one_with_restart_markers_that_pillow_writes(mode, options):
    for height, width in itertools.product(HEIGHTS, (33, 48)):
        image = _image(mode, width, height)
        cut = jpeg.make_cut(image.size, _block_height(image, options))
        want = _in_one_go(image, restart_marker_rows=cut.marker_rows, **options)
        for threads in (1, 2, 3, 8):
            assert _saved(image, threads, **options) == want, (height, width, threads)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_the_pixels_are_those_of_a_file_without_markers(mode):
    image = _image(mode, 50, 700)
    with_markers, without = _saved(image, 2, quality=92), _in_one_go(image, quality=92)
    assert with_markers != without
    pictures = [Image.open(io.BytesIO(content)) for content in (with_markers, without)]
    assert_alike(np.asarray(pictures[0]), np.asarray(pictures[1]))


def test_metadata_stand_in_it_once():
    exif = Image.Exif()
    exif[271] = "the camera's maker"
    options = {
        "quality": 92,
        "exif": exif.tobytes(),
        "dpi": (300, 300),
        "icc_profile": b"colours" * 9,
    }
    content = _saved(_image("RGB", 50, 700), 2, **options)
    assert content.count(b"the camera's maker") == content.count(b"colours" * 9) == 1
    with Image.open(io.BytesIO(content)) as image:
        assert (image.size, image.info["dpi"]) == ((50, 700), (300, 300))
        assert image.getexif()[271] == "the camera's maker"


def test_small_pictures_have_no_markers():
    image = _image("RGB", 20, LEAST // 20 - 1)
    assert _saved(image, 2, quality=92) == _in_one_go(image, quality=92)


@pytest.mark.parametrize("size", [(10, 1), (1, 10), (4000, 3000), (65500, 65500), (1, 65500)])
@pytest.mark.parametrize("block_height", [8, 16])
def test_strips_are_whole_intervals_and_cover_the_picture(size, block_height, monkeypatch):
    monkeypatch.setattr(jpeg, "LEAST_PIXELS", 1)
    cut = jpeg.make_cut(size, block_height)
    assert cut.ends[-1] == size[1]
    assert 1 <= len(cut.ends) <= jpeg.STRIPS
    for end in cut.ends[:-1]:
        assert end % (cut.marker_rows * jpeg.INTERVALS * block_height) == 0
        assert end < size[1]


def test_a_picture_whose_memory_is_not_shared_gives_the_same_file(monkeypatch):
    image = _image("RGB", 50, 700)
    want = _saved(image, 2, quality=92)
    monkeypatch.setattr(memory, "_place", lambda _: None)
    assert _saved(image, 2, quality=92) == want


def test_a_system_without_files_in_memory_gives_the_same_file(monkeypatch):
    image = _image("RGB", 50, 700)
    want = _saved(image, 2, quality=92)
    monkeypatch.delattr(jpeg.os, "memfd_create")
    assert _saved(image, 2, quality=92) == want


@pytest.mark.parametrize("number", range(3))
def test_a_strip_that_fails_is_told(number, monkeypatch):
    def failing(strip, options):
        if strip is strips[number]:
            raise OSError(errno.ENOMEM, "no memory")
        return encoded(strip, options)

    def watched(*words):
        strips.extend(cut(*words))
        return strips

    strips, encoded, cut = [], jpeg._encoded, jpeg._strips
    monkeypatch.setattr(jpeg, "_encoded", failing)
    monkeypatch.setattr(jpeg, "_strips", watched)
    with pytest.raises(OSError, match="no memory"):
        _saved(_image("RGB", 50, 700), 2, quality=92)


def test_a_strip_that_was_cut_off_is_noticed(monkeypatch):
    def short(strip, options):
        return encoded(strip, options)[:-1]

    encoded = jpeg._encoded
    monkeypatch.setattr(jpeg, "_encoded", short)
    with pytest.raises(OSError, match="memory"):
        _saved(_image("RGB", 50, 700), 2, quality=92)


@pytest.mark.parametrize("side", [65501, 65536])
def test_sides_that_a_jpeg_can_not_have_are_refused_as_ever(side):
    with pytest.raises(OSError, match="broken data stream"):
        _saved(Image.new("L", (1, side)), 2, quality=92)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_command_writes_the_same_file_on_one_core_and_on_two(tmp_path, monkeypatch, threads):
    source = saved(tmp_path / "a.jpg", noise((300, 40, 3)), quality=92, subsampling=1)
    apply(source, tmp_path / "b.jpg", threads=threads)
    cut = jpeg.make_cut((40, 300), 8)
    options = {"subsampling": 1, "quality": 92, "restart_marker_rows": cut.marker_rows}
    saved(tmp_path / "want.jpg", pixels_of(source), **options)
    assert (tmp_path / "b.jpg").read_bytes() == (tmp_path / "want.jpg").read_bytes()


def test_a_full_disk_is_noticed_in_strips_too(tmp_path):
    image, options = _image("RGB", 50, 700), {"quality": 92}
    with pytest.raises(OSError, match="No space left"), open("/dev/full", "wb", 0) as full:
        jpeg.save_jpeg(image, full, options, 2)
