"""YAML → KernelText: the model of a kernel file. Every fault is a KernelError with file:line:column.

weights                        2, 3 or 4 levels of numbers, with divisor
formula, parameters            a function of the program, and what it takes by default
combine, kernels               how the sums of several kernels become one
combine, rotations, weights    … of one kernel (or one of `kernels`) turned again and again
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NoReturn, TypeVar

from convfilter.core.rational import read_decimal
from convfilter.core.spec import nearest
from convfilter.core.words import COMBINATIONS, MIXED_POLICIES, RANGE_POLICIES, ROTATIONS
from convfilter.errors import KernelError
from convfilter.presets.definition import KernelText, stem_of
from convfilter.presets.formulas import FORMULAS, canonical, defaults_of, weights_of
from convfilter.presets.numbers import amount_of, shortened, usual_length
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
SURELY_A_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,30})?", re.ASCII)  # 10 times as fast to tell
MOST_FAULTS = 20  # of one table: the rest of a megabyte is wrong for the same reason
# What a kernel with a fault in one of these can't be made without.
NEEDED = {"weights", "divisor", "formula", "parameters", "combine", "kernels", "rotations"}


def read_yaml(text: str, label: str, file: str = "") -> KernelText:
    """A YAML kernel; `label` stands in messages, its stem is the kernel's name."""
    kernel, faults = examine_yaml(text, label, file)
    for fault in faults:
        raise fault
    return kernel


def examine_yaml(text: str, label: str, file: str = "") -> tuple[KernelText, list[KernelError]]:
    """A YAML kernel and all its faults, in the order of the file.

    What has a fault is left out; a kernel that can't be made without it has neither weights nor
    formula nor combine. Raises KernelError where there is no mapping of keys to examine.
    """
    root = parse_yaml(text, label)
    if not isinstance(root.value, dict):
        raise KernelError(
            f"{label}:{root.line}:{root.column}: a mapping is needed: description, source, weights …"
        )
    reader = _Reader({key: value for key, (_, value) in root.value.items()})
    kind = reader.kind(root)
    for key, (place, _) in root.value.items():
        reader.check_key(place, key, kind)
    weights, shape = reader.field("weights", reader.weights, NO_WEIGHTS)
    formula = reader.field("formula", reader.formula, "")
    kernel = KernelText(
        name=stem_of(label),
        weights=weights,
        shape=shape,
        divisor=reader.field("divisor", reader.divisor, "1"),
        formula=formula,
        parameters=reader.field("parameters", lambda node: reader.parameters(node, formula), ()),
        combine=reader.field("combine", reader.combination, ""),
        members=reader.field("kernels", reader.members, ()),
        rotations=reader.field("rotations", reader.rotations, 0),
        description=reader.field("description", reader.text, ""),
        source=reader.field("source", reader.text, ""),
        aliases=reader.field("aliases", reader.names, ()),
        tags=reader.field("tags", reader.names, ()),
        file=file,
        places=tuple(reader.places()),
    )
    maps = reader.maps(kind, kernel)
    kernel = kernel._replace(
        bias=reader.field("bias", lambda node: reader.biases(node, maps), ()),
        range_policy=reader.field("range", lambda node: reader.policy(node, maps), "auto"),
    )
    if not reader.bad & NEEDED:
        reader.check_whole(kernel)
    if reader.bad & NEEDED or not kind:
        kernel = kernel._replace(weights=(), formula="", combine="")
    faults = [
        f"{label}:{line}:{column}: {message}" for line, column, message in sorted(reader.faults)
    ]
    return kernel, [KernelError(fault) for fault in faults]


class _Stop(Exception):
    """The rest of a value can't be read."""


class _Reader:
    """Checks the nodes of one file and keeps what is wrong with them.

    faults  line, column and message of each
    bad     the keys that have one
    """

    def __init__(self, fields: dict[str, Node]) -> None:
        self.fields = fields
        self.faults: list[tuple[int, int, str]] = []
        self.bad: set[str] = set()
        self.numbers: set[str] = set()  # texts that are known to be some

    def note(self, node: Node, message: str) -> None:
        """A fault that doesn't end the reading."""
        self.faults.append((node.line, node.column, message))

    def fault(self, node: Node, message: str) -> NoReturn:
        self.note(node, message)
        raise _Stop

    def field(self, key: str, read: Callable[[Node], T], default: T) -> T:
        """The value of a key; the default where it is missing, or can't be read."""
        if (node := self.fields.get(key)) is None:
            return default
        before = len(self.faults)
        value = default
        with suppress(_Stop):
            value = read(node)
        if len(self.faults) > before:
            self.bad.add(key)
        return value

    def places(self) -> Iterator[tuple[str, int, int]]:
        """Where the values stand, and the items of those that are told one by one."""
        for key, node in self.fields.items():
            if key in KEYS:
                yield key, node.line, node.column
            if key in ("aliases", "kernels") and not isinstance(node.value, dict):
                for number, item in enumerate(_items(node)):
                    yield f"{key}.{number}", item.line, item.column

    def kind(self, root: Node) -> str:
        """What kind of kernel it is, by its keys; empty where none of them tells."""
        found = [kind for kind in reversed(KINDS) if kind in self.fields]
        if found:
            return found[0]
        if {"kernels", "rotations"} & set(self.fields):
            self.note(root, f"'combine' is missing: {', '.join(COMBINATIONS)}")
        elif not any(
            repr(kind) in nearest(shortened(key), KEYS) for key in self.fields for kind in KINDS
        ):
            self.note(root, "'weights' is missing (or 'formula', or 'combine')")
        return ""

    def check_key(self, place: Node, key: str, kind: str) -> None:
        """Notes a key that no kernel has, or not this kind of kernel."""
        if key not in KEYS:
            self.note(place, f"unknown key {shortened(key)!r}{nearest(shortened(key), KEYS)}")
        elif kind and kind not in KEYS[key]:
            self.note(place, f"{key!r} stands beside {kind!r}, which leaves no room for it")

    def text(self, node: Node) -> str:
        if not isinstance(node.value, str):
            self.fault(node, "text is needed")
        if not node.value.isprintable():
            self.fault(node, "control characters in the text")
        return node.value

    def texts(self, node: Node) -> list[tuple[Node, str]]:
        """The items that are text; those that are none are noted."""
        found = []
        for item in _items(node):
            with suppress(_Stop):
                found.append((item, self.text(item)))
        return found

    def names(self, node: Node) -> tuple[str, ...]:
        """Words that can stand behind -k and --tag."""
        found = self.texts(node)
        for item, word in found:
            if not NAME.fullmatch(word):
                shown = shortened(word)
                self.note(item, f"{shown!r} is no name: a letter, then letters, digits, '-', '_'")
        if len(found) < len(_items(node)):
            return ()  # what is left has lost its number
        return tuple(word.lower().replace("_", "-") for _, word in found)

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

    def maps(self, kind: str, kernel: KernelText) -> int:
        """How many maps the kernel has; 0 where nothing is said of each, or a fault hides it."""
        said = (self.fields[key].value for key in ("bias", "range") if key in self.fields)
        if not any(isinstance(value, list) for value in said):
            return 0
        shape = kernel.shape
        if self.bad & NEEDED or not kind:
            return shape[0] if len(shape) == 4 else 0
        if kernel.formula:
            values = defaults_of(kernel.formula) | dict(kernel.parameters)
            shape = weights_of(kernel.formula, values).shape
        return shape[0] if len(shape) == 4 else 1

    def biases(self, node: Node, maps: int) -> tuple[str, ...]:
        items = self.texts(node)
        self.check_count(node, maps, "biases")
        for item, text in items:
            try:
                amount_of(text)
            except ValueError as error:
                self.note(item, str(error))
        return tuple(text for _, text in items)

    def policy(self, node: Node, maps: int) -> str:
        items = self.texts(node)
        self.check_count(node, maps, "range policies")
        allowed = RANGE_POLICIES if len(items) == 1 else MIXED_POLICIES
        for item, word in items:
            if word not in allowed:
                shown = shortened(word)
                self.note(
                    item, f"{shown!r} is none of {', '.join(allowed)}{nearest(shown, allowed)}"
                )
        return ",".join(word for _, word in items)

    def check_count(self, node: Node, maps: int, what: str) -> None:
        """One for all maps, or a list of as many as there are."""
        if maps and isinstance(node.value, list) and len(node.value) != maps:
            self.fault(node, f"{len(node.value)} {what} for {maps} maps")

    def formula(self, node: Node) -> str:
        return self.one_of(node, tuple(FORMULAS), "no formula:")

    def combination(self, node: Node) -> str:
        return self.one_of(node, COMBINATIONS, "none of")

    def one_of(self, node: Node, words: tuple[str, ...], is_not: str) -> str:
        word = self.text(node)
        if word not in words:
            shown = shortened(word)
            self.fault(node, f"{shown!r} is {is_not} {', '.join(words)}{nearest(shown, words)}")
        return word

    def parameters(self, node: Node, formula: str) -> tuple[tuple[str, str], ...]:
        """Those that are given, each by itself and then all together."""
        if not isinstance(node.value, dict):
            self.fault(node, "a mapping is needed, as in 'sigma: 1'")
        before = len(self.faults)
        given: dict[str, str] = {}
        for name, (place, value) in node.value.items():
            with suppress(_Stop):
                given[name] = self.text(value)
                if formula:
                    self.parameter(place, formula, name, given[name])
        if not formula or len(self.faults) > before:
            return ()
        try:
            values = canonical(formula, given)
            weights_of(formula, defaults_of(formula) | values)
        except ValueError as error:
            words = str(error).replace("'", " ").replace("=", " ").split()
            named = [node.value[word][0] for word in words if word in node.value]
            self.fault(named[0] if named else node, str(error))
        return tuple(values.items())

    def parameter(self, place: Node, formula: str, name: str, text: str) -> None:
        try:
            canonical(formula, {name: text})
        except ValueError as error:
            self.note(place, str(error))

    def members(self, node: Node) -> tuple[str, ...]:
        """SPEC texts; rows of numbers become one."""
        if not isinstance(node.value, list) or not node.value:
            self.fault(node, "a list of kernels is needed, as in [sobel-x, sobel-y]")
        return tuple(self.member(item) for item in node.value)

    def member(self, item: Node) -> str:
        """Empty for one with a fault."""
        before = len(self.faults)
        text = ""
        with suppress(_Stop):
            if isinstance(item.value, list):
                self.weights(item)
                text = _nested(item)
            else:
                text = self.text(item)
                if ".." in text or text.startswith(("/", "~")):
                    shown = shortened(text)
                    self.fault(item, f"{shown!r}: a kernel's name, or a file beside this one")
        return text if len(self.faults) == before else ""

    def rotations(self, node: Node) -> int:
        return int(self.one_of(node, tuple(map(str, ROTATIONS)), "none of"))

    def check_whole(self, kernel: KernelText) -> None:
        """What several keys together must be."""
        if not kernel.combine:
            return
        count = len(kernel.members) + bool(kernel.weights)
        place = self.fields["combine"]
        before = len(self.faults)
        if kernel.weights and kernel.members:
            self.note(self.fields["weights"], "give 'kernels' or 'weights', not both")
        elif kernel.rotations and count != 1:
            self.note(place, f"'rotations' turns one kernel; here are {count}")
        elif not kernel.rotations and count < 2:
            self.note(place, "'combine' needs 'kernels' (two at least) or 'rotations'")
        elif kernel.combine == "angle" and (kernel.rotations or count) != 2:
            self.note(place, "'angle' is made of two kernels: along x, along y")
        if len(self.faults) > before:
            self.bad.add("combine")

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
        self._collect(node, shape, numbers, len(self.faults) + MOST_FAULTS)
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
        self,
        node: Node,
        shape: tuple[int, ...],
        numbers: list[str],
        most: int,
        what: str = "a list",
    ) -> None:
        """Adds the numbers below a node; what is no list, or has another length, is noted."""
        if len(self.faults) >= most:
            self.fault(node, f"and more: the first {MOST_FAULTS} faults of a table are told")
        if not isinstance(node.value, list):
            shown = "a mapping" if isinstance(node.value, dict) else repr(shortened(node.value))
            self.note(node, f"{shown} stands where a list is needed")
        elif len(node.value) != shape[0]:
            things = "numbers" if len(shape) == 1 else "rows" if len(shape) == 2 else "channels"
            self.note(
                node,
                f"{what} of 'weights' has {len(node.value)} {things}, the others have {shape[0]}",
            )
        elif len(shape) == 1:
            for child in node.value:
                # A set knows the numbers of a large table twice as fast as a pattern.
                if type(child.value) is str and child.value in self.numbers:
                    numbers.append(child.value)
                else:
                    self._collect_number(child, numbers, most)
        else:
            inner = "row" if len(shape) == 2 else "channel" if len(shape) == 3 else "map"
            for number, child in enumerate(node.value, 1):
                self._collect(child, shape[1:], numbers, most, f"{inner} {number}")

    def _collect_number(self, node: Node, numbers: list[str], most: int) -> None:
        if len(self.faults) >= most:
            self.fault(node, f"and more: the first {MOST_FAULTS} faults of a table are told")
        if isinstance(node.value, list):
            self.note(node, "a list where the others have a number")
            return
        with suppress(_Stop):
            surely = isinstance(node.value, str) and SURELY_A_NUMBER.fullmatch(node.value)
            numbers.append(node.value if surely else self.number(node))
            self.numbers.add(node.value)


def _items(node: Node) -> list[Node]:
    """The items of a list; anything else is one by itself."""
    return node.value if isinstance(node.value, list) else [node]


def _nested(node: Node) -> str:
    if isinstance(node.value, list):
        return "[" + ",".join(map(_nested, node.value)) + "]"
    return str(node.value)
