"""correlate and convolve: check → plan → run → finish. The page to read first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core import direct
from convfilter.core.bands import writes_to
from convfilter.core.doubt import careful
from convfilter.core.finish import Finish, Statistics, fused_finish, raw_finish, settle
from convfilter.core.geometry import Geometry, make_geometry
from convfilter.core.kernel import Kernel, shape_text
from convfilter.core.plan import ALGORITHMS, Plan, make_plan
from convfilter.core.problem import Problem, check_depth, enlarged, make_problem
from convfilter.core.resize import enlarge
from convfilter.core.spec import Spec, make_spec, spec_of
from convfilter.core.stretch import measuring, stretched
from convfilter.errors import DTypeError, ShapeError
from convfilter.native.loops import Loop

Run = Callable[[Problem, Finish, NDArray[Any]], Statistics]


class Result(NamedTuple):
    """Pixels, and how they came about."""

    pixels: NDArray[Any]
    geometry: Geometry
    plan: Plan
    policy: str
    statistics: Statistics


def correlate(
    image: ArrayLike,
    weights: Kernel | ArrayLike,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    border: Any = "zero",
    dilation: Any = 1,
    scale: Any = 1,
    normalize: str = "none",
    flip: bool = False,
    range_policy: str = "float",
    exact: bool = False,
    plan: str = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Lay a kernel on every place of an image, as written, and return the weighted sums.

        out[y, x] = bias + scale·Σ_ij K[i, j] · image[y·stride + i·dilation − top,
                                                      x·stride + j·dilation − left]

    image         (H, W) or (H, W, C); uint8, uint16, int16, int32, float32, float64, any strides.
                  Not modified. bool, int8, uint32, int64 and lists count as int32.
    weights       (kh, kw): each channel by itself; (C, kh, kw): summed over the channels into one
                  map; (O, C, kh, kw): O maps. An array or a Kernel.
    bias          a number in the image's own units, "50%" of its full range, or one a map
    stride        a whole number or (y, x)                                             (1)
    padding       "valid", "same", "same-lower", "full", pixels, (y, x) or (top, bottom, left,
                  right)                                                               ("valid")
    border        "zero", ("constant", value), "edge", "reflect", "symmetric", "wrap",
                  "resize": what the padding holds                                     ("zero")
    dilation      a whole number or (y, x): distance of neighbouring taps              (1)
    scale         multiplies the sum, before the bias                                  (1)
    normalize     "none", "sum", "abs-sum", "size": divides the weights                ("none")
    flip          turns the kernel by 180° first, as convolve does                     (False)
    range_policy  "float" keeps the numbers; "auto", "clip", "abs", "offset", "rescale" make pixels
                  of the image's own dtype                                             ("float")
    exact         float kernels too give the same result on every processor            (False)
    plan          the algorithm                                                        ("auto")
    threads       cores at work; None: all that this process may use                   (None)
    out           where to write: right shape and dtype, C-contiguous, apart from image (None)

    Returns (H', W'[, C or O]), float32 (float64 for float64 and int32 images), not clipped, with
    H' = (H + top + bottom − dilation·(kh − 1) − 1) // stride + 1.

    Raises ShapeError, DTypeError, OptionError, each with the offending value.
    Source: R. Szeliski, Computer Vision, 2nd ed., section 3.2.

    >>> step = np.array([[0, 0, 0, 9, 9, 9]] * 3, np.float32)
    >>> rising = np.array([[-1, 0, 1]], np.float32)
    >>> correlate(step, rising, padding="same", border="edge")[1].tolist()
    [0.0, 0.0, 9.0, 9.0, 0.0, 0.0]
    """
    spec = spec_of(
        stride=stride,
        padding=padding,
        border=border,
        dilation=dilation,
        bias=bias,
        scale=scale,
        normalize=normalize,
        flip=flip,
        range_policy=range_policy,
        exact=exact,
        plan=plan,
        threads=threads,
    )
    return run(image, weights, spec, _contiguous(out)).pixels


def convolve(
    image: ArrayLike,
    weights: Kernel | ArrayLike,
    bias: Any = None,
    *,
    out: NDArray[Any] | None = None,
    **options: Any,
) -> NDArray[Any]:
    """Correlate with the kernel turned by 180°: convolution in the strict sense.

        out[y, x] = bias + scale·Σ_ij K[kh − 1 − i, kw − 1 − j] · image[…as in correlate…]

    Parameters, result and errors are those of `correlate`; the padding is not turned.
    Source: R. Szeliski, Computer Vision, 2nd ed., section 3.2.

    >>> convolve([[0, 0, 1, 0, 0]], [[1, 2, 3]]).tolist()
    [[1.0, 2.0, 3.0]]
    """
    options.setdefault("range_policy", "float")
    return run(image, weights, spec_of(bias=bias, flip=True, **options), _contiguous(out)).pixels


def run(
    image: ArrayLike,
    kernel: Kernel | ArrayLike,
    spec: Spec,
    out: NDArray[Any] | None = None,
) -> Result:
    """One convolution with all that can be told about it.

    out  right shape and dtype, the numbers of a pixel side by side, apart from image; rows and
         pixels may lie further apart
    """
    problem = make_problem(image, kernel, spec)
    plan = make_plan(problem)
    if out is not None:
        _check_out(out, problem, image)
    ready = _ready(problem)
    pixels, statistics = _rescaled(ready, plan, out) or _pixels_of(
        ready, ALGORITHMS[plan.algorithm].run, out
    )
    if again := careful(ready, plan, statistics):
        ready, plan = again
        pixels, statistics = _pixels_of(ready, direct.run_strictly, out)
    return Result(pixels, problem.geometry, plan, problem.policy, statistics)


def choose_plan(
    image: ArrayLike, weights: Kernel | ArrayLike, bias: Any = None, **options: Any
) -> Plan:
    """The algorithm that `correlate` would use for the same arguments, with the reason in words.

    >>> choose_plan(np.zeros((9, 9), np.uint8), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]).algorithm
    'direct'
    """
    options.pop("out", None)
    options.setdefault("range_policy", "float")
    return make_plan(make_problem(image, weights, make_spec(bias=bias, **options)))


def output_shape(
    image_shape: tuple[int, ...],
    kernel_shape: tuple[int, ...],
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
) -> tuple[int, ...]:
    """The shape of the result, from the size formula.

    image_shape   (H, W) or (H, W, C)
    kernel_shape  (kh, kw), (C, kh, kw) or (O, C, kh, kw)

    Raises ShapeError when the output would be empty, or levels or channels don't fit.

    >>> output_shape((459, 612), (5, 5), padding=2, stride=2)
    (230, 306)
    >>> output_shape((32, 32, 3), (16, 3, 3, 3), padding=1)
    (32, 32, 16)
    """
    if len(image_shape) not in (2, 3) or not 2 <= len(kernel_shape) <= 4:
        raise ShapeError(
            f"image {shape_text(tuple(image_shape))}, kernel {shape_text(tuple(kernel_shape))}: an "
            "image has 2 or 3 dimensions, a kernel 2 to 4"
        )
    if min(kernel_shape) < 1:
        raise ShapeError(f"the kernel is empty (shape {shape_text(tuple(kernel_shape))})")
    if len(image_shape) == 3:
        check_depth(tuple(kernel_shape), tuple(image_shape))
    spec = make_spec(stride=stride, padding=padding, dilation=dilation)
    height, width = image_shape[:2]
    kernel_size = (kernel_shape[-2], kernel_shape[-1])
    geometry = make_geometry((height, width), kernel_size, spec.stride, spec.dilation, spec.padding)
    if len(kernel_shape) == 4:
        return (*geometry.out, kernel_shape[0])
    return geometry.out if len(kernel_shape) == 3 else (*geometry.out, *image_shape[2:])


def _ready(problem: Problem) -> Problem:
    """The problem with an image that loops can read: enlarged if so asked, at aligned addresses."""
    image = problem.image
    if problem.spec.border.kind == "resize" and any(problem.geometry.padding):
        rows, columns = problem.geometry.rows, problem.geometry.columns
        return enlarged(problem, enlarge(image, rows.padded, columns.padded))
    if image.flags.aligned and not any(step % image.itemsize for step in image.strides):
        return problem
    return replace(problem, image=image.copy(order="C"))


def _rescaled(
    problem: Problem, plan: Plan, out: NDArray[Any] | None
) -> tuple[NDArray[Any], Statistics] | None:
    """The policy `rescale` in two passes, without a picture of sums; None where that can't be."""
    algorithm = ALGORITHMS[plan.algorithm]
    measured = measuring(problem)
    if problem.policy != "rescale" or _fused(measured) is None:
        return None
    pixels, facts = _pixels_of(measured, algorithm.run, out)
    second = stretched(problem, facts)
    if second is None or _fused(second) is None or not algorithm.suits(second):
        return None
    pixels, _ = _pixels_of(second, algorithm.run, pixels if out is None else out)
    return pixels, facts._replace(below=0, above=0)


def _pixels_of(
    problem: Problem, run_: Run, out: NDArray[Any] | None
) -> tuple[NDArray[Any], Statistics]:
    shape = (*problem.geometry.out, problem.planes)
    fused = _fused(problem)
    finish = fused or raw_finish(problem.arithmetic)
    there = None if out is None else out.reshape(shape)
    in_place = there is not None and fused is not None and writes_to(there)
    target = there if in_place and there is not None else np.empty(shape, finish.pixel)
    statistics = run_(problem, finish, target)
    if fused is None:
        target, statistics = settle(
            target, problem.arithmetic, problem.policy, problem.shift, problem.pixel
        )
    if there is not None and not in_place:
        there[...] = target
    return (target.reshape(problem.result_shape) if out is None else out), statistics


def _fused(problem: Problem) -> Finish | None:
    return fused_finish(problem.arithmetic, problem.policy, problem.shift, problem.pixel)


def loops_needed(kernel: Kernel, dtype: str, spec: Spec) -> set[Loop]:
    """The compiled loops that a kernel needs on images of one dtype."""
    image = np.zeros((*kernel.size, kernel.depth or 1), dtype)
    problem = make_problem(image, kernel, spec)
    finish = _fused(problem) or raw_finish(problem.arithmetic)
    loops: set[Loop] = ALGORITHMS[make_plan(problem).algorithm].loops(problem, finish)
    return loops


def _contiguous(out: NDArray[Any] | None) -> NDArray[Any] | None:
    if isinstance(out, np.ndarray) and not out.flags.c_contiguous:
        raise ShapeError("out must be C-contiguous and writeable")
    return out


def _check_out(out: NDArray[Any], problem: Problem, image: ArrayLike) -> None:
    if not isinstance(out, np.ndarray) or out.dtype != problem.pixel:
        given = out.dtype if isinstance(out, np.ndarray) else type(out).__name__
        raise DTypeError(f"out must be a {problem.pixel} array, got {given}")
    if out.shape != problem.result_shape:
        raise ShapeError(
            f"out is {shape_text(out.shape)}, the result {shape_text(problem.result_shape)}"
        )
    if not out.flags.writeable:
        raise ShapeError("out must be C-contiguous and writeable")
    source = image if isinstance(image, np.ndarray) else problem.image
    if np.may_share_memory(out, problem.image) or np.may_share_memory(out, source):
        raise ShapeError("out overlaps the image: give other memory")
