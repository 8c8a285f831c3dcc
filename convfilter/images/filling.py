"""Filling what is missing of a damaged file: Pillow has that setting for the whole process, here a thread has it.

Other threads may decode meanwhile, frames and masks too, and damage in what they read is still refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import ImageFile


class _Setting(threading.local):
    """Pillow's setting, of which it only asks whether it is true.

    everywhere  what whoever uses Pillow beside us has said
    """

    here = False

    def __init__(self, everywhere: bool) -> None:
        self.everywhere = everywhere

    def __bool__(self) -> bool:
        return self.here or self.everywhere


_first = threading.Lock()


@contextmanager
def filling() -> Iterator[None]:
    """What this thread decodes is filled where something is missing."""
    setting = _setting()
    setting.here = True
    try:
        yield
    finally:
        setting.here = False


def _setting() -> _Setting:
    with _first:
        found: object = ImageFile.LOAD_TRUNCATED_IMAGES
        if not isinstance(found, _Setting):
            found = _Setting(bool(found))
            ImageFile.LOAD_TRUNCATED_IMAGES = found  # type: ignore[assignment]
        return found
