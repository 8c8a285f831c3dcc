"""Pillow's memory as arrays: the same numbers as copies have, read-only, alive as long as needed."""

import gc
import resource
import threading

import numpy as np
import pytest
from filtering import apply, inks, pixels_of, saved
from pictures import assert_alike, assert_same, noise
from PIL import Image
from PIL.Image import core

from convfilter.images import memory

memory.in_one_piece()
SHAPES = {"LA": (2,), "RGB": (3,), "RGBA": (4,), "CMYK": (4,)}
DTYPES = {"I;16": "uint16", "I": "int32", "F": "float32"}
SIZES = [(1, 1), (1, 7), (7, 1), (13, 31), (301, 257)]


def _image(mode, height, width, seed=1):
    """An image in Pillow's own memory, and its pixels."""
    shape = (height, width, *SHAPES.get(mode, ()))
    pixels = noise(shape, DTYPES.get(mode, "uint8"), seed)
    if mode == "CMYK":
        return inks(pixels).copy(), pixels
    return Image.fromarray(pixels).copy(), pixels


# ── reading ──


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", memory.LAYOUTS)
def test_a_view_holds_what_a_copy_holds(mode, size):
    image, pixels = _image(mode, *size)
    assert_alike(memory.view(image), pixels)
    assert_alike(memory.view(image), np.asarray(image))


def test_a_view_is_where_the_image_is():
    image, _ = _image("RGB", 13, 31)
    seen = memory.view(image)
    assert seen.strides == (31 * 4, 4, 1)
    image.putpixel((30, 12), (1, 2, 3))
    assert seen[12, 30].tolist() == [1, 2, 3]


@pytest.mark.parametrize("mode", memory.LAYOUTS)
def test_a_view_can_not_be_written(mode):
    seen = memory.view(_image(mode, 5, 4)[0])
    with pytest.raises(ValueError, match="read-only"):
        seen[0, 0] = 0


def test_a_view_lives_longer_than_its_image():
    image, pixels = _image("RGB", 301, 257)
    seen = memory.view(image)[3:]
    del image
    gc.collect()
    others = [_image("RGB", 301, 257, seed)[0] for seed in range(2, 12)]
    assert_same(seen, pixels[3:])
    del others


def test_a_thousand_images_leave_nothing_behind():
    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    before = peak()
    for number in range(1000):
        image, written = memory.new("RGB", (512, 512))  # 1 MB each
        written[:] = number % 256
        seen = memory.view(image)
        assert seen[511, 511].tolist() == [number % 256] * 3
        del seen, image, written
    assert peak() - before < 200


def test_threads_see_their_own_images():
    found = []

    def look(seed):
        for _ in range(50):
            image, pixels = _image("RGBA", 64, 64, seed)
            found.append(bool((memory.view(image) == pixels).all()))

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 200


# ── writing ──


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", memory.WRITABLE)
def test_what_is_written_into_a_new_image_is_in_it(mode, size):
    _, pixels = _image(mode, *size)
    image, written = memory.new(mode, size[::-1])
    written[:] = pixels
    assert (image.mode, image.size) == (mode, size[::-1])
    assert_alike(np.asarray(image), pixels)


def test_the_fourth_byte_of_colours_is_255_as_pillow_has_it():
    image, written = memory.new("RGB", (31, 13))
    written[:] = noise((13, 31, 3))
    assert (memory.stored_of(image)[:, :, 3] == 255).all()
    assert (memory.stored_of(_image("RGB", 13, 31)[0])[:, :, 3] == 255).all()


@pytest.mark.parametrize("mode", ["1", "P", "PA", "LA", "La", "RGBX", "YCbCr", "HSV", "I;16B"])
def test_other_modes_are_not_made(mode):
    assert memory.new(mode, (4, 4)) is None


def test_a_photograph_gets_its_memory_before_it_is_decoded(tmp_path, monkeypatch):
    advised = []
    monkeypatch.setattr(memory, "LEAST_HUGE_BYTES", 1)
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: Advice(advised))
    path = saved(tmp_path / "a.jpg", noise((300, 257, 3)))
    with Image.open(path) as image:
        memory.prepare_to_load(image)
        image.load()
        seen = memory.view(image)
        assert_same(seen, pixels_of(path))
    if hasattr(memory.mmap, "MADV_HUGEPAGE"):
        [(start, length)] = advised
        assert seen.ctypes.data <= start < start + length <= seen.ctypes.data + 300 * 257 * 4
        assert start % memory.mmap.PAGESIZE == length % memory.mmap.PAGESIZE == 0


class Advice:
    """A C library that notes what it is told of memory."""

    def __init__(self, advised):
        self.advised = advised

    def madvise(self, start, length, _):
        self.advised.append((start.value, length.value))


# ── what is not as expected ──


@pytest.mark.parametrize("mode", ["1", "P", "PA", "La", "RGBX", "YCbCr", "LAB", "HSV", "I;16B"])
def test_other_modes_have_no_view(mode):
    image = Image.new(mode, (4, 3))
    assert memory.view(image) is None
    assert_alike(memory.pixels_of(image), np.asarray(image))


def test_bytes_of_somebody_else_are_copied():
    image = Image.fromarray(noise((5, 7)))
    assert image.readonly
    assert memory.view(image) is None
    assert_alike(memory.pixels_of(image), noise((5, 7)))


def test_a_file_mapped_into_memory_is_copied(tmp_path):
    with Image.open(saved(tmp_path / "a.pgm", noise((50, 70)))) as image:
        image.load()
        assert image.map is not None
        assert memory.view(image) is None
        assert_alike(memory.pixels_of(image), noise((50, 70)))


def test_an_image_in_several_pieces_is_copied(monkeypatch):
    core.set_block_size(4096)
    try:
        image, pixels = _image("RGB", 301, 257)
    finally:
        memory.in_one_piece()
    assert memory.view(image) is None
    assert_alike(memory.pixels_of(image), pixels)


def test_rows_with_padding_are_copied():
    core.set_alignment(64)
    try:
        image, pixels = _image("RGB", 13, 31)
        assert memory.view(image) is None
        assert memory.new("RGB", (31, 13)) is None
        assert_alike(memory.pixels_of(image), pixels)
    finally:
        core.set_alignment(1)


@pytest.mark.parametrize("field", ["length", "offset", "n_children"])
def test_another_description_than_expected_is_not_trusted(field, monkeypatch):
    image, _ = _image("RGB", 13, 31)
    plain = memory._Array

    class Odd:
        @staticmethod
        def from_address(address):
            array = plain.from_address(address)
            odd = plain(*(getattr(array, name) for name, _ in plain._fields_))
            setattr(odd, field, getattr(odd, field) + 1)
            return odd

    monkeypatch.setattr(memory, "_Array", Odd)
    assert memory.view(image) is None


@pytest.mark.parametrize("missing", ["__arrow_c_array__", "get_alignment"])
def test_a_pillow_without_it_is_no_fault(missing, monkeypatch):
    class Old:
        readonly, mode, size, width, height = 0, "L", (7, 5), 7, 5
        im = object()

    if missing == "get_alignment":
        monkeypatch.setattr(memory, "core", object())
    memory.in_one_piece()
    assert memory.view(Old()) is None


# ── whole commands ──

KINDS = {
    "grey.png": noise((14, 18)),
    "deep.png": noise((14, 18), "uint16"),
    "colour.png": noise((14, 18, 3)),
    "colour.jpg": noise((14, 18, 3)),
    "both.png": noise((14, 18, 2)),
    "alpha.png": noise((14, 18, 4)),
    "opaque.png": np.dstack([noise((14, 18, 3)), np.full((14, 18), 255, np.uint8)]),
    "alpha.webp": noise((14, 18, 4)),
    "whole.tif": noise((14, 18), "int32"),
    "floats.tif": noise((14, 18), "float32"),
    "inks.tif": noise((14, 18, 4), seed=3),
}


@pytest.mark.parametrize("options", [{}, {"gray": True}, {"alpha": "drop"}, {"stride": 2}], ids=str)
@pytest.mark.parametrize("kernel", ["gaussian-3", "sobel-x"])
@pytest.mark.parametrize("name", KINDS)
def test_shared_and_copied_memory_give_the_same_file(tmp_path, monkeypatch, name, kernel, options):
    source = saved(tmp_path / name, KINDS[name], "CMYK" if name == "inks.tif" else None)
    shared = apply(source, f"{tmp_path}/shared.{name}", kernel, border="edge", **options)
    monkeypatch.setattr(memory, "_place", lambda _: None)
    copied = apply(source, f"{tmp_path}/copied.{name}", kernel, border="edge", **options)
    assert_alike(pixels_of(shared.output), pixels_of(copied.output))
    with open(shared.output, "rb") as one, open(copied.output, "rb") as other:
        assert one.read() == other.read()
    assert shared.result.statistics == copied.result.statistics


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_pictures_are_the_same_too(tmp_path, monkeypatch, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = saved(tmp_path / "a.jpg", noise((14, 18, 3)), exif=exif)
    shared = apply(source, tmp_path / "b.png")
    monkeypatch.setattr(memory, "_place", lambda _: None)
    copied = apply(source, tmp_path / "c.png")
    assert_alike(pixels_of(shared.output), pixels_of(copied.output))
