"""What `convfilter animate` says: the words in the picture, and what was written."""

from __future__ import annotations

from typing import Any, NamedTuple

from convfilter import __version__
from convfilter.core.kernel import Kernel, shape_text
from convfilter.core.spec import Spec
from convfilter.report.json_line import line
from convfilter.report.outcome import environment_lines
from convfilter.report.terminal import PLAIN, printable


class AnimationFacts(NamedTuple):
    """An animation that was written.

    frames   how many, those side by side in a still picture too
    seconds  for how long they are shown, 0 of a still picture
    """

    source: str
    shape: tuple[int, ...]
    output: str
    size: tuple[int, int]
    frames: int
    seconds: float
    file_bytes: int
    notes: tuple[str, ...]
    environment: dict[str, str]


def title_of(kernel: Kernel, spec: Spec) -> str:
    """'sharpen 3x3, as written', in letters that every font has."""
    name = "kernel" if kernel.name.startswith("matrix-") else printable(kernel.name)
    how = "turned by 180 degrees (convolution)" if spec.flip else "as written (cross-correlation)"
    return f"{name} {shape_text(kernel.shape)}, {how}".translate(PLAIN)


def subtitle_of(spec: Spec, padding: tuple[int, int, int, int], place: str) -> str:
    """Where the numbers are from, and how the kernel moves."""
    words = [place, f"stride {_pair(spec.stride)}"]
    if spec.dilation != (1, 1):
        words.append(f"dilation {_pair(spec.dilation)}")
    if any(padding):
        top, bottom, left, right = padding
        pixels = str(top) if top == bottom == left == right else f"{top},{bottom},{left},{right}"
        words.append(f"padding {pixels}, border {spec.border}")
    else:
        words.append("no padding")
    return "  ·  ".join(word.translate(PLAIN) for word in words)


def _pair(numbers: tuple[int, int]) -> str:
    return str(numbers[0]) if numbers[0] == numbers[1] else f"{numbers[0]},{numbers[1]}"


def lines(facts: AnimationFacts) -> list[str]:
    """The report's lines."""
    size = shape_text(facts.size)
    shown = f"{facts.seconds:.1f} s, for ever" if facts.seconds else "side by side"
    kilobytes = f"{facts.file_bytes / 1000:.0f} kB"
    text = [
        f"{printable(facts.source)}  {shape_text(facts.shape)}  →  {printable(facts.output)}  {size}",
        f"  frames   {facts.frames}, {shown}; {kilobytes}",
    ]
    text += [f"  note     {printable(note)}" for note in facts.notes]
    return text + environment_lines(facts.environment)


def as_json(facts: AnimationFacts) -> str:
    """The same as one object on one line."""
    fields: dict[str, Any] = {
        "version": __version__,
        "input": {"path": facts.source, "shape": list(facts.shape)},
        "output": {"path": facts.output, "shape": list(facts.size)},
        "frames": facts.frames,
        "seconds": facts.seconds,
        "bytes": facts.file_bytes,
        "notes": list(facts.notes),
        "environment": facts.environment,
    }
    return line(fields)
