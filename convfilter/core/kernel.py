"""A kernel: its weights as written, its values as exact numbers where they are, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import lcm, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.rational import (
    INT64_MAX,
    LARGEST_DENOMINATOR,
    as_fraction,
    common_denominator,
    decimals,
    scale_whole,
)
from convfilter.errors import DTypeError, OptionError, ShapeError

# A float Σ counts as 0 below this share of Σ|values|.
ZERO_SUM = 1e-9


class Amount(NamedTuple):
    """A number in the picture's own units, or a percentage of its full range."""

    value: Fraction = Fraction(0)
    percent: bool = False

    def __str__(self) -> str:
        return f"{plain_number(self.value)}{'%' if self.percent else ''}"


@dataclass(frozen=True, eq=False, repr=False)
class Kernel:
    """Weights, immutable and hashable.

    weights      as written: (kh, kw) laid on each channel by itself, (C, kh, kw) summed over the
                 channels, (O, C, kh, kw) one map for each O; float64, read-only
    values       weights ÷ divisor: what is multiplied with pixels; float64, read-only
    numerators   the values as whole numbers over `denominator`, or None for a float kernel
    bias         one amount, or one a map
    range_policy the preset's own policy, or "auto"; for a bank also one a map, with commas
    formula      what computed the weights, from `parameters`: (name, value) as text
    members      the kernels of a composite, of one shape; then weights and values are theirs, stacked
    combine      how a composite's sums become one: magnitude, sum-abs, max, angle

    Two kernels are equal when shape, values, bias and policy are; names don't count.
    """

    weights: NDArray[np.float64]
    values: NDArray[np.float64]
    numerators: NDArray[np.int64] | None
    denominator: int = 1
    divisor: Fraction = Fraction(1)
    bias: tuple[Amount, ...] = ()
    range_policy: str = "auto"
    name: str = "matrix"
    description: str = ""
    source: str = ""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    file: str = ""
    formula: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    members: tuple[Kernel, ...] = ()
    combine: str = ""

    @cached_property
    def digest(self) -> str:
        """A hash of all that decides the result: shape, values, bias, policy."""
        from hashlib import sha256

        return sha256(repr(self._identity).encode()).hexdigest()

    @cached_property
    def _identity(self) -> tuple[object, ...]:
        exact = b"" if self.numerators is None else self.numerators.tobytes()
        values = self.values.shape, self.values.tobytes(), exact, self.denominator
        members = tuple(member._identity for member in self.members)  # noqa: SLF001 - its own kind
        bias = self.bias if any(amount.value for amount in self.bias) else ()
        return *values, bias, self.range_policy, self.combine, members

    def __repr__(self) -> str:
        made = f" ({self.combine} of {len(self.members)})" if self.members else ""
        return f"<Kernel {self.name} {shape_text(self.shape)}{made}>"

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Kernel) and self._identity == other._identity

    def __hash__(self) -> int:
        return self._hash

    def __getstate__(self) -> dict[str, Any]:
        """Without its hash, which another process would not make."""
        return {name: value for name, value in vars(self).items() if name != "_hash"}

    @cached_property
    def _hash(self) -> int:
        return hash(self._identity)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the weights; of each member of a composite."""
        return self.members[0].shape if self.members else self.weights.shape

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.shape[-2], self.shape[-1]

    @property
    def depth(self) -> int | None:
        """The channels that a full-depth kernel or bank sums over, None for a plain kernel."""
        return None if len(self.shape) == 2 else self.shape[-3]

    @property
    def maps(self) -> int | None:
        """The number of a bank's maps, None for a single kernel."""
        return self.shape[0] if len(self.shape) == 4 else None

    @property
    def exact(self) -> bool:
        """Whether the values are whole numbers over one denominator of at most 10⁹."""
        if self.members:
            return all(member.exact for member in self.members)
        return self.numerators is not None

    @cached_property
    def map_sums(self) -> list[Fraction | float]:
        """Σ of each map's values (one map unless a bank, or a composite's members); 0 where it counts as 0."""
        if self.members:
            return [total for member in self.members for total in member.map_sums]
        if self.numerators is not None:
            return [Fraction(n, self.denominator) for n in _map_totals(self.numerators)]
        sums = _map_totals(self.values)
        sizes = _map_totals(np.abs(self.values))
        return [
            0.0 if abs(s) <= ZERO_SUM * size else s for s, size in zip(sums, sizes, strict=True)
        ]

    @cached_property
    def map_abs_sums(self) -> list[Fraction | float]:
        """Σ of each map's absolute values."""
        if self.members:
            return [total for member in self.members for total in member.map_abs_sums]
        if self.numerators is not None:
            return [Fraction(n, self.denominator) for n in _map_totals(np.abs(self.numerators))]
        return list(_map_totals(np.abs(self.values)))

    @property
    def zero_sum(self) -> bool:
        """Whether Σ counts as 0 (of every map)."""
        return not any(self.map_sums)

    def flipped(self) -> Kernel:
        """The kernel turned by 180°."""
        if self.members:
            return self._of_members([member.flipped() for member in self.members])
        return self._picked(np.s_[..., ::-1, ::-1])

    def rearranged(self, places: NDArray[np.int64]) -> Kernel:
        """The same weights elsewhere: each taken from the place (in a row of all) that stands there."""
        return self._picked(np.unravel_index(places, self.shape))

    def _picked(self, index: Any) -> Kernel:
        numerators = None if self.numerators is None else _frozen(self.numerators[index])
        weights, values = _frozen(self.weights[index]), _frozen(self.values[index])
        return replace(self, weights=weights, values=values, numerators=numerators)

    def _of_members(self, members: list[Kernel]) -> Kernel:
        values = _frozen(np.stack([member.values for member in members]))
        weights = _frozen(np.stack([member.weights for member in members]))
        return replace(self, weights=weights, values=values, members=tuple(members))

    def normalized(self, how: str) -> Kernel:
        """The values divided once more; how: none, sum, abs-sum or size.

        Full depth: over all channels (size: C·kh·kw); banks: each map by itself. Raises OptionError where the
        divisor would be 0, or negative.
        """
        if how == "none":
            return self
        if self.members:
            return self._of_members([member.normalized(how) for member in self.members])
        divisors: list[Fraction | float]
        if how == "size":
            divisors = [Fraction(prod(self.values.shape[-3:]))]
        elif how == "sum":
            divisors = self.map_sums
            for index, total in enumerate(divisors):
                if total <= 0:
                    where = f" of map {index}" if self.maps else ""
                    raise OptionError(
                        f"--normalize sum divides by the sum of the kernel's values, but the sum"
                        f"{where} is {plain_number(total)}; use --normalize abs-sum or size, or a "
                        "kernel with a positive sum"
                    )
        else:
            divisors = self.map_abs_sums
            if not all(divisors):
                raise OptionError("--normalize abs-sum: all values of the kernel are 0")
        return self.divided(divisors)

    def divided(self, divisors: list[Fraction | float]) -> Kernel:
        """The values divided by one number, or by one a map."""
        if len(divisors) == 1 and self.maps:
            divisors *= self.maps
        column = (-1, *(1,) * (self.values.ndim - 1))
        floats = np.array([float(d) for d in divisors]).reshape(column if self.maps else ())
        with np.errstate(over="ignore", divide="ignore"):
            values = _frozen(self.values / floats)
        if not np.isfinite(values).all():
            raise OptionError("weights ÷ divisor are too large for floating-point numbers")
        numerators, denominator = None, 1
        if self.numerators is not None:
            reciprocals, common = common_denominator([1 / Fraction(d) for d in divisors])
            exact = scale_whole(self.numerators, reciprocals, self.denominator * common)
            if exact is not None:
                numerators, denominator = _frozen(exact[0]), exact[1]
                values = _frozen(numerators / np.float64(denominator))
        return replace(self, values=values, numerators=numerators, denominator=denominator)


def make_kernel(weights: ArrayLike, divisor: object = 1, **fields: Any) -> Kernel:
    """A kernel of an array's weights: each float counts as the decimal that it prints as.

    weights  numbers in 2, 3 or 4 levels; see Kernel
    divisor  a number that is not 0
    fields   name, description, source, aliases, tags, bias, range_policy, file

    Raises ShapeError (levels, empty), DTypeError (no numbers), OptionError (NaN, infinity, divisor
    0).
    """
    try:
        array = np.asarray(weights)
    except ValueError:
        raise ShapeError("the kernel's rows have different lengths") from None
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise DTypeError(f"kernel weights must be real numbers, got {array.dtype}")
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if not np.isfinite(array).all():
        raise OptionError("kernel weights must be finite: there is a NaN or an infinity among them")
    exact = decimals(array)
    floats = array.astype(np.float64) if exact is None else exact[0] / np.float64(exact[1])
    return _make(floats, exact, divisor, fields)


def make_exact_kernel(
    weights: list[Fraction], shape: tuple[int, ...], divisor: object = 1, **fields: Any
) -> Kernel:
    """A kernel of numbers as they were written, in row-major order."""
    floats = np.array([float(w) for w in weights]).reshape(shape)
    exact = None
    # Step by step: the common denominator of a thousand odd fractions can have a million digits.
    denominator = 1
    for weight in weights:
        denominator = lcm(denominator, weight.denominator)
        if denominator > LARGEST_DENOMINATOR:
            break
    else:
        numerators, denominator = common_denominator(weights)
        if max(map(abs, numerators), default=0) <= INT64_MAX:
            exact = np.array(numerators, np.int64).reshape(shape), denominator
    return _make(floats, exact, divisor, fields)


def _make(
    weights: NDArray[np.float64],
    exact: tuple[NDArray[np.int64], int] | None,
    divisor: object,
    fields: dict[str, Any],
) -> Kernel:
    if not 2 <= weights.ndim <= 4:
        raise ShapeError(
            f"a kernel has 2 levels (rows, columns), 3 (channels first) or 4 (maps, channels), "
            f"got {weights.ndim} (shape {shape_text(weights.shape)})"
        )
    if weights.size == 0:
        raise ShapeError(f"the kernel is empty (shape {shape_text(weights.shape)})")
    try:
        exact_divisor = as_fraction(divisor)
    except ValueError as error:
        raise OptionError(f"divisor: {error}") from None
    if exact_divisor == 0:
        raise OptionError("the divisor is 0; it must be another number")
    weights = _frozen(weights + 0.0)  # −0 is 0
    kernel = Kernel(
        weights=weights,
        values=weights,
        numerators=None if exact is None else _frozen(exact[0]),
        denominator=1 if exact is None else exact[1],
        divisor=exact_divisor,
        **fields,
    )
    return kernel if exact_divisor == 1 else kernel.divided([exact_divisor])


def turned_ring(side: int, eighths: int) -> NDArray[np.int64]:
    """Where each weight of a square comes from when its rings turn by eighths, counter-clockwise.

    side     odd
    returns  (side, side): places in row-major order

    >>> turned_ring(3, 1).tolist()
    [[1, 2, 5], [0, 4, 8], [3, 6, 7]]
    """
    places = np.arange(side * side).reshape(side, side)
    turned = places.copy()
    for first in range(side // 2):
        last = side - 1 - first
        run = range(first, last)
        # clockwise, from the top left
        ring = [(first, x) for x in run] + [(y, last) for y in run]
        ring += [(last, last - x + first) for x in run] + [(last - y + first, first) for y in run]
        shift = eighths * len(ring) // 8
        for number, place in enumerate(ring):
            turned[place] = places[ring[(number + shift) % len(ring)]]
    return turned


def _map_totals(array: NDArray[Any]) -> list[Any]:
    maps = array if array.ndim == 4 else array[np.newaxis]
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return [float(each.sum()) for each in maps]
    return [sum(each.ravel().tolist()) for each in maps]


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array


def shape_text(shape: tuple[int, ...]) -> str:
    """(3, 5, 5) as 3×5×5."""
    return "×".join(map(str, shape)) or "a single number"


def plain_number(value: Fraction | float) -> str:
    """A number as people write it: 3, 0.25, 1/9."""
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return str(value.numerator)
        if 10**9 % value.denominator == 0:
            return f"{float(value):.10g}"
        return f"{value.numerator}/{value.denominator}"
    return f"{value:.10g}"
