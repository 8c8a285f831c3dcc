"""Picture files written byte by byte: kinds that Pillow reads but never writes."""

import struct
import zlib

import numpy as np


def png_bytes(samples, bits, colour_type, more=()):
    """A PNG of (H, W) or (H, W, channels) samples of some bits each.

    colour_type  0 grey, 2 RGB, 4 grey and alpha, 6 RGBA
    more         (name, data) of chunks between the header and the pixels
    """
    samples = np.asarray(samples)
    height, width = samples.shape[:2]
    rows = samples.reshape(height, -1)
    if bits == 16:
        packed = rows.astype(">u2").view(np.uint8)
    else:
        each = np.unpackbits(rows.astype(np.uint8)[..., np.newaxis], axis=2)[:, :, 8 - bits :]
        packed = np.packbits(each.reshape(height, -1), axis=1)
    body = b"".join(b"\0" + row.tobytes() for row in packed)
    head = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", head), *more, (b"IDAT", zlib.compress(body)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def tiff_bytes(samples, *, planar=False):
    """An uncompressed little-endian TIFF of (H, W, 3) samples of 8 or 16 bits.

    planar  all red samples first, then green, then blue
    """
    samples = np.asarray(samples)
    height, width, channels = samples.shape
    planes = np.moveaxis(samples, 2, 0) if planar else samples[np.newaxis]
    strips = [plane.astype(samples.dtype.newbyteorder("<")).tobytes() for plane in planes]
    tags = [(256, [width]), (257, [height]), (258, [8 * samples.itemsize] * channels), (259, [1])]
    tags += [(262, [2]), (273, None), (277, [channels]), (278, [height])]
    tags += [(279, [len(strip) for strip in strips]), (284, [2 if planar else 1])]
    place = 8 + 2 + 12 * len(tags) + 4  # of what does not fit into a tag
    outside = 3 * 4 * 4  # room for up to three lists of four numbers
    starts = [place + outside + sum(map(len, strips[:n])) for n in range(len(strips))]
    entries, extra = b"", b""
    for tag, numbers in tags:
        values = starts if numbers is None else numbers
        data = struct.pack(f"<{len(values)}I", *values)
        if len(values) > 1:
            extra, data = extra + data, struct.pack("<I", place + len(extra))
        entries += struct.pack("<HHI", tag, 4, len(values)) + data
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + b"\0" * 4
    return head + extra.ljust(outside, b"\0") + b"".join(strips)


def netpbm_bytes(samples, largest):
    """A PGM or PPM of (H, W) or (H, W, 3) samples; two bytes each where `largest` exceeds 255."""
    samples = np.asarray(samples)
    kind = "P5" if samples.ndim == 2 else "P6"
    head = f"{kind}\n{samples.shape[1]} {samples.shape[0]}\n{largest}\n".encode()
    return head + samples.astype(">u2" if largest > 255 else "u1").tobytes()
