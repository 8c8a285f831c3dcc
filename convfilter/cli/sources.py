"""What commands that look closely at a picture read: a file, or numbers that were typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from convfilter.cli.sections import Function, stacked, what
from convfilter.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from convfilter.images.picture import Picture

PLACE = re.compile(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*", re.ASCII)


def numbers_options(section: str, at: str, most: str = "") -> Callable[[Function], Function]:
    """Which pixel, and numbers in place of a picture.

    at    what the pixel is
    most  how many numbers there may be
    """
    return stacked(
        what(
            "--at",
            section=section,
            default=None,
            metavar="ROW,COL",
            help=f"{at}  [default: the middle]",
        ),
        what(
            "--matrix",
            section=section,
            default=None,
            metavar='"1 2; 3 4"',
            help=f"Numbers instead of IMAGE, rows by ';'{most}. They stay numbers (--range float) "
            "unless --range or --bits makes pixels of them.",
        ),
    )


def image_or_matrix(ctx: click.Context, image: str | None, matrix: str | None) -> None:
    """Raises UsageError unless there is just one of them."""
    if (image is None) == (matrix is None):
        both = "both were given" if image is not None else "neither was given"
        raise click.UsageError(
            f"a picture or --matrix is needed, {both}: convfilter {ctx.info_name} flower.jpg -k sharpen, or "
            f'convfilter {ctx.info_name} --matrix "1 2 4; 4 7 3" -k "1 0; 0 2"',
            ctx,
        )


def place_of(text: str | None) -> tuple[int, int] | None:
    """ROW,COL as numbers; raises OptionError."""
    if text is None:
        return None
    if (match := PLACE.fullmatch(text)) is None:
        raise OptionError(
            f"at: {text!r} is no place such as 114,152: the row and the column of the result, from 0"
        )
    return int(match[1]), int(match[2])


def as_numbers(ctx: click.Context, values: dict[str, Any]) -> dict[str, Any]:
    """The options, with which numbers that were typed stay numbers unless pixels were asked for."""
    chosen = ctx.get_parameter_source("range_policy") is not ParameterSource.DEFAULT
    if values["matrix"] is None or values["bits"] or chosen:
        return values
    return values | {"range_policy": "float"}


def matrix_picture(values: dict[str, Any]) -> Picture:
    """The numbers behind --matrix: whole ones of 32 bits, with --bits pixels, others in float64."""
    import numpy as np

    from convfilter.images.picture import Picture
    from convfilter.images.read import with_bits
    from convfilter.presets.numbers import matrix_of

    try:
        rows = matrix_of(values["matrix"])
    except ValueError as error:
        raise OptionError(f"matrix: {error}") from None
    whole = all(number.denominator == 1 and abs(number) < 2**31 for row in rows for number in row)
    pixels = np.array([[float(number) for number in row] for row in rows])
    if whole:
        pixels = pixels.astype(np.int32)
    return with_bits(Picture(pixels, format="NPY"), int(values["bits"] or 0))
