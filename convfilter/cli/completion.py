"""`convfilter completion bash|zsh|fish`: all words of the command line in a script for the shell.

The commands are asked what they take; completion.bash, .zsh and .fish are the scripts around that.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from textwrap import indent
from typing import NamedTuple

import click

from convfilter.cli.sections import SectionedCommand
from convfilter.cli.slips import FileName, SpecType, Word
from convfilter.core.words import BORDERS, PADDING_MODES, STEP_OPTIONS
from convfilter.images.formats import BY_NAME, ELSEWHERE, PICTURE_SUFFIXES, ZARR
from convfilter.presets.definition import SUFFIXES

SHELLS = ("bash", "zsh", "fish")
STEP = "    "
MARK = "#: tables\n"  # where a script's tables belong

# What the shell looks for when TAB is pressed stands in <>; everything else is a word to be typed.
KERNEL, KERNEL_FILE = "<kernel>", "<kernel-file>"
PICTURE, FILE, FOLDER = "<picture>", "<file>", "<folder>"
TEXT = "<text>"  # a value that nobody can guess
SWITCH = ("yes", "no")  # what a flag is called behind a kernel's ':'
AGAIN = "..."  # the last argument can stand any number of times


class Entry(NamedTuple):
    """A word, what may follow it, and what it is."""

    name: str
    takes: tuple[str, ...] = ()
    help: str = ""


class Place(NamedTuple):
    """A command: what may stand behind it. Arguments are what each takes, in order."""

    path: str
    commands: tuple[Entry, ...] = ()
    options: tuple[Entry, ...] = ()
    arguments: tuple[str, ...] = ()


class Vocabulary(NamedTuple):
    """Everything a script has to know.

    kernels      names and aliases, with their parameters
    steps        options behind a kernel's ':', with their words
    user_folder  where the user's own kernels are; '' where $XDG_CONFIG_HOME tells
    """

    places: tuple[Place, ...]
    kernels: tuple[Entry, ...]
    steps: tuple[Entry, ...]
    user_folder: str = ""


@click.command("completion", cls=SectionedCommand)
@click.argument("shell", type=Word(SHELLS), metavar="bash|zsh|fish")
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a script that completes commands, options, kernels and their words with TAB.

    \b
    eval "$(convfilter completion bash)"        a line for ~/.bashrc
    eval "$(convfilter completion zsh)"         a line for ~/.zshrc
    convfilter completion fish | source         a line for ~/.config/fish/config.fish

    The script holds all words, so that TAB is as fast as the shell. Kernels of your own are found
    too: in the folders of $CONVFILTER_KERNEL_PATH and in ~/.config/convfilter/kernels.
    """
    click.echo(script(shell, vocabulary(ctx.find_root().command)).encode(), nl=False)


def vocabulary(root: click.Command) -> Vocabulary:
    """What a command and all those below it understand."""
    from convfilter.presets.registry import presets

    texts = presets().values()
    tags = sorted({tag for text in texts for tag in text.tags})
    places = tuple(_places(_context(root, "convfilter"), {"tag": tuple(tags)}))
    takes = {entry.name: entry.takes for place in reversed(places) for entry in place.options}
    kernels = [
        Entry(name, tuple(key for key, _ in text.parameters), _sentence(text.description))
        for text in texts
        for name in (text.name, *text.aliases)
    ]
    steps = [Entry(name, _behind_equals(takes.get(f"--{name}", ()))) for name in STEP_OPTIONS]
    return Vocabulary(places, tuple(sorted(kernels)), tuple(steps), _user_folder())


def _behind_equals(takes: tuple[str, ...]) -> tuple[str, ...]:
    return () if takes == (TEXT,) else takes or SWITCH


def _user_folder() -> str:
    if sys.platform == "linux":
        return ""
    from convfilter.presets.lookup import user_folder

    return user_folder()


def _places(ctx: click.Context, words: dict[str, tuple[str, ...]]) -> Iterator[Place]:
    """A command and those below it; `words` by the names of options whose text is one of them."""
    below = []
    if isinstance(ctx.command, click.Group):
        for name in ctx.command.list_commands(ctx):
            found = ctx.command.get_command(ctx, name)
            if found is not None and not found.hidden:
                below.append(_context(found, name, ctx))
    params = ctx.command.get_params(ctx)
    yield Place(
        ctx.command_path,
        tuple(Entry(sub.info_name or "", help=_help_of(sub.command)) for sub in below),
        tuple(entry for param in params for entry in _options(param, words)),
        tuple(takes for param in params for takes in _arguments(param, ctx)),
    )
    for sub in below:
        yield from _places(sub, words)


def _context(
    command: click.Command, name: str, above: click.Context | None = None
) -> click.Context:
    return click.Context(command, above, name, **command.context_settings)


def _help_of(command: click.Command) -> str:
    return _sentence(command.short_help or (command.help or "").partition("\n\n")[0])


def _options(param: click.Parameter, words: dict[str, tuple[str, ...]]) -> Iterator[Entry]:
    if not isinstance(param, click.Option) or param.hidden:
        return
    takes = () if param.is_flag or param.count else _values(param, words)
    for name in param.opts:
        yield Entry(name, takes, _sentence(param.help or ""))
    long = max(param.opts, key=len)
    for name in param.secondary_opts:
        yield Entry(name, (), f"The opposite of {long}")


def _arguments(param: click.Parameter, ctx: click.Context) -> Iterator[str]:
    if not isinstance(param, click.Argument):
        return
    takes = " ".join(_values(param, {}))
    if takes == PICTURE and " kernels " in ctx.command_path:
        takes = FILE if ctx.info_name == "import" else KERNEL_FILE
    yield from [takes] * max(param.nargs, 1)
    if param.nargs < 0:
        yield AGAIN


def _values(param: click.Parameter, words: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What the shell offers for a parameter's value, by its type, else by its name."""
    kind = param.type
    if isinstance(kind, click.Choice):
        return tuple(map(str, kind.choices))
    if isinstance(kind, SpecType):
        return (TEXT,) if param.metavar == "MATRIX" else (KERNEL,)
    if isinstance(kind, FileName):
        return (FOLDER,) if param.name == "output" else (PICTURE,)
    if isinstance(kind, click.Path):
        return (FILE,) if kind.file_okay else (FOLDER,)
    if isinstance(kind, click.File):
        return (FILE,)
    borders = tuple("constant:" if word == "constant:V" else word for word in BORDERS)
    formats = tuple(form.suffixes[0].removeprefix(".") for form in (*BY_NAME.values(), ZARR))
    known = {"border": borders, "padding": PADDING_MODES, "format": formats, **words}
    names = [name.removeprefix("--") for name in param.opts]
    return next((known[name] for name in names if name in known), (TEXT,))


def _sentence(text: str) -> str:
    """A text's first sentence, on one line, without its full stop."""
    flat = " ".join(text.replace("\b", "").split())
    return re.split(r"\.(?:$|\s+(?=[A-Z\[$]))", flat)[0]


Lists = dict[str, list[str]]  # the name of a shell's variable → what it is set to


def script(shell: str, words: Vocabulary) -> str:
    """The script of a shell with its tables filled in."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"completion.{shell}")
    with open(path, encoding="utf-8") as file:
        before, after = file.read().split(MARK)
    lines = _names if shell == "bash" else _descriptions  # bash has nowhere to show what a word is
    places = {
        place.path: {
            "subcommands": lines(place.commands),
            "switches": lines(place.options),
            "positions": list(place.arguments),
        }
        for place in words.places
    }
    lists = {
        "kernels": lines(words.kernels),
        "steps": lines(words.steps),
        "kernel_suffixes": list(SUFFIXES),
        "picture_suffixes": [s.removeprefix(".") for s in PICTURE_SUFFIXES if s not in ELSEWHERE],
        "user_folder": [words.user_folder] if words.user_folder else [],
    }
    write = _fish_tables if shell == "fish" else _sh_tables
    return before + write(places, lists) + after


def _names(entries: Iterable[Entry]) -> list[str]:
    return [f"{entry.name}|{' '.join(entry.takes)}" for entry in entries]


def _descriptions(entries: Iterable[Entry]) -> list[str]:
    return [f"{entry.name}|{' '.join(entry.takes)}|{entry.help}" for entry in entries]


def _sh_tables(places: dict[str, Lists], lists: Lists) -> str:
    cases = [
        f"{_sh_quoted(path)})\n{indent(_sh_settings(found), STEP)}{STEP};;\n"
        for path, found in places.items()
    ]
    table = indent(f"case $1 in\n{''.join(cases)}esac\n", STEP)
    others = indent(_sh_settings(lists), STEP)
    return f"_convfilter_table() {{\n{table}}}\n\n_convfilter_lists() {{\n{others}}}\n"


def _sh_settings(lists: Lists) -> str:
    return "".join(
        "\n".join([f"{name}=(", *(STEP + _sh_quoted(text) for text in texts), ")\n"])
        for name, texts in lists.items()
        if texts
    )


def _sh_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_tables(places: dict[str, Lists], lists: Lists) -> str:
    cases = [
        f"case {_fish_quoted(path)}\n{indent(_fish_settings(found), STEP)}"
        for path, found in places.items()
    ]
    table = indent(f"switch $command\n{indent(''.join(cases), STEP)}end\n", STEP)
    others = indent(_fish_settings(lists), STEP)
    heads = [f"function __convfilter_{name} --no-scope-shadowing\n" for name in ("table", "lists")]
    return f"{heads[0]}{table}end\n\n{heads[1]}{others}end\n"


def _fish_settings(lists: Lists) -> str:
    return "".join(
        " \\\n".join([f"set {name}", *(STEP + _fish_quoted(text) for text in texts)]) + "\n"
        for name, texts in lists.items()
        if texts
    )


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
