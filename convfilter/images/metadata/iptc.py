"""IPTC: captions, keywords, names and rights, as the bytes of the IIM, which are never interpreted.

In Photoshop's image resources they have the number 0x0404. These lie one behind the other: "8BIM",
number, name, length, data, name and data filled up to even lengths. A JPEG has them in its APP13 segments,
PNGs by ImageMagick in a text; a TIFF has the IIM itself.
Source: IPTC IIM 4.2, chapters 1 and 3; Adobe Photoshop File Formats Specification (2019), "Image
Resource Blocks"; XMP part 3, 1.1.3.
"""

from __future__ import annotations

from collections.abc import Iterable

NAME = b"Photoshop 3.0\0"
RESOURCE = b"8BIM"
IIM = 0x0404
STARTS = b"\x1c"  # every dataset (IIM, 1.6)
# Of a TIFF: the IIM, and Photoshop's resources.
IIM_TAG, RESOURCES_TAG = 33723, 34377
APP13 = b"\xff\xed"
HEAD_BYTES = 12  # of a resource without a name


def of_jpeg(segments: Iterable[tuple[str, bytes]]) -> bytes:
    """The IIM in a JPEG's segments, ("APP13", data); b"" if there is none. They may continue each other."""
    parts = (data for name, data in segments if name == "APP13" and data.startswith(NAME))
    return of_resources(b"".join(part[len(NAME) :] for part in parts))


def of_resources(content: bytes) -> bytes:
    """The IIM among Photoshop's resources; b"" if there is none, or not all of it.

    >>> of_resources(_resource(0x03ED, b"odd") + _resource(IIM, b"caption"))
    b'caption'
    """
    place = 0
    while content.startswith(RESOURCE, place) and place + HEAD_BYTES <= len(content):
        number = int.from_bytes(content[place + 4 : place + 6])
        named = 1 + content[place + 6]
        start = place + 10 + named + named % 2
        size = int.from_bytes(content[start - 4 : start])
        if number == IIM:
            return content[start : start + size] if start + size <= len(content) else b""
        place = start + size + size % 2
    return b""


def segment(iim: bytes) -> bytes:
    """An IIM as a JPEG's segment, with its marker and length."""
    content = NAME + _resource(IIM, iim)
    return APP13 + (len(content) + 2).to_bytes(2) + content


def _resource(number: int, data: bytes) -> bytes:
    head = RESOURCE + number.to_bytes(2) + b"\0\0" + len(data).to_bytes(4)
    return head + data + b"\0" * (len(data) % 2)
