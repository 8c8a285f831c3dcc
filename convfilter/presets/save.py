"""Kernel files written: whole or not at all, and never over another one unasked."""

from __future__ import annotations

import os

from convfilter.errors import KernelError, OptionError, UnknownKernel
from convfilter.presets.lookup import canonical_name, find, user_folder
from convfilter.presets.spec_text import can_be_typed, is_name
from convfilter.signals import written_aside


def own_path(name: str) -> str:
    """Where a kernel of the user's own with a name belongs.

    Raises OptionError for what is no name, or the name of a kernel elsewhere, which would then be
    refused as standing in two places.
    """
    if not is_name(name):
        raise OptionError(f"name: {name!r} is none: a letter, then letters, digits, '-' and '_'")
    if not can_be_typed(name):
        raise OptionError(f"name: {name!r} stands between two kernels in a row; choose another")
    folder = user_folder()
    if not folder:
        raise OptionError("there is no home folder; $XDG_CONFIG_HOME names another place")
    path = os.path.join(folder, f"{name}.yaml")
    try:
        found = find(canonical_name(name))
    except UnknownKernel:
        return path
    if found.file and os.path.realpath(found.file) == os.path.realpath(path):
        return path
    place = found.file or "a preset"
    raise OptionError(f"name: {name!r} is taken by {place}; choose another")


def save_text(path: str, text: str, *, overwrite: bool) -> None:
    """All of the file or nothing: a temporary one beside it, then a rename.

    Raises KernelError where it exists already, or can't be written.
    """
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    aside = os.path.join(folder, f".{name[:50]}.{os.urandom(4).hex()}.part")
    try:
        with written_aside(aside):
            with open(aside, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            if not overwrite:
                os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))  # claims the name
            os.replace(aside, target)
    except FileExistsError:
        raise KernelError(f"{path} exists already: -f (--overwrite) replaces it") from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise KernelError(f"{path}: could not be written: {reason}") from None


def save_own(name: str, text: str, *, overwrite: bool) -> str:
    """Writes a kernel of the user's own, and the folder if there is none; its path.

    Raises what `own_path` and `save_text` raise.
    """
    path = own_path(name)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise KernelError(f"{os.path.dirname(path)}: could not be made: {reason}") from None
    save_text(path, text, overwrite=overwrite)
    return path
