"""A kernel that slides: where everything stands in each frame, asked of the layout, and a look at pixels."""

import numpy as np
import pytest
from pictures import noise, picture

from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec
from convfilter.core.traces import trace_every
from convfilter.images.drawing import LEVEL, Box, Drawing, Words, drawn, text_width
from convfilter.report import slide as layout
from convfilter.report.slide import Slide, key_shots, shots
from convfilter.report.slide_words import brief

X = picture("1 2 4 2 1; 4 7 3 2 1; 4 5 2 3 1; 2 1 7 8 4; 3 2 4 7 8", np.int32)
WHITE = (255, 255, 255)
K = [[1, 0, 1], [0, 2, 1], [1, 0, 1]]


def slide_of(image, weights, **options):
    steps = ((make_kernel(weights), make_spec(range_policy="float", **options)),)
    return Slide("title", "subtitle", trace_every(image, steps), shaded=image.dtype == np.uint8)


def boxes(shot, *roles):
    return [box for box in shot.drawing.boxes if box.role in roles]


def only(shot, role):
    (box,) = boxes(shot, role)
    return box


def words(shot, role):
    return [each.text for each in shot.drawing.words if each.role == role]


def test_there_is_a_frame_for_each_pixel_and_one_for_the_end():
    made = shots(slide_of(X, K))
    assert len(made) == 3 * 3 + 1
    assert len({(shot.drawing.width, shot.drawing.height) for shot in made}) == 1


def test_the_first_frame_shows_the_course_s_window():
    shot = shots(slide_of(X, K))[0]
    assert [box.text for box in boxes(shot, "tap")] == ["1", "4", "7", "3", "4", "2"]
    assert [box.corner for box in boxes(shot, "tap")] == ["x1", "x1", "x2", "x1", "x1", "x1"]
    assert [box.text for box in boxes(shot, "no tap")] == ["2", "4", "5"]
    assert [box.text for box in boxes(shot, "weight")] == [
        "1",
        "0",
        "1",
        "0",
        "2",
        "1",
        "1",
        "0",
        "1",
    ]
    assert [box.text for box in boxes(shot, "product")] == [
        "1",
        "0",
        "4",
        "0",
        "14",
        "3",
        "4",
        "0",
        "2",
    ]
    assert words(shot, "sum") == ["1 + 4 + 14 + 3 + 4 + 2 = 28"]
    assert words(shot, "pixel") == ["row 0, column 0 of the result:  28"]
    assert only(shot, "current").text == "28"


def test_the_result_fills_up():
    made = shots(slide_of(X, K))
    for number, shot in enumerate(made[:-1]):
        assert len(boxes(shot, "made")) == number
        assert len(boxes(shot, "current")) == 1
        assert len(boxes(shot, "to come")) == 9 - number - 1
        assert all(box.text == "" for box in boxes(shot, "to come"))
    end = made[-1]
    assert sorted(int(box.text) for box in boxes(end, "made")) == [
        13,
        20,
        22,
        22,
        25,
        28,
        28,
        35,
        39,
    ]
    assert boxes(end, "tap", "window", "current") == []
    assert all(box.text == "" for box in boxes(end, "product"))


def test_a_divisor_stands_above_the_kernel_and_in_the_sum():
    shot = shots(slide_of(X, K, normalize="size"))[0]
    assert words(shot, "heading") == ["numbers", "kernel / 9", "products / 9", "result"]
    assert words(shot, "sum") == ["(1 + 4 + 14 + 3 + 4 + 2) / 9 = 28 / 9 = 3.11111"]


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_stride_is_a_jump(stride):
    made = shots(slide_of(noise((8, 8)), [[1, 1], [1, 1]], stride=stride))
    cell = boxes(made[0], "number")[0].width - 1
    columns = len(boxes(made[-1], "made")) ** 0.5
    across = only(made[1], "window").left - only(made[0], "window").left
    down = only(made[int(columns)], "window").top - only(made[0], "window").top
    assert (across, down) == (stride * cell, stride * cell)


def test_dilation_leaves_gaps_between_the_taps():
    shot = shots(slide_of(noise((8, 8)), [[1, 2], [3, 4]], dilation=(2, 3)))[0]
    cell = boxes(shot, "number")[0].width - 1
    taps = boxes(shot, "tap")
    assert sorted({box.left for box in taps}) == [taps[0].left, taps[0].left + 3 * cell]
    assert sorted({box.top for box in taps}) == [taps[0].top, taps[0].top + 2 * cell]
    window = only(shot, "window")
    assert (window.width // cell, window.height // cell) == (4, 3)
    inside = [
        box
        for box in boxes(shot, "number")
        if window.left <= box.left < window.left + window.width - cell
        and window.top <= box.top < window.top + window.height - cell
    ]
    assert len(inside) == 4 * 3 - 4  # the gaps look like any other number


def test_padding_is_a_rim_of_dashes_that_the_window_reaches_into():
    made = shots(slide_of(X, K, padding=(1, 0, 2, 1), border="edge"))
    end = made[-1]
    assert len(boxes(end, "rim")) == 6 * 8 - 5 * 5
    assert all(box.dashed for box in boxes(end, "rim"))
    assert not any(box.dashed for box in boxes(end, "number"))
    first = only(made[0], "window")
    corner = min((box.left, box.top) for box in boxes(end, "rim"))
    assert (first.left + 2, first.top + 2) == corner
    texts = [box.text for box in sorted(boxes(end, "rim"), key=lambda box: (box.top, box.left))]
    assert texts[:8] == ["1", "1", "1", "2", "4", "2", "1", "1"]


def test_no_padding_has_no_rim_and_resize_shows_the_enlarged_picture():
    assert boxes(shots(slide_of(X, K))[0], "rim") == []
    end = shots(slide_of(X, K, padding="same", border="resize"))[-1]
    assert len(boxes(end, "number")) == 7 * 7
    assert boxes(end, "rim") == []


def test_what_happens_to_a_sum_is_said():
    image = np.array([[100, 200, 3]], np.uint8)
    steps = ((make_kernel([[1, 1]], 3), make_spec(scale=4, bias="10", range_policy="clip")),)
    made = shots(Slide("", "", trace_every(image, steps), shaded=True))
    assert words(made[0], "pixel") == [
        "row 0, column 0 of the result:  255    (times 4, plus bias 10 = 410, 410 cut off)"
    ]
    assert words(made[1], "pixel")[0].endswith(
        "(times 4, plus bias 10 = 280.667, 280.667 rounded, 281 cut off)"
    )


def test_levels_have_their_grey_and_ink_that_can_be_read():
    shot = shots(slide_of(np.array([[0, 128, 255]], np.uint8), [[1]]))[-1]
    assert [box.fill for box in boxes(shot, "number")] == [(0,) * 3, (128,) * 3, (255,) * 3]
    for box in boxes(shot, "number"):
        assert abs(box.fill[0] - box.ink[0]) >= 98


def test_the_first_windows_are_looked_at_and_the_rest_is_watched():
    times = [shot.duration_ms for shot in shots(slide_of(noise((8, 8)), [[1]]))]
    assert times[0] == times[1] > times[2] == times[7] > times[8] == times[-2]
    assert times[-1] > times[0]
    assert sum(times) <= 45_000
    assert sum(s.duration_ms for s in shots(slide_of(noise((14, 14)), [[1]]))) <= 50_000


def test_key_frames_are_the_first_ones_one_of_a_later_row_and_the_end():
    made = shots(slide_of(X, K))
    assert key_shots(made, 3) == [made[0], made[1], made[4], made[9]]
    single = shots(slide_of(X, np.ones((5, 5))))
    assert key_shots(single, 1) == single
    assert len(single) == 2


def test_nothing_stands_outside_the_canvas_or_on_something_else():
    for image, weights, options in (
        (X, K, {}),
        (noise((8, 8)), np.ones((5, 5)), {"padding": "same"}),
        (noise((4, 12)), [[1, 2, 3, 4, 5, 6, 7]], {}),
        (noise((12, 3)), [[1], [2], [3], [4], [5], [6], [7]], {}),
        (noise((14, 14)), np.full((3, 3), 0.111), {}),
    ):
        for shot in shots(slide_of(image, weights, **options))[::7]:
            drawing = shot.drawing
            for box in drawing.boxes:
                assert box.left >= 0
                assert box.top >= 0
                assert box.left + box.width <= drawing.width
                assert box.top + box.height <= drawing.height
            for each in drawing.words:
                assert each.left + text_width(each.text, each.size_px) <= drawing.width
                assert each.top < drawing.height
            kernel, result = (
                boxes(shot, "weight", "product"),
                boxes(shot, "made", "current", "to come"),
            )
            numbers = boxes(shot, "number", "rim", "tap", "no tap")
            assert max(b.left + b.width for b in numbers) < min(b.left for b in kernel)
            assert max(b.left + b.width for b in kernel) < min(b.left for b in result)
            lowest = max(b.top + b.height for b in drawing.boxes)
            assert all(
                w.top - w.size_px >= lowest - 4 for w in drawing.words if w.role in ("sum", "pixel")
            )


def test_colours_differ_in_brightness_too():
    def brightness(colour):
        shares = [(part / 255) ** 2.2 for part in colour]
        return 0.2126 * shares[0] + 0.7152 * shares[1] + 0.0722 * shares[2]

    marks = brightness(layout.ORANGE), brightness(layout.BLUE)
    assert (max(marks) + 0.05) / (min(marks) + 0.05) >= 1.2
    for fill in (layout.POSITIVE, layout.NEGATIVE, layout.NOTHING, layout.RIM, layout.EMPTY):
        assert (brightness(fill) + 0.05) / (brightness(layout.INK) + 0.05) >= 7


def test_pixels_change_where_something_moved_and_nowhere_else():
    made = shots(slide_of(X, K))
    before, after = (drawn(made[n].drawing).astype(int) for n in (3, 4))
    changed = (before != after).any(axis=2)
    allowed = np.zeros_like(changed)
    for shot in (made[3], made[4]):
        for box in boxes(shot, "tap", "no tap", "window", "current", "product"):
            allowed[box.top : box.top + box.height, box.left : box.left + box.width] = True
        text_top = min(w.top for w in shot.drawing.words if w.role == "sum") - 30
        allowed[text_top:] = True
    assert changed.any()
    assert not (changed & ~allowed).any()
    current = only(made[4], "current")
    area = np.s_[
        current.top : current.top + current.height, current.left : current.left + current.width
    ]
    assert changed[area].mean() > 0.1


def test_the_window_is_drawn_in_its_colour():
    shot = shots(slide_of(X, K))[0]
    pixels, window = drawn(shot.drawing), only(shot, "window")
    want = [(part + LEVEL // 2) // LEVEL * LEVEL for part in layout.ORANGE]
    assert pixels[window.top + 1, window.left + 1].tolist() == want
    assert pixels[window.top + window.height - 2, window.left + window.width - 2].tolist() == want


def test_a_frame_has_few_enough_colours_for_a_gif():
    for shot in shots(slide_of(noise((8, 8)), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]))[::13]:
        colours = np.unique(drawn(shot.drawing).reshape(-1, 3), axis=0)
        assert len(colours) <= 255


def test_long_numbers_are_made_to_fit():
    wide = Drawing(
        80, 40, (Box("number", 10, 5, 40, 30, WHITE, text="-123456789", size_px=20),), ()
    )
    pixels = drawn(wide)
    assert (pixels[:, :10] == 255).all()
    assert (pixels[:, 50:] == 255).all()
    assert (pixels[:, 10:50] < 128).any()


def test_without_outlines_there_still_are_letters(monkeypatch):
    from convfilter.images import drawing

    for cached in (drawing._font, drawing._has_outlines):
        cached.cache_clear()
    monkeypatch.setattr(drawing.features, "check", lambda _: False)
    try:
        words_only = Drawing(120, 30, (), (Words("sum", 5, 20, "1 + 2 = 3", 16),))
        assert (drawn(words_only) < 128).any()
        box = Box("tap", 0, 0, 40, 30, fill=(255, 255, 255), text="7", corner="x2")
        assert (drawn(Drawing(40, 30, (box,), ())) < 128).any()
    finally:
        monkeypatch.undo()
        for cached in (drawing._font, drawing._has_outlines):
            cached.cache_clear()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (93, "93"),
        (-5, "-5"),
        (0.0398, ".04"),
        (-0.5, "-.50"),
        (3.11111, "3.1"),
        (9.98, "10"),
        (0.0001, ".00"),
    ],
)
def test_numbers_in_cells_are_brief(number, text):
    assert brief(number) == text
