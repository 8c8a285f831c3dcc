"""Arrays that end, or begin, at a page that must not be touched: whoever does is killed."""

import ctypes
import itertools
import mmap
import sys

import numpy as np
from loop_list import some_loops
from loop_trial import compiled, make_trial, plain_result, run_trial
from pictures import assert_same

import convfilter
from convfilter import native
from convfilter.core import direct

PAGE = mmap.PAGESIZE
SIDES = ("end", "begin")
CHANNELS = (None, 3)
SEAMS = [n + d for n in (16, 32, 64, 128, 2048) for d in (-1, 0, 1)]

# 2×2 taps kept in registers, 3×3 whole numbers finished as pixels, 3×4 floats in passes
SMALL = np.array([[1, 2], [3, -4]])
NINE = np.array([[1, 2, 1], [2, -3, 2], [1, 2, 1]])
PASSES = np.array([[1, 2, 3, 4], [-4, 3, 2, 1], [1, 1, 1, 5]]) * (np.pi / 100)
KERNELS = [(SMALL, "float"), (NINE, "clip"), (PASSES, "clip")]
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
        if ctypes.CDLL(None, use_errno=True).mprotect(ctypes.c_void_p(page), PAGE, 0):
            raise OSError(ctypes.get_errno(), "mprotect")
    offset = PAGE if side == "begin" else (pages + 1) * PAGE - array.nbytes
    copy = np.frombuffer(memory, array.dtype, array.size, offset).reshape(array.shape)
    copy[...] = array
    return copy


def run_loops():
    """Every array that a loop gets, exactly as long as promised, each end in turn."""
    for loop, side in itertools.product(some_loops(), SIDES):
        function = compiled(native.find(loop))

        def call(*parameters, side=side, function=function):
            guarded = [protected(p, side) if isinstance(p, np.ndarray) else p for p in parameters]
            function(*guarded)
            for given, copy in zip(parameters, guarded, strict=True):
                if isinstance(given, np.ndarray):
                    given[...] = copy

        for width in SEAMS:
            trial = trimmed(make_trial(loop, width, 3))
            for got, want in zip(run_trial(trial, call, gap=0), plain_result(trial), strict=True):
                assert_same(got, want)


def trimmed(trial):
    """The trial without the pixels before the first and after the last that are read."""
    if len(trial.tap_row):
        rows = np.arange(trial.height)[:, np.newaxis] * trial.row_step + trial.tap_row
        starts = trial.row_offset[rows] + trial.tap_column
        first, last = int(starts.min()), int(starts.max()) + trial.width
        trial.image = trial.image[first:last]
        trial.row_offset = trial.row_offset - first
    return trial


def run_correlate(dtype):
    """Image and out in protected memory; results as from ordinary memory."""
    rng = np.random.default_rng(5)
    cases = itertools.product(SEAMS, CHANNELS, KERNELS, OPTIONS)
    for number, (width, channels, (weights, policy), options) in enumerate(cases):
        if (number // len(OPTIONS) + number + width) % 2:  # every other: pairs meet at some seam
            continue
        image = _image(rng, dtype, width, channels, len(weights), options)
        _compare(image, weights, {"range_policy": policy} | options)
        if channels and policy == "float":
            deep = np.stack([weights, weights + 1, weights - 7])
            _compare(image, deep, options)


def run_workspace(dtype):
    """The same where rows of constants and zeros and gathered copies are protected too."""
    for side in SIDES:
        workspace = _Workspace(side)
        direct.np, direct.gather = workspace, workspace.gather
        run_correlate(dtype)
        direct.np, direct.gather = np, workspace.plain_gather
        assert workspace.made == {"full", "zeros", "empty", "gather"}, workspace.made


class _Workspace:
    """numpy for core/direct.py, with all that it makes in protected memory."""

    def __init__(self, side):
        self.side, self.made, self.plain_gather = side, set(), direct.gather

    def __getattr__(self, name):
        if name not in ("full", "zeros", "empty"):
            return getattr(np, name)

        def make(*arguments):
            self.made.add(name)
            return protected(getattr(np, name)(*arguments), self.side)

        return make

    def gather(self, *arguments):
        self.made.add("gather")
        return protected(self.plain_gather(*arguments), self.side)


def _image(rng, dtype, width, channels, height, options):
    """A picture a few rows high, its width such that image or result lies on the seam."""
    padded = options.get("padding", "valid") != "valid"
    shape = (height + 3, width if padded else width + 2, *([channels] if channels else []))
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(0, 256, shape).astype(dtype)


def _compare(image, weights, options):
    want = convfilter.correlate(image, weights, **options)
    for side in SIDES:
        out = protected(np.zeros_like(want), side)
        convfilter.correlate(protected(image, side), weights, out=out, **options)
        assert_same(out, want)


def over_read():
    """One number too many: the process must die of it."""
    trial = trimmed(make_trial(some_loops()[1], 64, 1))
    function = compiled(native.find(trial.loop))
    trial.image = protected(trial.image, "end")
    run_trial(trial, function)
    _say("alive")
    trial.width += 1
    run_trial(trial, function)
    _say("still alive")


def over_write():
    """One number too many in the output."""
    trial = make_trial(some_loops()[1], 64, 1)
    function = compiled(native.find(trial.loop))

    def call(*parameters):
        function(*parameters[:7], protected(parameters[7], "end"), *parameters[8:])

    run_trial(trial, call, gap=0)
    _say("alive")
    trial.width = 65

    def call_too_wide(*parameters):
        output = protected(parameters[7][:64], "end")
        function(*parameters[:7], output, *parameters[8:])

    run_trial(trial, call_too_wide, gap=0)
    _say("still alive")


def _say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
