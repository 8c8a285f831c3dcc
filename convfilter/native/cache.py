"""Where compiled code is kept between runs: one file an entry, in the user's cache folder.

The folder's and the files' owner and permissions are the protection: the code is run, so nobody
else may have been able to write it. The checksum only finds damage. A file is opened once, without
following a link; what was checked on the descriptor are the bytes that are used. Each entry holds
its whole key, so the short hash in its name can't bring the wrong one.
"""

from __future__ import annotations

import os
import stat
import struct
import sys
import zlib
from contextlib import suppress

from convfilter.signals import written_aside

SUFFIX = ".cached"
FORMAT = b"convfilter-cache-2\n"
CHECKSUM = struct.Struct("<I")  # of all that follows
LENGTHS = struct.Struct("<II")  # bytes of the key, bytes of the symbol
LARGEST_ENTRY = 16 * 2**20
POSIX = hasattr(os, "geteuid")


class UnsafeCache(OSError):
    """The cache folder or an entry belongs to, or can be written by, somebody else."""


def folder() -> str:
    """$CONVFILTER_CACHE_DIR, else the platform's cache folder for convfilter.

    Raises OSError where the user has no home.
    """
    if chosen := os.environ.get("CONVFILTER_CACHE_DIR"):
        return os.path.abspath(chosen)
    if sys.platform == "linux":  # what platformdirs says there, without its import (4 ms)
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else os.path.expanduser("~/.cache")
        if not os.path.isabs(base):
            raise OSError("there is no home folder; $CONVFILTER_CACHE_DIR names another")
        return os.path.join(base, "convfilter")
    from platformdirs import user_cache_dir

    return user_cache_dir("convfilter", appauthor=False)


def entry_path(name: str, key: str) -> str:
    """The file of one entry; the key is in its name, so versions lie side by side."""
    return os.path.join(folder(), f"{name}-{zlib.crc32(key.encode()):08x}{SUFFIX}")


def read(name: str, key: str) -> tuple[str, bytes] | None:
    """Symbol and code of an entry; None where there is none, or it is damaged.

    Raises UnsafeCache where someone else could have written it.
    """
    path = entry_path(name, key)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        if os.path.islink(path):
            raise UnsafeCache(f"{path} is a link") from None
        return None
    try:
        about = os.fstat(descriptor)
        _refuse_foreign(path, about)
        if not stat.S_ISREG(about.st_mode):
            raise UnsafeCache(f"{path} is no regular file")
        _refuse_foreign(folder(), os.stat(folder(), follow_symlinks=False))
        with open(descriptor, "rb", closefd=False) as file:
            return _unpack(file.read(LARGEST_ENTRY), key)
    finally:
        os.close(descriptor)


def write(name: str, key: str, symbol: str, code: bytes) -> None:
    """Keeps an entry: written aside, then renamed, so that readers see all of it or nothing.

    Raises OSError (UnsafeCache among it) where that can't be done.
    """
    os.makedirs(folder(), mode=0o700, exist_ok=True)
    _refuse_foreign(folder(), os.stat(folder(), follow_symlinks=False))
    path = entry_path(name, key)
    aside = os.path.join(folder(), f".{name}.{os.getpid()}.{os.urandom(4).hex()}{SUFFIX}.part")
    with written_aside(aside):
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(_pack(key, symbol, code))
        os.replace(aside, path)


def entries() -> dict[str, int]:
    """All entries, of this version and others: name → bytes, sorted."""
    with suppress(OSError), os.scandir(folder()) as found:
        sizes = {e.name: e.stat().st_size for e in found if e.name.endswith(SUFFIX)}
        return dict(sorted(sizes.items()))
    return {}


def clear() -> int:
    """Removes all entries and left-over temporary files; returns how many entries are gone."""
    before = len(entries())
    with suppress(OSError):
        for name in os.listdir(folder()):
            if SUFFIX in name:
                with suppress(OSError):
                    os.unlink(os.path.join(folder(), name))
    return before - len(entries())


def _pack(key: str, symbol: str, code: bytes) -> bytes:
    key_bytes, symbol_bytes = key.encode(), symbol.encode()
    body = LENGTHS.pack(len(key_bytes), len(symbol_bytes)) + key_bytes + symbol_bytes + code
    return FORMAT + CHECKSUM.pack(zlib.crc32(body)) + body


def _unpack(content: bytes, key: str) -> tuple[str, bytes] | None:
    start = len(FORMAT) + CHECKSUM.size
    body = content[start:]
    if content[: len(FORMAT)] != FORMAT or len(body) < LENGTHS.size:
        return None
    if CHECKSUM.pack(zlib.crc32(body)) != content[len(FORMAT) : start]:
        return None
    key_length, symbol_length = LENGTHS.unpack_from(body)
    symbol = LENGTHS.size + key_length
    code = symbol + symbol_length
    if body[LENGTHS.size : symbol] != key.encode():
        return None
    return body[symbol:code].decode(), body[code:]


def _refuse_foreign(path: str, about: os.stat_result) -> None:
    if not POSIX:
        return
    if stat.S_ISLNK(about.st_mode):
        raise UnsafeCache(f"{path} is a link")
    if about.st_uid != os.geteuid():
        raise UnsafeCache(f"{path} belongs to another user")
    if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UnsafeCache(f"{path} can be written by others")
