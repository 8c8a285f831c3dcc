"""Weights as a picture of the page: every number in its cell, warm and cool, never more than can be read."""

import re

import numpy as np
import pytest

from convfilter import load_kernel
from convfilter.core.spec import Spec
from convfilter.report.page.drawing import kernel_cards, number_texts


def cards(*specs, **options):
    return kernel_cards(tuple((load_kernel(spec), Spec(**options)) for spec in specs))


def cells(drawn):
    """(x, y, class, text) of every cell with a number."""
    found = re.findall(
        r"<rect x='(\d+)' y='(\d+)' [^>]*class='(\w+)'[^>]*/><text [^>]*>([^<]*)<", drawn
    )
    return [(int(x) // 40, int(y) // 40, kind, text) for x, y, kind, text in found]


def test_every_weight_stands_in_its_cell():
    assert cells(cards("1 -2 0; 30 4 -5")) == [
        (0, 0, "positive", "1"), (1, 0, "negative", "−2"), (2, 0, "nothing", "0"),
        (0, 1, "positive", "30"), (1, 1, "positive", "4"), (2, 1, "negative", "−5"),
    ]  # fmt: skip


def test_the_name_and_what_is_done_with_it_are_told():
    drawn = cards("gaussian-5", flip=True)
    assert "<h3>gaussian-5</h3><p>5×5, flipped (convolution)</p>" in drawn
    assert "weights divided by 256" in drawn
    assert "aria-label='weights of 5×5: 1 4 6 4 1; 4 16 24" in drawn
    assert "gaussian(sigma=2, size=auto)" in cards("gaussian:sigma=2")


def test_steps_and_members_are_drawn_one_by_one():
    drawn = cards("gaussian-3", "sobel")
    assert re.findall(r"step (\d)", drawn) == ["1", "2"]
    assert drawn.count("<svg") == 3
    assert "kernel 2: sobel-y" in drawn
    assert "step" not in cards("sobel")


def test_a_large_kernel_has_colours_and_no_numbers():
    drawn = cards("gabor")
    assert "<text" not in drawn
    assert "viewBox='0 0 49 49'" in drawn
    assert "full colour ±" in drawn
    shades = re.findall(r"class='(\w+)' fill-opacity='([\d.]+)'", drawn)
    assert {kind for kind, _ in shades} == {"positive", "negative"}
    assert {float(opacity) for _, opacity in shades} >= {0.02, 1.0}


def test_cells_without_numbers_are_where_the_weights_are():
    plane = np.zeros((10, 12))
    plane[3, 7], plane[9, 0] = 2, -1
    rows = "; ".join(" ".join(f"{w:g}" for w in row) for row in plane)
    drawn = cards(rows)
    assert "<path class='positive' fill-opacity='1' d='M7 3h1v1h-1z'/>" in drawn
    assert "<path class='negative' fill-opacity='0.5' d='M0 9h1v1h-1z'/>" in drawn


def test_a_huge_kernel_is_drawn_in_blocks():
    drawn = cards("gaussian:sigma=300,size=1001")
    assert "viewBox='0 0 49 49'" in drawn
    assert "a cell is the largest of up to 21×21 weights" in drawn
    assert len(drawn) < 60_000


def test_of_a_bank_the_first_tables_are_drawn():
    drawn = cards("gabor-bank")
    assert drawn.count("<svg") == 24
    assert "and 24 more tables" in drawn
    assert len(drawn) < 400_000


@pytest.mark.parametrize(
    ("plane", "texts"),
    [
        ([[0.125, -0.25]], [["0.125", "-0.25"]]),
        ([[1 / 3, -1e-5]], [["0.3333", "0"]]),
        ([[12345.6, 1]], [["12346", "1"]]),
        ([[-12345.6, 1]], [["-12346", "1"]]),
        ([[1e7, 1.5]], [["1e+07", "1.5"]]),
        ([[123456789, 1.5]], []),
        ([[0, 0]], [["0", "0"]]),
        ([[1] * 10], []),
    ],
)  # fmt: skip
def test_numbers_are_as_short_as_they_fit(plane, texts):
    assert number_texts(np.array(plane)) == texts


def test_rounded_numbers_are_said_to_be():
    assert "rounded" in cards("unsharp")
    assert "rounded" not in cards("0.125 -0.25; 0.5 1")
    assert "rounded" not in cards("sharpen")


def test_names_are_escaped(tmp_path):
    path = tmp_path / "a<b>&'.csv"
    path.write_text("1,2\n3,4\n")
    drawn = cards(str(path))
    assert "<b>" not in drawn
    assert "a&lt;b&gt;&amp;&#x27;" in drawn
