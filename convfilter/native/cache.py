"""Where object code is kept between runs: one file a loop, in the user's cache folder.

The folder's and the files' owner and permissions are the protection: object code is run, so nobody
else may have been able to write it. The checksum only finds damage. A file is opened once, without
following a link; what was checked on the descriptor are the bytes that are loaded.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

SUFFIX = ".cached"
FORMAT = b"convfilter-cache-1"
LARGEST_ENTRY = 16 * 2**20
POSIX = hasattr(os, "geteuid")


class UnsafeCache(OSError):
    """The cache folder or an entry belongs to, or can be written by, somebody else."""


def folder() -> Path:
    """$CONVFILTER_CACHE_DIR, else the platform's cache folder for convfilter."""
    if chosen := os.environ.get("CONVFILTER_CACHE_DIR"):
        return Path(chosen)
    if sys.platform == "linux":  # what platformdirs says there, without its import (4 ms)
        base = os.environ.get("XDG_CACHE_HOME", "")
        return Path(base if os.path.isabs(base) else Path.home() / ".cache") / "convfilter"
    from platformdirs import user_cache_path

    return user_cache_path("convfilter", appauthor=False)


def entry_path(name: str, key: str) -> Path:
    """The file of one entry; the key is in its name, so versions lie side by side."""
    return folder() / f"{name}-{sha256(key.encode()).hexdigest()[:20]}{SUFFIX}"


def read(path: Path) -> tuple[str, bytes] | None:
    """Symbol and object code of an entry; None where there is none, or it is damaged.

    Raises UnsafeCache where someone else could have written it.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        if path.is_symlink():
            raise UnsafeCache(f"{path} is a link") from None
        return None
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        _refuse_foreign(path, about)
        if not stat.S_ISREG(about.st_mode):
            raise UnsafeCache(f"{path} is no regular file")
        _refuse_foreign(path.parent, os.stat(path.parent, follow_symlinks=False))
        return _unpack(file.read(LARGEST_ENTRY))


def write(path: Path, symbol: str, code: bytes) -> None:
    """Keeps an entry: written aside, then renamed, so that readers see all of it or nothing.

    Raises OSError (UnsafeCache among it) where that can't be done.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_foreign(path.parent, os.stat(path.parent, follow_symlinks=False))
    aside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(_pack(symbol, code))
        os.replace(aside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise


def entries() -> list[Path]:
    """All entries, of this version and others, sorted by name."""
    with suppress(OSError):
        return sorted(p for p in folder().iterdir() if p.name.endswith(SUFFIX))
    return []


def clear() -> int:
    """Removes all entries and left-over temporary files; returns how many entries there were."""
    found = entries()
    with suppress(OSError):
        for path in folder().iterdir():
            if SUFFIX in path.name:
                with suppress(OSError):
                    path.unlink()
    return len(found)


def _pack(symbol: str, code: bytes) -> bytes:
    body = symbol.encode() + b"\n" + code
    return FORMAT + b" " + sha256(body).hexdigest().encode() + b"\n" + body


def _unpack(content: bytes) -> tuple[str, bytes] | None:
    head, _, body = content.partition(b"\n")
    if head != FORMAT + b" " + sha256(body).hexdigest().encode():
        return None
    symbol, _, code = body.partition(b"\n")
    return symbol.decode("ascii", "replace"), code


def _refuse_foreign(path: Path, about: os.stat_result) -> None:
    if not POSIX:
        return
    if stat.S_ISLNK(about.st_mode):
        raise UnsafeCache(f"{path} is a link")
    if about.st_uid != os.geteuid():
        raise UnsafeCache(f"{path} belongs to another user")
    if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UnsafeCache(f"{path} can be written by others")
