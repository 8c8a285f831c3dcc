"""KernelText → Kernel: numbers read, formulas computed, composites put together."""

from __future__ import annotations

import os
from collections.abc import Mapping

from convfilter.core.composite import make_composite, rotations
from convfilter.core.kernel import Kernel, make_exact_kernel
from convfilter.core.rational import read_decimal
from convfilter.errors import ConvfilterError, KernelError, SpecError
from convfilter.presets.definition import KernelText
from convfilter.presets.numbers import amount_of

NO_PARAMETERS: Mapping[str, str] = {}


def kernel_of(text: KernelText, given: Mapping[str, str] = NO_PARAMETERS) -> Kernel:
    """The kernel of a text, with the parameters given in a SPEC.

    Raises SpecError for parameters that it doesn't take, KernelError for faults in a file's numbers
    that only show when they are put together.
    """
    if given and not text.formula:
        raise SpecError(_fixed(text, given))
    try:
        return _formula_kernel(text, given) if text.formula else _fixed_kernel(text)
    except SpecError:
        raise
    except ConvfilterError as error:
        if not text.file:
            raise
        raise KernelError(f"{text.file}:1:1: {error}") from None


def _fixed_kernel(text: KernelText) -> Kernel:
    if not text.combine:
        return _weights_kernel(text)
    members = [_member(text, spec) for spec in text.members] or [_weights_kernel(text)]
    if text.rotations:
        members = rotations(members[0], text.rotations)
    return make_composite(
        members, text.combine, name=text.name, bias=_bias(text), **_description(text)
    )


def _weights_kernel(text: KernelText) -> Kernel:
    return make_exact_kernel(
        [read_decimal(number) for number in text.weights],
        text.shape,
        read_decimal(text.divisor),
        bias=() if text.combine else _bias(text),
        name=text.name,
        **_description(text),
    )


def _formula_kernel(text: KernelText, given: Mapping[str, str]) -> Kernel:
    from convfilter.presets.formulas import canonical, parameter_names, weights_of

    if "" in given:
        first = parameter_names(text.formula)[0]
        raise SpecError(
            f"{text.name}:{given['']} has a value without a name: write "
            f"{text.name}:{first}={given['']} (it takes {', '.join(parameter_names(text.formula))})"
        )
    try:
        changed = canonical(text.formula, given)
        values = dict(text.parameters) | changed
        made = weights_of(text.formula, values)
    except ValueError as error:
        raise SpecError(f"{text.name}: {error}") from None
    words = [f"{name}={value}" for name, value in values.items() if name in changed]
    return make_exact_kernel(
        made.numbers,
        made.shape,
        made.divisor,
        bias=_bias(text),
        name=text.name + (":" + ",".join(words) if words else ""),
        parameters=tuple(values.items()),
        **_description(text),
    )


def _member(text: KernelText, spec: str) -> Kernel:
    """A composite's kernel; a file's name counts from the composite's own folder."""
    from convfilter.presets.load import text_of
    from convfilter.presets.spec_text import InFile, parse_spec

    parsed = parse_spec(spec)
    if isinstance(parsed, InFile):
        parsed = InFile(os.path.join(os.path.dirname(text.file), parsed.path), parsed.parameters)
    found = text_of(parsed)
    if isinstance(found, Kernel):
        return found
    if found.combine:
        raise SpecError(f"{text.name} is made of {spec!r}, which is a composite itself")
    given = NO_PARAMETERS if isinstance(parsed, KernelText) else parsed.parameters
    return kernel_of(found, given)


def _bias(text: KernelText) -> tuple[object, ...]:
    return tuple(amount_of(amount) for amount in text.bias)


def _description(text: KernelText) -> dict[str, object]:
    return {
        "range_policy": text.range_policy,
        "description": text.description,
        "source": text.source,
        "aliases": text.aliases,
        "tags": text.tags,
        "file": text.file,
        "formula": text.formula,
    }


def _fixed(text: KernelText, given: Mapping[str, str]) -> str:
    """That a kernel takes no parameters, and which one like it does."""
    key, value = next(iter(given.items()))
    size = value if key in ("", "size", "radius") else "9"
    like = ""
    if "blur" in text.tags:
        like = f"; box:size={size} is a plain blur of any size, gaussian:sigma=2 a soft one"
    elif "sharpen" in text.tags:
        like = "; unsharp:sigma=2,amount=1.5 sharpens by as much as you say"
    typed = f"{key}={value}" if key else value
    kind = "is a composite" if text.combine else "has fixed weights"
    return f"{text.name} {kind} and takes no parameter ({typed} was given){like}"
