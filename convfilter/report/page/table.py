"""What the page's script fills: the pictures, and the table with what sorts and filters it."""

from __future__ import annotations

from convfilter.report.page.pairs import MOST_PAIRS
from convfilter.report.page.rows import Seen
from convfilter.report.page.told import Told
from convfilter.report.page.words import count

# (label, what page.js sorts by, whether numbers): the columns in order.
COLUMNS = (
    ("Picture", "name", False),
    ("Status", "status", False),
    ("Before", "before", True),
    ("After", "after", True),
    ("Mpx", "mpx", True),
    ("Read ms", "read", True),
    ("Filter ms", "filter", True),
    ("Write ms", "write", True),
    ("All ms", "all", True),
)
WITHOUT_SCRIPTS = (
    "<noscript><p class='dim'>{} need scripts, which are switched off here.</p></noscript>"
)


def gallery(told: Told, seen: Seen) -> str:
    """Room for pictures before and after."""
    if not seen.pairs:
        return ""
    able = told.well
    shown = f"All {count(able)}"
    if seen.pairs < able:
        why = (
            ", so that this file stays small" if able > MOST_PAIRS else ", the rest can't be shown"
        )
        shown = f"{count(seen.pairs)} of {count(able)}, evenly spread{why}"
    if able == 1:
        shown = "The picture"
    return (
        f"<section aria-labelledby='pictures'><h2 id='pictures'>Before and after</h2>"
        f"<p class='dim'>{shown}; at most 320 pixels a side, both scaled to the same size.</p>"
        f"<div id='gallery'></div>{WITHOUT_SCRIPTS.format('The pictures')}"
        "<p class='scripted'><button type='button' id='more' hidden></button></p></section>"
    )


def table(told: Told) -> str:
    """The empty table, and its controls."""
    heads = "".join(
        f"<th role='columnheader' scope='col' aria-sort='none'{' class=number' if numeric else ''}>"
        f"<button type='button' data-by='{by}'>{label}</button></th>"
        for label, by, numeric in COLUMNS
    )
    options = "".join(f"<option value='{by}'>{label}</option>" for label, by, _ in COLUMNS)
    return (
        f"<section aria-labelledby='all'><h2 id='all'>All {count(told.well + told.failed, 'picture')}</h2>"
        f"{WITHOUT_SCRIPTS.format('The rows of this table')}"
        "<form class='controls scripted' role='search'>"
        "<label class='find'>Find<input type='search' id='find' autocomplete='off' spellcheck='false' "
        "placeholder='name, shape, message'></label>"
        f"<fieldset class='choice'><legend>Status</legend>{_choices(told)}</fieldset>"
        "<label class='order'>Sort by<select id='order'><option value=''>failed first</option>"
        f"{options}</select><button type='button' id='turn' aria-label='Turn the order round'>↑</button>"
        "</label></form>"
        f"<table role='table' class='scripted' aria-labelledby='all'><thead role='rowgroup'>"
        f"<tr role='row'>{heads}</tr></thead><tbody role='rowgroup' id='rows'></tbody></table>"
        "<nav class='pages scripted' aria-label='Pages of the table'>"
        "<button type='button' id='previous'>Previous</button>"
        "<output id='place' aria-live='polite'></output>"
        "<button type='button' id='next'>Next</button></nav></section>"
    )


def _choices(told: Told) -> str:
    parts = [
        ("all", told.well + told.failed),
        ("failed", told.failed),
        ("done", told.done),
        ("skipped", told.skipped),
    ]
    return "".join(
        f"<label><input type='radio' name='status' value='{name}'{' checked' if name == 'all' else ''}>"
        f"<span>{name} <b>{count(number)}</b></span></label>"
        for name, number in parts
        if number or name == "all"
    )
