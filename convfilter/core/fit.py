"""The kernel that turns one picture into another, by linear least squares over all windows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.arithmetic import FULL_RANGE, name_of
from convfilter.core.kernel import shape_text
from convfilter.core.least_squares import Fit, Floats, Mask, Sheet, solved
from convfilter.core.problem import check_image
from convfilter.core.spec import parse_pair
from convfilter.errors import OptionError, ShapeError

# Their products are a square matrix: 2500² numbers are 50 MB, and some ten seconds of eigenvectors.
LARGEST_UNKNOWNS = 2500
# A nice reading is told when weights of this size and uncertainty would seldom be so near one.
LARGEST_DIVISOR = 1000
NEAR_ERRORS = 4
NEAR_SHARE = 1e-6
SELDOM = 1e-4


def fit_kernel(
    before: ArrayLike,
    after: ArrayLike,
    size: Any,
    *,
    find_bias: bool = False,
    symmetric: bool = False,
    full_depth: bool = False,
    cut: Mask | None = None,
) -> Fit:
    """Find the weights with which `correlate` comes nearest to AFTER: linear least squares.

        after[y, x] ≈ bias + Σ_ij K[i, j] · before[y + i − top, x + j − left]

        X  one row a window, one column a tap;  K = (XᵀX)⁻¹Xᵀ·after
        standard error² = Σ residual² / (windows − rank) · diag (XᵀX)⁻¹

    before      (H, W) or (H, W, C), of a dtype that `correlate` takes
    after       of the same height and width: only windows wholly inside count, and as with padding
                "same" top = ⌊(kh − 1)/2⌋, left = ⌊(kw − 1)/2⌋. Or smaller by kh − 1 and kw − 1, as
                with padding "valid": top = left = 0. Strides and dilations are not looked for.
    size        kh and kw, or one whole number for both
    find_bias   a bias is looked for too                                                  (False)
    symmetric   K is its own mirror image, left to right and top to bottom: mirrored taps are one
                unknown                                                                   (False)
    full_depth  one weight for each channel of `before`: (C, kh, kw), or (O, C, kh, kw) for an
                `after` with O > 1 channels, whose maps are found one by one. Without it all
                channels share one kernel (kh, kw), and both pictures have equally many.  (False)
    cut         true where a pixel of `after` is known to be cut off, (H', W')             (None)

    Pixels of an integer `after` at the ends of its range were perhaps cut off: their windows are
    left out, and those that hold a NaN or an infinity.

    Rounding `after` to whole numbers adds e with |e| ≤ ½ to it, and (XᵀX)⁻¹Xᵀe to the weights:

        certainly     |error of K_i| ≤ ½·√(windows · (XᵀX)⁻¹_ii)           (Cauchy, Schwarz)
        as a rule     |error of K_i| ≤ k·√((XᵀX)⁻¹_ii / 12)                k standard errors

    the second because rounding errors of pictures behave like independent ones, uniform within ±½,
    of variance 1/12. A `before` that was itself rounded after the filter saw it has no such bound.

    Where the pictures don't tell all weights apart (rank < unknowns: singular values of X below
    3·10⁻⁷ of the largest count as 0), the solution is the one with the least Σ K².

    Raises ShapeError (sizes or channels that don't fit, fewer windows than unknowns), OptionError
    (size), DTypeError, PictureError (flat, too much cut off).
    Source: N. R. Draper, H. Smith, Applied Regression Analysis, 3rd ed., chapter 5; Å. Björck,
    Numerical Methods for Least Squares Problems, 1996 (refinement of normal equations).

    >>> before = np.random.default_rng(1).integers(0, 99, (6, 8))
    >>> after = 7 + before[:, :-1] - 2 * before[:, 1:]
    >>> found = fit_kernel(before, after, (1, 2), find_bias=True)
    >>> (found.weights.round(9) + 0).tolist(), round(found.bias[0], 9)
    ([[1.0, -2.0]], 7.0)
    """
    kernel_size = parse_pair("size", size)
    sources, targets = _planes("BEFORE", before), _planes("AFTER", after)
    unknowns = kernel_size[0] * kernel_size[1] * (len(sources) if full_depth else 1)
    if unknowns > LARGEST_UNKNOWNS:
        raise OptionError(
            f"size: {shape_text(kernel_size)} makes {unknowns} unknown weights, at most "
            f"{LARGEST_UNKNOWNS} can be found"
        )
    _check_channels(len(sources), len(targets), full_depth=full_depth)
    inside = _inside(sources[0].shape, targets[0].shape, kernel_size)
    marked = np.zeros(targets[0].shape, np.bool_) if cut is None else cut
    sheets = []
    for channel, target in enumerate(targets):
        planes = sources if full_depth else (sources[channel],)
        sheets.append(_sheet(planes, target[inside], marked[inside], kernel_size))
    systems = [[sheet] for sheet in sheets] if full_depth else [sheets]
    found = [
        solved(system, kernel_size, find_bias=find_bias, symmetric=symmetric) for system in systems
    ]
    depth = (len(sources),) if full_depth else ()
    maps = (len(found),) if len(found) > 1 else ()
    return _together(found, (*maps, *depth, *kernel_size))


def simple_fractions(found: Fit) -> tuple[NDArray[np.int64], int] | None:
    """Whole numbers over one small divisor that the weights stand for, if that is no coincidence.

        |K_i − w_i/n| ≤ 4·error_i for all i, and (K − w/n)ᵀXᵀX(K − w/n) / variance ≤ p + 4·√(2p)

    with the least such n ≤ 1000; the second is χ² of p unknowns: the residual grows no more than by
    chance.

    returns  (whole numbers w shaped like the weights, divisor n), or None

    By chance weights are so near to whole numbers over n with probability ∏ min(1, 8·n·error_i),
    the product taken over the unknowns; summed over all n that were tried it must stay below 10⁻⁴.
    Weights are never told nearer than 10⁻⁶ of the largest: floats have not more digits.
    Source: N. R. Draper, H. Smith, Applied Regression Analysis, 3rd ed., chapter 5.

    >>> before = np.random.default_rng(1).integers(0, 99, (6, 8))
    >>> simple_fractions(fit_kernel(before, (before[:, :-1] - 2 * before[:, 1:]) / 8, (1, 2)))
    (array([[ 1, -2]]), 8)
    """
    weights = found.weights
    digits = NEAR_SHARE * float(np.abs(weights).max())
    near = np.maximum(NEAR_ERRORS * found.standard_error, digits)
    if not np.isfinite(near).all():
        return None
    independent = min(1, found.unknowns / weights.size)  # mirrored taps are one unknown
    chance = 0.0
    for divisor in range(1, LARGEST_DIVISOR + 1):
        chance += float(np.minimum(1, 2 * divisor * near).prod()) ** independent
        if chance > SELDOM:
            break
        whole = np.rint(weights * divisor)
        off = weights - whole / divisor
        if (np.abs(off) <= near).all() and _fits_as_well(found, off, digits):
            return (whole.astype(np.int64), divisor) if whole.any() else None
    return None


def _fits_as_well(found: Fit, off: Floats, digits: float) -> bool:
    """Whether weights that are `off` leave no more residual than chance and these digits would."""
    unknowns = found.unknowns / len(found.products)
    allowed = unknowns + NEAR_ERRORS * np.sqrt(2 * unknowns)
    apart = off.reshape(len(found.products), -1)
    for each, products, variance in zip(apart, found.products, found.variances, strict=True):
        if each @ products @ each > allowed * (variance + digits**2 * np.trace(products)):
            return False
    return True


def luma(pixels: NDArray[Any]) -> Floats:
    """Grey from colour (H, W, 3), Rec. 601, not rounded: a filter of all channels stays one.

    >>> luma(np.array([[[100, 0, 0], [0, 100, 50]]])).round(6).tolist()
    [[29.9, 64.4]]
    """
    grey: Floats = pixels @ np.array([0.299, 0.587, 0.114])
    return grey


def at_an_end(pixels: NDArray[Any]) -> Mask:
    """Where whole numbers are at an end of their dtype's range, and so were perhaps cut off."""
    if (name := name_of(pixels.dtype)) not in FULL_RANGE:
        return np.zeros(pixels.shape, np.bool_)
    low, high = FULL_RANGE[name]
    ends: Mask = (pixels == low) | (pixels == high)
    return ends


def _planes(name: str, picture: ArrayLike) -> tuple[NDArray[Any], ...]:
    try:
        pixels = check_image(picture)
    except ShapeError as error:
        raise ShapeError(f"{name}: {error}") from None
    if pixels.ndim == 2:
        return (pixels,)
    return tuple(pixels[:, :, channel] for channel in range(pixels.shape[2]))


def _check_channels(before: int, after: int, *, full_depth: bool) -> None:
    if full_depth or before == after:
        return
    raise ShapeError(
        f"BEFORE has {before} channel{'s' * (before > 1)}, AFTER {after}: one kernel for all "
        "channels needs equally many; --full-depth finds a weight for each channel, --gray turns "
        "both pictures to grey first"
    )


def _inside(
    before: tuple[int, ...], after: tuple[int, ...], size: tuple[int, int]
) -> tuple[slice, slice]:
    """The part of AFTER whose windows lie wholly in BEFORE."""
    rows, columns = before[0] - size[0] + 1, before[1] - size[1] + 1
    if min(rows, columns) < 1:
        raise ShapeError(
            f"no window fits: the kernel is {shape_text(size)}, BEFORE {shape_text(before)} "
            "(high×wide)"
        )
    if after == (rows, columns):
        return np.s_[:, :]
    if after == before:
        top, left = (size[0] - 1) // 2, (size[1] - 1) // 2
        return np.s_[top : top + rows, left : left + columns]
    raise ShapeError(
        f"BEFORE is {shape_text(before)}, AFTER {shape_text(after)} (high×wide): a kernel of "
        f"{shape_text(size)} gives {shape_text(before)} (padding same) or "
        f"{rows}×{columns} (padding valid){_likely(before, after)}; stride and dilation "
        "are not looked for"
    )


def _likely(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """The size that would fit, where AFTER is a little smaller."""
    lost = before[0] - after[0], before[1] - after[1]
    if min(lost) < 0 or max(lost) > min(before) // 8:
        return ""
    return f", and {after[0]}×{after[1]} comes from --size {lost[0] + 1}x{lost[1] + 1}"


def _sheet(
    sources: tuple[NDArray[Any], ...], target: NDArray[Any], cut: Mask, size: tuple[int, int]
) -> Sheet:
    usable = ~(cut | at_an_end(target))
    clipped = usable.size - int(np.count_nonzero(usable))
    if target.dtype.kind == "f":
        usable &= np.isfinite(target)
    for plane in sources:
        if plane.dtype.kind == "f" and not (finite := np.isfinite(plane)).all():
            usable &= _whole_windows(finite, size)
    return Sheet(sources, target, usable, clipped, int(np.count_nonzero(usable)))


def _whole_windows(good: Mask, size: tuple[int, int]) -> Mask:
    """Where all pixels of a window are good."""
    for axis in (0, 1):
        count = good.shape[axis] - size[axis] + 1
        shifted = [good.take(range(at, at + count), axis) for at in range(size[axis])]
        good = np.logical_and.reduce(shifted)
    return good


def _together(found: list[Fit], shape: tuple[int, ...]) -> Fit:
    """One Fit of all maps: their systems are independent, so windows, rank and unknowns add up."""
    windows = sum(each.windows for each in found)
    return Fit(
        weights=np.stack([each.weights for each in found]).reshape(shape),
        standard_error=np.stack([each.standard_error for each in found]).reshape(shape),
        bias=tuple(each.bias[0] for each in found),
        bias_error=tuple(each.bias_error[0] for each in found),
        rms=float(np.sqrt(sum(each.rms**2 * each.windows for each in found) / windows)),
        largest=max(each.largest for each in found),
        spread=float(np.sqrt(sum(each.spread**2 * each.windows for each in found) / windows)),
        windows=windows,
        clipped=sum(each.clipped for each in found),
        nonfinite=sum(each.nonfinite for each in found),
        rank=sum(each.rank for each in found),
        unknowns=sum(each.unknowns for each in found),
        condition=max(each.condition for each in found),
        variances=tuple(each.variances[0] for each in found),
        products=tuple(each.products[0] for each in found),
    )
