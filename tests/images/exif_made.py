"""EXIF blocks written byte by byte, as cameras do: a maker note with places of its own, a thumbnail."""

import struct

PREFIX = b"Exif\0\0"
ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 2, 3, 4, 5, 7
ORIENTATION, MAKER_NOTE, EXIF_IFD, GPS_IFD = 0x0112, 0x927C, 0x8769, 0x8825
PREVIEW = b"a preview that the maker note points to"
THUMBNAIL = b"\xff\xd8" + b"thumbnail " * 20 + b"\xff\xd9"


def packed(order, kind, *numbers):
    """One entry's type, count and value."""
    form = {SHORT: "H", LONG: "I", RATIONAL: "I"}[kind]
    count = len(numbers) // 2 if kind == RATIONAL else len(numbers)
    return kind, count, struct.pack(f"{order}{len(numbers)}{form}", *numbers)


def text(words):
    """Likewise of a text."""
    data = words.encode() + b"\0"
    return ASCII, len(data), data


def directory(order, place, entries, following=0):
    """A directory at a place, its values behind it."""
    after = place + 2 + 12 * len(entries) + 4
    fixed, values = struct.pack(order + "H", len(entries)), b""
    for tag, (kind, count, data) in sorted(entries.items()):
        value = data.ljust(4, b"\0")
        if len(data) > 4:
            value = struct.pack(order + "I", after + len(values))
            values += data + b"\0" * (len(data) % 2)
        fixed += struct.pack(order + "HHI", tag, kind, count) + value
    return fixed + struct.pack(order + "I", following) + values


def made(order="<", orientation=6, kind=SHORT, *, thumbnail="end", size=(60, 40), extra=()):
    """A block with names, resolution, size, maker note and GPS.

    kind       of orientation and size
    thumbnail  its directory and JPEG at the "end", in the "middle", or "" for none
    extra      more entries of IFD0
    """
    mark = b"II*\0" if order == "<" else b"MM\0*"
    first = {
        0x010F: text("Maker & Söhne"),
        0x011A: packed(order, RATIONAL, 144, 1),
        0x011B: packed(order, RATIONAL, 72, 1),
        0x0128: packed(order, SHORT, 2),
        EXIF_IFD: packed(order, LONG, 0),
        GPS_IFD: packed(order, LONG, 0),
        **dict(extra),
    }
    if orientation is not None:
        first[ORIENTATION] = packed(order, kind, orientation)
    exif = {
        0x829A: packed(order, RATIONAL, 1, 250),
        MAKER_NOTE: (UNDEFINED, 0, b""),
        0xA002: packed(order, kind, size[0]),
        0xA003: packed(order, kind, size[1]),
    }
    gps = {1: text("N"), 2: packed(order, RATIONAL, 48, 1, 8, 1, 1234, 100)}
    places = dict.fromkeys(("exif", "note", "gps", "thumbnail"), 0)
    for _ in range(3):  # until no place moves
        first[EXIF_IFD] = packed(order, LONG, places["exif"])
        first[GPS_IFD] = packed(order, LONG, places["gps"])
        # A note as makers write them: where it lies in the block, and where a picture of its own is.
        note = b"NOTE" + struct.pack(order + "II", places["note"], places["note"] + 12) + PREVIEW
        exif[MAKER_NOTE] = (UNDEFINED, len(note), note)
        parts = {
            "exif": directory(order, places["exif"], exif),
            "gps": directory(order, places["gps"], gps),
        }
        small = _thumbnail(order, places["thumbnail"])
        ordered = {
            "": (),
            "end": ("exif", "gps", "thumbnail"),
            "middle": ("thumbnail", "exif", "gps"),
        }
        following = places["thumbnail"] if thumbnail else 0
        block = mark + struct.pack(order + "I", 8) + directory(order, 8, first, following)
        for name in ordered[thumbnail] or ("exif", "gps"):
            block += b"\0" * (len(block) % 2)
            places[name] = len(block)
            block += {**parts, "thumbnail": small}[name]
        places["note"] = block.find(b"NOTE")
    return PREFIX + block


def _thumbnail(order, place):
    def written(jpeg_place):
        entries = {
            0x0103: packed(order, SHORT, 6),
            0x011A: packed(order, RATIONAL, 72, 1),
            0x0201: packed(order, LONG, jpeg_place),
            0x0202: packed(order, LONG, len(THUMBNAIL)),
        }
        return directory(order, place, entries)

    return written(place + len(written(0))) + THUMBNAIL


def note_of(exif):
    """Where the maker note lies, where it says it lies, and its bytes; the same for both of them."""
    body = exif.removeprefix(PREFIX)
    order = "<" if body[:2] == b"II" else ">"
    place = body.find(b"NOTE")
    said, preview = struct.unpack_from(order + "II", body, place + 4)
    return place, said, body[preview : preview + len(PREVIEW)]
