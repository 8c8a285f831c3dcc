"""Texts and numbers as they may stand in HTML: names are anybody's."""

from __future__ import annotations

import html
import json
from typing import Any

from convfilter.report.terminal import printable


def text(anything: object) -> str:
    r"""Text for an element or an attribute in quotes.

    What can't be seen (line ends, marks that turn the direction of writing, bytes that are no UTF-8)
    is shown by its escape.

    >>> text('<b>"\u202e\n')
    '&lt;b&gt;&quot;\\u202e\\n'
    """
    return html.escape(printable(str(anything)))


def data(value: Any) -> str:
    r"""JSON for a script element, in ASCII: it holds no '<', so nothing in it can end the element.

    >>> data(["</script>", "a\\"])
    '["\\u003c/script>","a\\\\"]'
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def count(number: int, thing: str = "") -> str:
    """How many of what.

    >>> count(1230, "picture"), count(1, "picture"), count(0)
    ('1,230 pictures', '1 picture', '0')
    """
    if not thing:
        return f"{number:,}"
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def amount(number: float) -> str:
    """Three digits, or all before the point.

    >>> amount(2481.3), amount(12.345), amount(0.01234), amount(0)
    ('2,481', '12.3', '0.0123', '0')
    """
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{float(f'{number:.3g}'):g}"


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(0.0123), duration(3.21), duration(192.4), duration(7262)
    ('12.3 ms', '3.21 s', '3 min 12 s', '2 h 1 min')
    """
    if seconds < 1:
        return f"{amount(seconds * 1000)} ms"
    if seconds < 60:
        return f"{amount(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
