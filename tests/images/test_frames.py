"""Frames as they are read: each as its format defines it, the same every time, damage told by number."""

import io
import itertools

import animations as drawn
import numpy as np
import pytest
from animations import CLEAR, KEEP, RESTORE, UNTOLD, Drawn
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.frames.reading import Frames, Timing, frame_count, pages_timing

DISPOSALS = (UNTOLD, KEEP, CLEAR, RESTORE)


def frames_of(content, label="picture"):
    return Frames(drawn.opened(content), label)


def pictures(frames):
    return [drawn.rgba(image) for image in frames]


def equal(found, wanted):
    return len(found) == len(wanted) and all(map(np.array_equal, found, wanted))


def holes(pixels, seed=5):
    pixels = pixels.copy()
    pixels[np.random.default_rng(seed).random(pixels.shape[:2]) < 0.3] = 0
    return pixels


def four_parts(disposals, *, first_has_holes):
    """A whole frame, a part with holes, one without, and holes over everything."""
    one, two, three, four = drawn.shades(4, seed=sum(disposals))
    return [
        Drawn(holes(one, 1) if first_has_holes else one, (0, 0), disposals[0]),
        Drawn(holes(two[:4, :5]), (2, 3), disposals[1], 70),
        Drawn(three[:3, :6], (4, 0), disposals[2], 0),
        Drawn(holes(four), ms=30),
    ]


def encoded(images, form, timing, **options):
    return drawn.written(images, form, timing, options)[0]


def some_images(count=3, mode="RGB", size=(16, 16)):
    return [Image.fromarray(each).convert(mode) for each in drawn.shades(count, size=size)]


def timing_of(count, ms=100.0, plays=1):
    return Timing((ms,) * count, plays, (KEEP,) * count)


@pytest.mark.parametrize("first_has_holes", [False, True])
@pytest.mark.parametrize("disposals", list(itertools.product(DISPOSALS, repeat=3)))
def test_gif_frames_are_what_the_parts_make_of_each_other(disposals, first_has_holes):
    parts = four_parts(disposals, first_has_holes=first_has_holes)
    for tables, interlaced in (("local", False), ("global", True)):
        content = drawn.gif_bytes(parts, tables=tables, interlaced=interlaced)
        frames = frames_of(content)
        assert equal(pictures(frames), drawn.defined(parts))
        assert frames.timing.durations_ms == (100, 70, 0, 30)
        assert frames.timing.disposals == (*disposals, KEEP)


@pytest.mark.parametrize("first_blends", [False, True])
@pytest.mark.parametrize("second_blends", [False, True])
@pytest.mark.parametrize("disposals", list(itertools.product((KEEP, CLEAR, RESTORE), repeat=3)))
def test_apng_frames_are_what_the_parts_make_of_each_other(disposals, first_blends, second_blends):
    parts = four_parts(disposals, first_has_holes=True)
    parts[0] = parts[0]._replace(blends=first_blends)
    parts[1] = parts[1]._replace(blends=second_blends)
    parts[3] = parts[3]._replace(blends=not second_blends)
    frames = frames_of(drawn.apng_bytes(parts))
    assert equal(pictures(frames), drawn.defined(parts))
    assert frames.timing.disposals == (*disposals, KEEP)


def test_half_transparent_apng_parts_are_laid_over_as_light_is():
    below = np.full((4, 4, 4), (200, 100, 0, 128), np.uint8)
    above = np.full((4, 4, 4), (0, 100, 200, 128), np.uint8)
    parts = [Drawn(below, blends=False), Drawn(above)]
    _, found = frames_of(drawn.apng_bytes(parts, (4, 4)))
    alpha = 128 + 128 * (1 - 128 / 255)
    share = 128 / alpha
    wanted = [200 * (1 - share), 100, 200 * share, alpha]
    assert np.abs(np.asarray(found)[0, 0] - wanted).max() <= 1


def test_a_first_part_smaller_than_the_canvas_leaves_the_rest_clear():
    one, two = drawn.shades(2)
    parts = [Drawn(one[:3, :4], (2, 1)), Drawn(two[:2, :2])]
    for content in (drawn.gif_bytes(parts), drawn.gif_bytes(parts, tables="global")):
        frames = list(frames_of(content))
        assert [image.mode for image in frames] == ["RGBA"] * 2
        assert equal(pictures(frames), drawn.defined(parts))


def test_what_sticks_out_of_the_canvas_is_cut_off():
    one, two = drawn.shades(2)
    parts = [Drawn(one), Drawn(two[:4, :4], (5, 7))]
    assert equal(pictures(frames_of(drawn.gif_bytes(parts))), drawn.defined(parts))


def test_a_part_larger_than_the_whole_picture_is_refused_before_it_is_decoded():
    one, two = drawn.shades(2)
    content = drawn.gif_bytes([Drawn(one), Drawn(two[:1, :1])])
    place = b",\0\0\0\0\1\0\1\0"
    assert content.count(place) == 1
    content = content.replace(place, b",\0\0\0\0\xff\xff\xff\xff")
    with pytest.raises(PictureError, match=r"picture: frame 1: .*larger than the whole picture"):
        list(frames_of(content))


@pytest.mark.parametrize("form", ["gif", "png"])
def test_every_frame_has_one_kind_of_pixels(form):
    one, two, three = drawn.shades(3)
    make = drawn.gif_bytes if form == "gif" else drawn.apng_bytes
    opaque = [Drawn(one), Drawn(two[:3, :3], (1, 1)), Drawn(three)]
    unchanged_left_out = [Drawn(one), Drawn(holes(two)), Drawn(three)]
    cleared = [Drawn(one, disposal=CLEAR), Drawn(two[:3, :3], (1, 1)), Drawn(three)]
    expected = ("RGB", "RGB", "RGBA") if form == "gif" else ("RGBA",) * 3
    for parts, mode in zip((opaque, unchanged_left_out, cleared), expected, strict=True):
        found = list(frames_of(make(parts)))
        assert {image.mode for image in found} == {mode}
        assert equal([drawn.rgba(image) for image in found], drawn.defined(parts))


def test_an_apng_without_alpha_has_it_only_where_something_is_cleared():
    one, two = drawn.shades(2)
    for disposal, mode in ((KEEP, "RGB"), (CLEAR, "RGBA"), (RESTORE, "RGBA")):
        parts = [Drawn(one, disposal=disposal), Drawn(two[:3, :3], (1, 1))]
        frames = frames_of(drawn.apng_bytes(parts, has_alpha=False))
        assert {image.mode for image in frames} == {mode}
        assert equal(pictures(frames), drawn.defined(parts))


def test_a_gif_of_greys_is_grey():
    greys = np.random.default_rng(0).integers(0, 256, (7, 9, 1), dtype=np.uint8)
    pixels = np.concatenate([greys] * 3 + [np.full_like(greys, 255)], axis=2)
    opaque = [Drawn(pixels), Drawn(pixels[:3, ::-1][:, :4], (1, 1))]
    clear = [Drawn(holes(pixels)), *opaque[1:]]
    for parts, mode in ((opaque, "L"), (clear, "LA")):
        frames = frames_of(drawn.gif_bytes(parts))
        assert {image.mode for image in frames} == {mode}
        assert equal(pictures(frames), drawn.defined(parts))


def test_a_grey_gif_frame_without_any_table_is_read_as_greys():
    content = drawn.gif_bytes([Drawn(drawn.shades(1)[0])] * 2, tables="global")
    table = 3 << (content[10] & 7) + 1
    content = content[:10] + b"\0" + content[11:13] + content[13 + table :]
    assert [image.mode for image in frames_of(content)] == ["L", "L"]


@pytest.mark.parametrize("told", [None, 0, 1, 2, 65535])
def test_gif_plays_once_more_than_it_repeats(told):
    parts = [Drawn(each) for each in drawn.shades(2)]
    plays = 1 if told is None else 0 if told == 0 else told + 1
    assert frames_of(drawn.gif_bytes(parts, plays=told)).timing.plays == plays


@pytest.mark.parametrize("plays", [0, 1, 2, 70000])
def test_apng_tells_plays_themselves(plays):
    parts = [Drawn(each) for each in drawn.shades(2)]
    assert frames_of(drawn.apng_bytes(parts, plays=plays)).timing.plays == plays


@pytest.mark.parametrize("delay", [(1, 60), (7, 0), (0, 1000), (65535, 1), (1001, 30000)])
def test_apng_delays_are_fractions_of_a_second(delay):
    parts = [Drawn(each) for each in drawn.shades(2)]
    timing = frames_of(drawn.apng_bytes(parts, delay=delay)).timing
    assert timing.durations_ms == (pytest.approx(1000 * delay[0] / (delay[1] or 100)),) * 2


def test_a_default_image_is_the_first_and_no_ground_for_the_others():
    default, one, two = drawn.shades(3)
    parts = [Drawn(one[:3, :4], (2, 1)), Drawn(two[:2, :2])]
    frames = frames_of(drawn.apng_bytes(parts, default=default, plays=3))
    assert frames.timing == Timing((0, 100, 100), 3, (KEEP,) * 3, default_image=True)
    assert equal(pictures(frames), [default, *drawn.defined(parts)])
    assert np.array_equal(drawn.rgba(frames.frame(0)), default)


def test_frames_of_16_bit_grey_stay_so():
    values = np.arange(63, dtype=np.uint16).reshape(7, 9) * 1000
    images = [Image.fromarray(values), Image.fromarray(values[::-1].copy())]
    frames = frames_of(encoded(images, "PNG", timing_of(2)))
    assert [image.mode for image in frames] == ["I;16"] * 2
    assert all(np.array_equal(a, b) for a, b in zip(frames, images, strict=True))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_second_time_and_one_by_one_frames_are_the_same(form):
    images = some_images(4, "RGBA")
    images[1].putpixel((3, 3), (0, 0, 0, 0))
    frames = frames_of(encoded(images, form, timing_of(4), **options_of(form)))
    first = [np.asarray(image) for image in frames]
    assert frames.count == len(first) == 4
    assert equal([np.asarray(image) for image in frames], first)
    for number in (2, 0, 3, 1):
        assert np.array_equal(frames.frame(number), first[number])
    halfway = iter(frames)
    next(halfway)
    assert np.array_equal(frames.frame(3), first[3])
    assert equal([np.asarray(image) for image in frames], first)


def options_of(form):
    return {"WEBP": {"lossless": True, "exact": True}, "AVIF": {"quality": 100}}.get(form, {})


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_frame_is_its_own_and_outlives_the_next(form):
    frames = frames_of(encoded(some_images(), form, timing_of(3), **options_of(form)))
    kept = list(frames)
    before = [np.array(image) for image in kept]
    kept[0].paste(0, (0, 0, *kept[0].size))
    assert all(np.array_equal(a, b) for a, b in zip(kept[1:], before[1:], strict=True))
    assert equal([np.asarray(image) for image in frames], before)


def test_frames_that_are_not_there_are_refused_by_number():
    frames = frames_of(encoded(some_images(), "GIF", timing_of(3)), "a.gif")
    for number in (-1, 3):
        with pytest.raises(PictureError, match=rf"a.gif: no frame {number}: there are 0 … 2"):
            frames.frame(number)


def test_pages_have_no_times():
    images = some_images()
    assert frames_of(encoded(images, "TIFF", pages_timing(3))).timing == pages_timing(3)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF", "AVIF"])
def test_a_single_picture_is_one_frame(form):
    file = io.BytesIO()
    some_images(1)[0].save(file, form)
    image = drawn.opened(file.getvalue())
    assert frame_count(image) == 1
    frames = Frames(image)
    assert (frames.count, frames.timing.durations_ms) == (1, (0,))
    with drawn.opened(file.getvalue()) as other:
        for _ in range(2):
            assert equal(pictures(frames), [drawn.rgba(other)])


def test_a_preview_behind_a_phones_picture_is_no_frame():
    one, two = some_images(2)
    file = io.BytesIO()
    one.save(file, "MPO", save_all=True, append_images=[two])
    with drawn.opened(file.getvalue()) as image:
        assert (image.format, image.n_frames, frame_count(image)) == ("MPO", 2, 1)
