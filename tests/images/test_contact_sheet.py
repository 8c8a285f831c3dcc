"""Contact sheets: where tiles stand, what is written below them, weights as squares."""

import numpy as np
import pytest
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.contact_sheet import Card, Layout, Section, draw_sheet, kernel_thumb
from convfilter.images.display import (
    amplification,
    amplified,
    eight_bits,
    fitted,
    over_checker,
    shown,
    times_of,
)
from convfilter.images.lettering import cut, in_font, width_of, wrapped
from convfilter.images.picture import Picture

RED, BLUE = [220, 80, 60, 255], [70, 110, 220, 255]
LAYOUT = Layout((200, 120), 0, "light")


def card(name="sharpen", size=(200, 120), colour=(1, 2, 3), **fields):
    return Card(Image.new("RGB", size, colour), name, ("3×3 → 5×7",), **fields)


def sheet_of(cards, layout=LAYOUT, most=10**7):
    return draw_sheet("flower.jpg", "about", [Section("", cards)], layout, most)


def test_every_card_has_a_place_of_its_own_with_its_picture():
    cards = [card(colour=(10 * n, 0, 9)) for n in range(7)]
    made = sheet_of(cards)
    pixels = made.picture.pixels
    assert len(set(made.places)) == 7
    for number, (left, top) in enumerate(made.places):
        tile = pixels[top : top + 120, left : left + 200]
        assert (tile == (10 * number, 0, 9)).all()


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_as_many_columns_as_asked_for(columns):
    places = sheet_of([card() for _ in range(5)], LAYOUT._replace(columns=columns)).places
    assert len({left for left, _ in places}) == columns
    assert len({top for _, top in places}) == -(-5 // columns)


def test_a_smaller_picture_stands_in_the_middle_of_its_box():
    (left, top), (other_left, other_top) = sheet_of([card(), card(size=(100, 60))]).places
    assert (other_top - top, (other_left - left) % (200 + 22)) == (30, 50)


def test_the_ground_is_light_or_dark_and_the_words_the_other_way_round():
    for theme, dark in (("light", False), ("dark", True)):
        pixels = sheet_of([card()], LAYOUT._replace(theme=theme)).picture.pixels
        assert (pixels[0, 0].max() < 64) == dark
        words = pixels[28:52, 28:140].reshape(-1, 3).mean(axis=1)
        assert words.max() > 200 if dark else words.min() < 64


def test_long_names_and_faults_stay_in_their_cells():
    long = "gaussian:sigma=2.25,size=15,stride=2 then sobel:border=edge then " + "x" * 400
    fault = Card(None, long, (), (), "no kernel named " + "y" * 900)
    made = sheet_of([fault, card()], LAYOUT._replace(columns=2))
    (left, top), (other, _) = made.places
    gap = made.picture.pixels[top:, left + 200 : other]
    assert (gap == made.picture.pixels[0, 0]).all()


def test_weights_of_several_kernels_stand_above_the_words_however_narrow_the_tile():
    planes = (np.full((3, 3, 4), 255, np.uint8),)
    cards = [card("a then b then c", (60, 400), kernels=(planes,) * 3)]
    made = sheet_of(cards, Layout((60, 400), 1, "light"))
    assert made.picture.shape[1] == 176 + 2 * 28


def test_a_sheet_that_is_too_large_is_refused_with_its_size():
    with pytest.raises(PictureError, match=r"the sheet would have \d+×\d+ = \d+ pixels.*--tile"):
        sheet_of([card()], most=1000)


def test_weights_are_squares_with_lines_between_them():
    plane = np.uint8([[RED, BLUE]])
    thumb = np.asarray(kernel_thumb([plane], 44))
    middle = thumb[21]
    assert middle[5].tolist() == RED
    assert middle[38].tolist() == BLUE
    assert middle[21].tolist()[3] == 0
    assert not thumb[2].any()


def test_planes_of_a_kernel_stand_in_a_grid_the_first_sixteen():
    planes = [np.full((3, 3, 4), 10 * n + 5, np.uint8) for n in range(20)]
    thumb = np.asarray(kernel_thumb(planes, 44))
    values = {tuple(pixel) for pixel in thumb.reshape(-1, 4).tolist() if pixel[3]}
    assert len(values) == 16


def test_large_kernels_are_shrunk_into_their_square():
    thumb = kernel_thumb([np.full((1, 301, 4), 200, np.uint8)], 44)
    assert thumb.size == (44, 44)
    assert np.asarray(thumb)[:, :, 3].any()


@pytest.mark.parametrize("shape", [(459, 612), (9, 9), (70, 3), (3, 1)])
def test_pictures_keep_their_proportions_and_fit_their_box(shape):
    image = Image.new("RGB", shape[::-1])
    made = fitted(image, (100, 80), times_of(image.size, (100, 80)))
    assert made.width <= 100
    assert made.height <= 80
    assert abs(made.width * shape[0] - made.height * shape[1]) <= max(shape)


def test_tiny_pictures_become_squares_of_whole_pixels_and_others_are_never_enlarged():
    tiny = Image.fromarray(np.uint8([[1, 2, 3]]))
    made = np.asarray(fitted(tiny, (10, 10), times_of(tiny.size, (10, 10))))
    assert made.tolist() == [[1, 1, 1, 2, 2, 2, 3, 3, 3]] * 3
    assert fitted(Image.new("L", (65, 65)), (500, 500)).size == (65, 65)


def test_a_flat_picture_stays_flat_when_it_is_shrunk():
    step = np.zeros((300, 300), np.uint8)
    step[:, 150:] = 200
    made = np.asarray(fitted(Image.fromarray(step), (60, 60)))
    assert (made.min(), made.max()) == (0, 200)


def test_kinds_of_pixels_are_shown_in_eight_bits():
    deep = Picture(np.uint16([[0, 257, 65535]]))
    assert np.asarray(shown(deep))[0, :, 0].tolist() == [0, 1, 255]
    floats = Picture(np.float32([[-1, 0.5, 2, np.nan]]))
    assert np.asarray(shown(floats))[0, :, 1].tolist() == [0, 128, 255, 0]
    whole = Picture(np.int32([[-5, 0, 5]]))
    assert np.asarray(shown(whole))[0, :, 2].tolist() == [0, 128, 255]
    maps = Picture(np.uint8([[[1, 2, 3, 4, 5]]]))
    assert shown(maps).size == (5, 3)
    inks = Picture(np.uint8([[[0, 0, 0, 0], [0, 0, 0, 255]]]), cmyk=True)
    assert np.asarray(shown(inks)).tolist() == [[[255] * 3, [0] * 3]]
    clear = Picture(np.uint8([[7, 9]]), np.uint8([[0, 255]]))
    assert np.asarray(shown(clear)).tolist() == [[[7, 7, 7, 0], [9, 9, 9, 255]]]


@pytest.mark.parametrize(("dtype", "top"), [("uint8", 255), ("uint16", 65535), ("float32", 1)])
def test_dark_pictures_are_amplified_until_their_usual_values_are_bright(dtype, top):
    numbers = np.full((20, 30), top / 9).astype(dtype)
    numbers[0, 0] = top  # one of 600
    assert amplification(numbers) == 8
    made = amplified(Picture(numbers), 8).pixels
    assert made.dtype == dtype
    assert made[0, 0] == top
    assert made[5, 5] == 8 * numbers[5, 5]
    assert amplification(numbers * np.dtype(dtype).type(3)) == 1  # a third of white is seen
    assert amplification(np.zeros_like(numbers)) == 1


def test_infinities_and_flat_numbers_can_be_stretched():
    assert eight_bits(np.float32([3, 3]), stretched=True).tolist() == [0, 0]
    assert eight_bits(np.float32([np.inf, 0, 4]), stretched=True).tolist() == [0, 0, 255]


def test_what_can_be_seen_through_stands_before_squares():
    clear = Image.new("RGBA", (16, 8), (255, 0, 0, 0))
    pixels = np.asarray(over_checker(clear))
    assert pixels[0, 0].tolist() == [236] * 3
    assert pixels[0, 15].tolist() == [204] * 3


def test_signs_that_the_font_lacks_are_spelt():
    assert in_font("Σ 3×3 → 5 − 1") == "sum 3x3 -> 5 - 1"
    assert in_font("naïve_漢.png") == "naive_?.png"


def test_texts_are_cut_in_the_middle_and_wrapped_behind_commas():
    short = cut("a" * 50 + "b" * 50, 14, 100)
    assert short[0] == "a"
    assert short[-1] == "b"
    assert width_of(short, 14) <= 100
    lines = wrapped("motion:length=15,angle=30", 14, 120, 3)
    assert lines == ["motion:length=15,", "angle=30"]
    assert len(wrapped("word " * 100, 12, 100, 3)) == 3
