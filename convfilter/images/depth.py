"""How many bits a sample a file has, where Pillow makes 8 of them without a word. No numpy here.

What Pillow does with more bits in colour: of PNG, and of TIFF in all but one layout, it takes the
upper eight; of PPM and AVIF it rounds. Two are wrong: uncompressed TIFFs with a plane for each colour
come out as noise, and JPEG 2000 rounds up beyond its end, white becomes black.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

BITS_PER_SAMPLE, PHOTOMETRIC, PLANAR, SAMPLE_FORMAT = 258, 262, 284, 339
SIGNLESS, SIGNED = 1, 2
# Modes that hold all bits of grey; of 16 bits the first four.
ONE_NUMBER = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
# Boxes of AVIF, which is ISO base media: those that hold what decoders have to know.
HEADERS = (b"meta", b"moov")
# Far more than any of them takes: an AVIF's pixels lie elsewhere.
HEADER_BYTES = 2**24
SOC_SIZ = b"\xff\x4f\xff\x51"


def sample_bits(image: Image.Image) -> int:
    """Bits a sample in the file of an image that is opened but not loaded, at least 8.

    The most of all channels. PPM counts those that its largest value takes.
    """
    bits = 0
    if count := _BITS.get(str(image.format)):
        with suppress(Exception):  # headers hold whatever bad bytes say; decoding tells it better
            bits = count(image)
    return max(8, bits)


def needs_deep(image: Image.Image) -> bool:
    """Whether Pillow's pixels of an opened image would have fewer bits, or no alpha, of what the file has.

    16-bit grey with one transparent colour has no pixels in Pillow either.
    """
    if image.mode in ONE_NUMBER:
        return image.mode in ONE_NUMBER[:4] and "transparency" in image.info
    return sample_bits(image) > 8


def has_signs(image: Image.Image) -> bool:
    """Whether an opened TIFF's 8-bit numbers have a sign: Pillow takes them for others."""
    tags = getattr(image, "tag_v2", {})
    signed = SIGNED in tuple(tags.get(SAMPLE_FORMAT, (SIGNLESS,)))
    return image.format == "TIFF" and signed and max(tags.get(BITS_PER_SAMPLE, (1,))) <= 8


def is_unsigned(image: Image.Image) -> bool:
    """Whether an opened TIFF's numbers have no sign: Pillow has one for all of 32 bits."""
    tags = getattr(image, "tag_v2", {})
    plain = SIGNLESS in tuple(tags.get(SAMPLE_FORMAT, (SIGNLESS,)))
    return image.format == "TIFF" and plain and max(tags.get(BITS_PER_SAMPLE, (1,))) == 32


def is_white_zero(image: Image.Image) -> bool:
    """Whether 16-bit grey of an opened TIFF means white by 0: Pillow turns that only in 8 bits."""
    tags = getattr(image, "tag_v2", {})
    return image.format == "TIFF" and image.mode in ONE_NUMBER[:4] and tags.get(PHOTOMETRIC) == 0


def is_misread(image: Image.Image) -> bool:
    """Whether Pillow would make other pixels than the file has of more than 8 bits in colour."""
    if image.mode in ONE_NUMBER or sample_bits(image) <= 8:
        return False
    if image.format == "JPEG2000":
        return True
    planar = getattr(image, "tag_v2", {}).get(PLANAR, 1) == 2
    return image.format == "TIFF" and planar and image.info.get("compression") == "raw"


def _png(image: Image.Image) -> int:
    return 16 if ";16" in _arguments(image) else 8


def _tiff(image: Image.Image) -> int:
    return int(max(getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, (1,))))


def _ppm(image: Image.Image) -> int:
    """Pillow names 16-bit grey by how it lies in the file, all else by its largest value."""
    if image.mode == "F":
        return 32
    arguments = image.tile[0][3]  # type: ignore[attr-defined]
    if isinstance(arguments, tuple):
        return int(arguments[-1]).bit_length()
    return 16 if ";16" in arguments else 8


def _arguments(image: Image.Image) -> str:
    return str(image.tile[0][3])  # type: ignore[attr-defined]


def _jpeg2000(image: Image.Image) -> int:
    """From the codestream's SIZ, a byte for each channel: sign and bits less one. ISO 15444-1, A.5.1."""
    file: BinaryIO = image.fp  # type: ignore[attr-defined]
    place = file.tell()
    try:
        file.seek(0)
        if file.read(4) != SOC_SIZ:
            _go_to_codestream(file)
        start = file.read(38)
        count = int.from_bytes(start[36:38], "big")
        return max((depth & 0x7F) + 1 for depth in file.read(3 * count)[::3])
    finally:
        file.seek(place)


def _go_to_codestream(file: BinaryIO) -> None:
    """Behind the first marker of the box jp2c, from whatever box the file begins with."""
    file.seek(0)
    while (box := _box(file))[0] != b"jp2c":
        file.seek(box[1], 1)
    if file.read(4) != SOC_SIZ:
        raise ValueError("no codestream")


def _avif(image: Image.Image) -> int:
    """From every av1C there is: the picture's, its alpha's, its frames'. AV1-ISOBMFF, 2.3."""
    file: BinaryIO = image.fp  # type: ignore[attr-defined]
    place, bits = file.tell(), 8
    try:
        file.seek(0)
        with suppress(EOFError):
            while True:
                name, length = _box(file)
                if name in HEADERS and length <= HEADER_BYTES:
                    bits = max(bits, _most_av1(file.read(length)))
                else:
                    file.seek(length, 1)
    finally:
        file.seek(place)
    return bits


def _most_av1(header: bytes) -> int:
    """The third byte behind the name has high_bitdepth and twelve_bit."""
    bits = 8
    for piece in header.split(b"av1C")[1:]:
        if len(piece) > 2 and piece[0] == 0x81 and piece[2] & 0x40:
            bits = max(bits, 12 if piece[2] & 0x20 else 10)
    return bits


def _box(file: BinaryIO) -> tuple[bytes, int]:
    """A box's name and the length of what it holds; the file is at its content. ISO 14496-12, 4.2.

    Raises EOFError where no box begins.
    """
    head = file.read(8)
    length = int.from_bytes(head[:4], "big") - 8
    if length == -7:  # 1: the length follows, in 8 bytes
        length = int.from_bytes(file.read(8), "big") - 16
    elif length == -8:  # 0: up to the end
        length = 2**62
    if len(head) < 8 or length < 0:
        raise EOFError
    return head[4:], length


_BITS = {
    "PNG": _png,
    "TIFF": _tiff,
    "PPM": _ppm,
    "JPEG2000": _jpeg2000,
    "AVIF": _avif,
}
