"""docs/python.md: every public name, with its docstring."""

from __future__ import annotations

import inspect
from doctest import DocTestParser
from importlib import import_module
from types import ModuleType
from typing import Any

from generator.shell import NOTE

# Public modules that are imported by their own names.
MODULES = ("convfilter.dask",)

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
    for module in map(import_module, MODULES):
        parts += [_entry(module.__name__, module)]
        parts += [_entry(f"{module.__name__}.{name}", each) for name, each in _functions(module)]
    parts += ["## All errors", _errors()]
    return "\n\n".join(parts) + "\n"


def _entry(name: str, value: Any) -> str:
    """A heading, how it is called, what it says of itself, its examples."""
    parts = [f"## {name}"]
    if inspect.isfunction(value):
        parts.append(f"```python\n{_call(name, value)}\n```")
    elif isinstance(value, ModuleType):
        calls = [_call(f"{name}.{inner}", each) for inner, each in _functions(value)]
        parts.append("```python\n" + "\n".join(calls) + "\n```")
    return "\n\n".join(parts + _blocks(inspect.cleandoc(value.__doc__)))


def _blocks(text: str) -> list[str]:
    """A docstring's words as they are, its examples in colour."""
    blocks: list[tuple[str, str]] = []
    for piece in DocTestParser().parse(text):
        if isinstance(piece, str):
            kind, shown = "text", piece.strip("\n")
        else:
            first, *others = piece.source.rstrip("\n").split("\n")
            lines = [f">>> {first}", *(f"... {line}" for line in others), piece.want.rstrip("\n")]
            kind, shown = "pycon", "\n".join(line for line in lines if line)
        if not shown.strip():
            continue
        if blocks and blocks[-1][0] == kind:
            shown = f"{blocks.pop()[1]}\n{shown}"
        blocks.append((kind, shown))
    return [f"```{kind}\n{shown}\n```" for kind, shown in blocks]


def _functions(module: ModuleType) -> list[tuple[str, Any]]:
    """The public ones that are written in a module."""
    functions = inspect.getmembers(module, inspect.isfunction)
    return [(name, each) for name, each in functions
            if each.__module__ == module.__name__ and name[0] != "_"]  # fmt: skip


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
