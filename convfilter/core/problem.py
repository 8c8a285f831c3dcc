"""One convolution, checked and resolved: image, kernel, geometry, border, numbers. Nothing is loose.

`make_problem` is the wall: every complaint about what was given is raised there, and all code that
does the work sees a Problem only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convfilter.core.arithmetic import (
    FULL_RANGE,
    Arithmetic,
    choose_arithmetic,
    float_result,
    full_range,
    name_of,
    resolve_biases,
)
from convfilter.core.border import Border
from convfilter.core.finish import policy_shift, resolve_policy
from convfilter.core.geometry import Geometry, make_geometry
from convfilter.core.kernel import Kernel, make_kernel, shape_text
from convfilter.core.rational import round_quotient
from convfilter.core.spec import Spec
from convfilter.errors import DTypeError, OptionError, ShapeError

T = TypeVar("T")
DTYPES = ("uint8", "uint16", "int16", "int32", "float32", "float64")


@dataclass(frozen=True, eq=False)
class Problem:
    """All that decides a convolution.

    image       (H, W, C), of a dtype in DTYPES, in the machine's byte order
    gray        whether it was given as (H, W)
    kernel      normalized and, if asked for, flipped
    geometry    of the image as given
    constant    what the border holds where it has no source pixel
    policy      the range policy, resolved;  shift: what it adds
    pixel       dtype of the result
    memo        what algorithms have worked out already; shared by all images of one size
    """

    image: NDArray[Any]
    gray: bool
    kernel: Kernel
    spec: Spec
    geometry: Geometry
    constant: Any
    arithmetic: Arithmetic
    policy: str
    shift: Fraction
    pixel: np.dtype[Any]
    memo: dict[Any, Any] = field(default_factory=dict)

    def remembered(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` gives, made once for all images of this size."""
        if key not in self.memo:
            self.memo[key] = make()
        kept: T = self.memo[key]
        return kept

    @property
    def channels(self) -> int:
        """Channels of the image."""
        return int(self.image.shape[2])

    @property
    def full_depth(self) -> bool:
        """Whether products are summed over the channels."""
        return self.kernel.depth is not None

    @property
    def planes(self) -> int:
        """Numbers a pixel of the result: channels, or maps."""
        return (self.kernel.maps or 1) if self.full_depth else self.channels

    @property
    def enlarges(self) -> bool:
        """Whether its image has to be enlarged first: the border `resize`, with padding to fill."""
        return self.spec.border.kind == "resize" and any(self.geometry.padding)

    @property
    def result_shape(self) -> tuple[int, ...]:
        """The shape that the caller gets."""
        if self.kernel.maps:
            return (*self.geometry.out, self.kernel.maps)
        single = self.gray or self.full_depth
        return self.geometry.out if single else (*self.geometry.out, self.channels)


def make_problem(image: ArrayLike, kernel: Kernel | ArrayLike, spec: Spec) -> Problem:
    """Checks everything once.

    Raises ShapeError (levels, channels, empty output), DTypeError, OptionError.
    """
    pixels = check_image(image)
    gray = pixels.ndim == 2
    pixels = pixels[:, :, np.newaxis] if gray else pixels
    kernel = as_kernel(kernel)
    return replace(outline(kernel, spec, pixels.shape, pixels.dtype, gray=gray), image=pixels)


def as_kernel(weights: Kernel | ArrayLike) -> Kernel:
    """The kernel of an array's weights, made once for small ones; a Kernel as it is.

    Raises what `make_kernel` raises, DTypeError for a text.
    """
    if isinstance(weights, Kernel):
        return weights
    if isinstance(weights, str):
        raise DTypeError(
            f"{weights!r} is a kernel's text: load_kernel({weights!r}) gives the kernel"
        )
    if isinstance(weights, np.ndarray) and weights.dtype.kind in "iuf" and weights.nbytes < 4096:
        return _kernel_of_bytes(weights.tobytes(), weights.shape, weights.dtype)
    return make_kernel(weights)


@lru_cache(maxsize=64)
def _kernel_of_bytes(content: bytes, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Kernel:
    return make_kernel(np.frombuffer(content, dtype).reshape(shape))


# Many pictures of one size with one kernel are the usual case; and right after a large picture every
# line of Python is a cache miss: 0.35 ms of the 3 that a 3×3 kernel takes on 12 Mpx.
@lru_cache(maxsize=128)
def outline(
    kernel: Kernel, spec: Spec, shape: tuple[int, int, int], dtype: np.dtype[Any], *, gray: bool
) -> Problem:
    """The problem but for its image: one zero stands for all its pixels, which take no memory."""
    if kernel.members:
        raise OptionError(
            f"{kernel.name} is a composite: each of its kernels is a problem by itself"
        )
    check_depth(kernel.shape, shape)
    geometry = make_geometry(shape[:2], kernel.size, spec.stride, spec.dilation, spec.padding)
    values = kernel.normalized(spec.normalize)
    values = values.flipped() if spec.flip else values
    biases = resolve_biases(spec.bias_of(kernel), kernel.maps, dtype)
    policy = resolve_policy(spec.range_policy, kernel, biased=any(biases))
    shift = policy_shift(policy, dtype)
    return Problem(
        image=np.broadcast_to(np.zeros(1, dtype), shape),
        gray=gray,
        kernel=values,
        spec=spec,
        geometry=geometry,
        constant=border_constant(spec.border, dtype),
        arithmetic=choose_arithmetic(
            values, dtype, biases, spec.scale, int(shift), exact=spec.exact
        ),
        policy=policy,
        shift=shift,
        pixel=float_result(dtype) if policy == "float" else dtype,
    )


def check_image(image: ArrayLike) -> NDArray[Any]:
    """An image of a dtype in DTYPES, (H, W) or (H, W, C); never a copy where none is needed.

    bool, int8, uint32, int64 and lists of whole numbers become int32, float16 becomes float32.
    """
    try:
        pixels = np.asarray(image)
    except ValueError:
        raise ShapeError("the image's rows have different lengths") from None
    check_shape(pixels.shape)
    pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    if name_of(pixels.dtype) in DTYPES:
        return pixels
    if filtered_as(pixels.dtype).kind == "f":
        return pixels.astype(np.float32)
    low, high = FULL_RANGE["int32"]
    least, greatest = int(pixels.min()), int(pixels.max())
    if least < low or greatest > high:
        raise DTypeError(
            f"{name_of(pixels.dtype)} images are filtered as int32 ({low} … {high}), but the values "
            f"reach {least} … {greatest}: convert to float64"
        )
    return pixels.astype(np.int32)


def check_shape(shape: tuple[int, ...]) -> None:
    """Raises ShapeError for what is no image's shape."""
    if len(shape) not in (2, 3):
        raise ShapeError(
            f"an image is (height, width) or (height, width, channels), got "
            f"{len(shape)} dimensions ({shape_text(shape)})"
        )
    if 0 in shape:
        raise ShapeError(f"the image is empty ({shape_text(shape)}): nothing to filter")


def filtered_as(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of DTYPES that an image of any dtype is filtered as; raises DTypeError where it isn't."""
    if dtype.name in DTYPES:
        return dtype.newbyteorder("=")
    if dtype == np.float16:
        return np.dtype(np.float32)
    if dtype.kind not in "biu":
        raise DTypeError(f"images hold {', '.join(DTYPES)}; got {dtype}")
    return np.dtype(np.int32)


def check_depth(kernel_shape: tuple[int, ...], image_shape: tuple[int, ...]) -> None:
    """Raises ShapeError unless a full-depth kernel or bank has as many channels as the image."""
    channels = image_shape[2] if len(image_shape) == 3 else 1
    if len(kernel_shape) == 2 or kernel_shape[-3] == channels:
        return
    depth, rows, columns = kernel_shape[-3:]
    other = "a colour image" if depth == 3 else f"an image with {depth} channels"
    raise ShapeError(
        f"the kernel has depth {depth} ({shape_text(kernel_shape)}) but the image has {channels} "
        f"channel{'s' * (channels > 1)} ({shape_text(image_shape[:2])}): use a {rows}×{columns} "
        f"kernel, or {other}"
    )


def border_constant(border: Border, dtype: np.dtype[Any]) -> Any:
    """The border's constant as a number of the image's dtype.

    Raises OptionError for what the dtype can't hold.
    """
    value = border.value
    if value == 0:
        return dtype.type(0)
    low, high = full_range(dtype)
    if border.percent:
        value = value * high / 100
        if dtype.kind in "iu":
            value = Fraction(int(round_quotient(np.array([value.numerator]), value.denominator)[0]))
    if dtype.kind in "iu" and (value.denominator != 1 or not low <= value <= high):
        raise OptionError(
            f"border {border}: {float(value):g} is no {name_of(dtype)} value; whole numbers "
            f"{low} … {high}, or a percentage such as constant:50%"
        )
    if dtype.kind != "f":
        return dtype.type(int(value))
    if abs(value) > Fraction(float(np.finfo(dtype).max)):
        raise OptionError(
            f"border {border}: {float(value):g} is beyond what {name_of(dtype)} can hold"
        )
    return dtype.type(float(value))


def enlarged(problem: Problem, image: NDArray[Any]) -> Problem:
    """The same convolution of an image that has its padding already."""
    rows, columns = problem.geometry.rows, problem.geometry.columns
    geometry = Geometry(
        rows._replace(size=rows.padded, before=0, after=0),
        columns._replace(size=columns.padded, before=0, after=0),
    )
    return replace(problem, image=image, geometry=geometry, memo={})


def without_image(problem: Problem) -> Problem:
    """To be remembered: what is kept for the next picture must not hold this one."""
    return replace(problem, image=np.empty((0, 0, 0), problem.image.dtype))


def in_float64(problem: Problem) -> Problem:
    """The same convolution with float64 sums."""
    old = problem.arithmetic
    weights = problem.kernel.values
    return replace(problem, arithmetic=old._replace(weights=weights, sum="float64"), memo={})
