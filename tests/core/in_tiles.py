"""A result made tile by tile, each tile from a copy of just what it says that it reads."""

from itertools import pairwise, product

import numpy as np

from convfilter.core.blocks import Held
from convfilter.core.finish import merge
from convfilter.core.tiles import Tile
from convfilter.core.tilewise import (
    fill_tile,
    join_measures,
    make_whole,
    measure_tile,
    stretch_of,
)


def in_tiles(image, steps, choose):
    """Pixels and statistics of a result cut anywhere; `choose` is a random.Random."""
    whole = make_whole(image.shape, image.dtype, steps)
    chain = whole.chain
    sides = [list(pairwise(some_cuts(size, choose))) for size in chain.geometry.out]
    tiles = [Tile(*rows, *columns) for rows, columns in product(*sides)]
    stretch = None
    if chain.policy == "rescale":
        measured = [measure_tile(whole, tile, held(image, whole, tile)) for tile in tiles]
        stretch = stretch_of(whole, join_measures(measured))
    result = np.empty(chain.stages[-1].made, chain.pixel)
    facts = [
        fill_tile(
            whole,
            tile,
            held(image, whole, tile),
            result[tile.y0 : tile.y1, tile.x0 : tile.x1],
            stretch,
        )
        for tile in tiles
    ]
    return result.reshape(chain.shape), merge(facts) if stretch is None else stretch.facts


def some_cuts(size, choose):
    """0, some places between, the end; of small sizes often after every pixel or every other one."""
    step = choose.choice([1, 2, 0, 0]) if size < 12 else 0
    if step:
        return sorted({*range(0, size, step), size})
    inside = choose.sample(range(1, size), choose.randint(0, min(3, size - 1)))
    return [0, *sorted(inside), size]


def held(image, whole, tile):
    """What a tile reads, and no other pixel of the image."""
    rows, columns = whole.reads(tile)
    planes = image if image.ndim == 3 else image[:, :, np.newaxis]
    return Held(planes[np.ix_(places(rows), places(columns))], rows, columns)


def places(runs):
    """The places of runs, one after the other."""
    return np.array([place for run in runs for place in range(run.start, run.stop)], int)
