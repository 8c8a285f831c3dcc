"""docs/python.md: every public name, with its docstring."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from generator.shell import NOTE

INTRODUCTION = """\
`import convfilter` costs nothing: each name is loaded when it is first used. Images are numpy arrays, (height, width)
or (height, width, channels), and are never changed. What exactly is computed is said in [its own page](semantics.md). In the
examples `np` is numpy, and the functions are imported by their names."""


def python_page() -> str:
    """All of `convfilter.__all__`, functions first."""
    import convfilter

    names = [name for name in convfilter.__all__ if name != "__version__"]
    order = sorted(names, key=lambda name: not inspect.isfunction(getattr(convfilter, name)))
    parts = ["# Python", NOTE, INTRODUCTION]
    parts += [_entry(f"convfilter.{name}", getattr(convfilter, name)) for name in order]
    parts += ["## All errors", _errors()]
    return "\n\n".join(parts) + "\n"


def _entry(name: str, value: Any) -> str:
    """A heading, how it is called, what it says of itself, its examples."""
    parts = [f"## {name}"]
    if inspect.isfunction(value):
        parts.append(f"```python\n{_call(name, value)}\n```")
    elif isinstance(value, ModuleType):
        functions = inspect.getmembers(value, inspect.isfunction)
        own = [each for each in functions if each[1].__module__ == value.__name__]
        calls = [_call(f"{name}.{inner}", each) for inner, each in own if inner[0] != "_"]
        parts.append("```python\n" + "\n".join(calls) + "\n```")
    text, example, rest = inspect.cleandoc(value.__doc__).partition(">>>")
    parts.append(f"```text\n{text.rstrip()}\n```")
    if example:
        parts.append(f"```pycon\n{example}{rest.rstrip()}\n```")
    return "\n\n".join(parts)


def _call(name: str, function: Any) -> str:
    """Name and parameters without types, which the docstring tells in words."""
    signature = inspect.signature(function)
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    call = name + str(inspect.Signature(bare))
    if len(call) <= 96:
        return call
    words, lines, line = str(inspect.Signature(bare))[1:-1].split(", "), [], "   "
    for word in words:
        if len(line) + len(word) > 92:
            lines.append(line)
            line = "   "
        line += f" {word},"
    return "\n".join([f"{name}(", *lines, line, ")"])


def _errors() -> str:
    """The tree of errors, each with its sentence."""
    from convfilter.errors import ConvfilterError

    def tree(error: type[BaseException], depth: int) -> list[str]:
        sentence = (error.__doc__ or "").strip().split("\n", maxsplit=1)[0]
        line = f"{'  ' * depth}- `{error.__name__}`: {sentence}"
        return [
            line,
            *(each for child in error.__subclasses__() for each in tree(child, depth + 1)),
        ]

    return "\n".join(tree(ConvfilterError, 0))
