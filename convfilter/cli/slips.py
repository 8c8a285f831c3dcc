"""Common slips at the command line, answered with the command that works.

`Command` and `Group` replace click's; `Word`, `Whole`, `SpecType`, `FileName` are parameter types.
"""

from __future__ import annotations

import os
import re
from typing import Any

import click
from click.core import ParameterSource

# Texts, compiled when first used: most calls need none of them.
NUMBER_FIRST = r"[-−+]\s*[\d.]"
SINGLE_NUMBER = r"[-−+]?[\d.]+"
PICTURE = r"(?is).*\.(jpe?g|jpe|jfif|png|tiff?|webp|bmp|dib|p[pgn]m|gif|avif|heic)"
SIZE = r"\d+[xX×]\d"
WORDS = "convfilter.words"  # what was typed behind the command, in click's own notebook
MATRIX = '"0 -1 0; -1 5 -1; 0 -1 0"'


class Word(click.Choice[str]):
    """One of a few words; case doesn't matter, and a slip names the nearest."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__(words, case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return super().convert(str(value).replace("_", "-"), param, ctx)
        except click.BadParameter as error:
            from difflib import get_close_matches

            near = get_close_matches(str(value).lower(), list(self.choices), 1, 0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.BadParameter(error.message + hint, ctx, param) from None

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        return f"It is one of {', '.join(self.choices)}."


class Whole(click.ParamType[int]):
    """A whole number between two bounds, both allowed."""

    name = "N"

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        bounds = f"{self.least} or more" if self.most is None else f"{self.least} to {self.most}"
        try:
            number = int(str(value))
        except ValueError:
            self.fail(f"{value!r} is no whole number; allowed: {bounds}", param, ctx)
        if number < self.least or (self.most is not None and number > self.most):
            self.fail(f"{number} is out of range; allowed: {bounds}", param, ctx)
        return number


class Quality(Whole):
    """1 to 100, or the word keep."""

    KEEP = "keep"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if str(value).strip().lower() == self.KEEP:
            return self.KEEP
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            raise click.BadParameter(f"{error.message}, or keep", ctx, param) from None


class SpecType(click.ParamType[str]):
    """A kernel's SPEC. Only slips are caught here; its text is read by presets."""

    name = "SPEC"
    envvar_list_splitter = "\n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if text.startswith("-") and not re.match(NUMBER_FIRST, text):
            self.fail(
                f"a kernel is needed here, but the next word is the option {text!r}; "
                f"e.g. {as_given('sharpen', param, ctx)}",
                param,
                ctx,
            )
        if re.fullmatch(PICTURE, text):
            way = _with_picture(text, param, ctx)
            self.fail(f"{text!r} is a picture, not a kernel: {way}", param, ctx)
        if re.fullmatch(SINGLE_NUMBER, text):
            self.fail(
                f"one number ({text}) is no kernel; put the whole matrix in double quotes: "
                f"{as_given(MATRIX, param, ctx)}",
                param,
                ctx,
            )
        return text


def as_given(kernel: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
    """A kernel as it would be typed for a parameter: '-k sharpen', 'convfilter kernels show sharpen'."""
    if isinstance(param, click.Option):
        return f"{param.opts[0]} {kernel}"
    return f"{ctx.command_path} {kernel}" if ctx else kernel


def _with_picture(picture: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
    """The command that was called, with a picture in its place and a kernel in its own."""
    if ctx is None or param is None or "-k" not in param.opts:
        return as_given("sharpen", param, ctx)
    import shlex

    first, kernel = next(iter(ctx.meta.get(WORDS, [])), ""), "sharpen"
    if re.fullmatch(PICTURE, first) or os.path.isdir(first) or re.match(SIZE, first):
        picture = first
    elif first and not first.startswith("-"):
        kernel = first  # the two were swapped
    folder = " -o FOLDER" if ctx.info_name == "batch" else ""
    return f"{ctx.command_path} {shlex.quote(picture)} -k {shlex.quote(kernel)}{folder}"


class FileName(click.ParamType[str]):
    """A path; takes back the blank that keeps '-1.png' from being an option."""

    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not text:
            self.fail("the name is empty (an unset variable?)", param, ctx)
        return text[1:] if re.match(" " + NUMBER_FIRST, text) else text


class Command(click.Command):
    """A command whose errors hold the right command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = {
            name: option
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in (*option.opts, *option.secondary_opts)
        }
        ctx.meta[WORDS] = args
        words = self._mended(ctx, args, set(options))
        try:
            return super().parse_args(ctx, words)
        except click.MissingParameter as error:
            if error.param is not None and isinstance(error.param.type, SpecType):
                example = as_given("sharpen", error.param, ctx)
                raise click.UsageError(
                    f"which kernel? e.g. {example}; 'convfilter kernels list' shows all", ctx
                ) from None
            if dashed := next((w for w in args if re.fullmatch(PICTURE, w) and w[0] == "-"), ""):
                raise click.UsageError(
                    f"write ./{dashed} for a picture that begins with '-'", ctx
                ) from None
            raise
        except click.UsageError as error:
            raise self._explained(ctx, error) from None

    def _mended(self, ctx: click.Context, args: list[str], options: set[str]) -> list[str]:
        """Words that click would misread: kernels that begin with '-', -k=sobel, -kernel."""
        words: list[str] = []
        literal = False
        for word in args:
            literal = literal or word == "--"
            head = word.split("=", 1)[0]
            mended = word
            if literal or word in options:
                pass
            elif re.match(NUMBER_FIRST, word):
                mended = " " + word  # a word that begins with a blank is never an option
            elif re.match(r"-[a-z]{2,}", head) and "-" + head in options:
                raise click.UsageError(f"{head}: long options take two dashes: -{word}", ctx)
            elif re.match(r"-[a-zA-Z]=", word) and word[:2] in options:
                mended = word[:2] + word[3:]
            words.append(mended)
        return words

    def _explained(self, ctx: click.Context, error: click.UsageError) -> click.UsageError:
        if match := re.match(r"Got unexpected extra arguments? \((.*)\)", error.message, re.DOTALL):
            return click.UsageError(self._too_many(ctx, match[1]), ctx)
        if isinstance(error, click.NoSuchOption):
            parameter = self._parameter(ctx, error.option_name)
            return click.UsageError(parameter, ctx) if parameter else error
        param = getattr(error, "param", None)
        if (
            isinstance(param, click.Option)
            and param.name
            and ctx.get_parameter_source(param.name) is ParameterSource.ENVIRONMENT
        ):
            from convfilter.cli.sections import from_variable, variable_of

            if param.is_flag:
                given = os.environ.get(variable_of(param), "")
                message = f"{given!r} is neither yes nor no"
                error = click.BadParameter(message, ctx, param)
            return click.UsageError(f"{error.format_message()} {from_variable(param)}", ctx)
        return error

    def _kernel_params(self) -> list[click.Parameter]:
        return [param for param in self.params if isinstance(param.type, SpecType)]

    def _parameter(self, ctx: click.Context, option: str) -> str:
        """What to write where a kernel's parameter was typed as an option; '' if it is none."""
        if not self._kernel_params():
            return ""
        from itertools import pairwise

        from convfilter.presets.formulas import FORMULAS

        key, typed = option.lstrip("-").lower(), ctx.meta.get(WORDS, [])
        takers = {
            name: parameter
            for name, formula in FORMULAS.items()
            for parameter in formula.parameters
            if key in (parameter.name, *parameter.synonyms)
        }
        if not takers:
            return ""
        specs = [word.lstrip() for word in typed]
        kernel = next((w for w in specs if w.lower().split(":")[0] in takers), next(iter(takers)))
        behind = [word.partition("=")[2] for word in typed if word.startswith(f"{option}=")]
        behind += [value for word, value in pairwise(typed) if word == option]
        example = takers[kernel.lower().split(":")[0]].example
        value = next((text for text in behind if re.match(r"[^-]|" + NUMBER_FIRST, text)), example)
        spec = f"{kernel}{',' if ':' in kernel else ':'}{key}={value}"
        return (
            f"{option} is no option: parameters stand behind the kernel's name: "
            f"{as_given(spec, self._kernel_params()[-1], ctx)}"
        )

    def _too_many(self, ctx: click.Context, extra: str) -> str:
        image = ctx.params.get("image")
        first = extra.split(maxsplit=1)[0] if extra.split() else extra
        kernels = self._kernel_params()
        if image and re.fullmatch(PICTURE, first):
            if self.name == "apply":
                way = "many at once: convfilter batch ./*.jpg -o FOLDER -k …"
            else:
                way = f'one after the other: for f in ./*.jpg; do convfilter {self.name} "$f" -k …; done'
            return f"'{self.name}' takes one picture, these are more: {extra}\n  {way}"
        if kernels and first == "then":
            typed = ctx.params.get(kernels[0].name or "") or ("sharpen",)
            last = typed if isinstance(typed, str) else typed[-1]
            whole = as_given(f'"{last} {extra}"', kernels[0], ctx)
            return f"unexpected: {extra}\n  kernels in turn are one word: {whole} (double quotes)"
        if kernels and re.fullmatch(r"[-−\d.,; ]+", extra):
            pair = "-p 1,2 and " if image else ""
            matrix = as_given(MATRIX, kernels[0], ctx)
            return f"unexpected: {extra}\n  one value is one word: {pair}{matrix} (double quotes)"
        if not image:
            return f"unexpected: {extra}\n  {self._takes(ctx)}"
        if re.fullmatch(PICTURE, extra.rsplit(maxsplit=1)[-1]):
            return f"unexpected: {extra}\n  the picture comes first: convfilter {self.name} {first} -k {image}"
        return f"unexpected: {extra}\n  a kernel is given with -k: -k {first}"

    def _takes(self, ctx: click.Context) -> str:
        """What words the command takes, beside options."""
        words = [p.make_metavar(ctx) for p in self.params if isinstance(p, click.Argument)]
        takes = f"{' and '.join(words)}, and nothing more" if words else "nothing"
        options = [p.opts[0] for p in self._kernel_params() if isinstance(p, click.Option)]
        more = f"; a kernel is given with {' or '.join(options)}" if options else ""
        return f"'{ctx.command_path}' takes {takes} beside options{more}"


class Group(click.Group):
    """A group that knows what was meant when no command was named."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            import shlex
            from difflib import get_close_matches

            first, rest = args[0], args[1:]
            meant = ""
            if ctx.parent is None and re.fullmatch(PICTURE, first):
                meant = f"apply {shlex.join([first, *(rest or ['-k', 'sharpen'])])}"
            elif ctx.parent is None and os.path.isdir(first):
                meant = (
                    f"batch {shlex.join([first])} -o FOLDER {shlex.join(rest or ['-k', 'sharpen'])}"
                )
            elif ctx.parent is None and (group := self._group_of(ctx, first.lower())):
                meant = " ".join(filter(None, [group, first.lower(), shlex.join(rest)]))
            elif ctx.parent is None and _is_preset(first):
                meant = f"apply {rest[0] if rest else 'PICTURE'} -k {first}"
            if meant:
                hint = f" Did you mean: convfilter {meant}"
            else:
                near = get_close_matches(first.lower(), self.list_commands(ctx), 1, 0.5)
                hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"{first!r} is no command.{hint}", ctx) from None

    def _group_of(self, ctx: click.Context, word: str) -> str:
        """The group in which a command stands, '' for none."""
        for name in self.list_commands(ctx):
            group = self.get_command(ctx, name)
            if isinstance(group, click.Group) and word in group.list_commands(ctx):
                return name
        return ""


def _is_preset(word: str) -> bool:
    from convfilter.presets.registry import look_up

    return look_up(word.lower().replace("_", "-")) is not None
