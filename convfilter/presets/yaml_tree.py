"""YAML as a tree that knows where everything stands. The only import of yaml.

Less than YAML, on purpose: one document, mappings with plain keys that differ, lists, text. No
aliases (a few lines can expand to gigabytes), no tags (they can name code), at most 8 levels.
Every scalar stays the text it was written as, so that 1e-3 is a number and 010 is ten for us.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convfilter.errors import KernelError
from convfilter.presets.numbers import shortened

DEEPEST = 8


class Node(NamedTuple):
    """A value, with the line and column (from 1) where it begins.

    value  text, a list of nodes, or a mapping from key to (node of the key, node of the value)
    """

    value: Any
    line: int
    column: int


def parse_yaml(text: str, file: str) -> Node:
    """The document's root; raises KernelError with file:line:column."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # One event after the other: what is nested too deeply ends the reading at once, libyaml itself
    # takes 13 s for 100 KB of '['.
    events = yaml.parse(text, Loader=loader)
    try:
        return _Events(yaml, events, file).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else f"{file}:1:1"
        raise KernelError(f"{place}: no valid YAML: {error.problem or error.context}") from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        if loader is not yaml.SafeLoader:  # libyaml counts bytes
            before = text.encode()[: error.position].decode(errors="ignore")
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        raise KernelError(f"{file}:{line}:{column}: a character that YAML forbids") from None


class _Events:
    """The tree from yaml's events, one look ahead is never needed."""

    def __init__(self, yaml: Any, events: Iterator[Any], file: str) -> None:
        self.yaml, self.file = yaml, file
        self.events = events

    def document(self) -> Node:
        node = None
        for event in self.events:
            if isinstance(event, self.yaml.DocumentStartEvent):
                if node is not None:
                    raise self.fault(event, "one kernel a file, this is a second document")
                node = self.node(next(self.events), 1)
        if node is None:
            raise KernelError(f"{self.file}:1:1: the file is empty")
        return node

    def node(self, event: Any, level: int) -> Node:
        place = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, self.yaml.AliasEvent):
            raise self.fault(event, "aliases (*name) are not allowed here: write the value out")
        if event.tag is not None:
            raise self.fault(event, f"tags ({event.tag}) are not allowed here")
        if level > DEEPEST:
            raise self.fault(event, f"more than {DEEPEST} levels")
        if isinstance(event, self.yaml.ScalarEvent):
            return Node(event.value, *place)
        if isinstance(event, self.yaml.SequenceStartEvent):
            return Node(self.items(level), *place)
        return Node(self.pairs(level), *place)

    def items(self, level: int) -> list[Node]:
        found = []
        plain, end = self.yaml.ScalarEvent, self.yaml.SequenceEndEvent
        inside = level < DEEPEST
        for event in self.events:
            # Numbers, of which there can be many, take the short way.
            if type(event) is plain and event.tag is None and inside:
                mark = event.start_mark
                found.append(Node(event.value, mark.line + 1, mark.column + 1))
            elif isinstance(event, end):
                break
            else:
                found.append(self.node(event, level + 1))
        return found

    def pairs(self, level: int) -> dict[str, tuple[Node, Node]]:
        found: dict[str, tuple[Node, Node]] = {}
        for event in self.events:
            if isinstance(event, self.yaml.MappingEndEvent):
                break
            key = self.node(event, level + 1)
            if not isinstance(key.value, str):
                raise self.fault(event, "a key must be a word")
            if key.value in found:
                raise self.fault(event, f"{shortened(key.value)!r} stands twice")
            found[key.value] = key, self.node(next(self.events), level + 1)
        return found

    def fault(self, event: Any, message: str) -> KernelError:
        mark = event.start_mark
        return KernelError(f"{self.file}:{mark.line + 1}:{mark.column + 1}: {message}")
