"""Small pictures that a person can read, and how to compare them."""

import numpy as np

LIMITS = {
    "uint8": (0, 255),
    "uint16": (0, 65535),
    "int16": (-32768, 32767),
    "int32": (-(2**31), 2**31 - 1),
    "float32": (-100, 100),
    "float64": (-100, 100),
}


def picture(text, dtype=np.uint8):
    """'1 2; 3 4' as an image of 2×2."""
    return np.array([row.split() for row in text.split(";")], float).astype(dtype)


def noise(shape, dtype="uint8", seed=1):
    """Whole numbers over the full range of a dtype (−100 … 100 for floats), always the same."""
    low, high = LIMITS[np.dtype(dtype).name]
    return np.random.default_rng(seed).integers(low, high, shape, endpoint=True).astype(dtype)


def assert_same(got, want):
    """Shapes and every number; names the first place that differs."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, f"shape {got.shape}, expected {want.shape}"
    _refuse(~((got == want) | _both_nan(got, want)), got, want)


def assert_alike(got, want):
    """The same dtype, shape and numbers."""
    assert got.dtype == want.dtype, f"{got.dtype}, expected {want.dtype}"
    assert_same(got, want)


def assert_close(got, want, bound):
    """Shapes, and every number within a bound (one number, or one a place)."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, f"shape {got.shape}, expected {want.shape}"
    with np.errstate(invalid="ignore"):
        near = np.abs(got.astype(np.float64) - want.astype(np.float64)) <= bound
    _refuse(~(near | (got == want) | _both_nan(got, want)), got, want)


def _both_nan(got, want):
    if got.dtype.kind != "f" or want.dtype.kind != "f":
        return False
    return np.isnan(got) & np.isnan(want)


def _refuse(differs, got, want):
    if differs.any():
        place = tuple(int(i) for i in np.argwhere(differs)[0])
        count = int(differs.sum())
        raise AssertionError(
            f"{count} of {got.size} differ, first at {place}: {got[place]}, expected {want[place]}"
        )
