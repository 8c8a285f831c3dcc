"""The table of rivals: what each can do, and how it is called at its best.

A rival answers a case with a call that takes no arguments and returns the filtered picture.
Everything a user would have done once stands outside that call: the layout of the picture, the
kernel in the library's own form, memory for the result where the library takes it. What belongs
to every picture is inside: rounding to pixels, zeros around a picture, every second pixel.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from cases import Case, inside, weights
from numpy.typing import NDArray

Call = Callable[[], Any]  # an array, or what np.asarray makes one of

FLOAT_BOUND = 2e-6


class Rival(NamedTuple):
    """One way to filter; see the module's docstring.

    functions   what is called, for people
    distribution, module   as installed, as imported
    around      "reflect": compared everywhere; "edge", "zero", "valid": only inside
    bound       levels by which integer results may differ: sums in fixed point, halves rounded up
    limit       a program written for one kernel by hand: a line to be near to, no competitor
    spins       its threads wait actively after a call: the next one needs a moment of rest first
    """

    name: str
    functions: str
    distribution: str
    module: str
    suits: Callable[[Case], bool]
    prepare: Callable[[Case, NDArray[Any]], Call]
    around: str = "reflect"
    bound: float = 1
    limit: bool = False
    spins: bool = False


def rivals() -> tuple[Rival, ...]:
    """All of them; nothing is imported but their own modules here."""
    import rival_halide
    import rival_opencv
    import rival_others
    import rival_scipy
    import rival_torch

    files = (rival_opencv, rival_scipy, rival_torch, rival_others, rival_halide)
    return tuple(rival for file in files for rival in file.RIVALS)


def installed() -> tuple[list[Rival], list[str]]:
    """The rivals that are here, and the names of those that are not, with the reason."""
    here, missing = [], []
    for rival in rivals():
        try:
            importlib.import_module(rival.module)
        except ImportError as error:
            missing.append(f"{rival.name}: {error}")
        else:
            here.append(rival)
    return here, missing


def set_threads(count: int) -> None:
    """The same number for all; call it before any of them is imported: some look only then."""
    for name in ("OMP", "MKL", "OPENBLAS", "HL", "RAYON"):
        os.environ[f"{name}_NUM_THREADS"] = str(count)
    try:
        import cv2

        cv2.setNumThreads(count)
    except ImportError:
        pass
    try:
        import torch

        torch.set_num_threads(count)
    except ImportError:
        pass


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def options(case: Case) -> dict[str, Any]:
    """How convfilter is asked for a case. A box is ones, divided: exact, and no float knows 1/k²."""
    return {
        "padding": "same",
        "border": "reflect",
        "stride": case.stride,
        "dilation": case.dilation,
        "range_policy": "clip" if case.whole else "float",
        "normalize": "size" if case.kind == "box" else "none",
    }


def own_weights(case: Case) -> NDArray[Any]:
    """The kernel as a user of convfilter writes it."""
    return np.ones((case.size, case.size), np.int64) if case.kind == "box" else weights(case)


def own(case: Case, image: NDArray[Any], threads: int | None = None) -> Call:
    """Convfilter itself, under the same rules."""
    import convfilter

    kernel, how = own_weights(case), options(case)
    rows, columns = -(-case.height // case.stride), -(-case.width // case.stride)
    out = np.empty((rows, columns, *image.shape[2:]), image.dtype)
    return lambda: convfilter.correlate(image, kernel, threads=threads, out=out, **how)


def compared(
    case: Case, rival: Rival, theirs: NDArray[Any], ours: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any], float]:
    """The parts of two results that have to agree, and the largest difference allowed there."""
    # Float pixels lie between 0 and 1, and no kernel here enlarges them.
    bound = rival.bound if case.whole else FLOAT_BOUND
    if rival.around == "reflect":
        return theirs, ours, bound
    part = inside(case)
    return (theirs if rival.around == "valid" else theirs[part]), ours[part], bound


def agree(case: Case, rival: Rival, theirs: NDArray[Any], ours: NDArray[Any]) -> bool:
    """Whether a rival's result is convfilter's."""
    left, right, bound = compared(case, rival, np.asarray(theirs), ours)
    if (left.shape, left.dtype) != (right.shape, right.dtype):
        return False
    # Unsigned differences wrap around; the larger minus the smaller doesn't.
    return bool((np.maximum(left, right) - np.minimum(left, right) <= bound).all())


def algorithm(case: Case, image: NDArray[Any]) -> str:
    """The algorithm that convfilter chooses."""
    import convfilter

    return convfilter.choose_plan(image, own_weights(case), **options(case)).algorithm
