"""What became of one picture of a batch: small, so that ten thousand of them are no matter."""

from __future__ import annotations

from typing import NamedTuple

DONE, SKIPPED, FAILED = "done", "skipped", "failed"


class Record(NamedTuple):
    """What became of one picture: all that reports tell of it.

    source   path or URL, as it was given or found
    output   path or URL that was written; of a picture that failed, what was planned
    status   DONE, SKIPPED (an earlier run has done it), or FAILED
    source_mode, source_shape, output_mode, output_shape   as in an Outcome; "" and () if unknown
    frames   of an animation, or pages
    seconds  of reading, filtering, writing
    notes    sentences on what had to be changed
    error, error_type   what went wrong, and the error's name; "" if nothing did
    """

    source: str
    output: str
    status: str
    source_mode: str = ""
    source_shape: tuple[int, ...] = ()
    output_mode: str = ""
    output_shape: tuple[int, ...] = ()
    frames: int = 1
    seconds: tuple[float, float, float] = (0.0, 0.0, 0.0)
    notes: tuple[str, ...] = ()
    error: str = ""
    error_type: str = ""

    @property
    def pixels(self) -> int:
        """Pixels of the source, all frames together; 0 if unknown."""
        if not self.source_shape:
            return 0
        return self.source_shape[0] * self.source_shape[1] * self.frames
