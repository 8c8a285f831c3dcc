"""docs/command-line.md: every --help, and the variables of the environment."""

from __future__ import annotations

from generator.shell import NOTE, command_named, commands, convfilter

SAID_HOW = (
    "Every option that says how has one; options that say what, as `-k` and `-o`, have none. A command\n"
    "reads those of its own options; what is typed goes first."
)
OF_NO_OPTION = "These belong to no option:"
OTHERS = {
    "CONVFILTER_CACHE_DIR": "the folder of compiled loops",
    "CONVFILTER_KERNEL_PATH": "folders in which kernels are looked for by name",
    "XDG_CACHE_HOME": "compiled loops are in its folder `convfilter` where `CONVFILTER_CACHE_DIR` is not set",
    "XDG_CONFIG_HOME": "one's own kernels are in its folder `convfilter/kernels`; not set, `~/.config` counts",
    "NO_COLOR": "no colour on terminals, if it is set to anything; nor does `TERM=dumb` have any",
    "COLORTERM": "`truecolor` or `24bit`: colours of 24 bits on terminals",
    "COLUMNS": "how wide reports are, in place of the terminal's own width",
}


def command_line() -> str:
    """docs/command-line.md: every --help."""
    parts = ["# The command line", NOTE]
    for command in commands():
        name = f"convfilter {command}".strip()
        text = convfilter(*command.split(), "--help")
        parts.append(f"## `{name}`\n\n```text\n{text.rstrip()}\n```")
    parts.append(variables())
    return "\n\n".join(parts) + "\n"


def variables() -> str:
    """The environment's variables: of all commands, from the options that read them, and the others."""
    import click

    readers: dict[tuple[str, str], list[str]] = {}
    for name in commands():
        for param in command_named(name).params:
            if isinstance(param, click.Option) and param.envvar:
                names = ", ".join(f"`{variable}`" for variable in param.envvar)
                long = ", ".join(f"`{word}`" for word in param.opts if word.startswith("--"))
                readers.setdefault((names, long), []).append(f"`{name}`")
    rows = [f"| {names} | {long} | {', '.join(of)} |" for (names, long), of in readers.items()]
    table = ["| variable | the same as | of |", "|---|---|---|", *rows]
    others = ["| variable | what it says |", "|---|---|"]
    others += [f"| `{name}` | {words} |" for name, words in OTHERS.items()]
    return "\n\n".join(
        ["## Environment variables", SAID_HOW, "\n".join(table), OF_NO_OPTION, "\n".join(others)]
    )
