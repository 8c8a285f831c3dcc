"""Threads change the time, never the result; and any thread may call."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pictures import assert_alike, noise

import convfilter
from convfilter.core import bands

DTYPES = ["uint8", "uint16", "int16", "int32", "float32", "float64"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_result_does_not_depend_on_threads(dtype, monkeypatch):
    monkeypatch.setattr(bands, "LEAST_THREADED_PRODUCTS", 0)
    monkeypatch.setattr(bands, "BAND_PRODUCTS", 2**16)
    image = noise((700, 400), dtype)
    weights = np.random.default_rng(1).normal(size=(4, 4))
    want = convfilter.correlate(image, weights, padding="same", border="wrap", threads=1)
    for threads in (2, 3, 8, None):
        got = convfilter.correlate(image, weights, padding="same", border="wrap", threads=threads)
        assert_alike(got, want)


def test_many_threads_may_call_at_once(monkeypatch):
    monkeypatch.setattr(bands, "LEAST_THREADED_PRODUCTS", 0)
    monkeypatch.setattr(bands, "BAND_PRODUCTS", 2**16)
    image = noise((300, 200, 3))
    kernels = [np.arange(n * n).reshape(n, n) - 3 for n in (1, 2, 3, 4)] * 6
    want = [convfilter.correlate(image, k, padding="same", threads=1) for k in kernels]
    with ThreadPoolExecutor(8) as callers:
        got = callers.map(
            lambda k: convfilter.correlate(image, k, padding="same", threads=3), kernels
        )
        for ours, expected in zip(got, want, strict=True):
            assert_alike(ours, expected)
