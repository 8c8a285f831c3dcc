"""The way in: a batch's page, written as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import files

from convfilter import __version__
from convfilter.batch.record import Record
from convfilter.errors import OptionError, PictureError
from convfilter.images.replace import beside
from convfilter.report.page.drawing import kernel_cards
from convfilter.report.page.pairs import Choice
from convfilter.report.page.rows import Seen, write_rows
from convfilter.report.page.summary import failures, header, settings
from convfilter.report.page.table import gallery, table
from convfilter.report.page.told import Told
from convfilter.report.page.words import count
from convfilter.signals import written_aside

SUFFIXES = (".html", ".htm")
# How every page begins: by that an older one is known, which a new one may replace.
START = "<!doctype html>\n<!-- convfilter batch -->\n"


def check_page(path: str, *, overwrite: bool) -> None:
    """Refuses before any work what could not be written, or would destroy something else than a page.

    Raises OptionError for another suffix, PictureError for a folder that is not there, and a file
    that is no page of ours unless `overwrite`.
    """
    if os.path.splitext(path)[1].lower() not in SUFFIXES:
        raise OptionError(f"--html: {path!r} does not end with {' or '.join(SUFFIXES)}")
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise PictureError(f"{path}: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise PictureError(f"{path}: the folder can't be written to")
    if os.path.lexists(path) and not overwrite and not _is_page(path):
        raise PictureError(
            f"{path} exists already and is no report of a batch: -f (--overwrite) replaces it, --html "
            "NAME writes elsewhere"
        )


def _is_page(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(START)) == START.encode()
    except OSError:
        return False


def write_page(path: str, told: Told, records: Iterable[Record]) -> None:
    """Writes the page; a file of that name is replaced when the new one is whole.

    records  in the order of the table; read once, a few at a time

    Raises PictureError where it can't be written.
    """
    target = os.path.realpath(path)
    aside, folder = beside(target), os.path.dirname(target)
    try:
        with (
            written_aside(aside),
            tempfile.TemporaryFile("w+", dir=folder, encoding="ascii") as rows,
        ):
            seen = write_rows(records, Choice(told.well), rows)
            rows.seek(0)
            with open(aside, "x", encoding="utf-8", newline="\n") as file:
                file.write(_upper(told, seen))
                shutil.copyfileobj(rows, file)
                file.write(_lower())
            os.replace(aside, target)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise PictureError(f"{path}: could not be written: {reason}") from None


def _upper(told: Told, seen: Seen) -> str:
    """All that comes before the data."""
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style())}'; "
        f"script-src '{_hash(script())}'; base-uri 'none'; form-action 'none'"
    )
    return (
        f'{START}<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{count(told.total, 'picture')}, convfilter batch</title>\n"
        '<link rel="icon" href="data:,">\n'
        f"<style>{style()}</style></head>\n<body><main>\n"
        + "\n".join(
            (
                header(told, seen),
                failures(told, seen),
                settings(told, kernel_cards(told.steps)),
                gallery(told, seen),
                table(told),
            )
        )
        + f"\n</main><footer><p>convfilter {__version__}. This page is one file; it asks nothing of any "
        "network.</p></footer>\n"
    )


def _lower() -> str:
    return f"<script>{script()}</script>\n</body></html>\n"


def style() -> str:
    """The page's style sheet, as it stands in the page."""
    return _part("page.css")


def script() -> str:
    """The page's script, as it stands in the page."""
    return _part("page.js")


def _part(name: str) -> str:
    return files("convfilter.report.page").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """As a Content-Security-Policy names what it allows to be run, or to style."""
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"
