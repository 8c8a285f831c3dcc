"""Options that mean the same in every command: written once, grouped in the help by section."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from convfilter.cli.sections import (
    PREFIX,
    Function,
    from_variable,
    how,
    stacked,
    variable_of,
    what,
)
from convfilter.cli.slips import SpecType, Whole, Word
from convfilter.core.words import (
    NORMALIZE,
    PADDING_MODES,
    PLANS,
    RANGE_POLICIES,
)
from convfilter.errors import ConvfilterError, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convfilter.core.spec import Spec
    from convfilter.core.steps import Step

kernel_option = what(
    "-k",
    "--kernel",
    "kernels",
    section="Kernel",
    type=SpecType(),
    multiple=True,
    required=True,
    metavar="SPEC",
    help="A kernel by name ('convfilter kernels list'), with parameters (gaussian:sigma=2), a file "
    '(.yaml .csv .npy .txt .mat), or a matrix: "1 2 1; 2 4 2; 1 2 1 / 16". Several are applied in '
    "turn, each with options of its own: -k gaussian:sigma=2,stride=2 -k sobel.",
)

geometry_options = stacked(
    how(
        "-s",
        "--stride",
        section="Geometry",
        default="1",
        show_default=True,
        metavar="N|Y,X",
        help="Pixels from one window to the next.",
    ),
    how(
        "-p",
        "--padding",
        section="Geometry",
        default=None,
        metavar="WORD|PIXELS",
        help=f"Pixels added around the picture: {', '.join(PADDING_MODES)}, P, Y,X or "
        "TOP,BOTTOM,LEFT,RIGHT.  [default: valid]",
    ),
    how(
        "-d",
        "--dilation",
        section="Geometry",
        default="1",
        show_default=True,
        metavar="N|Y,X",
        help="Pixels from one tap of the kernel to the next.",
    ),
)

border_option = how(
    "--border",
    section="Geometry",
    default="zero",
    show_default=True,
    metavar="WORD",
    help="What the padding holds, see below. Typed without --padding it means --padding same.",
)

value_options = stacked(
    how(
        "--flip-kernel/--no-flip-kernel",
        "--flip/--no-flip",
        "flip",
        section="Values",
        help="Turn the kernel by 180 degrees first: convolution in the strict sense.",
    ),
    how(
        "--normalize",
        section="Values",
        type=Word(NORMALIZE),
        default="none",
        show_default=True,
        help="Divide the kernel by its sum, its absolute sum, or its size.",
    ),
    how(
        "--scale",
        section="Values",
        default="1",
        metavar="NUMBER",
        help="Multiply the sum.  [default: 1]",
    ),
    how(
        "--bias",
        section="Values",
        default=None,
        metavar="NUMBER|P%",
        help="Add to the sum, in the picture's units or per cent of its full range; a list for a bank.",
    ),
    how(
        "--range",
        "range_policy",
        section="Values",
        type=Word(RANGE_POLICIES),
        default="auto",
        show_default=True,
        help="How sums become pixels: cut off, absolute value, 0 to the middle, least to greatest "
        "over the full range, or kept as they are (.npy).",
    ),
    how(
        "--exact/--no-exact",
        section="Values",
        help="The same pixels on every processor for kernels that are no fractions, too.",
    ),
)

work_options = stacked(
    how(
        "--plan",
        section="Work",
        type=Word(PLANS),
        default="auto",
        show_default=True,
        help="Force an algorithm.",
    ),
    how(
        "-j",
        "--jobs",
        section="Work",
        type=Whole(1),
        default=None,
        metavar="N",
        help="Cores at work.  [default: all]",
    ),
)

json_option = how(
    "--json/--no-json",
    "as_json",
    section="Report",
    help="The report as one JSON object on one line.",
)


def quiet_option(silent: str) -> Callable[[Function], Function]:
    """That less is said; `silent` names what: 'No report.' or the like."""
    return how("-q", "--quiet/--no-quiet", section="Report", help=silent)


report_options = stacked(
    json_option,
    quiet_option("No report, no hints."),
    how("-v", "--verbose/--no-verbose", section="Report", help="Also times, plan and kernel hash."),
)


preview_option = how(
    "--preview/--no-preview",
    section="Report",
    help="Draw the result on the terminal: in half blocks, in full by Kitty's protocol or Sixel where "
    "the extra 'preview' is installed.",
)


def spec_of(ctx: click.Context, values: dict[str, Any]) -> Spec:
    """The Spec of a command's options; a border, region or mask without padding means `same`."""
    from convfilter.core.spec import make_spec

    padding = values.get("padding")
    if padding is None:
        padding = "same" if implied_same(ctx) else "valid"
    names = (
        "stride",
        "dilation",
        "border",
        "bias",
        "scale",
        "normalize",
        "flip",
        "range_policy",
        "exact",
        "plan",
    )
    given = {name: values[name] for name in names if name in values}
    return make_spec(padding=padding, threads=values.get("jobs"), **given)


def check_once(ctx: click.Context, steps: Sequence[Step]) -> None:
    """Raises OptionError for an option that was typed behind a single kernel and by itself, too."""
    if len(steps) > 1:
        return
    for name, own in steps[0].options.items():
        param = _option(name, ctx)
        if (
            param is not None
            and ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
        ):
            given = ctx.params[param.name or ""]
            raise OptionError(f"{name}: given twice, as {given} and behind the kernel as {own}")


def named_as_typed(ctx: click.Context, error: OptionError) -> OptionError:
    """The error with its option as it is typed, and the variable if it came from one.

    Messages of the library begin with the option's plain name, 'stride: …', or with what was
    typed, '--normalize sum divides …'.
    """
    line, newline, more = str(error).partition("\n")
    plain, typed = re.match(r"([a-z-]+):", line), re.match(r"--([a-z-]+) (\S+)", line)
    param = _option((plain or typed or [""] * 2)[1], ctx)
    if param is None:
        return error
    value = ctx.params.get(param.name or "")
    here = plain is not None or (typed is not None and typed[2] == value)
    if here and ctx.get_parameter_source(param.name or "") is ParameterSource.ENVIRONMENT:
        line += f" {from_variable(param)}"
    return OptionError(f"{'--' if plain else ''}{line}{newline}{more}")


@contextmanager
def told_as_typed(
    ctx: click.Context, source: str, *, as_json: bool, err: bool = False
) -> Iterator[None]:
    """What goes wrong with a source is told with options as they are typed, and as JSON if so asked."""
    try:
        yield
    except ConvfilterError as raised:
        error = named_as_typed(ctx, raised) if isinstance(raised, OptionError) else raised
        if as_json:
            from convfilter.report.json_line import failure

            click.echo(failure(source, error), err=err)
        raise error from None


def _option(name: str, ctx: click.Context) -> click.Parameter | None:
    """The option of a long name that is written without its dashes."""
    return next((param for param in ctx.command.params if f"--{name}" in param.opts), None)


def implied_same(ctx: click.Context) -> str:
    """The option that was typed without padding and so brought --padding same; '' for none."""
    if ctx.params.get("padding") is not None:
        return ""
    if ctx.get_parameter_source("border") is ParameterSource.COMMANDLINE:
        return "--border"
    return next((f"--{name}" for name in ("region", "mask") if ctx.params.get(name)), "")


def from_environment(ctx: click.Context) -> dict[str, str]:
    """The environment's variables that took effect: name → value."""
    taken = [
        variable_of(param)
        for param in ctx.command.params
        if ctx.get_parameter_source(param.name or "") is ParameterSource.ENVIRONMENT
    ]
    return {name: os.environ.get(name, "") for name in taken}


def unknown_variables(ctx: click.Context) -> list[str]:
    """Sentences on variables that begin like ours and are none: a slip of the pen does nothing."""
    from convfilter.core.spec import nearest

    known = {f"{PREFIX}CACHE_DIR", f"{PREFIX}KERNEL_PATH"}
    for param in ctx.command.params:
        known.update(param.envvar if isinstance(param.envvar, list) else [])
    strange = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return [f"{name} is no variable of this command{nearest(name, known)}" for name in strange]


def pixel_count(text: str) -> int:
    """'500M', '20k' or '1000000' as a number; raises OptionError."""
    units = {"k": 10**3, "m": 10**6, "g": 10**9}
    word = text.strip().lower()
    unit = units.get(word[-1:], 1)
    digits = word[:-1] if unit > 1 else word
    try:
        count = round(float(digits) * unit)
    except (ValueError, OverflowError):
        count = 0
    if count < 1:
        raise OptionError(f"max-pixels: {text!r} is no number such as 500M or 20000000")
    return count
