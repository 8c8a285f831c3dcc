"""Pictures of one colour, packed as densely as their compression allows: whole, however small."""

import struct
import zlib

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
LONGEST_MATCH = 258
LZW_CODES = 4096


class Bits:
    """Bits written one behind the other, the lowest of a byte first."""

    def __init__(self):
        self.number, self.length = 0, 0

    def add(self, value, width):
        """A number, its lowest bit first."""
        self.number |= value << self.length
        self.length += width

    def code(self, text):
        """A Huffman code, as it is written."""
        for bit in text:
            self.add(int(bit), 1)

    def packed(self):
        """All of it, the last byte filled up with zeros."""
        return self.number.to_bytes(-(-self.length // 8), "little")


def deflated_zeros(count):
    """A zlib stream of that many zero bytes: 258 of them by two bits.

    One block with codes of its own: 1 bit for a match of 258, 1 for its distance of 1, 2 for a zero by
    itself and for the end.
    """
    matches, single = divmod(count, LONGEST_MATCH)
    if matches and not single:
        matches, single = matches - 1, LONGEST_MATCH  # something must be there to be repeated
    bits = Bits()
    bits.add(0b101, 3)  # the last block, with codes of its own
    bits.add(286 - 257, 5)
    bits.add(0, 5)
    bits.add(18 - 4, 4)
    # Lengths of the codes that tell lengths; 18: a run of zeros, 0: 1 bit; 1: "10"; 2: "11".
    for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
        bits.add({18: 1, 1: 2, 2: 2}.get(symbol, 0), 3)
    bits.code("11")  # a zero by itself: 2 bits
    for run in (138, 117):
        bits.code("0")
        bits.add(run - 11, 7)
    bits.code("11")  # the end: 2 bits
    bits.code("0")
    bits.add(28 - 11, 7)
    bits.code("10")  # a match of 258: 1 bit
    bits.code("10")  # a distance of 1: 1 bit
    for _ in range(single):
        bits.code("10")
    bits.add(0, 2 * matches)
    bits.code("11")
    return b"\x78\xda" + bits.packed() + struct.pack(">I", _adler_of_zeros(count))


def _adler_of_zeros(count):
    return (count % 65521) << 16 | 1


def png(width, height, bits=8, colour_type=0, *, row_count=None):
    """A black PNG; `row_count` for another number of rows in it than its header says."""
    row = 1 + -(-width * bits * PNG_CHANNELS[colour_type] // 8)
    body = deflated_zeros(row * (height if row_count is None else row_count))
    head = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    return PNG_START + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def chunk(name, data):
    """A PNG's chunk."""
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def gif(width, height):
    """A black GIF: a table that is filled with ever longer runs and never cleared, then its longest one."""
    bits, left = Bits(), width * height
    size, width_bits, known = 2, 3, 6  # colours' bits; a code's; codes that have a meaning
    bits.add(1 << size, width_bits)
    bits.add(0, width_bits)
    left, run = left - 1, 1
    while left > 0:
        if known < LZW_CODES:
            run += 1  # the code that this very one defines: the run before, and one more
            code, known = known, known + 1
        else:
            code = LZW_CODES - 1
        if run > left:  # an earlier code, for the shorter run that is left
            code = 0 if left == 1 else 4 + left
        bits.add(code, width_bits)
        left -= run
        if known == 1 << width_bits and width_bits < 12:
            width_bits += 1
    bits.add((1 << size) + 1, width_bits)
    body = bits.packed()
    blocks = b"".join(
        bytes((len(body[n : n + 255]),)) + body[n : n + 255] for n in range(0, len(body), 255)
    )
    screen = struct.pack("<HHBBB", width, height, 0x80 | size - 1, 0, 0)
    palette = bytes(3 * (1 << size))
    place = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0)
    return b"GIF89a" + screen + palette + place + bytes((size,)) + blocks + b"\0;"
