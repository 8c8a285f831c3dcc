"""Inputs for the fuzzer: whole files, damaged by chance in ways that parsers stumble over.

content, what = mutant(random.Random(7), "png-rgb")
"""

import struct

from claims import claiming
from parts import mended, parts
from seeds import NAMES, seed

HEADER_BYTES = 200
MOST_MUTATIONS = 4
SIDES = (
    0,
    1,
    2,
    7,
    8,
    9,
    15,
    16,
    17,
    255,
    256,
    257,
    1000,
    4096,
    16383,
    16384,
    32767,
    32768,
    65500,
    65535,
)
NUMBERS = (0, 1, 2, 3, 4, 7, 8, 9, 12, 16, 127, 128, 255, 256, 32767, 32768, 65535, 2**16, 2**24)
NUMBERS += (2**31 - 1, 2**31, 2**32 - 1, 2**32 - 8)
BYTES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)


def mutant(chance, name):
    """A damaged seed, and what was done to it as words."""
    content, done = seed(name), []
    for _ in range(chance.randint(1, MOST_MUTATIONS)):
        mutation = chance.choice(MUTATIONS)
        content = mutation(content, chance) or content
        done.append(mutation.__name__)
    if chance.random() < 0.7:  # the rest keeps checksums that don't fit
        content = mended(content)
        done.append("mended")
    return content, f"{name}: {', '.join(done)}"


def flipped_bits(content, chance):
    """One to eight bits."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        changed[_place(content, chance)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def changed_bytes(content, chance):
    """Some bytes in a row: numbers at an edge, or any."""
    changed = bytearray(content)
    start = _place(content, chance)
    for place in range(start, min(start + chance.randint(1, 4), len(content))):
        changed[place] = chance.choice(BYTES) if chance.random() < 0.7 else chance.randrange(256)
    return bytes(changed)


def changed_number(content, chance):
    """Two or four bytes become a number at an edge, or nearly what they were."""
    form = chance.choice(("<H", ">H", "<I", ">I"))
    size = struct.calcsize(form)
    if len(content) < size:
        return content
    place = min(_place(content, chance), len(content) - size)
    number = struct.unpack_from(form, content, place)[0] + chance.choice((-1, 1, 8, -8))
    if chance.random() < 0.7:
        number = chance.choice(NUMBERS)
    number %= 1 << 8 * size
    return content[:place] + struct.pack(form, number) + content[place + size :]


def changed_size(content, chance):
    """Another width and height in the header."""
    try:
        return claiming(content, chance.choice(SIDES), chance.choice(SIDES))
    except (ValueError, IndexError, struct.error, OverflowError):  # too damaged for that already
        return content


def cut(content, chance):
    """The end is missing."""
    return content[: chance.randint(1, len(content))]


def without_a_piece(content, chance):
    """Some bytes in a row are missing."""
    start, end = _span(content, chance)
    return content[:start] + content[end:]


def doubled_piece(content, chance):
    """Some bytes in a row come twice, or many times."""
    start, end = _span(content, chance)
    return content[:end] + content[start:end] * chance.choice((1, 1, 3, 20)) + content[end:]


def emptied_piece(content, chance):
    """Some bytes in a row are zero."""
    start, end = _span(content, chance)
    return content[:start] + bytes(end - start) + content[end:]


def moved_piece(content, chance):
    """Some bytes in a row stand elsewhere."""
    start, end = _span(content, chance)
    rest = content[:start] + content[end:]
    place = chance.randint(0, len(rest))
    return rest[:place] + content[start:end] + rest[place:]


def spliced(content, chance):
    """The beginning of this file, the end of another."""
    other = seed(chance.choice(NAMES))
    if chance.random() < 0.5:
        place = chance.randint(0, min(len(content), len(other)))
        return content[:place] + other[place:]
    return content[: chance.randint(1, len(content))] + other[chance.randrange(len(other)) :]


def swapped_parts(content, chance):
    """Two chunks, segments, boxes, entries in each other's place."""
    found = parts(content)
    first, second = chance.randrange(len(found)), chance.randrange(len(found))
    found[first], found[second] = found[second], found[first]
    return b"".join(found)


def doubled_part(content, chance):
    """A chunk, segment, box or entry twice, or many times."""
    found = parts(content)
    number = chance.randrange(len(found))
    found[number] *= chance.choice((2, 2, 5, 50))
    return b"".join(found)


def missing_part(content, chance):
    """A chunk, segment, box or entry less."""
    found = parts(content)
    del found[chance.randrange(len(found))]
    return b"".join(found)


def damaged_part(content, chance):
    """A change inside one chunk, segment, box or entry, whose length stays."""
    found = parts(content)
    number = chance.randrange(len(found))
    if found[number]:
        found[number] = chance.choice((flipped_bits, changed_bytes, changed_number))(
            found[number], chance
        )
    return b"".join(found)


def foreign_part(content, chance):
    """A part of another file, of the same format more often than not."""
    here, found = parts(content), parts(seed(chance.choice(NAMES)))
    alike = [name for name in NAMES if seed(name)[:4] == content[:4]]
    if alike and chance.random() < 0.7:
        found = parts(seed(chance.choice(alike)))
    here.insert(chance.randint(0, len(here)), chance.choice(found))
    return b"".join(here)


def _place(content, chance):
    """Anywhere, in the header more often than not."""
    if chance.random() < 0.6:
        return chance.randrange(min(len(content), HEADER_BYTES))
    return chance.randrange(len(content))


def _span(content, chance):
    start = _place(content, chance)
    return start, min(len(content), start + chance.choice((1, 2, 4, 12, 50, 400)))


MUTATIONS = (
    flipped_bits,
    changed_bytes,
    changed_number,
    changed_number,
    changed_size,
    cut,
    without_a_piece,
    doubled_piece,
    emptied_piece,
    moved_piece,
    spliced,
    swapped_parts,
    doubled_part,
    missing_part,
    damaged_part,
    damaged_part,
    foreign_part,
)
