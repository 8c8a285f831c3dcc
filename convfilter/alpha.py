"""Filtering pictures with transparency: alpha never reaches the core as a channel.

    premultiply   A = clip(ΣKα / ΣK, 0, 1), colour = b + scale·ΣKαX / A; where A = 0 the source
                  pixel's colour: what can't be seen has no say
    keep          colours as stored; alpha is taken from the middle of the window
    straight      alpha is filtered like a colour
    drop          the result has no alpha
    auto          premultiply for Σ ≠ 0, keep for Σ = 0

With several kernels each step has its own mode, and alpha goes along from one to the next.

Beyond the picture it is transparent with a `zero` border, opaque with `constant`.
Source: T. Porter, T. Duff, Compositing digital images, 1984.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.core.border import Border, border_index
from convfilter.core.composite import finish_angle
from convfilter.core.conv import run, run_steps
from convfilter.core.execute import Done, Result
from convfilter.core.finish import Statistics, settle_results
from convfilter.core.geometry import Geometry
from convfilter.core.kernel import Amount, Kernel, make_kernel
from convfilter.core.plan import Plan
from convfilter.core.problem import Problem
from convfilter.core.spec import Spec
from convfilter.core.stages import Stage, Steps, make_chain
from convfilter.errors import OptionError

NO_BIAS = (Amount(),)
# Algorithms whose sums of zeros are zero.
EXACT_ZEROS = ("direct", "separable")


class AlphaResult(NamedTuple):
    """A result and its alpha, if it has one."""

    result: Result
    alpha: NDArray[Any] | None


def alpha_modes(mode: str, steps: Steps, policy: str) -> tuple[str, ...]:
    """The modes behind `auto`, one a step; a sum over channels and plain numbers have no place for alpha."""
    if policy == "float" or any(kernel.depth is not None for kernel, _ in steps):
        return ("drop",) * len(steps)
    if mode != "auto":
        return (mode,) * len(steps)
    return tuple("keep" if _keeps(kernel) else "premultiply" for kernel, _ in steps)


def _keeps(kernel: Kernel) -> bool:
    return kernel.zero_sum or bool(kernel.members)


class Out(NamedTuple):
    """Where to write a result and its alpha; None: into new arrays."""

    pixels: NDArray[Any] | None = None
    alpha: NDArray[Any] | None = None


NEW = Out()


def run_with_alpha(
    pixels: NDArray[Any],
    alpha: NDArray[Any] | None,
    steps: Steps,
    modes: tuple[str, ...],
    out: Out = NEW,
    ends: Statistics | None = None,
    *,
    opaque: bool | None = None,
) -> AlphaResult:
    """Filters colours (H, W[, C]) with their alpha (H, W) of the same dtype, if there is one.

    modes  from `alpha_modes`, one a step; "none" where there is no alpha
    out    of the result's shapes and dtypes; pixels may lie further apart than they are large
    ends   what `rescale` stretches, where this is one of several pictures
    opaque whether the picture is, everywhere; None: that is seen. A part's whole picture may not be

    Raises OptionError for `premultiply` with Σ = 0, and whatever `run_steps` raises.
    """
    for (kernel, _), mode in zip(steps, modes, strict=True):
        if mode == "premultiply" and _keeps(kernel):
            why = "a composite has none" if kernel.members else "is 0"
            raise OptionError(
                f"alpha: premultiply divides by the kernel's sum, which {why}; use keep"
            )
    weighs = alpha is not None and "premultiply" in modes
    if alpha is not None and weighs and opaque is None:
        opaque = is_opaque(alpha)
    if alpha is not None and weighs and not opaque:
        return _premultiplied(pixels, alpha, steps, modes, out, ends)
    result = run_steps(pixels, steps, out.pixels, ends)
    if alpha is None or "drop" in modes:
        return AlphaResult(result, None)
    if weighs:
        size = result.pixels.shape[:2]
        full = np.empty(size, alpha.dtype) if out.alpha is None else out.alpha
        full.fill(opaque_of(alpha.dtype))
        return AlphaResult(result, full)
    if "straight" in modes:
        policy = "clip" if result.policy == "rescale" else result.policy
        *before, (kernel, spec) = steps
        same = (*before, (kernel, spec._replace(range_policy=policy)))
        straight = run_steps(alpha, same, out.alpha).pixels
        if straight.dtype.kind == "f":
            np.clip(straight, 0, 1, out=straight)
        return AlphaResult(result, straight)
    for step in result.steps:
        alpha = middle_of(alpha, step.geometry, step.spec.border.kind)
    return AlphaResult(result, _put(alpha, out.alpha))


def _put(array: NDArray[Any], out: NDArray[Any] | None) -> NDArray[Any]:
    """The array, in `out` if there is one."""
    if out is None:
        return array
    out[...] = array
    return out


def opaque_of(dtype: np.dtype[Any]) -> int:
    """The alpha of what hides everything behind it: 255, 65535, or 1 in floats."""
    return 1 if dtype.kind == "f" else int(np.iinfo(dtype).max)


def is_opaque(alpha: NDArray[Any]) -> bool:
    """Whether nothing can be seen through."""
    return bool((alpha == opaque_of(alpha.dtype)).all())


class Layer(NamedTuple):
    """Colours (H, W, C) and alpha (H, W), both in numbers from 0 to `top` for what is opaque.

    colours  not multiplied with alpha
    """

    colours: NDArray[Any]
    alpha: NDArray[Any]
    top: int


def _premultiplied(
    pixels: NDArray[Any],
    alpha: NDArray[Any],
    steps: Steps,
    modes: tuple[str, ...],
    out: Out,
    ends: Statistics | None,
) -> AlphaResult:
    """In float64 from the second step on; in the first, 8-bit numbers stay whole."""
    gray = pixels.ndim == 2
    planes = pixels[:, :, np.newaxis] if gray else pixels
    chain = make_chain(steps, planes.shape, planes.dtype, gray=gray)
    opaque = opaque_of(alpha.dtype)
    layer = first_layer(planes, alpha)
    done = []
    for (kernel, spec), stage, mode in zip(steps, chain.stages, modes, strict=True):
        layer, plan = next_layer(layer, stage, mode)
        done.append(Done(kernel, spec, stage.geometry, plan, stage.made))
    results, visible, _ = layer
    hidden = visible == 0
    sources = results[hidden]
    results[hidden] = np.nan  # what can't be seen has no say in the statistics
    if steps[-1][0].combine == "angle":
        finished, facts = finish_angle(results, chain.policy, chain.pixel)
    else:
        shift = float(chain.shift)
        finished, facts = settle_results(results, chain.policy, shift, chain.pixel, ends)
    if sources.size:
        finished[hidden], _ = settle_results(sources, "clip", 0.0, chain.pixel)
    placed = _put(finished.reshape(chain.shape), out.pixels)
    last = done[-1]
    facts = facts._replace(nonfinite=0)
    result = Result(placed, last.geometry, last.plan, chain.policy, facts, tuple(done))
    seen = np.rint(visible * opaque) if alpha.dtype.kind != "f" else visible
    return AlphaResult(result, _put(seen.astype(alpha.dtype), out.alpha))


def first_layer(planes: NDArray[Any], alpha: NDArray[Any]) -> Layer:
    """What the first step reads: of 8 bits whole numbers, whose products fit, and are exact."""
    first = np.int32 if planes.dtype == np.uint8 else np.float64
    return Layer(planes.astype(first), alpha.astype(first), opaque_of(alpha.dtype))


def next_layer(layer: Layer, stage: Stage, mode: str) -> tuple[Layer, Plan]:
    """What a step makes of a layer, in float64 or what the picture's results are kept in."""
    if mode == "premultiply":
        return _weighed(layer, stage.problems[0])
    kept = run(layer.colours, stage.kernel, stage.spec._replace(range_policy="float"))
    middle = middle_of(layer.alpha, stage.geometry, stage.spec.border.kind)
    return Layer(kept.pixels, middle / layer.top, 1), kept.plan


def _weighed(layer: Layer, problem: Problem) -> tuple[Layer, Plan]:
    """One step: colours ΣKαX / A with scale and bias, and A, both in float64."""
    sums, visible, plan = _weighted(layer, problem)
    hidden = visible == 0
    if plan.algorithm not in EXACT_ZEROS:
        hidden |= _unseen(layer, problem)
        visible[hidden] = 0
    with np.errstate(divide="ignore", invalid="ignore"):  # in place: these are the largest arrays
        sums /= visible[:, :, np.newaxis]
    sums *= float(problem.spec.scale)
    sums += problem.arithmetic.biases[0] / problem.arithmetic.divisor
    middle = middle_of(layer.colours, problem.geometry, problem.spec.border.kind)
    sums[hidden] = middle[hidden]
    return Layer(sums, visible, 1), plan


def _unseen(layer: Layer, problem: Problem) -> NDArray[Any]:
    """Where no tap meets anything visible, in whole numbers: transforms leave a trace of noise there."""
    taps = make_kernel((problem.kernel.values != 0).astype(np.int64))
    border = problem.spec.border
    if border.kind == "constant":
        border = Border("constant", Fraction(1))
    plain = _plain(problem)._replace(border=border)
    seen: NDArray[Any] = run((layer.alpha != 0).astype(np.uint8), taps, plain).pixels == 0
    return seen


def _plain(problem: Problem) -> Spec:
    """Sums alone: the kernel is flipped and normalized already. A plan that is forced may not suit them."""
    plan = "direct" if problem.spec.plan == "direct" else "auto"
    return problem.spec._replace(
        bias=NO_BIAS,
        scale=Fraction(1),
        normalize="none",
        flip=False,
        range_policy="float",
        plan=plan,
    )


def _weighted(layer: Layer, problem: Problem) -> tuple[NDArray[Any], NDArray[Any], Plan]:
    """ΣKαX (H', W', C) and A = clip(ΣKα / ΣK, 0, 1) (H', W'), in float64, with α in 0…1."""
    top, border, plain = layer.top, problem.spec.border, _plain(problem)
    kernel = problem.kernel
    colour_border = alpha_border = border
    if border.kind == "constant":
        colour_border = Border("constant", Fraction(str(problem.constant)) * top)
        alpha_border = Border("constant", Fraction(top))
    coloured = run(
        layer.colours * layer.alpha[:, :, np.newaxis], kernel, plain._replace(border=colour_border)
    )
    sums = coloured.pixels.reshape(*coloured.pixels.shape[:2], -1)
    sums /= top
    shares = run(layer.alpha, kernel, plain._replace(border=alpha_border)).pixels
    shares /= top * float(kernel.map_sums[0])
    return sums, shares.clip(0.0, 1.0, out=shares), coloured.plan


def middle_of(array: NDArray[Any], geometry: Geometry, border: str) -> NDArray[Any]:
    """For every output pixel the source pixel in the middle of its window."""
    places = []
    for axis in (geometry.rows, geometry.columns):
        index = border_index(axis.size, axis.before, axis.after, border)
        if border not in ("reflect", "symmetric", "wrap"):
            index = border_index(axis.size, axis.before, axis.after, "edge")
        places.append(index[np.arange(axis.out) * axis.stride + axis.reach // 2])
    return array[np.ix_(*places)]
