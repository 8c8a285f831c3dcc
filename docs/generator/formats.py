"""The tables of docs/pictures.md, from those that the program goes by."""

from __future__ import annotations


def pictures_page(text: str) -> str:
    """docs/pictures.md with the tables of kinds, modes and formats."""
    for name, content in (
        ("kinds", kinds_table()),
        ("modes", modes_table()),
        ("formats", formats_table()),
    ):
        text = with_block(text, name, content)
    return text


def with_block(text: str, name: str, content: str) -> str:
    """A text with the block between its markers replaced."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    return f"{before}{begin}\n{content}\n{end}{after}"


def kinds_table() -> str:
    """Kinds of pixels, from the table that the program goes by."""
    from convfilter.images.modes import MODES

    rows = ["| kind | what it is | numbers | colours | alpha |", "|---|---|---|---|---|"]
    for mode in MODES.values():
        numbers, colours = mode.dtype or "any", mode.channels or "any"
        alpha = "yes" if mode.alpha else ""
        rows.append(f"| `{mode.name}` | {mode.words} | {numbers} | {colours} | {alpha} |")
    return "\n".join(rows)


def modes_table() -> str:
    """What becomes of Pillow's modes."""
    from convfilter.images.modes import DEEP_GREY, TAKEN_AS, WITH_TRANSPARENCY

    rows = ["| read as | filtered as | with a transparent colour | said |", "|---|---|---|---|"]
    for mode, taken in TAKEN_AS.items():
        clear = WITH_TRANSPARENCY.get(mode)
        said = "" if taken == mode or mode in DEEP_GREY else "yes"
        shown = f"`{clear}`" if clear else ""
        rows.append(f"| `{mode}` | `{taken}` | {shown} | {said} |")
    return "\n".join(rows)


def formats_table() -> str:
    """What each format holds."""
    from convfilter.images.formats import FORMATS, NPY
    from convfilter.images.modes import MODES

    rows = [
        "| format | suffixes | kinds | with the extra | kept beside the pixels | several | lossless |",
        "|---|---|---|---|---|---|---|",
    ]
    for form in (*FORMATS, NPY):
        every = form.name == "NPY"
        plain = [f"`{mode}`" for mode in form.modes if not MODES[mode].deep]
        deep = [f"`{mode}`" for mode in form.modes if MODES[mode].deep and not every]
        cells = (
            form.name,
            " ".join(form.suffixes),
            "all" if every else " ".join(plain) or "read only",
            " ".join(deep),
            ", ".join(form.keeps),
            form.frames,
            "yes" if form.lossless else "no",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)
