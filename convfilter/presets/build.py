"""KernelText → Kernel: numbers read, formulas computed, composites put together."""

from __future__ import annotations

import os
from collections.abc import Mapping

from convfilter.core.composite import make_composite, rotations
from convfilter.core.kernel import Kernel, make_exact_kernel
from convfilter.core.rational import read_decimal
from convfilter.errors import ConvfilterError, KernelError, SpecError
from convfilter.presets.definition import KernelText
from convfilter.presets.numbers import amount_of, shortened, values_of

NO_PARAMETERS: Mapping[str, str] = {}


def kernel_of(text: KernelText, given: Mapping[str, str] = NO_PARAMETERS) -> Kernel:
    """The kernel of a text, with the parameters given in a SPEC.

    Raises SpecError for parameters that it doesn't take, KernelError for faults in a file that only
    show when its kernel is put together, with the place in the file.
    """
    if given:
        _check_names(text, given)
    if text.formula:
        return _formula_kernel(text, given)
    if not text.combine:
        return _weights_kernel(text)
    members, faults = read_members(text)
    for fault in faults:
        raise fault
    return _composite(text, members or [_weights_kernel(text)])


def _check_names(text: KernelText, given: Mapping[str, str]) -> None:
    from convfilter.presets.formulas import words_of

    takes = words_of(text.formula) if text.formula else {}
    for word, value in given.items():
        if word not in takes:
            from convfilter.presets.slips import refusal

            raise SpecError(refusal(text, word, value))


def read_members(text: KernelText) -> tuple[list[Kernel], list[ConvfilterError]]:
    """A composite's kernels before any turn, and what is wrong with others, each with its place."""
    members, faults = [], []
    for number, spec in enumerate(text.members):
        if spec:  # else its fault is told by who read the file
            try:
                members.append(_member(text, spec))
            except ConvfilterError as error:
                faults.append(_placed(text, error, f"kernels.{number}"))
    return members, faults


def _member(text: KernelText, spec: str) -> Kernel:
    """A composite's kernel; a file's name counts from the composite's own folder."""
    from convfilter.presets.load import text_of
    from convfilter.presets.spec_text import InFile, parse_spec

    parsed = parse_spec(spec)
    if isinstance(parsed, InFile):
        parsed = InFile(os.path.join(os.path.dirname(text.file), parsed.path), parsed.parameters)
    given = NO_PARAMETERS if isinstance(parsed, KernelText) else parsed.parameters
    found = text_of(parsed)
    made_of = f"{text.name} is made of {shortened(spec)!r}, which"
    if isinstance(found, KernelText) and found.combine:
        raise SpecError(f"{made_of} is a composite itself")
    if isinstance(found, KernelText) or given:
        found = kernel_of(KernelText(found.name) if isinstance(found, Kernel) else found, given)
    if any(amount.value for amount in found.bias):
        raise SpecError(f"{made_of} has a bias of its own")
    return found


def _composite(text: KernelText, members: list[Kernel]) -> Kernel:
    blamed = ["rotations", "combine"]
    try:
        if text.rotations:
            members = rotations(members[0], text.rotations)
        else:
            odd = (n for n, member in enumerate(members) if member.shape != members[0].shape)
            blamed = [f"kernels.{number}" for number in odd] + ["combine"]
        return make_composite(
            members, text.combine, name=text.name, bias=_bias(text), **_description(text)
        )
    except ConvfilterError as error:
        raise _placed(text, error, *blamed) from None


def _weights_kernel(text: KernelText) -> Kernel:
    try:
        return make_exact_kernel(
            values_of(text.weights),
            text.shape,
            read_decimal(text.divisor),
            bias=() if text.combine else _bias(text),
            name=text.name,
            **_description(text),
        )
    except ConvfilterError as error:
        raise _placed(text, error, "weights") from None


def _formula_kernel(text: KernelText, given: Mapping[str, str]) -> Kernel:
    from convfilter.presets.formulas import canonical, defaults_of, weights_of

    try:
        changed = canonical(text.formula, given)
        values = defaults_of(text.formula) | dict(text.parameters) | changed
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


def _placed(text: KernelText, error: ConvfilterError, *keys: str) -> ConvfilterError:
    """The error with its place in the text's file: of the first of the keys that stands there."""
    if not text.file:
        return error
    places = {key: f"{line}:{column}" for key, line, column in text.places}
    place = next((places[key] for key in keys if key in places), "1:1")
    return KernelError(f"{text.file}:{place}: {error}")


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
