"""What a file holds, as far as it was decoded without numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convfilter.images.opening import label_of
from convfilter.images.picture import Metadata
from convfilter.images.wanted import Wanted

if TYPE_CHECKING:
    from PIL import Image

    from convfilter.images.frames.reading import Frames


class Extent(NamedTuple):
    """How much a file will be when it is decoded, from its header.

    frame_bytes  of the largest frame, as its pixels lie in memory
    frames       that will be decoded one after the other
    alpha        whether something can perhaps be seen through
    """

    frame_bytes: int
    frames: int = 1
    alpha: bool = False


class Decoded(NamedTuple):
    """What a file holds, as far as Pillow decodes it.

    image    loaded and upright; None where another reader has to make the pixels: a .npy, or samples
             of more than 8 bits in colour
    format   Pillow's name, or "NPY", "ZARR"
    content  the file's bytes if they came from standard input or a named pipe
    page     of the file, counted from 0
    bits     a sample in the file
    turn     EXIF's orientation where another reader has to turn the pixels, else 1
    notes    what has to be said of it
    frames   several, still to be decoded one by one; then there is no image
    """

    image: Image.Image | None
    metadata: Metadata
    format: str
    path: str
    wanted: Wanted = Wanted()
    content: bytes = b""
    page: int = 0
    bits: int = 8
    turn: int = 1
    notes: tuple[str, ...] = ()
    frames: Frames | None = None

    @property
    def label(self) -> str:
        """How messages call the file."""
        return label_of(self.path)

    def close(self) -> None:
        """Lets go of the file whose frames are not all read yet."""
        if self.frames is not None:
            self.frames.image.__exit__(None, None, None)

    @property
    def source(self) -> str | bytes:
        """The path, or the bytes of standard input or a pipe."""
        return self.content or self.path
