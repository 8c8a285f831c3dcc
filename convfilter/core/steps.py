"""Kernels with options of their own → kernels with a whole Spec each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convfilter.core.kernel import Kernel, shape_text
from convfilter.core.spec import Spec, make_spec, nearest
from convfilter.core.words import STEP_OPTIONS
from convfilter.errors import OptionError

# What holds for one step only: with several kernels it can't be said for all of them at once.
ONE_STEP = ("stride", "dilation", "bias", "scale", "normalize")
PLAIN = Spec()
YES = ("", "yes", "true", "on", "1")
NO = ("no", "false", "off", "0")


class Step(NamedTuple):
    """A kernel, and options as typed or given: stride, padding, dilation, border, bias, scale, normalize, flip, range."""

    kernel: Kernel
    options: dict[str, Any]


def make_steps(steps: Sequence[Step], common: Spec) -> tuple[tuple[Kernel, Spec], ...]:
    """Each kernel with its Spec: its own options, and for the rest those in common.

    common  of a single kernel all; of several kernels padding, border, flip, exact, plan, threads and,
            for the last, the range policy

    Raises OptionError for options in common that belong to one step, and for a range policy before
    the last step: between the steps numbers are neither cut nor rounded.
    """
    for name in ONE_STEP if len(steps) > 1 else ():
        value = getattr(common, name)
        nothing = name == "bias" and not any(amount.value for amount in value or ())
        if value != getattr(PLAIN, name) and not nothing:
            raise OptionError(
                f"{name}: with {len(steps)} kernels it is said of each by itself: "
                f"-k {steps[0].kernel.name}{':' if ':' not in steps[0].kernel.name else ','}"
                f"{name}={_text(value)} …"
            )
    if len(steps) > 1:
        common = common._replace(bias=None)  # each kernel's own
    made = []
    for number, step in enumerate(steps, 1):
        spec = _with_own(common, step)
        if number < len(steps):
            if "range" in step.options:
                raise OptionError(
                    f"range: step {number} of {len(steps)} makes no pixels: only the last one has a "
                    "range policy"
                )
            spec = spec._replace(range_policy="float")
        made.append((step.kernel, spec))
    return tuple(made)


def _with_own(common: Spec, step: Step) -> Spec:
    if not step.options:
        return common
    name_of_kernel = step.kernel.name or shape_text(step.kernel.shape)
    for name in step.options:
        if name not in STEP_OPTIONS:
            raise OptionError(
                f"{name_of_kernel}: {name!r} is no option of a step: {', '.join(STEP_OPTIONS)}"
                f"{nearest(name, STEP_OPTIONS)}"
            )
    names = {"range": "range_policy"}
    given = {names.get(name, name): value for name, value in step.options.items()}
    if "flip" in given:
        given["flip"] = _switch("flip", given["flip"])
    try:
        own = make_spec(**given)
    except OptionError as error:
        raise OptionError(f"{name_of_kernel}: {error}") from None
    if "border" in given and "padding" not in given and common.padding.mode == "valid":
        given["padding"], own = "same", own._replace(padding=make_spec(padding="same").padding)
    return common._replace(**{name: getattr(own, name) for name in given})


def _switch(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in (*YES, *NO):
        raise OptionError(f"{name}: {value!r} is neither yes nor no")
    return word in YES


def _text(value: Any) -> str:
    """An option's value as it would be typed."""
    parts = value if isinstance(value, tuple) else (value,)
    alike = len({str(part) for part in parts}) == 1
    return str(parts[0]) if alike else ",".join(map(str, parts))
