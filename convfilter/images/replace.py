"""A file or folder that takes its name when it is whole: made beside the target, then renamed."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

from convfilter.errors import PictureError
from convfilter.images.target import Target, is_device
from convfilter.signals import uninterrupted, written_aside

PART = ".part"
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
    aside, folder = beside(path), os.path.dirname(path)
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


@contextmanager
def replacing_folder(target: Target) -> Iterator[str]:
    """A folder that takes the target's name when all went well, and is gone when not.

    No system call puts one folder in another's place: with `overwrite` there is a moment, between two
    renames, in which the name stands for neither. Signals wait for its end; whoever is killed in it has the
    old one as `.NAME.….old`.
    """
    path = os.path.realpath(target.path)
    aside = beside(path)
    with written_aside(aside):
        os.mkdir(aside)
        yield aside
        if target.fsync:
            _sync_tree(aside)
        old = f"{aside.removesuffix(PART)}.old"
        with ExitStack() as stack:
            with uninterrupted():
                _take_place(aside, path, old if target.overwrite else "")
                stack.enter_context(written_aside(old))
            if target.fsync:
                _sync_folder(os.path.dirname(path))


def beside(path: str) -> str:
    """A name for an unfinished file or folder of a target, in the same folder, that nobody has."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name[:LONGEST]}.{os.urandom(4).hex()}{PART}")


def _take_place(aside: str, path: str, old: str) -> None:
    """Gives a folder its name; what has it goes to `old`, if that is allowed."""
    there = os.path.lexists(path)
    if there and not old:
        raise PictureError(f"{path} appeared meanwhile: -f (--overwrite) replaces it")
    if there:
        os.rename(path, old)
    try:
        os.rename(aside, path)
    except OSError:
        if there:
            os.rename(old, path)
        raise


def _sync_tree(folder: str) -> None:
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                os.fsync(file.fileno())
        _sync_folder(place)


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
