"""correlate and convolve: check → plan → run → finish. The page to read first."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.chain import loops_of_composite, run_chain
from convfilter.core.execute import Done, Result, check_out, loops_of, run_problem
from convfilter.core.finish import Statistics
from convfilter.core.geometry import Geometry, make_geometry
from convfilter.core.kernel import Kernel, shape_text
from convfilter.core.plan import Plan, make_plan
from convfilter.core.problem import check_depth, check_image, make_problem, outline
from convfilter.core.spec import Spec, make_spec, spec_of
from convfilter.core.stages import Steps, make_chain
from convfilter.errors import ShapeError
from convfilter.native.loops import Loop


class Outline(NamedTuple):
    """What is known of a result before it is made."""

    shape: tuple[int, ...]
    pixel: np.dtype[Any]
    policy: str
    geometries: tuple[Geometry, ...]


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
    ends: Statistics | None = None,
) -> Result:
    """One kernel, with all that can be told about it.

    out   right shape and dtype, the numbers of a pixel side by side, apart from image; rows and
          pixels may lie further apart
    ends  what `rescale` stretches, where this is one of several pictures: the least and greatest of all
    """
    if isinstance(kernel, Kernel) and kernel.members:
        return run_chain(image, ((kernel, spec),), out, ends)
    problem = make_problem(image, kernel, spec)
    if out is not None:
        check_out(out, image, problem.result_shape, problem.pixel)
        check_out(out, problem.image, problem.result_shape, problem.pixel)
    result = run_problem(problem, out, ends)
    made = (*problem.geometry.out, problem.planes)
    given = kernel if isinstance(kernel, Kernel) else problem.kernel
    return result._replace(steps=(Done(given, spec, problem.geometry, result.plan, made),))


def run_steps(
    image: ArrayLike,
    steps: Steps,
    out: NDArray[Any] | None = None,
    ends: Statistics | None = None,
) -> Result:
    """Kernels applied in turn, each with its spec; the last one's has the range policy. See `run`."""
    if len(steps) == 1:
        return run(image, *steps[0], out, ends)
    return run_chain(image, steps, out, ends)


def choose_plan(
    image: ArrayLike, weights: Kernel | ArrayLike, bias: Any = None, **options: Any
) -> Plan:
    """The algorithm that `correlate` would use for the same arguments, with the reason in words.

    >>> choose_plan(np.zeros((9, 9), np.uint8), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]).algorithm
    'direct'
    """
    options.pop("out", None)
    options.setdefault("range_policy", "float")
    spec = make_spec(bias=bias, **options)
    if isinstance(weights, Kernel) and weights.members:
        pixels = check_image(image)
        shape = (*pixels.shape, 1)[:3]
        return (
            make_chain(((weights, spec),), shape, pixels.dtype, gray=pixels.ndim == 2)
            .stages[0]
            .plan
        )
    return make_plan(make_problem(image, weights, spec))


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
    if isinstance(image_shape, str) or isinstance(kernel_shape, str):
        raise ShapeError(
            "shapes are given in numbers: (459, 612), (3, 3); Kernel.shape has a kernel's"
        )
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


def outline_steps(shape: tuple[int, ...], dtype: np.dtype[Any], steps: Steps) -> Outline:
    """What `run_steps` would make of pictures (H, W) or (H, W, C) of a dtype; raises what it raises."""
    full, gray = (*shape, 1)[:3], len(shape) == 2
    kernel, spec = steps[0]
    if len(steps) == 1 and not kernel.members:
        problem = outline(kernel, spec, full, dtype, gray=gray)
        return Outline(problem.result_shape, problem.pixel, problem.policy, (problem.geometry,))
    chain = make_chain(steps, full, dtype, gray=gray)
    geometries = tuple(stage.geometry for stage in chain.stages)
    return Outline(chain.shape, chain.pixel, chain.policy, geometries)


def loops_needed(kernel: Kernel, dtype: str, spec: Spec) -> set[Loop]:
    """The compiled loops that a kernel needs on images of one dtype."""
    shape = (*kernel.size, kernel.depth or 1)
    if kernel.members:
        chain = make_chain(((kernel, spec),), shape, np.dtype(dtype), gray=False)
        return loops_of_composite(chain)
    return loops_of(outline(kernel, spec, shape, np.dtype(dtype), gray=False))


def _contiguous(out: NDArray[Any] | None) -> NDArray[Any] | None:
    if isinstance(out, np.ndarray) and not out.flags.c_contiguous:
        raise ShapeError("out must be C-contiguous and writeable")
    return out
