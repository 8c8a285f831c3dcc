"""What can be told about a kernel from its values alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.kernel import Kernel


def symmetry(values: NDArray[Any]) -> list[str]:
    """The symmetries of (kh, kw) values, in words.

    >>> symmetry(np.array([[1.0, 0, -1], [1, 0, -1]]))
    ['top and bottom alike', 'left and right opposite', 'opposite under a half turn']
    """
    turned = {
        "top and bottom": values[::-1],
        "left and right": values[:, ::-1],
        "half turn": values[::-1, ::-1],
    }
    if values.shape[0] == values.shape[1]:
        turned["transposed"] = values.T
    words = []
    for name, other in turned.items():
        word = "alike" if _same(values, other) else "opposite" if _same(values, -other) else ""
        if not word:
            continue
        if name in ("half turn", "transposed"):
            words.append(f"{word} under a {name}" if name == "half turn" else f"{word} when {name}")
        else:
            words.append(f"{name} {word}")
    return words


def rank(values: NDArray[Any]) -> int:
    """The rank of (kh, kw) values: 1 means that a column times a row gives them.

    >>> rank(np.array([[1.0, 2, 1], [2, 4, 2]]))
    1
    """
    return int(np.linalg.matrix_rank(values))


def planes_of(kernel: Kernel) -> list[tuple[str, NDArray[Any]]]:
    """Every (kh, kw) of a kernel's weights with a name: '', 'channel 1' or 'map 2, channel 1'."""
    weights = kernel.weights
    if weights.ndim == 2:
        return [("", weights)]
    if weights.ndim == 3:
        return [(f"channel {c}", plane) for c, plane in enumerate(weights, 1)]
    return [
        (f"map {m}, channel {c}", plane)
        for m, channels in enumerate(weights, 1)
        for c, plane in enumerate(channels, 1)
    ]


def _same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return bool(np.array_equal(a, b))
