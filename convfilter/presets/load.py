"""SPEC → kernels: the one way in for the command line, the library and composites."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any

from numpy.typing import ArrayLike, NDArray

from convfilter.core.conv import run_steps
from convfilter.core.kernel import Kernel, make_kernel
from convfilter.core.spec import make_spec
from convfilter.core.stages import Steps
from convfilter.core.steps import Step, make_steps
from convfilter.errors import ConvfilterError, SpecError
from convfilter.presets.build import NO_PARAMETERS, kernel_of
from convfilter.presets.definition import KernelText
from convfilter.presets.kernel_file import read_file
from convfilter.presets.lookup import find, own_kernels
from convfilter.presets.registry import presets
from convfilter.presets.spec_text import InFile, Named, parse_spec, parse_steps

Kernels = (
    Kernel | str | Sequence[Kernel | ArrayLike | str | tuple[Kernel | ArrayLike, dict[str, Any]]]
)


def load_kernel(spec: str | PathLike[str]) -> Kernel:
    """The kernel that a SPEC names: a preset, a file, or a matrix in place.

    spec     text as behind the command line's -k, or a path
    returns  a Kernel, immutable and hashable; its weights are exact where they are written so

    Raises SpecError for text that can't be read, or that names several kernels or options of a
    filter; UnknownKernel for a name that isn't there; KernelError for a file with a fault.

    >>> load_kernel("prewitt-vertical").weights.tolist()
    [[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]]
    >>> load_kernel("box:size=1x3").values.tolist()
    [[0.3333333333333333, 0.3333333333333333, 0.3333333333333333]]
    """
    if isinstance(spec, PathLike):
        return _kernel(InFile(fspath(spec), {}))
    if not isinstance(spec, str):
        raise SpecError(f"a kernel's name, text or path is needed, not {spec!r}")
    return _kernel(parse_spec(spec))


def load_steps(spec: str) -> list[Step]:
    """The kernels of a SPEC that are applied in turn, each with the options of its own step.

    >>> [(step.kernel.name, step.options) for step in load_steps("box-3:stride=2 then sobel-x")]
    [('box-3', {'stride': '2'}), ('sobel-x', {})]
    """
    return [Step(_kernel(step.kernel), step.options) for step in parse_steps(spec)]


def all_kernels() -> list[Kernel | ConvfilterError]:
    """The presets and the user's own kernels; for a file with a fault that fault."""
    found: list[Kernel | ConvfilterError] = [kernel_of(text) for text in presets().values()]
    for text in own_kernels():
        try:
            read = _filled(text)
            found.append(read if isinstance(read, Kernel) else kernel_of(read))
        except ConvfilterError as error:
            found.append(error)
    return found


def apply_kernels(
    image: ArrayLike,
    kernels: Kernels,
    *,
    range_policy: str = "float",
    out: NDArray[Any] | None = None,
    **options: Any,
) -> NDArray[Any]:
    """Apply kernels in turn, with floats from one to the next: nothing is rounded or cut between.

        out = K_n ⋆ ( … (K_2 ⋆ (K_1 ⋆ image)))

    image         (H, W) or (H, W, C), as for `correlate`
    kernels       one, or a list: each a Kernel (composites too), an array, a SPEC ("gaussian:sigma=2,stride=2 then
                  sobel"), or a pair of a kernel and its own options: stride, padding, dilation,
                  border, bias, scale, normalize, flip
    range_policy  as for `correlate`; "auto": from the last kernel back, the first with a policy of its
                  own, or of Σ = 0, decides
    options       for every step: padding, border, flip, exact, plan, threads; and, if there is only
                  one, all those of `correlate`
    out           as for `correlate`

    Returns (H', W'[, C or O]), float32 (float64 for float64 and int32 images), or the image's own dtype
    with another range policy.

    Raises ShapeError, DTypeError, OptionError, SpecError, UnknownKernel, KernelError.

    >>> step = [[0, 0, 0, 9, 9, 9]]
    >>> apply_kernels(step, ["[[-1, 1]]", ([[1, 2]], {"stride": 2})]).tolist()
    [[0.0, 9.0]]
    """
    return run_steps(image, steps_of(kernels, range_policy=range_policy, **options), out).pixels


def steps_of(kernels: Kernels, **options: Any) -> Steps:
    """What `apply_kernels` makes of its kernels and options: each with all that holds for it."""
    if isinstance(kernels, (str, Kernel)):
        kernels = [kernels]
    steps = [step for given in kernels for step in given_steps(given)]
    if not steps:
        raise SpecError("kernels: the list is empty")
    return make_steps(steps, make_spec(**options))


def given_steps(given: Any) -> list[Step]:
    """The steps of a kernel: a SPEC, weights, or a pair with its own options."""
    if isinstance(given, str):
        return load_steps(given)
    kernel, own = given if is_pair(given) else (given, {})
    if isinstance(kernel, str):
        return [step._replace(options=step.options | own) for step in load_steps(kernel)]
    return [Step(kernel if isinstance(kernel, Kernel) else make_kernel(kernel), own)]


def is_pair(given: Any) -> bool:
    """Whether it is a kernel and its own options."""
    return isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], dict)


def text_of(parsed: Named | InFile | KernelText) -> KernelText | Kernel:
    """What stands behind a parsed SPEC; a .npy file is a Kernel already."""
    if isinstance(parsed, KernelText):
        return parsed
    if isinstance(parsed, InFile):
        return read_file(parsed.path)
    return _filled(find(parsed.name, preset_only=parsed.preset))


def _filled(text: KernelText) -> KernelText | Kernel:
    """A kernel of the user's own that is a table, or has a fault, is read when it is used."""
    return text if text.weights or text.formula or text.combine else read_file(text.file)


def _kernel(parsed: Named | InFile | KernelText) -> Kernel:
    given = NO_PARAMETERS if isinstance(parsed, KernelText) else parsed.parameters
    found = text_of(parsed)
    if isinstance(found, Kernel):
        found_text = KernelText(found.name)
        return kernel_of(found_text, given) if given else found
    return kernel_of(found, given)
