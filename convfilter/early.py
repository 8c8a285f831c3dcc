"""What a command does before it understands its words: the process is put in order, the picture begun.

Understanding the words takes click, 20 ms; decoding 12 Mpx takes 55, on a thread of its own. So the
picture is guessed: a wrong guess costs some work, and is never heard of.
"""

from __future__ import annotations

import os
import sys
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convfilter.pipeline import Reading

OUTPUT_OPTIONS = ("-o", "--output", "--out", "-fo", "-qo", "-vo")
# Longest wait for a file's header: as long as it takes, importing would only get in its way.
HEADER_SECONDS = 0.1

_begun: dict[str, Reading] = {}


def put_in_order() -> None:
    """Streams, warnings and settings that must be right before anything heavy is imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads cost 8 ms and aren't used
    _open_closed_streams()
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # Pillow's remarks on odd files are no messages of ours


def begin(words: Sequence[str]) -> None:
    """Begins to read the picture that a command line seems to name."""
    if (source := guess(words)) is None:
        return
    from convfilter.pipeline import MAX_PIXELS, Reading

    _begun[source] = Reading(source, MAX_PIXELS)
    _begun[source].opened.wait(HEADER_SECONDS)


def take(source: str, max_pixels: int) -> Reading | None:
    """The reading of a picture, if it was begun with the same limit; another one is forgotten."""
    from convfilter.pipeline import MAX_PIXELS

    reading = _begun.pop(source, None)
    _begun.clear()
    return reading if max_pixels == MAX_PIXELS else None


def guess(words: Sequence[str]) -> str | None:
    """The first word behind `apply` that is a picture file, and not the output."""
    from convfilter.images.formats import PICTURE_SUFFIXES, suffix_of

    limited = any(word.startswith("--max-pixels") for word in words)
    if list(words[:1]) != ["apply"] or limited or "CONVFILTER_MAX_PIXELS" in os.environ:
        return None
    for before, word in pairwise(words):
        if before in OUTPUT_OPTIONS or word.startswith("-"):
            continue
        if suffix_of(word) in PICTURE_SUFFIXES and os.path.isfile(word):
            return word
    return None


def _open_closed_streams() -> None:
    """A stream that whoever started us has closed (`>&-`) becomes one that leads nowhere.

    Else the next file to be opened would take its number, and be read or written in its stead.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
