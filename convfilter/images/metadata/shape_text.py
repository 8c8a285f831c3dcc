"""The text in which tifffile keeps an array's shape, where captions stand: {"shape": [60, 40, 3]}.

Of a picture of another shape it is wrong, and tifffile says so whenever it reads the file.
Source: tifffile 2026.3, `shaped_description` and `_series_shaped`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from convfilter.images.encode import SHAPE_TEXT
from convfilter.images.metadata.exif import text_of, untagged

DESCRIPTION = 270


def fitting(exif: bytes, shape: tuple[int, ...], notes: list[str]) -> bytes:
    """The block without a description that has another shape than the picture.

    shape  (H, W) or (H, W, channels); () for a file that tells it anyway
    notes  gets what is lost if it says more than the shape
    """
    text = text_of(exif, DESCRIPTION)
    if not text.startswith(SHAPE_TEXT):
        return exif
    said = _parsed(text)
    if said is None or (shape and _sides(said["shape"]) == _sides(shape)):
        return exif
    if said.keys() - {"shape", "truncated"}:
        if not shape:
            return exif
        notes.append("tifffile's description of the array is of another shape: dropped")
    return untagged(exif, DESCRIPTION)


def _sides(shape: Sequence[int]) -> list[int]:
    """Those that say something."""
    return [side for side in shape if side != 1]


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and isinstance(said.get("shape"), list) else None
