"""A picture in memory: pixels, and what belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image


class Metadata(NamedTuple):
    """What travels with the pixels; orientation is applied and gone from `exif`.

    sampling     JPEG's chroma sampling, Pillow's number, −1 unknown
    compression  TIFF's, by Pillow's name
    """

    exif: bytes = b""
    icc: bytes = b""
    dpi: tuple[float, float] | None = None
    sampling: int = -1
    compression: str = ""


class Picture(NamedTuple):
    """Pixels upright.

    pixels  (H, W) grey or (H, W, 3) colour, uint8; or (H, W) uint16
    alpha   (H, W) uint8, or None
    format  of the file it came from, Pillow's name
    notes   what was changed on the way in, as sentences
    image   whose memory pixels and alpha are, if they are a whole image's: it is saved as it is
    """

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None = None
    metadata: Metadata = Metadata()
    format: str = ""
    notes: tuple[str, ...] = ()
    image: Image.Image | None = None

    @property
    def mode(self) -> str:
        """The kind of pixels: L, LA, RGB, RGBA or I;16."""
        return mode_of(self.pixels.shape, self.pixels.dtype.name, has_alpha=self.alpha is not None)

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W) or (H, W, channels), alpha among the channels."""
        height, width = self.pixels.shape[:2]
        channels = (1 if self.pixels.ndim == 2 else self.pixels.shape[2]) + (self.alpha is not None)
        return (height, width) if channels == 1 else (height, width, channels)


def mode_of(shape: tuple[int, ...], dtype: str, *, has_alpha: bool) -> str:
    """The kind of pixels that an array of a shape and dtype holds; F or N for what only .npy can."""
    plain = len(shape) == 2 or shape[2] == 1
    if dtype == "uint16" and plain and not has_alpha:
        return "I;16"
    if dtype != "uint8":
        return "F"
    if not (plain or shape[2] == 3):
        return "N"
    return ("L" if plain else "RGB") + ("A" if has_alpha else "")
