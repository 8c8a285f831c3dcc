"""Object file → one piece of code that runs wherever it is copied to, so that nothing has to link it.

Loading a loop then needs neither numba nor llvmlite (25 ms of a command's 120): copy, make it
executable, call. Our loops refer to nothing but constants beside them, so every reference is a
distance that stays true when all sections move together.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

ELF64_LITTLE, X86_64 = b"\x7fELF\x02\x01", 62
ALLOCATED, PROGRAM, RELOCATIONS, SYMBOLS, COMMON = 0x2, 1, 4, 2, 0xFFF2
PC32, PLT32 = 2, 4


class _Section(NamedTuple):
    name: int
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class _Symbol(NamedTuple):
    name: int
    info: int
    other: int
    section: int
    value: int
    size: int


def flatten(content: bytes, symbol: str) -> tuple[int, bytes] | None:
    """The place of `symbol`'s first instruction, and the code; None for what is not that simple.

    content  an ELF64 object for x86-64 with distances (PC32, PLT32) between its own sections only
    """
    if content[:6] != ELF64_LITTLE or struct.unpack_from("<H", content, 18)[0] != X86_64:
        return None
    sections = _sections(content)
    places, code = _layout(content, sections)
    symbols = _symbols(content, sections)
    strings = sections[next(s.link for s in sections if s.type == SYMBOLS)]
    for relocations in sections:
        if relocations.type != RELOCATIONS:
            continue
        if relocations.info not in places or not _relocate(
            code, content, relocations, symbols, places
        ):
            return None
    for each in symbols:
        start = strings.offset + each.name
        if content[start : content.index(b"\0", start)] == symbol.encode():
            return places[each.section] + each.value, bytes(code)
    return None


def _sections(content: bytes) -> list[_Section]:
    (table,) = struct.unpack_from("<Q", content, 40)
    _, count = struct.unpack_from("<HH", content, 58)
    return [
        _Section(*struct.unpack_from("<IIQQQQIIQQ", content, table + 64 * i)) for i in range(count)
    ]


def _symbols(content: bytes, sections: list[_Section]) -> list[_Symbol]:
    table = next(section for section in sections if section.type == SYMBOLS)
    places = range(table.offset, table.offset + table.size, 24)
    return [_Symbol(*struct.unpack_from("<IBBHQQ", content, place)) for place in places]


def _layout(content: bytes, sections: list[_Section]) -> tuple[dict[int, int], bytearray]:
    """Code and constants one after the other, and where each section begins."""
    places: dict[int, int] = {}
    code = bytearray()
    for index, section in enumerate(sections):
        if section.type == PROGRAM and section.flags & ALLOCATED:
            code += bytes(-len(code) % max(section.alignment, 1))
            places[index] = len(code)
            code += content[section.offset : section.offset + section.size]
    return places, code


def _relocate(
    code: bytearray,
    content: bytes,
    relocations: _Section,
    symbols: list[_Symbol],
    places: dict[int, int],
) -> bool:
    """Writes every distance into the code; False when one leads out of it."""
    base = places[relocations.info]
    for place in range(relocations.offset, relocations.offset + relocations.size, 24):
        offset, info, addend = struct.unpack_from("<QQq", content, place)
        symbol = symbols[info >> 32]
        if info & 0xFFFFFFFF not in (PC32, PLT32) or symbol.section not in places:
            return False
        distance = places[symbol.section] + symbol.value + addend - (base + offset)
        struct.pack_into("<i", code, base + offset, distance)
    return True
