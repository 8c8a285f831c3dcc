"""Before and after: numbers that a person can compute, pixels that lie over each other."""

from math import inf, log10

import numpy as np
import pytest
from pictures import noise, picture

from convfilter.comparison import compare
from convfilter.core.geometry import Axis, Geometry, make_geometry
from convfilter.core.receptive import anchor_of, field_through
from convfilter.core.spec import parse_padding
from convfilter.images.picture import Picture


def compared(before, after, *geometries, alphas=(None, None), **fields):
    pictures = [Picture(p, a, **fields) for p, a in zip((before, after), alphas, strict=True)]
    return compare(*pictures, geometries or [same(before)], "c.png")


def same(pixels):
    return Geometry(*(Axis(size, 1, 1, 1, 0, 0) for size in pixels.shape[:2]))


def test_the_numbers_are_those_of_the_formulas():
    before, after = np.uint8([[10, 20], [30, 40]]), np.uint8([[10, 23], [26, 40]])
    facts = compared(before, after).facts
    assert (facts.mean, facts.largest) == (7 / 4, 4)
    assert facts.psnr == pytest.approx(10 * log10(255**2 / (25 / 4)), abs=1e-12)
    assert facts.size == (2, 2)


def test_equal_pictures_have_no_end_of_decibels():
    facts = compared(*[noise((9, 8, 3))] * 2).facts
    assert (facts.psnr, facts.mean, facts.largest, facts.amplified) == (inf, 0, 0, 1)


def test_black_to_white_is_0_decibels():
    facts = compared(np.zeros((3, 3), np.uint8), np.full((3, 3), 255, np.uint8)).facts
    assert (facts.psnr, facts.largest, facts.amplified) == (0, 255, 1)


def test_16_bits_are_told_in_their_own_levels():
    before = np.uint16([[1000, 2000]])
    facts = compared(before, before + np.uint16(300)).facts
    assert (facts.mean, facts.largest, facts.peak) == (300, 300, 65535)
    assert facts.psnr == pytest.approx(20 * log10(65535 / 300))


def test_floats_are_told_in_shares_or_in_their_own_span():
    facts = compared(np.float32([[0, 0.5]]), np.float32([[0, 0.75]])).facts
    assert (facts.peak, facts.largest, facts.mean) == (1, 0.25, 0.125)
    facts = compared(np.float32([[-100, 300]]), np.float32([[-100, 200]])).facts
    assert (facts.peak, facts.largest) == (400, 100)
    facts = compared(np.int32([[5, 25]]), np.int32([[5, 20]])).facts
    assert (facts.peak, facts.largest) == (20, 5)


def test_pixels_made_of_floats_are_compared_as_shares():
    facts = compared(np.float32([[0, 1]]), np.uint8([[0, 204]])).facts
    assert facts.largest == pytest.approx(0.2)


def test_results_that_are_kept_as_numbers_are_compared_in_the_pictures_levels():
    facts = compared(np.uint8([[7, 200]]), np.float32([[-3, 210.5]])).facts
    assert (facts.mean, facts.largest, facts.peak) == (10.25, 10.5, 255)


def test_what_is_not_finite_is_left_out():
    facts = compared(np.float32([[0, 0.5, 1]]), np.float32([[np.nan, 0.75, np.inf]])).facts
    assert (facts.mean, facts.largest) == (0.25, 0.25)


def test_the_difference_is_amplified_until_its_usual_values_are_bright():
    before = np.zeros((20, 20), np.uint8)
    after = before.copy()
    after[:, ::2] = 9  # 9·28 is under 255: sixteen is the last power of two below
    made = compared(before, after)
    assert made.facts.amplified == 16
    assert made.panels[2].pixels[0, :4].tolist() == [144, 0, 144, 0]
    after[0, 0] = 255  # one pixel in 400 is no usual one
    assert compared(before, after).facts.amplified == 16


def test_difference_is_drawn_by_its_size_whatever_its_sign_in_each_colour():
    before = np.uint8([[[100, 100, 100]]])
    made = compared(before, np.uint8([[[228, 100, 40]]]))
    assert made.panels[2].pixels.tolist() == [[[128, 0, 60]]]


def test_of_inks_and_many_channels_the_largest_difference_is_drawn_in_grey():
    before = np.zeros((1, 1, 4), np.uint8)
    made = compared(before, np.uint8([[[0, 200, 0, 9]]]), cmyk=True)
    assert made.panels[2].pixels.tolist() == [[200]]


@pytest.mark.parametrize("depth", [np.uint8, np.uint16, np.float32])
def test_an_opaque_picture_is_compared_like_one_without_alpha(depth):
    top = 1 if depth is np.float32 else np.iinfo(depth).max
    before, after = (np.array([[5, 9]], depth) / (9 if top == 1 else 1) for _ in range(2))
    before, after = before.astype(depth), (after * 0).astype(depth)
    alpha = np.full((1, 2), top, depth)
    plain = compared(before, after).facts
    assert compared(before, after, alphas=(alpha, alpha)).facts == plain


def test_what_can_be_seen_through_counts_over_black_and_over_white():
    """A white pixel becomes half transparent: over black 127 levels less, over white no change."""
    white = np.uint8([[255]])
    facts = compared(white, white, alphas=(np.uint8([[255]]), np.uint8([[128]]))).facts
    assert (facts.largest, facts.mean) == (127, 63.5)


def test_hidden_colours_make_no_difference():
    hidden = np.uint8([[0]])
    facts = compared(np.uint8([[3]]), np.uint8([[250]]), alphas=(hidden, hidden)).facts
    assert facts.psnr == inf


def test_a_result_without_the_pictures_alpha_is_opaque():
    facts = compared(np.uint8([[8]]), np.uint8([[8]]), alphas=(np.uint8([[0]]), None)).facts
    assert facts.largest == 247  # nothing before white; 8 before it


@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (2, 2), (4, 1), (1, 5), (2, 3), (6, 7)])
@pytest.mark.parametrize(
    "padding", ["valid", "same", "same-lower", "full", "3", "0,2", "5,0,0,1", "0,4,7,0"]
)
@pytest.mark.parametrize("dilation", [1, 2])
def test_what_a_single_weight_at_the_anchor_makes_lies_over_itself(kernel, padding, dilation):
    source = noise((23, 31))
    geometry = make_geometry(source.shape, kernel, (1, 1), (dilation,) * 2, parse_padding(padding))
    padded = np.pad(source, np.reshape(geometry.padding, (2, 2)), "edge")
    rows, columns = (slice(anchor_of(a), anchor_of(a) + a.out) for a in geometry)
    made = compared(source, padded[rows, columns], geometry)
    assert made.facts.largest == 0
    inside = [min(a, b) for a, b in zip(source.shape, geometry.out, strict=True)]
    assert made.facts.size == made.panels[0].pixels.shape == made.panels[1].pixels.shape
    if padding in ("valid", "same", "same-lower", "full"):
        assert list(made.facts.size) == inside


@pytest.mark.parametrize(
    ("kernel", "padding", "anchor"),
    [(3, (0, 0), 1), (3, (2, 0), 1), (2, (0, 0), 0), (2, (0, 1), 0), (2, (1, 0), 1), (2, (1, 1), 0),
     (4, (1, 2), 1), (4, (2, 1), 2), (1, (0, 0), 0)],
)  # fmt: skip
def test_the_anchor_is_the_middle_unless_the_padding_says_otherwise(kernel, padding, anchor):
    assert anchor_of(Axis(9, kernel, 1, 1, *padding)) == anchor


def test_a_chain_lies_where_its_steps_have_moved_it():
    axes = [Axis(20, 3, 1, 1, 0, 0), Axis(18, 5, 1, 1, 4, 4), Axis(22, 2, 1, 1, 0, 0)]
    assert [field.anchor for field in field_through(axes)] == [1, -1, -1]


def test_the_kernel_of_even_size_is_laid_by_its_upper_left_middle():
    source = picture("1 2 3; 4 5 6").astype(np.uint8)
    geometry = make_geometry((2, 3), (2, 2), (1, 1), (1, 1), parse_padding("valid"))
    made = compared(source, np.uint8([[9, 9]]), geometry)
    assert made.panels[0].pixels.tolist() == [[1, 2]]
    assert made.panels[1].pixels.tolist() == [[9, 9]]


def test_bands_do_not_show(monkeypatch):
    before, after = noise((40, 30, 3)), noise((40, 30, 3))[::-1]
    whole = compared(before, after)
    monkeypatch.setattr("convfilter.differences.BAND", 300)
    bands = compared(before, after)
    assert bands.facts == whole.facts
    assert (bands.panels[2].pixels == whole.panels[2].pixels).all()
