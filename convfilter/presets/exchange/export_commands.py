"""Kernels as commands of ImageMagick, libvips and ffmpeg, to paste into a shell.

    program       border                rounding                            measured with
    ImageMagick   -virtual-pixel Edge   6: cut off, so up to 1 less         6.9.11 (16 bits, no HDRI)
    libvips       edge, always          as told: half to even               8.14
    ffmpeg        reflect, always       half up                             5.1

All of them lay a kernel on as written. Even sizes: ImageMagick has the odd pixel behind, as `same`; libvips
before, as `same-lower`, so zeros are put before the kernel; ffmpeg has odd sizes alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from convfilter.core.kernel import plain_number, shape_text
from convfilter.errors import OptionError
from convfilter.presets.exchange.exported import LEVELS, Export, flat_only, number_text, same_as

Table = list[list[float]]
LONGEST_LINE = 49  # numbers of ffmpeg's rows and columns
LARGEST_SQUARE = 7


def imagemagick(export: Export) -> str:
    """`magick … -morphology Correlate`; negative sums come from a second kernel, the negative."""
    _check(export, "ImageMagick", "abs")
    height, width = export.size
    kernels = [export.numbers]
    options = []
    if export.divisor != 1:
        options.append(f"-define convolve:scale={_scale(export)}")
    if export.policy == "abs":
        options.append("-define morphology:compose=Lighten")
        kernels.append(_negative(export.numbers))
    elif export.added_levels:
        options.append(f"-define convolve:bias={export.added_levels / LEVELS * 100:.9g}%")
    strings = [f"{width}x{height}: {' '.join(map(_commas, rows))}" for rows in kernels]
    words = ["magick in.png -virtual-pixel Edge", *options]
    words.append(f"-morphology Correlate '{' ; '.join(strings)}' out.png")
    notes = [same_as(export), "# with ImageMagick 6: convert instead of magick"]
    if export.divisor != 1 or not export.kernel.exact:
        notes.append("# ImageMagick 6 cuts fractions off: up to 1 less")
    return "\n".join([*notes, *_eight_bits(export), " ".join(words), ""])


def vips(export: Export) -> str:
    """A libvips matrix in a folder of its own, and the commands that apply it and round its sums."""
    _check(export, "libvips")
    height, width = export.size
    rows = _framed(export.numbers, (1 - height % 2, 0, 1 - width % 2, 0))
    name = (re.sub(r"[^\w.-]+", "-", export.kernel.name).strip("-.") or "kernel") + ".mat"
    head = [len(rows[0]), len(rows), export.divisor, export.added_levels]
    steps = ["conv", *(["abs"] if export.policy == "abs" else []), "round", "cast"]
    return "\n".join(
        [
            same_as(export),
            *_eight_bits(export),
            *_frame_note(export, rows, "libvips has the odd pixel of even sizes before"),
            "# pictures of 16 bits: ushort instead of uchar",
            "folder=$(mktemp -d)",
            f"cat > \"$folder/{name}\" <<'END'",
            " ".join(map(number_text, head)),
            *_columns(rows),
            "END",
            *(_vips_step(steps, index, name) for index in range(len(steps))),
            'rm -r "$folder"',
            "",
        ]
    )


def ffmpeg(export: Export) -> str:
    """`ffmpeg -vf convolution`: whole numbers, in 5x5 or 7x7, one row or one column."""
    _check(export, "ffmpeg", "abs")
    if not export.kernel.exact:
        raise OptionError(
            "ffmpeg's convolution takes whole numbers over one divisor, this kernel's are neither; "
            "round them, or use --to imagemagick"
        )
    if export.added_levels < 0:
        raise OptionError("ffmpeg's convolution adds no negative bias; use --to imagemagick")
    numbers = [number for row in export.numbers for number in row]
    if LEVELS * sum(map(abs, numbers)) >= 2**31:
        raise OptionError(
            "ffmpeg adds in 32 bits, this kernel's whole numbers are too large for them"
        )
    rows, mode = _ffmpeg_rows(export)
    chain = _convolution(export, rows, mode)
    if export.policy == "abs":
        negative = _convolution(export, _negative(rows), mode)
        chain = f"split[a][b];[a]{chain}[p];[b]{negative}[n];[p][n]blend=all_mode=lighten"
    command = f'ffmpeg -i in.png -vf "format=gbrp,{chain}" -frames:v 1 out.png'
    notes = [same_as(export, "reflect"), *_ffmpeg_notes(export, rows, sum(numbers))]
    return "\n".join([*notes, *_eight_bits(export), command, ""])


def _ffmpeg_notes(export: Export, rows: Table, total: float) -> list[str]:
    notes = ["# ffmpeg reflects at its borders"]
    if export.divisor != 1:
        notes[0] += " and rounds halves up"
    reason = "ffmpeg has odd rows and columns, 5x5 and 7x7"
    if max(export.size) <= 3:
        reason = "ffmpeg's 3x3 has other borders at the right and below"
    notes += _frame_note(export, rows, reason)
    if total != export.divisor and (total or export.divisor != 1):
        notes.append("# not for ffmpeg 5.1: it ignores rdiv and divides by the sum of the numbers")
    return notes


def _check(export: Export, program: str, signed: str = "") -> None:
    flat_only(export, program)
    if export.policy in ("rescale", "float"):
        raise OptionError(
            f"{program} has no pixels for the range '{export.policy}' of this kernel: use --to numpy"
        )
    if export.policy == signed and export.biased:
        raise OptionError(f"{program} adds the bias after the absolute value: use --to numpy")


def _eight_bits(export: Export) -> list[str]:
    added = number_text(round(export.added_levels, 6))
    return [f"# {added} is added: for pictures of 8 bits a channel"] if export.added_levels else []


def _frame_note(export: Export, rows: Table, reason: str) -> list[str]:
    if (len(rows), len(rows[0])) == export.size:
        return []
    return [f"# with zeros around its {shape_text(export.size).replace('×', 'x')}: {reason}"]


def _scale(export: Export) -> str:
    """What multiplies the numbers; '!' divides by their sum, without rounding."""
    if sum(map(sum, export.numbers)) == export.divisor:
        return "'!'"
    return repr(1 / export.divisor)


def _negative(rows: Table) -> Table:
    return [[-number if number else number for number in row] for row in rows]


def _commas(row: Sequence[float]) -> str:
    return ",".join(map(number_text, row))


def _columns(rows: Table) -> list[str]:
    texts = [[number_text(number) for number in row] for row in rows]
    width = max(len(text) for row in texts for text in row)
    return [" ".join(f"{text:>{width}}" for text in row) for row in texts]


def _framed(rows: Table, zeros: tuple[int, int, int, int]) -> Table:
    """Rows with zeros at the top, bottom, left and right."""
    top, bottom, left, right = zeros
    wide = [[*[0] * left, *row, *[0] * right] for row in rows]
    empty: list[float] = [0] * len(wide[0])
    return [*([*empty] for _ in range(top)), *wide, *([*empty] for _ in range(bottom))]


def _vips_step(steps: list[str], index: int, name: str) -> str:
    step = steps[index]
    before = f'"$folder/{index}.v"' if index else "in.png"
    after = f'"$folder/{index + 1}.v"' if index + 1 < len(steps) else "out.png"
    matrix = f' "$folder/{name}" --precision float'
    more = {"conv": matrix, "round": " rint", "cast": " uchar"}.get(step, "")
    return f"vips {step} {before} {after}{more}"


def _ffmpeg_rows(export: Export) -> tuple[Table, str]:
    """The numbers with zeros around them, the origin in the middle, and ffmpeg's name for the form."""
    height, width = export.size
    down, right = 1 - height % 2, 1 - width % 2
    mode = "row" if height == 1 < width else "column" if width == 1 < height else "square"
    if mode != "square" and max(height, width) <= LONGEST_LINE:
        return _framed(export.numbers, (down, 0, right, 0)), mode
    if max(height, width) > LARGEST_SQUARE:
        raise OptionError(
            f"ffmpeg's convolution takes up to {LARGEST_SQUARE}x{LARGEST_SQUARE}, or "
            f"{LONGEST_LINE} numbers in one row or column; this kernel is "
            f"{height}x{width} (high x wide): use --to imagemagick"
        )
    side = 5 if max(height, width) <= 5 else LARGEST_SQUARE
    top, left = side // 2 - (height - 1) // 2, side // 2 - (width - 1) // 2
    frame = top, side - height - top, left, side - width - left
    return _framed(export.numbers, frame), mode


def _convolution(export: Export, rows: Table, mode: str) -> str:
    numbers = " ".join(number_text(number) for row in rows for number in row)
    settings = {
        "m": numbers,
        "mode": "" if mode == "square" else mode,
        "rdiv": repr(1 / export.divisor).removesuffix(".0"),
        "bias": plain_number(export.added_levels) if export.added_levels else "",
    }
    pairs = [(key, value) for key, value in settings.items() if value]
    return "convolution=" + ":".join(
        f"{plane}{key}={value}" for plane in range(3) for key, value in pairs
    )
