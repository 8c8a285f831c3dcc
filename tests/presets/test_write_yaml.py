"""Kernels written as kernel files: they read back as the same kernel, and people can edit them."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import convfilter
from convfilter.core.kernel import Amount, make_exact_kernel, make_kernel
from convfilter.errors import OptionError
from convfilter.presets.registry import presets
from convfilter.presets.write_yaml import exact_amount, yaml_text


@pytest.fixture(scope="module")
def read_back(tmp_path_factory):
    """Reads a text as a kernel file."""
    path = tmp_path_factory.mktemp("kernels") / "written.yaml"

    def read(text):
        path.write_text(text, encoding="utf-8")
        return convfilter.load_kernel(path)

    return read


def _fractions(kernel):
    return [Fraction(n, kernel.denominator) for n in kernel.numerators.ravel().tolist()]


def test_a_kernel_of_every_key_is_written_for_people():
    kernel = make_kernel(
        [[-1, 0, 10], [2.5, 3, 4]],
        4,
        description="finds: ridges",
        source='a book, "2nd" edition',
        aliases=("ridge", "on"),
        tags=("edges",),
        bias=(Amount(Fraction(1, 2)),),
        range_policy="abs",
    )
    assert yaml_text(kernel, comments=["from elsewhere", "", "flipped"]) == (
        "# from elsewhere\n"
        "#\n"
        "# flipped\n"
        'description: "finds: ridges"\n'
        'source: a book, "2nd" edition\n'
        'aliases: [ridge, "on"]\n'
        "tags: [edges]\n"
        "# rows from top to bottom, laid on the picture as they stand here\n"
        "weights:\n"
        "  - [ -1,   0,  10]\n"
        "  - [2.5,   3,   4]\n"
        "divisor: 4  # every weight is divided by it\n"
        "bias: 0.5   # added to the sum; a percentage is one of the full range\n"
        "range: abs  # clip, abs, offset, rescale or float\n"
    )


def test_banks_say_which_map_and_channel_a_table_is_for():
    bank = make_kernel(np.arange(8).reshape(2, 2, 1, 2), range_policy="clip,abs")
    assert yaml_text(bank).splitlines()[1:] == [
        "weights:",
        "  - # map 1",
        "    - # channel 1",
        "      - [0, 1]",
        "    - # channel 2",
        "      - [2, 3]",
        "  - # map 2",
        "    - # channel 1",
        "      - [4, 5]",
        "    - # channel 2",
        "      - [6, 7]",
        "range: [clip, abs]  # clip, abs, offset, rescale or float",
    ]


@pytest.mark.parametrize("name", presets())
def test_every_preset_reads_back_with_all_that_is_said_of_it(name, read_back):
    kernel = convfilter.load_kernel(name)
    back = read_back(yaml_text(kernel))
    assert back == kernel
    said = ("description", "source", "aliases", "tags")
    assert [getattr(back, key) for key in said] == [getattr(kernel, key) for key in said]


def test_a_composite_is_written_as_its_members(read_back):
    sobel = convfilter.load_kernel("sobel")
    text = yaml_text(sobel)
    assert '  - "-1 0 1; -2 0 2; -1 0 1"\n' in text
    assert read_back(text) == sobel


numbers = st.one_of(
    st.integers(-999, 999).map(Fraction),
    st.integers(-(10**6), 10**6).map(lambda n: Fraction(n, 1000)),
    st.fractions(-9, 9, max_denominator=30),
)
divisors = st.one_of(st.just(Fraction(1)), numbers).filter(bool)
shapes = st.one_of(
    *(st.tuples(*[st.integers(1, 3)] * levels) for levels in (2, 3, 4)),
)
amounts = st.builds(Amount, st.fractions(-99, 99, max_denominator=12), percent=st.booleans())
texts = st.text(max_size=40)
lines = texts.map(lambda text: "".join(sign if sign.isprintable() else " " for sign in text))


@st.composite
def exact_kernels(draw):
    shape = draw(shapes)
    count = int(np.prod(shape))
    maps = shape[0] if len(shape) == 4 else 1
    return make_exact_kernel(
        draw(st.lists(numbers, min_size=count, max_size=count)),
        shape,
        draw(divisors),
        bias=tuple(draw(st.sampled_from([[], [1], [maps]]).flatmap(_biases))),
        range_policy=draw(st.sampled_from(["auto", "clip", "abs", "offset", "rescale", "float"])),
        description=draw(lines),
        source=draw(texts),
    )


def _biases(counts):
    return st.lists(amounts, min_size=sum(counts), max_size=sum(counts))


@given(kernel=exact_kernels(), comments=st.lists(texts, max_size=3))
def test_exact_kernels_read_back_equal_whatever_their_texts_hold(kernel, comments, read_back):
    back = read_back(yaml_text(kernel, comments=comments))
    assert back == kernel
    assert back.description == kernel.description
    clean = "".join(letter if letter.isprintable() else " " for letter in kernel.source)
    assert back.source == clean


@given(
    values=st.lists(st.floats(-1e30, 1e30), min_size=6, max_size=6),
    divisor=st.floats(1e-9, 1e9),
)
def test_float_kernels_read_back_to_the_last_bit(values, divisor, read_back):
    kernel = make_kernel(np.reshape(values, (2, 3)), divisor)
    back = read_back(yaml_text(kernel))
    assert back.values.tolist() == kernel.values.tolist()
    assert back.exact == kernel.exact


@pytest.mark.parametrize("how", ["sum", "abs-sum", "size"])
@pytest.mark.parametrize(
    "weights", [[[1, 2], [3, 5]], [[[[1, 2]]], [[[3, 8]]]], [[0.1, np.pi]], [[1e-10, 1e-10]]]
)
def test_values_that_were_divided_once_more_are_what_is_written(weights, how, read_back):
    kernel = make_kernel(weights, 7).normalized(how)
    back = read_back(yaml_text(kernel))
    assert back.values.tolist() == kernel.values.tolist()
    assert back.exact == kernel.exact
    if kernel.exact:
        assert _fractions(back) == _fractions(kernel)


def test_zeros_stay_zeros_where_a_float_needs_a_digit_more(read_back):
    kernel = make_kernel([[0.0, 1e-10, 1e-10]]).normalized("sum")
    assert kernel.values.tolist() == [[0, 0.5, 0.5]]
    assert not kernel.exact
    back = read_back(yaml_text(kernel))
    assert back.values.tolist() == [[0, 0.5, 0.5]]
    assert not back.exact


@pytest.mark.parametrize(
    "text",
    [
        "x\nweights: [[9]]",
        "x\r\ndivisor: 3",
        'x"\ndivisor: 3',
        "x\u2028divisor: 3",
        "x\x85divisor: 3",
        "x\x00\x1b[31m",
        "\ufeffx",
        "back\\slash\\",
        "# no comment",
        "a: b",
        "ends:",
        "a #b",
        "  blanks  ",
        "*alias",
        "&anchor",
        "!tag",
        "- item",
        "[x]",
        "{x}",
        "'",
        '"',
        "---",
        "%",
        "yes",
        "Null",
        "1e3",
        "ümläut – 日本",
    ],
)
def test_no_text_breaks_out_of_its_place(text, read_back):
    plain = "".join(c if c.isprintable() else " " for c in text)
    kernel = make_kernel([[1, 2]], description=plain, source=text)
    written = yaml_text(kernel, comments=[text])
    back = read_back(written)
    assert back == kernel
    assert back.description == back.source
    assert back.description == plain
    assert yaml.safe_load(written)["description"] == back.description


@pytest.mark.parametrize(
    ("text", "sign"),
    [("two\nlines", "'\\n'"), ("a\x1b[31mb", "'\\x1b'"), ("a\ud800", "'\\ud800'")],
)
def test_a_description_that_is_no_plain_line_is_refused(text, sign):
    with pytest.raises(OptionError) as caught:
        yaml_text(make_kernel([[1, 2]], description=text))
    assert str(caught.value).startswith(
        f"description: {text!r} holds {sign}, which can't be printed"
    )
    assert str(caught.value).isprintable()


def test_blanks_of_other_kinds_become_plain_ones():
    text = yaml_text(make_kernel([[1, 2]], description="a\xa0b\u2009c"))
    assert "description: a b c\n" in text


# ── formulas ──


@pytest.mark.parametrize(
    "spec",
    [
        *("gaussian", "gaussian:sigma=3", "box:size=3x5", "motion:length=7,angle=-1/3"),
        *("unsharp:amount=150%,sigma=1e-1", "gabor:phase=90", "gabor-bank:angles=2,sigma=1"),
        *("dog", "log:size=7", "disk:radius=2.5"),
    ],
)
def test_a_formula_stays_one_with_all_its_parameters(spec, read_back, tmp_path):
    kernel = convfilter.load_kernel(spec)
    text = yaml_text(kernel)
    assert f"formula: {kernel.formula}  # " in text
    assert "weights" not in text
    assert len(text.splitlines()) < 12
    back = read_back(text)
    assert back == kernel
    assert (back.formula, back.parameters) == (kernel.formula, kernel.parameters)


def test_a_formulas_file_says_what_each_parameter_is_and_takes_others(tmp_path):
    text = yaml_text(convfilter.load_kernel("gaussian:sigma=3"))
    assert text.splitlines()[3:] == [
        "formula: gaussian  # soft blur",
        "parameters:",
        "  sigma: 3    # standard deviation in pixels",
        "  size: auto  # height and width in pixels; auto: 3 sigma to each side",
    ]
    (tmp_path / "soft.yaml").write_text(text, encoding="utf-8")
    changed = convfilter.load_kernel(f"{tmp_path}/soft.yaml:sigma=5")
    assert changed == convfilter.load_kernel("gaussian:sigma=5")


def test_range_and_bias_stand_behind_a_formula(read_back):
    kernel = replace(
        convfilter.load_kernel("log"), bias=(Amount(Fraction(3)),), range_policy="offset"
    )
    back = read_back(yaml_text(kernel))
    assert back == kernel
    assert back.formula == "log"


@pytest.mark.parametrize(
    "changed",
    [
        lambda kernel: kernel.normalized("size"),
        lambda kernel: kernel.flipped(),
        lambda kernel: kernel.divided([Fraction(3)]),
    ],
    ids=["normalized", "flipped", "divided"],
)
def test_a_computed_kernel_that_was_changed_since_is_written_out(changed, read_back):
    kernel = changed(convfilter.load_kernel("gabor:sigma=1,phase=90"))
    text = yaml_text(kernel)
    assert "formula" not in text
    back = read_back(text)
    assert back.values.tolist() == kernel.values.tolist()
    assert back.exact == kernel.exact


def test_a_change_that_changes_nothing_leaves_the_formula():
    assert "formula: gaussian" in yaml_text(convfilter.load_kernel("gaussian").flipped())


def test_names_that_could_not_be_read_are_mended():
    kernel = make_kernel([[1]], tags=("my edges", "3x3", "é,[", "No", "ok"))
    assert 'tags: [my-edges, x3, "No", ok]\n' in yaml_text(kernel)


def test_columns_stand_under_each_other():
    kernel = make_kernel([[0.125, -100, 3], [1, 22, -0.5]])
    rows = [line for line in yaml_text(kernel).splitlines() if line.startswith("  - ")]
    assert rows == ["  - [0.125,  -100,     3]", "  - [    1,    22,  -0.5]"]


def test_what_no_kernel_file_holds_is_refused():
    bank = make_kernel(np.random.default_rng(1).normal(size=(60, 10, 10, 10)))
    with pytest.raises(OptionError, match=r"60×10×10×10 makes 1,\d+,\d+ bytes .* 1,048,576"):
        yaml_text(bank)


@pytest.mark.parametrize(
    ("value", "percent", "text"),
    [
        (Fraction(1, 3), False, "1/3"),
        (Fraction("12345678901.25"), False, "49382715605/4"),
        (Fraction(-7, 2), True, "-3.5%"),
        (Fraction("1e-600"), False, "1e-600"),
    ],
)
def test_amounts_are_written_exactly(value, percent, text):
    assert exact_amount(Amount(value, percent=percent)) == text
