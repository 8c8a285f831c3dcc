"""Every loop that the core can ask for, and a smaller set that stands for them where each is compiled."""

from zlib import crc32

from thorough import THOROUGH

from convfilter.native.loops import MOST_TAPS_AT_ONCE, Loop

# image → whole-number sums that exact kernels need for it. Any tap on an int32 image needs int64.
WHOLE_SUMS = {
    "uint8": ("int16", "int32", "int64"),
    "uint16": ("int32", "int64"),
    "int16": ("int32", "int64"),
    "int32": ("int64",),
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
FEW = tuple(f"few{taps}" for taps in range(1, MOST_TAPS_AT_ONCE + 1))
MANY = ("many1", "many4", "terms")


# whole-number sums → ways to divide them.
DIVIDED = {
    "int16": ("shifted", "scaled", "reciprocal", "rational"),
    "int32": ("shifted", "reciprocal", "reciprocal64", "rational"),
    "int64": ("reciprocal64", "rational"),
}


def combinations():
    """(source, sum, pixel, kind): all that a sum can become."""
    found = []
    for source, sums in WHOLE_SUMS.items():
        for each in sums:
            found += [(source, each, *end) for end in whole_ends(source, each)]
    for source, sums in FLOAT_SUMS.items():
        for each in sums:
            found += [(source, each, *end) for end in float_ends(source, each)]
    return list(dict.fromkeys(found))


def whole_ends(image, sums):
    """(pixel, kind) of whole-number sums of an image: its pixels, kept numbers, raw sums."""
    divided = [(image, kind) for kind in DIVIDED[sums]]
    return [(image, "whole"), *divided, (float_result(image), "quotient"), (sums, "whole")]


def float_ends(image, sums):
    """The same for float sums."""
    pixels = [(image, "rounded")] if image in WHOLE_SUMS else []
    return [*pixels, (float_result(image), "value"), (sums, "value")]


def of_transforms():
    """Loops that finish what Fourier transforms have summed up: one tap of weight 1."""
    found = []
    for image, sums in WHOLE_SUMS.items():
        for each in set(sums) - {"int64"}:
            found += [Loop("few1", each, each, each, *end) for end in whole_ends(image, each)]
    for image, sums in FLOAT_SUMS.items():
        for each in sums:
            source = "float32" if image == each == "float32" else "float64"
            found += [Loop("few1", source, each, each, *end) for end in float_ends(image, each)]
    return sorted(set(found))


def of_composites():
    """Loops of several kernels at once: whole sums, or the float that their squares become."""
    found = []
    for image, sums in WHOLE_SUMS.items():
        for each in set(sums) - {"int64"}:
            for form in ("sumabs2x4", "max2x8", "max8x8"):
                found += [
                    Loop(form, image, each, each, *end) for end in whole_ends(image, each)[:-1]
                ]
            ends = [("float32", "float32", "value"), ("float64", image, "rounded")]
            ends += [("float32", image, "rounded")] if image == "uint8" else []
            found += [Loop("magnitude2x8", image, each, *end) for end in ends]
            angles = [("float32", "float32", "value")]
            angles += [("float32", image, "rounded")] if image in ("uint8", "uint16") else []
            found += [Loop("angle2x6", image, each, *end) for end in angles]
    for image, sums in FLOAT_SUMS.items():
        for each in sums:
            ends = float_ends(image, each)[:-1] or float_ends(image, each)
            found += [
                Loop(form, image, each, each, *end)
                for form in ("magnitude2x4", "sumabs2x8")
                for end in ends
            ]
        if "float32" in sums:
            ends = [("float32", "value")]
            ends += [(image, "rounded")] if image in ("uint8", "uint16") else []
            found += [Loop("angle2x6", image, "float32", "float32", *end) for end in ends]
    return sorted(set(found))


def acc_types(form, sums):
    """The types that products of a form may be added in."""
    if form in MANY and sums == "int32":
        return "int32", "float32"  # float32 where every sum stays below 2²⁴
    return ("float64",) if form == "box" and sums == "float32" else (sums,)


def all_loops():
    """Every loop that the core can ask for."""
    summing = [
        Loop(form, source, acc, sums, pixel, kind)
        for source, sums, pixel, kind in combinations()
        for form in (*FEW, *MANY, "box")
        for acc in acc_types(form, sums)
    ]
    return list(dict.fromkeys([*summing, *of_transforms(), *of_composites()]))


def some_loops():
    """Every combination with one form that takes any number of taps; every fourth with a few taps.

    In thorough runs every other with a few taps.
    """
    loops, others = [], (*MANY, "box")
    with_few = range(1, len(combinations()), 2 if THOROUGH else 4)
    for index, (source, sums, pixel, kind) in enumerate(combinations()):
        forms = [others[(index + index // 4) % 4]]
        forms += [FEW[index // 2 % len(FEW)]] if index in with_few else []
        for form in forms:
            accs = acc_types(form, sums)
            loops.append(Loop(form, source, accs[index // 3 % len(accs)], sums, pixel, kind))
    return list(dict.fromkeys([*loops, *of_transforms()[::4], *of_composites()[::5]]))


def float_result(source):
    """The type of results that keep their numbers."""
    return "float64" if source in ("int32", "float64") else "float32"


def usual_loops():
    """`some_loops`, those used most, those of composites, and as many others as it takes for every form
    to meet every image, every type of sums and every way to finish them."""
    loops = all_loops()
    most_used = ("uint8", "int16", "whole")
    chosen = {
        loop for loop in loops if loop.combine or (loop.source, loop.sum, loop.kind) == most_used
    }
    chosen |= set(some_loops())
    met = set().union(*map(_meetings, chosen))
    for loop in sorted(loops, key=lambda loop: crc32(loop.name.encode())):  # in no order
        if not _meetings(loop) <= met:
            chosen.add(loop)
            met |= _meetings(loop)
    return chosen


def _meetings(loop):
    return {(loop.form, loop.source), (loop.form, loop.acc, loop.sum), (loop.form, loop.kind)}


USUAL = frozenset(usual_loops())


def is_usual(loop):
    """Whether tests compile a loop wherever they meet it; tests/native compiles `some_loops` anyway."""
    return bool(loop.combine) or loop in USUAL
