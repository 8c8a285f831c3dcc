"""What is answered to a SPEC that is nearly right: the form that works."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from convfilter.core.words import STEP_OPTIONS
from convfilter.presets.definition import COMMAND_OPTIONS, KernelText
from convfilter.presets.formulas import FORMULAS, parameter_names, words_of
from convfilter.presets.lookup import canonical_name, is_known, lead_for
from convfilter.presets.numbers import shortened
from convfilter.presets.spec_text import is_name

NAME = r"([A-Za-z][\w-]*)"
BETWEEN_KERNELS = r"\s*(?:->|[,;+|>&/\s])\s*"
MOST_KERNELS = 9  # of a chain that is written out in a message


def refusal(text: KernelText, word: str, value: str) -> str:
    """That a kernel has no such parameter, what it takes, and what was meant."""
    typed = shortened(f"{word}={value}" if word else value)
    takes = words_of(text.formula) if text.formula else {}
    if not word and canonical_name(value) in (*takes, *STEP_OPTIONS):
        return f"{text.name}:{typed} says no value: write {text.name}:{canonical_name(value)}=VALUE"
    hint = hint_for(word or value, takes)
    options = f"the options {', '.join(STEP_OPTIONS)}"
    if text.formula:
        names = ", ".join(parameter_names(text.formula))
        if not word and not hint:
            first = f"{text.name}:{next(iter(takes))}={typed}"
            return (
                f"{text.name}:{typed} has a value without a name: write {first} (it takes {names})"
            )
        said = f"{text.name} has no parameter {shortened(word or value)!r}"
        options = f"it takes {names}, and {options}"
    else:
        kind = "is a composite" if text.combine else "has fixed weights"
        said = f"{text.name} {kind} and takes no parameter ({typed} was given)"
        hint, options = hint or _like(text, word, value), f"it takes {options}"
    if _of_the_command(word or value):
        return f"{said}{hint}"
    return f"{said}{hint}{'' if hint.endswith('?') else ';'} {options}"


def hint_for(word: str, takes: Iterable[str] = ()) -> str:
    """'; …' where a word is nearly an option of a step, or is one of the command; else nothing.

    takes  the kernel's own parameters, one of which can be meant as well

    >>> hint_for("strid"), hint_for("sgima", ["sigma"])
    ("; did you mean the option 'stride'?", "; did you mean 'sigma'?")
    """
    word = canonical_name(word)
    if _of_the_command(word):
        return f"; --{word} is an option of the whole command, beside -k"
    takes = list(takes)
    # Another formula's parameter is no slip of the pen, though 'size' is much like 'stride'.
    elsewhere = any(word in words_of(formula) for formula in FORMULAS)
    near = get_close_matches(word, takes if elsewhere else [*takes, *STEP_OPTIONS], 1, 0.6)
    if not near:
        return ""
    return f"; did you mean {'' if near[0] in takes else 'the option '}{near[0]!r}?"


def _of_the_command(word: str) -> bool:
    return canonical_name(word) in COMMAND_OPTIONS


def _like(text: KernelText, word: str, value: str) -> str:
    """The kernel with parameters that does what one with fixed weights does."""
    if "blur" in text.tags:
        size = shortened(value) if word in ("", "size", "radius") else "9"
        return f"; box:size={size} is a plain blur of any size, gaussian:sigma=2 a soft one"
    if "sharpen" in text.tags:
        return "; unsharp:sigma=2,amount=1.5 sharpens by as much as you say"
    return ""


def mended(parameters: str) -> str:
    """What stands behind a kernel's colon, with '=' before values and ',' behind them; else empty.

    >>> mended("sigma:2"), mended("sigma=2:stride=2"), mended("border=constant:128")
    ('sigma=2', 'sigma=2,stride=2', '')
    """
    apart = re.sub(rf":(?=\s*(?!constant\b){NAME}\s*[=:])", ",", parameters)
    pieces = [
        piece if "=" in piece else re.sub(rf"^\s*{NAME}\s*:\s*", r"\1=", piece)
        for piece in apart.split(",")
    ]
    better = ",".join(pieces)
    return "" if better == parameters else better


def right_form(text: str) -> str:
    """What to write instead of a text that is no SPEC; empty where it is like none."""
    return _colon_form(text) or _hyphen_form(text) or _chain_form(text)


def _colon_form(text: str) -> str:
    """Where parameters stand behind something else than a colon."""
    for pattern in (
        rf"{NAME}\s*\((.*)\)",
        rf"{NAME}[\s,]+({NAME}\s*=.*)",
        rf"{NAME}\s+([\d.]+(?:x\d+)?)",
    ):
        if match := re.fullmatch(pattern, text, re.DOTALL):
            return f"parameters stand behind a colon: {_with_colon(match[1], match[2])}"
    if match := re.fullmatch(rf"{NAME}\s*=\s*([^,;\s]+)", text):
        return f"parameters stand behind a colon: {match[1]}:NAME={match[2]}"
    return ""


def _hyphen_form(text: str) -> str:
    """Where the words of a name, or of something that people call so, stand apart."""
    words = _kernels_in(text)
    if not 2 <= len(words) <= MOST_KERNELS:
        return ""
    name = canonical_name("-".join(word.partition(":")[0] for word in words))
    if lead := lead_for(name):
        return lead
    return f"a name's words are joined by hyphens: {name}" if is_known(name) else ""


def _chain_form(text: str) -> str:
    """Where several kernels stand side by side."""
    words = _kernels_in(text)
    if not 2 <= len(words) <= MOST_KERNELS:
        return ""
    heads = [word.partition(":")[0] for word in words]
    if not all(is_name(head) and is_known(canonical_name(head)) for head in heads):
        return ""
    several = " ".join(f"-k {word}" for word in words)
    return f'one kernel after the other: {several}, or -k "{" then ".join(words)}"'


def _with_colon(name: str, inside: str) -> str:
    """The SPEC of a kernel whose parameters were written elsewhere; those without a name in order."""
    pieces = re.split(r"[\s,;]+", re.sub(r"\s*[=:]\s*", "=", inside.strip()))
    formula = canonical_name(name)
    names = parameter_names(formula) if formula in FORMULAS else ()
    words = [
        f"{names[place]}={piece}" if "=" not in piece and place < len(names) else piece
        for place, piece in enumerate(pieces)
        if piece
    ]
    return f"{name}:{shortened(','.join(words))}" if words else name


def _kernels_in(text: str) -> list[str]:
    """A text's words; a parameter belongs to the word before it."""
    words: list[str] = []
    for piece in re.split(BETWEEN_KERNELS, text):
        if words and "=" in piece and ":" not in piece:
            words[-1] += f",{piece}"
        elif piece:
            words.append(piece)
    return words
