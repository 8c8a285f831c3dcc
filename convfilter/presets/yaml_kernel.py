"""YAML → KernelText: the model of a kernel file. Every fault is a KernelError with file:line:column.

weights                        2, 3 or 4 levels of numbers, with divisor
formula, parameters            a function of the program, and what it takes by default
combine, kernels               how the sums of several kernels become one
combine, rotations, weights    … of one kernel (or one of `kernels`) turned again and again
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn, TypeVar

from convfilter.core.rational import read_decimal
from convfilter.core.spec import nearest
from convfilter.core.words import COMBINATIONS, MIXED_POLICIES, RANGE_POLICIES, ROTATIONS
from convfilter.errors import KernelError
from convfilter.presets.definition import KernelText, stem_of
from convfilter.presets.formulas import FORMULAS, canonical, parameter_names, weights_of
from convfilter.presets.numbers import amount_of, usual_length
from convfilter.presets.yaml_tree import Node, parse_yaml

T = TypeVar("T")
KINDS = ("weights", "formula", "combine")
# key → the kinds of kernel that have it
KEYS = {
    "description": KINDS,
    "source": KINDS,
    "aliases": KINDS,
    "tags": KINDS,
    "weights": ("weights", "combine"),
    "divisor": ("weights", "combine"),
    "formula": ("formula",),
    "parameters": ("formula",),
    "combine": ("combine",),
    "kernels": ("combine",),
    "rotations": ("combine",),
    "bias": KINDS,
    "range": KINDS,
}
NO_WEIGHTS: tuple[tuple[str, ...], tuple[int, ...]] = ((), ())
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def read_yaml(text: str, label: str, file: str = "") -> KernelText:
    """A YAML kernel; `label` stands in messages, its stem is the kernel's name."""
    kernel, faults = examine_yaml(text, label, file)
    for fault in faults:
        raise fault
    return kernel


def examine_yaml(text: str, label: str, file: str = "") -> tuple[KernelText, list[KernelError]]:
    """A YAML kernel and all its faults, in the order of the file's keys.

    Raises KernelError where there is no mapping of keys to examine.
    """
    root = parse_yaml(text, label)
    reader = _Reader(label)
    if not isinstance(root.value, dict):
        reader.fault(root, "a mapping is needed: description, source, weights …")
    reader.fields = {key: value for key, (_, value) in root.value.items()}
    kind = reader.kind(root)
    for key, (place, _) in root.value.items():
        if kind not in KEYS.get(key, ()):
            reader.note(place, reader.out_of_place(key, kind))
    weights, shape = reader.field("weights", reader.weights, NO_WEIGHTS)
    formula = reader.field("formula", reader.formula, "")
    maps = shape[0] if len(shape) == 4 else 1
    kernel = KernelText(
        name=stem_of(label),
        weights=weights,
        shape=shape,
        divisor=reader.field("divisor", reader.divisor, "1"),
        bias=reader.field("bias", lambda node: reader.biases(node, maps), ()),
        range_policy=reader.field("range", lambda node: reader.policy(node, maps), "auto"),
        description=reader.field("description", reader.text, ""),
        source=reader.field("source", reader.text, ""),
        aliases=reader.field("aliases", reader.names, ()),
        tags=reader.field("tags", reader.names, ()),
        file=file,
        formula=formula,
        parameters=reader.field("parameters", lambda node: reader.parameters(node, formula), ()),
        combine=reader.field("combine", reader.combination, ""),
        members=reader.field("kernels", reader.members, ()),
        rotations=reader.field("rotations", reader.rotations, 0),
    )
    if not reader.faults:
        reader.check_whole(root, kernel)
    return kernel, reader.faults


class _Reader:
    """Checks the nodes of one file and keeps what is wrong with them."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.fields: dict[str, Node] = {}
        self.faults: list[KernelError] = []

    def fault(self, node: Node, message: str) -> NoReturn:
        raise KernelError(f"{self.label}:{node.line}:{node.column}: {message}")

    def note(self, node: Node, message: str) -> None:
        """A fault that doesn't end the reading."""
        self.faults.append(KernelError(f"{self.label}:{node.line}:{node.column}: {message}"))

    def field(self, key: str, read: Callable[[Node], T], default: T) -> T:
        """The value of a key; the default where it is missing, or at fault."""
        if (node := self.fields.get(key)) is None:
            return default
        try:
            return read(node)
        except KernelError as error:
            self.faults.append(error)
            return default

    def kind(self, root: Node) -> str:
        """What kind of kernel it is, by its keys."""
        found = [kind for kind in reversed(KINDS) if kind in self.fields]
        if not found:
            if {"kernels", "rotations"} & set(self.fields):
                self.fault(root, f"'combine' is missing: {', '.join(COMBINATIONS)}")
            self.fault(root, "'weights' is missing (or 'formula', or 'combine')")
        return found[0]

    def out_of_place(self, key: str, kind: str) -> str:
        """What is wrong with a key that this kind of kernel doesn't have."""
        if key not in KEYS:
            return f"unknown key {key!r}{nearest(key, KEYS)}"
        return f"{key!r} stands beside {kind!r}, which leaves no room for it"

    def text(self, node: Node) -> str:
        if not isinstance(node.value, str):
            self.fault(node, "text is needed")
        if not node.value.isprintable():
            self.fault(node, "control characters in the text")
        return node.value

    def texts(self, node: Node) -> list[tuple[Node, str]]:
        items = node.value if isinstance(node.value, list) else [node]
        return [(item, self.text(item)) for item in items]

    def names(self, node: Node) -> tuple[str, ...]:
        """Words that can stand behind -k and --tag."""
        for item, word in self.texts(node):
            if not NAME.fullmatch(word):
                self.fault(item, f"{word!r} is no name: a letter, then letters, digits, '-', '_'")
        return tuple(word.lower().replace("_", "-") for _, word in self.texts(node))

    def number(self, node: Node) -> str:
        if not isinstance(node.value, str):
            self.fault(node, "a number is needed")
        try:
            read_decimal(node.value)
        except ValueError as error:
            self.fault(node, str(error))
        return node.value

    def divisor(self, node: Node) -> str:
        number = self.number(node)
        if read_decimal(number) == 0:
            self.fault(node, "the divisor is 0")
        return number

    def biases(self, node: Node, maps: int) -> tuple[str, ...]:
        items = self.texts(node)
        if len(items) not in (1, maps):
            self.fault(node, f"{len(items)} biases for {maps} maps")
        for item, text in items:
            try:
                amount_of(text)
            except ValueError as error:
                self.fault(item, str(error))
        return tuple(text for _, text in items)

    def policy(self, node: Node, maps: int) -> str:
        items = self.texts(node)
        if len(items) not in (1, maps):
            self.fault(node, f"{len(items)} range policies for {maps} maps")
        allowed = RANGE_POLICIES if len(items) == 1 else MIXED_POLICIES
        for item, word in items:
            if word not in allowed:
                self.fault(
                    item, f"{word!r} is none of {', '.join(allowed)}{nearest(word, allowed)}"
                )
        return ",".join(word for _, word in items)

    def formula(self, node: Node) -> str:
        name = self.text(node)
        if name not in FORMULAS:
            self.fault(
                node, f"{name!r} is no formula: {', '.join(FORMULAS)}{nearest(name, FORMULAS)}"
            )
        return name

    def parameters(self, node: Node, formula: str) -> tuple[tuple[str, str], ...]:
        if not isinstance(node.value, dict):
            self.fault(node, "a mapping is needed, as in 'sigma: 1'")
        values = {key: self.text(value) for key, (_, value) in node.value.items()}
        if not formula:
            return ()
        try:
            defaults = canonical(formula, values)
            if missing := [name for name in parameter_names(formula) if name not in defaults]:
                self.fault(node, f"no default for {', '.join(missing)}")
            weights_of(formula, defaults)
        except ValueError as error:
            words = str(error).replace("'", " ").split()
            named = [node.value[word][0] for word in words if word in node.value]
            self.fault(named[0] if named else node, str(error))
        return tuple(defaults.items())

    def combination(self, node: Node) -> str:
        word = self.text(node)
        if word not in COMBINATIONS:
            self.fault(
                node, f"{word!r} is none of {', '.join(COMBINATIONS)}{nearest(word, COMBINATIONS)}"
            )
        return word

    def members(self, node: Node) -> tuple[str, ...]:
        """SPEC texts; rows of numbers become one."""
        if not isinstance(node.value, list) or not node.value:
            self.fault(node, "a list of kernels is needed, as in [sobel-x, sobel-y]")
        found = []
        for item in node.value:
            if isinstance(item.value, list):
                self.weights(item)
                found.append(_nested(item))
                continue
            text = self.text(item)
            if ".." in text or text.startswith(("/", "~")):
                self.fault(item, f"{text!r}: a kernel's name, or a file beside this one")
            found.append(text)
        return tuple(found)

    def rotations(self, node: Node) -> int:
        text = self.text(node)
        if text not in map(str, ROTATIONS):
            self.fault(node, f"{text!r} is none of {', '.join(map(str, ROTATIONS))}")
        return int(text)

    def check_whole(self, root: Node, kernel: KernelText) -> None:
        """What several keys together must be."""
        count = len(kernel.members) + bool(kernel.weights)
        if kernel.formula and not kernel.parameters:
            self.note(self.fields["formula"], "'parameters' is missing, with a default for each")
        if not kernel.combine:
            return
        place = self.fields["combine"]
        if kernel.weights and kernel.members:
            self.note(self.fields["weights"], "give 'kernels' or 'weights', not both")
        elif kernel.rotations and count != 1:
            self.note(place, f"'rotations' turns one kernel; here are {count}")
        elif not kernel.rotations and count < 2:
            self.note(place, "'combine' needs 'kernels' (two at least) or 'rotations'")
        elif kernel.combine == "angle" and (kernel.rotations or count) != 2:
            self.note(place, "'angle' is made of two kernels: along x, along y")

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


def _nested(node: Node) -> str:
    if isinstance(node.value, list):
        return "[" + ",".join(map(_nested, node.value)) + "]"
    return str(node.value)
