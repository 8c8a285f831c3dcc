"""What a tile reads: the same pixels as of the whole padded picture, and no others."""

import random
from itertools import product

import numpy as np
import pytest
from in_tiles import held
from pictures import assert_alike, noise

from convfilter.core.blocks import block_of, reads
from convfilter.core.geometry import Axis
from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec
from convfilter.core.tiles import Tile
from convfilter.core.tilewise import make_whole

BORDERS = ["zero", "constant:9", "edge", "reflect", "symmetric", "wrap"]


def runs(*pairs):
    return tuple(slice(*pair) for pair in pairs)


def whole_of(size, kernel=(3, 3), **options):
    step = make_kernel(np.ones(kernel)), make_spec(**options)
    return make_whole(size, np.dtype(np.uint8), (step,))


def test_the_middle_reads_its_windows():
    whole = whole_of((20, 30), padding="same")
    assert whole.reads(Tile(5, 7, 10, 11)) == (runs((4, 8)), runs((9, 12)))


def test_a_stride_reads_every_row_from_the_first_window_to_the_last():
    whole = whole_of((20, 30), stride=(3, 2), dilation=(2, 1))
    assert whole.reads(Tile(1, 3, 0, 2)) == (runs((3, 11)), runs((0, 5)))


def test_a_corner_reads_what_there_is():
    whole = whole_of((20, 30), padding="same", border="edge")
    assert whole.reads(Tile(0, 2, 29, 30)) == (runs((0, 3)), runs((28, 30)))


def test_wrap_reads_the_other_end_too():
    whole = whole_of((20, 30), padding="same", border="wrap")
    assert whole.reads(Tile(0, 2, 5, 6)) == (runs((0, 3), (19, 20)), runs((4, 7)))


def test_a_mirror_beyond_the_windows_is_read_apart():
    # rows −5 … −3 are rows 5 … 3 of the picture, and column 12 is its column 8
    whole = whole_of((20, 11), padding=(5, 0, 0, 2), border="reflect")
    assert whole.reads(Tile(0, 1, 10, 11)) == (runs((3, 6)), runs((8, 11)))


def test_the_borders_constant_is_not_read():
    whole = whole_of((20, 30), padding=(5, 0, 0, 0), border="zero")
    assert whole.reads(Tile(0, 2, 0, 1)) == ((), runs((0, 3)))


def test_steps_in_turn_read_for_each_other():
    blur, edge = make_kernel(np.ones((5, 5))), make_kernel(np.ones((1, 3)))
    steps = ((blur, make_spec(stride=2)), (edge, make_spec(padding="same", border="wrap")))
    whole = make_whole((41, 41), np.dtype(np.uint8), steps)
    assert whole.reads(Tile(3, 4, 5, 6)) == (runs((6, 11)), runs((8, 17)))
    assert whole.reads(Tile(3, 4, 0, 1)) == (runs((6, 11)), runs((0, 7), (36, 41)))


def test_everything_reads_everything():
    whole = whole_of((20, 30), stride=3)
    assert reads(whole.chain.stages, whole.chain.whole) == (runs((0, 20)), runs((0, 30)))


@pytest.mark.parametrize("border", BORDERS)
def test_blocks_are_cut_from_the_padded_picture(border):
    """Every tile of small results: the block with what is left to be padded, against numpy.pad."""
    choose = random.Random(border)
    mode, _, value = border.partition(":")
    mode = {"zero": "constant"}.get(mode, mode)
    for size, kernel in product([(1, 1), (2, 5), (6, 4)], [(1, 2), (3, 3), (2, 5)]):
        sides = [choose.randint(0, 7) for _ in range(4)]
        stride, dilation = (choose.randint(1, 3), choose.randint(1, 3)), choose.randint(1, 2)
        options = {"padding": sides, "border": border, "stride": stride, "dilation": dilation}
        if any(
            size[a] + sides[2 * a] + sides[2 * a + 1] <= dilation * (kernel[a] - 1) for a in (0, 1)
        ):
            continue
        whole = whole_of(size, kernel, **options)
        image = noise(size)[:, :, np.newaxis]
        padded = image
        for axis in (0, 1):  # an axis of one pixel repeats it
            way = "edge" if size[axis] == 1 and mode != "constant" else mode
            around = [(0, 0)] * 3
            around[axis] = tuple(sides[2 * axis : 2 * axis + 2])
            more = {"constant_values": int(value or 0)} if mode == "constant" else {}
            padded = np.pad(padded, around, way, **more)
        for tile in every_tile(whole.chain.geometry.out, choose):
            stage = whole.chain.stages[0]
            block = block_of(stage, held(image, whole, tile).source, tile)
            assert_alike(padded_again(block, stage), cut_from(padded, stage, tile))


def every_tile(size, choose):
    """All stretches of both axes, some of their pairs."""
    stretches = [[(a, b) for a in range(n) for b in range(a + 1, n + 1)] for n in size]
    pairs = list(product(*stretches))
    return [Tile(*rows, *columns) for rows, columns in choose.sample(pairs, min(40, len(pairs)))]


def padded_again(block, stage):
    """The rest of the padding, as loops fill it."""
    top, bottom, left, right = block.padding
    kind = stage.spec.border.kind
    mode = {"zero": "constant"}.get(kind, kind)
    more = {"constant_values": stage.constant} if mode == "constant" else {}
    pixels = block.pixels
    for axis, around in enumerate(((top, bottom), (left, right))):
        if any(around):
            way = "edge" if pixels.shape[axis] == 1 and mode != "constant" else mode
            every = [(0, 0)] * 3
            every[axis] = around
            pixels = np.pad(pixels, every, way, **more)
    return pixels


def cut_from(padded, stage, tile):
    ends = zip(stage.geometry, tile[::2], tile[1::2], strict=True)
    rows, columns = (window_rows(axis, first, last) for axis, first, last in ends)
    return padded[rows, columns]


def window_rows(axis: Axis, first, last):
    """What is read of a padded axis; all of it where all results are wanted."""
    if (first, last) == (0, axis.out):
        return slice(None)
    return slice(first * axis.stride, (last - 1) * axis.stride + axis.reach + 1)
