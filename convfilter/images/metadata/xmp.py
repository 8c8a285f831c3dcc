"""XMP edited in place: what it tells of the picture before is made true, or left out.

Properties are found by their usual prefixes, as attributes and as elements. A packet in which one stands
twice, or that is written otherwise, stays as it is: that costs less than a packet nobody can read.
Source: XMP part 1 (ISO 16684-1), 7.4 and 7.9.2.2 (elements and attributes); part 2, 1.2 (xmp:Thumbnails),
1.5 and 2.2 (tiff, exif); part 3, 1.1.3.1 (extended XMP).
"""

from __future__ import annotations

import re

WIDTHS = (b"tiff:ImageWidth", b"exif:PixelXDimension")
HEIGHTS = (b"tiff:ImageLength", b"exif:PixelYDimension")
THUMBNAILS = (b"xmp:Thumbnails", b"xap:Thumbnails")  # xap: before 2004
# Whole packets of the pictures that this one was made of, with sizes of their own.
OTHERS = b"xmpMM:Pantry"
AS_ATTRIBUTE = rb"""(<[^<>]*\s%s\s*=\s*["']\s*)\d+(?=\s*["'])"""
AS_ELEMENT = rb"(<%s(?:\s[^<>]*)?>\s*)\d+(?=\s*</)"
EXTENDED = rb"""\sxmpNote:HasExtendedXMP\s*=\s*["'][^"'<>]*["']"""
ENDS_OF_NAME = b" \t\r\n/>"


def sized(xmp: bytes, width: int, height: int) -> bytes:
    """A packet with a picture's size wherever it tells one; nothing is added.

    >>> sized(b'<d tiff:ImageWidth="60"><tiff:ImageLength>40</tiff:ImageLength></d>', 9, 7)
    b'<d tiff:ImageWidth="9"><tiff:ImageLength>7</tiff:ImageLength></d>'
    """
    if OTHERS in xmp:
        return xmp
    for names, number in ((WIDTHS, width), (HEIGHTS, height)):
        for name in names:
            # An element has its name twice.
            form = {1: AS_ATTRIBUTE, 2: AS_ELEMENT}.get(xmp.count(name))
            if form:
                xmp = re.sub(form % name, rb"\g<1>%d" % number, xmp)
    return xmp


def without_thumbnails(xmp: bytes) -> bytes:
    """A packet without the small pictures of what was there before."""
    for name in THUMBNAILS:
        xmp = _without_element(xmp, name)
    return xmp


def without_extension(xmp: bytes) -> bytes:
    """A packet that doesn't say that it goes on elsewhere."""
    return _without_element(re.sub(EXTENDED, b"", xmp), b"xmpNote:HasExtendedXMP")


def _without_element(xmp: bytes, name: bytes) -> bytes:
    opening, closing = b"<" + name, b"</" + name + b">"
    parts, place = [], 0
    while (start := xmp.find(opening, place)) >= 0:
        after = start + len(opening)
        head_end = xmp.find(b">", start)
        if head_end < 0 or xmp[after] not in ENDS_OF_NAME:
            break
        end = head_end + 1
        if xmp[head_end - 1 : head_end] != b"/":
            if (close := xmp.find(closing, end)) < 0:
                break
            end = close + len(closing)
        parts.append(xmp[place:start])
        place = end
    return b"".join([*parts, xmp[place:]])
