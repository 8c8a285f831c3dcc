"""Are two files the same picture, and the strip at the top of the README."""

from __future__ import annotations

import io
import tempfile

import numpy as np
from generator.shell import SAMPLES, convfilter
from numpy.typing import NDArray
from PIL import Image, ImageSequence

BLOCK = 4
TOLERANCE = 50


def same(old: bytes, new: bytes) -> bool:
    """The same frames, sizes, durations and, block by block, the same colours.

    Pillow's libraries change how letters are smoothed and JPEGs coded from version to version, so
    bytes may differ. Coded once more, at qualities from 75 to 92, means of 4×4 pixels differ by 33
    levels at most; another digit in a picture of numbers makes 78 and more.
    """
    if old == new:
        return True
    before, after = _frames(old), _frames(new)
    return len(before) == len(after) and all(map(_alike, before, after))


def strip() -> bytes:
    """The flower as it is, sharpened, its vertical edges, embossed: one picture, side by side."""
    flower = SAMPLES / "flower.jpg"
    with tempfile.TemporaryDirectory() as folder:
        tiles = [Image.open(flower)]
        for kernel in ("sharpen", "sobel-x", "emboss"):
            target = f"{folder}/{kernel}.png"
            convfilter("apply", str(flower), "-k", kernel, "--border", "edge", "-o", target, "-q")
            tiles.append(Image.open(target))
        # The middle of the picture at full size: what filters do shows in single pixels.
        box = (190, 20, 490, 320)
        sheet = Image.new("RGB", (4 * 300 + 3 * 8, 300), "white")
        for number, tile in enumerate(tiles):
            sheet.paste(tile.convert("RGB").crop(box), (number * 308, 0))
        written = io.BytesIO()
        sheet.save(written, format="JPEG", quality=88)
        return written.getvalue()


def _frames(data: bytes) -> list[tuple[int, NDArray[np.float32]]]:
    """Each frame's duration in ms, and its colours."""
    with Image.open(io.BytesIO(data)) as image:
        return [
            (frame.info.get("duration", 0), np.asarray(frame.convert("RGB"), np.float32))
            for frame in ImageSequence.Iterator(image)
        ]


def _alike(before: tuple[int, NDArray[np.float32]], after: tuple[int, NDArray[np.float32]]) -> bool:
    if before[0] != after[0] or before[1].shape != after[1].shape:
        return False
    return bool(np.abs(_means(before[1]) - _means(after[1])).max() <= TOLERANCE)


def _means(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of blocks of pixels; what doesn't fill one is left to its neighbour, repeated."""
    high, wide = (-side % BLOCK for side in colours.shape[:2])
    whole = np.pad(colours, ((0, high), (0, wide), (0, 0)), mode="edge")
    rows, columns, channels = whole.shape
    blocks = whole.reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK, channels)
    return blocks.mean(axis=(1, 3))
