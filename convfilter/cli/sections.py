"""How options are declared: under a heading of the help, and from which variable they may come."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from convfilter.cli.slips import Command
from convfilter.core.words import BORDERS

Function = TypeVar("Function", bound=Callable[..., Any])
PREFIX = "CONVFILTER_"


class Option(click.Option):
    """An option that stands under a heading of the help."""

    def __init__(self, *args: Any, section: str = "Other", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class SectionedCommand(Command):
    """A command whose help shows options under headings, in order of appearance."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        params = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        for param in params:
            if (record := param.get_help_record(ctx)) is not None:
                sections.setdefault(getattr(param, "section", "Other"), []).append(record)
        if any(param.name == "border" for param in params):
            sections["Borders, beside a picture a b c d"] = list(BORDERS.items())
        sections["Other"] = sections.pop("Other")
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def how(*names: str, section: str, **kwargs: Any) -> Callable[[Function], Function]:
    """An option that says how: it can also be set by $CONVFILTER_NAME, for each of its long names."""
    long = [name.split("/")[0] for name in names if name.startswith("--")]
    envvar = [PREFIX + name.lstrip("-").upper().replace("-", "_") for name in long]
    return click.option(*names, cls=Option, section=section, envvar=envvar, **kwargs)


def what(*names: str, section: str, **kwargs: Any) -> Callable[[Function], Function]:
    """An option that says what: never taken from the environment."""
    return click.option(*names, cls=Option, section=section, **kwargs)


def variable_of(param: click.Parameter | None) -> str:
    """The environment's variable that an option took its value from, or would take it from."""
    names = param.envvar if param is not None and isinstance(param.envvar, list) else []
    return next((name for name in names if os.environ.get(name)), next(iter(names), ""))


def from_variable(param: click.Parameter) -> str:
    """That a value came from the environment, and how to be without it."""
    name = next((name for name in param.opts if name.startswith("--")), "")
    instead = ""
    if param.secondary_opts:
        instead = param.secondary_opts[0]
    elif isinstance(param.default, (str, int)) and param.default != "":
        instead = f"{name} {param.default}"
    way = f", or type {instead}" if instead else ""
    return f"(from the environment: {variable_of(param)}; unset it{way})"


def stacked(*options: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Several options as one decorator, in the order in which they are listed."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
