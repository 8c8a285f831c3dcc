"""The kernel file's model as a JSON Schema (2020-12), for editors that know YAML."""

from __future__ import annotations

from typing import Any

from convfilter.core.words import COMBINATIONS, MIXED_POLICIES, RANGE_POLICIES, ROTATIONS
from convfilter.presets.formulas import FORMULAS
from convfilter.presets.yaml_kernel import KEYS, KINDS, NAME

DECIMAL = r"[-+−]?(\d+\.?\d*|\.\d+)([eE][-+−]?\d{1,4})?"
NUMBER = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{DECIMAL}(/{DECIMAL})?$"}],
    "description": "a number as it is meant: 2, -0.1, 1e-3, 1/9",
}
AMOUNT = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": f"^{DECIMAL}(/{DECIMAL})?\\s*%?$"},
    ],
    "description": "a number in the picture's units, or a percentage of its full range",
}
DESCRIPTIONS = {
    "description": "what the kernel does, in one sentence",
    "source": "where it comes from: a paper, a book, a standard, a program",
    "aliases": "other names behind -k",
    "tags": "words for kernels list --tag",
    "weights": "rows of numbers; one level more for channels, another for maps",
    "divisor": "every weight is divided by it",
    "formula": "a function of the program that computes the weights",
    "parameters": "what the formula takes; what is not said has the formula's own default",
    "combine": "how the sums of several kernels become one",
    "kernels": "names, files beside this one, matrices in quotes, or rows of numbers",
    "rotations": "the one kernel, turned this often by equal steps of a full turn",
    "bias": "added to the sum; for a bank also a list, one a map",
    "range": "how sums become pixels; for a bank also a list, one a map",
}


def json_schema() -> dict[str, Any]:
    """The schema of a kernel file; what only numbers together can tell is left to `kernels check`."""
    properties = {key: _property(key) | {"description": DESCRIPTIONS[key]} for key in KEYS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "convfilter kernel file",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": [_kind(kind) for kind in KINDS],
        "allOf": [_formula(name) for name in FORMULAS],
    }


def _kind(kind: str) -> dict[str, Any]:
    """A kernel of one kind has its key, and none that belongs to other kinds alone."""
    foreign = [key for key, kinds in KEYS.items() if kind not in kinds]
    schema: dict[str, Any] = {"required": [kind], "not": _any_of(foreign)}
    if kind == "combine":
        schema |= {
            "oneOf": [{"required": ["kernels"]}, {"required": ["weights", "rotations"]}],
        }
    return schema


def _any_of(keys: list[str]) -> dict[str, Any]:
    return {"anyOf": [{"required": [key]} for key in keys]}


def _formula(name: str) -> dict[str, Any]:
    """A formula has its own parameters, under any of their names."""
    parameters = {
        "properties": {
            word: {
                "type": ["number", "string"],
                "description": f"{parameter.help}: {parameter.allowed}; {parameter.default} if not said",
            }
            for parameter in FORMULAS[name].parameters
            for word in (parameter.name, *parameter.synonyms)
        },
        "additionalProperties": False,
    }
    return {
        "if": {"properties": {"formula": {"const": name}}, "required": ["formula"]},
        "then": {"properties": {"parameters": parameters}},
    }


def _property(key: str) -> dict[str, Any]:
    name = {"type": "string", "pattern": f"^{NAME.pattern}$"}
    row = {"type": "array", "items": NUMBER, "minItems": 1}
    plane = {"type": "array", "items": row, "minItems": 1}
    depth = {"type": "array", "items": plane, "minItems": 1}
    bank = {"type": "array", "items": depth, "minItems": 1}
    found: dict[str, dict[str, Any]] = {
        "description": {"type": "string"},
        "source": {"type": "string"},
        "aliases": _one_or_list(name),
        "tags": _one_or_list(name),
        "weights": {"anyOf": [plane, depth, bank]},
        "divisor": NUMBER,
        "formula": {"enum": list(FORMULAS)},
        "parameters": {"type": "object"},
        "combine": {"enum": list(COMBINATIONS)},
        "kernels": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"type": "string"}, plane, depth, bank]},
        },
        "rotations": {"enum": [*ROTATIONS, *map(str, ROTATIONS)]},
        "bias": _one_or_list(AMOUNT),
        "range": {
            "anyOf": [
                {"enum": list(RANGE_POLICIES)},
                {"type": "array", "items": {"enum": list(MIXED_POLICIES)}, "minItems": 1},
            ]
        },
    }
    return found[key]


def _one_or_list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}
