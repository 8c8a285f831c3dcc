"""The shape report: what went in, what came out, and every number in between."""

from __future__ import annotations

from math import isnan

from convfilter.core.arithmetic import full_range
from convfilter.core.border import Border
from convfilter.core.execute import Done
from convfilter.core.geometry import Axis, Geometry
from convfilter.core.kernel import Kernel, plain_number, shape_text
from convfilter.core.spec import Spec
from convfilter.core.words import BORDERS
from convfilter.job import Outcome
from convfilter.report.terminal import printable

MODE_WORDS = {
    "L": "grey",
    "LA": "grey+alpha",
    "I;16": "16-bit grey",
    "LA;16": "16-bit grey+alpha",
    "RGB;16": "16-bit RGB",
    "RGBA;16": "16-bit RGBA",
    "I": "32-bit grey",
    "F": "float grey",
    "LA;F": "float grey+alpha",
    "RGB;F": "float RGB",
    "RGBA;F": "float RGBA",
    "N": "numbers",
}


def lines(
    outcome: Outcome,
    environment: dict[str, str],
    *,
    implied_by: str = "",
    verbose: bool = False,
) -> list[str]:
    """The report's lines."""
    job, result = outcome.job, outcome.result
    source = _picture(job.source, outcome.source_shape, outcome.source_mode, first=True)
    text = [f"{source}  →  {_picture(outcome.output, outcome.output_shape, outcome.output_mode)}"]
    for number, step in enumerate(result.steps, 1):
        label = f"step {number}" if len(result.steps) > 1 else "kernel"
        text += step_lines(step, label, implied_by=implied_by, alone=len(result.steps) == 1)
    text.append(f"  range    {_range(outcome)}")
    if outcome.alpha != "none":
        text.append(f"  alpha    {outcome.alpha}")
    text += _part(outcome)
    text += _compared(outcome)
    text += [f"  note     {printable(note)}" for note in outcome.notes]
    text += environment_lines(environment)
    if verbose:
        seconds = outcome.seconds
        text.append(
            f"  time     read {seconds.read * 1e3:.1f} ms, filter {seconds.filter * 1e3:.1f} ms, "
            f"write {seconds.write * 1e3:.1f} ms; sums in {result.plan.sums}"
        )
        hashes = ", ".join(kernel.digest[:16] for kernel, _ in job.steps)
        text.append(f"  hash     {hashes} (kernel)")
    return text


def step_lines(step: Done, label: str, *, implied_by: str, alone: bool) -> list[str]:
    """The lines of one kernel; of several, each tells the shape that it makes."""
    kernel, spec = step.kernel, step.spec
    made = "" if alone else f"  →  {shape_text(step.shape)}"
    words = kernel_words(kernel, spec)
    text = [f"  {label:<8} {words}; {step.plan.algorithm}: {step.plan.reason}{made}"]
    text += geometry_lines(step.geometry)
    if padding := padding_words(step.geometry, spec, implied_by=implied_by):
        text.append(f"  padding  {padding}")
    if values := values_words(kernel, spec):
        text.append(f"  values   {values}")
    return text


def _part(outcome: Outcome) -> list[str]:
    """Lines on what was filtered, where it is not one whole picture as it is stored."""
    job, timing = outcome.job, outcome.timing
    text = []
    if job.linear:
        text.append("  light    linear: sRGB decoded, filtered, encoded; range from 0 to 1")
    if job.region:
        region = job.region
        text.append(
            f"  region   rows {region.top} … {region.top + region.height - 1}, columns "
            f"{region.left} … {region.left + region.width - 1}; the rest stays"
        )
    if job.mask:
        text.append(f"  mask     {printable(job.mask)}: white is filtered, black stays")
    if timing is not None and timing.kind == "pages":
        text.append(f"  pages    {outcome.frames}, each by itself")
    elif timing is not None:
        plays = {0: "for ever", 1: "once"}.get(timing.plays, f"{timing.plays} times")
        shown = sum(timing.durations_ms) / 1000
        text.append(f"  frames   {outcome.frames}, each by itself; {shown:g} s, played {plays}")
    return text


def _compared(outcome: Outcome) -> list[str]:
    """How much has changed, in the picture's own levels."""
    if (facts := outcome.compared) is None:
        return []
    path, height, width = printable(facts.path), *facts.size
    part = ""
    if facts.size != outcome.source_shape[:2]:
        part = f", over the {height}×{width} pixels that both have"
    if not facts.largest:
        return [f"  compare  {path}: nothing has changed{part}"]
    change = f"mean change {facts.mean:.3g}, largest {facts.largest:.6g} of {facts.peak:.6g}"
    shown = f"difference shown ×{facts.amplified}"
    return [f"  compare  {path}: PSNR {facts.psnr:.2f} dB, {change}{part}; {shown}"]


def environment_lines(environment: dict[str, str]) -> list[str]:
    """The variables that took effect."""
    return [f"  set by   {name}={printable(value)}" for name, value in environment.items()]


def kernel_words(kernel: Kernel, spec: Spec) -> str:
    """'sharpen 3×3, as written (cross-correlation)'."""
    how = "flipped (convolution)" if spec.flip else "as written (cross-correlation)"
    name = "matrix" if kernel.name.startswith("matrix-") else printable(kernel.name)
    file = f" from {printable(kernel.file)} ({kernel.digest[:8]})" if kernel.file else ""
    made = f" ({kernel.combine} of {len(kernel.members)})" if kernel.members else ""
    return f"{name} {shape_text(kernel.shape)}{made}{file}, {how}"


def geometry_lines(geometry: Geometry) -> list[str]:
    """Both size formulas with their numbers, and what no window reaches."""
    rows = _axis("height", geometry.rows, "row", "at the bottom")
    return [rows, _axis("width ", geometry.columns, "column", "on the right")]


def _axis(label: str, axis: Axis, thing: str, side: str) -> str:
    line = f"  {label}   {axis.formula}"
    if not axis.unused:
        return line
    things = thing if axis.unused == 1 else f"{thing}s"
    if axis.after >= axis.unused:
        things += " of the padding"
    verb = f"{things} {side} {'is' if axis.unused == 1 else 'are'}"
    return f"{line}     {axis.unused} {verb} not reached"


def padding_words(geometry: Geometry, spec: Spec, *, implied_by: str = "") -> str:
    """What was added around the picture, and what it holds; nothing if nothing was.

    implied_by  the option that brought the padding with it
    """
    if not any(geometry.padding):
        return ""
    return f"{implied_words(spec, implied_by)}: {padding_pixels(geometry)}; {border_words(spec)}"


def implied_words(spec: Spec, implied_by: str) -> str:
    """The padding's mode, and the option that brought it with it, if one did."""
    return f"{spec.padding.mode}{f' (because {implied_by} was given)' if implied_by else ''}"


def border_words(spec: Spec) -> str:
    """The border's name, and what it looks like beside a b c d."""
    return f"border {spec.border}  {border_pattern(spec.border)}"


def padding_pixels(geometry: Geometry) -> str:
    """How many pixels were added on which side."""
    top, bottom, left, right = geometry.padding
    if top == bottom == left == right:
        return f"{top} on each side"
    return f"{top} top, {bottom} bottom, {left} left, {right} right"


def border_pattern(border: Border) -> str:
    """What the border looks like beside a b c d."""
    return BORDERS["constant:V" if border.kind == "constant" else border.kind]


def _picture(path: str, shape: tuple[int, ...], mode: str, *, first: bool = False) -> str:
    name = {"-": "standard input" if first else "standard output"}.get(path, printable(path))
    axes = ""
    if first:
        axes = " (high×wide)" if len(shape) == 2 else " (high×wide×channels)"
    return f"{name}  {shape_text(shape)} {MODE_WORDS.get(mode, mode)}{axes}"


def values_words(kernel: Kernel, spec: Spec) -> str:
    """What becomes of the sums before the range policy, where it is not nothing."""
    bias = spec.bias_of(kernel)
    words = []
    if spec.normalize != "none":
        words.append(f"normalize {spec.normalize}")
    if spec.scale != 1:
        words.append(f"scale {plain_number(spec.scale)}")
    if any(amount.value for amount in bias):
        words.append(f"bias {', '.join(map(str, bias))}")
    if spec.exact:
        words.append("exact" + (" except resize" if spec.border.kind == "resize" else ""))
    return ", ".join(words)


def _range(outcome: Outcome) -> str:
    result, facts = outcome.result, outcome.result.statistics
    low, high = full_range(outcome.result.pixels.dtype)
    words = [f"{result.policy}:"]
    dark, bright = ("black", "white") if outcome.in_shares else (low, high)
    if result.policy != "float":
        cut = [(facts.below, f"below {dark}"), (facts.above, f"above {bright}")]
        shares = [f"{_percent(n / facts.samples)} {side}" for n, side in cut if n]
        words.append(", ".join(shares) or "nothing cut")
    if not isnan(facts.least):
        words.append(f"({number_text(facts.least)} … {number_text(facts.greatest)})")
    if facts.nonfinite:
        words.append(f"{facts.nonfinite} not finite")
    return " ".join(words)


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.0005 else "under 0.1%"


def number_text(value: float) -> str:
    """A result's number, with as many digits as tell something."""
    return str(round(value)) if value == round(value) and abs(value) < 1e9 else f"{value:.6g}"
