"""Frames as they are written: no pixel of one in another, times and plays as they were, or a note."""

import io
import itertools

import animations as drawn
import numpy as np
import pytest
from animations import (
    CLEAR,
    EXACT,
    KEEP,
    RESTORE,
    UNTOLD,
    Drawn,
    images_of,
    moving,
    read,
    same,
    timing_of,
    written,
)
from pictures import noise
from PIL import Image

from convfilter.images.formats import BY_NAME
from convfilter.images.frames.reading import Timing
from convfilter.images.frames.saving import save_frames, save_single

ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
SUFFIX = {"GIF": "gif", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "TIFF": "tif"}


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_frames_come_back_as_they_were(form, clear):
    frames = moving(clear=clear)
    images = images_of(frames, "RGBA" if clear else "RGB")
    content, notes = written(images, form, timing_of(5))
    back = read(content)
    assert same([drawn.rgba(image) for image in back], frames)
    assert {image.mode for image in back} == {images[0].mode}
    assert back.count == 5
    if form != "TIFF":
        assert back.timing.durations_ms == (100,) * 5
        assert not notes


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_pillow_composites_them_alike(form, clear):
    frames = moving(clear=clear)
    content, _ = written(images_of(frames, "RGBA" if clear else "RGB"), form, timing_of(5))
    assert same(drawn.by_pillow(content), frames)


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("program", [drawn.by_imagemagick, drawn.by_ffmpeg])
@pytest.mark.parametrize("form", ["GIF", "PNG"])
def test_other_programs_composite_them_alike(form, program, clear, tmp_path):
    frames = moving(clear=clear)
    path = tmp_path / f"a.{SUFFIX[form]}"
    content, _ = written(images_of(frames, "RGBA" if clear else "RGB"), form, timing_of(5))
    path.write_bytes(content)
    if form == "PNG" and program is drawn.by_imagemagick:
        pytest.skip("ImageMagick reads no APNG")
    found = program(path)
    if found is None:
        pytest.skip("the program is not installed")
    found = np.frombuffer(found, np.uint8).reshape(-1, 20, 24, 4)
    assert same([drawn.black_where_clear(frame) for frame in found], frames)


@pytest.mark.parametrize("disposals", list(itertools.product(range(4), repeat=3)))
@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_opaque_frames_keep_what_becomes_of_them(form, disposals):
    frames = moving(clear=False)[1:]
    disposals = (*disposals, KEEP)
    content, _ = written(images_of(frames, "RGB"), form, timing_of(4, disposals=disposals))
    assert same([drawn.rgba(image) for image in read(content)], frames)
    assert same(drawn.by_pillow(content), frames)
    kept = tuple(KEEP if each == UNTOLD else each for each in disposals)
    if form == "WEBP":
        kept = tuple(CLEAR if each == RESTORE else each for each in kept)
    assert read(content).timing.disposals == kept


@pytest.mark.parametrize("disposals", list(itertools.product((KEEP, CLEAR, RESTORE), repeat=3)))
@pytest.mark.parametrize("target", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("source", ["GIF", "PNG"])
def test_partial_frames_of_any_disposal_go_from_format_to_format(source, target, disposals):
    one, two, three, four = drawn.shades(4)
    parts = [Drawn(one, (0, 0), disposals[0]), Drawn(two[:4, :5], (2, 3), disposals[1], 70)]
    parts += [Drawn(three[:3, :6], (4, 0), disposals[2], 20), Drawn(four[2:4], (3, 0), ms=30)]
    make = drawn.gif_bytes if source == "GIF" else drawn.apng_bytes
    first = read(make(parts, plays=3))
    content, notes = written(list(first), target, first.timing)
    back = read(content)
    assert same([drawn.rgba(image) for image in back], drawn.defined(parts))
    assert back.timing.durations_ms == (100, 70, 20, 30)
    assert back.timing.plays == first.timing.plays
    assert not notes


@pytest.mark.parametrize("alpha", [False, True])
def test_avif_frames_keep_their_order_and_nearly_their_colours(alpha):
    levels = (30, 200, 120)
    frames = [np.full((32, 32, 4), (level, 255 - level, 60, 255), np.uint8) for level in levels]
    if alpha:
        for number, frame in enumerate(frames):
            frame[: 8 + 8 * number, :, 3] = 0
    images = images_of(frames, "RGBA" if alpha else "RGB")
    content, notes = written(images, "AVIF", timing_of(3, plays=4), {"quality": 95})
    back = read(content)
    assert [image.mode for image in back] == [images[0].mode] * 3
    found = [np.asarray(image.convert("RGBA")) for image in back]
    assert same([f[28:, :] for f in found], [f[28:, :] for f in frames], 6)
    assert same([f[..., 3] for f in found], [f[..., 3] for f in frames], 6)
    assert (back.timing.durations_ms, back.timing.plays, notes) == ((100,) * 3, 4, [])


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("form", [*ANIMATED, "TIFF"])
def test_frames_that_are_alike_stay_so_many(form, clear):
    frame = moving(clear=clear)[0]
    images = images_of([frame] * 4, "RGBA" if clear else "RGB")
    timing = Timing((100.0, 50.0, 30.0, 200.0), 0, (KEEP,) * 4)
    back = read(written(images, form, timing)[0])
    assert len([*back]) == 4
    if form != "TIFF":
        assert back.timing.durations_ms == timing.durations_ms
    if form != "AVIF":
        assert same([drawn.rgba(image) for image in back], [frame] * 4)


def test_a_default_image_stays_in_png_and_is_left_out_elsewhere():
    frames = moving(clear=False)
    timing = Timing((0.0,) + (100.0,) * 4, 2, (KEEP,) * 5, default_image=True)
    images = images_of(frames, "RGB")
    content, notes = written(images, "PNG", timing)
    back = read(content)
    assert (back.timing, notes) == (timing, [])
    assert same([drawn.rgba(image) for image in back], frames)
    for form in ("GIF", "WEBP"):
        content, notes = written(images, form, timing)
        back = read(content)
        assert same([drawn.rgba(image) for image in back], frames[1:])
        assert (back.timing.durations_ms, back.timing.default_image) == ((100,) * 4, False)
        assert "the first was left out" in notes[0]


def test_frames_of_other_sizes_are_no_animation():
    images = [Image.new("RGB", size) for size in ((4, 5), (4, 6))]
    for form in ANIMATED:
        with pytest.raises(ValueError, match="one size: frame 1 has 6×4, frame 0 5×4"):
            written(images, form, timing_of(2))


def test_frames_of_other_kinds_become_the_one_that_holds_all():
    grey, colour = Image.new("L", (4, 4), 77), Image.new("RGB", (4, 4), (1, 2, 3))
    clear = Image.new("LA", (4, 4), (5, 0))
    cases = (((grey, colour), "RGB"), ((grey, clear), "LA"), ((clear, colour), "RGBA"))
    for images, mode in cases:
        back = read(written(images, "PNG", timing_of(2))[0])
        assert [image.mode for image in back] == [mode] * 2
    with pytest.raises(ValueError, match="of one kind, not I;16, RGB"):
        written([Image.new("I;16", (4, 4)), colour], "PNG", timing_of(2))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png_frames_of_any_mode_come_back(mode):
    random = np.random.default_rng(3)
    images = []
    for _ in range(3):
        values = random.integers(0, 256, (9, 8, 4), dtype=np.uint8)
        image = Image.fromarray(values).convert("RGB" if mode in {"1", "P"} else "RGBA")
        if mode == "I;16":
            image = Image.fromarray(values[..., 0].astype(np.uint16) * 257)
        images.append(image if mode == "I;16" else image.convert(mode))
    if mode == "P":
        images = [images[0], images[0].transpose(Image.Transpose.ROTATE_180)]
    back = read(written(images, "PNG", timing_of(len(images)))[0])
    for found, wanted in zip(back, images, strict=True):
        assert np.array_equal(found, np.asarray(wanted.convert(found.mode)))


def test_what_belongs_to_the_file_is_written_once():
    images = images_of(moving(clear=False), "RGB")
    options = {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", "icc_profile": b"profile" * 30}
    for form in ("PNG", "WEBP"):
        content, _ = written(images, form, timing_of(5), {**EXACT[form], **options})
        with drawn.opened(content) as image:
            assert image.info["icc_profile"] == options["icc_profile"]
            assert image.info["exif"].endswith(options["exif"][6:])
        assert content.count(b"profile" if form == "WEBP" else b"iCCP") == (
            30 if form == "WEBP" else 1
        )
        assert same([drawn.rgba(image) for image in read(content)], moving(clear=False))
    content, _ = written(images, "GIF", timing_of(5), {"comment": b"a word" * 60})
    with drawn.opened(content) as image:
        assert image.info["comment"] == b"a word" * 60


def test_a_single_picture_is_a_gif_without_times():
    image = images_of(moving(clear=True), "RGBA")[0]
    file = io.BytesIO()
    assert save_single(image, file, {"comment": "word"}) == []
    back = read(file.getvalue())
    assert back.timing == Timing((0,), 1, (CLEAR,))
    assert b"NETSCAPE" not in file.getvalue()
    assert same([drawn.rgba(each) for each in back], moving(clear=True)[:1])


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_half_transparent_frames_come_back_as_they_were(form):
    frames = drawn.shades(2, size=(12, 10))
    random = np.random.default_rng(4)
    for frame in frames:
        frame[..., 3] = random.choice([0, 1, 100, 254, 255], (12, 10))
    frames = [frames[0], frames[1], frames[1], frames[0]]
    frames[2] = frames[2].copy()
    frames[2][3:5, 4:9, 3] = 0
    content, notes = written(images_of(frames, "RGBA"), form, timing_of(4))
    assert np.array_equal([np.asarray(image) for image in read(content)], frames)
    assert same(drawn.by_pillow(content), [drawn.black_where_clear(frame) for frame in frames])
    assert not notes


def test_frames_with_palettes_of_their_own_keep_their_colours():
    images = [image.quantize(20) for image in images_of(drawn.shades(3, size=(8, 8)), "RGB")]
    back = read(written(images, "PNG", timing_of(3))[0])
    assert same([drawn.rgba(a) for a in back], [drawn.rgba(image) for image in images])


def test_a_gif_of_drawings_leaves_out_what_stays():
    # words on paper: two lines change, at the top and at the bottom, so that the box is the whole
    paper = noise((200, 300), seed=1) // 32 * 32
    frames = []
    for number in range(6):
        frame = np.dstack([paper] * 3)
        frame[[0, -1], number * 10 : number * 10 + 10] = (200, 30, 30)
        frames.append(Image.fromarray(frame))
    whole = len(_gif([frames[0]])) * len(frames)
    written = _gif(frames)
    assert len(written) < whole / 4
    with Image.open(io.BytesIO(written)) as image:
        for number, frame in enumerate(frames):
            image.seek(number)
            assert np.array_equal(image.convert("RGB"), frame), number


def _gif(frames):
    file = io.BytesIO()
    timing = Timing((100.0,) * len(frames), 0, (1,) * len(frames))
    save_frames(frames, timing, file, BY_NAME["GIF"], {})
    return file.getvalue()
