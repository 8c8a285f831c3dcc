"""Regions as they are typed, and as they lie in a picture."""

import pytest

from convfilter.errors import OptionError
from convfilter.parts import Region, check_region, parse_region


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("10,20,30,40", (10, 20, 30, 40)),
        (" 0, 0, 1, 2 ", (0, 0, 1, 2)),
        ("40x30+20+10", (10, 20, 30, 40)),
        ("40×30+20+10", (10, 20, 30, 40)),
        ("2X1 +0 +0", (0, 0, 1, 2)),
    ],
)
def test_both_notations_are_understood(text, region):
    assert parse_region(text) == region
    assert parse_region(str(Region(*region))) == region


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "TOP,LEFT,HEIGHT,WIDTH"),
        ("1,2,3", "TOP,LEFT,HEIGHT,WIDTH"),
        ("1,2,3,4,5", "TOP,LEFT,HEIGHT,WIDTH"),
        ("1.5,2,3,4", "TOP,LEFT,HEIGHT,WIDTH"),
        ("40x30", r"WxH\+X\+Y"),
        ("50%x50%+0+0", "percentages are not understood"),
        ("1,2,9999999999,4", "TOP,LEFT,HEIGHT,WIDTH"),
        ("1,2,0,4", "at least 1"),
        ("0x5+0+0", "at least 1"),
        ("-1,2,3,4", "begins outside the picture"),
        ("40x30-5+0", "begins outside the picture"),
        ("40x30+-5+0", "begins outside the picture"),
        ("40x30+5−2", "begins outside the picture"),
    ],
)
def test_what_is_no_region_is_refused(text, words):
    with pytest.raises(OptionError, match=words):
        parse_region(text)


def test_a_region_is_cut_to_the_picture_with_a_note():
    region = Region(7, 2, 100, 3)
    inside, (note,) = check_region(region, 9, 8)
    assert inside == (7, 2, 2, 3)
    assert note == "the region 7,2,100,3 was cut to 7,2,2,3: the picture has 9×8 pixels"
    assert check_region(inside, 9, 8) == (inside, ())


@pytest.mark.parametrize("region", [Region(9, 0, 1, 1), Region(0, 8, 1, 1)])
def test_a_region_outside_the_picture_is_refused(region):
    with pytest.raises(
        OptionError, match="but the picture has 9×8 pixels: rows 0 … 8, columns 0 … 7"
    ):
        check_region(region, 9, 8)
