"""Kernel files → KernelText: YAML, and tables of numbers (.csv, .txt, .mat, .npy).

Every fault is a KernelError that begins with file:line:column (.npy has only the file).
"""

from __future__ import annotations

import os
from typing import Any, NoReturn

from convfilter.core.kernel import Kernel, make_kernel, shape_text
from convfilter.core.rational import read_decimal
from convfilter.core.spec import nearest
from convfilter.core.words import RANGE_POLICIES
from convfilter.errors import ConvfilterError, KernelError
from convfilter.presets.numbers import (
    KernelText,
    amount_of,
    even_rows,
    kernel_of,
    split_row,
    usual_length,
)
from convfilter.presets.yaml_tree import Node, parse_yaml

LARGEST_FILE = 2**20
KEYS = ("description", "source", "aliases", "tags", "weights", "divisor", "bias", "range")


def load_file(path: str) -> Kernel:
    """The kernel in a file, named after the file.

    Raises KernelError for a file that is missing, unreadable, larger than 1 MiB, or has a fault.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".npy":
        return _numpy_kernel(path)
    text = _read_text(path)
    if suffix in (".yaml", ".yml"):
        return kernel_of(read_yaml(text, path, file=path))
    return kernel_of(_vips_table(text, path) if suffix == ".mat" else _table(text, path))


def read_yaml(text: str, label: str, file: str = "") -> KernelText:
    """A YAML kernel; `label` stands in messages, its stem is the kernel's name."""
    root = parse_yaml(text, label)
    reader = _Reader(label)
    if not isinstance(root.value, dict):
        reader.fault(root, "a mapping is needed: description, source, weights …")
    for key, (place, _) in root.value.items():
        if key not in KEYS:
            reader.fault(place, f"unknown key {key!r}{nearest(key, KEYS)}")
    if "weights" not in root.value:
        reader.fault(root, "'weights' is missing")
    fields = {key: value for key, (_, value) in root.value.items()}
    weights, shape = reader.weights(fields["weights"])
    return KernelText(
        name=stem_of(label),
        weights=weights,
        shape=shape,
        divisor=reader.divisor(fields.get("divisor")),
        bias=reader.biases(fields.get("bias"), shape),
        range_policy=reader.policy(fields.get("range")),
        description=reader.text(fields.get("description")),
        source=reader.text(fields.get("source")),
        aliases=reader.words(fields.get("aliases")),
        tags=reader.words(fields.get("tags")),
        file=file,
    )


def stem_of(path: str) -> str:
    """The file's name without folder and suffix."""
    return os.path.splitext(os.path.basename(path))[0]


class _Reader:
    """Checks the nodes of one file."""

    def __init__(self, label: str) -> None:
        self.label = label

    def fault(self, node: Node, message: str) -> NoReturn:
        raise KernelError(f"{self.label}:{node.line}:{node.column}: {message}")

    def text(self, node: Node | None) -> str:
        if node is None:
            return ""
        if not isinstance(node.value, str):
            self.fault(node, "text is needed")
        if not node.value.isprintable():
            self.fault(node, "control characters in the text")
        return node.value

    def words(self, node: Node | None) -> tuple[str, ...]:
        if node is None:
            return ()
        items = node.value if isinstance(node.value, list) else [node]
        return tuple(self.text(item) for item in items)

    def number(self, node: Node) -> str:
        if not isinstance(node.value, str):
            self.fault(node, "a number is needed")
        try:
            read_decimal(node.value)
        except ValueError as error:
            self.fault(node, str(error))
        return node.value

    def divisor(self, node: Node | None) -> str:
        if node is None:
            return "1"
        number = self.number(node)
        if read_decimal(number) == 0:
            self.fault(node, "the divisor is 0")
        return number

    def biases(self, node: Node | None, shape: tuple[int, ...]) -> tuple[str, ...]:
        if node is None:
            return ()
        items = node.value if isinstance(node.value, list) else [node]
        maps = shape[0] if len(shape) == 4 else 1
        if len(items) not in (1, maps):
            self.fault(node, f"{len(items)} biases for {maps} maps")
        for item in items:
            try:
                amount_of(self.text(item))
            except ValueError as error:
                self.fault(item, str(error))
        return tuple(item.value for item in items)

    def policy(self, node: Node | None) -> str:
        word = self.text(node) or "auto"
        if node is not None and word not in RANGE_POLICIES:
            words = ", ".join(RANGE_POLICIES)
            self.fault(node, f"{word!r} is none of {words}{nearest(word, RANGE_POLICIES)}")
        return word

    def weights(self, node: Node) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Numbers in row-major order, and their shape of 2 to 4 levels."""
        shape = self._shape(node)
        if not 2 <= len(shape) <= 4:
            self.fault(
                node,
                "'weights' needs 2 levels of lists (rows, columns), 3 (channels first) or 4 (maps), "
                f"not {len(shape)}",
            )
        numbers: list[str] = []
        self._collect(node, shape, numbers)
        return tuple(numbers), shape

    def _shape(self, node: Node) -> tuple[int, ...]:
        """The shape by the first of each level, rows by their usual length."""
        shape: list[int] = []
        while isinstance(node.value, list):
            if not node.value:
                self.fault(node, "an empty list")
            shape.append(len(node.value))
            rows = [len(n.value) for n in node.value if isinstance(n.value, list)]
            usual = usual_length(rows) if rows else 0
            fitting = (n for n in node.value if rows and len(n.value) == usual)
            node = next(fitting, node.value[0])
        return tuple(shape)

    def _collect(
        self, node: Node, shape: tuple[int, ...], numbers: list[str], what: str = ""
    ) -> None:
        if not shape:
            if isinstance(node.value, list):
                self.fault(node, "a list where the others have a number")
            numbers.append(self.number(node))
            return
        if not isinstance(node.value, list):
            self.fault(node, f"{node.value!r} stands where a list is needed")
        if len(node.value) != shape[0]:
            things = "numbers" if len(shape) == 1 else "rows" if len(shape) == 2 else "channels"
            self.fault(
                node,
                f"{what or 'a list'} of 'weights' has {len(node.value)} {things}, the others have "
                f"{shape[0]}",
            )
        inner = "row" if len(shape) == 2 else "channel" if len(shape) == 3 else "map"
        for number, child in enumerate(node.value, 1):
            self._collect(child, shape[1:], numbers, f"{inner} {number}")


def _table(text: str, path: str) -> KernelText:
    """Rows of numbers by blanks or commas; '#' begins a comment."""
    rows, places = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if body := line.split("#", 1)[0].rstrip():
            rows.append(_row(body, path, number))
            places.append(number)
    if not rows:
        raise KernelError(f"{path}:1:1: no numbers in the file")
    try:
        shape = even_rows(rows)
    except ValueError as error:
        usual = usual_length([len(row) for row in rows])
        odd = next(p for p, row in zip(places, rows, strict=True) if len(row) != usual)
        raise KernelError(f"{path}:{odd}:1: {error}") from None
    return KernelText(stem_of(path), tuple(n for row in rows for n in row), shape, file=path)


def _vips_table(text: str, path: str) -> KernelText:
    """Libvips' matrix: 'width height [scale [offset]]', then the rows."""
    head, _, body = text.partition("\n")
    first = _row(head, path, 1)
    if not 2 <= len(first) <= 4:
        raise KernelError(f"{path}:1:1: the first line is 'width height [scale [offset]]'")
    table = _table("\n" + body, path)
    if [read_decimal(number) for number in first[:2]] != [*reversed(table.shape)]:
        raise KernelError(
            f"{path}:1:1: the first line says {first[0]} wide, {first[1]} high, but the rows are "
            f"{shape_text(table.shape)} (high×wide)"
        )
    scale = first[2] if len(first) > 2 else "1"
    if read_decimal(scale) == 0:
        raise KernelError(f"{path}:1:1: the scale is 0")
    bias = (first[3],) if len(first) > 3 else ()
    return KernelText(table.name, table.weights, table.shape, scale, bias, file=path)


def _row(line: str, path: str, number: int) -> list[str]:
    try:
        row = split_row(line)
    except ValueError as error:
        raise KernelError(f"{path}:{number}:1: {error}") from None
    for column, text in row:
        try:
            read_decimal(text)
        except ValueError as error:
            raise KernelError(f"{path}:{number}:{column + 1}: {error}") from None
    return [text for _, text in row]


def _numpy_kernel(path: str) -> Kernel:
    import io

    import numpy as np

    try:
        array: Any = np.load(io.BytesIO(_read(path)), allow_pickle=False)
        return make_kernel(array, name=stem_of(path), file=path)
    except KernelError:
        raise
    except Exception as error:  # noqa: BLE001 - numpy's parser raises whatever bad bytes lead to
        reason = str(error) if isinstance(error, ConvfilterError) else "no array of numbers in it"
        raise KernelError(f"{path}: {reason}") from None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise KernelError(f"{path}: {os.strerror(error.errno or 0)}") from None
    if len(content) > LARGEST_FILE:
        raise KernelError(f"{path}: larger than 1 MiB, which no kernel file is")
    return content


def _read_text(path: str) -> str:
    content = _read(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise KernelError(f"{path}:{line}:{column}: the file is not UTF-8") from None
