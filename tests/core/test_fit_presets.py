"""Every linear preset is found again from what it makes of a photograph.

From float results within 1e-6. From 8-bit results each weight within

    |K̂ − K| ≤ ½·√n · √(XᵀX)⁻¹ᵢᵢ

for n windows used: rounding moves each pixel by at most ½, so the error vector is at most ½·√n long, and a
weight's error is the product of that vector with a row of (XᵀX)⁻¹Xᵀ, whose length is √(XᵀX)⁻¹ᵢᵢ.
"""

import numpy as np
import pytest
from skimage import data

import convfilter
from convfilter.core.fit import fit_kernel
from convfilter.presets.registry import presets

GREY = data.camera()[60:240, 100:300]
COLOUR = data.astronaut()[100:260, 120:300]
# A window of 49×49 has 2401 unknowns; mirrored taps are one.
SYMMETRIC = ["gabor"]
LINEAR = [name for name, text in presets().items() if not text.combine and name != "gabor-bank"]
TOP = 255


def _found(name, **options):
    kernel = convfilter.load_kernel(name)
    picture = COLOUR if kernel.depth else GREY
    after = convfilter.correlate(picture, kernel, **options)
    return kernel.values, fit_kernel(
        picture,
        after,
        kernel.size,
        find_bias="bias" in options,
        symmetric=name in SYMMETRIC,
        full_depth=kernel.depth is not None,
    )


@pytest.mark.parametrize("name", LINEAR)
def test_a_preset_is_found_in_its_float_results(name):
    values, found = _found(name)
    assert np.abs(found.weights - values).max() <= 1e-6
    assert found.rank == found.unknowns


@pytest.mark.parametrize("name", LINEAR)
def test_a_preset_is_found_in_its_8_bit_results_within_what_rounding_allows(name):
    values, found = _found(name, bias=TOP / 2, range_policy="clip")
    deviation = found.rms * np.sqrt(found.windows / (found.windows - found.rank))
    inverse = found.standard_error / max(deviation, 1e-12)
    assert (np.abs(found.weights - values) <= 0.5 * np.sqrt(found.windows) * inverse).all()
    assert found.rms <= 0.5


@pytest.mark.slow
def test_the_bank_of_gabors_is_found_in_its_float_results():
    values, found = _found("gabor-bank")
    assert np.abs(found.weights - values).max() <= 1e-6
