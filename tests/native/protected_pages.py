"""Arrays that end, or begin, at a page that must not be touched: whoever does is killed."""

import ctypes
import itertools
import mmap
import sys

import numpy as np
from loop_list import some_loops
from loop_trial import ABSENT, PARAMETERS, assert_results, compiled, make_trial, run_trial
from pictures import assert_close
from thorough import THOROUGH

import convfilter
from convfilter import native
from convfilter.core import bands
from convfilter.core.plan import ALGORITHMS
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec

PAGE = mmap.PAGESIZE
LIBRARY = ctypes.CDLL(None, use_errno=True)
SIDES = ("end", "begin")
CHANNELS = (None, 3)
ONE_OF = 2 if THOROUGH else 3
SEAMS = [n + d for n in (16, 32, 64, 128, 2048) for d in (-1, 0, 1)]

# 2×2 taps kept in registers, 3×3 whole numbers finished as pixels, 3×4 floats in tiles, running sums
SMALL = np.array([[1, 2], [3, -4]])
NINE = np.array([[1, 2, 1], [2, -3, 2], [1, 2, 1]])
TILES = np.array([[1, 2, 3, 4], [-4, 3, 2, 1], [1, 1, 1, 5]]) * (np.pi / 100)
EQUAL = np.full((3, 4), 2)
KERNELS = [(SMALL, "float"), (NINE, "clip"), (TILES, "clip"), (EQUAL, "clip")]
OPTIONS = [
    {},
    {"padding": "same"},
    {"padding": "same-lower", "border": "reflect"},
    {"padding": "full", "border": ("constant", 7)},
    {"padding": (5, 0, 0, 4), "border": "wrap"},
    {"padding": (0, 3, 70, 1), "border": "edge", "dilation": (1, 2)},
    {"padding": "same", "border": "symmetric", "stride": (1, 2)},
    {"padding": (1, 1, 2, 0), "stride": (2, 3), "dilation": 2},
]


def protected(array, side):
    """A copy whose memory ends at, or begins after, a page without any rights."""
    array = np.ascontiguousarray(array)
    pages = -(-max(array.nbytes, 1) // PAGE)
    memory = mmap.mmap(-1, (pages + 2) * PAGE)
    address = np.frombuffer(memory, np.uint8).ctypes.data
    for page in (address, address + (pages + 1) * PAGE):
        if LIBRARY.mprotect(ctypes.c_void_p(page), PAGE, 0):
            raise OSError(ctypes.get_errno(), "mprotect")
    offset = PAGE if side == "begin" else (pages + 1) * PAGE - array.nbytes
    copy = np.frombuffer(memory, array.dtype, array.size, offset).reshape(array.shape)
    copy[...] = array
    return copy


def run_loops(number, parts):
    """Every array that a loop gets, exactly as long as promised, each end in turn: a part of the loops."""
    for loop, side in itertools.product(some_loops()[int(number) :: int(parts)], SIDES):
        function = compiled(native.find(loop))

        def call(*parameters, side=side, function=function):
            guarded = [protected(p, side) if isinstance(p, np.ndarray) else p for p in parameters]
            function(*guarded)
            for given, copy in zip(parameters, guarded, strict=True):
                if isinstance(given, np.ndarray):
                    given[...] = copy

        for seed, width in enumerate(SEAMS):
            trial = trimmed(make_trial(loop, width, 5, seed=seed))
            try:
                assert_results(trial, run_trial(trial, call, gap=0))
            except AssertionError as error:
                error.add_note(f"{loop.name}, {side}, width {width}, seed {seed}")
                raise


def trimmed(trial):
    """The trial without the pixels before the first and after the last that are read."""
    there = trial.row_offset[trial.row_offset != ABSENT]
    reads = [[trial.lines["edges"][:, 1]]]
    for _, _, start, pace, count, beside in trial.lines["runs"]:
        places = start + pace * np.arange(count)[:, np.newaxis] + np.arange(beside)
        reads.append([places.ravel()])
    tables = trial.shape.tables
    taps = len(tables["tap_row"])
    for part, (begin, end, in_place) in enumerate(tables["segments"]):
        columns = tables["tap_column"][part * taps : (part + 1) * taps]
        reads += [[begin + columns, end - 1 + columns]] * int(in_place)
    reads = np.concatenate([place for places in reads for place in places])
    if not (reads.size and there.size):
        return trial
    first = int(there.min() + reads.min())
    last = int(there.max() + reads.max()) + 1
    trial.image = trial.image[first:last]
    trial.row_offset = np.where(trial.row_offset == ABSENT, ABSENT, trial.row_offset - first)
    return trial


def run_correlate(dtype):
    """Image and out in protected memory; results as from ordinary memory."""
    rng = np.random.default_rng(5)
    cases = itertools.product(SEAMS, CHANNELS, KERNELS, OPTIONS)
    for number, (width, channels, (weights, policy), options) in enumerate(cases):
        if (number // len(OPTIONS) + number + width) % ONE_OF:  # pairs meet at some seam
            continue
        image = _image(rng, dtype, width, channels, len(weights), options)
        _compare(image, weights, {"range_policy": policy} | options)
        if channels and policy == "float":
            deep = np.stack([weights, weights + 1, weights - 7])
            _compare(image, deep, options)


def run_tables(dtype):
    """The same where all tables that the core makes for a loop are protected too."""
    prepare = bands._prepare
    for side in SIDES:

        def guarded(problem, finish, work, target, side=side):
            lines = work.lines._replace(**_guarded_arrays(work.lines, side))
            work = work._replace(**_guarded_arrays(work, side), lines=lines)
            return prepare(problem, finish, work, target)

        bands._prepare = guarded
        run_correlate(dtype)
    bands._prepare = prepare


def run_rooms(dtype):
    """The same where the rooms that the core makes for a loop lie apart, full of ones (NaN)."""
    find, rooms = native.find, ("lines", "at", "lanes", "scratch", "spare")
    for side in SIDES:

        def guarded_find(loop, side=side):
            function = find(loop)

            def call(*parameters):
                given = dict(zip(PARAMETERS, parameters, strict=True))
                for name, behind in itertools.pairwise(rooms):
                    size = given[behind] - given[name]
                    room = protected(np.full(size, 255, np.uint8), side)
                    given[name], given[f"{name} is held"] = room.ctypes.data, room
                function(*(given[name] for name in PARAMETERS))

            return call

        native.find = guarded_find
        run_correlate(dtype)
    native.find = find


def _guarded_arrays(record, side):
    arrays = record._asdict().items()
    return {name: protected(each, side) for name, each in arrays if isinstance(each, np.ndarray)}


def _image(rng, dtype, width, channels, height, options):
    """A picture a few rows high, its width such that image or result lies on the seam."""
    padded = options.get("padding", "valid") != "valid"
    shape = (height + 3, width if padded else width + 2, *([channels] if channels else []))
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(0, 256, shape).astype(dtype)


def _compare(image, weights, options):
    want = convfilter.correlate(image, weights, **options)
    problem = make_problem(image, weights, make_spec(**({"range_policy": "float"} | options)))
    for side, (plan, algorithm) in itertools.product(SIDES, ALGORITHMS.items()):
        if plan == "fourier" or not algorithm.suits(problem):  # reads what numpy makes
            continue
        out = protected(np.zeros_like(want), side)
        convfilter.correlate(protected(image, side), weights, out=out, plan=plan, **options)
        bound = 0 if want.dtype.kind in "iu" else 1e-5 * np.abs(weights).sum() * 256
        assert_close(out, want, bound or _levels(weights))


def _levels(weights):
    """How far pixels of two plans may lie apart: one where weights are no whole numbers."""
    return 0 if weights.dtype.kind == "i" else 1


def over_read():
    """One number too many: the process must die of it."""
    trial, function = _small_trial()
    trial.image = protected(trial.image, "end")
    run_trial(trial, function)
    _say("alive")
    trial.shape.tables["segments"][0, 1] += 1
    run_trial(trial, function)
    _say("still alive")


def over_write():
    """One number too many in the output."""
    trial, function = _small_trial()
    output = protected(np.zeros(trial.shape.samples, trial.loop.pixel), "end")
    place = list(PARAMETERS).index("output")

    def call(*parameters):
        function(*parameters[:place], output, *parameters[place + 1 :])

    run_trial(trial, call)
    _say("alive")
    trial.image = np.concatenate([trial.image, trial.image])
    trial.shape.tables["segments"][0, 1] += 1
    run_trial(trial, call)
    _say("still alive")


def _small_trial():
    """One row, read in place."""
    loop = next(loop for loop in some_loops() if loop.taps == 2)
    trial = make_trial(loop, 64, 1, seed=10)
    trial.row_offset[:], trial.shape.tables["tap_column"][:] = 0, (0, 4)
    trial = trimmed(trial)
    assert trial.shape.tables["segments"].tolist() == [[0, 64 * trial.shape.planes, 1]]
    return trial, compiled(native.find(loop))


def _say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
