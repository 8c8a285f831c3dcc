"""The formulas: functions of the program that compute weights from parameters given as text.

What a formula takes can be told without numpy: completion asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from convfilter.presets.formulas.bells import dog, gabor, gabor_bank, gaussian, log, unsharp
from convfilter.presets.formulas.parameters import Parameter, Value, plain
from convfilter.presets.formulas.shapes import LARGEST_SIDE, Weights, box, disk, motion

__all__ = [
    "FORMULAS",
    "Formula",
    "Parameter",
    "Weights",
    "canonical",
    "defaults_of",
    "parameter_names",
    "weights_of",
    "words_of",
]


class Formula(NamedTuple):
    """A function, and its parameters in order.

    help  what it does, in one line
    """

    function: Callable[..., Weights]
    parameters: tuple[Parameter, ...]
    help: str


# A slip of the pen must not take minutes; below LEAST a bell or a circle is one pixel anyway.
LEAST, LARGEST = Fraction(1, 100), Fraction(LARGEST_SIDE)
DEVIATION = "standard deviation in pixels"
ACROSS = (
    "degrees, clockwise from the right, of the direction across the stripes, "
    "in which the wave travels"
)
WINDOW = "height and width in pixels; auto: 3 sigma to each side"

SIGMA = Parameter("sigma", DEVIATION, "1", "2", LEAST, Fraction(1000))
SIZE = Parameter("size", WINDOW, "auto", "9", Fraction(1), LARGEST, "odd-size")
ANGLE = Parameter(
    "angle", "degrees, clockwise from the right", "0", "30", Fraction(-360), Fraction(360)
)
WAVELENGTH = Parameter(
    "wavelength", "pixels from crest to crest", "8", "8", Fraction(2), Fraction(1000)
)
BELL = Parameter("sigma", f"{DEVIATION}, along the wave", "4", "4", Fraction(1, 2), Fraction(160))
ASPECT = Parameter(
    "aspect",
    "sigma along the wave ÷ sigma across it",
    "0.5",
    "0.5",
    Fraction(1, 10),
    Fraction(10),
    "share",
)

FORMULAS: dict[str, Formula] = {
    "box": Formula(
        box,
        (
            Parameter(
                "size", "height and width in pixels", "3", "3x5", Fraction(1), LARGEST, "size"
            ),
        ),
        "mean of height × width pixels",
    ),
    "disk": Formula(
        disk,
        (Parameter("radius", "radius in pixels", "2", "2.5", LEAST, Fraction(500)),),
        "blur of a lens out of focus",
    ),
    "motion": Formula(
        motion,
        (Parameter("length", "length in pixels", "9", "9", LEAST, LARGEST), ANGLE),
        "blur of a camera that moved along a line",
    ),
    "gaussian": Formula(gaussian, (SIGMA, SIZE), "soft blur"),
    "unsharp": Formula(
        unsharp,
        (
            SIGMA._replace(synonyms=("radius",)),
            Parameter(
                "amount",
                "share that is added of what the blur takes away",
                "1",
                "150%",
                Fraction(0),
                Fraction(10),
                "share",
            ),
            SIZE,
        ),
        "sharpening by what a soft blur takes away",
    ),
    "log": Formula(
        log,
        (Parameter("sigma", DEVIATION, "1.4", "2", Fraction(3, 10), Fraction(50)), SIZE),
        "laplacian of a gaussian",
    ),
    "dog": Formula(
        dog,
        (
            Parameter("sigma1", f"{DEVIATION}, of the first", "1", "1", LEAST, Fraction(160)),
            Parameter(
                "sigma2", f"{DEVIATION}, of the one subtracted", "1.6", "1.6", LEAST, Fraction(160)
            ),
        ),
        "difference of two gaussians",
    ),
    "gabor": Formula(
        gabor,
        (
            WAVELENGTH,
            ANGLE._replace(help=ACROSS),
            BELL,
            Parameter(
                "phase",
                "degrees; 0: even, for lines; 90: odd, for edges",
                "0",
                "90",
                Fraction(-360),
                Fraction(360),
            ),
            ASPECT,
        ),
        "stripes of one width and direction",
    ),
    "gabor-bank": Formula(
        gabor_bank,
        (
            Parameter(
                "angles",
                "how many between 0 and 180 degrees",
                "8",
                "8",
                Fraction(1),
                Fraction(64),
                "whole",
            ),
            WAVELENGTH._replace(default="4"),
            BELL._replace(default="2"),
            ASPECT,
        ),
        "gabors at evenly spaced angles, even and odd: two maps an angle",
    ),
}


def parameter_names(formula: str) -> tuple[str, ...]:
    """The names of a formula's parameters, in order; raises ValueError for no formula.

    >>> parameter_names("motion")
    ('length', 'angle')
    """
    return tuple(parameter.name for parameter in _formula(formula).parameters)


def defaults_of(formula: str) -> dict[str, str]:
    """What a formula's parameters are where nothing is said, in order; ValueError for no formula.

    >>> defaults_of("motion")
    {'length': '9', 'angle': '0'}
    """
    return {parameter.name: parameter.default for parameter in _formula(formula).parameters}


def words_of(formula: str) -> dict[str, str]:
    """Each word that a formula takes → the parameter's own name; ValueError for no formula.

    >>> words_of("unsharp")
    {'sigma': 'sigma', 'radius': 'sigma', 'amount': 'amount', 'size': 'size'}
    """
    return {
        word: parameter.name
        for parameter in _formula(formula).parameters
        for word in (parameter.name, *parameter.synonyms)
    }


def canonical(formula: str, given: Mapping[str, str]) -> dict[str, str]:
    """Parameters by their own names, in the formula's order, each value as its shortest text.

    given  some of the parameters or their synonyms, as typed

    Raises ValueError for a name that it doesn't take, one given twice, or a value that is not
    allowed.

    >>> canonical("unsharp", {"amount": "150%", "radius": "2.0"})
    {'sigma': '2', 'amount': '1.5'}
    """
    known = _formula(formula).parameters
    typed = _by_name(formula, given)
    return {each.name: plain(_read(each, typed)) for each in known if each.name in typed}


def weights_of(formula: str, values: Mapping[str, str]) -> Weights:
    """The weights for all of a formula's parameters, as text.

    Raises ValueError for a name or value that is not allowed, a parameter that is missing, and values
    that together make too many weights or only zeros.

    >>> weights_of("motion", {"length": "2", "angle": "90"})
    Weights(numbers=[Fraction(1, 2), Fraction(1, 1), Fraction(1, 2)], shape=(3, 1), divisor=Fraction(2, 1))
    """
    known = _formula(formula)
    typed = _by_name(formula, values)
    if missing := [each.name for each in known.parameters if each.name not in typed]:
        raise ValueError(f"{formula} needs {', '.join(missing)} as well{_it_takes(formula)}")
    return known.function(*(_read(each, typed) for each in known.parameters))


def _formula(name: str) -> Formula:
    if name in FORMULAS:
        return FORMULAS[name]
    from convfilter.core.spec import nearest

    hint = nearest(name, FORMULAS)
    raise ValueError(f"no formula named {name!r}{hint or ';'} there are {', '.join(FORMULAS)}")


def _by_name(formula: str, given: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Each given parameter's own name → the name and the value as typed."""
    meant = words_of(formula)
    found: dict[str, tuple[str, str]] = {}
    for word, text in given.items():
        name = meant.get(word.strip().lower())
        if name is None:
            from convfilter.core.spec import nearest

            hint = nearest(word, meant)
            raise ValueError(f"{formula} has no parameter {word!r}{_it_takes(formula, hint)}")
        if name in found:
            raise ValueError(f"{found[name][0]!r} and {word!r} are one parameter; give one of them")
        found[name] = word, text
    return found


def _read(parameter: Parameter, typed: Mapping[str, tuple[str, str]]) -> Value:
    """A value; a complaint about it calls the parameter as it was typed."""
    word, text = typed[parameter.name]
    return parameter._replace(name=word).read(text)


def _it_takes(formula: str, hint: str = "") -> str:
    return f"{hint or ';'} it takes {', '.join(parameter_names(formula))}"
