"""The sample pictures, one module each, and the helpers they share."""

from collections.abc import Callable

from PIL import Image

from . import building, flower, night, page, sticker, zoneplate

SAMPLES: dict[str, tuple[Callable[[], Image.Image], dict[str, int | bool]]] = {
    "flower.jpg": (flower.render, {"quality": 92, "subsampling": 0}),
    "page.png": (page.render, {"optimize": True}),
    "building.png": (building.render, {"optimize": True}),
    "zoneplate.png": (zoneplate.render, {"optimize": True}),
    "night.jpg": (night.render, {"quality": 88}),
    "sticker.png": (sticker.render, {"optimize": True}),
}
"""The pictures by file name: the function that renders each, and how to save it."""
