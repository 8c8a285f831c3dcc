"""What `convfilter fit` found, as lines or JSON."""

from __future__ import annotations

import shlex
from math import floor, isfinite, log10
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter import __version__
from convfilter.core.kernel import Kernel, make_kernel, shape_text
from convfilter.core.least_squares import Fit
from convfilter.core.properties import planes_of
from convfilter.presets.write_text import spec_text
from convfilter.report.json_line import line
from convfilter.report.outcome import environment_lines
from convfilter.report.terminal import printable, show

# Rounding leaves residuals of 0.29 levels; more than this is no rounding.
ROUNDING_RMS = 0.5
MOST_PLACES = 6
# Signs in a row of weights, tables, and signs of a line to paste, beyond which nobody reads.
WIDEST_TABLE, MOST_TABLES, LONGEST_SPEC = 150, 16, 600


class FitFacts(NamedTuple):
    """A fit and what it came from.

    before, after    paths; their shapes as compared
    whole            whether AFTER holds whole numbers
    near             whole numbers and a divisor that the weights stand for, or None
    options          what was asked for: find_bias, symmetric, full_depth, gray
    output           path of the kernel file, or ''
    """

    before: str
    before_shape: tuple[int, ...]
    after: str
    after_shape: tuple[int, ...]
    whole: bool
    found: Fit
    kernel: Kernel
    near: tuple[NDArray[np.int64], int] | None
    options: dict[str, bool]
    output: str
    notes: list[str]
    environment: dict[str, str]


def show_fit(facts: FitFacts, *, err: bool = False) -> None:
    """Prints the weights, and how well they are known."""
    found = facts.found
    shapes = [shape_text(facts.before_shape), shape_text(facts.after_shape)]
    axes = "high×wide" if len(facts.before_shape) == 2 else "high×wide×channels"
    lines = [
        f"{printable(facts.before)}  {shapes[0]} ({axes})  →  {printable(facts.after)}  {shapes[1]}"
    ]
    places = _places(found.standard_error)
    planes = planes_of(facts.kernel)
    for name, plane in planes[:MOST_TABLES]:
        lines += ["", *([name] if name else []), *_table(plane, places)]
    if len(planes) > MOST_TABLES:
        lines += ["", f"  … {len(planes) - MOST_TABLES} more tables: --json or -o shows them"]
    lines += ["", *_facts(facts), *(f"  note     {printable(note)}" for note in facts.notes)]
    lines += environment_lines(facts.environment)
    if facts.output not in ("", "-"):
        lines += [f"  written  {printable(facts.output)}", f"  try      {_command(facts)}"]
    show(lines, err=err)


def as_json(facts: FitFacts) -> str:
    """All of it as one object on one line; what is not known is null."""
    found = facts.found
    several = len(found.bias) > 1
    return line(
        {
            "version": __version__,
            "before": {"path": facts.before, "shape": list(facts.before_shape)},
            "after": {"path": facts.after, "shape": list(facts.after_shape)},
            "size": list(found.weights.shape[-2:]),
            "weights": found.weights.tolist(),
            "standard_error": _finite(found.standard_error.tolist()),
            "bias": list(found.bias) if several else found.bias[0],
            "bias_error": _finite(list(found.bias_error) if several else found.bias_error[0]),
            "residual": {"rms": found.rms, "max": found.largest, "spread": found.spread},
            "windows": {
                "used": found.windows,
                "clipped": found.clipped,
                "nonfinite": found.nonfinite,
            },
            "rank": found.rank,
            "unknowns": found.unknowns,
            "condition": found.condition,
            **facts.options,
            "spec": near_spec(facts.near) or None,
            "output": facts.output or None,
            "notes": facts.notes,
            "warnings": _warnings(facts),
            "environment": facts.environment,
        }
    )


def failure(before: str, after: str, error: Exception) -> str:
    """The report of pictures between which nothing could be found."""
    return line(
        {
            "version": __version__,
            "before": {"path": before},
            "after": {"path": after},
            "error": {"type": type(error).__name__, "message": str(error)},
        }
    )


def near_spec(near: tuple[NDArray[np.int64], int] | None) -> str:
    """The simple kernel that the weights stand for, as a SPEC; '' for none."""
    return "" if near is None else spec_text(make_kernel(*near))


def _facts(facts: FitFacts) -> list[str]:
    found = facts.found
    fixed = [word for word in ("symmetric", "full_depth", "gray") if facts.options[word]]
    words = [shape_text(found.weights.shape), *(word.replace("_", " ") for word in fixed)]
    pairs = [
        ("kernel", ", ".join(words)),
        ("residual", _residual(facts)),
        ("windows", _windows(facts)),
        ("rank", f"{found.rank} of {found.unknowns} unknowns"),
        ("sure to", _sureness(found)),
        ("bias", _bias(found) if facts.options["find_bias"] else ""),
        ("close to", _near_options(facts)),
        *(("warning", warning) for warning in _warnings(facts)),
    ]
    return [f"  {label:<8} {text}" for label, text in pairs if text]


def _residual(facts: FitFacts) -> str:
    found = facts.found
    text = f"{found.rms:.3g} rms, {found.largest:.3g} at most"
    if facts.whole and 0.2 < found.rms < ROUNDING_RMS:
        text += "; rounding alone leaves 0.289 rms"
    return f"{text} (AFTER itself: {found.spread:.3g} rms about its mean)"


def _windows(facts: FitFacts) -> str:
    found = facts.found
    text = f"{found.windows} used"
    if found.clipped:
        text += f", {found.clipped} left out: AFTER is at an end of its range, perhaps cut off"
    if found.nonfinite:
        text += f", {found.nonfinite} left out: NaN or infinity"
    return text


def _sureness(found: Fit) -> str:
    known = found.standard_error[np.isfinite(found.standard_error)]
    if not known.size:
        return "no weight is known by itself"
    untold = found.standard_error.size - known.size
    text = f"±{known.max():.2g}: the largest standard error of a weight"
    return text + (f"; {untold} are not known by themselves" if untold else "")


def _bias(found: Fit) -> str:
    pairs = zip(found.bias, found.bias_error, strict=True)
    return ", ".join(f"{bias:.6g} ±{error:.2g}" for bias, error in pairs)


def _warnings(facts: FitFacts) -> list[str]:
    found = facts.found
    warnings = []
    if found.rank < found.unknowns:
        warnings.append(
            f"the pictures tell {found.rank} of {found.unknowns} unknowns apart: of all weights "
            "that fit, these have the least sum of squares"
        )
    if facts.whole and found.rms > ROUNDING_RMS:
        warnings.append(
            "the residual is more than rounding: AFTER lost detail (JPEG), or is no such sum of "
            "BEFORE (try --find-bias, a larger --size; absolute values are none)"
        )
    return warnings


def _near_options(facts: FitFacts) -> str:
    """The simple kernel as it is typed, with the bias if one was looked for."""
    spec = near_spec(facts.near)
    if not 0 < len(spec) <= LONGEST_SPEC:
        return ""
    biases = zip(facts.found.bias, facts.found.bias_error, strict=True)
    texts = [f"{_rounded(bias, error):.10g}" for bias, error in biases]
    bias = f" --bias {','.join(texts)}" if any(text != "0" for text in texts) else ""
    return f'-k "{spec}"{bias}'


def _rounded(number: float, error: float) -> float:
    """A whole number if one is near, else as many places as are known; never −0."""
    whole = abs(number - round(number)) <= max(4 * error, 1e-4)
    return round(number, 0 if whole else _places(np.array([error]))) + 0.0


def _places(errors: NDArray[np.float64]) -> int:
    """Decimals down to the first one that is uncertain."""
    known = errors[np.isfinite(errors)]
    largest = float(known.max(initial=0))
    if not known.size or largest <= 10.0**-MOST_PLACES:
        return MOST_PLACES
    return max(0, -floor(log10(largest)))


def _table(plane: NDArray[Any], places: int) -> list[str]:
    """Rows of weights, as many decimals as are known and needed."""
    numbers = np.round(plane, places) + 0.0
    while places and (np.round(numbers, places - 1) == numbers).all():
        places -= 1
    texts = [[f"{number:.{places}f}" for number in row] for row in numbers.tolist()]
    width = max(len(text) for row in texts for text in row)
    if (width + 2) * len(texts[0]) > WIDEST_TABLE:
        return [f"  … rows of {len(texts[0])} weights: --json or -o shows them"]
    return ["   " + "  ".join(text.rjust(width) for text in row) for row in texts]


def _command(facts: FitFacts) -> str:
    """The command that filters BEFORE with the file."""
    source = "PICTURE" if facts.before == "-" else printable(shlex.quote(facts.before))
    words = ["convfilter apply", source, "-k", printable(shlex.quote(facts.output))]
    if facts.options["gray"]:
        words.append("--gray")
    if facts.before_shape[:2] == facts.after_shape[:2]:
        words.append("--padding same")
    return " ".join(words)


def _finite(value: Any) -> Any:
    """Numbers and lists of them, infinities as None."""
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return value if isfinite(value) else None
