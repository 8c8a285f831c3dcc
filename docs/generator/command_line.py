"""docs/command-line.md: every --help, and the variables of the environment."""

from __future__ import annotations

from generator.shell import NOTE, commands, convfilter


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
    """The environment's variables, from the options that read them."""
    import click

    from convfilter.cli.apply import command

    rows = ["| variable | the same as |", "|---|---|"]
    for param in command.params:
        if isinstance(param, click.Option) and param.envvar:
            names = ", ".join(f"`{name}`" for name in param.envvar)
            long = ", ".join(f"`{name}`" for name in param.opts if name.startswith("--"))
            rows.append(f"| {names} | {long} |")
    rows.append("| `CONVFILTER_CACHE_DIR` | the folder of compiled loops |")
    rows.append("| `CONVFILTER_KERNEL_PATH` | folders in which kernels are looked for by name |")
    text = "Every option that says how has one; options that say what, as `-k` and `-o`, have none."
    return f"## Environment variables\n\n{text}\n\n" + "\n".join(rows)
