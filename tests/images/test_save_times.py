"""Times and plays of what is written: as they were, or a note."""

import itertools

import animations as drawn
import pytest
from animations import KEEP, images_of, moving, read, same, timing_of, written

from convfilter.images.frames.reading import Timing, pages_timing

ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")


@pytest.mark.parametrize("plays", [0, 1, 2, 3, 1000])
@pytest.mark.parametrize(("source", "target"), list(itertools.product(ANIMATED, repeat=2)))
def test_plays_stay_from_any_format_to_any(source, target, plays):
    images = images_of(moving(clear=False), "RGB")
    first = read(written(images, source, timing_of(5, plays=plays))[0])
    assert first.timing.plays == plays
    content, notes = written(images, target, first.timing)
    assert (read(content).timing.plays, notes) == (plays, [])


def test_more_plays_than_a_format_counts_are_said():
    images = images_of(moving(clear=False), "RGB")
    for form, most in (("GIF", 65536), ("WEBP", 65535)):
        content, notes = written(images, form, timing_of(5, plays=70_000))
        assert read(content).timing.plays == most
        assert notes == [f"{form} plays {most:,} times at most, and so this does"]


def test_pillow_reads_the_same_times():
    images = images_of(moving(clear=True), "RGBA")
    durations = (100, 0, 30, 500, 70)
    timing = Timing(tuple(map(float, durations)), 3, (KEEP,) * 5)
    for form, loop in (("GIF", 2), ("PNG", 3), ("WEBP", 3)):
        with drawn.opened(written(images, form, timing)[0]) as image:
            assert (image.n_frames, image.info["loop"]) == (5, loop)
            found = []
            for number in range(5):
                image.seek(number)
                image.load()
                found.append(image.info.get("duration", 0))
            assert found == pytest.approx(durations)


@pytest.mark.parametrize(
    ("durations", "told"),
    [
        ((33.3, 33.3, 33.4, 40.0), (30, 40, 30, 40)),
        ((16.0,) * 3, (20, 20, 20)),
        ((1000 / 60,) * 3 + (500.5,), (20, 20, 20, 490)),
        ((5.0, 4.0, 0.0, 10.0), (10, 10, 0, 10)),
        ((25.0,) * 4, (30, 20, 30, 20)),
        ((0.0,) * 4, (0,) * 4),
    ],
)
def test_gif_rounds_times_to_its_steps_without_drifting(durations, told):
    images = images_of(moving(clear=False)[: len(durations)], "RGB")
    content, notes = written(images, "GIF", Timing(durations, 0, (KEEP,) * len(durations)))
    assert read(content).timing.durations_ms == told
    assert bool(notes) == (durations != told)


def test_the_note_on_rounding_says_how_many_and_what_became_of_the_sum():
    images = images_of(moving(clear=False)[:3], "RGB")
    timing = Timing((33.3, 33.3, 40.0), 1, (KEEP,) * 3)
    assert written(images, "GIF", timing)[1] == [
        "GIF tells times in steps of 10 ms: rounded 2 of 3, 0.1066 s in all became 0.11 s"
    ]
    timing = Timing((33.5, 66.5, 40.0), 1, (KEEP,) * 3)
    for form in ("WEBP", "AVIF"):
        name = {"WEBP": "WebP"}.get(form, form)
        assert written(images, form, timing)[1] == [
            f"{name} tells times in steps of 1 ms: rounded 2 of 3, 0.14 s in all stay"
        ]
    assert written(images, "PNG", timing)[1] == []


def test_sixtieths_of_a_second_stay_exact_in_png():
    images = images_of(moving(clear=False), "RGB")
    timing = Timing((1000 / 60, 1001 / 30, 0.0, 65535.0, 90_000.0), 1, (KEEP,) * 5)
    assert read(written(images, "PNG", timing)[0]).timing.durations_ms == pytest.approx(
        timing.durations_ms, rel=1e-9
    )


def test_frames_shown_for_longer_than_a_format_can_tell_are_said():
    images = images_of(moving(clear=False)[:2], "RGB")
    content, notes = written(images, "GIF", timing_of(2, ms=700_000.0))
    assert read(content).timing.durations_ms == (655_350,) * 2
    assert notes == ["GIF shows a frame for 655.35 s at most: longer ones were cut"]


@pytest.mark.parametrize("form", ANIMATED)
def test_one_frame_is_an_animation_too(form):
    images = images_of(moving(clear=False)[:1], "RGB")
    content, notes = written(images, form, timing_of(1, ms=250.0, plays=3))
    back = read(content)
    if form == "AVIF":
        assert notes == ["a single AVIF frame has no time"]
        assert back.count == 1
        return
    assert back.timing == Timing((250,), 3, (KEEP,))
    assert same([drawn.rgba(image) for image in back], moving(clear=False)[:1])


def test_pages_become_an_animation_of_a_second_each():
    frames = moving(clear=False)
    content, notes = written(images_of(frames, "RGB"), "GIF", pages_timing(5))
    assert read(content).timing == Timing((1000,) * 5, 0, (KEEP,) * 5)
    assert notes == ["pages have no times: each is shown for 1 s, for ever"]


def test_three_hundred_frames_of_a_gif_keep_everything():
    ground = drawn.shades(1, size=(30, 310))[0]
    frames = []
    for number in range(300):
        frame = ground.copy()
        frame[number % 27 : number % 27 + 3, number : number + 3] = (255, 0, number % 256, 255)
        frames.append(frame)
    durations = tuple(float(10 * (number % 7)) for number in range(300))
    timing = Timing(durations, 0, (KEEP,) * 300)
    content, notes = written(images_of(frames, "RGB"), "GIF", timing)
    back = read(content)
    assert same([drawn.rgba(image) for image in back], frames)
    assert (back.timing, notes) == (timing, [])
    assert len(content) < 300 * 1200
    assert same(drawn.by_pillow(content), frames)
