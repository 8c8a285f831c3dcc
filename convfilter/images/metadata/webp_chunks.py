"""Whether a WebP was written without loss: its file's chunks tell, Pillow doesn't.

Source: RFC 9649 (WebP Image Format), 2.3 to 2.7: a file is chunks of a name, a length and data filled up
to an even length; pixels are in "VP8 " with loss, in "VP8L" without, those of animations within "ANMF".
"""

from __future__ import annotations

import io
import os
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO
from weakref import WeakKeyDictionary

from convfilter.images.metadata.reopen import reopened, stream_of

if TYPE_CHECKING:
    from PIL import Image

FILE_HEAD_BYTES, FRAME_HEAD_BYTES = 12, 16
LOSSY, LOSSLESS, FRAME = b"VP8 ", b"VP8L", b"ANMF"
MOST_CHUNKS = 2**17  # of more nobody waits for the end

# Of each file that is open somewhere: an animation is asked for every frame of it.
_found: WeakKeyDictionary[io.IOBase, bool] = WeakKeyDictionary()


def is_lossless(image: Image.Image) -> bool:
    """Whether all pixels of an opened WebP are as they were; False where the file can't be read again."""
    stream = stream_of(image)
    found = _found.get(stream) if stream else None
    if found is None:
        found = False
        with suppress(OSError), reopened(image) as file:
            found = _all_lossless(file)
        if stream:
            _found[stream] = found
    return found


def _all_lossless(file: BinaryIO) -> bool:
    head = file.read(FILE_HEAD_BYTES)
    end = 8 + int.from_bytes(head[4:8], "little")
    found, place = False, FILE_HEAD_BYTES
    for _ in range(MOST_CHUNKS):
        if place + 8 > end or len(head := file.read(8)) < 8:
            return found
        name, length = struct.unpack("<4sI", head)
        if name == LOSSY:
            return False
        found = found or name == LOSSLESS
        # What a frame holds lies behind its head as if it were in the file itself.
        step = FRAME_HEAD_BYTES if name == FRAME else length + length % 2
        place = file.seek(step, os.SEEK_CUR)
    return False
