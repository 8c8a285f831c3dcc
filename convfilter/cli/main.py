"""`convfilter`: the group of commands, and how errors become messages and exit statuses."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from convfilter import __version__
from convfilter.cli.slips import Group
from convfilter.early import put_in_order
from convfilter.errors import ConvfilterError, UsageError

INTERRUPTED = 130

# command → what `convfilter --help` says of it; each is imported when it is called
COMMANDS = {
    "apply": "Filter one picture with a kernel.",
    "batch": "Filter many pictures, resumably.",
    "gallery": "One picture under many kernels, on a sheet or a page.",
    "kernels": "List, show, make, check, import and export kernels.",
    "shape": "The size of the result, with the formula.",
    "explain": "One pixel of the result: every product, the sum, and the rest.",
    "animate": "A kernel sliding over a few numbers, as GIF, WebP or PNG.",
    "fit": "Find the kernel that turns one picture into another.",
    "cache": "The compiled loops kept between runs.",
    "completion": "A script for bash, zsh or fish that completes words with TAB.",
}


class LazyGroup(Group):
    """Commands are imported when they are called, so that --help and --version are instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"convfilter.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="'convfilter COMMAND --help' tells more about each.",
)
@click.version_option(__version__, prog_name="convfilter")
def main() -> None:
    """Filter images by convolution: exact, fast, explained.

    \b
    convfilter apply flower.jpg -k sharpen             writes flower_sharpen.jpg
    convfilter apply flower.jpg -k blur --stride 2     every second window
    convfilter apply flower.jpg -k "0 -1 0; -1 5 -1; 0 -1 0" --border edge
    convfilter kernels list                            all kernels
    convfilter shape 459x612 -k 5x5 -p 2 -s 2          the size formula
    """


def run() -> NoReturn:
    """The entry point: runs a command and exits with its status."""
    put_in_order()  # again: not everybody comes in through __main__
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors=errors)  # type: ignore[union-attr]
    status = _guarded()
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(status)  # all is written: taking the interpreter apart would cost 20 ms and more


def _guarded() -> int:  # noqa: PLR0911 - a table of endings reads best as one
    try:
        status = main(prog_name="convfilter", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        complain_of_usage(error)
        return error.exit_code
    except ConvfilterError as error:
        complain(error)
        return error.exit_status
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read from us has enough; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        complain("out of memory: use a smaller picture, or fewer cores with -j")
        return 1
    except OSError as error:
        complain(f"{error.filename or 'output'}: {error.strerror or error}")
        return 1
    except SystemExit as error:
        if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            return 0  # click met the closed pipe first
        return error.code if isinstance(error.code, int) else 1


def complain_of_usage(error: click.ClickException) -> None:
    """Click's errors in the same form as all others, with the usage below."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    complain(UsageError(error.format_message()))
    ctx = getattr(error, "ctx", None)
    if ctx is not None:
        click.echo(ctx.get_usage(), err=True)
        click.echo(f"'{ctx.command_path} --help' tells more", err=True)


def complain(message: str | ConvfilterError) -> None:
    """One message on standard error; only errors of usage have several lines."""
    from convfilter.report.terminal import fit, printable

    lines = str(message).split("\n") if isinstance(message, UsageError) else [str(message)]
    safe = "\n".join(map(printable, lines))
    click.echo(fit(f"convfilter: {safe}", sys.stderr), err=True)
