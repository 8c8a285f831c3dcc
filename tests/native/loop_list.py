"""Every loop that the core can ask for, and a smaller set that stands for them where each is compiled."""

from convfilter.native.loops import MOST_TAPS_AT_ONCE, Loop

# image → whole-number sums that exact kernels need for it. Any tap on an int32 image needs int64;
# int32 is left for a kernel that has none.
WHOLE_SUMS = {
    "uint8": ("int16", "int32", "int64"),
    "uint16": ("int32", "int64"),
    "int16": ("int32", "int64"),
    "int32": ("int32", "int64"),
}
# image → float sums: the usual one, and float64 for `exact` and for more than 1024 taps.
FLOAT_SUMS = {
    "uint8": ("float32", "float64"),
    "uint16": ("float32", "float64"),
    "int16": ("float32", "float64"),
    "int32": ("float64",),
    "float32": ("float32", "float64"),
    "float64": ("float64",),
}
ANY_TAPS = range(MOST_TAPS_AT_ONCE + 1)


def combinations():
    """(source, sum, pixel, kind) of every loop."""
    found = []
    for source, sums in WHOLE_SUMS.items():
        for each in sums:
            found += [
                (source, each, source, "whole"),  # pixels, divisor 1
                (source, each, source, "rational"),  # pixels, any other divisor
                (source, each, float_result(source), "quotient"),  # numbers kept
                (source, each, each, "whole"),  # raw sums, finished by numpy
            ]
    for source, sums in FLOAT_SUMS.items():
        for each in sums:
            if source in WHOLE_SUMS:
                found.append((source, each, source, "rounded"))
            found.append((source, each, float_result(source), "value"))
            found.append((source, each, each, "value"))  # raw sums
    return list(dict.fromkeys(found))


def all_loops():
    """Every loop that the core can ask for."""
    return [
        Loop(taps, *combination)
        for combination in combinations()
        for taps in ((0,) if combination[:2] == ("int32", "int32") else ANY_TAPS)
    ]


def some_loops():
    """Every combination once or twice, with the numbers of taps dealt out: 1, 2 … 9, passes."""
    loops = []
    for index, combination in enumerate(combinations()):
        if combination[:2] == ("int32", "int32"):
            continue
        loops.append(Loop(0 if index % 4 == 0 else 1 + index % 9, *combination))
    return loops


def float_result(source):
    """The type of results that keep their numbers."""
    return "float64" if source in ("int32", "float64") else "float32"
