"""Weights under a gaussian's bell: gaussian, unsharp, log, dog, gabor, gabor_bank.

Computed and rounded as `shapes` says. All raise ValueError where their parameters make too many
weights, or none but zeros.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, cos, exp, fsum, pi, prod, sin

from convfilter.presets.formulas.shapes import (
    LARGEST_SIDE,
    MOST_WEIGHTS,
    UNIT,
    Size,
    Weights,
    cos_and_sin,
    from_quarter,
    in_units,
    with_sum,
)

# A gabor below this share of its bell is nothing but rounding errors.
LEAST_WAVE = 1e-9
LUMA = (299, 587, 114)  # thousandths of red, green, blue


def gaussian(sigma: Fraction, size: Size | None) -> Weights:
    """A soft blur: exp(−(x² + y²) / 2σ²) at the pixels' centres; Σ = 1.

    sigma  standard deviation in pixels
    size   odd height and width; None: 2·⌈3σ⌉ + 1, which holds 99 % of the bell

    Source: R. C. Gonzalez, R. E. Woods, Digital Image Processing, 4th ed., 2018, section 3.5.

    >>> [round(float(weight), 3) for weight in gaussian(Fraction(1), (1, 5)).numbers]
    [0.054, 0.244, 0.403, 0.244, 0.054]
    """
    size = size or _size_for(sigma)
    return in_units(_gaussian_units(sigma, size), size)


def unsharp(sigma: Fraction, amount: Fraction, size: Size | None) -> Weights:
    """Unsharp masking: δ + amount·(δ − gaussian); Σ = 1.

    sigma   of the gaussian, in pixels
    amount  how many times is added what the gaussian blurs away
    size    odd height and width; None: the gaussian's own

    Source: R. C. Gonzalez, R. E. Woods, Digital Image Processing, 4th ed., 2018, section 3.6.

    >>> [round(float(weight), 3) for weight in unsharp(Fraction(1), Fraction(2), (1, 3)).numbers]
    [-0.548, 2.096, -0.548]
    """
    size = size or _size_for(sigma)
    above, below = -amount.numerator, amount.denominator
    numbers = [_rounded(above * number, below) for number in _gaussian_units(sigma, size)]
    return in_units(with_sum(UNIT, numbers), size)


def log(sigma: Fraction, size: Size | None) -> Weights:
    """The laplacian of a gaussian: L = ((x² + y²)/σ⁴ − 2/σ²)·G, less ΣL·G; Σ = 0.

    sigma  standard deviation in pixels of the gaussian G, whose own Σ over the window is 1
    size   odd height and width; None: 2·⌈3σ⌉ + 1

    ΣL is 0 on a plane without end, but −0.05/σ² where it is cut off at 3σ: for a large σ more than L
    has in the middle, so that it can't be left to one tap. The weights are ((x² + y²) − m)·G/σ⁴, m
    being the mean of x² + y² over G, hence negative in the middle of any window.

    Source: D. Marr, E. Hildreth, Theory of edge detection, 1980.

    >>> [round(float(weight), 3) for weight in log(Fraction(1), (1, 5)).numbers]
    [0.168, 0.018, -0.372, 0.018, 0.168]
    """
    size = size or _size_for(sigma)
    down, across = (_profile(sigma, length) for length in size)
    mean = 2 * fsum(part * i * i for half in (down, across) for i, part in enumerate(half))
    scale = UNIT / float(sigma**4)
    quarter = [
        [round((y * y + x * x - mean) * row * column * scale) for x, column in enumerate(across)]
        for y, row in enumerate(down)
    ]
    numbers = with_sum(0, from_quarter(quarter))
    return in_units(_not_empty(numbers, "a larger size or sigma"), size)


def dog(sigma1: Fraction, sigma2: Fraction) -> Weights:
    """A difference of gaussians: G(σ₁) − G(σ₂), both over the window of the larger σ; Σ = 0.

    sigma1, sigma2  standard deviations in pixels, in either order

    Source: D. Marr, E. Hildreth, Theory of edge detection, 1980 (σ₂ = 1.6·σ₁ comes close to a `log`).

    >>> made = dog(Fraction(1), Fraction(1, 2))
    >>> made.shape, [round(float(weight), 3) for weight in made.numbers[24:28]]
    ((7, 7), [-0.459, 0.013, 0.021, 0.002])
    """
    size = _size_for(max(sigma1, sigma2))
    pair = (_gaussian_units(sigma, size) for sigma in (sigma1, sigma2))
    numbers = [one - other for one, other in zip(*pair, strict=True)]
    return in_units(_not_empty(numbers, "sigmas that are larger, or differ more"), size)


def gabor(
    wavelength: Fraction, angle: Fraction, sigma: Fraction, phase: Fraction, aspect: Fraction
) -> Weights:
    """A wave under a bell: exp(−(x'² + aspect²·y'²) / 2σ²)·cos(2πx'/wavelength + phase).

    x' = x·cos(angle) + y·sin(angle), y' = −x·sin(angle) + y·cos(angle). The bell times a constant is
    subtracted, so that Σ = 0, and the rest divided, so that Σ|weights| = 1.

    wavelength  pixels from crest to crest
    angle       degrees, where the wave runs to: 0 makes upright stripes
    sigma       standard deviation of the bell along the wave, in pixels
    phase       degrees: 0 is even, for lines; 90 is odd, for edges
    aspect      sigma ÷ the bell's standard deviation along the stripes

    Odd square of 2·⌈3σ / min(1, aspect)⌉ + 1 pixels.

    Source: D. Gabor, Theory of communication, 1946; J. G. Daugman, Uncertainty relation for
    resolution in space, spatial frequency, and orientation, 1985.

    >>> odd = gabor(Fraction(4), Fraction(0), Fraction(1, 3), Fraction(90), Fraction(1))
    >>> odd.shape, [round(float(weight), 3) for weight in odd.numbers[3:6]]
    ((3, 3), [0.489, 0.0, -0.489])
    """
    side = _gabor_side(sigma, aspect)
    return in_units(_gabor_units(side, wavelength, angle, sigma, phase, aspect), (side, side))


def gabor_bank(angles: int, wavelength: Fraction, sigma: Fraction, aspect: Fraction) -> Weights:
    """Gabors of the luma at evenly spaced angles of [0°, 180°), each at the phases 0° and 90°.

    Four levels [map][channel][row][column]. Maps 2k and 2k + 1 are at the angle k·180°/angles; the
    channels are 0.299, 0.587 and 0.114 times the gabor, for red, green and blue. Σ = 0 in each.

    Source: as `gabor`; the shares of the channels: Recommendation ITU-R BT.601.

    >>> gabor_bank(5, Fraction(4), Fraction(1), Fraction(1)).shape
    (10, 3, 7, 7)
    """
    side = _gabor_side(sigma, aspect)
    shape = 2 * angles, len(LUMA), side, side
    if prod(shape) > MOST_WEIGHTS:
        raise ValueError(
            f"angles={angles} makes {'×'.join(map(str, shape))} = {prod(shape)} weights, and the "
            f"limit is {MOST_WEIGHTS}; take fewer angles or a smaller sigma"
        )
    numbers: list[int] = []
    for number in range(2 * angles):
        angle, phase = Fraction(180 * (number // 2), angles), Fraction(90 * (number % 2))
        units = _gabor_units(side, wavelength, angle, sigma, phase, aspect)
        for share in LUMA:
            numbers += with_sum(0, [_rounded(share * unit, 1000) for unit in units])
    return in_units(numbers, shape)


def _size_for(sigma: Fraction) -> Size:
    side = 2 * ceil(3 * sigma) + 1
    if side > LARGEST_SIDE:
        raise ValueError(
            f"sigma={float(sigma):g} makes {side}×{side} weights, and the limit is "
            f"{LARGEST_SIDE}×{LARGEST_SIDE}; take a sigma up to {LARGEST_SIDE // 6}, or give a size"
        )
    return side, side


def _gabor_side(sigma: Fraction, aspect: Fraction) -> int:
    side = 2 * ceil(3 * sigma / min(Fraction(1), aspect)) + 1
    if side > LARGEST_SIDE:
        raise ValueError(
            f"sigma={float(sigma):g} with aspect={float(aspect):g} makes {side}×{side} weights, and "
            f"the limit is {LARGEST_SIDE}×{LARGEST_SIDE}; take a smaller sigma or a larger aspect"
        )
    return side


def _gaussian_units(sigma: Fraction, size: Size) -> list[int]:
    """The gaussian in units, row-major; Σ = UNIT."""
    down, across = (_profile(sigma, length) for length in size)
    quarter = [[round(row * column * UNIT) for column in across] for row in down]
    return with_sum(UNIT, from_quarter(quarter))


def _profile(sigma: Fraction, length: int) -> list[float]:
    """The gaussian along one axis, at the distances 0 to length // 2; Σ over both sides is 1."""
    width = float(sigma)
    half = [exp(-0.5 * (i / width) * (i / width)) for i in range(length // 2 + 1)]
    whole = half[0] + 2 * fsum(half[1:])
    return [part / whole for part in half]


def _gabor_units(
    side: int,
    wavelength: Fraction,
    angle: Fraction,
    sigma: Fraction,
    phase: Fraction,
    aspect: Fraction,
) -> list[int]:
    """The gabor in units, row-major; Σ = 0, Σ|units| about UNIT."""
    cosine, sine = cos_and_sin(angle)
    even, odd = cos_and_sin(phase)
    along, beside = float(1 / sigma), float(aspect / sigma)
    turn = 2 * pi / float(wavelength)
    distances = range(-(side // 2), side // 2 + 1)
    bell, wave = [], []
    for y in distances:
        for x in distances:
            run = x * cosine + y * sine
            far, wide = run * along, (y * cosine - x * sine) * beside
            bell.append(exp(-0.5 * (far * far + wide * wide)))
            # cos(turn·run + phase), written so that phase 90 is odd to the last bit
            wave.append(even * cos(turn * run) - odd * sin(turn * run))
    whole = fsum(bell)
    mean = fsum(b * w for b, w in zip(bell, wave, strict=True)) / whole
    weights = [b * (w - mean) for b, w in zip(bell, wave, strict=True)]
    total = fsum(map(abs, weights))
    if total < LEAST_WAVE * whole:
        raise ValueError(
            f"wavelength={float(wavelength):g} with sigma={float(sigma):g} leaves only zeros at the "
            "pixels' centres; take a longer wavelength, or a larger sigma"
        )
    return with_sum(0, [round(weight / total * UNIT) for weight in weights])


def _not_empty(numbers: list[int], advice: str) -> list[int]:
    if not any(numbers):
        raise ValueError(f"these parameters leave only zeros; take {advice}")
    return numbers


def _rounded(above: int, below: int) -> int:
    """The whole number nearest to above ÷ below, which is > 0, half to even: alike for both signs.

    >>> [_rounded(above, 2) for above in (-3, -1, 1, 3)]
    [-2, 0, 0, 2]
    """
    quotient, rest = divmod(above, below)
    return quotient + (2 * rest > below or (2 * rest == below and quotient % 2 == 1))
