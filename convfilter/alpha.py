"""Filtering pictures with transparency: alpha never reaches the core as a channel.

    premultiply   A = clip(ΣKα / ΣK, 0, 1), colour = b + scale·ΣKαX / A; where A = 0 the source
                  pixel's colour: what can't be seen has no say
    keep          colours as stored; alpha is taken from the middle of the window
    straight      alpha is filtered like a colour
    drop          the result has no alpha
    auto          premultiply for Σ ≠ 0, keep for Σ = 0

Beyond the picture it is transparent with a `zero` border, opaque with `constant`.
Source: T. Porter, T. Duff, Compositing digital images, 1984.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.border import Border, border_index
from convfilter.core.conv import Result, run
from convfilter.core.finish import settle_results
from convfilter.core.geometry import Geometry
from convfilter.core.kernel import Amount, Kernel
from convfilter.core.problem import Problem, make_problem
from convfilter.core.spec import Spec
from convfilter.errors import OptionError

OPAQUE = 255
NO_BIAS = (Amount(),)


class AlphaResult(NamedTuple):
    """A result and its alpha, if it has one."""

    result: Result
    alpha: NDArray[Any] | None


def alpha_mode(mode: str, kernel: Kernel, policy: str) -> str:
    """The mode behind `auto`; a sum over channels and plain numbers have no place for alpha."""
    if kernel.depth is not None or policy == "float":
        return "drop"
    if mode == "auto":
        return "keep" if kernel.zero_sum else "premultiply"
    return mode


class Out(NamedTuple):
    """Where to write a result and its alpha; None: into new arrays."""

    pixels: NDArray[Any] | None = None
    alpha: NDArray[Any] | None = None


NEW = Out()


def run_with_alpha(
    pixels: NDArray[Any],
    alpha: NDArray[Any] | None,
    kernel: Kernel,
    spec: Spec,
    mode: str,
    out: Out = NEW,
) -> AlphaResult:
    """Filters colours (H, W[, C]) with their uint8 alpha (H, W), if there is one.

    mode  from `alpha_mode`, or "none"
    out   of the result's shapes and dtypes; pixels may lie further apart than they are large

    Raises OptionError for `premultiply` with Σ = 0, and whatever `run` raises.
    """
    if alpha is not None and mode == "premultiply":
        return _premultiplied(pixels, alpha, kernel, spec, out)
    result = run(pixels, kernel, spec, out.pixels)
    if alpha is None or mode == "drop":
        return AlphaResult(result, None)
    if mode == "straight":
        policy = "clip" if result.policy == "rescale" else result.policy
        same = spec._replace(range_policy=policy)
        return AlphaResult(result, run(alpha, kernel, same, out.alpha).pixels)
    middle = _middle(alpha, result.geometry, spec.border.kind)
    return AlphaResult(result, _put(middle, out.alpha))


def _put(array: NDArray[Any], out: NDArray[Any] | None) -> NDArray[Any]:
    """The array, in `out` if there is one."""
    if out is None:
        return array
    out[...] = array
    return out


def _premultiplied(
    pixels: NDArray[Any], alpha: NDArray[Any], kernel: Kernel, spec: Spec, out: Out
) -> AlphaResult:
    if kernel.zero_sum:
        raise OptionError("alpha: premultiply divides by the kernel's sum, which is 0; use keep")
    if (alpha == OPAQUE).all():
        result = run(pixels, kernel, spec, out.pixels)
        opaque = np.empty(result.pixels.shape[:2], np.uint8) if out.alpha is None else out.alpha
        opaque.fill(OPAQUE)
        return AlphaResult(result, opaque)
    problem = make_problem(pixels, kernel, spec)
    results, visible, plan = _weighted(alpha, problem, spec)
    hidden = visible == 0
    with np.errstate(divide="ignore", invalid="ignore"):  # in place: these are the largest arrays
        results /= visible[:, :, np.newaxis]
    results *= float(spec.scale)
    results += problem.arithmetic.biases[0] / problem.arithmetic.divisor
    results[hidden] = np.nan
    finished, facts = settle_results(results, problem.policy, float(problem.shift), problem.pixel)
    middle = _middle(problem.image, problem.geometry, spec.border.kind)
    finished[hidden] = middle[hidden]
    facts = facts._replace(nonfinite=0)
    shaped = finished.reshape(problem.result_shape)
    placed = _put(shaped, out.pixels)
    result = Result(placed, problem.geometry, plan, problem.policy, facts)
    return AlphaResult(result, _put(np.rint(visible * OPAQUE).astype(np.uint8), out.alpha))


def _weighted(
    alpha: NDArray[Any], problem: Problem, spec: Spec
) -> tuple[NDArray[Any], NDArray[Any], Any]:
    """ΣKαX (H', W', C) and A = clip(ΣKα / ΣK, 0, 1) (H', W'), in float64, with α in 0…1."""
    plain = spec._replace(
        bias=NO_BIAS, scale=Fraction(1), normalize="none", flip=False, range_policy="float"
    )
    kernel = problem.kernel  # flipped and normalized already
    wide_alpha = alpha.astype(np.int32)
    colours = problem.image.astype(np.int32) * wide_alpha[:, :, np.newaxis]
    outside = Fraction(int(problem.constant))
    colour_border = alpha_border = spec.border
    if spec.border.kind == "constant":
        colour_border = Border("constant", outside * OPAQUE)
        alpha_border = Border("constant", Fraction(OPAQUE))
    coloured = run(colours, kernel, plain._replace(border=colour_border))
    del colours
    sums = coloured.pixels.reshape(*coloured.pixels.shape[:2], -1)
    sums /= OPAQUE
    shares = run(wide_alpha, kernel, plain._replace(border=alpha_border)).pixels
    shares /= OPAQUE * float(kernel.map_sums[0])
    return sums, shares.clip(0.0, 1.0, out=shares), coloured.plan


def _middle(array: NDArray[Any], geometry: Geometry, border: str) -> NDArray[Any]:
    """For every output pixel the source pixel in the middle of its window."""
    places = []
    for axis in (geometry.rows, geometry.columns):
        index = border_index(axis.size, axis.before, axis.after, border)
        if border not in ("reflect", "symmetric", "wrap"):
            index = border_index(axis.size, axis.before, axis.after, "edge")
        places.append(index[np.arange(axis.out) * axis.stride + axis.reach // 2])
    return array[np.ix_(*places)]
