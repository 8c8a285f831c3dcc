"""PNG's chunks beside the pixels, read and made byte by byte.

Pillow mixes texts, whose keywords anybody chooses, with what it says itself of a picture: one named
"dpi" or "icc_profile" would be taken for that. It passes over cICP, and keeps one text per keyword.
Source: PNG Specification, Third Edition (W3C, 2025), 5.3 (layout), 11.3 (ancillary chunks).
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from convfilter.images.metadata.reopen import reopened, stream_of

if TYPE_CHECKING:
    from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_CHUNKS = (b"cICP", b"sRGB", b"gAMA", b"cHRM")
TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
READ = (*COLOUR_CHUNKS, *TEXT_CHUNKS, b"eXIf", b"iCCP", b"pHYs")
XMP_KEYWORD = "XML:com.adobe.xmp"
# How ImageMagick writes EXIF and XMP where PNG has or had no chunk for them: as hexadecimal text.
RAW_PROFILE = "Raw profile type "
METRE_PER_INCH = 0.0254
PER_METRE = 1
# Pillow refuses pictures with a compressed text or profile larger than this, or more texts in all.
MOST_INFLATED, MOST_TEXTS = 2**20 - 1, 2**26
# Shorter texts are as readable as they were; of larger ones most is repetition.
LEAST_DEFLATED = 2**10

Text = tuple[str, str, str, str]
Chunk = tuple[bytes, bytes]


class Told(NamedTuple):
    """What a PNG says beside its pixels; exif, xmp and iptc from texts too, dpi (x, y)."""

    exif: bytes = b""
    icc: bytes = b""
    xmp: bytes = b""
    dpi: tuple[float, float] | None = None
    texts: tuple[Text, ...] = ()
    colour_chunks: tuple[Chunk, ...] = ()
    iptc: bytes = b""


# Of each file that is open somewhere: an animation is asked for every frame of it.
_told: WeakKeyDictionary[io.IOBase, Told] = WeakKeyDictionary()


def read_told(image: Image.Image) -> Told:
    """What an opened PNG says, from its file; nothing where that can't be read again."""
    stream = stream_of(image)
    told = _told.get(stream) if stream else None
    if told is None:
        told = _read(image)
        if stream:
            _told[stream] = told
    return told


def forget_texts(image: Image.Image) -> None:
    """Takes an opened PNG's texts out of `image.info`, where Pillow itself takes some for its own.

    One named "transparency" makes it fail, "interlace" decode wrongly. To be called before the pixels
    are loaded, and after, for those that follow them.
    """
    for name in [name for name, value in image.info.items() if isinstance(value, str)]:
        del image.info[name]


def _read(image: Image.Image) -> Told:
    # Walking over the pixels' chunks takes 2 µs each: Pillow has done it for what it decoded.
    behind = None if getattr(image, "is_animated", False) else getattr(image, "_text", None)
    chunks = list(_chunks(image, to_the_end=behind is None))
    texts = [text for name, data in chunks if (text := _text(name, data)) is not None]
    seen = {text[0] for text in texts}
    texts += [_told_by_pillow(*item) for item in (behind or {}).items() if item[0] not in seen]
    by_name = dict(reversed(chunks))
    by_keyword = {text[0]: text[1] for text in reversed(texts)}
    xmp = by_keyword.get(XMP_KEYWORD, "").encode()
    exif = by_name.get(b"eXIf", b"")
    for kind in ("exif", "APP1", "xmp"):
        profile = _raw_profile(by_keyword.get(RAW_PROFILE + kind, ""))
        if profile.startswith(b"Exif\0\0"):
            exif = exif or profile
        elif b"<" in profile:
            xmp = xmp or profile[profile.index(b"<") :]
    return Told(
        exif,
        _inflated(by_name.get(b"iCCP", b"").partition(b"\0")[2][1:]),
        xmp,
        _dpi(by_name.get(b"pHYs", b"")),
        tuple(text for text in texts if text[0] != XMP_KEYWORD and RAW_PROFILE not in text[0]),
        tuple((name, by_name[name]) for name in COLOUR_CHUNKS if name in by_name),
        _iptc(by_keyword),
    )


def _iptc(by_keyword: dict[str, str]) -> bytes:
    """As ImageMagick puts it into texts: as it is, or among Photoshop's resources."""
    profiles = [_raw_profile(by_keyword.get(RAW_PROFILE + kind, "")) for kind in ("iptc", "8bim")]
    if not any(profiles):
        return b""
    from convfilter.images.metadata.iptc import STARTS, of_resources

    return next((p if p.startswith(STARTS) else of_resources(p) for p in profiles if p), b"")


def _chunks(image: Image.Image, *, to_the_end: bool) -> Iterator[Chunk]:
    """Name and data of every chunk in `READ`, in order; else of those before the pixels."""
    with suppress(OSError), reopened(image) as file:
        file.seek(len(SIGNATURE))
        while len(head := file.read(8)) == 8:
            length, name = int.from_bytes(head[:4]), head[4:]
            if name == b"IDAT" and not to_the_end:
                return
            if name in READ:
                yield name, file.read(length)
                length = 0
            file.seek(length + 4, os.SEEK_CUR)


def _text(name: bytes, data: bytes) -> Text | None:
    """Keyword, text, language and translated keyword; None for what is none or can't be read."""
    if name not in TEXT_CHUNKS or b"\0" not in data:
        return None
    keyword, _, rest = data.partition(b"\0")
    language = translated = b""
    code = "latin-1"
    deflated = name == b"zTXt"
    if name == b"iTXt":
        flags, (language, _, rest), code = rest[:2], rest[2:].partition(b"\0"), "utf-8"
        translated, _, rest = rest.partition(b"\0")
        deflated = flags[:1] == b"\1"
    elif deflated:
        rest = rest[1:]  # the method, always 0
    try:
        words = (keyword.decode("latin-1"), (_inflated(rest) if deflated else rest).decode(code))
        return (*words, language.decode(), translated.decode()) if keyword else None
    except UnicodeDecodeError:
        return None


def _inflated(data: bytes) -> bytes:
    """What was compressed; nothing if it is damaged."""
    try:
        return zlib.decompressobj().decompress(data, MOST_INFLATED)
    except zlib.error:
        return b""


def _told_by_pillow(keyword: str, words: str) -> Text:
    return keyword, str(words), getattr(words, "lang", "") or "", getattr(words, "tkey", "") or ""


def _raw_profile(text: str) -> bytes:
    """The bytes behind a text's three lines: nothing, name, length."""
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return b""


def _dpi(data: bytes) -> tuple[float, float] | None:
    if len(data) < 9 or data[8] != PER_METRE:
        return None
    across, down = (int.from_bytes(data[at : at + 4]) * METRE_PER_INCH for at in (0, 4))
    return (across, down) if across and down else None


def chunk(name: bytes, *data: bytes | memoryview) -> bytes:
    """A chunk with its length and checksum."""
    body = b"".join([name, *data])
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def text_chunk(text: Text) -> Chunk:
    """A text as its chunk: tEXt or zTXt where Latin letters do, else iTXt."""
    keyword, words, language, translated = text
    key = keyword.encode("latin-1", "replace") + b"\0"
    try:
        value = None if language or translated else words.encode("latin-1")
    except UnicodeEncodeError:
        value = None
    plain = value is not None
    value = words.encode() if value is None else value
    deflate = LEAST_DEFLATED < len(value) <= MOST_INFLATED
    stored = zlib.compress(value) if deflate else value
    if plain:
        return (b"zTXt", key + b"\0" + stored) if deflate else (b"tEXt", key + stored)
    flags = bytes((deflate, 0))
    return b"iTXt", key + flags + language.encode() + b"\0" + translated.encode() + b"\0" + stored


def xmp_chunk(xmp: bytes) -> Chunk:
    """XMP as its chunk, uncompressed, so that any program finds it (XMP part 3, 1.1.5)."""
    return b"iTXt", XMP_KEYWORD.encode() + b"\0\0\0\0\0" + xmp


def icc_chunk(icc: bytes) -> Chunk:
    """An ICC profile as its chunk."""
    return b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc)


def dpi_chunk(dpi: tuple[float, float]) -> Chunk:
    """Pixels per inch as pixels per metre."""
    numbers = (int(number / METRE_PER_INCH + 0.5).to_bytes(4) for number in dpi)
    return b"pHYs", b"".join(numbers) + bytes((PER_METRE,))
