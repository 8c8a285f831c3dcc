"""A file that takes its name when it is whole: a temporary one beside the target, then a rename."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from convfilter.errors import PictureError
from convfilter.images.target import Target, is_device
from convfilter.signals import written_aside

NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES)


# An unfinished file beside its target: .flower.jpg.1b2c3d4e.part
LONGEST = 50
ASIDE = re.compile(r"\.(.{1,50})\.[0-9a-f]{8}\.part", re.DOTALL)


def aside_of(name: str) -> str:
    """The beginning of its target's name, where a file is an unfinished one; else ''.

    >>> aside_of(".flower.jpg.1b2c3d4e.part"), aside_of("flower.jpg")
    ('flower.jpg', '')
    """
    match = ASIDE.fullmatch(name)
    return match[1] if match else ""


def beginning_of(name: str) -> str:
    """What targets of one stem have in common with their unfinished files, however they are cut.

    >>> beginning_of("flower.jpg")
    'flower'
    """
    stem = os.path.splitext(name)[0] if len(name) < LONGEST else name
    return stem[: LONGEST - len(".jpeg")]


class Checked(io.BufferedRandom):
    """A file without a descriptor: to one that has it Pillow writes itself, and overlooks short writes."""

    def fileno(self) -> int:
        raise io.UnsupportedOperation


@contextmanager
def replacing(target: Target) -> Iterator[BinaryIO]:
    """A file that takes the target's name when all went well, and is gone when not.

    Links are followed: the file that the name leads to is replaced, with its permissions. Without
    `overwrite` a file that appeared in the meantime is not touched. A device or pipe is written to
    as it is, and what is yielded is no `Checked` then.
    """
    path = os.path.realpath(target.path)
    if is_device(path):
        with open(path, "wb") as device:
            yield device
        return
    folder, name = os.path.split(path)
    aside = os.path.join(folder, f".{name[:LONGEST]}.{os.urandom(4).hex()}.part")
    with written_aside(aside):
        descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with Checked(io.FileIO(descriptor, "w+b")) as file:
            with suppress(OSError):
                os.chmod(aside, stat.S_IMODE(os.stat(path).st_mode))
            yield file
            if target.fsync:
                file.flush()
                os.fsync(descriptor)
        if target.overwrite:
            os.replace(aside, path)
        else:
            _claim(aside, path)
        if target.fsync:
            _sync_folder(folder)


def _claim(aside: str, path: str) -> None:
    """Gives the name to the file if nobody else has it."""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise PictureError(f"{path} appeared meanwhile: -f (--overwrite) replaces it") from None
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        os.replace(aside, path)  # a file system without hard links


def _sync_folder(folder: str) -> None:
    """The new name on the disk, too; systems that open no folders have no such step."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
