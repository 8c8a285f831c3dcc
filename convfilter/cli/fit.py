"""`convfilter fit`."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from convfilter.cli.options import (
    from_environment,
    json_option,
    named_as_typed,
    pixel_count,
    quiet_option,
)
from convfilter.cli.picture_options import output_to, replacing
from convfilter.cli.sections import SectionedCommand, how, what
from convfilter.cli.slips import FileName
from convfilter.errors import ConvfilterError, OptionError, PictureError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convfilter.core.kernel import Kernel
    from convfilter.core.least_squares import Fit, Mask
    from convfilter.report.fit import FitFacts

SIZE = re.compile(r"\s*(\d{1,4})(?:\s*[x×]\s*(\d{1,4}))?\s*")
KERNEL_SUFFIXES = (".yaml", ".yml")


@click.command("fit", cls=SectionedCommand)
@click.argument("before", type=FileName(), metavar="BEFORE")
@click.argument("after", type=FileName(), metavar="AFTER")
@what("--size", section="Kernel", required=True, metavar="N|HxW",
      help="Size of the kernel, high x wide: 5 or 3x5; even sizes too.")  # fmt: skip
@what("--find-bias", is_flag=True, section="Kernel", help="Look for a bias, too.")
@what("--symmetric", is_flag=True, section="Kernel",
      help="The kernel is its own mirror image, left to right and top to bottom.")  # fmt: skip
@what("--full-depth", is_flag=True, section="Kernel",
      help="A weight for each channel of BEFORE; with a colour AFTER a bank.")  # fmt: skip
@how("--gray/--no-gray", "--grey/--no-grey", "gray", section="Pictures",
     help="Turn both to grey first (Rec. 601 luma).")  # fmt: skip
@how("--max-pixels", section="Pictures", default="500M", show_default=True, metavar="N",
     help="Refuse larger pictures before they are decoded.")  # fmt: skip
@output_to("FILE.yaml|-", "Write a kernel file; '-' is standard output.")
@replacing("an existing file")
@json_option
@quiet_option("No report.")
@click.pass_context
def command(ctx: click.Context, /, before: str, after: str, **values: Any) -> None:
    """Find the kernel that turns BEFORE into AFTER, two pictures or .npy arrays.

    Linear least squares over all windows. The report tells what is left over, and how sure each
    weight is.

    \b
    convfilter fit flower.png softer.png --size 5
    convfilter fit flower.png lighter.png --size 1 --find-bias
    convfilter fit flower.png unknown.png --size 3x5 -o found.yaml
    convfilter apply other.png -k found.yaml
    """
    piped = values["output"] == "-"
    try:
        facts = _fitted(ctx, before, after, values)
    except ConvfilterError as raised:
        error = named_as_typed(ctx, raised) if isinstance(raised, OptionError) else raised
        if values["as_json"]:
            from convfilter.report.fit import failure

            click.echo(failure(before, after, error), err=piped)
        raise error from None
    if values["as_json"]:
        from convfilter.report.fit import as_json

        click.echo(as_json(facts), err=piped)
    elif not values["quiet"]:
        from convfilter.report.fit import show_fit

        show_fit(facts, err=piped)


def _fitted(ctx: click.Context, before: str, after: str, values: dict[str, Any]) -> FitFacts:
    size, output = _size(values["size"]), values["output"] or ""
    _check_output(output, overwrite=values["overwrite"])
    if before == after == "-":
        raise OptionError("BEFORE and AFTER are both standard input: name a file for one of them")
    sources = _Source(before, values), _Source(after, values)
    from convfilter.core.fit import fit_kernel, simple_fractions
    from convfilter.report.fit import FitFacts, near_spec

    pair = _compared(*sources, gray=values["gray"])
    wanted = {name: values[name] for name in ("find_bias", "symmetric", "full_depth")}
    found = fit_kernel(pair.before, pair.after, size, cut=pair.cut, **wanted)
    near = simple_fractions(found)
    kernel = _kernel(found, before, after, output, whole=pair.whole)
    if output:
        from convfilter.presets.write_yaml import yaml_text

        comments = [f"close to {spec}"] if (spec := near_spec(near)) else []
        text = yaml_text(kernel, comments=comments)
        if output == "-":
            click.echo(text, nl=False)
        else:
            from convfilter.presets.save import save_text

            save_text(output, text, overwrite=values["overwrite"])
    return FitFacts(
        before,
        pair.before.shape,
        after,
        pair.after.shape,
        pair.whole,
        found,
        kernel,
        near,
        {**wanted, "gray": values["gray"]},
        output,
        [note for source in sources for note in source.notes],
        from_environment(ctx),
    )


def _size(text: str) -> tuple[int, int]:
    match = SIZE.fullmatch(text)
    height, width = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if min(height, width) < 1:
        raise OptionError(f"size: {text!r} is no size such as 5 or 3x5 (high x wide)")
    return height, width


class _Source:
    """A picture that is read while the program goes on."""

    def __init__(self, path: str, values: dict[str, Any]) -> None:
        from convfilter.images.wanted import Wanted
        from convfilter.pipeline import Reading

        self.path = path
        self.notes: list[str] = []
        self._reading = Reading(path, Wanted(pixel_count(values["max_pixels"]))).begin()

    def pixels(self, *, gray: bool) -> NDArray[Any]:
        """The picture, once; `gray` as `apply --gray` makes it, of a .npy without rounding."""
        from convfilter.images.read import to_picture

        decoded = self._reading.result()
        if decoded.frames is not None:
            decoded.close()
            raise PictureError(
                f"{self.path}: {decoded.frames.count} frames; single pictures are compared: save one "
                "with convfilter apply -k identity --frame N"
            )
        if decoded.format == "NPY" and gray:
            return self.luma(to_picture(decoded, gray=False).pixels)
        picture = to_picture(decoded, gray=gray)
        self.notes += [f"{self.path}: {note}" for note in picture.notes]
        if picture.alpha is not None:
            self.notes.append(f"{self.path}: transparency is ignored, colours count as they are")
        pixels: NDArray[Any] = picture.pixels
        return pixels

    def luma(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Grey without rounding."""
        from convfilter.core.fit import luma

        if pixels.ndim == 2 or pixels.shape[2] == 1:
            return pixels
        if pixels.shape[2] != 3:
            raise OptionError(f"gray: {self.path} has {pixels.shape[2]} channels, colour has 3")
        return luma(pixels)


class _Compared(NamedTuple):
    """Both as they are compared, where AFTER was cut off, and whether it held whole numbers."""

    before: NDArray[Any]
    after: NDArray[Any]
    cut: Mask | None
    whole: bool


def _compared(before: _Source, after: _Source, *, gray: bool) -> _Compared:
    """Both pictures; of two in colour the luma is taken without rounding, which would add errors.

    Grey of AFTER hides that a channel was cut off, so that is told beside it.
    """
    from convfilter.core.fit import at_an_end

    target = after.pixels(gray=False)
    whole = target.dtype.kind in "iu"
    if not gray or target.ndim == 2:
        return _Compared(before.pixels(gray=gray), target, None, whole)
    cut: Mask = at_an_end(target).max(axis=2)
    return _Compared(before.luma(before.pixels(gray=False)), after.luma(target), cut, whole)


def _kernel(found: Fit, before: str, after: str, output: str, *, whole: bool) -> Kernel:
    """The kernel of a fit; where AFTER's sums were cut off, not turned positive, it says clip."""
    from convfilter.core.kernel import Amount, make_kernel
    from convfilter.core.rational import as_fraction
    from convfilter.report.terminal import printable

    stem = os.path.splitext(os.path.basename(output))[0]
    names = [
        printable(os.path.basename(path)) if path != "-" else "standard input"
        for path in (before, after)
    ]
    bias = tuple(Amount(as_fraction(round(bias, 6))) for bias in found.bias)
    return make_kernel(
        found.weights,
        name=stem or "fitted",
        description=f"turns {names[0]} into {names[1]}, residual {found.rms:.3g} rms",
        source=f"fitted by convfilter from {names[0]} and {names[1]}",
        bias=bias if any(found.bias) else (),
        range_policy="clip" if whole else "auto",
    )


def _check_output(path: str, *, overwrite: bool) -> None:
    """Refuses what would fail after the work."""
    if path in ("", "-"):
        return
    if os.path.splitext(path)[1].lower() not in KERNEL_SUFFIXES:
        raise OptionError(f"output: {path!r}: a kernel file ends with .yaml")
    if os.path.lexists(path) and not overwrite:
        raise ConvfilterError(
            f"{path} exists already: -f (--overwrite) replaces it, -o NAME writes elsewhere"
        )
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise ConvfilterError(
            f"{path}: there is no folder {folder}; create it with: mkdir -p {shlex.quote(folder)}"
        )
