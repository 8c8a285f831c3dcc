"""A kernel as a sum of products of a column and a row, where it is one.

    K[i, j] = Σ_t u_t[i] · v_t[j]

Source: S. Treitel, J. Shanks, The design of multistage separable planar filters, 1971 (the
singular values); rank 1 of whole numbers is found without any tolerance.
"""

from __future__ import annotations

from functools import reduce
from math import gcd
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_TERMS = 3
# What the terms may miss of Σ|K|: a fifth of what float32 sums, or float64 sums, may err.
TOLERANCE = {"float32": 2e-7, "float64": 1e-14}


class Factors(NamedTuple):
    """u (terms, kh) and v (terms, kw), of the dtype of the sums."""

    u: NDArray[Any]
    v: NDArray[Any]

    @property
    def terms(self) -> int:
        """The rank."""
        return len(self.u)


def whole_factors(weights: NDArray[np.int64]) -> Factors | None:
    """The factors of a matrix of whole numbers of rank 1, both whole; None for any other.

    >>> whole_factors(np.array([[2, -4], [3, -6]]))
    Factors(u=array([[2, 3]]), v=array([[ 1, -2]]))
    """
    rows = weights.tolist()
    first = next((row for row in rows if any(row)), None)
    if first is None:
        return None
    divisor = reduce(gcd, first)
    v = [number // divisor for number in first]
    lead = next(j for j, number in enumerate(v) if number)
    u = [row[lead] // v[lead] for row in rows]
    if any(row[j] != u[i] * v[j] for i, row in enumerate(rows) for j in range(len(v))):
        return None
    return Factors(np.array([u], np.int64), np.array([v], np.int64))


def float_factors(values: NDArray[np.float64], sums: str) -> Factors | None:
    """Up to three terms that make up a matrix within TOLERANCE; None where it takes more.

    Rows and columns that are 0 stay exactly 0 in every term.
    """
    with np.errstate(over="ignore"):
        total = float(np.abs(values).sum())
    if not 0 < total < np.inf:
        return None
    columns, strengths, rows = np.linalg.svd(values, full_matrices=False)
    for terms in range(1, min(MOST_TERMS, len(strengths)) + 1):
        u = (columns[:, :terms] * np.sqrt(strengths[:terms])).T
        v = rows[:terms] * np.sqrt(strengths[:terms])[:, np.newaxis]
        u = np.where(values.any(axis=1), u, 0.0)
        v = np.where(values.any(axis=0), v, 0.0)
        if float(np.abs(values - u.T @ v).sum()) <= TOLERANCE[sums] * total:
            return Factors(u.astype(sums), v.astype(sums))
    return None
