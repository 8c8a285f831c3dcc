"""Whole sums divided without a division: the same pixels as the exact quotient, half to even."""

import numpy as np
import pytest

from convfilter.core.arithmetic import FULL_RANGE, Arithmetic
from convfilter.core.finish import fused_finish, quotient_facts
from convfilter.core.rational import round_quotient
from convfilter.native.finishing import WHOLE_PIXEL, quotient
from convfilter.native.loops import ROUNDER, WHOLE_FINISH, Loop

CASES = [
    ("uint8", "int16"),
    ("uint8", "int32"),
    ("uint8", "int64"),
    ("uint16", "int32"),
    ("uint16", "int64"),
    ("int16", "int32"),
    ("int16", "int64"),
    ("int32", "int64"),
]


def finish_for(pixel, sums, divisor):
    """The finish that a divisor gets: (kind, least sum, greatest sum), None where numpy has to do it."""
    weights = np.ones((1, 1), sums)
    limits = np.iinfo(sums)
    bounds = (max(-(2**62), int(limits.min)), min(2**62, int(limits.max)))
    arithmetic = Arithmetic(weights, sums, (0,), divisor, bounds=bounds)
    finish = fused_finish(arithmetic, "clip", 0, np.dtype(pixel))
    if finish is None:
        return None
    values = dict(zip(WHOLE_FINISH, finish.parameters[0], strict=True))
    return finish.kind, values["low"], values["high"]


def pixels_of(kind, pixel, sums, divisor, numbers):
    """The pixels that a loop's own text gives, over arrays."""
    loop = Loop("few1", pixel, sums, sums, pixel, kind)
    types = {"Pixel": pixel, "Real": loop.real, "Sum": sums, "Int32": "int32"}
    types |= {"Unsigned": "uint16", "Wide": "uint32"}
    names = {name: _caster(kind_) for name, kind_ in types.items()}
    names |= {"ROUND": np.dtype(loop.real).type(ROUNDER[loop.real]), "divisor": float(divisor)}
    names |= {"s": numbers.astype(sums)} | quotient_facts(kind, divisor)
    exec("\n".join(quotient(loop)), names)
    return eval(WHOLE_PIXEL[kind], names)


def _caster(kind):
    return lambda numbers: np.asarray(numbers).astype(kind)[()]


def near_ties(divisor, low, high, choose):
    """Sums beside ties and beside whole quotients, at both ends and anywhere."""
    levels = np.unique(choose.integers(low // divisor, high // divisor + 1, 300))
    ends = np.array([low // divisor, 0, 1, 2, high // divisor])
    levels = np.concatenate([levels, ends, ends + 1])[:, np.newaxis]
    beside = np.array([-1, 0, 1, divisor // 2 - 1, divisor // 2, divisor // 2 + 1])
    numbers = (levels * divisor + beside).ravel()
    return numbers[(numbers >= low) & (numbers <= high)]


def check(pixel, sums, divisor, numbers, kind):
    got = pixels_of(kind, pixel, sums, divisor, numbers)
    exact = round_quotient(numbers.astype(np.int64), divisor)
    wrong = np.flatnonzero(got != exact)
    assert not wrong.size, (
        f"{kind} {sums}: {numbers[wrong[0]]}/{divisor} gives {got[wrong[0]]}, not {exact[wrong[0]]}"
    )


def test_every_sum_of_small_divisors_for_8_bit_pixels():
    kinds = set()
    for divisor in range(2, 400):
        for sums in ("int16", "int32"):
            kind, low, high = finish_for("uint8", sums, divisor)
            check("uint8", sums, divisor, np.arange(low, high + 1), kind)
            kinds.add((sums, kind))
    assert kinds >= {("int16", "shifted"), ("int16", "scaled"), ("int32", "shifted")}
    assert ("int32", "reciprocal") in kinds


@pytest.mark.parametrize(("pixel", "sums"), CASES)
def test_sums_beside_ties(pixel, sums):
    choose, kinds = np.random.default_rng(7), set()
    most = min(10**9, int(np.iinfo(sums).max) // 2)
    divisors = {
        *range(2, 300),
        *(2**p + d for p in range(8, 30) for d in (-1, 0, 1) if 2**p < most),
    }
    divisors |= {int(most ** choose.random()) + 2 for _ in range(500)}
    low_pixel, high_pixel = FULL_RANGE[pixel]
    for divisor in sorted(d for d in divisors if d <= most):
        found = finish_for(pixel, sums, divisor)
        if found is None:
            continue
        kind, low, high = found
        check(pixel, sums, divisor, near_ties(divisor, low, high, choose), kind)
        ends = np.array([low, high])
        assert round_quotient(ends, divisor).min() >= low_pixel
        assert round_quotient(ends, divisor).max() <= high_pixel
        kinds.add(kind)
    assert kinds, "no divisor was divided by in a loop"


@pytest.mark.parametrize(("kind", "divisor", "beyond"), [("reciprocal", 2**22 // 3 | 1, 2**24 + 1)])
def test_beyond_the_limits_it_would_go_wrong(kind, divisor, beyond):
    """That the tests above can fail: float32 can't tell such sums apart."""
    numbers = np.arange(beyond - 5 * divisor // 2, beyond + 5 * divisor, 3, dtype=np.int64)
    got = pixels_of(kind, "int32", "int32", divisor, numbers)
    assert (got != round_quotient(numbers, divisor)).any()
