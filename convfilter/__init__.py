"""Filter images by convolution: exact, fast, explained.

    >>> import convfilter
    >>> convfilter.correlate([[1, 2, 4], [4, 7, 3], [4, 5, 2]], [[1, 0, 1], [0, 2, 1], [1, 0, 1]])
    array([[28.]])

Names are imported when they are first used, so that `import convfilter` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from convfilter.core import reference as reference
    from convfilter.core.conv import choose_plan as choose_plan
    from convfilter.core.conv import convolve as convolve
    from convfilter.core.conv import correlate as correlate
    from convfilter.core.conv import output_shape as output_shape
    from convfilter.core.kernel import Kernel as Kernel
    from convfilter.errors import ConvfilterError as ConvfilterError
    from convfilter.presets.load import apply_kernels as apply_kernels
    from convfilter.presets.load import load_kernel as load_kernel
    from convfilter.presets.trace import trace_pixel as trace_pixel

# public name → module, and the name there ("" for the module itself)
_HOMES = {
    "ConvfilterError": ("convfilter.errors", "ConvfilterError"),
    "Kernel": ("convfilter.core.kernel", "Kernel"),
    "apply_kernels": ("convfilter.presets.load", "apply_kernels"),
    "choose_plan": ("convfilter.core.conv", "choose_plan"),
    "convolve": ("convfilter.core.conv", "convolve"),
    "correlate": ("convfilter.core.conv", "correlate"),
    "load_kernel": ("convfilter.presets.load", "load_kernel"),
    "output_shape": ("convfilter.core.conv", "output_shape"),
    "reference": ("convfilter.core.reference", ""),
    "trace_pixel": ("convfilter.presets.trace", "trace_pixel"),
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - strings all of them


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'convfilter' has no attribute {name!r}")
    home, attribute = _HOMES[name]
    module = import_module(home)
    value = getattr(module, attribute) if attribute else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
