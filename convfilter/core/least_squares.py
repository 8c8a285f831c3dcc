"""Linear least squares over all windows of pictures: the equations, their solution, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.errors import PictureError, ShapeError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Eigenvalues of XᵀX below this share of the largest count as 0. Of periodic float64 pictures those
# that should be 0 are up to 2·10⁻¹⁵; a photograph's least is 10⁻⁶, blurred 10⁻¹⁰.
ZERO_SHARE = 1e-13
# Numbers of one block of windows, 8 MB: 25 rows of 32768 windows and 225 of 4660 run equally well.
BLOCK_NUMBERS = 2**20
BLOCK_WINDOWS = (2048, 32768)
SETTLED = 1e-10
# Pixels whose variance is below this share of their mean square are all the same: of flat pictures of
# floats rounding leaves up to 1.04·10⁻¹⁴, and how much depends on the processor.
FLAT_SHARE = 1e-13
# An eigenvector has a part in a tap above this.
UNTOLD_PART = 1e-6


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


class Sheet(NamedTuple):
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


# Normal equations, then refinement by residuals of the pictures themselves. Measured on astronaut
# and camera, sharp and blurred, as 8-bit, float32 and float64 numbers, 5×5 to 15×15: the equations
# alone lose 5 to 9 of 16 digits on a blurred picture (10⁻⁷ at 15×15, condition 8·10⁴); refinement
# gives them back (4·10⁻¹⁴, a QR factorization 7·10⁻¹³). QR takes 10 to 30 times as long as the
# products, which are exact for 8-bit pictures: whole numbers below 2⁵³.
def solved(
    sheets: Sequence[Sheet], size: tuple[int, int], *, find_bias: bool, symmetric: bool
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


def _check_enough(sheets: Sequence[Sheet], unknowns: int) -> None:
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


def _middle(sheets: Sequence[Sheet]) -> float:
    """About the mean of BEFORE, whole for whole numbers: their products stay exact."""
    samples = np.concatenate([p[::4, ::4].ravel() for sheet in sheets for p in sheet.sources])
    finite = samples[np.isfinite(samples)]
    with np.errstate(over="ignore"):
        mean = float(finite.mean(dtype=np.float64)) if finite.size else 0.0
    return float(round(mean)) if samples.dtype.kind in "iu" else mean


def _blocks(sheets: Sequence[Sheet], size: tuple[int, int], shift: float) -> Iterator[Floats]:
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


def _moments(sheets: Sequence[Sheet], size: tuple[int, int], shift: float) -> Floats:
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
    sheets: Sequence[Sheet], size: tuple[int, int], shift: float, weights: Floats, bias: float
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
