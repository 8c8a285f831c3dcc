"""Small pictures that a person can read, and how to compare them."""

import numpy as np


def picture(text, dtype=np.uint8):
    """'1 2; 3 4' as an image of 2×2."""
    return np.array([row.split() for row in text.split(";")], float).astype(dtype)


def assert_same(got, want):
    """Shapes and every number; names the first place that differs."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, f"shape {got.shape}, expected {want.shape}"
    differs = ~((got == want) | ((got != got) & (want != want)))
    if differs.any():
        place = tuple(int(i) for i in np.argwhere(differs)[0])
        count = int(differs.sum())
        raise AssertionError(
            f"{count} of {got.size} differ, first at {place}: {got[place]}, expected {want[place]}"
        )
