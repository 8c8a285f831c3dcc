"""The kernel that turns one picture into another, by linear least squares over all windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.arithmetic import FULL_RANGE, name_of
from convfilter.core.kernel import shape_text
from convfilter.core.problem import check_image
from convfilter.core.spec import parse_pair
from convfilter.errors import OptionError, PictureError, ShapeError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Their products are a square matrix: 2048² numbers are 34 MB, and a few seconds of eigenvectors.
LARGEST_UNKNOWNS = 2048
# Eigenvalues of XᵀX below this share of the largest count as 0. Of periodic float64 pictures those
# that should be 0 are up to 2·10⁻¹⁵; a photograph's least is 10⁻⁶, blurred 10⁻¹⁰.
ZERO_SHARE = 1e-13
# Numbers of one block of windows, 8 MB: 25 rows of 32768 windows and 225 of 4660 run equally well.
BLOCK_NUMBERS = 2**20
BLOCK_WINDOWS = (2048, 32768)
SETTLED = 1e-10
# Pixels whose variance is below this share of their mean square are all the same.
FLAT_SHARE = 1e-14
# An eigenvector has a part in a tap above this.
UNTOLD_PART = 1e-6
# A nice reading is told when weights of this size and uncertainty would seldom be so near one.
LARGEST_DIVISOR = 1000
NEAR_ERRORS = 4
NEAR_SHARE = 1e-6
SELDOM = 1e-4


class Fit(NamedTuple):
    """A kernel that was found, and how well it is known.

    weights         (kh, kw), (C, kh, kw) or (O, C, kh, kw), float64
    standard_error  of each weight; infinite where the pictures don't tell it
    bias            in AFTER's units, one a map; zeros where none was looked for
    bias_error      its standard error, likewise
    rms, largest    of the residuals AFTER − fitted, in AFTER's units
    spread          AFTER's standard deviation over the windows used
    windows         used;  clipped, nonfinite: left out
    rank            how many of the unknowns the pictures tell
    condition       of the matrix of windows: its largest singular value over the least that counts
    variances       of the residuals, one a map
    products        XᵀX of the taps, (taps, taps), one a map; a bias is taken out of it
    """

    weights: Floats
    standard_error: Floats
    bias: tuple[float, ...]
    bias_error: tuple[float, ...]
    rms: float
    largest: float
    spread: float
    windows: int
    clipped: int
    nonfinite: int
    rank: int
    unknowns: int
    condition: float
    variances: tuple[float, ...]
    products: tuple[Floats, ...]


class _Sheet(NamedTuple):
    """Windows of one target plane: source planes (H, W), target and its usable places (h, w)."""

    sources: tuple[NDArray[Any], ...]
    target: NDArray[Any]
    usable: Mask
    clipped: int
    used: int

    @property
    def nonfinite(self) -> int:
        """Windows left out because of a NaN or an infinity."""
        return self.usable.size - self.used - self.clipped


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
        _solved(system, kernel_size, find_bias=find_bias, symmetric=symmetric) for system in systems
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
) -> _Sheet:
    usable = ~(cut | at_an_end(target))
    clipped = usable.size - int(np.count_nonzero(usable))
    if target.dtype.kind == "f":
        usable &= np.isfinite(target)
    for plane in sources:
        if plane.dtype.kind == "f" and not (finite := np.isfinite(plane)).all():
            usable &= _whole_windows(finite, size)
    return _Sheet(sources, target, usable, clipped, int(np.count_nonzero(usable)))


def _whole_windows(good: Mask, size: tuple[int, int]) -> Mask:
    """Where all pixels of a window are good."""
    for axis in (0, 1):
        count = good.shape[axis] - size[axis] + 1
        shifted = [good.take(range(at, at + count), axis) for at in range(size[axis])]
        good = np.logical_and.reduce(shifted)
    return good


# Normal equations, then refinement by residuals of the pictures themselves. Measured on astronaut
# and camera, sharp and blurred, as 8-bit, float32 and float64 numbers, 5×5 to 15×15: the equations
# alone lose 5 to 9 of 16 digits on a blurred picture (10⁻⁷ at 15×15, condition 8·10⁴); refinement
# gives them back (4·10⁻¹⁴, a QR factorization 7·10⁻¹³). QR takes 10 to 30 times as long as the
# products, which are exact for 8-bit pictures: whole numbers below 2⁵³.
def _solved(
    sheets: Sequence[_Sheet], size: tuple[int, int], *, find_bias: bool, symmetric: bool
) -> Fit:
    """One kernel (depth, kh, kw) for all windows of the sheets."""
    depth = len(sheets[0].sources)
    fold = _fold(depth, size, symmetric=symmetric)
    unknowns = fold.shape[1] + find_bias
    _check_enough(sheets, unknowns)
    shift = _middle(sheets) if find_bias else 0.0  # a bias and pixels around 0 are least alike
    moments = _moments(sheets, size, shift)
    inverse = _Inverse(moments, fold, find_bias=find_bias)
    weights, bias = inverse.step(moments[:-2, -1], float(moments[-2, -1]))
    last = np.inf
    while True:
        residual = _residual(sheets, size, shift, weights, bias)
        change, bias_change = inverse.step(residual.cross, residual.total)
        step = float(np.abs(change).max())
        if not step <= last / 2:
            break  # these numbers give no more digits
        weights, bias, last = weights + change, bias + bias_change, step
        if step <= SETTLED * np.abs(weights).max():
            break
    used = int(moments[-2, -2])
    variance = residual.squares / (used - inverse.rank)
    return Fit(
        weights=weights.reshape(depth, *size),
        standard_error=np.sqrt(variance * inverse.variances()).reshape(depth, *size),
        bias=(bias - shift * float(weights.sum()) if find_bias else 0.0,),
        bias_error=(float(np.sqrt(variance * inverse.bias_variance(shift))) if find_bias else 0.0,),
        rms=float(np.sqrt(residual.squares / used)),
        largest=residual.largest,
        spread=float(np.sqrt(max(moments[-1, -1] / used - (moments[-2, -1] / used) ** 2, 0))),
        windows=used,
        clipped=sum(sheet.clipped for sheet in sheets),
        nonfinite=sum(sheet.nonfinite for sheet in sheets),
        rank=inverse.rank,
        unknowns=unknowns,
        condition=inverse.condition,
        variances=(variance,),
        products=(inverse.products,),
    )


def _fold(depth: int, size: tuple[int, int], *, symmetric: bool) -> Floats:
    """Taps from unknowns, (depth·kh·kw, unknowns): an orthonormal column for each set of taps."""
    place = np.arange(size[0] * size[1]).reshape(size)
    if symmetric:
        place = np.minimum.reduce([place, place[::-1], place[:, ::-1], place[::-1, ::-1]])
    columns = place.reshape(-1, 1) == np.unique(place)
    return np.kron(np.eye(depth), columns / np.sqrt(columns.sum(axis=0)))


def _check_enough(sheets: Sequence[_Sheet], unknowns: int) -> None:
    used, clipped = sum(sheet.used for sheet in sheets), sum(sheet.clipped for sheet in sheets)
    total = sum(sheet.usable.size for sheet in sheets)
    if used > unknowns:
        return
    if used == total:
        raise ShapeError(
            f"{used} windows for {unknowns} unknowns: more windows than unknowns are needed; use a "
            "smaller --size or larger pictures"
        )
    reasons = [
        (clipped, "because AFTER is at an end of its range there and was perhaps cut off"),
        (total - used - clipped, "because of a NaN or an infinity"),
    ]
    why = ", ".join(f"{count} {reason}" for count, reason in reasons if count)
    raise PictureError(
        f"{used} of {total} windows are left for {unknowns} unknowns, more are needed; left out: "
        f"{why}"
    )


def _middle(sheets: Sequence[_Sheet]) -> float:
    """About the mean of BEFORE, whole for whole numbers: their products stay exact."""
    samples = np.concatenate([p[::4, ::4].ravel() for sheet in sheets for p in sheet.sources])
    finite = samples[np.isfinite(samples)]
    with np.errstate(over="ignore"):
        mean = float(finite.mean(dtype=np.float64)) if finite.size else 0.0
    return float(round(mean)) if samples.dtype.kind in "iu" else mean


def _blocks(sheets: Sequence[_Sheet], size: tuple[int, int], shift: float) -> Iterator[Floats]:
    """All windows, some at a time: rows are the taps (less `shift`), ones, and the target.

    (depth·kh·kw + 2, windows); columns of windows that don't count are 0. Each block is overwritten
    by the next.
    """
    rows = len(sheets[0].sources) * size[0] * size[1] + 2
    most = min(max(BLOCK_NUMBERS // rows, BLOCK_WINDOWS[0]), BLOCK_WINDOWS[1])
    memory = np.empty(rows * most)
    for sheet in sheets:
        height, width = sheet.target.shape
        across = min(width, most)
        down = max(1, most // across)
        for y in range(0, height, down):
            for x in range(0, width, across):
                part = sheet.target[y : y + down, x : x + across]
                block = memory[: rows * part.size].reshape(rows, *part.shape)
                _gather(sheet.sources, (y, x), size, shift, block[:-2])
                block[-2], block[-1] = 1, part
                flat = block.reshape(rows, -1)
                used = sheet.usable[y : y + down, x : x + across].ravel()
                if not used.all():
                    flat[:, ~used] = 0
                yield flat


def _gather(
    sources: Sequence[NDArray[Any]],
    corner: tuple[int, int],
    size: tuple[int, int],
    shift: float,
    out: Floats,
) -> None:
    """What each tap sees in the windows of a block, (taps, rows, columns)."""
    down, across = out.shape[1:]
    y, x = corner
    tap = 0
    for plane in sources:
        part = plane[y : y + down + size[0] - 1, x : x + across + size[1] - 1].astype(np.float64)
        part -= shift
        for i in range(size[0]):
            for j in range(size[1]):
                out[tap] = part[i : i + down, j : j + across]
                tap += 1


def _moments(sheets: Sequence[_Sheet], size: tuple[int, int], shift: float) -> Floats:
    """Sums of products of all rows of the blocks with each other."""
    rows = len(sheets[0].sources) * size[0] * size[1] + 2
    moments = np.zeros((rows, rows))
    with np.errstate(over="ignore", invalid="ignore"):
        for block in _blocks(sheets, size, shift):
            moments += block @ block.T
    if not np.isfinite(moments).all():
        raise PictureError("the pictures' numbers are too large for sums of squares: divide them")
    return moments


class _Residual(NamedTuple):
    """AFTER less what the kernel gives: its products with the taps, and sums."""

    cross: Floats
    total: float
    squares: float
    largest: float


def _residual(
    sheets: Sequence[_Sheet], size: tuple[int, int], shift: float, weights: Floats, bias: float
) -> _Residual:
    cross = np.zeros(weights.size)
    total = squares = largest = 0.0
    for block in _blocks(sheets, size, shift):
        rest = block[-1] - weights @ block[:-2] - bias * block[-2]
        cross += block[:-2] @ rest
        total += float(rest.sum())
        squares += float(rest @ rest)
        largest = max(largest, float(np.abs(rest).max()))
    return _Residual(cross, total, squares, largest)


class _Inverse:
    """(XᵀX)⁻¹ of the taps, by eigenvectors: without those whose eigenvalue counts as 0.

    A bias is taken out first: the means of all columns are subtracted from them.
    """

    def __init__(self, moments: Floats, fold: Floats, *, find_bias: bool) -> None:
        products, sums, self._used = moments[:-2, :-2], moments[:-2, -2], float(moments[-2, -2])
        squares = np.diag(products)
        if (squares - sums**2 / self._used <= FLAT_SHARE * squares).all():
            raise PictureError(
                "BEFORE is flat, all its windows look alike: it tells no weights apart"
            )
        self._find_bias = find_bias
        self._mean = sums / self._used if find_bias else np.zeros(len(sums))
        self.products = products - self._used * np.outer(self._mean, self._mean)
        values, vectors = np.linalg.eigh(fold.T @ self.products @ fold)
        kept = values > ZERO_SHARE * values[-1]
        self._values, self._vectors = values[kept], fold @ vectors[:, kept]
        self._untold = fold @ vectors[:, ~kept]
        self.rank = int(kept.sum()) + find_bias
        self.condition = float(np.sqrt(self._values[-1] / self._values[0]))

    def step(self, cross: Floats, total: float) -> tuple[Floats, float]:
        """Weights and bias that explain products with the taps, and a sum."""
        told = self._vectors.T @ (cross - self._mean * total)
        weights = self._vectors @ (told / self._values)
        bias = total / self._used - float(self._mean @ weights) if self._find_bias else 0.0
        return weights, bias

    def variances(self) -> Floats:
        """The diagonal of the inverse; infinite where an eigenvector left out has a part."""
        told = (self._vectors**2 / self._values).sum(axis=1)
        untold = np.abs(self._untold).max(axis=1, initial=0) > UNTOLD_PART
        return np.where(untold, np.inf, told)

    def bias_variance(self, shift: float) -> float:
        """The bias's own, at pixels of 0."""
        mean = self._mean + shift
        if np.abs(mean @ self._untold).max(initial=0) > UNTOLD_PART * np.abs(mean).max():
            return float(np.inf)
        return 1 / self._used + float(((mean @ self._vectors) ** 2 / self._values).sum())


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
