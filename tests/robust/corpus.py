"""Broken files, made from whole ones and always the same: name → how to make it.

Damage by chance is drawn from the case's own name, so that a case means the same wherever it runs.
"""

import random
from typing import NamedTuple

import bombs
from claims import claiming, with_checksums
from seeds import ANIMATED, NAMES, seed, suffix_of

CUTS = (0.02, 0.2, 0.5, 0.8)
FLIPS = 2
HEADER_BYTES = 160  # where most of what a parser believes stands
TOO_LARGE, ALLOWED = (60_000, 60_000), (20_000, 20_000)


class Case(NamedTuple):
    """One broken file.

    name    what is broken about it
    suffix  of its name, with the dot
    make    its bytes
    status  the exit statuses that are right: 1 alone where no picture can come of it
    slow    takes longer than a second
    """

    name: str
    suffix: str
    make: object
    status: tuple = (0, 1)
    slow: bool = False


def cases():
    """All of them."""
    for name in NAMES:
        yield from _cut(name)
        yield from _flipped(name)
        yield _holed(name)
        for size in (TOO_LARGE, ALLOWED):
            claim = f"{name} claiming {size[1]}x{size[0]}"
            yield Case(claim, suffix_of(name), lambda n=name, s=size: claiming(seed(n), *s), (1,))
        yield Case(f"{name} with a line break less", suffix_of(name), lambda n=name: _as_text(n))
    yield from (Case(*row) for row in bombs.ROWS)


def _cut(name):
    single = (1,) if name not in ANIMATED else (0, 1)  # the first of several frames may be whole
    for share in CUTS:
        case = f"{name} cut at {share:.0%}"
        yield Case(
            case, suffix_of(name), lambda s=share: seed(name)[: int(s * len(seed(name)))], single
        )
    yield Case(f"{name} without its last byte", suffix_of(name), lambda: seed(name)[:-1])


def _flipped(name):
    for number in range(FLIPS):
        case = f"{name} flipped {number}"
        yield Case(case, suffix_of(name), lambda c=case, n=number: _with_flips(name, c, n))


def _with_flips(name, case, number):
    """Bits of the header, of the whole, and, in PNG, with checksums that fit."""
    content, chance = bytearray(seed(name)), random.Random(case)
    for _ in range(4):
        content[chance.randrange(min(len(content), HEADER_BYTES) if number else len(content))] ^= (
            1 << chance.randrange(8)
        )
    return with_checksums(content) if number and name.startswith("png") else bytes(content)


def _holed(name):
    def make():
        content = seed(name)
        start, end = int(0.4 * len(content)), int(0.6 * len(content))
        return content[:start] + bytes(end - start) + content[end:]

    return Case(f"{name} with a hole", suffix_of(name), make)


def _as_text(name):
    """As a transfer as text leaves it."""
    return seed(name).replace(b"\r\n", b"\n")
