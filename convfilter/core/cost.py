"""What a kernel costs, against a dense layer from the same numbers to the same numbers."""

from __future__ import annotations

from math import prod
from typing import NamedTuple


class Cost(NamedTuple):
    """Weights, connections and multiply-adds of one kernel, or of a bank.

    inputs, outputs  numbers that go in and come out: height·width·channels
    factors          whose product are the weights: maps, channels, kernel height and width
    kernels          of a composite, each with as many weights
    biases           one, or one a map
    reads            numbers that an output is made of, where the border is not among them
    places           at which each weight is used: the results' height·width, and channels where
                     one kernel is laid on each

    A dense layer has a weight for every pair of an input and an output, and a bias for every output.
    Convolution has fewer because an output reads few inputs (sparse interactions), and because all
    places share the weights (parameter sharing).

    Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press, 2016, section 9.2.
    """

    inputs: int
    outputs: int
    factors: tuple[int, ...]
    kernels: int
    biases: int
    reads: int
    places: int

    @property
    def weights(self) -> int:
        """Of all kernels."""
        return prod(self.factors) * self.kernels

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.weights + self.biases

    @property
    def dense_weights(self) -> int:
        """One for every pair of an input and an output."""
        return self.inputs * self.outputs

    @property
    def dense_parameters(self) -> int:
        """Weights and biases of the dense layer."""
        return self.dense_weights + self.outputs

    @property
    def multiply_adds(self) -> int:
        """Products that are added up, those with the border and with weights of 0 among them."""
        return self.outputs * self.reads


def cost_of(
    source: tuple[int, ...], kernel: tuple[int, ...], result: tuple[int, ...], kernels: int = 1
) -> Cost:
    """The cost of a step.

    source, result  (H, W) or (H, W, C), as it reads and makes them
    kernel          (kh, kw): one for each channel, the same; (C, kh, kw); (O, C, kh, kw)
    kernels         of a composite

    >>> bank = cost_of((32, 32, 3), (16, 3, 3, 3), (32, 32, 16))
    >>> bank.weights, bank.parameters, bank.reads, bank.dense_parameters
    (432, 448, 27, 50348032)
    """
    maps = kernel[0] if len(kernel) == 4 else 1
    laid_on = prod(result[2:]) if len(kernel) == 2 else 1
    return Cost(
        inputs=prod(source),
        outputs=prod(result),
        factors=kernel,
        kernels=kernels,
        biases=maps,
        reads=prod(kernel[-3:]) * kernels,
        places=prod(result[:2]) * laid_on,
    )
