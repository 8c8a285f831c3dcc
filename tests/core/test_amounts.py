"""Borders, biases and numbers as people type and give them, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest

from convfilter.core.border import Border
from convfilter.core.kernel import Amount
from convfilter.core.spec import make_spec, parse_amount, parse_bias, parse_border, parse_number
from convfilter.errors import OptionError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("zero", Border("zero")),
        ("constant:7", Border("constant", Fraction(7))),
        ("constant:-0.5", Border("constant", Fraction(-1, 2))),
        ("constant:−3", Border("constant", Fraction(-3))),
        ("constant: 50%", Border("constant", Fraction(50), percent=True)),
        (("constant", 7), Border("constant", Fraction(7))),
        (("constant", 0.1), Border("constant", Fraction(1, 10))),
        (("constant", "50%"), Border("constant", Fraction(50), percent=True)),
        (["CONSTANT", np.float32(0.1)], Border("constant", Fraction(1, 10))),
        (("edge", ""), Border("edge")),
        (Border("wrap"), Border("wrap")),
    ],
)
def test_border(value, expected):
    assert parse_border(value) == expected


@pytest.mark.parametrize("text", ["zero", "edge", "constant:7", "constant:0.25", "constant:50%"])
def test_a_border_as_text_can_be_read_again(text):
    assert str(parse_border(text)) == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("constant", "'constant' needs a value: constant:128 or constant:50%"),
        ("constant:", "needs a value"),
        ("constant:grey", "'grey' is no number"),
        ("constant:V", "'V' is no number"),
        (("constant", None), "None is no number"),
        (("constant", float("inf")), "inf is not finite"),
        ("edge:3", "only 'constant' takes a value, 'edge:3' was given"),
        ("replicat", "'replicat' is no border; did you mean 'replicate'?"),
        ("outside", "'outside' is no border; one of:"),
        (3, "3 is no border"),
        (None, "None is no border"),
        (("edge",), "('edge',) is no border"),
    ],
)
def test_bad_borders_are_refused_with_the_value(value, said):
    with pytest.raises(OptionError) as caught:
        parse_border(value)
    assert str(caught.value).startswith("border")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (3, [(3, False)]),
        ("−2.5", [(Fraction(-5, 2), False)]),
        (0.1, [(Fraction(1, 10), False)]),
        (np.float32(0.1), [(Fraction(1, 10), False)]),
        ("1/3", [(Fraction(1, 3), False)]),
        ("50 %", [(50, True)]),
        ("10,50%", [(10, False), (50, True)]),
        ([1, "25%"], [(1, False), (25, True)]),
        (Amount(Fraction(7)), [(7, False)]),
        ((Amount(Fraction(7)), Amount(Fraction(9), percent=True)), [(7, False), (9, True)]),
        (np.array([1.5, 2]), [(Fraction(3, 2), False), (2, False)]),
    ],
)
def test_bias(value, expected):
    got = parse_bias(value)
    assert got == (None if expected is None else tuple(Amount(Fraction(v), p) for v, p in expected))


@pytest.mark.parametrize("value", ["a", float("nan"), "1,,2", [[1, 2]], 1j, "%", [None]])
def test_bad_bias_is_refused(value):
    with pytest.raises(OptionError, match=r"^bias: .* (is no number|is not finite)"):
        parse_bias(value)


def test_amounts_print_as_they_are_written():
    for text in ("3", "-0.25", "50%", "1/3"):
        assert str(parse_amount("bias", text)) == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("inf"), "scale: inf is not finite"),
        (float("nan"), "scale: nan is not finite"),
        ("", "scale: '' is no number"),
        ("1/0", "scale: '1/0' divides by zero"),
        ([1], r"scale: \[1\] is no number"),
        (None, "scale: None is no number"),
        ("1e400", "scale: '1e400' is too large"),
        ("0x10", "scale: '0x10' is no number"),
    ],
)
def test_bad_numbers_are_refused_with_the_value(value, said):
    with pytest.raises(OptionError, match=f"^{said}"):
        make_spec(scale=value)


@pytest.mark.parametrize("text", [" 0.5 ", ".5", "5e-1", "1/2", "+0.50"])
def test_numbers_count_as_written(text):
    assert parse_number("scale", text) == Fraction(1, 2)
