"""The output folder, or URL: what is there, what an ended run left behind, folders that have to be made."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from convfilter.errors import PictureError
from convfilter.images.remote import is_url, listed
from convfilter.images.replace import aside_of, beginning_of


class Outputs:
    """Places below a folder or URL.

    root  with '/' at its end

    Raises PictureError for a URL that can't be listed.
    """

    def __init__(self, folder: str) -> None:
        self.root = folder.rstrip("/") + "/"
        self._made: set[str] = set()
        self._listed = _sizes(self.root) if is_url(folder) else None

    def path(self, place: str) -> str:
        """Where a place is."""
        return self.root + place

    def place(self, path: str) -> str:
        """What `path` makes of it."""
        return path[len(self.root) :].replace(os.sep, "/")

    def exists(self, place: str) -> bool:
        """Whether something has that name."""
        if self._listed is not None:
            return place in self._listed
        return os.path.lexists(self.path(place))

    def size(self, place: str) -> int | None:
        """Bytes of the file there, −1 if nobody knows; None if there is none."""
        if self._listed is not None:
            return self._listed.get(place)
        with suppress(OSError):
            return os.stat(self.path(place)).st_size
        return None

    def make_folder(self, place: str) -> None:
        """The folder of a place, if it isn't there. Raises PictureError."""
        folder = os.path.dirname(self.path(place))
        if self._listed is not None or folder in self._made:
            return
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise PictureError(f"{folder}: {os.strerror(error.errno or 0)}") from None
        self._made.add(folder)

    def clean(self, places: Iterable[str]) -> None:
        """Removes unfinished files of places that an ended run, or a lost worker, was at."""
        if self._listed is not None:
            return
        targets: dict[str, set[str]] = {}
        for place in places:
            folder, name = os.path.split(self.path(place))
            targets.setdefault(folder, set()).add(beginning_of(name))
        for folder, names in targets.items():
            with suppress(OSError):
                for found in os.listdir(folder):
                    target = aside_of(found)
                    if target and beginning_of(target) in names:
                        os.unlink(os.path.join(folder, found))


def _sizes(root: str) -> dict[str, int]:
    try:
        files, _ = listed(root, recursive=True)
    except PictureError as error:
        if "No such file" in str(error):
            return {}
        raise
    return {file.inside: file.size for file in files}
