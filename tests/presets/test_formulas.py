"""Formulas as they are called: names, values as text, their shortest form, and what is refused."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from convfilter.presets.formulas import (
    FORMULAS,
    canonical,
    defaults_of,
    parameter_names,
    weights_of,
    words_of,
)
from convfilter.presets.formulas.parameters import KINDS, plain

ROOT = Path(__file__).resolve().parents[2]
TAKES = {
    "box": ("size",),
    "disk": ("radius",),
    "motion": ("length", "angle"),
    "gaussian": ("sigma", "size"),
    "unsharp": ("sigma", "amount", "size"),
    "log": ("sigma", "size"),
    "dog": ("sigma1", "sigma2"),
    "gabor": ("wavelength", "angle", "sigma", "phase", "aspect"),
    "gabor-bank": ("angles", "wavelength", "sigma", "aspect"),
}
USUAL = {
    "box": {"size": "3"},
    "disk": {"radius": "2"},
    "motion": {"length": "9", "angle": "0"},
    "gaussian": {"sigma": "1", "size": "auto"},
    "unsharp": {"sigma": "1", "amount": "1", "size": "auto"},
    "log": {"sigma": "1.4", "size": "auto"},
    "dog": {"sigma1": "1", "sigma2": "1.6"},
    "gabor": {"wavelength": "8", "angle": "0", "sigma": "4", "phase": "0", "aspect": "0.5"},
    "gabor-bank": {"angles": "8", "wavelength": "4", "sigma": "2", "aspect": "0.5"},
}
PARAMETERS = [(name, each) for name, formula in FORMULAS.items() for each in formula.parameters]
NAMED = [f"{name}-{each.name}" for name, each in PARAMETERS]
# What may stand behind a kernel's name beside its own parameters.
RESERVED = (
    "stride",
    "padding",
    "dilation",
    "border",
    "bias",
    "normalize",
    "flip",
    "scale",
    "range",
)


def refusal(call, *arguments):
    """What is said against a call, in one line."""
    with pytest.raises(ValueError, match=r".") as caught:
        call(*arguments)
    said = str(caught.value)
    assert "\n" not in said
    return said


def complaint(formula, **values):
    """What is said against the usual values with these instead."""
    return refusal(weights_of, formula, USUAL[formula] | values)


def test_the_formulas_and_their_parameters_are_those_of_the_table():
    assert list(FORMULAS) == list(TAKES)
    assert {name: parameter_names(name) for name in FORMULAS} == TAKES


@pytest.mark.parametrize(("formula", "parameter"), PARAMETERS, ids=NAMED)
def test_no_parameter_has_the_name_of_an_option(formula, parameter):
    assert not {parameter.name, *parameter.synonyms} & set(RESERVED)


@pytest.mark.parametrize(("formula", "parameter"), PARAMETERS, ids=NAMED)
def test_every_parameter_says_what_it_is_in_which_unit_and_shows_an_allowed_value(
    formula, parameter
):
    units = ("pixels", "degrees", "share", "sigma")
    assert any(unit in parameter.help for unit in units)
    assert parameter.kind in KINDS
    assert canonical(formula, {parameter.name: parameter.example})
    assert parameter.allowed in complaint(formula, **{parameter.name: "?"})


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_formula_says_what_it_does_and_where_it_comes_from(formula):
    assert len(FORMULAS[formula].help.split()) >= 2
    assert "Source: " in FORMULAS[formula].function.__doc__


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_formula_is_a_preset_with_a_default_for_each_parameter_in_order(formula):
    text = (ROOT / "kernels" / f"{formula}.yaml").read_text(encoding="utf-8")
    preset = yaml.load(text, yaml.BaseLoader)
    assert preset["formula"] == formula
    assert tuple(preset["parameters"]) == TAKES[formula]
    assert preset["parameters"] == USUAL[formula] == canonical(formula, preset["parameters"])


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_formulas_own_defaults_are_those_of_its_preset(formula):
    assert defaults_of(formula) == USUAL[formula]
    assert list(defaults_of(formula)) == list(TAKES[formula])
    assert canonical(formula, defaults_of(formula)) == defaults_of(formula)
    assert set(words_of(formula).values()) == set(TAKES[formula])


def test_the_angle_of_a_gabor_says_that_it_lies_across_the_stripes():
    angle = FORMULAS["gabor"].parameters[1]
    assert "across the stripes" in angle.help
    values = weights_of("gabor", USUAL["gabor"])
    rows = [values.numbers[at : at + 49] for at in range(0, 49 * 49, 49)]
    middle = [row[24] for row in rows[18:31]]
    assert min(middle) > 0  # along an upright stripe, at angle 0, nothing changes its sign
    assert min(rows[24]) < 0 < max(rows[24])


def test_what_a_formula_takes_is_known_without_numpy():
    code = "import sys, convfilter.presets.formulas; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("formula", "values", "want"),
    [
        ("gaussian", {"sigma": "2.0"}, {"sigma": "2"}),
        ("gaussian", {"sigma": " 2 "}, {"sigma": "2"}),
        ("gaussian", {"sigma": "+2.50"}, {"sigma": "2.5"}),
        ("gaussian", {"sigma": ".5"}, {"sigma": "0.5"}),
        ("gaussian", {"sigma": "5e-1"}, {"sigma": "0.5"}),
        ("gaussian", {"sigma": "1e2"}, {"sigma": "100"}),
        ("gaussian", {"sigma": "4/3"}, {"sigma": "4/3"}),
        ("gaussian", {"sigma": "6/3"}, {"sigma": "2"}),
        ("gaussian", {"sigma": "0.1234567890123456789"}, {"sigma": "0.1234567890123456789"}),
        ("gaussian", {"size": "AUTO"}, {"size": "auto"}),
        ("gaussian", {"size": "5x5"}, {"size": "5"}),
        ("gaussian", {"size": "9.0"}, {"size": "9"}),
        ("gaussian", {"SIZE": "5", "Sigma": "1"}, {"sigma": "1", "size": "5"}),
        ("gaussian", {}, {}),
        ("box", {"size": "3X5"}, {"size": "3x5"}),
        ("box", {"size": "3×5"}, {"size": "3x5"}),
        ("box", {"size": "4"}, {"size": "4"}),
        ("motion", {"angle": "-30"}, {"angle": "-30"}),
        ("motion", {"angle": "−30.0"}, {"angle": "-30"}),
        ("motion", {"angle": "-0.0"}, {"angle": "0"}),
        ("motion", {"angle": "1e-30"}, {"angle": "1e-30"}),
        ("motion", {"angle": "-1/3"}, {"angle": "-1/3"}),
        ("unsharp", {"amount": "150%"}, {"amount": "1.5"}),
        ("unsharp", {"amount": "150 %"}, {"amount": "1.5"}),
        ("unsharp", {"amount": "0"}, {"amount": "0"}),
        ("unsharp", {"radius": "2.0"}, {"sigma": "2"}),
        ("unsharp", {"size": "7", "Radius": "3", "amount": "2"}, "sigma=3 amount=2 size=7"),
        ("gabor", {"aspect": "50%"}, {"aspect": "0.5"}),
        ("gabor-bank", {"angles": "6.0"}, {"angles": "6"}),
    ],
)
def test_names_are_resolved_and_values_become_their_shortest_text(formula, values, want):
    if isinstance(want, str):
        want = dict(pair.split("=") for pair in want.split())
    found = canonical(formula, values)
    assert found == want
    assert list(found) == [name for name in TAKES[formula] if name in want]
    assert canonical(formula, found) == found


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("gaussian", {"sigma": "1.50", "size": "5X7"}),
        ("unsharp", {"radius": "0.8", "amount": "70%", "size": " Auto "}),
        ("motion", {"length": "7.50", "angle": "−20.0"}),
        ("gabor-bank", {"angles": "2.0", "wavelength": "10/2", "sigma": "1e0", "aspect": "100%"}),
    ],
)
def test_a_value_means_the_same_in_every_writing(formula, values):
    assert weights_of(formula, values) == weights_of(formula, canonical(formula, values))


@given(st.fractions(-360, 360) | st.decimals(-360, 360).map(Fraction))
def test_the_shortest_text_of_a_number_reads_back_as_that_number(number):
    angle = FORMULAS["motion"].parameters[1]
    assert angle.read(plain(number)) == number


@given(st.integers(1, 1001), st.integers(1, 1001))
def test_the_shortest_text_of_a_size_reads_back_as_that_size(height, width):
    assert FORMULAS["box"].parameters[0].read(plain((height, width))) == (height, width)


WRONG = [
    "0",
    "-1",
    "nan",
    "NaN",
    "inf",
    "abc",
    "1e400",
    "1e-9",
    "",
    " ",
    "1,5",
    "2px",
    "1/0",
    "50%",
]


@pytest.mark.parametrize("text", WRONG)
@pytest.mark.parametrize(
    ("formula", "name", "bounds"),
    [
        ("gaussian", "sigma", "0.01 to 1000 (standard deviation in pixels)"),
        ("unsharp", "sigma", "0.01 to 1000 (standard deviation in pixels)"),
        ("log", "sigma", "0.3 to 50 (standard deviation in pixels)"),
        ("dog", "sigma1", "0.01 to 160 (standard deviation in pixels, of the first)"),
        ("dog", "sigma2", "0.01 to 160 (standard deviation in pixels, of the one subtracted)"),
        ("gabor", "sigma", "0.5 to 160 (standard deviation in pixels, along the wave)"),
        ("gabor", "wavelength", "2 to 1000 (pixels from crest to crest)"),
        ("disk", "radius", "0.01 to 500 (radius in pixels)"),
        ("motion", "length", "0.01 to 1001 (length in pixels)"),
    ],
)
def test_a_length_that_is_none_is_refused_with_what_is_allowed(formula, name, bounds, text):
    example = next(each.example for each in FORMULAS[formula].parameters if each.name == name)
    said = complaint(formula, **{name: text})
    assert (
        said == f"{name} is {text!r}, but has to be a number from {bounds}; e.g. {name}={example}"
    )


@pytest.mark.parametrize(
    ("formula", "name", "text"),
    [
        ("gaussian", "sigma", "1000.1"),
        ("log", "sigma", "50.1"),
        ("disk", "radius", "500.1"),
        ("motion", "length", "1001.1"),
        ("motion", "angle", "361"),
        ("motion", "angle", "-361"),
        ("motion", "angle", "thirty"),
        ("gabor", "phase", "361"),
        ("gabor", "wavelength", "1.9"),
        ("gabor", "aspect", "0"),
        ("gabor", "aspect", "9%"),
        ("unsharp", "amount", "-1"),
        ("unsharp", "amount", "10.1"),
        ("unsharp", "amount", "%"),
        ("gabor-bank", "angles", "0"),
        ("gabor-bank", "angles", "2.5"),
        ("gabor-bank", "angles", "65"),
        ("gabor-bank", "angles", "auto"),
        ("box", "size", "0"),
        ("box", "size", "-3"),
        ("box", "size", "2.5"),
        ("box", "size", "3x"),
        ("box", "size", "x3"),
        ("box", "size", "3x0"),
        ("box", "size", "3x5x7"),
        ("box", "size", "3,5"),
        ("box", "size", "auto"),
        ("box", "size", "1002"),
        ("box", "size", "1x1002"),
        ("box", "size", "9" * 5000),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_what_is_allowed(formula, name, text):
    parameter = next(each for each in FORMULAS[formula].parameters if each.name == name)
    said = complaint(formula, **{name: text})
    given = repr(text) if len(text) <= 40 else repr(text[:40] + "…")
    assert said.startswith(f"{name} is {given}, but has to be {parameter.allowed} ")
    assert said.endswith(f"({parameter.help}); e.g. {name}={parameter.example}")
    assert refusal(canonical, formula, {name: text}) == said


@pytest.mark.parametrize("formula", ["gaussian", "unsharp", "log"])
@pytest.mark.parametrize(
    ("size", "instead"),
    [
        ("4", "5"),
        ("0", "1"),
        ("4x7", "5x7"),
        ("7X8", "7x9"),
        ("1000x1000", "1001x1001"),
        ("1003", "1001"),
        ("123456789", "1001"),
        ("-3", "9"),
        ("3.5", "9"),
        ("3x5x7", "9"),
        ("big", "9"),
    ],
)
def test_a_window_without_a_middle_is_refused_with_the_next_one_that_has_it(formula, size, instead):
    said = complaint(formula, size=size)
    assert said.startswith(f"size is {size!r}, but has to be auto, or an odd whole number, or HxW ")
    assert " from 1 to 1001 (" in said
    assert said.endswith(f"; e.g. size={instead}")
    assert canonical(formula, {"size": instead})


@pytest.mark.parametrize(
    ("formula", "values", "pieces"),
    [
        (
            "gaussian",
            {"sigma": "167"},
            ["sigma=167", "1003×1003", "1001×1001", "up to 166", "size"],
        ),
        ("unsharp", {"sigma": "900"}, ["sigma=900", "5401×5401", "1001×1001", "up to 166", "size"]),
        (
            "gabor",
            {"sigma": "160"},
            ["sigma=160", "aspect=0.5", "1921×1921", "1001×1001", "smaller sigma"],
        ),
        (
            "gabor-bank",
            {"sigma": "20", "angles": "64"},
            ["angles=64", "128×3×241×241 = 22303104", "1002001", "fewer angles", "smaller sigma"],
        ),
        ("dog", {"sigma2": "1.0"}, ["only zeros", "differ more"]),
        ("dog", {"sigma1": "0.01", "sigma2": "0.05"}, ["only zeros", "larger"]),
        ("log", {"size": "1"}, ["only zeros", "larger size"]),
        ("gabor", {"wavelength": "2", "phase": "90"}, ["wavelength=2", "only zeros", "longer"]),
        ("gabor-bank", {"wavelength": "2"}, ["wavelength=2", "only zeros", "longer"]),
    ],
)
def test_values_that_do_not_go_together_are_refused_with_numbers_and_advice(
    formula, values, pieces
):
    said = complaint(formula, **values)
    assert [piece for piece in pieces if piece not in said] == []


def test_a_size_makes_a_large_sigma_possible():
    assert weights_of("gaussian", {"sigma": "1000", "size": "3"}).shape == (3, 3)


@pytest.mark.parametrize(
    ("formula", "given_", "want"),
    [
        ("gaussian", "sgima", "; did you mean 'sigma'? it takes sigma, size"),
        ("gaussian", "siz", "; did you mean 'size'? it takes sigma, size"),
        ("unsharp", "raduis", "; did you mean 'radius'? it takes sigma, amount, size"),
        ("gaussian", "radius", "; it takes sigma, size"),
        ("box", "stride", "; did you mean 'size'? it takes size"),
        ("disk", "", "; it takes radius"),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_nearest_and_all_there_are(formula, given_, want):
    for call in (canonical, weights_of):
        said = refusal(call, formula, USUAL[formula] | {given_: "1"})
        assert said == f"{formula} has no parameter {given_!r}{want}"


@pytest.mark.parametrize(
    ("formula", "values", "pair"),
    [
        ("unsharp", {"radius": "1", "sigma": "2"}, "'radius' and 'sigma'"),
        ("unsharp", {"sigma": "2", "radius": "2"}, "'sigma' and 'radius'"),
        ("gaussian", {"sigma": "2", "SIGMA": "3"}, "'sigma' and 'SIGMA'"),
    ],
)
def test_one_parameter_under_two_names_is_refused(formula, values, pair):
    said = refusal(canonical, formula, values)
    assert said == f"{pair} are one parameter; give one of them"


def test_a_complaint_calls_a_parameter_as_it_was_typed():
    said = refusal(canonical, "unsharp", {"radius": "0"})
    assert said.startswith("radius is '0', but ")
    assert said.endswith("; e.g. radius=2")


def test_a_parameter_that_is_missing_is_named():
    said = refusal(weights_of, "gabor", {"angle": "0", "sigma": "2", "aspect": "1"})
    takes = "wavelength, angle, sigma, phase, aspect"
    assert said == f"gabor needs wavelength, phase as well; it takes {takes}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("gausian", "; did you mean 'gaussian'? there are box, "), ("zz", "; there are box, ")],
)
def test_an_unknown_formula_is_refused_with_the_nearest_and_all_there_are(name, hint):
    for call in (parameter_names, lambda name: canonical(name, {}), lambda n: weights_of(n, {})):
        said = refusal(call, name)
        assert said.startswith(f"no formula named {name!r}{hint}")
        assert said.endswith(", ".join(FORMULAS))
