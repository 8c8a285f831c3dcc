"""Pictures at URLs: s3://, gs://, memory://, https:// … through fsspec; file:// is a path like any other.

Read whole, before they are decoded, and written whole, once they are encoded: stores of objects know
no half-written ones. The only import of fsspec, which the extra `cluster` brings.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, NamedTuple

from convfilter.errors import PictureError

SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
LOCAL = ("file://", "local://")
# What stores call the time of a change.
TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")


class Listed(NamedTuple):
    """A file in a store.

    inside    its name below the folder that was listed
    size      in bytes;  mtime_ns: when it was changed; −1 where the store doesn't say
    """

    url: str
    inside: str
    size: int = -1
    mtime_ns: int = -1


def is_url(path: str) -> bool:
    """Whether it is a URL; file:// counts as none, see `local_path`."""
    return SCHEME.match(path) is not None and not path.lower().startswith(LOCAL)


def local_path(path: str) -> str:
    """A file:// URL as a path; all else as it is.

    >>> local_path("file:///home/me/my%20pictures"), local_path("a%20b.jpg")
    ('/home/me/my pictures', 'a%20b.jpg')
    """
    from urllib.parse import unquote

    start = next((start for start in LOCAL if path.lower().startswith(start)), "")
    return unquote(path[len(start) :]) if start else path


def canonical(url: str) -> str:
    """The one way to write a URL that may be written in several. Raises PictureError."""
    store, name = _store(url)
    full: str = store.unstrip_protocol(name)
    return full


def read(url: str, most_bytes: int) -> bytes:
    """All bytes of a file. Raises PictureError, also for more than `most_bytes`."""
    store, name = _store(url)
    with _Told(url):
        size = store.size(name)
        if size is not None and size > most_bytes:
            raise PictureError(f"{url}: more than {most_bytes >> 20} MiB: copy it to a file first")
        content: bytes = store.cat_file(name)
        return content


def write(url: str, content: bytes) -> None:
    """Writes a file whole, folders included, in place of what was there. Raises PictureError."""
    store, name = _store(url)
    with _Told(url):
        with suppress(NotImplementedError):
            store.makedirs(store._parent(name), exist_ok=True)  # noqa: SLF001 - the one name it has
        store.pipe_file(name, content)


def remove(url: str) -> None:
    """Deletes a file. Raises PictureError."""
    store, name = _store(url)
    with _Told(url):
        store.rm_file(name)


def exists(url: str) -> bool:
    """Whether there is a file, or a folder, of that name. Raises PictureError."""
    store, name = _store(url)
    with _Told(url):
        store.invalidate_cache()
        return bool(store.exists(name))


def listed(url: str, *, recursive: bool) -> tuple[list[Listed], bool]:
    """The files behind a URL, by name, and whether it is a folder's (or a pattern's).

    A file is itself; a folder's are those in it, or anywhere below; `*`, `?` and `[` make a pattern.

    Raises PictureError where there is nothing.
    """
    store, name = _store(url)
    with _Told(url):
        store.invalidate_cache()
        if any(sign in name for sign in "*?["):
            found = store.glob(name, detail=True)
            if not found:
                raise PictureError(f"{url}: the pattern matches nothing")
            root = name[: min(name.index(sign) for sign in "*?[" if sign in name)]
            return _files(store, found, root.rpartition("/")[0]), False
        facts = store.info(name)
        if facts["type"] != "directory":
            return [_file(store, facts, facts["name"].rpartition("/")[2])], False
        root = facts["name"]
        found = store.find(root, maxdepth=None if recursive else 1, detail=True)
        return _files(store, found, root), True


def _files(store: Any, found: dict[str, Any], root: str) -> list[Listed]:
    start = f"{root.rstrip('/')}/"
    return [
        _file(store, facts, facts["name"].removeprefix(start))
        for _, facts in sorted(found.items())
        if facts["type"] != "directory"
    ]


def _file(store: Any, facts: dict[str, Any], inside: str) -> Listed:
    from datetime import datetime

    size = facts.get("size")
    time = next((facts[key] for key in TIMES if facts.get(key) is not None), None)
    if isinstance(time, str):
        with suppress(ValueError):
            time = datetime.fromisoformat(time)
    if isinstance(time, datetime):
        time = time.timestamp()
    mtime_ns = round(time * 1e9) if isinstance(time, (int, float)) else -1
    url = store.unstrip_protocol(facts["name"])
    return Listed(url, inside, -1 if size is None else int(size), mtime_ns)


def _store(url: str) -> tuple[Any, str]:
    """The file system behind a URL, and its name for the file. Raises PictureError."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise PictureError(
            f"{url}: URLs are read and written with the extra: pip install 'convfilter[cluster]'; or "
            "copy the file here first"
        ) from None
    if "::" in url:
        raise PictureError(f"{url}: URLs of files in archives are not read")
    try:
        store, name = url_to_fs(url)
    except Exception as error:  # noqa: BLE001 - of a store that is missing, or can't be reached
        raise PictureError(f"{url}: {' '.join(str(error).split())[:200]}") from None
    return store, name


class _Told:
    """What stores raise, as PictureError that begins with the URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, PictureError) or not isinstance(error, Exception):
            return
        if isinstance(error, FileNotFoundError):
            raise PictureError(f"{self._url}: No such file or directory") from None
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise PictureError(f"{self._url}: {reason}") from None
