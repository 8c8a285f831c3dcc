"""Which pictures: files, folders, patterns, lists → sources, each with its place in the tree below its SRC."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from convfilter.errors import PictureError
from convfilter.images.formats import BY_SUFFIX, ELSEWHERE, suffix_of
from convfilter.images.remote import is_url, listed, local_path
from convfilter.images.zarr_marks import is_zarr


class Source(NamedTuple):
    """One picture to be filtered.

    path    as it can be opened: a file's path, or a URL
    folder  of its result below the output folder: "" or "2024/may/"
    size    in bytes;  mtime_ns: when it was changed; −1 where nobody knows
    """

    path: str
    folder: str = ""
    size: int = -1
    mtime_ns: int = -1


class Found(NamedTuple):
    """What was found.

    sources   in the order of the words, each folder's by name
    missing   (path, reason) of what was named and can't be read
    ignored   files of scanned folders that are no pictures
    elsewhere  suffix → files there of kinds that are not read here, such as .heic
    passed    folders below scanned ones that were not gone into
    scanned   the folders whose files are sources, with whether those below are, too
    """

    sources: list[Source]
    missing: list[tuple[str, str]]
    ignored: int = 0
    elsewhere: tuple[tuple[str, int], ...] = ()
    passed: int = 0
    scanned: tuple[tuple[str, bool], ...] = ()


class _Finder:
    def __init__(self, *, recursive: bool) -> None:
        self.recursive = recursive
        self.sources: dict[tuple[str, str], Source] = {}
        self.missing: list[tuple[str, str]] = []
        self.scanned: dict[tuple[str, bool], None] = {}
        self.elsewhere: Counter[str] = Counter()
        self.ignored = self.passed = 0

    def name(self, path: str, folder: str = "") -> None:
        """A file that was named is tried, whatever its suffix; a folder is scanned."""
        if is_url(path):
            self._name_url(path, folder)
            return
        try:
            facts = os.stat(path)
        except OSError as error:
            self.missing.append((path, os.strerror(error.errno or 0)))
            return
        if is_zarr(path):
            self.missing.append((path, "a Zarr array, which apply filters by itself"))
        elif os.path.isdir(path):
            self._scan(path, folder)
        elif not os.access(path, os.R_OK):
            self.missing.append((path, "Permission denied"))
        else:
            self._add(Source(path, folder, facts.st_size, facts.st_mtime_ns))

    def match(self, pattern: str) -> None:
        """All that a pattern matches, `**` any depth; the tree below its fixed part is kept."""
        found = sorted(glob.glob(pattern, recursive=True))
        if not found:
            self.missing.append((pattern, "no such file, and as a pattern it matches nothing"))
        root = os.path.dirname(pattern[: len(pattern) - len(_from_first_magic(pattern))]) or "."
        deep = "**" in pattern  # which matches folders and what is in them
        self.scanned[root, deep] = None
        for path in found:
            is_folder = os.path.isdir(path)
            inside = path if is_folder else os.path.dirname(path) or "."
            if not (deep and is_folder):
                self.name(path, _as_folder(os.path.relpath(inside, root)))

    def _add(self, source: Source) -> None:
        self.sources.setdefault((source.path, source.folder), source)

    def _scan(self, folder: str, below: str) -> None:
        self.scanned[folder, self.recursive] = None
        pending = [(folder, below)]
        while pending:
            here, inside = pending.pop()
            try:
                with os.scandir(here) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self.missing.append((here, os.strerror(error.errno or 0)))
                continue
            deeper = []
            for entry in found:
                if entry.name.startswith("."):
                    continue
                if not entry.is_dir(follow_symlinks=False):
                    self._scanned_file(entry, inside)
                elif is_zarr(entry.path):
                    self.ignored += 1
                else:
                    deeper.append((entry.path, f"{inside}{entry.name}/"))
            if self.recursive:
                pending += reversed(deeper)
            else:
                self.passed += len(deeper)

    def _scanned_file(self, entry: os.DirEntry[str], inside: str) -> None:
        if not self._is_picture(entry.name):
            return
        if not _is_file(entry):
            if entry.is_symlink() and not os.path.exists(entry.path):
                self.missing.append((entry.path, "a link that leads nowhere"))
            else:
                self.ignored += 1
            return
        try:
            facts = entry.stat()
        except OSError as error:
            self.missing.append((entry.path, os.strerror(error.errno or 0)))
            return
        self._add(Source(entry.path, inside, facts.st_size, facts.st_mtime_ns))

    def _is_picture(self, name: str) -> bool:
        """By its suffix; what is none is counted."""
        suffix = suffix_of(name)
        if suffix in ELSEWHERE:
            self.elsewhere[suffix] += 1
        elif suffix not in BY_SUFFIX:
            self.ignored += 1
        return suffix in BY_SUFFIX

    def _name_url(self, url: str, folder: str) -> None:
        try:
            names, is_folder = listed(url, recursive=self.recursive)
        except PictureError as error:
            self.missing.append((url, str(error).removeprefix(f"{url}: ")))
            return
        if is_folder:
            self.scanned[url, self.recursive] = None
        for name in names:
            hidden = any(part.startswith(".") for part in name.inside.split("/"))
            if not is_folder or (not hidden and self._is_picture(name.inside)):
                below = folder + _as_folder(os.path.dirname(name.inside))
                self._add(Source(name.url, below, name.size, name.mtime_ns))


def find_sources(words: Iterable[str], listed_names: Iterable[str], *, recursive: bool) -> Found:
    """The sources behind words as typed (SRC…) and names from a list.

    words         an existing path first; else, with `*`, `?` or `[`, a pattern; or a URL
    listed_names  paths or URLs; those below the working folder keep their folders

    What can't be read is `missing`, and no reason to leave out the rest.
    """
    finder = _Finder(recursive=recursive)
    for word in map(local_path, words):
        if not is_url(word) and not os.path.lexists(word) and glob.has_magic(word):
            finder.match(word)
        else:
            finder.name(word)
    for name in map(local_path, listed_names):
        finder.name(name, _folder_of(name))
    return Found(
        list(finder.sources.values()),
        finder.missing,
        finder.ignored,
        tuple(finder.elsewhere.items()),
        finder.passed,
        tuple(finder.scanned),
    )


def split_list(content: bytes, *, null: bool) -> Iterator[str]:
    """The names in a list: one a line, or each ended by a NUL; empty ones are none."""
    for piece in content.split(b"\0" if null else b"\n"):
        name = piece if null else piece.removesuffix(b"\r")
        if name:
            yield os.fsdecode(name)


def _folder_of(name: str) -> str:
    """Where a listed name's result goes: its own folders, if it lies below the working folder."""
    if is_url(name):
        return ""
    inside = os.path.relpath(name if os.path.isdir(name) else os.path.dirname(name) or ".")
    return "" if inside.split(os.sep)[0] == os.pardir else _as_folder(inside)


def _as_folder(path: str) -> str:
    """'' for here, else with '/' at its end."""
    plain = path.replace(os.sep, "/").strip("/")
    return "" if plain in ("", ".") else f"{plain}/"


def _from_first_magic(pattern: str) -> str:
    """A pattern from its first part with a wildcard on."""
    parts = pattern.split(os.sep)
    fixed = next(n for n, part in enumerate(parts) if glob.has_magic(part))
    return os.sep.join(parts[fixed:])


def _is_file(entry: os.DirEntry[str]) -> bool:
    """What can't be known because the folder may not be entered counts as one: its reading tells."""
    try:
        return entry.is_file()
    except OSError:
        return True
