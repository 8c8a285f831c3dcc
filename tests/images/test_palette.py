"""Pictures as GIF holds them: exact while 256 colours are enough, said where they are not."""

import io

import animations as drawn
import numpy as np
import pytest
from PIL import Image

from convfilter.images.frames.palette import has_clear, palette_notes, to_indexed
from convfilter.images.frames.reading import Frames, Timing
from convfilter.images.frames.saving import save_single


def of_colours(count, *, seed=0, size=(40, 30)):
    """An image (RGB) of exactly so many colours."""
    random = np.random.default_rng(seed)
    table = random.choice(2**24, count, replace=False)
    numbers = np.resize(np.arange(count), size[0] * size[1])
    packed = table[random.permutation(numbers)].reshape(size)
    return Image.fromarray(
        np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=2).astype(np.uint8)
    )


def close_colours(count):
    """Colours that differ in the last bits only, where quantizers merge them."""
    numbers = np.arange(40 * 30).reshape(40, 30) % count
    return Image.fromarray(
        np.stack([128 + numbers % 8, 64 + numbers // 8 % 8, numbers // 64], axis=2).astype(np.uint8)
    )


def gif_of(image):
    file = io.BytesIO()
    notes = save_single(image, file, {})
    return file.getvalue(), notes


def shown(content):
    [frame] = Frames(drawn.opened(content))
    return frame


def with_alpha(image, alpha):
    image = image.convert("RGBA")
    image.putalpha(Image.fromarray(np.broadcast_to(np.uint8(alpha), image.size[::-1]).copy()))
    return image


@pytest.mark.parametrize("count", [1, 2, 3, 16, 17, 128, 255, 256])
@pytest.mark.parametrize("make", [of_colours, close_colours])
def test_pictures_of_256_colours_are_exact(make, count):
    image = make(count)
    content, notes = gif_of(image)
    assert np.array_equal(shown(content).convert("RGB"), image)
    with drawn.opened(content) as back:
        assert np.array_equal(back.convert("RGB"), image)
    assert not notes


@pytest.mark.parametrize("count", [1, 2, 254, 255])
def test_with_clear_pixels_255_colours_are_exact(count):
    image = of_colours(count)
    alpha = np.full((40, 30), 255, np.uint8)
    alpha[5:20, 3:9] = 0
    content, notes = gif_of(with_alpha(image, alpha))
    back = shown(content)
    assert back.mode == "RGBA"
    assert np.array_equal(np.asarray(back)[..., 3], alpha)
    assert np.array_equal(np.asarray(back)[alpha > 0][:, :3], np.asarray(image)[alpha > 0])
    assert not notes


def test_what_cannot_be_seen_takes_no_colour():
    seen, hidden = of_colours(255), of_colours(1200, seed=1)
    mask = np.zeros((40, 30), bool)
    mask[:20] = True
    pixels = np.where(mask[..., np.newaxis], np.asarray(hidden), np.asarray(seen))
    image = with_alpha(Image.fromarray(pixels), np.where(mask, 0, 255))
    content, notes = gif_of(image)
    assert np.array_equal(np.asarray(shown(content))[20:, :, :3], pixels[20:])
    assert not notes


def test_one_colour_more_is_reduced_and_said():
    for image, count in ((of_colours(257), 257), (with_alpha(of_colours(256), CORNER), 256)):
        content, notes = gif_of(image)
        assert notes == [f"GIF holds 256 colours a frame: {count} reduced, without dithering"]
        difference = np.asarray(shown(content).convert("RGB"), int) - np.asarray(
            image.convert("RGB")
        )
        assert 0 < np.abs(difference[1:]).max(axis=2).astype(bool).mean() < 0.05


CORNER = np.where(np.arange(40 * 30).reshape(40, 30) == 0, 0, 255)


def test_a_photograph_keeps_its_colours_nearly_and_gets_no_noise():
    ramp = np.linspace(0, 255, 256)
    red, green = np.meshgrid(ramp, ramp)
    image = Image.fromarray(np.stack([red, green, (red + green) / 2], axis=2).astype(np.uint8))
    content, notes = gif_of(image)
    back = np.asarray(shown(content).convert("RGB"), int)
    assert notes == ["GIF holds 256 colours a frame: 65,536 reduced, without dithering"]
    assert np.abs(back - np.asarray(image)).mean() < 6
    flat = Image.new("RGB", (64, 64), (13, 77, 201))
    image.paste(flat, (40, 40))
    assert len(shown(gif_of(image)[0]).crop((48, 48, 96, 96)).convert("RGB").getcolors()) == 1


@pytest.mark.parametrize(("alpha", "clear"), [(0, True), (127, True), (128, False), (255, False)])
def test_alpha_from_128_on_is_opaque_and_said_if_between(alpha, clear):
    image = with_alpha(of_colours(5), np.where(np.arange(30) < 10, alpha, 255))
    content, notes = gif_of(image)
    found = shown(content)
    assert has_clear(image) == clear == (found.mode == "RGBA")
    if clear:
        assert (np.asarray(found)[:, :10, 3] == 0).all()
        assert (np.asarray(found)[:, 10:, 3] == 255).all()
    said = "GIF holds no half transparency: 400 pixels became opaque from alpha 128 on, clear below"
    assert notes == ([said] if alpha in {127, 128} else [])


def test_a_picture_that_is_clear_all_over_stays_so():
    back = shown(gif_of(with_alpha(of_colours(300), 0))[0])
    assert back.getchannel("A").getextrema() == (0, 0)


def test_all_256_greys_are_exact_and_stay_grey():
    image = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    for each in (image, image.crop((0, 0, 3, 3)), Image.new("L", (5, 5), 7)):
        content, notes = gif_of(each)
        with drawn.opened(content) as back:
            assert back.mode == "L"
            assert np.array_equal(back, each)
        assert shown(content).mode == "L"
        assert np.array_equal(shown(content), each)
        assert not notes


def test_grey_with_transparency_is_exact_up_to_255_greys():
    greys = np.arange(255, dtype=np.uint8).reshape(15, 17)
    image = Image.merge(
        "LA",
        [Image.fromarray(greys), Image.fromarray(np.where(greys == 9, 0, 255).astype(np.uint8))],
    )
    back = np.asarray(shown(gif_of(image)[0]))
    assert np.array_equal(back[..., 1] == 0, greys == 9)
    assert np.array_equal(back[..., 0][greys != 9], greys[greys != 9])


def test_a_spare_colour_is_kept_where_it_costs_nothing():
    assert to_indexed(of_colours(255), spare=True).transparent == 255
    assert to_indexed(of_colours(256), spare=True).transparent is None
    reduced = to_indexed(of_colours(300), spare=True)
    assert (reduced.transparent, len(reduced.table), reduced.reduced) == (255, 768, 300)
    assert to_indexed(of_colours(2)).transparent is None


def test_notes_on_many_frames_are_one():
    frames = [to_indexed(of_colours(count)) for count in (3, 300, 1000)]
    assert palette_notes(frames) == [
        "GIF holds 256 colours a frame: up to 1,000 reduced in 2 of 3 frames, without dithering"
    ]


def test_frames_of_a_gif_have_256_colours_each():
    images = [of_colours(256, seed=n) for n in range(4)]
    content, notes = drawn.written(images, "GIF", Timing((100.0,) * 4, 0, (1,) * 4))
    for found, wanted in zip(drawn.read(content), images, strict=True):
        assert np.array_equal(found, wanted)
    assert not notes


def test_an_opaque_frame_of_256_colours_among_clear_ones_is_exact():
    full = of_colours(256)
    clear = with_alpha(of_colours(4, seed=1), np.where(np.arange(30) < 10, 0, 255))
    images = [full.convert("RGBA"), clear, full.convert("RGBA")]
    content, notes = drawn.written(images, "GIF", drawn.timing_of(3))
    for found, wanted in zip(drawn.read(content), images, strict=True):
        assert np.array_equal(drawn.rgba(found), drawn.rgba(wanted))
    assert not notes
