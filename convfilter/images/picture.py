"""A picture in memory: pixels, and what belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from convfilter.images.modes import dtype_name, mode_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image


class Metadata(NamedTuple):
    """What travels with the pixels; orientation is applied, and 1 or gone in `exif` and `xmp`.

    exif         from "Exif\\0\\0" on, without thumbnail
    xmp          the packet
    dpi          (x, y)
    texts        of PNG: (keyword, text, language, translated keyword), in order
    comment      of JPEG and GIF
    colour_chunks  of PNG: gAMA, cHRM, sRGB, cICP as (name, data)
    sampling     JPEG's chroma sampling, Pillow's number, −1 unknown
    tables       JPEG's quantization tables, number → 64 steps; None where there are none
    compression  TIFF's, by Pillow's name
    iptc         the IIM data
    lossless     whether a WebP has its pixels as they were
    lost         what no file of ours tells again, as sentences
    pictures     in the file, of which this is the first: JPEGs with further ones behind (MPO)
    """

    exif: bytes = b""
    icc: bytes = b""
    xmp: bytes = b""
    dpi: tuple[float, float] | None = None
    texts: tuple[tuple[str, str, str, str], ...] = ()
    comment: bytes = b""
    colour_chunks: tuple[tuple[bytes, bytes], ...] = ()
    sampling: int = -1
    tables: dict[int, list[int]] | None = None
    compression: str = ""
    iptc: bytes = b""
    lossless: bool = False
    lost: tuple[str, ...] = ()
    pictures: int = 1


class Picture(NamedTuple):
    """Pixels upright.

    pixels  (H, W) or (H, W, channels); dtypes as in `modes.MODES`
    alpha   (H, W) of the same dtype, or None
    format  of the file it came from, Pillow's name
    notes   what was changed on the way in, as sentences
    image   whose memory pixels and alpha are, if they are a whole image's: it is saved as it is
    cmyk    whether four channels are inks
    """

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None = None
    metadata: Metadata = Metadata()
    format: str = ""
    notes: tuple[str, ...] = ()
    image: Image.Image | None = None
    cmyk: bool = False

    @property
    def mode(self) -> str:
        """The kind of pixels, a name of `modes.MODES`."""
        return mode_of(
            self.pixels.shape,
            dtype_name(self.pixels.dtype),
            has_alpha=self.alpha is not None,
            cmyk=self.cmyk,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W) or (H, W, channels), alpha among the channels."""
        height, width = self.pixels.shape[:2]
        channels = (1 if self.pixels.ndim == 2 else self.pixels.shape[2]) + (self.alpha is not None)
        return (height, width) if channels == 1 else (height, width, channels)
