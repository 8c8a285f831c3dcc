"""Options as people type and give them, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest

from convfilter.core.border import Border
from convfilter.core.geometry import Padding
from convfilter.core.kernel import Amount
from convfilter.core.spec import (
    Spec,
    make_spec,
    parse_padding,
    parse_pair,
    parse_word,
)
from convfilter.errors import OptionError


def test_defaults_are_those_of_the_course():
    assert make_spec() == Spec()
    spec = make_spec()
    assert (spec.stride, spec.dilation, spec.scale) == ((1, 1), (1, 1), 1)
    assert (spec.padding, spec.border) == (Padding("valid"), Border("zero"))
    assert (spec.normalize, spec.flip, spec.range_policy) == ("none", False, "auto")
    assert (spec.bias, spec.exact, spec.plan, spec.threads) == (None, False, "auto", None)


def test_every_option_arrives():
    spec = make_spec(
        stride=2,
        padding="same",
        border="edge",
        dilation=(1, 3),
        bias="50%",
        scale="1/3",
        normalize="abs-sum",
        flip=True,
        range_policy="offset",
        exact=True,
        plan="direct",
        threads=3,
    )
    assert spec == Spec(
        stride=(2, 2),
        padding=Padding("same"),
        border=Border("edge"),
        dilation=(1, 3),
        bias=(Amount(Fraction(50), percent=True),),
        scale=Fraction(1, 3),
        normalize="abs-sum",
        flip=True,
        range_policy="offset",
        exact=True,
        plan="direct",
        threads=3,
    )


def test_a_spec_can_not_be_changed():
    with pytest.raises(AttributeError):
        make_spec().stride = (2, 2)


@pytest.mark.parametrize("name", ["stride", "dilation"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, (3, 3)),
        ("3", (3, 3)),
        ("+3", (3, 3)),
        ("1,2", (1, 2)),
        (" 1 , 2 ", (1, 2)),
        ((1, 2), (1, 2)),
        ([4, 1], (4, 1)),
        ((5,), (5, 5)),
        (np.int16(2), (2, 2)),
        (np.array([1, 2]), (1, 2)),
    ],
)
def test_pairs(name, value, expected):
    assert parse_pair(name, value) == expected
    assert getattr(make_spec(**{name: value}), name) == expected


@pytest.mark.parametrize("name", ["stride", "dilation"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0 is no whole number ≥ 1"),
        (-1, "-1 is no whole number ≥ 1"),
        ("0", "'0' is no whole number ≥ 1"),
        ("-2", "'-2' is no whole number ≥ 1"),
        ("2.0", "'2.0' is no whole number"),
        (2.0, "2.0 is no whole number"),
        (float("nan"), "nan is no whole number"),
        ("x", "'x' is no whole number"),
        ("2x2", "'2x2' is no whole number"),
        ("", "'' is no whole number"),
        ("1,", "'' is no whole number"),
        ((1, None), "None is no whole number"),
        (None, "None is no whole number"),
        (True, "True is no whole number"),
        (2**31, "2147483648 is no whole number"),
        ("++2", "'++2' is no whole number"),
        ("1,2,3", "'1,2,3': one whole number, or two as Y,X"),
        ((1, 2, 3), "(1, 2, 3): one whole number, or two as Y,X"),
        ((), "(): one whole number"),
        ([], "[]: one whole number"),
    ],
)
def test_what_is_no_pair_is_refused_with_name_and_value(name, value, said):
    with pytest.raises(OptionError) as caught:
        make_spec(**{name: value})
    assert str(caught.value).startswith(f"{name}: {said}")


def test_a_number_of_five_thousand_digits_is_refused_too():
    with pytest.raises(OptionError, match=r"^stride: "):
        make_spec(stride="9" * 5000)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("valid", Padding("valid")),
        ("Same", Padding("same")),
        ("same_lower", Padding("same-lower")),
        (" FULL ", Padding("full")),
        (0, Padding("pixels", (0, 0, 0, 0))),
        (2, Padding("pixels", (2, 2, 2, 2))),
        ("2", Padding("pixels", (2, 2, 2, 2))),
        ("1,2", Padding("pixels", (1, 1, 2, 2))),
        ((1, 2), Padding("pixels", (1, 1, 2, 2))),
        ("1,2,3,4", Padding("pixels", (1, 2, 3, 4))),
        ([1, 2, 3, 4], Padding("pixels", (1, 2, 3, 4))),
        (np.array([1, 2, 3, 4]), Padding("pixels", (1, 2, 3, 4))),
        (Padding("full"), Padding("full")),
    ],
)
def test_padding(value, expected):
    assert parse_padding(value) == expected


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("sane", "'sane' is none of valid, same, same-lower, full nor pixels"),
        ("sane", "did you mean 'same'?"),
        (-1, "-1 is no whole number ≥ 0"),
        ("-1", "'-1' is no whole number ≥ 0"),
        ("1,2,3", "'1,2,3': pixels are P, Y,X or TOP,BOTTOM,LEFT,RIGHT"),
        ((1, 2, 3), "(1, 2, 3): pixels are"),
        (1.5, "1.5 is no whole number"),
        ("1.5", "'1.5' is no whole number"),
        (None, "None is no whole number"),
        ("", "'' is no whole number"),
        ((1, 2, 3, 4, 5), "(1, 2, 3, 4, 5): pixels are"),
        (2**31, "2147483648 is no whole number"),
    ],
)
def test_bad_padding_is_refused_with_the_value(value, said):
    with pytest.raises(OptionError) as caught:
        parse_padding(value)
    assert str(caught.value).startswith("padding: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        (
            "normalize",
            "size2",
            "normalize: 'size2' is none of none, sum, abs-sum, size; did you mean",
        ),
        ("normalize", None, "normalize: None is none of"),
        (
            "range_policy",
            "clamp",
            "range: 'clamp' is none of auto, clip, abs, offset, rescale, float",
        ),
        ("plan", "fastest", "plan: 'fastest' is none of"),
    ],
)
def test_words_that_are_none_are_refused(option, value, said):
    with pytest.raises(OptionError) as caught:
        make_spec(**{option: value})
    assert str(caught.value).startswith(said)


def test_words_ignore_case_and_underscores():
    assert parse_word("normalize", "ABS_SUM", ("sum", "abs-sum")) == "abs-sum"
    assert make_spec(normalize=" Size ").normalize == "size"


@pytest.mark.parametrize("value", [0, -1, 1.5, "x", True, (1, 2)])
def test_threads_are_a_whole_number(value):
    with pytest.raises(OptionError, match=r"^threads: .* no whole number ≥ 1"):
        make_spec(threads=value)
