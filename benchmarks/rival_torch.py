"""PyTorch: conv2d in both layouts, in two passes where that is faster, avg_pool2d for boxes.

The picture lies in the layout before the clock starts; an integer picture stays one of integers
there, as it comes from a file, so its way to floats and back is part of the work. Zeros around it
are conv2d's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from cases import Case, vector, weights
from numpy.typing import NDArray
from rivals import Call, Rival

if TYPE_CHECKING:
    from torch import Tensor

PACKAGE = ("torch", "torch")


def planar(case: Case, image: NDArray[Any]) -> Call:
    """Contiguous, channel after channel."""
    # From 15×15 on its depthwise loop is ten times slower than as many grey pictures in a batch.
    batched = case.kind == "dense" and case.size > 7
    pooled = case.kind == "box" and case.dilation == 1
    return _call(case, image, _shaped(image).contiguous(), batched=batched, pooled=pooled)


def channels_last(case: Case, image: NDArray[Any]) -> Call:
    """Pixel after pixel, as pictures lie in memory."""
    import torch

    source = _shaped(image)
    # A permuted view is taken for a contiguous one at times, thirty times slower: a real copy.
    how = {"dtype": source.dtype, "memory_format": torch.channels_last}
    tensor = torch.empty(source.shape, **how).copy_(source)
    return _call(case, image, tensor, batched=False, pooled=False)


def _call(case: Case, image: NDArray[Any], tensor: Tensor, *, batched: bool, pooled: bool) -> Call:
    import torch

    if batched:
        tensor = tensor.transpose(0, 1)
    work = _pools(case) if pooled else _convolutions(case, groups=tensor.shape[1])

    def run() -> NDArray[Any]:
        with torch.inference_mode():
            sums = work(tensor if tensor.is_floating_point() else tensor.to(torch.float32))
            sums = sums.transpose(0, 1) if batched else sums
            pixels = _to_pixels(case, sums)[0].permute(1, 2, 0).numpy()
        return pixels if image.ndim == 3 else pixels[:, :, 0]

    return run


def _convolutions(case: Case, groups: int) -> Callable[[Tensor], Tensor]:
    import torch
    from torch.nn.functional import conv2d

    s, d, m = case.stride, case.dilation, case.margin

    def bank(kernel: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.tile(kernel.astype(np.float32), (groups, 1, 1, 1)))

    # Two passes are slower than one up to 7×7.
    if case.kind == "dense" or case.size <= 7:
        full = bank(weights(case))
        return lambda x: conv2d(x, full, None, s, m, d, groups)
    tall, wide = bank(vector(case)[:, np.newaxis]), bank(vector(case)[np.newaxis])
    return lambda x: conv2d(
        conv2d(x, tall, None, (s, 1), (m, 0), (d, 1), groups),
        wide, None, (1, s), (0, m), (1, d), groups,
    )  # fmt: skip


def _pools(case: Case) -> Callable[[Tensor], Tensor]:
    from torch.nn.functional import avg_pool2d

    s, m = case.stride, case.margin
    if case.size <= 5:
        return lambda x: avg_pool2d(x, case.size, s, m)
    tall, wide = (case.size, 1), (1, case.size)
    return lambda x: avg_pool2d(avg_pool2d(x, tall, (s, 1), (m, 0)), wide, (1, s), (0, m))


def bank(image: NDArray[np.float32], kernels: NDArray[np.float32], *, channels_last: bool) -> Call:
    """conv2d as networks use it: a (O, C, kh, kw) bank summed over the channels, zeros around."""
    import torch

    layout = torch.channels_last if channels_last else torch.contiguous_format
    source = _shaped(image)
    tensor = torch.empty(source.shape, memory_format=layout).copy_(source)
    weight = torch.from_numpy(kernels).contiguous(memory_format=layout)
    margin = kernels.shape[-1] // 2

    def run() -> NDArray[Any]:
        with torch.inference_mode():
            maps = torch.nn.functional.conv2d(tensor, weight, None, 1, margin)
        return maps[0].permute(1, 2, 0).numpy()

    return run


def _shaped(image: NDArray[Any]) -> Tensor:
    import torch

    deep = image if image.ndim == 3 else image[:, :, np.newaxis]
    return torch.from_numpy(deep).permute(2, 0, 1)[np.newaxis]


def _to_pixels(case: Case, sums: Tensor) -> Tensor:
    import torch

    if not case.whole:
        return sums
    limit = np.iinfo(case.dtype).max
    return sums.round_().clamp_(0, limit).to(getattr(torch, case.dtype))


RIVALS = (
    Rival(
        "PyTorch",
        "torch.conv2d, or avg_pool2d for boxes, contiguous",
        *PACKAGE,
        lambda c: c.dtype in {"uint8", "uint16", "float32"},
        planar,
        around="zero",
        spins=True,
    ),
    Rival(
        "PyTorch channels-last",
        "torch.conv2d, channels_last",
        *PACKAGE,
        lambda c: c.channels > 1,  # one channel lies alike in both layouts
        channels_last,
        around="zero",
        spins=True,
    ),
)
