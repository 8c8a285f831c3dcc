"""What a command does before it understands its words: the process is put in order, the picture begun.

Understanding the words takes click, 20 ms; decoding 12 Mpx takes 55, on a thread of its own. So the
picture is guessed: a wrong guess costs some work, and is never heard of.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

from convfilter import signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convfilter.images.wanted import Wanted
    from convfilter.pipeline import Reading

# Options, and their variables, that say how a picture is to be read (images.wanted).
SPECIAL = ("--max-pixels", "--frame", "--bits", "--layout", "--allow-truncated")
VARIABLES = tuple("CONVFILTER_" + word[2:].upper().replace("-", "_") for word in SPECIAL)
# The word behind one of these is another file.
OTHERS = ("-o", "--output", "--out", "-fo", "-qo", "-vo", "--mask", "--compare")
# Longest wait for a file's header: as long as it takes, importing would only get in its way.
HEADER_SECONDS = 0.1

_begun: dict[str, Reading] = {}


def put_in_order() -> None:
    """Streams, warnings and settings that must be right before anything heavy is imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads cost 8 ms and aren't used
    _open_closed_streams()
    _silence_libraries()
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # Pillow's remarks on odd files are no messages of ours


def begin(words: Sequence[str]) -> None:
    """Begins to read the picture that a command line seems to name."""
    if (source := guess(words)) is None:
        return
    from convfilter.images.wanted import Wanted
    from convfilter.pipeline import Reading

    _begun[source] = Reading(source, Wanted()).begin()
    _begun[source].opened.wait(HEADER_SECONDS)


def take(source: str, wanted: Wanted) -> Reading | None:
    """The reading of a picture, if it was begun and nothing special is wanted; another one is forgotten."""
    from convfilter.images.wanted import Wanted

    reading = _begun.pop(source, None)
    _begun.clear()
    return reading if wanted == Wanted() else None


def guess(words: Sequence[str]) -> str | None:
    """The first word behind `apply` that is a picture file, and neither output nor mask."""
    from convfilter.images.formats import PICTURE_SUFFIXES, suffix_of

    special = any(word.startswith(SPECIAL) for word in words)
    if list(words[:1]) != ["apply"] or special or any(name in os.environ for name in VARIABLES):
        return None
    for before, word in pairwise(words):
        if before in OTHERS or word.startswith("-"):
            continue
        if suffix_of(word) in PICTURE_SUFFIXES and os.path.isfile(word):
            return word
    return None


def _silence_libraries() -> None:
    """Standard error by a descriptor of our own: to number 2 libtiff and libjpeg write remarks of theirs."""
    if signals.standard_error != 2 or sys.stderr is None:
        return
    with suppress(OSError, ValueError):
        if sys.stderr.fileno() != 2:
            return
        sys.stderr.flush()
        own = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        signals.standard_error = own
        sys.stderr = open(  # noqa: SIM115 - for as long as the process lives
            own, "w", encoding=sys.stderr.encoding, errors=sys.stderr.errors, buffering=1
        )


def _open_closed_streams() -> None:
    """A stream that whoever started us has closed (`>&-`) becomes one that leads nowhere.

    Else the next file to be opened would take its number, and be read or written in its stead.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
