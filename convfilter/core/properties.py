"""What can be told about a kernel from its values alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convfilter.core.factors import float_factors, whole_factors
from convfilter.core.kernel import Kernel

# Weights rounded to multiples of 2⁻⁴⁰ leave singular values this small, up to gaussians of sigma 100.
ROUNDED = 1e-6


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


def rank(values: NDArray[Any], *, exact: bool = True) -> int:
    """The rank of (kh, kw) values: 1 means that a column times a row gives them.

    exact  False for computed weights: what their rounding adds is no rank

    >>> rank(np.array([[1.0, 2, 1], [2, 4, 2]]))
    1
    """
    return int(np.linalg.matrix_rank(values, rtol=None if exact else ROUNDED))


def factors(kernel: Kernel) -> tuple[list[str], list[str]] | None:
    """The column and the row whose product gives a plain kernel's values; None for rank 2 and more.

    Numbers as text, whole where the kernel is exact: values = column · row / denominator.

    >>> from convfilter.core.kernel import make_kernel
    >>> factors(make_kernel([[1, 2, 1], [3, 6, 3]]))
    (['1', '3'], ['1', '2', '1'])
    """
    if kernel.members or kernel.depth is not None or min(kernel.size) < 2:
        return None
    if kernel.numerators is not None:
        whole = whole_factors(kernel.numerators)
        return None if whole is None else (_texts(whole.u[0]), _texts(whole.v[0]))
    found = float_factors(kernel.values, "float32")
    if found is None or found.terms > 1:
        return None
    sign = 1 if found.u[0].sum() >= 0 else -1
    return _texts(sign * found.u[0]), _texts(sign * found.v[0])


def _texts(numbers: NDArray[Any]) -> list[str]:
    return [f"{number:.6g}" for number in numbers.tolist()]


def planes_of(kernel: Kernel) -> list[tuple[str, NDArray[Any]]]:
    """Every (kh, kw) of a kernel's weights with a name: '', 'channel 1', 'map 2, channel 1' or a member's."""
    if kernel.members:
        return [
            (", ".join(filter(None, (f"kernel {number}: {member.name}", name))), plane)
            for number, member in enumerate(kernel.members, 1)
            for name, plane in planes_of(member)
        ]
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


def frequency_response(values: NDArray[Any], side: int) -> NDArray[np.float64]:
    """How much each frequency is amplified: |Σ_ij K[i, j]·e^(−2πi(f_y·i + f_x·j))|.

    values   (kh, kw)
    returns  (side, side), f_y down and f_x to the right from −½ to below ½ cycles a pixel; f = 0, where
             it is |Σ|, stands at [side // 2, side // 2]

    Source: R. C. Gonzalez, R. E. Woods, Digital Image Processing, 4th ed., 2018, section 4.7.

    >>> frequency_response(np.array([[0.5, 0.5]]), 4)[2].round(2).tolist()
    [0.0, 0.71, 1.0, 0.71]
    """
    # Folding a kernel larger than the grid changes nothing at the grid's frequencies.
    rows, columns = (np.arange(length) % side for length in values.shape)
    folded = np.zeros((side, side))
    np.add.at(folded, np.ix_(rows, columns), values)
    return np.abs(np.fft.fftshift(np.fft.fft2(folded)))


def _same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return bool(np.array_equal(a, b))
